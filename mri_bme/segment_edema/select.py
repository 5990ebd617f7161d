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
    full = threshold.value
    return replace(threshold, value=1 + settings.judge_height * (full - 1), alone=full)


def select(
    cut: CutOff, evidence: Evidence, settings: SegmentSettings
) -> tuple[list[Judged], list[Judged]]:
    """Find candidates and part them into edema and what is none.

    With a judge, a candidate is what lies above the cut-off, and with it what lies above the
    lowered one and is likely. It is edema as a whole, unless the judge holds all of it for
    unlikely or a rule speaks against it: brightness outlines better than a judge that has seen
    few subjects.
    """
    if evidence.probability is None:
        judged = [_by_rules(one, settings) for one in find_candidates(cut, evidence)]
    else:
        likely = evidence.probability > settings.judge_probability
        high = _as_high_as_alone(cut.threshold, evidence)
        asked_of = replace(cut, above=cut.above & (likely | high))
        possible = evidence.probability > settings.judge_veto
        least_ml = settings.min_volume_ml
        candidates = find_candidates(asked_of, evidence, least_ml=least_ml, unless=possible)
        judged = [_by_both(one, settings) for one in candidates]
    return [one for one in judged if not one.rule], [one for one in judged if one.rule]


def _as_high_as_alone(threshold: Threshold, evidence: Evidence) -> NDArray[np.bool_]:
    """Where brightness alone makes a candidate: above the cut-off before it was lowered."""
    alone = threshold.value if threshold.alone is None else threshold.alone
    return np.asarray(evidence.smooth > np.float32(alone) * evidence.normal)


def _by_both(candidate: Candidate, settings: SegmentSettings) -> Judged:
    most = candidate.features["probability_max"]
    if most > settings.judge_veto:
        return _by_rules(candidate, settings)
    reason = f"judged unlikely: {most:.0%} at most that a reader calls it edema"
    return Judged(candidate=candidate, rule=JUDGE, reason=reason)


def _by_rules(candidate: Candidate, settings: SegmentSettings) -> Judged:
    against = rule_against(candidate.features, settings)
    if against is None:
        return Judged(candidate=candidate)
    return Judged(candidate=candidate, rule=against[0], reason=against[1])
