"""What was found: thresholds, lesions, burdens and changes. No edema is a result."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mri_bme.errors import InvalidVoxels
from mri_bme.sacroiliac import SacroiliacRois
from mri_bme.sparse import sparse_zeros
from mri_bme.study import NOT_SAID, ProtocolPart, ScannedWith
from mri_bme.volume import FloatArray, Mask, RigidTransform, Volume, frozen_array

AUTO = "auto"
"""Who read what the program alone has measured."""
CONSENSUS = "consensus"
"""Who read what readers agreed on where they had differed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A 95 % interval."""

    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """The cut-off between normal and edematous marrow.

    `value` is in relative intensity (voxel / reference median, after shading
    correction); voxels strictly above it are candidates. `reference_median` and
    `reference_sd` (robust) are in the units of the volume. `outline_height` is how far from
    normal marrow to the inside of a lesion its outline was drawn, as a share. Where a judge
    had a say, `value` suffices where it agrees and `alone` whatever it says; None otherwise.
    """

    rule: str
    value: float
    reference_median: float
    reference_sd: float
    n_reference_voxels: int
    outline_height: float | None = None
    alone: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesion:
    """One connected part of the edema mask.

    `label` is its value in `EdemaSegmentation.lesion_labels`. `volume_ml` is its volume,
    partial volume credited, so that lesions add up to `EdemaSegmentation.edema_ml`;
    `counted_ml` counts its voxels. Nothing is credited to a dropped candidate, so that both
    of its volumes are the count. `depth_mm` is how far it reaches from the joint surface,
    `distance_to_joint_mm` how near it comes. `cutoff` is the mean cut-off there, in relative
    intensity (lower in dark tissue by the joint), and `ratio_to_cutoff` its brightest voxel
    after smoothing over the cut-off at that voxel; None where they were not recorded.
    `probability` is how likely a reader calls it edema, as the mean over its voxels; None
    where no judge was asked.
    `reason` says why it was kept; for a dropped candidate, why it is not edema, and `rule`
    names the rule that dropped it (empty when kept).
    """

    label: int
    quadrant: int
    volume_ml: float
    counted_ml: float
    depth_mm: float
    distance_to_joint_mm: float
    relative_intensity_mean: float
    centroid_lps_mm: tuple[float, float, float]
    cutoff: float | None = None
    ratio_to_cutoff: float | None = None
    probability: float | None = None
    reason: str = ""
    rule: str = ""
    features: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, eq=False)
class EdemaSegmentation:
    """Edema of one visit, on its own grid.

    Parameters
    ----------
    mask : Mask
        Voxels at least half edematous, inside the ROIs. Empty is a valid result.
    edema_fraction : float32 array
        Share of each voxel that is edematous (partial volume), 0 to 1; its sum times the
        voxel volume is the headline volume.
    lesion_labels : int32 array
        Label of the lesion that each voxel of `mask` belongs to.
    relative_intensity : Volume
        Shading-corrected voxel / reference median.
    threshold : Threshold
        The cut-off and the reference it came from.
    lesions, dropped : tuple of Lesion
        What was kept, and the candidates that were not, with reasons.
    dropped_labels : int32 array or None
        Label of the dropped candidate that each voxel belongs to.
    local_cutoff : float32 array or None
        Cut-off at each voxel, in relative intensity after smoothing: lower than
        `threshold.value` in dark tissue by the joint, and with hysteresis that of voxels
        beside brighter ones.
    probability : float32 array or None
        How likely a reader calls each voxel of the marrow edema, 0 elsewhere; None where no
        judge was asked.
    quadrant_draws_ml : float64 array of shape (n_draws, 9)
        Volumes per quadrant label under the propagated uncertainty; column 0 is unused.
    source_ends_ml : mapping of str to float64 arrays of shape (2, 9)
        Volumes per quadrant label at both ends of what one source of error may move them by, one
        source at a time (`measurement_error.SOURCES`).
    flags : tuple of str
        What was doubtful, in plain words.
    """

    mask: Mask
    edema_fraction: NDArray[np.float32]
    lesion_labels: NDArray[np.int32]
    relative_intensity: Volume
    threshold: Threshold
    lesions: tuple[Lesion, ...]
    dropped: tuple[Lesion, ...] = ()
    dropped_labels: NDArray[np.int32] | None = None
    local_cutoff: NDArray[np.float32] | None = None
    probability: NDArray[np.float32] | None = None
    quadrant_draws_ml: FloatArray = field(default_factory=lambda: np.zeros((1, 9)))
    source_ends_ml: Mapping[str, FloatArray] = field(default_factory=dict)
    flags: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        shape = self.mask.geometry.shape
        fraction = frozen_array(self.edema_fraction, np.float32)
        labels = frozen_array(self.lesion_labels, np.int32)
        if fraction.shape != shape or labels.shape != shape:
            raise InvalidVoxels("edema fraction and lesion labels must fill the grid of the mask")
        planes = zip(labels, self.mask.voxels, strict=True)  # of a large scan, one at a time
        if not all(np.array_equal(own > 0, inside) for own, inside in planes):
            raise InvalidVoxels("every voxel of the mask belongs to exactly one lesion")
        object.__setattr__(self, "edema_fraction", fraction)
        object.__setattr__(self, "lesion_labels", labels)
        if self.dropped_labels is not None:
            object.__setattr__(self, "dropped_labels", frozen_array(self.dropped_labels, np.int32))
        if self.local_cutoff is not None:
            object.__setattr__(self, "local_cutoff", frozen_array(self.local_cutoff, np.float32))
        if self.probability is not None:
            object.__setattr__(self, "probability", frozen_array(self.probability, np.float32))
        draws = frozen_array(self.quadrant_draws_ml, np.float64)
        object.__setattr__(self, "quadrant_draws_ml", draws)

    @property
    def edema_ml(self) -> float:
        """Headline volume, partial volume credited."""
        total = float(self.edema_fraction.sum(dtype=np.float64))
        return total * self.mask.geometry.voxel_volume_ml

    @cached_property
    def owners(self) -> NDArray[np.int32]:
        """Label of the lesion that each voxel with a share of edema is credited to."""
        return credited_lesions(
            self.lesion_labels, self.edema_fraction, self.mask.geometry.spacing_mm
        )

    @property
    def counted_ml(self) -> float:
        """Volume by counting voxels of the mask."""
        return self.mask.volume_ml


def credited_lesions(
    lesion_labels: NDArray[np.int32],
    edema_fraction: NDArray[np.float32],
    spacing_mm: Sequence[float],
) -> NDArray[np.int32]:
    """Give every voxel that is edema, be it in part, to a lesion; 0 where there is none.

    Partial volume is credited around a lesion as well as in it; what lies outside the mask
    goes to the nearest lesion, so that lesions add up to the total volume.
    """
    owners = sparse_zeros(lesion_labels.shape, np.int32)
    inside = edema_fraction > 0
    inside |= lesion_labels > 0
    boxes = ndimage.find_objects(inside.view(np.uint8))
    del inside
    if not boxes or not lesion_labels[boxes[0]].any():
        return owners
    box = boxes[0]
    nearest = ndimage.distance_transform_edt(
        lesion_labels[box] == 0, sampling=spacing_mm, return_distances=False, return_indices=True
    )
    owners[box] = np.where(edema_fraction[box] > 0, lesion_labels[box][tuple(nearest)], 0)
    return owners


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionBurden:
    """Edema in one region at one visit; None where there is nothing to average.

    `edema_ml` credits partial volume, `counted_ml` counts voxels of the mask.
    `edema_fraction` is the edematous share of the region's marrow. `interval_ml` is None
    when the segmentation propagated no uncertainty. `n_lesions` counts lesions with a voxel
    in the region, so that one lesion may count in two.
    """

    edema_ml: float
    interval_ml: Interval | None
    counted_ml: float
    roi_ml: float
    edema_fraction: float | None
    relative_intensity_mean: float | None
    relative_intensity_max: float | None
    n_lesions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SparccSlice:
    """What one slice adds to the estimated SPARCC score.

    `index` counts acquired slices from the front, from 0; `joint_mm` is the height of the
    cartilaginous joint by side. `quadrants` with edema, and sides with an `intense` signal or
    a `deep` lesion, are a point each.
    """

    index: int
    joint_mm: Mapping[str, float]
    quadrants: tuple[str, ...] = ()
    intense: tuple[str, ...] = ()
    deep: tuple[str, ...] = ()

    @property
    def points(self) -> int:
        """Points of the slice, 12 at most."""
        return len(self.quadrants) + len(self.intense) + len(self.deep)


@dataclass(frozen=True, slots=True, kw_only=True)
class EdemaBurden:
    """How much edema there is at one visit.

    `regions` follows `sacroiliac.REGIONS`; `bands` holds the same per depth band of the
    whole (``0-5 mm``, ...). The `*_estimate` scores imitate a reader's score from the
    mask; None when the acquisition does not allow it (the reason is in `notes`).
    `sparcc_slices` are the six that the SPARCC estimate looks at, and `disagreements` say
    by which rule one score sees edema that another does not. `sensitivity` is how far the total
    moves with each source of error alone, in mL.
    """

    regions: Mapping[str, RegionBurden]
    bands: Mapping[str, RegionBurden] = field(default_factory=dict)
    sparcc_estimate: int | None = None
    berlin_estimate: int | None = None
    asas_positive_estimate: bool | None = None
    sparcc_slices: tuple[SparccSlice, ...] = ()
    disagreements: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    sensitivity: Mapping[str, Interval] = field(default_factory=dict)


class Verdict(StrEnum):
    """What happened to the edema, respecting measurement error."""

    RESOLVED = "resolved"
    DECREASED = "decreased"
    UNCHANGED = "unchanged"
    INCREASED = "increased"
    NEW = "new"
    NONE = "none"
    NOT_EVALUABLE = "not_evaluable"

    @property
    def direction(self) -> int:
        """-1 where less edema was called, 1 where more was, 0 where no change was."""
        if self in {Verdict.RESOLVED, Verdict.DECREASED}:
            return -1
        return int(self in {Verdict.INCREASED, Verdict.NEW})


class Fate(StrEnum):
    """What became of one lesion between two visits."""

    NEW = "new"
    RESOLVED = "resolved"
    GROWN = "grown"
    SHRUNK = "shrunk"
    STABLE = "stable"
    MERGED = "merged"
    SPLIT = "split"


@dataclass(frozen=True, slots=True, kw_only=True)
class LesionTissue:
    """T1W of a lesion's place at both visits, in multiples of the visit's reference marrow.

    `usual_change` and `usual_followup` hold 95 of 100 places of that size in marrow of the same
    subject without edema: the measurement error of the change, and what marrow looks like.
    """

    baseline: float
    followup: float
    usual_change: Interval
    usual_followup: Interval

    @property
    def is_fatty(self) -> bool:
        """Whether the place rose beyond measurement error, and above other marrow."""
        rise = self.followup - self.baseline
        return rise > self.usual_change.high and self.followup > self.usual_followup.high


@dataclass(frozen=True, slots=True, kw_only=True)
class LesionFate:
    """One lesion at one visit, and its counterparts (labels) at the other.

    `lesion_id` persists: a lesion keeps the id it had at the baseline (``L2``), the parts
    of a split one are ``L2.1``, ``L2.2``, merged ones ``L2+L3``, and one that is new is
    named after the visit that first showed it (``week14.4``).

    `volume_ml` is the volume in marrow seen at both visits, and `change_ml` the change of
    the lesion's group as this lesion's share of it: summed over the lesions of one visit
    and the unmatched ones of the other, it gives the change of the total. `detectable_ml` is
    the smallest detectable change of a lesion of the group's size, which the fate was held
    against. `tissue` is None without T1W of both visits, and where there is too little other
    marrow to compare with.
    """

    visit: str
    label: int
    lesion_id: str
    fate: Fate
    matched: tuple[int, ...]
    volume_ml: float
    change_ml: float
    detectable_ml: float | None = None
    tissue: LesionTissue | None = None

    @property
    def became(self) -> str:
        """Fate, and for a resolved lesion whether its place turned fatty."""
        is_fatty = self.fate is Fate.RESOLVED and self.tissue is not None and self.tissue.is_fatty
        return f"{self.fate.value}, fatty" if is_fatty else self.fate.value


@dataclass(frozen=True, kw_only=True, eq=False)
class ComparedVisit:
    """One side of a comparison.

    Parameters
    ----------
    label : str
        ``baseline``, ``week14``, ...
    day : int or None
        Days since the baseline.
    burden : EdemaBurden or None
        Scored within `common`; None when the visit was not measured (`reason` says why).
    segmentation, rois : EdemaSegmentation, SacroiliacRois or None
        What the burden was scored from.
    common : Mask or None
        Voxels of this visit's grid that belong to the region that both visits measured; None
        when all of its marrow does.
    t1 : Volume or None
        T1W of the visit, in the frame of reference of its series.
    scanned_with : ScannedWith
        What is known of how it was scanned, besides the grid of `rois`.
    """

    label: str
    day: int | None = None
    burden: EdemaBurden | None = None
    segmentation: EdemaSegmentation | None = None
    rois: SacroiliacRois | None = None
    common: Mask | None = None
    reason: str = ""
    t1: Volume | None = None
    scanned_with: ScannedWith = NOT_SAID


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionChange:
    """Change of one region, follow-up minus baseline, over the marrow that both visits measured.

    All numbers are None when the change is not evaluable; `change_percent` also when the
    baseline lies below the detection limit. `detectable_ml` is the smallest detectable
    change at this volume, which the verdict was held against. `common_roi_ml` is the marrow
    that the change was taken over (the mean of what both grids make of it), and the `*_only_ml`
    are the edema that a visit has in marrow that the other one did not measure.
    """

    verdict: Verdict
    baseline_ml: float | None = None
    followup_ml: float | None = None
    change_ml: float | None = None
    interval_ml: Interval | None = None
    change_percent: float | None = None
    covered_fraction: float | None = None
    detectable_ml: float | None = None
    reason: str = ""
    common_roi_ml: float | None = None
    baseline_only_ml: float | None = None
    followup_only_ml: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationQuality:
    """How far a registration can be trusted."""

    accepted: bool
    reason: str
    inverse_consistency_mm: float | None = None
    overlap_fraction: float | None = None
    similarity: float | None = None
    details: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """The rigid motion of the pelvis between two visits, and its quality."""

    moving_from_fixed: RigidTransform
    quality: RegistrationQuality


@dataclass(frozen=True, slots=True, kw_only=True)
class T1Fit:
    """How T1W lies beside the fluid-sensitive series of its visit.

    Parameters
    ----------
    covered : float
        Share of the fluid-sensitive voxels that T1W covers, by the headers.
    tilt_degrees : float
        Angle between the slices of both.
    coarser : float
        Distance of T1W's slices over that of the fluid-sensitive ones.
    t1_from_volume : RigidTransform or None
        Where T1W shows what lies at a point of the fluid-sensitive series; None where the
        grids do not allow to look.
    shift_mm, turn_degrees : float or None
        Size of that motion, in the middle of the field.
    fit : float or None
        Mutual information (nats) at the best fit above that a centimetre beside it.
    mirror_gain : float or None
        How much better T1W fits in the mirror; looked at only where it fits moderately.
    """

    covered: float
    tilt_degrees: float
    coarser: float
    t1_from_volume: RigidTransform | None = None
    shift_mm: float | None = None
    turn_degrees: float | None = None
    fit: float | None = None
    mirror_gain: float | None = None

    def reach_mm(self, radius_mm: float) -> float:
        """Move of a point `radius_mm` from the middle, at most; 0 where no motion is known."""
        turn = 2 * radius_mm * np.sin(np.radians(self.turn_degrees or 0.0) / 2)
        return float((self.shift_mm or 0.0) + turn)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolChange:
    """One part of the protocol that two visits do not share, and what it was at each."""

    part: ProtocolPart
    baseline: str
    followup: str

    @property
    def words(self) -> str:
        """Say what changed."""
        return f"{self.part.value}: {self.baseline}, then {self.followup}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitivity:
    """How far the total change moves with one source of error, and what is then called.

    `source` is one of `measurement_error.SOURCES`, `change_ml` holds both ends, and `verdicts`
    what the lower and the upper end are called.
    """

    source: str
    change_ml: Interval
    verdicts: tuple[Verdict, Verdict]

    def flips(self, verdict: Verdict) -> bool:
        """Tell whether an end is called in another direction than `verdict`."""
        return any(one.direction != verdict.direction for one in self.verdicts)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeReport:
    """Baseline against one follow-up. Not evaluable means missing, never 0.

    `rule` says in words when a change was called, `detection_limit_ml` what was no edema, and
    `detectable_source` where the smallest detectable changes came from: what was used then is
    shown with the result, whatever the software does now. `protocol_changes` are what the visits
    do not share of how they were scanned; because of them, intervals and smallest detectable
    changes are `wider_by` times those of visits scanned alike. `sensitivity` says what the change
    of the total and its verdict hang on.
    """

    baseline: str
    followup: str
    days: int | None
    regions: Mapping[str, RegionChange]
    fates: tuple[LesionFate, ...] = ()
    followup_from_baseline: RigidTransform | None = None
    evaluable: bool = True
    reasons: tuple[str, ...] = ()
    rule: str = ""
    detection_limit_ml: float | None = None
    detectable_source: str = ""
    protocol_changes: tuple[ProtocolChange, ...] = ()
    wider_by: float = 1.0
    sensitivity: tuple[Sensitivity, ...] = ()

    @property
    def flips(self) -> tuple[str, ...]:
        """Sources of error that alone, within what they are uncertain by, change what is called.

        Whether less, more or no change; decreased and resolved are both less.
        """
        return tuple(one.source for one in self.sensitivity if one.flips(self.verdict))

    @property
    def verdict(self) -> Verdict:
        """Verdict over the whole of both joints."""
        return self.regions["total"].verdict
