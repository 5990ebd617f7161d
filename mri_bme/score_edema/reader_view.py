"""What a reader looks at: slices with quadrants, edema and its brightness.

All arrays have the slice as their first axis.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mri_bme.findings import EdemaSegmentation
from mri_bme.sacroiliac import QUADRANTS, Bone, JointPart, SacroiliacRois, Side
from mri_bme.settings import ScoreSettings
from mri_bme.signal.fluid import fluid_level
from mri_bme.volume import ALONG_AXIS_MIN_COSINE, FloatArray, Mask, VolumeGeometry

MIN_FLUID_VOXELS = 1000  # the 99th percentile of fewer depends on a handful
IN_PLANE = np.ones((3, 3), dtype=bool)

Slices = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, eq=False)
class ReaderView:
    """What a reader looks at: slices with quadrants, edema and its brightness.

    `joint_mm` is the height of the cartilaginous joint per slice and side: of the rows where
    marrow of both bones lies at it.
    """

    quadrants: NDArray[np.uint8]
    edema: Slices
    lesions: NDArray[np.int32]
    intense: Slices
    depth_mm: NDArray[np.float32]
    pixel_mm2: float
    joint_mm: dict[Side, FloatArray]

    @property
    def shows_joint(self) -> Slices:
        """Which slices show a joint, on either side."""
        return np.asarray(sum(self.joint_mm.values()) > 0, dtype=np.bool_)

    def least_pixels(self, settings: ScoreSettings) -> float:
        """Fewest pixels of edema on a slice that a reader sees."""
        return settings.min_visible_mm2 / self.pixel_mm2


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
        joint_mm=_joint_mm(
            quadrants, (depth_mm <= settings.subchondral_mm) & _is_cartilaginous(rois), rows_mm
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


def is_seen(voxels: Slices, least: float) -> bool:
    """Tell whether a reader sees edema of these pixels of a slice."""
    return bool(np.count_nonzero(voxels) >= max(least, 1))


def _joint_mm(
    quadrants: NDArray[np.uint8], at_joint: Slices, rows_mm: float
) -> dict[Side, FloatArray]:
    def rows(side: Side, bone: Bone) -> Slices:
        labels = [n for n, q in QUADRANTS.items() if q.side is side and q.bone is bone]
        return np.asarray(np.any(np.isin(quadrants, labels) & at_joint, axis=2))

    return {
        side: np.count_nonzero(rows(side, Bone.ILIUM) & rows(side, Bone.SACRUM), axis=1) * rows_mm
        for side in Side
    }
