"""Say the findings in plain words."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from mri_bme.findings import (
    AUTO,
    ChangeReport,
    Lesion,
    LesionFate,
    RegionChange,
    Registration,
    Threshold,
    Verdict,
)
from mri_bme.measurement_error import CHANGE_IS_NOT_RESPONSE, VERDICT_RULE
from mri_bme.record.made_with import READ_BY_FACT, made_with_in_words, made_with_of
from mri_bme.record.numbers import DASH, interval_ml, millilitres, percent
from mri_bme.record.subject import VisitFindings
from mri_bme.report.page import PageVisit, SubjectPage
from mri_bme.roi_sources import source_words
from mri_bme.sacroiliac import QUADRANTS, Level
from mri_bme.study import main_followup

__all__ = ["CHANGE_IS_NOT_RESPONSE", "VERDICT_RULE"]  # for the templates, besides what follows
LOW_CONFIDENCE = 0.5
LOW_COVERAGE = 0.8

VERDICT_WORDS = {
    Verdict.RESOLVED: "Edema has resolved",
    Verdict.DECREASED: "Edema has decreased",
    Verdict.UNCHANGED: "No change beyond measurement error",
    Verdict.INCREASED: "Edema has increased",
    Verdict.NEW: "New edema",
    Verdict.NONE: "No edema at either visit",
    Verdict.NOT_EVALUABLE: "Change could not be evaluated",
}

N_LEFT_OUT = 8
LEFT_OUT_WORDS = {
    "": "for reasons given below",
    "speck": "too small",
    "far_from_joint": "far from the joint",
    "single_slice": "small and on one slice only",
    "tubular": "shaped like vessels",
    "rim": "on the border of marrow, beside something as bright",
    "joint_space": "in the joint itself",
    "like_marrow_beside": "no brighter than the marrow beside it",
    "fluid": "as bright as fluid and dark on T1W",
    "bright_on_t1": "bright on T1W as well",
}
"""What a rule of `segment_edema` leaves out, for readers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """Something that a reader must know before trusting the numbers."""

    where: str
    text: str


def visit_name(label: str) -> str:
    """Write ``week14`` as ``Week 14`` and ``day203`` as ``Day 203``."""
    for stem in ("week", "day", "month"):
        number = label.removeprefix(stem)
        if number != label and number.isdigit():
            return f"{stem.capitalize()} {int(number)}"
    return label[:1].upper() + label[1:]


def region_name(region: str) -> str:
    """Write ``left_ilium_upper`` as ``left ilium, upper``."""
    stem, _, level = region.rpartition("_")
    if stem and level in set(Level):
        return f"{stem.replace('_', ' ')}, {level}"
    return "both joints" if region == "total" else region.replace("_", " ")


def main_change(page: SubjectPage) -> ChangeReport | None:
    """Pick the comparison that a page is about: that with the `main_followup`."""
    main = main_followup(page.changes)
    return None if main is None else page.changes[main]


def headline(page: SubjectPage) -> str:
    """Say the finding in a few words."""
    change = main_change(page)
    if change is not None:
        return VERDICT_WORDS[change.verdict]
    measured = [visit for visit in page.visits if visit.findings.burden is not None]
    if not measured:
        return "Not evaluable"
    burden = measured[0].findings.burden
    volume = 0.0 if burden is None else burden.regions["total"].edema_ml
    amount = f"{millilitres(volume)} mL of edema" if volume > 0 else "No edema found"
    return f"{amount} at {visit_name(measured[0].label).lower()}"


def summary(page: SubjectPage) -> tuple[str, ...]:
    """Say the finding in a few sentences, and what was measured without T1W."""
    return (*_finding(page), *_without_t1(page))


def _finding(page: SubjectPage) -> tuple[str, ...]:
    change = main_change(page)
    if change is None:
        return (*_visit_sentences(page), "One visit: there is no change to measure.")
    total = change.regions["total"]
    if total.change_ml is None:
        reason = total.reason or "; ".join(change.reasons)
        return (
            *_visit_sentences(page),
            f"Change is not evaluable: {reason or 'no reason was recorded'}.",
        )
    return (_change_sentence(change, total),)


