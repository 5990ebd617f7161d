"""What the benchmark prints: accuracy, failures that were not said, and cost beside peers."""

from collections.abc import Iterator

import pandas as pd

from lab.benchmark.registration.peers import OURS

FAILED_MM = 2.0  # a mean error above this is a failure, not an inaccuracy
KNOWN = ("phantoms", "simulated", "capture")


def tables(rows: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield each table with its title; a part that was not run gives none."""
    known = rows[rows.part.isin(KNOWN)]
    if len(known):
        known = known.assign(failed=~(known.mean_mm < FAILED_MM))
        yield "Known motion, errors in bone (mm)", _grouped(known, ["part", "engine"])
        ours = known[known.engine == OURS]
        yield "Known motion, ours by case", _grouped(ours, ["part", "case"])
    yield from _beside_peers(rows, known)
    pairs = rows[rows.part == "pairs"]
    if len(pairs):
        dice = pairs.pivot_table(index="subject", columns="engine", values="bone_dice", sort=False)
        yield "Real pairs, Dice of bones found in each visit alone", dice
        shown = ["subject", "accepted", "similarity", "overlap", "inverse_consistency_mm"]
        ours = pairs[pairs.engine == OURS]
        yield "Real pairs, ours", ours[[*shown, "swapped_mm"]].set_index("subject")
    strangers = rows[rows.part == "strangers"]
    if len(strangers):
        found = strangers.groupby("case", sort=False)
        yield (
            "Different people",
            pd.DataFrame(
                {
                    "pairs": found.size(),
                    "accepted": found.accepted.sum(),
                    "similarity_max": found.similarity.max(),
                }
            ),
        )
    memory = rows[rows.part == "memory"]
    if len(memory):
        columns = ["before_mib", "peak_mib"]
        yield "Memory of a process that registers one pair", memory.set_index("engine")[columns]


def _grouped(known: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    return known.groupby(keys, sort=False).apply(_summary, include_groups=False)


def _summary(rows: pd.DataFrame) -> pd.Series:
    """Errors over the pairs that an engine itself holds for registered."""
    said = rows[rows.accepted.astype(bool)]
    return pd.Series(
        {
            "pairs": len(rows),
            "refused": len(rows) - len(said),
            "failed_unsaid": int(said.failed.sum()),
            "mean_mm": said[~said.failed].mean_mm.mean(),
            "worst_mean_mm": said[~said.failed].mean_mm.max(),
            "max_mm": said[~said.failed].max_mm.max(),
            "cpu_seconds": rows.cpu_seconds.mean(),
        }
    )


def _beside_peers(rows: pd.DataFrame, known: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Compare CPU time on the pairs that every engine ran, one after the other."""
    if "cpu_seconds" not in rows:
        return
    timed = rows[rows.cpu_seconds.notna()]
    n_engines = timed.engine.nunique()
    keys = ["part", "subject", "case"]
    common = timed.groupby(keys).filter(lambda pair: pair.engine.nunique() == n_engines)
    if n_engines < 2 or not len(common):
        return
    by_engine = common.groupby("engine", sort=False).cpu_seconds
    table = pd.DataFrame({"pairs": by_engine.size(), "cpu_seconds": by_engine.median()})
    table["ours_to_it"] = table.cpu_seconds[OURS] / table.cpu_seconds
    same = known.merge(common[keys].drop_duplicates(), on=keys) if len(known) else known
    fitted = same[~same.failed] if len(same) else same
    table["mean_mm"] = fitted.groupby("engine").mean_mm.mean() if len(fitted) else None
    yield "CPU seconds on the same pairs (median), one thread each", table
