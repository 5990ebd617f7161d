"""How the scans of a subject look, check by check, on its page."""

from collections.abc import Mapping
from dataclasses import dataclass

from mri_bme.record.looked import GATE, Looked, Range
from mri_bme.report.page import PageVisit

CHECK_WORDS: Mapping[str, str] = {
    "marrow_snr": "signal of marrow over its noise",
    "sharpness": "sharpness: steepness of the border of marrow, per mm",
    "fat": "suppression: fat beside the joints over marrow",
    "joint_seen_mm": "coverage: length of the less seen joint, mm",
    "t1_fit": "alignment of T1W: what it shares with the scan, nats",
    "slab_mm": "thickness of all slices, mm",
    "field_of_view_mm": "shorter side of a slice, mm",
    "pixel_mm": "pixel, mm",
    "slice_step_mm": "distance of slices, mm",
    "independent_slices": "share of slices that were acquired",
    "negative": "share of negative voxels",
    "darkest": "darkest tissue over the median",
    "bright_tail": "how far bright voxels stand out",
    "fluid": "how far fluid stands out",
    "fluid_on_t1": "how far fluid stands out on T1W",
    "likeness_of_t1": "correlation of T1W with the scan",
    "t1_covered": "share of the scan that T1W covers",
    "t1_tilt_degrees": "tilt of T1W's slices, degrees",
    "t1_coarser": "distance of T1W's slices over that of the scan's",
    "t1_mirror_gain": "how much better T1W fits in the mirror, nats",
    "t1_shift_mm": "how far T1W lies beside the scan, mm",
    "t1_turn_degrees": "how far T1W is turned, degrees",
    "sides_mm": "left regions to the left of the right ones, mm",
    "between_joints_mm": "distance of the joints, mm",
    "body_size": "size of joints and marrow over the mean adult's",
    "joint_depth_mm": "length of a joint along the slices, mm",
    "marrow_ml": "marrow inside the regions, mL",
    "common_shading": "marrow brighter on both series, share",
    "uneven_field": "field that both series share, share",
    "field_without_t1": "field of the scan alone, share",
    "lost_field_without_t1": "field of the scan alone if disease is nowhere, share",
    "snr_without_t1": "signal of marrow over its noise, without T1W",
    "void_without_t1_ml": "marrow by holes of the signal, mL",
    "fat_without_t1": "broad tissue of the buttocks over marrow",
    "field_left_over": "what is left of a field, share",
    "fold_over_mm": "joint to a border that folds over, mm",
    "folded_signal": "field where signal folds over, share",
    "reference": "reference marrow over other marrow",
    "on_marrow": "share of the regions on marrow as found",
}
"""What each check is, for the page; ``docs/appearance.md`` says more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookCell:
    """One check at one visit: what stands in the cell, how it was judged, and what that means."""

    text: str
    verdict: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookRow:
    """One check at every visit, with its cut-offs."""

    name: str
    words: str
    cells: tuple[LookCell, ...]
    usual: str
    refused: str


def gate_rows(visits: tuple[PageVisit, ...]) -> tuple[LookRow, ...]:
    """Tell noise, sharpness, suppression, coverage, alignment; empty if nothing was looked at."""
    return _rows(visits, GATE)


def other_look_rows(visits: tuple[PageVisit, ...]) -> tuple[LookRow, ...]:
    """Tell all other checks that were made of any visit."""
    names = [one.name for visit in visits for one in visit.findings.looked]
    return _rows(visits, tuple(n for n in dict.fromkeys(names) if n not in GATE))


def _rows(visits: tuple[PageVisit, ...], names: tuple[str, ...]) -> tuple[LookRow, ...]:
    seen = [{one.name: one for one in visit.findings.looked} for visit in visits]
    rows = []
    for name in names:
        made = [checks.get(name) for checks in seen]
        first = next((one for one in made if one is not None), None)
        if first is not None:
            rows.append(
                LookRow(
                    name=name,
                    words=CHECK_WORDS.get(name, name.replace("_", " ")),
                    cells=tuple(_cell(one) for one in made),
                    usual=_inside(first.usual),
                    refused=_outside(first.possible),
                )
            )
    return tuple(rows)


def _cell(look: Looked | None) -> LookCell:
    if look is None:
        return LookCell(text="")
    text = look.reason if look.value is None else f"{look.value:.3g}"
    return LookCell(text=text, verdict=look.verdict, reason=look.reason)


def _inside(limits: Range) -> str:
    low, high = limits
    if low is None or high is None:
        return "" if low == high else f"to {high:g}" if low is None else f"from {low:g}"
    return f"{low:g} to {high:g}"


def _outside(limits: Range) -> str:
    low, high = limits
    ends = (
        "" if low is None else f"below {low:g}",
        "" if high is None else f"above {high:g}",
    )
    return ", ".join(end for end in ends if end)
