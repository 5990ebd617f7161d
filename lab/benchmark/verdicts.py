"""How often unchanged subjects are called changed, and how often intervals hold the truth."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from lab.benchmark.measured import ChangeFound, Measured, measured_subjects
from mri_bme.findings import Interval
from mri_bme.measurement_error import limit_of_blank
from mri_bme.sacroiliac import RegionKind
from mri_bme.settings import Settings
from mri_bme.verify.design import LEVELS_ML
from mri_bme.verify.detectable import detectable_by_kind
from mri_bme.verify.regions import Difference, RegionFound

FIRST_SEED = 62_000  # to quote: nothing was chosen on these
CALIBRATION_SEED = 51_000  # to set tables and intervals on
LEAST_ML = 0.01  # a voxel or two; the outermost fringe of a lesion next door is less
SMALL_ML = 0.5  # a small lesion: the whole of the edema of a region
NO_EDEMA_ML = 0.05  # most that a joint without edema may be given
NOT_CALLED = frozenset({"unchanged", "none", "stable"})
OUTLINES_ONLY = frozenset({"merged", "split"})  # how outlines joined says nothing of how much
LOWER = frozenset({"decreased", "resolved"})

Keep = Annotated[Path | None, typer.Option(help="Folder in which scans are kept for next time.")]
Held = Sequence[tuple[Interval, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How many of how many, for one kind of region and one way of finding bones."""

    what: str
    kind: str
    bones: str
    n: int
    of: int

    @property
    def percent(self) -> float:
        """Share in per cent."""
        return 100 * self.n / self.of if self.of else float("nan")


def verdicts(
    out: Annotated[Path | None, typer.Argument(help="CSV file for the table.")] = None,
    subjects: Annotated[int, typer.Option(min=1, help="Each another one.")] = 60,
    first_seed: Annotated[int, typer.Option(help="Of the subjects.")] = FIRST_SEED,
    keep: Keep = None,
) -> None:
    """Scan subjects three times: false verdicts, coverage of intervals, real changes called.

    Every subject is scanned as it is, again, and after a real change; none of them is one that
    the settings were measured on. Volumes go through the levels of `mri-bme verify` in turn,
    every fourth subject has the sample's protocol.
    """
    rows = measured_subjects(subjects, first_seed, keep=keep, settings=Settings())
    table = [*false_verdicts(rows), *coverage(rows), *real_changes(rows), *without_edema(rows)]
    for share in table:
        typer.echo(
            f"{share.what:46s} {share.kind:10s} bones {share.bones:10s} "
            f"{share.n:5d} of {share.of:5d} = {share.percent:5.1f} %"
        )
    for line in (*bias(rows), *reasons(rows)):
        typer.echo(line)
    if out is not None:
        _write(out, table)


def calibrate(
    subjects: Annotated[int, typer.Option(min=1, help="Each another one.")] = 30,
    first_seed: Annotated[int, typer.Option(help="Of the subjects.")] = CALIBRATION_SEED,
    keep: Keep = None,
) -> None:
    """Print smallest detectable changes for `CompareSettings`, from subjects scanned twice.

    To be quoted on other subjects, by `verdicts`.
    """
    settings = Settings()
    rows = measured_subjects(subjects, first_seed, keep=keep, settings=settings)
    limit_ml = settings.compare.detection_limit_ml
    for kind, table in detectable_by_kind(rows, LEVELS_ML, limit_ml=limit_ml).items():
        typer.echo(f"{kind.value}: {table}")
    none = [
        r.found_ml for row in rows for r in row.regions if r.region == "total" and not r.true_ml
    ]
    typer.echo(f"limit of blank, total: {limit_of_blank(none)} mL of {len(none)} scans")
    for share in (*coverage(rows), *without_edema(rows)):
        typer.echo(f"{share.what:46s} {share.kind:10s} {share.bones:10s} {share.percent:5.1f} %")


def false_verdicts(rows: Sequence[Measured]) -> Iterator[Share]:
    """Verdicts other than ``unchanged`` and ``none``, fates other than ``stable``."""
    for bones, kind in _groups(rows):
        found = list(_differences(rows, bones, kind))
        called = [d for d in found if d.verdict not in NOT_CALLED]
        joined = [d for d in called if d.verdict in OUTLINES_ONLY]
        at = {"kind": kind.value, "bones": bones}
        yield Share(what="called changed", n=len(called) - len(joined), of=len(found), **at)
        if kind is RegionKind.LESION:
            yield Share(what="outlines merged or split", n=len(joined), of=len(found), **at)
        else:
            filled = [d for d in found if d.verdict != "none"]
            called = [d for d in filled if d.verdict not in NOT_CALLED]
            yield Share(
                what="called changed, of those with edema", n=len(called), of=len(filled), **at
            )


