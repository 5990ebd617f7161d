"""Where the planes of a stack lie: sorted, checked, and laid on one even grid."""

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from mri_bme.errors import InvalidGeometry
from mri_bme.intake.dicom.frames import Frame, uid_digest
from mri_bme.volume import FloatArray, VolumeGeometry, frozen_array

SAME_POSITION_MM = 0.05  # scanners that round write 0.01 or 0.1 mm; slices are 1 mm apart or more
MISSING_GAP_RATIO = 1.5  # a gap this much wider than the others hides a slice
UNEVEN_FRACTION = 0.1  # a slice this far (in spacings) from its even place is refused
UNEVEN_NOTED_FRACTION = 0.02
SHEAR_REFUSED_MM = 0.5  # sideways drift of the last slice against the first; below a pixel
SHEAR_NOTED_MM = 0.1
SCATTER_REFUSED_MM = 1.0  # sideways scatter; coordinates rounded to 1 mm reach 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The grid of a stack, or why there is none."""

    geometry: VolumeGeometry | None
    refused: str | None = None
    defects: tuple[str, ...] = ()


def mean_axes(frames: list[Frame]) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Average the unit vectors along columns and rows over planes, and cross them.

    Returns
    -------
    along_columns, along_rows, normal : arrays of shape (3,)
        Direction of growing column index, of growing row index, and their cross product.

    Raises
    ------
    InvalidGeometry
        If the two in-plane directions are not unit vectors at right angles (to 1 %).
    """
    across, down, normal = _mean_axes(
        tuple(sorted(Counter(frame.acquisition.orientation or () for frame in frames).items()))
    )
    return across, down, normal


@lru_cache(maxsize=256)  # asked for again and again while one stack is sorted
def _mean_axes(counts: tuple[tuple[tuple[float, ...], int], ...]) -> tuple[FloatArray, ...]:
    orientations = np.array([orientation for orientation, _ in counts], dtype=np.float64)
    mean = np.average(orientations, axis=0, weights=[n for _, n in counts])
    first, second = mean.reshape(2, 3)
    lengths = np.linalg.norm(first), np.linalg.norm(second)
    if min(lengths) < 0.99 or max(lengths) > 1.01 or abs(first @ second) > 0.01:
        raise InvalidGeometry("the image orientation is not two unit vectors at right angles")
    u, _, vt = np.linalg.svd(np.stack([first, second]), full_matrices=False)
    across, down = u @ vt
    return tuple(frozen_array(axis, np.float64) for axis in (across, down, np.cross(across, down)))


def positions_along(frames: list[Frame]) -> FloatArray:
    """Distance of each plane along the normal, in mm."""
    _, _, normal = mean_axes(frames)
    return np.array([frame.position for frame in frames], dtype=np.float64) @ normal


def lay_out(frames: list[Frame]) -> Layout:
    """Lay planes (sorted along the normal) on an even grid, end to end.

    The spacing is the mean from the first to the last slice, so positions that a
    scanner rounded do not add up to an error at the end.
    """
    try:
        across, down, normal = mean_axes(frames)
    except InvalidGeometry as error:
        return Layout(geometry=None, refused=str(error))
    origins = np.array([frame.position for frame in frames], dtype=np.float64)
    spacing, notes = _spacing(frames, origins @ normal)
    rows_mm, columns_mm = frames[0].acquisition.pixel_spacing_mm or (1.0, 1.0)
    matrix = np.eye(4)
    matrix[:3, :3] = np.stack([normal * spacing, down * rows_mm, across * columns_mm], axis=1)
    matrix[:3, 3] = origins[0]
    acquisition = frames[0].acquisition
    frame_of_reference = acquisition.frame_of_reference
    geometry = VolumeGeometry(
        shape=(len(frames), acquisition.rows, acquisition.columns),
        lps_from_index=matrix,
        frame_of_reference=uid_digest(frame_of_reference.encode()) or None,
    )
    along = origins @ normal
    drift, scatter = _drift_and_scatter(origins, normal)
    refused = _unevenness(along) or _sideways(drift, scatter)
    defects = tuple(notes) if refused else (*notes, *_small_defects(along, drift))
    return Layout(geometry=geometry, refused=refused, defects=defects)


def _spacing(frames: list[Frame], along: FloatArray) -> tuple[float, list[str]]:
    if len(frames) > 1:
        return float(along[-1] - along[0]) / (len(frames) - 1), []
    acquisition = frames[0].acquisition
    thickness, between = acquisition.slice_thickness_mm, acquisition.spacing_between_slices_mm
    if thickness is None and between is None:
        return 1.0, ["a single slice of unknown thickness, taken as 1 mm"]
    return float(between or thickness or 1.0), []


def median_of(values: FloatArray) -> float:
    """Median of a few numbers; NumPy's own loads its masked arrays first."""
    ordered = np.sort(values)
    n = len(ordered)
    return float(ordered[(n - 1) // 2] + ordered[n // 2]) / 2


def _unevenness(along: FloatArray) -> str | None:
    if len(along) < 3:
        return None
    gaps = np.diff(along)
    usual = median_of(gaps)
    wide = np.flatnonzero(gaps > MISSING_GAP_RATIO * usual)
    if wide.size:
        holes = ", ".join(
            f"between slices {i + 1} and {i + 2} ({gaps[i]:.2f} mm, {along[i] - along[0]:.1f} mm "
            "from the first)"
            for i in wide[:5]
        )
        n_missing = int(sum(max(1, round(gaps[i] / usual) - 1) for i in wide))
        return (
            f"{n_missing} slice(s) missing {holes}; the others are {usual:.2f} mm apart: "
            "send the series again"
        )
    if _off_even(along) > UNEVEN_FRACTION * usual:
        return (
            f"slices are {gaps.min():.2f} to {gaps.max():.2f} mm apart; an even stack is needed: "
            "send the series again or split it"
        )
    return None


def _off_even(along: FloatArray) -> float:
    """Largest distance of a slice from its place on an even grid from end to end."""
    step = (along[-1] - along[0]) / (len(along) - 1)
    return float(np.abs(along - along[0] - step * np.arange(len(along))).max())


def _sideways(drift: float, scatter: float) -> str | None:
    if drift > SHEAR_REFUSED_MM or scatter > SCATTER_REFUSED_MM:
        return (
            f"the stack is sheared: its slices drift {max(drift, scatter):.1f} mm sideways; a "
            "stack at right angles to its slices is needed: resample it first"
        )
    return None


def _small_defects(along: FloatArray, drift: float) -> list[str]:
    defects = []
    if len(along) > 2:
        spacing = (along[-1] - along[0]) / (len(along) - 1)
        uneven = _off_even(along)
        if uneven > UNEVEN_NOTED_FRACTION * spacing:
            defects.append(f"slices lie up to {uneven:.2f} mm from their even places")
    if drift > SHEAR_NOTED_MM:
        defects.append(f"slices drift {drift:.2f} mm sideways over the stack")
    return defects


def _drift_and_scatter(origins: FloatArray, normal: FloatArray) -> tuple[float, float]:
    """Linear sideways drift from end to end, and what a line does not explain, in mm."""
    along = origins @ normal
    sideways = origins - np.outer(along, normal)
    if len(along) < 2:
        return 0.0, 0.0
    centred = along - along.mean()
    slope = centred @ sideways / (centred @ centred)
    residual = sideways - sideways.mean(axis=0) - np.outer(centred, slope)
    drift = float(np.linalg.norm(slope) * (along[-1] - along[0]))
    return drift, float(np.linalg.norm(residual, axis=1).max())
