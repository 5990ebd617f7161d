"""What a reading says of each visit, in the terms in which readers are compared."""

from collections.abc import Iterator, Mapping
from typing import Any

from mri_bme.agreement import ReadVisit
from mri_bme.findings import AUTO
from mri_bme.pipeline import SubjectResult, VisitResult
from mri_bme.readings.scores import scored_values, sparcc_quadrants
from mri_bme.sacroiliac import QUADRANTS


def read_visits(
    reader: str,
    subject: str,
    result: SubjectResult,
    repeat: int,
    scores: Mapping[str, Mapping[str, Any]],
    *,
    has_masks: bool = True,
) -> Iterator[ReadVisit]:
    """Tell what a reader, or the program (`AUTO`), said of each visit that was measured.

    Parameters
    ----------
    reader, subject : str
        Whose reading it is, and of whom.
    result : SubjectResult
        The masks of that reader, measured.
    repeat : int
        2 where it is a second reading.
    scores : mapping
        By visit, then by name; of the program its own estimates are told instead.
    has_masks : bool
        Without masks there are no volumes, and quadrants are those that were scored.
    """
    for visit in result.visits:
        if visit.burden is None:
            continue
        held = scores.get(visit.label, {})
        values = _scored(visit) if reader == AUTO else scored_values(held)
        if has_masks:
            values = {"edema_ml": visit.burden.regions["total"].edema_ml, **values}
        yield ReadVisit(
            reader=reader,
            subject=subject,
            visit=visit.label,
            values=values,
            quadrants=_quadrants(visit) if has_masks else sparcc_quadrants(held.get("sparcc")),
            repeat=repeat,
        )


def _scored(visit: VisitResult) -> dict[str, float]:
    """Give what the program estimates of what readers score by eye."""
    burden = visit.burden
    told = {} if burden is None else {
        "sparcc": burden.sparcc_estimate, "berlin": burden.berlin_estimate
    }  # fmt: skip
    return {name: float(value) for name, value in told.items() if value is not None}


def _quadrants(visit: VisitResult) -> frozenset[str] | None:
    if visit.burden is None:
        return None
    regions = visit.burden.regions
    return frozenset(q.name for q in QUADRANTS.values() if regions[q.name].counted_ml > 0)
