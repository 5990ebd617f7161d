"""How often an interval holds what is true: over all, by volume, condition and kind of region."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from mri_bme.findings import Interval
from mri_bme.sacroiliac import RegionKind
from mri_bme.verify.design import AS_GIVEN
from mri_bme.verify.figure import Figure, share_figure
from mri_bme.verify.measure import Measurement

NAME = "truth inside the interval"
BY_VOLUME, BY_CONDITION, BY_REGION = (
    f"{NAME}, by {what}" for what in ("volume", "condition", "kind of region")
)


def coverage_figures(rows: Sequence[Measurement]) -> Iterator[Figure]:
    """Tell the share of intervals that hold the truth, with its interval.

    Of visits scanned as given: over all that hold edema, by volume (0 mL among them), and by kind
    of region, of regions that hold edema. Of the others: under each departure of both scans, and of
    both visits of pairs that were not scanned alike.
    """
    usual = [row for row in rows if row.condition == AS_GIVEN]
    yield _share(NAME, "all with edema", [r for r in usual if r.true_ml > 0])
    for level in sorted({row.level_ml for row in usual}):
        own = [row for row in usual if row.level_ml == level]
        yield _share(BY_VOLUME, f"{level:g} mL", own)
    unlike = {row.condition for row in rows if row.retest}
    conditions = dict.fromkeys(row.condition for row in rows)
    for condition in sorted(
        conditions, key=lambda name: name in unlike
    ):  # departures of both first
        if condition != AS_GIVEN:
            own = [row for row in rows if row.condition == condition and row.true_ml > 0]
            yield _share(BY_CONDITION, condition, own)
    for kind in RegionKind:
        regions = [
            (row.seed, region)
            for row in usual
            for region in row.regions
            if region.kind is kind and region.true_ml > 0
        ]
        if regions:
            yield _held(BY_REGION, kind.value, regions)


class _Estimated(Protocol):
    """A volume with its interval, beside the truth."""

    @property
    def true_ml(self) -> float:
        """What is true."""

    @property
    def interval_ml(self) -> Interval | None:
        """The interval; None where nothing was measured."""


def _share(name: str, at: str, rows: Sequence[Measurement]) -> Figure:
    return _held(name, at, [(row.seed, row) for row in rows])


def _held(name: str, at: str, estimates: Sequence[tuple[int, _Estimated]]) -> Figure:
    """Tell of estimates, each with its subject, how many intervals hold the truth."""
    known = [
        (seed, one.interval_ml.low <= one.true_ml <= one.interval_ml.high)
        for seed, one in estimates
        if one.interval_ml is not None
    ]
    return share_figure(
        name, at, [is_held for _, is_held in known], subjects=[seed for seed, _ in known]
    )
