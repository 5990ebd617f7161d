"""Smallest detectable changes of each kind of region, from subjects scanned twice unchanged."""

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np

from mri_bme.measurement_error import detectable_table
from mri_bme.sacroiliac import RegionKind
from mri_bme.verify.figure import Figure, share_figure
from mri_bme.verify.regions import Difference

DetectableByKind = dict[RegionKind, tuple[float, ...]]


class ScannedTwice(Protocol):
    """A subject without a change: whose it is, who placed the bones, what test and retest gave."""

    @property
    def case(self) -> str:
        """Name of the subject and its edema."""

    @property
    def bones(self) -> str:
        """Who placed the bones."""

    @property
    def differences(self) -> tuple[Difference, ...]:
        """Both volumes of every region and lesion."""


def detectable_by_kind(
    rows: Sequence[ScannedTwice], levels: Sequence[float], *, limit_ml: float
) -> DetectableByKind:
    """Tabulate the smallest detectable change of every kind at `levels`.

    Each way of finding bones has its own table, and the larger change counts: whoever reads the
    result need not know which bones a subject had. Regions and lesions without edema at either
    scan say nothing about repetition and are left out. A kind that was not seen is absent.
    """
    tables: dict[RegionKind, list[tuple[float, ...]]] = {}
    for bones in dict.fromkeys(row.bones for row in rows):
        own = [row for row in rows if row.bones == bones]
        for kind in RegionKind:
            table = _table_of(own, kind, levels, limit_ml)
            if table:
                tables.setdefault(kind, []).append(table)
    return {kind: tuple(map(max, zip(*found, strict=True))) for kind, found in tables.items()}


def _table_of(
    rows: Sequence[ScannedTwice], kind: RegionKind, levels: Sequence[float], limit_ml: float
) -> tuple[float, ...]:
    pairs = [
        (row.case, d.baseline_ml, d.followup_ml)
        for row in rows
        for d in row.differences
        if d.kind is kind and max(d.baseline_ml, d.followup_ml) > 0
    ]
    if not pairs:
        return ()
    first, second = (np.array([pair[n] for pair in pairs]) for n in (1, 2))
    return detectable_table(
        (first + second) / 2,
        second - first,
        levels,
        limit_ml=limit_ml,
        n_subjects=len({case for case, _, _ in pairs}),
    )


class OfSubject(ScannedTwice, Protocol):
    """The same, and which subject it is."""

    @property
    def seed(self) -> int:
        """Of the subject, which may be scanned with several volumes of edema."""


def beyond_figures(
    rows: Sequence[OfSubject], levels: Sequence[float], *, limit_ml: float
) -> Iterator[Figure]:
    """Count unchanged pairs that differ by the smallest detectable change or more, by kind.

    Each subject is judged by the tables of all others, so that no pair is judged by itself. With
    one subject alone there is nothing to judge by.
    """
    beyond: dict[tuple[str, RegionKind], list[tuple[int, bool]]] = {}
    seeds = dict.fromkeys(row.seed for row in rows)
    for seed in seeds if len(seeds) > 1 else ():
        others = [row for row in rows if row.seed != seed]
        tables = detectable_by_kind(others, levels, limit_ml=limit_ml)
        for row in rows:
            if row.seed == seed:
                for kind, is_beyond in _judged(row, tables, levels):
                    beyond.setdefault((row.bones, kind), []).append((seed, is_beyond))
    for (bones, kind), found in beyond.items():
        yield share_figure(
            "beyond the smallest detectable change",
            kind.value,
            [is_beyond for _, is_beyond in found],
            subjects=[seed for seed, _ in found],
            bones=bones,
        )


def _judged(
    row: ScannedTwice, tables: DetectableByKind, levels: Sequence[float]
) -> Iterator[tuple[RegionKind, bool]]:
    for d in row.differences:
        if max(d.baseline_ml, d.followup_ml) > 0 and d.kind in tables:
            least = float(np.interp((d.baseline_ml + d.followup_ml) / 2, levels, tables[d.kind]))
            yield d.kind, abs(d.followup_ml - d.baseline_ml) >= least