def _without_t1(page: SubjectPage) -> Iterator[str]:
    """Say which visits had no T1W: less is noticed of what is wrong with them."""
    names = [
        visit_name(visit.label).lower()
        for visit in page.visits
        if visit.findings.burden is not None and visit.findings.t1_geometry is None
    ]
    if names:
        yield (
            f"Measured without T1W ({' and '.join(names)}), which tells edema from fat that is not "
            "suppressed and from other faults of a scan. Without it more faint edema is missed, so "
            "that intervals reach further up, and wherever the scan looks bright, noisy or uneven, "
            "further both ways."
        )


def _visit_sentences(page: SubjectPage) -> Iterator[str]:
    for visit in page.visits:
        name = visit_name(visit.label)
        burden = visit.findings.burden
        if burden is None:
            yield f"{name}: not evaluable, {visit.findings.reason or 'no reason was recorded'}."
        else:
            total = burden.regions["total"]
            yield (
                f"{name}: {millilitres(total.edema_ml)} mL of edema (95 % interval "
                f"{interval_ml(total.interval_ml)}) in {total.roi_ml:.0f} mL of marrow."
            )


def _change_sentence(change: ChangeReport, total: RegionChange) -> str:
    relative = (
        "" if total.change_percent is None else f", {percent(total.change_percent, signed=True)}"
    )
    covered = (
        ""
        if total.covered_fraction is None
        else f" Compared over the {percent(100 * total.covered_fraction)} of the marrow that both "
        "visits measured."
    )
    return (
        f"{millilitres(total.baseline_ml)} mL at {visit_name(change.baseline).lower()}, "
        f"{millilitres(total.followup_ml)} mL at {visit_name(change.followup).lower()}"
        f"{'' if change.days is None else f' ({change.days} days later)'}: change "
        f"{millilitres(total.change_ml, signed=True)} mL (95 % interval "
        f"{interval_ml(total.interval_ml, signed=True)}){relative}.{_detectable(total)}{covered}"
    )


def _detectable(total: RegionChange) -> str:
    if total.detectable_ml is None or total.verdict is not Verdict.UNCHANGED:
        return ""
    least = millilitres(total.detectable_ml)
    return f" Changes below {least} mL cannot be told from measurement error here."


def doubts(page: SubjectPage) -> tuple[Doubt, ...]:
    """Everything that was doubtful, the whole first, then visit by visit."""
    found = [Doubt(where="Subject", text=text) for text in page.flags]
    for change in page.changes.values():
        found.extend(_change_doubts(change, page))
    for label, registration in page.registrations.items():
        if not registration.quality.accepted:
            found.append(
                Doubt(
                    where=f"Registration of {visit_name(label).lower()}",
                    text=registration.quality.reason,
                )
            )
    for visit in page.visits:
        found.extend(_visit_doubts(visit))
    return tuple(dict.fromkeys(found))


def _change_doubts(change: ChangeReport, page: SubjectPage) -> Iterator[Doubt]:
    where = f"{visit_name(change.baseline)} to {visit_name(change.followup).lower()}"
    total = change.regions["total"]
    reasons = change.reasons or (() if change.evaluable else (total.reason,))
    said = tuple(visit.findings.reason for visit in page.visits if visit.findings.reason)
    for reason in dict.fromkeys(reasons):
        if reason and not reason.endswith(said):  # of a visit, which says so itself
            yield Doubt(where=where, text=reason)
    if change.protocol_changes:
        yield Doubt(where=where, text=protocol_sentence(change))
    if change.flips:
        yield Doubt(where=where, text=flips_sentence(change))
    if total.covered_fraction is not None and total.covered_fraction < LOW_COVERAGE:
        covered = percent(100 * total.covered_fraction)
        yield Doubt(where=where, text=f"only {covered} of the marrow was seen at both visits")


def flips_sentence(change: ChangeReport) -> str:
    """Say what a verdict hangs on."""
    verdict = change.verdict.value.replace("_", " ")
    return (
        f"the verdict ({verdict}) hangs on {', '.join(change.flips)}: "
        "moved by what it is uncertain by, each alone gives another direction"
    )


