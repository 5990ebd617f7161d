"""Look for what T1W would have told, on a scan without it: metal, gas, bright fat, a lost field."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mri_bme.check_appearance.marrow import AROUND_MM, MIN_VOXELS, curved_field
from mri_bme.sacroiliac import SacroiliacRois
from mri_bme.signal.voids import BESIDE_MM, STEADY_MM, beside_voids
from mri_bme.volume import Volume, VolumeGeometry, cropped_geometry

Box = tuple[slice, slice, slice]

WIDER = 3.0  # times as far off a field as usual: the marrow that a lost field makes seem diseased
BRIGHT_RIM = 1.0  # medians of marrow: sclerosis and cortex have darker marrow beside them
NEAR_JOINT_MM = 8.0  # marrow this near shows where the joints lie
LATERAL_MM = 35.0  # from the midline: beyond are buttocks, and no bladder, bowel or thecal sac
BEYOND_MARROW_MM = 4.0  # in plane: marrow shines into what is nearer
WIDE_MM = 7.0  # in plane: vessels and planes of fluid are narrower
BRIGHT_PERCENTILE = 99.0
TISSUE_ABOVE = 0.2  # medians of marrow; darker is air and cortex


def alone_checks(
    volume: Volume, rois: SacroiliacRois, *, snr: float | None, field: float | None
) -> list[tuple[str, float | None]]:
    """Measure what is looked at on a fluid-sensitive series without T1W, by name of the check.

    Parameters
    ----------
    volume : Volume
        The fluid-sensitive series.
    rois : SacroiliacRois
        Its regions.
    snr : float or None
        Brightness of marrow over its noise (`marrow.marrow_snr`).
    field : float or None
        Strength of the curved field of this series (`marrow.curved_field`).
    """
    lost = curved_field(volume, rois, None, reach=WIDER)
    return [
        ("field_without_t1", field),
        ("lost_field_without_t1", None if lost is None else lost.strength),
        ("snr_without_t1", snr),
        ("void_without_t1_ml", marrow_by_voids_ml(volume, rois)),
        ("fat_without_t1", brightest_buttock(volume, rois)),
    ]


def marrow_by_voids_ml(volume: Volume, rois: SacroiliacRois) -> float | None:
    """Marrow in a hole of the signal, or beside one, where marrow is bright; None without marrow.

    Piled-up signal is what tells the hole that metal or gas makes from sclerosis.
    """
    marrow = rois.quadrants > 0
    if np.count_nonzero(marrow) < MIN_VOXELS:
        return None
    middle = float(np.median(volume.voxels[marrow]))
    if middle <= 0:
        return None
    box = _box_around(marrow, volume.geometry, BESIDE_MM)
    relative = volume.voxels[box] / np.float32(middle)
    void, beside = beside_voids(relative, cropped_geometry(volume.geometry, box))
    own = marrow[box]
    rim = relative[beside & own]
    if not rim.size or float(np.median(rim)) < BRIGHT_RIM:
        return 0.0
    n_voxels = int(np.count_nonzero((void | beside) & own))
    return n_voxels * volume.geometry.voxel_volume_ml


def brightest_buttock(volume: Volume, rois: SacroiliacRois) -> float | None:
    """How bright the brightest broad tissue behind and beside the joints is, in medians of marrow.

    Muscle is there, and fat between and behind it, which is dark where its signal is suppressed;
    vessels and fluid between muscles are narrower than `WIDE_MM` and are opened away (Serra, Image
    Analysis and Mathematical Morphology, 1982). None where the picture holds too little of it.
    """
    marrow = rois.quadrants > 0
    near = marrow & (np.abs(rois.joint_distance_mm) < NEAR_JOINT_MM)
    middle = float(np.median(volume.voxels[marrow])) if marrow.any() else 0.0
    if middle <= 0 or not near.any():
        return None
    box = _box_around(marrow, volume.geometry, AROUND_MM)
    geometry = cropped_geometry(volume.geometry, box)
    _, row_mm, column_mm = geometry.spacing_mm
    blur = (0, STEADY_MM / row_mm, STEADY_MM / column_mm)
    steady = ndimage.gaussian_filter(volume.voxels[box] / np.float32(middle), blur)
    broad = ndimage.grey_opening(steady, size=_pixels(geometry, WIDE_MM))
    beyond = ndimage.maximum_filter(
        marrow[box].astype(np.uint8), size=_pixels(geometry, 2 * BEYOND_MARROW_MM)
    )
    x, y = (_coordinate(geometry, axis) for axis in (0, 1))
    midline, depth, _ = volume.geometry.points_lps(np.argwhere(near)).mean(axis=0)
    buttock = (np.abs(x - midline) > LATERAL_MM) & (y > depth)
    tissue = broad[buttock & (beyond == 0) & (steady > TISSUE_ABOVE)]
    if tissue.size < MIN_VOXELS:
        return None
    return float(np.percentile(tissue, BRIGHT_PERCENTILE))


def _box_around(marrow: NDArray[np.bool_], geometry: VolumeGeometry, reach_mm: float) -> Box:
    reach = [max(round(reach_mm / mm), 1) for mm in geometry.spacing_mm]
    slices, rows, columns = (
        slice(max(s.start - r, 0), min(s.stop + r, n))
        for s, r, n in zip(
            ndimage.find_objects(marrow.astype(np.uint8))[0], reach, geometry.shape, strict=True
        )
    )
    return slices, rows, columns


def _pixels(geometry: VolumeGeometry, wide_mm: float) -> tuple[int, int, int]:
    """Odd number of pixels in plane that are so wide together, one slice."""
    rows, columns = (2 * round(wide_mm / mm / 2) + 1 for mm in geometry.spacing_mm[1:])
    return 1, rows, columns


def _coordinate(geometry: VolumeGeometry, axis: int) -> NDArray[np.float64]:
    """LPS mm of all voxels along one axis of the patient."""
    steps = geometry.lps_from_index[axis]
    along = [np.arange(n) * step for n, step in zip(geometry.shape, steps[:3], strict=True)]
    return np.asarray(steps[3] + along[0][:, None, None] + along[1][:, None] + along[2])
