(() => {
  const { one, all, flipTheme } = page;

  const body = one("#subjects tbody");
  const rows = Array.from(body.rows);
  let filter = "all";

  const passes = (row) => {
    if (filter === "flagged") return Number(row.dataset.flags) > 0;
    if (filter === "bad") return row.dataset.status !== "ok";
    if (filter.startsWith("verdict:")) return row.dataset.verdict === filter.slice(8);
    return true;
  };
  const refresh = () => {
    const wanted = one("#find").value.trim().toLowerCase();
    let shown = 0;
    rows.forEach((row) => {
      const visible = passes(row) && (!wanted || row.textContent.toLowerCase().includes(wanted));
      row.hidden = !visible;
      shown += visible ? 1 : 0;
    });
    one("#shown").textContent = shown === rows.length ? "" : `${shown} of ${rows.length}`;
  };
  all(".chip").forEach((chip) => chip.addEventListener("click", () => {
    filter = chip.dataset.filter;
    all(".chip").forEach((other) => other.setAttribute("aria-pressed", String(other === chip)));
    refresh();
  }));
  one("#find").addEventListener("input", refresh);

  const collator = new Intl.Collator("en", { numeric: true });
  const compare = (a, b, kind) => {
    if (a === "" || b === "") return a === b ? 0 : NaN;
    return kind === "number" ? Number(a) - Number(b) : collator.compare(a, b);
  };
  all(".sort").forEach((button) => button.addEventListener("click", () => {
    const header = button.closest("th");
    const sign = header.getAttribute("aria-sort") === "ascending" ? -1 : 1;
    const column = Number(button.dataset.column);
    all("#subjects th[aria-sort]").forEach((th) => th.setAttribute("aria-sort", "none"));
    header.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
    const value = (row) => row.cells[column].dataset.value;
    rows.sort((first, second) => {
      const a = value(first);
      const b = value(second);
      const found = compare(a, b, button.dataset.kind);
      return Number.isNaN(found) ? (a === "" ? 1 : -1) : sign * found;  // missing ones last
    });
    body.append(...rows);
  }));

  document.addEventListener("keydown", (event) => {
    const typing = document.activeElement && document.activeElement.id === "find";
    if (event.key === "d" && !typing && !event.ctrlKey && !event.metaKey) flipTheme();
  });
})();