def protocol_sentence(change: ChangeReport) -> str:
    """Say that visits were not scanned alike, and what became of the limits."""
    what = "; ".join(one.words for one in change.protocol_changes)
    wider = (
        "phantoms scanned so differed by no more than alike, and limits are as wide"
        if change.wider_by <= 1
        else f"intervals and smallest detectable changes are {change.wider_by:.3g} times as wide"
    )
    return f"the two visits were not scanned alike ({what}); {wider}"


def _visit_doubts(visit: PageVisit) -> Iterator[Doubt]:
    where = visit_name(visit.label)
    if visit.findings.burden is None:
        yield Doubt(
            where=where, text=f"not evaluable: {visit.findings.reason or 'no reason was recorded'}"
        )
    confidence = visit.findings.roi_confidence
    if confidence is not None and confidence < LOW_CONFIDENCE:
        yield Doubt(
            where=where,
            text=f"the joints were found with low confidence ({confidence:.2f} of 1): check the "
            "quadrants and the joint line on the pictures",
        )
    for text in visit.findings.doubts:
        yield Doubt(where=where, text=text)


def threshold_sentence(visit: PageVisit) -> str:
    """Where the cut-off lies and where it came from."""
    threshold = visit.findings.threshold
    if threshold is None:
        return "No threshold: the visit was not measured."
    return (
        f"Voxels above {threshold.value:.2f} times normal marrow{_agreed(threshold)} are "
        f"candidates (rule {threshold.rule.replace('_', ' ')}); the cut-off is lower in dark "
        "tissue by the joint, where inflamed tissue is darker as well, and higher in fatty marrow"
        f"{_cutoffs_of_lesions(visit.findings.lesions)}. Normal marrow: median "
        f"{threshold.reference_median:.4g}, robust SD {threshold.reference_sd:.3g} in the units "
        f"of the series, from {threshold.n_reference_voxels} voxels "
        f"({source_words(visit.findings.reference_source)})."
    )


def _agreed(threshold: Threshold) -> str:
    """Say from where on nothing but brightness is asked, where a judge had a say."""
    if threshold.alone is None:
        return ""
    return f" that the judge holds for likely, and all above {threshold.alone:.2f},"


def _cutoffs_of_lesions(lesions: Sequence[Lesion]) -> str:
    """Say between which values the cut-off of lesions lay, where it is known."""
    known = [lesion.cutoff for lesion in lesions if lesion.cutoff is not None]
    if not known:
        return ""
    low, high = (f"{value:.2f}" for value in (min(known), max(known)))
    return f" (at its lesions {low})" if low == high else f" (at its lesions {low} to {high})"


def lesion_name(change: ChangeReport | None, visit: str, label: int) -> str:
    """Name a lesion as the table of lesions does: by what became of it, else by its label."""
    fate = fate_of(change, visit, label)
    return f"L{label}" if fate is None else fate.lesion_id


def cutoff_words(lesions: Iterable[tuple[str, Lesion]]) -> str:
    """Say of each lesion (with its name) the cut-off that applied there, and how far it rises.

    And how likely its voxels are what readers call edema, where the judge was asked.
    """
    return "; ".join(
        f"{name}: brightest {times(lesion.ratio_to_cutoff)} times the cut-off "
        f"there, {times(lesion.cutoff)}{_likely(lesion)}"
        for name, lesion in lesions
        if lesion.cutoff is not None
    )


def _likely(lesion: Lesion) -> str:
    return "" if lesion.probability is None else f", {lesion.probability:.0%} likely"


def times(value: float | None) -> str:
    """Write a multiple with two digits; a missing one is a dash."""
    return DASH if value is None else f"{value:.2f}"


LeftOut = tuple[PageVisit, Lesion]


def left_out_rows(visits: Iterable[PageVisit]) -> tuple[LeftOut, ...]:
    """List the largest bright parts of each visit that were not counted."""
    return tuple(
        (visit, lost)
        for visit in visits
        for lost in sorted(visit.findings.dropped, key=lambda lost: -lost.counted_ml)[:N_LEFT_OUT]
    )


