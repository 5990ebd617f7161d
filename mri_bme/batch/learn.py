"""What the program does wrong at a site, from the readings of its results."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import scipy
import tomli_w

from mri_bme.agreement import Overruled, overruled_lesions
from mri_bme.agreement.overruled import REJECTED, TAKEN_BACK
from mri_bme.agreement.propose import MIN_SUBJECTS, Proposal, nested_proposal
from mri_bme.batch.read_by import readings_to_learn_from
from mri_bme.batch.recall import recall_subject
from mri_bme.batch.recalled import RecalledSubject
from mri_bme.batch.resolve import read_settings
from mri_bme.batch.status import read_statuses
from mri_bme.errors import NothingUsable
from mri_bme.files import write_text
from mri_bme.findings import EdemaSegmentation, Lesion
from mri_bme.pipeline import SubjectResult, VisitResult
from mri_bme.readings.reading import Reading
from mri_bme.readings.shelf import find_readings
from mri_bme.readings.strokes import Stroke
from mri_bme.record.learned import (
    EVIDENCE,
    RULES,
    TRIED,
    VOLUMES,
    EvidenceRow,
    RuleRow,
    SettingRow,
    VolumeRow,
)
from mri_bme.segment_edema.segmentation import EVIDENCE_SETTINGS, gather_evidence, judge_evidence
from mri_bme.settings import SegmentSettings, Settings

FOLDER = "learn"
PROPOSED_NAME = "proposed.toml"
FILES = ("rules.csv", "evidence.csv", "volumes.csv", "settings.csv", PROPOSED_NAME)
FEWEST_DRAWS = 20  # behind intervals, which nobody looks at here
TRIED_VALUES: Mapping[str, tuple[float, ...]] = {
    "n_sd": (3.0, 3.5, 4.0, 4.5, 5.0, 5.5, 6.0, 7.0),
    "judge_probability": (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8),
    "judge_veto": (0.0, 0.04, 0.15, 0.3),
    "judge_height": (0.6, 0.75, 0.9, 1.0),
    "min_volume_ml": (0.0, 0.02, 0.05, 0.1, 0.2),
}
"""Values that are tried of settings of ``segment``, one setting at a time."""

Option = tuple[str, float]


@dataclass(frozen=True, kw_only=True)
class Learned:
    """What was learned, for whoever tells it."""

    folder: Path
    n_readings: int
    proposal: Proposal
    chosen: Option | None
    rules: tuple[RuleRow, ...]
    volumes: tuple[VolumeRow, ...]


@dataclass(kw_only=True)
class _Site:
    """What was collected over all subjects; errors are mL by option, subject by subject."""

    options: Sequence[Option | None]
    overruled: list[tuple[str, Overruled]] = field(default_factory=list)
    judged: dict[tuple[str, str], int] = field(default_factory=dict)
    left: list[Lesion] = field(default_factory=list)
    rejected: list[Lesion] = field(default_factory=list)
    volumes: list[VolumeRow] = field(default_factory=list)
    errors: list[np.ndarray] = field(default_factory=list)
    readings: set[tuple[str, str]] = field(default_factory=set)


def learn_from_readings(out: Path) -> Learned:
    """Write what readers overrule into OUT/learn, and settings that would agree better.

    A setting is proposed only where its gain holds on subjects that it was not chosen by; it is
    never applied.

    Parameters
    ----------
    out : Path
        Folder that `mri-bme run` wrote, with signed readings.

    Raises
    ------
    NothingUsable
        If nobody has signed a reading.
    UnreadableInput
        If a mask or log is not what was signed.
    """
    settings = read_settings(out) or Settings()
    site = _Site(options=(None, *options(settings.segment)))
    signed = {place.folder for place, summary in find_readings(out) if summary["signed"]}
    for status in read_statuses(out):
        if status.status != "failed" and status.folder in signed:
            _collect(out, status.subject, recall_subject(out, status.folder), site)
    if not site.volumes:
        raise NothingUsable(
            "no first reading is signed there; `mri-bme read` opens the room in which readers sign"
        )
    proposal = nested_proposal(np.array(site.errors), current=0)
    folder, chosen = out / FOLDER, site.options[proposal.chosen]
    rules = tuple(_rules(site))
    RULES.write(folder / "rules.csv", RULES.rows(rules))
    EVIDENCE.write(folder / "evidence.csv", EVIDENCE.rows(_evidence(site)))
    VOLUMES.write(folder / "volumes.csv", VOLUMES.rows(site.volumes))
    TRIED.write(folder / "settings.csv", TRIED.rows(_tried(site, settings.segment, proposal)))
    write_proposed(folder / PROPOSED_NAME, settings, proposal, chosen)
    return Learned(
        folder=folder,
        n_readings=len(site.readings),
        proposal=proposal,
        chosen=chosen,
        rules=rules,
        volumes=tuple(site.volumes),
    )


def options(segment: SegmentSettings) -> list[Option]:
    """List other values of settings that matter under the rules in use."""
    idle = set()
    if segment.judge != "network":
        idle |= {"judge_probability", "judge_veto", "judge_height"}
    if segment.rule != "robust_sd":
        idle.add("n_sd")
    return [
        (name, value)
        for name, values in TRIED_VALUES.items()
        if name not in idle | EVIDENCE_SETTINGS
        for value in values
        if value != getattr(segment, name)
    ]


def _collect(out: Path, subject: str, recalled: RecalledSubject, site: _Site) -> None:
    errors = []
    for one in readings_to_learn_from(out, recalled.status.folder, subject=recalled):
        place, reading = one.place, one.reading
        program = recalled.measured_on(reading.moved)
        site.readings.add((place.reader, place.name))
        for found, read in _both(program, one.result):
            volumes = [_volume_ml(found.segmentation, found), _volume_ml(read.segmentation, read)]
            site.volumes.append(
                VolumeRow(
                    reader=place.reader,
                    subject=subject,
                    visit=found.label,
                    program_ml=volumes[0],
                    reader_ml=volumes[1],
                )
            )
            tried = np.array([volumes[0], *_volumes_ml(found, site.options[1:], recalled.settings)])
            errors.append(np.abs(tried - volumes[1]))
            if reading.from_outlines:
                _note_overruled(site, subject, found, reading)
    if errors:
        site.errors.append(np.mean(errors, axis=0))


def _both(program: SubjectResult, read: SubjectResult) -> Iterator[tuple[VisitResult, VisitResult]]:
    for found, as_read in zip(program.visits, read.visits, strict=True):
        if found.burden is not None and as_read.burden is not None:
            yield found, as_read


def _volume_ml(edema: EdemaSegmentation | None, visit: VisitResult) -> float:
    """Volume inside the quadrants, as tables have it."""
    if edema is None or visit.rois is None:
        return 0.0
    inside = edema.edema_fraction[visit.rois.quadrants > 0].sum(dtype=np.float64)
    return float(inside) * visit.rois.geometry.voxel_volume_ml


def _volumes_ml(
    visit: VisitResult, tried: Sequence[Option | None], settings: Settings
) -> Iterator[float]:
    """Volumes that the program would give with other settings, on the same evidence."""
    volume, rois = visit.visit.volume, visit.rois
    if volume is None or rois is None:
        return
    quick = settings.segment.model_copy(update={"n_draws": FEWEST_DRAWS})
    evidence, statistics = gather_evidence(volume, rois, visit.visit.t1, quick)
    for option in tried:
        other = quick if option is None else quick.model_copy(update={option[0]: option[1]})
        yield _volume_ml(judge_evidence(evidence, statistics, other), visit)


def _note_overruled(site: _Site, subject: str, visit: VisitResult, reading: Reading) -> None:
    found, mask = visit.segmentation, reading.masks[visit.label]
    if found is None:
        return
    reasons = [
        (stroke.off, stroke.reason)
        for stroke in reading.done
        if isinstance(stroke, Stroke) and stroke.visit == visit.label and stroke.reason
    ]
    overruled = list(overruled_lesions(found, mask, reasons))
    site.overruled += [(subject, one) for one in overruled]
    rejected = {one.label for one in overruled if one.what == REJECTED}
    for lesion in found.lesions:
        (site.rejected if lesion.label in rejected else site.left).append(lesion)
        site.judged[REJECTED, ""] = site.judged.get((REJECTED, ""), 0) + 1
    for lesion in found.dropped:
        key = TAKEN_BACK, lesion.rule
        site.judged[key] = site.judged.get(key, 0) + 1


def _rules(site: _Site) -> Iterator[RuleRow]:
    groups: dict[tuple[str, str], list[tuple[str, Overruled]]] = {}
    for subject, one in site.overruled:
        why = (one.reason or "no reason given") if one.what == REJECTED else one.rule
        groups.setdefault((one.what, why), []).append((subject, one))
    for (what, why), ones in groups.items():
        yield RuleRow(
            what=what,
            why=why,
            n_judged=site.judged.get((what, "" if what == REJECTED else why)),
            n_overruled=len(ones),
            n_subjects=len({subject for subject, _ in ones}),
            overruled_ml=sum(one.volume_ml for _, one in ones),
        )


def _evidence(site: _Site) -> Iterator[EvidenceRow]:
    left, rejected = ([_features(lesion) for lesion in ones] for ones in (site.left, site.rejected))
    for name in sorted({name for told in (*left, *rejected) for name in told}):
        here = [told[name] for told in left if name in told]
        there = [told[name] for told in rejected if name in told]
        if not here or not there:
            continue
        larger = scipy.stats.mannwhitneyu(here, there).statistic / (len(here) * len(there))
        yield EvidenceRow(
            feature=name,
            n_left=len(here),
            n_rejected=len(there),
            median_left=float(np.median(here)),
            median_rejected=float(np.median(there)),
            auc=float(larger),
        )


def _features(lesion: Lesion) -> dict[str, float]:
    told: dict[str, Any] = {
        **lesion.features,
        "volume_ml": lesion.volume_ml,
        "depth_mm": lesion.depth_mm,
        "distance_to_joint_mm": lesion.distance_to_joint_mm,
        "relative_intensity_mean": lesion.relative_intensity_mean,
        "probability": lesion.probability,
    }
    return {name: float(v) for name, v in told.items() if v is not None and np.isfinite(v)}


def _tried(site: _Site, segment: SegmentSettings, proposal: Proposal) -> Iterator[SettingRow]:
    means = np.array(site.errors).mean(axis=0)
    for name in dict.fromkeys(option[0] for option in site.options if option is not None):
        values = {0: float(getattr(segment, name))}
        values |= {
            n: option[1]
            for n, option in enumerate(site.options)
            if option is not None and option[0] == name
        }
        for n, value in values.items():
            yield SettingRow(
                setting=f"segment.{name}",
                value=value,
                in_use=n == 0,
                mean_error_ml=float(means[n]),
                chosen=n == proposal.chosen,
            )


def write_proposed(
    path: Path, settings: Settings, proposal: Proposal, chosen: Option | None
) -> None:
    """Write the settings of the run with the one that is proposed; none where nothing is."""
    if chosen is None or not proposal.holds:
        path.unlink(missing_ok=True)
        return
    name, value = chosen
    segment = settings.segment.model_copy(update={name: value})
    told = settings.model_copy(update={"segment": segment})
    words = (
        f"# Proposed from readings of {proposal.n_subjects} subjects: segment.{name} = {value:g}\n"
        f"# instead of {getattr(settings.segment, name):g}. {gain_in_words(proposal)}\n"
        "# Nothing was applied; judge it on subjects that nobody has read yet.\n"
    )
    write_text(path, words + tomli_w.dumps(told.model_dump(mode="json", exclude_none=True)))


def gain_in_words(proposal: Proposal) -> str:
    """Tell what a choice is worth on subjects that it was not made by."""
    if proposal.gain is None or proposal.low is None or proposal.high is None:
        return f"{proposal.n_subjects} subjects: fewer than {MIN_SUBJECTS} support no proposal."
    side = "nearer to" if proposal.gain >= 0 else "farther from"
    ends = f"{_nearer(proposal.low)} to {_nearer(proposal.high)}"
    return (
        f"On subjects left out of the choice the program comes {abs(proposal.gain):.2f} mL {side} "
        f"readers (95 % interval {ends}); {proposal.n_agreeing} of {proposal.n_subjects} choices "
        "agree."
    )


def _nearer(gain: float) -> str:
    """Say an end of the interval of a gain."""
    return f"{abs(gain):.2f} {'nearer' if gain >= 0 else 'farther'}"
