"""How far bones that nobody drew can be trusted, and whether the joints are seen whole."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mri_bme.place_rois.axes import PelvisAxes
from mri_bme.place_rois.joint import ILIUM_OF, facing_lines
from mri_bme.sacroiliac import MEASURED_BONES, BoneLabel, Side
from mri_bme.settings import RoiSettings
from mri_bme.volume import MM3_PER_ML

BoolArray = NDArray[np.bool_]
FloatBlock = NDArray[np.float32]
LabelBlock = NDArray[np.uint8]

DEPTH, HEIGHT = 0, 1
VOID_BELOW = 0.1  # of the median of all marrow found; noise and cortex lie above
DOUBTFUL_CONFIDENCE = 0.75  # half way between refused and sure: a reader should be told
EDGE_MM = 3.0  # a joint that comes this near to the last row with signal goes on beyond it
MIN_CUT_MM = 10.0  # length of the joint in the last slice, above which it goes on beyond it


@dataclass(frozen=True, slots=True, kw_only=True)
class JointCoverage:
    """How much of the joints the field of view and the slab show.

    Parameters
    ----------
    is_cut_in_plane : bool
        A joint runs into the upper or lower edge of a slice (the front or back one of an
        axial slice).
    cut_slab_mm : float or None
        Extent along the slab, of the joint that has the least, if the first or last slice
        cuts a joint.
    """

    is_cut_in_plane: bool = False
    cut_slab_mm: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BoneEvidence:
    """What speaks for an automatic bone map.

    Parameters
    ----------
    certainty : float
        Mean probability of the label given to marrow.
    mirror_agreement : float
        Overlap (Dice) of the bones found in the volume and in its mirror image.
    volumes_ml : dict
        Volume of each measured bone.
    in_order : bool
        Right ilium, sacrum, left ilium follow each other from right to left.
    void_share : float
        Share without signal, of the measured bone that has the most of it: metal.
    reversed_certainty : float
        As `certainty`, of the fluid-sensitive volume read from back to front ...
    forward_certainty : float
        ... and from front to back, both without the mirror image.
    coverage : JointCoverage
        Whether the joints are seen whole.
    """

    certainty: float
    mirror_agreement: float
    volumes_ml: dict[BoneLabel, float]
    in_order: bool
    void_share: float = 0.0
    reversed_certainty: float = 0.0
    forward_certainty: float = 1.0
    coverage: JointCoverage = field(default_factory=JointCoverage)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SeenBones:
    """What the network says of a scan: (depth, height, across) on the grid of its answer.

    Parameters
    ----------
    labels : uint8 array
        Likeliest `BoneLabel`.
    chance : float32 array
        Probability of that label.
    plain, mirrored : uint8 arrays
        Likeliest label as seen, and as seen in a mirror.
    """

    labels: LabelBlock
    chance: FloatBlock
    plain: LabelBlock
    mirrored: LabelBlock


def gather_evidence(
    seen: SeenBones,
    labels: LabelBlock,
    voxels: FloatBlock,
    axes: PelvisAxes,
    *,
    turned: tuple[float, float],
    max_gap_mm: float,
) -> BoneEvidence:
    """Gather what speaks for a bone map; other arrays than `seen` are views of the scan.

    Parameters
    ----------
    seen : SeenBones
        What the network says.
    labels : uint8 array of shape (depth, height, across)
        The bone map: labels of `seen` on the view.
    voxels : float32 array
        The fluid-sensitive volume.
    axes : PelvisAxes
        Of the view.
    turned : pair of float
        Certainty in the fluid-sensitive volume read from front to back, and from back to front.
    max_gap_mm : float
        As in `find_joint`.
    """
    has_signal = _has_signal(voxels, labels)
    forward, backward = turned
    return BoneEvidence(
        certainty=_certainty(seen.chance, seen.labels),
        mirror_agreement=_agreement(seen.plain, seen.mirrored),
        volumes_ml={b: _volume_ml(labels == b, axes) for b in MEASURED_BONES},
        in_order=_in_order(labels),
        void_share=_void_share(has_signal, labels),
        reversed_certainty=backward,
        forward_certainty=forward,
        coverage=joint_coverage(labels, has_signal, axes, max_gap_mm=max_gap_mm),
    )


def judge(evidence: BoneEvidence, settings: RoiSettings) -> tuple[float, tuple[str, ...]]:
    """Turn evidence into a confidence (0 to 1) and the doubts behind it."""
    doubts = []
    confidence = min(
        ramp(evidence.certainty, *settings.certainty_range),
        ramp(evidence.mirror_agreement, *settings.mirror_agreement_range),
    )
    if confidence < max(DOUBTFUL_CONFIDENCE, settings.min_confidence):
        doubts.append(
            f"bones were found with a certainty of {evidence.certainty:.2f}, and with an overlap "
            f"of {evidence.mirror_agreement:.2f} in the mirror image"
        )
    for bone, volume_ml in evidence.volumes_ml.items():
        if volume_ml < settings.min_bone_ml:
            confidence = 0.0
            name = bone.name.lower().replace("_", " ")
            doubts.append(f"only {volume_ml:.0f} mL of {name}, {settings.min_bone_ml:g} needed")
    if not evidence.in_order:
        confidence = 0.0
        doubts.append("the bones do not follow each other from right to left")
    if evidence.void_share > settings.max_void_share:
        confidence = 0.0
        doubts.append(f"{evidence.void_share:.0%} of a bone has no signal, as beside metal")
    if evidence.reversed_certainty > evidence.forward_certainty:
        confidence = 0.0
        doubts.append("it looks more like a pelvis when its slices are read from back to front")
    if evidence.coverage.is_cut_in_plane:
        confidence = 0.0
        doubts.append("a joint runs into the edge of the field of view")
    seen_mm = evidence.coverage.cut_slab_mm
    if seen_mm is not None:
        outcome = "edema beyond is not measured"
        if seen_mm < settings.min_joint_slab_mm:
            confidence = 0.0
            outcome = f"{settings.min_joint_slab_mm:g} mm needed"
        doubts.append(
            f"the first or last slice cuts a joint, of which {seen_mm:.0f} mm are seen: {outcome}"
        )
    return confidence, tuple(doubts)


def ramp(value: float, low: float, high: float) -> float:
    """Rise from 0 at `low` to 1 at `high`."""
    return float(np.clip((value - low) / (high - low), 0, 1))


def dice(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> float:
    """Overlap of two masks, 0 to 1; 0 when both are empty, for then nothing was found."""
    total = np.count_nonzero(a) + np.count_nonzero(b)
    return 2 * np.count_nonzero(a & b) / total if total else 0.0


def joint_coverage(
    labels: NDArray[np.uint8], has_signal: BoolArray, axes: PelvisAxes, *, max_gap_mm: float
) -> JointCoverage:
    """See how the joints between found bones lie in a (depth, height, across) view.

    `has_signal` says where the volume has any: what is padded with zeros ends where they
    begin.
    """
    slab, in_plane = (DEPTH, HEIGHT) if axes.is_stacked_in_depth else (HEIGHT, DEPTH)
    joints = [_joint_lines(labels, side, axes, max_gap_mm) for side in Side]
    margin = EDGE_MM / axes.spacing_mm[in_plane]
    is_cut_by_slab = any(
        _in_ends(joint, has_signal, slab) * axes.spacing_mm[in_plane] >= MIN_CUT_MM
        for joint in joints
    )
    seen_mm = min(_extent(joint, slab) * axes.spacing_mm[slab] for joint in joints)
    return JointCoverage(
        is_cut_in_plane=any(_to_edge(joint, has_signal, in_plane) <= margin for joint in joints),
        cut_slab_mm=seen_mm if is_cut_by_slab else None,
    )


def _joint_lines(
    labels: NDArray[np.uint8], side: Side, axes: PelvisAxes, max_gap_mm: float
) -> BoolArray:
    outward = labels if side is Side.LEFT else labels[..., ::-1]
    sacrum, ilium = outward == BoneLabel.SACRUM, outward == ILIUM_OF[side]
    return facing_lines(sacrum, ilium, axes, max_gap_mm=max_gap_mm)


def _extent(joint: BoolArray, axis: int) -> int:
    places = np.nonzero(joint)[axis]
    return int(np.ptp(places)) + 1 if places.size else 0


def _in_ends(joint: BoolArray, has_signal: BoolArray, axis: int) -> int:
    """Lines of the joint in the first or the last slice with signal, whichever has more."""
    return int(joint.take(_ends(has_signal, axis), axis=axis).sum(axis=1 - axis).max())


def _to_edge(joint: BoolArray, has_signal: BoolArray, axis: int) -> int:
    """Rows between the joint and the nearer edge of what has signal."""
    places = np.nonzero(joint)[axis]
    first, last = _ends(has_signal, axis)
    return int(min(places.min() - first, last - places.max())) if places.size else last - first


def _ends(has_signal: BoolArray, axis: int) -> tuple[int, int]:
    others = tuple(a for a in range(has_signal.ndim) if a != axis)
    places = np.nonzero(has_signal.any(axis=others))[0]
    return (int(places[0]), int(places[-1])) if places.size else (0, 0)


def _certainty(chance: FloatBlock, labels: LabelBlock) -> float:
    measured = chance[np.isin(labels, MEASURED_BONES)]
    return float(measured.mean()) if measured.size else 0.0


def _agreement(plain: LabelBlock, mirrored: LabelBlock) -> float:
    return min(dice(plain == bone, mirrored == bone) for bone in MEASURED_BONES)


def _has_signal(voxels: FloatBlock, labels: LabelBlock) -> BoolArray:
    marrow = voxels[np.isin(labels, MEASURED_BONES)]
    return voxels >= VOID_BELOW * (float(np.median(marrow)) if marrow.size else 0.0)


def _void_share(has_signal: BoolArray, labels: LabelBlock) -> float:
    found = [has_signal[labels == bone] for bone in MEASURED_BONES]
    return max((float(np.mean(~bone)) for bone in found if bone.size), default=0.0)


def _volume_ml(mask: BoolArray, axes: PelvisAxes) -> float:
    return float(np.count_nonzero(mask) * np.prod(axes.spacing_mm) / MM3_PER_ML)


def _in_order(labels: LabelBlock) -> bool:
    order = (BoneLabel.RIGHT_ILIUM, BoneLabel.SACRUM, BoneLabel.LEFT_ILIUM)
    columns = [np.nonzero(labels == bone)[2] for bone in order]
    if any(c.size == 0 for c in columns):
        return False
    right, middle, left = (float(np.median(c)) for c in columns)
    return right < middle < left
