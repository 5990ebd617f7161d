"""What is told of the edema of one visit: the JSON beside its mask, and a line for people."""

from collections import Counter
from typing import Any

from mri_bme.findings import EdemaBurden, EdemaSegmentation, RegionBurden, Threshold
from mri_bme.record.lesions import (
    CANDIDATES,
    COUNTED,
    CUT,
    JUDGED,
    PLACE,
    SHAPE,
    VOLUME,
    Candidate,
    candidates,
)
from mri_bme.record.numbers import interval_ml, millilitres
from mri_bme.record.schema import Column, facts, plain
from mri_bme.record.visits import MEASURED, SPARCC_ESTIMATE, WHOLE

REGION: tuple[Column[RegionBurden], ...] = (
    *MEASURED,
    Column(
        name="counted_ml",
        meaning="volume by counting voxels of the mask, none of them in part",
        read=lambda burden: burden.counted_ml,
    ),
)
"""What JSON tells of a region or depth band: the cells of ``visits.csv``, and the count."""

SCORES: tuple[Column[EdemaBurden], ...] = (
    SPARCC_ESTIMATE,
    Column(
        name="berlin_estimate",
        meaning="Berlin score (0 to 24) estimated from the mask",
        read=lambda burden: burden.berlin_estimate,
        empty="where the slices cannot be scored",
    ),
    Column(
        name="asas_positive_estimate",
        meaning="whether the mask meets the ASAS definition of an active lesion",
        read=lambda burden: burden.asas_positive_estimate,
        empty="where the slices cannot be scored",
    ),
)

THRESHOLD: tuple[Column[Threshold], ...] = (
    Column(name="rule", meaning="rule that set the cut-off", read=lambda cut: cut.rule),
    Column(
        name="relative_intensity",
        meaning="the cut-off in multiples of normal marrow",
        read=lambda cut: cut.value,
    ),
    Column(
        name="intensity",
        meaning="the cut-off in the units of the scan, after shading was undone",
        read=lambda cut: cut.value * cut.reference_median,
    ),
)

REFERENCE: tuple[Column[Threshold], ...] = (
    Column(
        name="median",
        meaning="median of normal marrow, in the units of the scan",
        read=lambda cut: cut.reference_median,
    ),
    Column(
        name="robust_sd",
        meaning="its SD, from the median absolute deviation",
        read=lambda cut: cut.reference_sd,
    ),
    Column(
        name="n_voxels",
        meaning="voxels of normal marrow",
        read=lambda cut: cut.n_reference_voxels,
    ),
)


def edema_facts(found: EdemaSegmentation, burden: EdemaBurden) -> dict[str, Any]:
    """Everything about the edema of a visit that is not voxels, ready for JSON.

    Volumes credit partial volume and have the digits of ``visits.csv`` and ``lesions.csv``;
    `counted_ml` stands beside them.
    """
    return {
        **facts(REGION, burden.regions[WHOLE]),
        **facts(SCORES, burden),
        "threshold": facts(THRESHOLD, found.threshold),
        "reference": facts(REFERENCE, found.threshold),
        "regions": {name: facts(REGION, region) for name, region in burden.regions.items()},
        "depth_bands": {name: facts(REGION, band) for name, band in burden.bands.items()},
        "lesions": [_lesion_facts(one) for one in candidates(found) if one.kept],
        "n_dropped": dict(sorted(Counter(lost.rule for lost in found.dropped).items())),
        "dropped": [_dropped_facts(one) for one in candidates(found) if not one.kept],
        "flags": list(found.flags),
        "sparcc_slices": [
            {
                "slice": one.index + 1,
                "joint_mm": {side: plain(mm) for side, mm in one.joint_mm.items()},
                "quadrants": list(one.quadrants),
                "intense": list(one.intense),
                "deep": list(one.deep),
                "points": one.points,
            }
            for one in burden.sparcc_slices
        ],
        "disagreements": list(burden.disagreements),
        "notes": list(burden.notes),
    }


def _lesion_facts(kept: Candidate) -> dict[str, Any]:
    lesion = kept.lesion
    return {
        "lesion": lesion.label,
        **facts((*PLACE, VOLUME, COUNTED, *SHAPE, *CUT, *JUDGED), lesion),
        "reason": lesion.reason,
        "features": _features(kept),
    }


def _dropped_facts(lost: Candidate) -> dict[str, Any]:
    return {
        "candidate": lost.name,
        "rule": lost.lesion.rule,
        "reason": lost.lesion.reason,
        **facts((*PLACE, COUNTED, *SHAPE, *CUT, *JUDGED), lost.lesion),
        "features": _features(lost),
    }


def _features(candidate: Candidate) -> dict[str, Any]:
    """Tell what else the rules looked at."""
    return {
        name: plain(value)
        for name, value in candidate.lesion.features.items()
        if name not in CANDIDATES.names
    }


def edema_line(burden: EdemaBurden) -> str:
    """Say how much edema there is, for a terminal."""
    total = burden.regions[WHOLE]
    lesions = "1 lesion" if total.n_lesions == 1 else f"{total.n_lesions} lesions"
    between = interval_ml(total.interval_ml)
    return f"{millilitres(total.edema_ml)} mL of edema (95 % interval {between}) in {lesions}"
