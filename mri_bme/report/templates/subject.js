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

  const root = one("[data-viewer]");
  if (!root) return;
  const mark = (visit, label) => all("#lesions tbody tr").forEach((row) => {
    row.classList.toggle("current", row.dataset.visit === visit && row.dataset.lesion === String(label));
  });
  root.addEventListener("viewer:lesion", ({ detail }) => mark(detail.visit.label, detail.label));

  const shown = (button) => {
    const { viewer } = root;
    if (!viewer) return;
    const visit = viewer.visits.find((one) => one.label === button.dataset.visit);
    if (button.dataset.lesion) viewer.showLesion(visit, Number(button.dataset.lesion));
    else if (button.dataset.dropped) viewer.showLesion(visit, Number(button.dataset.dropped), { isDropped: true });
    else viewer.showSlice(visit, Number(button.dataset.slice));
    mark(visit.label, button.dataset.lesion);
    root.scrollIntoView({ block: "start" });
    viewer.root.focus({ preventScroll: true });
  };
  all(".jump").forEach((button) => button.addEventListener("click", () => shown(button)));
})();
