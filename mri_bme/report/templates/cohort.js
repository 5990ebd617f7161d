(() => {
  const { one, all, told, carry, isTyping } = page;

  const body = one("#subjects tbody");
  const rows = Array.from(body.rows);
  const texts = new Map();  // what a row says, read once
  const PER_PAGE = Number(body.dataset.perPage);
  let chosen = rows;  // those that pass, in order, on whatever page
  let at = 0;  // page of the table
  const find = one("#find");
  const doubt = one("#doubt");
  let show = "all";
  let sorted = null;  // column and direction; null: as the page came

  const tests = {
    all: () => true,
    flagged: (row) => row.dataset.doubts !== "",
    bad: (row) => row.dataset.status !== "ok",
    corrected: (row) => row.dataset.corrected !== "",
    outlier: (row) => row.dataset.outlier !== "",
  };
  const said = (row) => {
    if (!texts.has(row)) texts.set(row, row.textContent.toLowerCase());
    return texts.get(row);
  };
  const passes = (row) => {
    const wanted = find.value.trim().toLowerCase();
    if (wanted && !said(row).includes(wanted)) return false;
    if (doubt && doubt.value && !row.dataset.doubts.split(" ").includes(doubt.value)) return false;
    if (show.startsWith("verdict:")) return row.dataset.verdict === show.slice(8);
    return (tests[show] || tests.all)(row);
  };
  const showPage = (number) => {
    const last = Math.max(0, Math.ceil(chosen.length / PER_PAGE) - 1);
    at = Math.max(0, Math.min(last, number));
    const onPage = new Set(chosen.slice(at * PER_PAGE, (at + 1) * PER_PAGE));
    rows.forEach((row) => {
      const hidden = !onPage.has(row);
      if (row.hidden !== hidden) row.hidden = hidden;
    });
    const pager = one("#pager");
    pager.hidden = last === 0;
    one("#page-at").textContent = `${at * PER_PAGE + 1} to ${at * PER_PAGE + onPage.size} of ${chosen.length}`;
    one("#page-before").disabled = at === 0;
    one("#page-after").disabled = at === last;
  };
  const refresh = () => {
    chosen = rows.filter(passes);
    showPage(0);
    const n = chosen.length;
    one("#shown").textContent = n === rows.length ? "" : `${n} of ${rows.length}`;
    all(".chip[data-show]").forEach((chip) => {
      chip.setAttribute("aria-pressed", String(chip.dataset.show === show));
    });
  };
  const note = (name, value) => {
    if (value) told.set(name, value); else told.delete(name);
    carry();
  };
  one("#page-before").addEventListener("click", () => showPage(at - 1));
  one("#page-after").addEventListener("click", () => showPage(at + 1));
  const choose = (wanted) => { show = wanted; note("show", wanted === "all" ? "" : wanted); refresh(); };
  all(".chip[data-show]").forEach((chip) => chip.addEventListener("click", () => choose(chip.dataset.show)));
  find.addEventListener("input", () => { note("find", find.value.trim()); refresh(); });
  if (doubt) doubt.addEventListener("change", () => { note("doubt", doubt.value); refresh(); });

  const collator = new Intl.Collator("en", { numeric: true });
  const compare = (a, b, kind) => {
    if (a === "" || b === "") return a === b ? 0 : NaN;
    return kind === "number" ? Number(a) - Number(b) : collator.compare(a, b);
  };
  const sort = (column, sign) => {
    const button = one(`.sort[data-column="${column}"]`);
    if (!button) return;
    all("#subjects th[aria-sort]").forEach((th) => th.setAttribute("aria-sort", "none"));
    button.closest("th").setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
    const value = (row) => row.cells[column].dataset.value;
    rows.sort((first, second) => {
      const a = value(first);
      const b = value(second);
      const found = compare(a, b, button.dataset.kind);
      return Number.isNaN(found) ? (a === "" ? 1 : -1) : sign * found;  // missing ones last
    });
    body.append(...rows);
    chosen = rows.filter(passes);
    showPage(0);
    sorted = [column, sign];
    note("sort", `${sign > 0 ? "" : "-"}${column}`);
  };
  all(".sort").forEach((button) => button.addEventListener("click", () => {
    const column = Number(button.dataset.column);
    const state = button.closest("th").getAttribute("aria-sort");
    sort(column, state === "ascending" ? -1 : 1);
  }));

  // One subject at a time: its row, its marks in the plots, and a large picture.
  const preview = one("#preview");
  let current = null;
  const look = (row) => {
    if (!row) return;
    if (current) current.classList.remove("current");
    current = row;
    row.classList.add("current");
    const name = row.dataset.subject;
    all("[data-of]").forEach((mark) => mark.classList.toggle("hot", mark.dataset.of === name));
    const picture = row.querySelector("img");
    preview.querySelectorAll("img").forEach((old) => old.remove());
    if (picture) {
      const large = document.createElement("img");
      large.src = picture.getAttribute("src");
      large.alt = picture.alt;
      preview.prepend(large);
    }
    one("#preview-name").textContent = name;
    one("#preview-said").textContent = row.dataset.said;
    preview.hidden = false;
    preview.parentElement.classList.add("looking");
  };
  const go = (row) => {
    if (!row) return;
    if (row.hidden && chosen.includes(row)) showPage(Math.floor(chosen.indexOf(row) / PER_PAGE));
    look(row);
    const link = row.querySelector(".name");
    link.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  };
  body.addEventListener("focusin", (event) => look(event.target.closest("tr")));
  body.addEventListener("click", (event) => {
    const row = event.target.closest("tr");
    if (row && !event.target.closest("a")) go(row);
  });
  all("[data-of]").forEach((mark) => mark.addEventListener("click", () => {
    const row = rows.find((one) => one.dataset.subject === mark.dataset.of);
    if (row && !chosen.includes(row)) choose("all");
    go(row);
  }));

  const step = (by) => {
    const from = chosen.indexOf(current);
    go(chosen[from < 0 ? (by > 0 ? 0 : chosen.length - 1)
      : Math.max(0, Math.min(chosen.length - 1, from + by))]);
  };
  const inTable = () => body.contains(document.activeElement);
  const keys = { j: 1, k: -1 };
  const arrows = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape" && document.activeElement === find) return find.blur();
    if (isTyping()) return;
    if (event.key === "/") { event.preventDefault(); return find.focus(); }
    const by = keys[event.key] || (inTable() && arrows[event.key]);
    if (by) { event.preventDefault(); step(by); }
  });

  // A subject's page asks for the next one in the order and the choice that were made here.
  if (told.get("find")) find.value = told.get("find");
  if (doubt && told.get("doubt")) doubt.value = told.get("doubt");
  if (told.get("sort")) {
    const column = Number(told.get("sort"));
    sort(Math.abs(column), column < 0 ? -1 : 1);
  }
  show = told.get("show") || "all";
  refresh();
  const neighbour = (name, by) => {
    const kept = new Set(chosen);
    const opened = rows.filter((row) => (kept.has(row) || row.dataset.subject === name)
      && row.querySelector("a.name"));
    const place = opened.findIndex((row) => row.dataset.subject === name);
    return place < 0 ? null : opened[place + by];
  };
  const asked = [["after", 1], ["before", -1]].find(([name]) => told.get(name));
  const from = asked ? told.get(asked[0]) : told.get("at");
  const next = asked ? neighbour(from, asked[1]) : null;
  ["after", "before", "at"].forEach((name) => told.delete(name));
  if (next) {
    location.replace(next.querySelector("a.name").href);
  } else if (from) {
    go(rows.find((row) => row.dataset.subject === from));
    if (asked) one("#shown").textContent = asked[1] > 0 ? "That was the last." : "That was the first.";
  }
})();
