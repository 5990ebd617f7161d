(() => {
  const { one, all } = page;

  one("#copy").addEventListener("click", () => {
    const range = document.createRange();
    range.setStart(one("#methods"), 0);
    range.setEndAfter(one(".refs"));
    const selection = getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
    const done = document.execCommand("copy");
    one("#copied").textContent = done ? "Copied." : "Selected: press Ctrl+C.";
  });

  const browser = one("#browser");
  if (!browser) return;
  const levels = all(".level");
  const slider = one("#slice");
  let current = Number(browser.dataset.key);

  const show = (k) => {
    current = Math.max(0, Math.min(levels.length - 1, k));
    levels.forEach((level, i) => level.classList.toggle("on", i === current));
    slider.value = String(current + 1);
    one("#where").textContent = `${current + 1} / ${levels.length}`;
  };
  slider.addEventListener("input", () => show(Number(slider.value) - 1));

  const panes = one(".levels");
  const bind = (id, apply) => {
    const box = one(id);
    if (box) box.addEventListener("change", () => apply(box.checked));
  };
  bind("#overlay", (on) => panes.classList.toggle("no-overlay", !on));
  bind("#rois", (on) => panes.classList.toggle("no-rois", !on));
  let timer = 0;
  bind("#blink", (on) => {
    clearInterval(timer);
    panes.classList.toggle("blinking", on);
    if (on) timer = setInterval(() => panes.classList.toggle("second"), 700);
  });

  const mark = (name) => all(".lesion").forEach((path) => {
    path.classList.toggle("hot", path.dataset.lesion === name);
  });
  all(".jump").forEach((button) => button.addEventListener("click", () => {
    show(Number(button.dataset.slice));
    mark(button.dataset.lesion);
    browser.scrollIntoView({ block: "start" });
    browser.focus({ preventScroll: true });
  }));

  const flip = (id) => { const box = one(id); if (box) box.click(); };
  const keys = {
    ArrowLeft: () => show(current - 1), ArrowRight: () => show(current + 1),
    PageUp: () => show(current - 1), PageDown: () => show(current + 1),
    Home: () => show(0), End: () => show(levels.length - 1),
    o: () => flip("#overlay"), q: () => flip("#rois"), b: () => flip("#blink"),
  };
  const paging = ["PageUp", "PageDown", "Home", "End"];
  document.addEventListener("keydown", (event) => {
    const act = keys[event.key];
    const here = browser.contains(document.activeElement);
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    if (paging.includes(event.key) && !here) return;
    event.preventDefault();
    act();
  });
})();