def left_out_sentence(visits: Iterable[PageVisit]) -> str:
    """How many bright parts each rule left out, and how many millilitres they are."""
    dropped = [lost for visit in visits for lost in visit.findings.dropped]
    rules = dict.fromkeys(lost.rule for lost in dropped)
    counts = []
    for rule in rules:
        parts = [lost.counted_ml for lost in dropped if lost.rule == rule]
        name = LEFT_OUT_WORDS.get(rule, rule.replace("_", " "))
        counts.append(f"{len(parts)} {name} ({millilitres(sum(parts))} mL)")
    return (
        "Marrow above the cut-off that is not called edema: " + ", ".join(counts) + ". Listed are "
        f"the {N_LEFT_OUT} largest of each visit; the candidates table beside the masks has all "
        "of them, with their measurements."
    )


def slice_of(visit: PageVisit, lesion: Lesion) -> str:
    """Name the acquired slice through the middle of a lesion; empty without a volume."""
    geometry = visit.findings.geometry
    if geometry is None:
        return ""
    index = geometry.indices_of(np.array(lesion.centroid_lps_mm))
    return str(int(np.clip(round(float(index[0])), 0, geometry.shape[0] - 1)) + 1)


OTHER_REGIONS = ("total", "left", "right")
"""Regions that a page lists of findings other than edema."""


def quantity(name: str, value: float | None) -> str:
    """Write a quantity of another kind of finding; volumes as everywhere."""
    if name.endswith("_ml"):
        return millilitres(value)
    return DASH if value is None else f"{value:.2f}"


def fate_of(change: ChangeReport | None, visit: str, label: int) -> LesionFate | None:
    """Look up what became of a lesion; None when visits were not compared."""
    fates = () if change is None else change.fates
    return next((fate for fate in fates if (fate.visit, fate.label) == (visit, label)), None)


def quadrant_name(label: int) -> str:
    """Name of a quadrant label for readers."""
    return region_name(QUADRANTS[label].name) if label in QUADRANTS else "outside quadrants"


