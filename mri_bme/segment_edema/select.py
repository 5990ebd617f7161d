"""Say which candidates are edema: by the judge and the rules, each with its reason."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mri_bme.findings import Threshold
from mri_bme.segment_edema.candidates import Candidate, CutOff, find_candidates
from mri_bme.segment_edema.evidence import Evidence
from mri_bme.segment_edema.joint_view import is_coronal
from mri_bme.segment_edema.judge import edema_probability
from mri_bme.segment_edema.selection import rule_against
from mri_bme.settings import SegmentSettings

JUDGE = "judge"  # name of what leaves out candidates that it holds for unlikely
KEPT = "kept: above the cut-off, and no rule speaks against it"
NOT_LEARNED = (
    "slices are not stacked from front to back, as those that the judge of edema learned from: "
    "the rules alone decided"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A candidate, why it was kept or dropped, and the rule that dropped it."""

    candidate: Candidate
    reason: str = KEPT
    rule: str = ""


def asked(evidence: Evidence, settings: SegmentSettings) -> Evidence:
    """Ask the judge, where the settings want it and the slices are as it has learned them."""
    if settings.judge != "network":
        return evidence
    if not is_coronal(evidence.geometry):
        return replace(evidence, doubts=(*evidence.doubts, NOT_LEARNED))
    return replace(evidence, probability=edema_probability(evidence))


def lowered(threshold: Threshold, settings: SegmentSettings) -> Threshold:
    """Cut-off that suffices where the judge agrees: part of the way up from normal marrow."""
    return replace(threshold, value=1 + settings.judge_height * (threshold.value - 1))


def select(
    cut: CutOff, evidence: Evidence, settings: SegmentSettings
) -> tuple[list[Judged], list[Judged]]:
    """Find candidates and part them into edema and what is none."""
    if evidence.probability is None:
        return _by_rules(find_candidates(cut, evidence), settings)
    is_likely = evidence.probability > settings.judge_probability
    likely = find_candidates(replace(cut, above=cut.above & is_likely), evidence)
    rest = replace(cut, above=cut.above & ~is_likely & _as_high_as_alone(cut, evidence, settings))
    kept, dropped = _by_rules(likely, settings)
    doubted = find_candidates(rest, evidence, least_ml=settings.min_volume_ml)
    return kept, [*dropped, *map(_doubted, doubted)]


def _as_high_as_alone(
    cut: CutOff, evidence: Evidence, settings: SegmentSettings
) -> NDArray[np.bool_]:
    """Where brightness alone would make a candidate: above the cut-off before it was lowered."""
    alone = 1 + (cut.threshold.value - 1) / settings.judge_height
    return np.asarray(evidence.smooth > np.float32(alone) * evidence.normal)


def _doubted(candidate: Candidate) -> Judged:
    most = candidate.features["probability_max"]
    return Judged(
        candidate=candidate,
        rule=JUDGE,
        reason=f"judged unlikely: {most:.0%} at most that a reader calls it edema",
    )


def _by_rules(
    candidates: list[Candidate], settings: SegmentSettings
) -> tuple[list[Judged], list[Judged]]:
    kept, dropped = [], []
    for candidate in candidates:
        against = rule_against(candidate.features, settings)
        if against is None:
            kept.append(Judged(candidate=candidate))
        else:
            dropped.append(Judged(candidate=candidate, rule=against[0], reason=against[1]))
    return kept, dropped
