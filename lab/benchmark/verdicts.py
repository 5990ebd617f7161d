"""How often unchanged subjects are called changed, and how often intervals hold the truth."""

import csv
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from mri_bme.findings import Interval
from mri_bme.phantom import Protocol
from mri_bme.sacroiliac import RegionKind
from mri_bme.settings import Settings
from mri_bme.verify import Case, Measurement, measure_cases
from mri_bme.verify.design import LEVELS_ML, spread_lesions
from mri_bme.verify.regions import Difference

FIRST_SEED = 40_000  # neither the table of smallest detectable changes nor any test begins here
NOT_CALLED = frozenset({"unchanged", "none", "stable"})
OUTLINES_ONLY = frozenset({"merged", "split"})  # how outlines joined says nothing of how much


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
    pairs: Annotated[int, typer.Option(min=1, help="Subjects, each scanned twice.")] = 60,
    first_seed: Annotated[int, typer.Option(help="Of the subjects.")] = FIRST_SEED,
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="Processes.")] = 1,
) -> None:
    """Scan unchanged subjects twice: false verdicts and coverage of intervals, by kind of region.

    Every subject is another one, none of those that the settings were measured on; volumes go
    through the levels of `mri-bme verify` in turn.
    """
    cases = unchanged_cases(pairs, first_seed)
    rows = measure_cases(cases, settings=Settings(), jobs=jobs, progress=_progress)
    table = [*false_verdicts(rows), *coverage(rows)]
    for share in table:
        typer.echo(
            f"{share.what:42s} {share.kind:10s} bones {share.bones:10s} "
            f"{share.n:5d} of {share.of:5d} = {share.percent:5.1f} %"
        )
    if out is not None:
        _write(out, table)


def unchanged_cases(n: int, first_seed: int = FIRST_SEED) -> tuple[Case, ...]:
    """One subject per pair, the levels of the design in turn."""
    cases = []
    for i in range(n):
        level, seed = LEVELS_ML[i % len(LEVELS_ML)], first_seed + i
        cases.append(
            Case(
                name=f"{seed}-{level:g}mL",
                seed=seed,
                level_ml=level,
                condition="as given",
                protocol=Protocol(),
                plans=spread_lesions(level, np.random.default_rng([seed, 29])),
            )
        )
    return tuple(cases)


def false_verdicts(rows: Sequence[Measurement]) -> Iterator[Share]:
    """Verdicts other than ``unchanged`` and ``none``, fates other than ``stable``."""
    for bones in dict.fromkeys(row.bones for row in rows):
        for kind in RegionKind:
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


def coverage(rows: Sequence[Measurement]) -> Iterator[Share]:
    """Intervals of a volume that hold the true one, and of a change that hold zero."""
    for bones in dict.fromkeys(row.bones for row in rows):
        own = [row for row in rows if row.bones == bones]
        for kind in RegionKind:
            at = {"kind": kind.value, "bones": bones}
            known = [
                (found.interval_ml, found.true_ml)
                for row in own
                for found in row.regions
                if found.kind is kind and found.interval_ml is not None
            ]
            filled = [(interval, true) for interval, true in known if true > 0]
            changes = [
                (d.interval_ml, 0.0)
                for d in _differences(rows, bones, kind)
                if d.interval_ml is not None and max(d.baseline_ml, d.followup_ml) > 0
            ]
            for what, held in (
                ("interval of a volume holds the truth", filled),
                ("... where there is no edema as well", known),
                ("interval of a change holds zero", changes),
            ):
                if held:
                    yield Share(what=what, n=_n_inside(held), of=len(held), **at)


def _differences(rows: Iterable[Measurement], bones: str, kind: RegionKind) -> Iterator[Difference]:
    for row in rows:
        if row.bones == bones:
            yield from (d for d in row.differences if d.kind is kind)


def _n_inside(held: Iterable[tuple[Interval, float]]) -> int:
    return sum(interval.low <= true <= interval.high for interval, true in held)


def _write(path: Path, table: Iterable[Share]) -> None:
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(("what", "kind", "bones", "n", "of", "percent"))
        for share in table:
            row = (share.what, share.kind, share.bones, share.n, share.of)
            writer.writerow((*row, f"{share.percent:.1f}"))


def _progress(done: int, total: int, name: str) -> None:
    sys.stderr.write(f"{done}/{total} {name}\n")