def score_rows(page: SubjectPage, labels: Iterable[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Imitated readers' scores by visit; a dash where the acquisition does not allow one."""
    burdens = [page.visit(label).findings.burden for label in labels]
    return (
        ("SPARCC (0 to 72)", tuple(score(b and b.sparcc_estimate) for b in burdens)),
        ("Berlin (0 to 24)", tuple(score(b and b.berlin_estimate) for b in burdens)),
        ("ASAS: active lesion", tuple(score(b and b.asas_positive_estimate) for b in burdens)),
    )


def score(value: object) -> str:
    """Write a score, or a dash where there is none."""
    if value is None:
        return DASH
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def registration_sentence(registration: Registration) -> str:
    """How well two visits fit, in numbers."""
    quality = registration.quality
    rigid = registration.moving_from_fixed
    parts = [
        "accepted" if quality.accepted else f"not accepted ({quality.reason})",
        f"rotation {rigid.rotation_degrees:.1f}°",
    ]
    if quality.inverse_consistency_mm is not None:
        parts.append(f"inverse consistency {quality.inverse_consistency_mm:.2f} mm")
    if quality.overlap_fraction is not None:
        parts.append(f"overlap {percent(100 * quality.overlap_fraction)}")
    if quality.similarity is not None:
        parts.append(f"similarity {quality.similarity:.3f}")
    return "Registration " + ", ".join(parts) + "."


def methods(page: SubjectPage) -> str:
    """Write a methods paragraph, ready to paste."""
    visit = next((v for v in page.visits if v.findings.threshold is not None), None)
    if visit is None or visit.pixels is None or visit.findings.threshold is None:
        return f"No visit of this subject could be measured with mri_bme {page.version}."
    findings, threshold = visit.findings, visit.findings.threshold
    slices, rows, columns = visit.pixels.volume.geometry.spacing_mm
    change = main_change(page)
    compared = "" if change is None else f"{_COMPARED} {change.rule}{_unlike(change)}".rstrip()
    roi = source_words(findings.roi_source)
    reference = source_words(findings.reference_source)
    return (
        f"Bone marrow edema of the sacroiliac joints was measured with mri_bme {page.version} on "
        f"fluid-sensitive series ({rows:.2f} × {columns:.2f} mm in plane, slices every "
        f"{slices:.2f} mm), on the acquired voxels. Regions of interest were the subchondral "
        f"marrow of sacrum and ilium, {roi}, in eight quadrants (side × bone × upper or lower "
        f"half) after the SPARCC method [1]. Intensities were divided by the median of the "
        f"subject's own normal interforaminal sacral marrow ({reference}); voxels "
        f"above {_cutoffs(page)} (rule {threshold.rule.replace('_', ' ')}; "
        "dispersion from the median absolute deviation [2]) were candidates, with a lower cut-off "
        "in dark tissue by the joint and a higher one where T1W is brighter than marrow; vessels, "
        f"joint fluid and other look-alikes were excluded{_judged(findings)}. {_outline(threshold)}"
        "Volumes credit partial voxels and come "
        f"with 95 % intervals of propagated uncertainty.{compared} Agreement with readers is "
        f"limited by that between readers [3]. {_made_with(page)}"
    )


def _cutoffs(page: SubjectPage) -> str:
    """Say how many times as bright as normal marrow a candidate was, visit by visit."""
    thresholds = [v.findings.threshold for v in page.visits if v.findings.threshold is not None]
    in_turn = ", visit by visit" if len(thresholds) > 1 else ""
    low = f"{_in_turn(one.value for one in thresholds)} times that median{in_turn}"
    alone = [one.alone for one in thresholds if one.alone is not None]
    if not alone:
        return low
    return (
        f"{low}, where a network held them for likely, or above {_in_turn(alone)} times elsewhere"
    )


def _in_turn(values: Iterable[float]) -> str:
    *first, last = (f"{value:.2f}" for value in values)
    return f"{', '.join(first)} and {last}" if first else last


def _made_with(page: SubjectPage) -> str:
    """Name version, networks by hash, settings and who read; what was not kept is left out."""
    read_by = dict(page.findings.facts).get(READ_BY_FACT, AUTO)
    made = made_with_of(page.findings.facts, version=page.version, read_by=read_by)
    return made_with_in_words(made)


def _unlike(change: ChangeReport) -> str:
    """Say that visits were not scanned alike, where they were not."""
    if not change.protocol_changes:
        return ""
    return f" Here {protocol_sentence(change)}."


def _judged(findings: VisitFindings) -> str:
    """Say that a network judged too, where it did: then candidates have a probability."""
    told = (*findings.lesions, *findings.dropped)
    if all(candidate.probability is None for candidate in told):
        return ""
    return (
        ", by rules and by a convolutional network that learned from readers' outlines how likely "
        "a voxel is called edema"
    )


def _outline(threshold: Threshold) -> str:
    if threshold.outline_height is None:
        return ""
    return (
        f"A lesion was outlined where its signal rises to {100 * threshold.outline_height:.0f} % "
        "of the way from normal marrow to its inside. "
    )


_COMPARED = (
    " Visits were aligned by a rigid transform of the pelvis that moved regions and "
    "masks, never the measured intensities, so that both visits were treated alike [4]; change "
    "was taken over one region, the marrow that the regions of both visits have in common."
)

CITATIONS = (
    "Maksymowych WP, et al. Spondyloarthritis Research Consortium of Canada magnetic resonance "
    "imaging index for assessment of sacroiliac joint inflammation in ankylosing spondylitis. "
    "Arthritis Rheum 2005;53:703-709.",
    "Rousseeuw PJ, Croux C. Alternatives to the median absolute deviation. J Am Stat Assoc "
    "1993;88:1273-1283.",
    "Hepburn C, et al. PLOS ONE 2023. doi:10.1371/journal.pone.0284508.",
    "Reuter M, et al. Within-subject template estimation for unbiased longitudinal image "
    "analysis. NeuroImage 2012;61:1402-1418.",
)


def n_subjects(n: int) -> str:
    """Count subjects in words, singular for one."""
    return "1 subject" if n == 1 else f"{n} subjects"
