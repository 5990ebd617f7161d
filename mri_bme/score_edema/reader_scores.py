"""Reader scores, estimated from the mask: SPARCC, Berlin and the ASAS flag.

A reader judges pictures; these functions apply the published rules to a mask, and are
named estimates for that reason. All arrays have the slice as their first axis.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mri_bme.findings import EdemaSegmentation
from mri_bme.sacroiliac import QUADRANTS, Bone, JointPart, SacroiliacRois, Side
from mri_bme.settings import ScoreSettings
from mri_bme.signal.fluid import fluid_level
from mri_bme.volume import ALONG_AXIS_MIN_COSINE, Mask, VolumeGeometry

N_SPARCC_SLICES = 6
SPARCC_MAXIMUM = 72
DEEP_MM = 10.0  # Maksymowych 2005: at least 1 cm from the articular surface
BERLIN_STEPS = (0.33, 0.66)  # Song 2011
MIN_FLUID_VOXELS = 1000  # the 99th percentile of fewer rests on a handful
IN_PLANE = np.ones((3, 3), dtype=bool)

Slices = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, eq=False)
class ReaderView:
    """What a reader looks at: slices with quadrants, edema and its brightness.

    `joint_voxels` counts, per slice and side, marrow at the cartilaginous joint in the bone
    that has less of it there: it is the length of that joint on the slice.
    """

    quadrants: NDArray[np.uint8]
    edema: Slices
    lesions: NDArray[np.int32]
    intense: Slices
    depth_mm: NDArray[np.float32]
    pixel_mm2: float
    joint_voxels: dict[Side, NDArray[np.intp]]

    @property
    def shows_joint(self) -> Slices:
        """Which slices show a joint, on either side."""
        return np.asarray(sum(self.joint_voxels.values()) > 0, dtype=np.bool_)


def reason_against_reading(geometry: VolumeGeometry, settings: ScoreSettings) -> str:
    """Say why slices like these cannot be scored as the sources do; empty when they can."""
    towards_back = abs(float(geometry.directions[1, 0]))
    thinnest, thickest = settings.readable_spacing_mm
    if towards_back < ALONG_AXIS_MIN_COSINE:
        return "reader scores need semicoronal slices"
    if not thinnest <= geometry.spacing_mm[0] <= thickest:
        return (
            f"reader scores need slices every {thinnest:g} to {thickest:g} mm, these come every "
            f"{geometry.spacing_mm[0]:.1f} mm"
        )
    return ""


def reader_view(
    segmentation: EdemaSegmentation,
    rois: SacroiliacRois,
    *,
    within: Mask | None,
    settings: ScoreSettings,
) -> ReaderView:
    """Collect what the reader scores need."""
    quadrants = rois.quadrants
    if within is not None:
        quadrants = np.where(within.voxels, quadrants, 0).astype(np.uint8)
    edema = segmentation.mask.voxels & (quadrants > 0)
    depth_mm = np.abs(rois.joint_distance_mm)
    level = intense_level(segmentation, rois, settings)
    rows_mm, columns_mm = rois.geometry.spacing_mm[1:]
    return ReaderView(
        quadrants=quadrants,
        edema=edema,
        lesions=np.where(edema, segmentation.lesion_labels, 0).astype(np.int32),
        intense=edema & (segmentation.relative_intensity.voxels >= level),
        depth_mm=depth_mm,
        pixel_mm2=rows_mm * columns_mm,
        joint_voxels=_joint_voxels(
            quadrants, (depth_mm <= settings.subchondral_mm) & _is_cartilaginous(rois)
        ),
    )


def _is_cartilaginous(rois: SacroiliacRois) -> Slices:
    """Marrow at the cartilaginous part of the joint; everywhere when the part is not known."""
    if rois.joint_part is None:
        return np.ones(rois.geometry.shape, dtype=bool)
    return np.asarray(rois.joint_part == JointPart.CARTILAGINOUS)


def intense_level(
    segmentation: EdemaSegmentation, rois: SacroiliacRois, settings: ScoreSettings
) -> float:
    """Relative intensity from which a lesion is as bright as vessels or fluid.

    The brightest tissue around the marrow (a high percentile), and never less than
    `intense_least`, which also stands in where the surroundings were not measured.
    """
    if settings.intense_rule == "fixed":
        return settings.intense_least
    return fluid_level(
        segmentation.relative_intensity.voxels,
        rois.quadrants > 0,
        least=settings.intense_least,
        percentile=settings.intense_percentile,
        min_voxels=MIN_FLUID_VOXELS,
    )


def _labels(side: Side, bone: Bone) -> list[int]:
    return [n for n, q in QUADRANTS.items() if q.side is side and q.bone is bone]


def _joint_voxels(quadrants: NDArray[np.uint8], at_joint: Slices) -> dict[Side, NDArray[np.intp]]:
    def per_slice(side: Side, bone: Bone) -> NDArray[np.intp]:
        here = np.isin(quadrants, _labels(side, bone)) & at_joint
        return np.asarray(np.count_nonzero(here, axis=(1, 2)), dtype=np.intp)

    return {
        side: np.minimum(per_slice(side, Bone.ILIUM), per_slice(side, Bone.SACRUM)) for side in Side
    }


def cartilaginous_slices(view: ReaderView) -> range | None:
    """Find the six consecutive slices that show most of the joint; None when there are not six.

    SPARCC scores the six slices with the largest part of the synovial (cartilaginous)
    compartment [1]_; ties go to the front.

    References
    ----------
    .. [1] Maksymowych et al., Arthritis Rheum 53:703-709, 2005, doi 10.1002/art.21445.
    """
    shown = view.shows_joint.astype(int)
    joint = np.asarray(sum(view.joint_voxels.values()))
    window = np.ones(N_SPARCC_SLICES, dtype=int)
    if len(shown) < N_SPARCC_SLICES:
        return None
    complete = np.convolve(shown, window, mode="valid") == N_SPARCC_SLICES
    if not complete.any():
        return None
    extent = np.where(complete, np.convolve(joint, window, mode="valid"), -1)
    first = int(extent.argmax())
    return range(first, first + N_SPARCC_SLICES)


def estimate_sparcc(view: ReaderView, slices: range, settings: ScoreSettings) -> int:
    """Estimate the SPARCC score of the sacroiliac joints, 0 to 72.

    On each of six slices [1]_: one point for every quadrant (eight: upper and lower, iliac
    and sacral, left and right) with edema; one more per joint for an intense signal; one
    more per joint for a lesion that reaches 1 cm or deeper from the articular surface.
    The source calls a signal intense when it equals that of presacral vessels; others take
    cerebrospinal fluid or discs [2]_: here, see `intense_level`. A lesion counts as deep when
    one connected part on the slice begins at the joint (`subchondral_mm`) and reaches 1 cm.

    References
    ----------
    .. [1] Maksymowych et al., Arthritis Rheum 53:703-709, 2005, doi 10.1002/art.21445.
    .. [2] spa-imaging.org, "Grading sacroiliitis", SPARCC method.
    """
    return sum(_slice_points(view, index, side, settings) for index in slices for side in Side)


def _slice_points(view: ReaderView, index: int, side: Side, settings: ScoreSettings) -> int:
    here = [n for n, q in QUADRANTS.items() if q.side is side]
    quadrants, edema = view.quadrants[index], view.edema[index]
    least = settings.min_visible_mm2 / view.pixel_mm2
    points = sum(_is_seen(edema & (quadrants == n), least) for n in here)
    intense = _is_seen(view.intense[index] & np.isin(quadrants, here), least)
    deep = any(_is_deep(view, index, _labels(side, bone), settings) for bone in Bone)
    return points + intense + deep


def _is_seen(voxels: Slices, least: float) -> bool:
    return bool(np.count_nonzero(voxels) >= max(least, 1))


def _is_deep(view: ReaderView, index: int, labels: list[int], settings: ScoreSettings) -> bool:
    edema = view.edema[index] & np.isin(view.quadrants[index], labels)
    parts, n_parts = ndimage.label(edema, structure=IN_PLANE)
    if not n_parts:
        return False
    depth = view.depth_mm[index]
    numbers = np.arange(1, n_parts + 1)
    nearest = ndimage.minimum(depth, parts, numbers)
    deepest = ndimage.maximum(depth, parts, numbers)
    return bool(np.any((nearest <= settings.subchondral_mm) & (deepest >= DEEP_MM)))


def estimate_berlin(view: ReaderView, settings: ScoreSettings) -> int:
    """Estimate the Berlin score of the sacroiliac joints, 0 to 24.

    Each of the eight quadrants gets 0 without edema, 1 when less than 33 % of it is
    edematous, 2 from 33 %, 3 from 66 %, over all slices that show the joint [1]_. The
    quadrant is its marrow within `berlin_depth_mm` of the joint, since a reader's quadrant
    ends near the foramina while ours holds all marrow.

    References
    ----------
    .. [1] Song et al., Ann Rheum Dis 70:590-596, 2011, doi 10.1136/ard.2010.147033.
    """
    shown = view.shows_joint[:, None, None] & (view.depth_mm <= settings.berlin_depth_mm)
    least = settings.min_visible_mm2 / view.pixel_mm2
    return sum(_berlin_grade(view.edema, shown & (view.quadrants == n), least) for n in QUADRANTS)


def _berlin_grade(edema: Slices, quadrant: Slices, least: float) -> int:
    found = edema & quadrant
    if not any(_is_seen(plane, least) for plane in found):
        return 0
    share = np.count_nonzero(found) / np.count_nonzero(quadrant)
    return 1 + sum(bool(share >= step) for step in BERLIN_STEPS)


def estimate_asas_positive(view: ReaderView, settings: ScoreSettings) -> bool:
    """Estimate whether a reader would call the scan positive for active sacroiliitis.

    Edema of subchondral or periarticular marrow, as one lesion on two consecutive slices
    or as two lesions on one slice [1]_ [2]_. Whether it looks "highly suggestive" of
    spondyloarthritis, as the definition also asks, cannot be told from a mask.

    References
    ----------
    .. [1] Rudwaleit et al., Ann Rheum Dis 68:1520-1527, 2009, doi 10.1136/ard.2009.110767.
    .. [2] Lambert et al., Ann Rheum Dis 75:1958-1963, 2016,
       doi 10.1136/annrheumdis-2015-208642.
    """
    least = settings.min_visible_mm2 / view.pixel_mm2
    previous: set[int] = set()
    for index in range(len(view.edema)):
        seen = _periarticular_parts(view, index, least, settings.subchondral_mm)
        lesions = set(seen)
        if len(seen) >= 2 or lesions & previous:
            return True
        previous = lesions
    return False


def _periarticular_parts(
    view: ReaderView, index: int, least: float, subchondral_mm: float
) -> list[int]:
    """Lesion number of every connected part on a slice that is large and near enough."""
    parts, n_parts = ndimage.label(view.edema[index], structure=IN_PLANE)
    found: list[int] = []
    for number in range(1, n_parts + 1):
        part = parts == number
        near = view.depth_mm[index][part].min() <= subchondral_mm
        if near and _is_seen(part, least):
            found.append(int(np.bincount(view.lesions[index][part]).argmax()))
    return found