def coverage(rows: Sequence[Measured]) -> Iterator[Share]:
    """Intervals of a volume that hold the true one, and of a change that hold the true change."""
    for bones, kind in _groups(rows):
        found = list(_regions(rows, bones, kind))
        known = [(r.interval_ml, r.true_ml) for r in found if r.interval_ml is not None]
        filled = [(interval, true) for interval, true in known if true >= LEAST_ML]
        unchanged = [
            (d.interval_ml, 0.0)
            for d in _differences(rows, bones, kind)
            if d.interval_ml is not None and max(d.baseline_ml, d.followup_ml) > 0
        ]
        changed = [
            (c.interval_ml, c.true_ml)
            for c in _changes(rows, bones, kind)
            if c.interval_ml is not None and abs(c.true_ml) >= LEAST_ML
        ]
        held: dict[str, Held] = {
            "interval of a volume holds the truth": filled,
            f"... of at most {SMALL_ML:g} mL": [
                (i, true) for i, true in filled if true <= SMALL_ML
            ],
            "... where there is no edema": [(i, true) for i, true in known if true < LEAST_ML],
            "interval of a change holds zero": unchanged,
            "interval of a real change holds it": changed,
        }
        for what, pairs in held.items():
            if pairs:
                at = {"kind": kind.value, "bones": bones}
                yield Share(what=what, n=_n_inside(pairs), of=len(pairs), **at)


def real_changes(rows: Sequence[Measured]) -> Iterator[Share]:
    """Real changes that were called, and changes called the wrong way round."""
    for bones, kind in _groups(rows):
        found = [c for c in _changes(rows, bones, kind) if abs(c.true_ml) > SMALL_ML]
        called = [c for c in found if c.verdict not in NOT_CALLED]
        wrong = [c for c in called if (c.verdict in LOWER) != (c.true_ml < 0)]
        at = {"kind": kind.value, "bones": bones}
        if found:
            what, n = f"real change above {SMALL_ML:g} mL", len(called) - len(wrong)
            yield Share(what=f"{what} called", n=n, of=len(found), **at)
            yield Share(what="... the other way round", n=len(wrong), of=len(found), **at)


def without_edema(rows: Sequence[Measured]) -> Iterator[Share]:
    """Joints without edema in which less than `NO_EDEMA_ML` is found, and may be."""
    for bones in dict.fromkeys(row.bones for row in rows):
        none = [r for r in _regions(rows, bones, RegionKind.SIDE) if r.true_ml == 0]
        low = sum(r.found_ml < NO_EDEMA_ML for r in none)
        sure = sum(r.interval_ml is not None and r.interval_ml.high < NO_EDEMA_ML for r in none)
        at = {"kind": "side", "bones": bones}
        what = f"joint without edema below {NO_EDEMA_ML:g} mL"
        yield Share(what=what, n=low, of=len(none), **at)
        yield Share(what="... and so is its interval", n=sure, of=len(none), **at)


def bias(rows: Sequence[Measured]) -> Iterator[str]:
    """Found over true total, where the truth is above 1 mL."""
    for bones in dict.fromkeys(row.bones for row in rows):
        large = [r for r in _regions(rows, bones, RegionKind.TOTAL) if r.true_ml > 1]
        if large:
            shares = np.array([r.found_ml / r.true_ml for r in large])
            yield (
                f"found over true total above 1 mL, bones {bones}: mean {shares.mean():.3f}, "
                f"{np.quantile(shares, 0.05):.3f} to {np.quantile(shares, 0.95):.3f} in nine of ten"
            )


def reasons(rows: Sequence[Measured]) -> Iterator[str]:
    """Say what could not be measured."""
    for row in rows:
        yield from (f"{row.case}, bones {row.bones}: {reason}" for reason in row.reasons)


def _groups(rows: Sequence[Measured]) -> Iterator[tuple[str, RegionKind]]:
    for bones in dict.fromkeys(row.bones for row in rows):
        yield from ((bones, kind) for kind in RegionKind)


def _regions(rows: Iterable[Measured], bones: str, kind: RegionKind) -> Iterator[RegionFound]:
    yield from (r for row in rows if row.bones == bones for r in row.regions if r.kind is kind)


def _differences(rows: Iterable[Measured], bones: str, kind: RegionKind) -> Iterator[Difference]:
    yield from (d for row in rows if row.bones == bones for d in row.differences if d.kind is kind)


def _changes(rows: Iterable[Measured], bones: str, kind: RegionKind) -> Iterator[ChangeFound]:
    yield from (c for row in rows if row.bones == bones for c in row.changes if c.kind is kind)


def _n_inside(held: Held) -> int:
    return sum(interval.low <= true <= interval.high for interval, true in held)


def _write(path: Path, table: Iterable[Share]) -> None:
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(("what", "kind", "bones", "n", "of", "percent"))
        for share in table:
            row = (share.what, share.kind, share.bones, share.n, share.of)
            writer.writerow((*row, f"{share.percent:.1f}"))
