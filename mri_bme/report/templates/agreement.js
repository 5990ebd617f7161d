// What was unfolded stays so when the page is made anew; files that cannot remember start folded.
(() => {
  const name = "unfolded";
  const folds = page.all("details[id]");
  try {
    const kept = JSON.parse(sessionStorage.getItem(name) || "[]");
    folds.forEach((one) => { one.open = kept.includes(one.id); });
  } catch {
    // nothing was kept
  }
  folds.forEach((one) => one.addEventListener("toggle", () => {
    try {
      sessionStorage.setItem(name, JSON.stringify(folds.filter((fold) => fold.open).map((fold) => fold.id)));
    } catch {
      // a browser that keeps nothing
    }
  }));
  addEventListener("beforeprint", () => folds.forEach((one) => { one.open = true; }));
})();
