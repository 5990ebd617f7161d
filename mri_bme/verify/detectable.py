"""Smallest detectable changes of each kind of region, from subjects scanned twice unchanged."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from mri_bme.measurement_error import detectable_table
from mri_bme.sacroiliac import RegionKind
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
