"""Where voxels are, and what they hold.

One convention throughout: positions are millimetres in LPS (x to the patient's
left, y to the back, z to the head); arrays are indexed (slice, row, column).
File formats convert at their border (`mri_bme.intake`, `mri_bme.export`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mri_bme.errors import GeometryMismatch, InvalidGeometry, InvalidVoxels
from mri_bme.resting import Pack, Resting, as_whole_numbers
from mri_bme.sparse import sparse_zeros

ORTHOGONALITY_TOLERANCE = 1e-4
CORNER_TOLERANCE_MM = 0.01
SPACING_DECIMALS = 9  # of a millimetre; a turn of the axes costs the fifteenth
MAX_EXTENT_MM = 1000.0  # whole spines are composed to some 900; a field of view is at most 550
MAX_VOXELS = 100_000_000  # 512 x 512 x 380
MM3_PER_ML = 1000.0
LARGE_BYTES = 1 << 22  # smaller arrays are copied whole
MOSTLY = 0.8  # of the rows; an array with more is written as any other
SMALL_ANGLE = 1e-8  # radians; a smaller rotation is linear
ALONG_AXIS_MIN_COSINE = 0.5  # a slice normal this close to front-back reads front to back

FloatArray = NDArray[np.float64]
Shape = tuple[int, int, int]


def frozen_array(values: ArrayLike, dtype: Any) -> NDArray[Any]:
    """Copy `values` into a read-only array of `dtype`; one that is frozen already is taken.

    Of a large array, margins of zeros are not written: pages of memory that nobody wrote are
    zero and take none. A map of one lesion on a whole scan takes what the lesion takes.
    """
    if isinstance(values, np.ndarray) and _is_frozen(values, dtype):
        return values
    array = _copied(values, dtype)
    array.setflags(write=False)
    return array


def _is_frozen(values: NDArray[Any], dtype: Any) -> bool:
    flags = values.flags
    is_fixed = flags.owndata and not flags.writeable  # a view could change with its base
    return is_fixed and flags.c_contiguous and values.dtype == np.dtype(dtype)


def _copied(values: ArrayLike, dtype: Any) -> NDArray[Any]:
    if not isinstance(values, np.ndarray) or values.ndim != 3 or values.nbytes < LARGE_BYTES:
        return np.array(values, dtype=dtype, order="C")
    written = [_rows_written(plane) for plane in values]
    n_rows = sum(rows.stop - rows.start for rows in written)
    is_sparse = n_rows < MOSTLY * values.shape[0] * values.shape[1]
    copy = (sparse_zeros if is_sparse else np.zeros)(values.shape, dtype=dtype)
    for target, plane, rows in zip(copy, values, written, strict=True):
        target[rows] = plane[rows]
    return copy


def _rows_written(plane: NDArray[Any]) -> slice:
    rows = np.flatnonzero(plane.any(axis=1))
    return slice(int(rows[0]), int(rows[-1]) + 1) if rows.size else slice(0, 0)


def _format_numbers(values: ArrayLike, digits: int = 2) -> str:
    return " x ".join(f"{v:.{digits}f}".rstrip("0").rstrip(".") for v in np.asarray(values).ravel())


@dataclass(frozen=True, kw_only=True, eq=False)
class VolumeGeometry:
    """The grid on which voxels were acquired.

    Parameters
    ----------
    shape : tuple of int
        Numbers of slices, rows and columns.
    lps_from_index : array of shape (4, 4)
        Maps homogeneous (slice, row, column) indices of voxel centres to LPS mm.
    frame_of_reference : str or None
        Pseudonym of the scanner's coordinate system; None when it is not known.

    Raises
    ------
    InvalidGeometry
        If an axis is empty, the matrix is singular or not finite, or two axes are
        further than `ORTHOGONALITY_TOLERANCE` (cosine) from a right angle.

    Examples
    --------
    Slices every 5 mm, whatever their thickness: a voxel stands for the gap as well.

    >>> grid = VolumeGeometry(shape=(15, 256, 256), lps_from_index=np.diag([5.0, 0.8, 0.8, 1.0]))
    >>> grid
    VolumeGeometry(15 x 256 x 256 voxels of 5 x 0.8 x 0.8 mm)
    >>> round(grid.voxel_volume_ml, 4)
    0.0032
    """

    shape: Shape
    lps_from_index: FloatArray
    frame_of_reference: str | None = None

    def __post_init__(self) -> None:
        matrix = frozen_array(self.lps_from_index, np.float64)
        _check_matrix(matrix)
        shape = tuple(int(n) for n in self.shape)
        if len(shape) != 3 or min(shape) < 1:
            raise InvalidGeometry(f"a volume needs three axes of 1 or more voxels, found {shape}")
        object.__setattr__(self, "lps_from_index", matrix)
        object.__setattr__(self, "shape", shape)

    def __repr__(self) -> str:
        return (
            f"VolumeGeometry({_format_numbers(self.shape)} voxels of "
            f"{_format_numbers(self.spacing_mm)} mm)"
        )

    @cached_property
    def index_from_lps(self) -> FloatArray:
        """The inverse map, from LPS mm to (slice, row, column)."""
        return np.asarray(np.linalg.inv(self.lps_from_index), dtype=np.float64)

    @cached_property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Distances between neighbouring voxel centres: slices, rows, columns.

        Without the last bits, which are those of the turn of the axes: where two ways are
        equally long they stay so on every grid of one spacing.
        """
        lengths = np.linalg.norm(self.lps_from_index[:3, :3], axis=0)
        slices, rows, columns = lengths.round(SPACING_DECIMALS)
        return float(slices), float(rows), float(columns)

    @cached_property
    def directions(self) -> FloatArray:
        """Unit LPS vectors (as columns) along slices, rows and columns."""
        axes = self.lps_from_index[:3, :3]
        return np.asarray(axes / np.linalg.norm(axes, axis=0), dtype=np.float64)

    @property
    def voxel_volume_ml(self) -> float:
        """Volume that one voxel stands for, gap between slices included."""
        return float(abs(np.linalg.det(self.lps_from_index[:3, :3]))) / MM3_PER_ML

    @property
    def centre_lps_mm(self) -> FloatArray:
        """LPS position of the middle of the grid."""
        return self.points_lps((np.array(self.shape) - 1) / 2)

    def points_lps(self, indices: ArrayLike) -> FloatArray:
        """LPS mm of (..., 3) fractional (slice, row, column) indices."""
        return apply_matrix(self.lps_from_index, indices)

    def indices_of(self, points_lps_mm: ArrayLike) -> FloatArray:
        """Fractional (slice, row, column) of (..., 3) LPS mm points."""
        return apply_matrix(self.index_from_lps, points_lps_mm)

    @cached_property
    def corners_lps_mm(self) -> FloatArray:
        """LPS positions of the eight corner voxels' centres, shape (8, 3)."""
        ends = np.meshgrid(*([0, n - 1] for n in self.shape), indexing="ij")
        return self.points_lps(np.stack(ends, axis=-1).reshape(-1, 3))

    @property
    def extent_mm(self) -> tuple[float, float, float]:
        """Lengths of the grid's sides, from edge to edge: slices, rows, columns."""
        slices, rows, columns = (n * mm for n, mm in zip(self.shape, self.spacing_mm, strict=True))
        return slices, rows, columns

    def matches(
        self, other: "VolumeGeometry", *, tolerance_mm: float = CORNER_TOLERANCE_MM
    ) -> bool:
        """Tell whether voxels of both grids may be compared one by one.

        An unknown frame of reference (NIfTI has none) contradicts no other.
        Every corner must lie within `tolerance_mm` of the other's.
        """
        frames = {self.frame_of_reference, other.frame_of_reference} - {None}
        return (
            self.shape == other.shape
            and len(frames) <= 1
            and bool(np.abs(self.corners_lps_mm - other.corners_lps_mm).max() <= tolerance_mm)
        )


def _check_matrix(matrix: NDArray[Any]) -> None:
    if matrix.shape != (4, 4) or not np.all(np.isfinite(matrix)):
        raise InvalidGeometry("the affine must be 4 x 4 finite numbers; export the series again")
    lengths = np.linalg.norm(matrix[:3, :3], axis=0)
    if lengths.min() < 1e-6 or not np.allclose(matrix[3], (0, 0, 0, 1)):
        raise InvalidGeometry(
            f"the affine is singular (voxel spacing {_format_numbers(lengths)} mm); "
            "export the series again"
        )
    unit = matrix[:3, :3] / lengths
    skew = float(np.abs(unit.T @ unit - np.eye(3)).max())
    if skew > ORTHOGONALITY_TOLERANCE:
        raise InvalidGeometry(
            f"the axes are sheared (cosine {skew:.4f} between two of them, at most "
            f"{ORTHOGONALITY_TOLERANCE:g} accepted); resample to a rectangular grid first"
        )


def cropped_geometry(geometry: VolumeGeometry, crop: tuple[slice, slice, slice]) -> VolumeGeometry:
    """Geometry of the voxels of a box; all its slices have a start and a stop."""
    matrix = np.array(geometry.lps_from_index)
    matrix[:3, 3] = geometry.points_lps([s.start for s in crop])
    slices, rows, columns = (s.stop - s.start for s in crop)
    return VolumeGeometry(
        shape=(slices, rows, columns),
        lps_from_index=matrix,
        frame_of_reference=geometry.frame_of_reference,
    )


def with_storable_spacing(geometry: VolumeGeometry) -> VolumeGeometry:
    """Give a grid voxel sizes that NIfTI stores (float32) and gives back to the last digit.

    It moves no voxel by more than 6e-8 of its distance from the first. What is measured on a
    scan and on a file written of it is then the same volume, not one that differs by rounding.
    """
    matrix = np.array(geometry.lps_from_index)
    spacing = [float(str(np.float32(mm))) for mm in geometry.spacing_mm]
    matrix[:3, :3] = geometry.directions * spacing
    return VolumeGeometry(
        shape=geometry.shape,
        lps_from_index=matrix,
        frame_of_reference=geometry.frame_of_reference,
    )


def check_size(geometry: VolumeGeometry, what: str) -> None:
    """Raise `InvalidGeometry` where no scan of a pelvis is as large, before memory is taken.

    `what` names the thing in the message, as in "the volume".
    """
    if np.prod(geometry.shape, dtype=np.int64) > MAX_VOXELS:
        raise InvalidGeometry(
            f"{what} declares {_format_numbers(geometry.shape)} voxels, more than the "
            f"{MAX_VOXELS:,} that a scan of a pelvis may have; check the file, or crop it"
        )
    if max(geometry.extent_mm) > MAX_EXTENT_MM:
        raise InvalidGeometry(
            f"{what} is {_format_numbers(geometry.extent_mm, 0)} mm large, at most "
            f"{MAX_EXTENT_MM:g} mm is possible; the voxel size (or its unit) in the header is wrong"
        )


def apply_matrix(b_from_a: FloatArray, points_a: ArrayLike) -> FloatArray:
    """Map (..., 3) points by a 4 x 4 matrix."""
    points = np.asarray(points_a, dtype=np.float64)
    return np.asarray(points @ b_from_a[:3, :3].T + b_from_a[:3, 3], dtype=np.float64)


@dataclass(frozen=True, kw_only=True, eq=False)
class Volume(Resting):
    """Intensities on a grid, float32, read-only.

    Raises
    ------
    InvalidVoxels
        If the array does not fit the geometry, or a voxel is NaN or infinite.

    Examples
    --------
    >>> grid = VolumeGeometry(shape=(2, 3, 3), lps_from_index=np.diag([5.0, 2.0, 2.0, 1.0]))
    >>> Volume(geometry=grid, voxels=np.zeros(grid.shape))
    Volume(VolumeGeometry(2 x 3 x 3 voxels of 5 x 2 x 2 mm))
    """

    PACKED_BY: ClassVar[Mapping[str, Pack]] = {"voxels": as_whole_numbers}

    geometry: VolumeGeometry
    voxels: NDArray[np.float32]

    def __post_init__(self) -> None:
        voxels = frozen_array(self.voxels, np.float32)
        _check_shape(voxels, self.geometry)
        n_bad = int(voxels.size - np.count_nonzero(np.isfinite(voxels)))
        if n_bad:
            raise InvalidVoxels(
                f"{n_bad} of {voxels.size} voxels are NaN or infinite; every voxel must be a "
                "finite number: mask or export the volume again"
            )
        object.__setattr__(self, "voxels", voxels)

    def __repr__(self) -> str:
        return f"Volume({self.geometry!r})"


@dataclass(frozen=True, kw_only=True, eq=False)
class Mask:
    """Yes or no on a grid, bool, read-only.

    Examples
    --------
    >>> grid = VolumeGeometry(shape=(2, 10, 10), lps_from_index=np.diag([5.0, 2.0, 2.0, 1.0]))
    >>> Mask(geometry=grid, voxels=np.ones(grid.shape))
    Mask(4.00 mL in VolumeGeometry(2 x 10 x 10 voxels of 5 x 2 x 2 mm))
    """

    geometry: VolumeGeometry
    voxels: NDArray[np.bool_]

    def __post_init__(self) -> None:
        voxels = frozen_array(self.voxels, np.bool_)
        _check_shape(voxels, self.geometry)
        object.__setattr__(self, "voxels", voxels)

    def __repr__(self) -> str:
        return f"Mask({self.volume_ml:.2f} mL in {self.geometry!r})"

    @cached_property
    def n_voxels(self) -> int:
        """Number of voxels inside."""
        return int(np.count_nonzero(self.voxels))

    @property
    def volume_ml(self) -> float:
        """Volume inside, by counting voxels."""
        return self.n_voxels * self.geometry.voxel_volume_ml


def _check_shape(voxels: NDArray[Any], geometry: VolumeGeometry) -> None:
    if voxels.shape != geometry.shape:
        raise InvalidVoxels(f"{voxels.shape} voxels do not fit a grid of {geometry.shape}")


def check_same_grid(what: str, found: VolumeGeometry, required: VolumeGeometry) -> None:
    """Raise `GeometryMismatch` unless `found` matches `required`.

    `what` names the thing in the message, as in "reference marrow".
    """
    if not found.matches(required):
        raise GeometryMismatch(
            f"{what} lies on {found!r}, the volume on {required!r}, or they differ in position; "
            "redraw it on this series or resample it first"
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class RigidTransform:
    """A rotation and a translation between two patients' spaces, LPS mm.

    `b_from_a` maps homogeneous points of space a to space b; transforms compose as
    `c_from_b @ b_from_a`.

    Raises
    ------
    InvalidGeometry
        If the 3 x 3 part is not a proper rotation (to 1e-6).

    Examples
    --------
    >>> week14_from_baseline = RigidTransform(b_from_a=[[1, 0, 0, 4], [0, 1, 0, 0],
    ...                                                 [0, 0, 1, -2], [0, 0, 0, 1]])
    >>> week14_from_baseline.apply([0, 0, 0]).tolist()
    [4.0, 0.0, -2.0]
    >>> week14_from_baseline @ week14_from_baseline.inverse()
    RigidTransform(0.00 degrees, 0 x 0 x 0 mm)
    """

    b_from_a: FloatArray

    def __post_init__(self) -> None:
        matrix = frozen_array(self.b_from_a, np.float64)
        rotation = matrix[:3, :3]
        is_rotation = np.allclose(rotation @ rotation.T, np.eye(3), rtol=0, atol=1e-6)
        if not is_rotation or np.linalg.det(rotation) < 0:
            raise InvalidGeometry("a rigid transform needs a proper rotation; found another matrix")
        object.__setattr__(self, "b_from_a", matrix)

    @classmethod
    def identity(cls) -> Self:
        """Map every point to itself."""
        return cls(b_from_a=np.eye(4))

    def __repr__(self) -> str:
        return (
            f"RigidTransform({self.rotation_degrees:.2f} degrees, "
            f"{_format_numbers(self.b_from_a[:3, 3])} mm)"
        )

    def __matmul__(self, other: "RigidTransform") -> "RigidTransform":
        return RigidTransform(b_from_a=self.b_from_a @ other.b_from_a)

    def inverse(self) -> "RigidTransform":
        """Map back."""
        matrix = np.eye(4)
        matrix[:3, :3] = self.b_from_a[:3, :3].T
        matrix[:3, 3] = -matrix[:3, :3] @ self.b_from_a[:3, 3]
        return RigidTransform(b_from_a=matrix)

    def half(self) -> "RigidTransform":
        """Go half of the way: done twice, it is the whole motion."""
        return RigidTransform(b_from_a=half_of(self.b_from_a))

    def apply(self, points_a_lps_mm: ArrayLike) -> FloatArray:
        """Map (..., 3) LPS mm points of space a to space b."""
        return apply_matrix(self.b_from_a, points_a_lps_mm)

    @property
    def rotation_degrees(self) -> float:
        """Angle of the rotation about its own axis."""
        cosine = (np.trace(self.b_from_a[:3, :3]) - 1) / 2
        return float(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))


def rotation_of(vector: FloatArray) -> FloatArray:
    """Rotation matrix about `vector` by its length in radians (Rodrigues)."""
    angle = float(np.sqrt(np.sum(vector * vector)))
    x, y, z = vector
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    if angle < SMALL_ANGLE:
        return np.asarray(np.eye(3) + cross)
    return np.asarray(
        np.eye(3) + np.sin(angle) / angle * cross + (1 - np.cos(angle)) / angle**2 * (cross @ cross)
    )


def vector_of(rotation: FloatArray) -> FloatArray:
    """Rotation vector (radians) of a rotation matrix by less than half a turn."""
    axis = 0.5 * np.array(
        [
            rotation[2, 1] - rotation[1, 2],
            rotation[0, 2] - rotation[2, 0],
            rotation[1, 0] - rotation[0, 1],
        ]
    )
    sine = float(np.sqrt(np.sum(axis * axis)))
    angle = float(np.arctan2(sine, (np.trace(rotation) - 1) / 2))
    return np.asarray(axis if sine < SMALL_ANGLE else axis * (angle / sine))


def half_of(matrix: FloatArray) -> FloatArray:
    """Find the rigid matrix that, applied twice, is `matrix` (rotation below half a turn)."""
    half = np.eye(4)
    half[:3, :3] = rotation_of(vector_of(matrix[:3, :3]) / 2)
    half[:3, 3] = np.linalg.solve(half[:3, :3] + np.eye(3), matrix[:3, 3])
    return half


def reading_order(geometry: VolumeGeometry) -> tuple[tuple[int, int, int], tuple[bool, bool, bool]]:
    """Say how to turn a grid into the order in which a radiologist reads it.

    Slices run front to back (head to foot when they are axial, right to left when
    sagittal), rows head to foot (front to back when axial), columns from the
    patient's right to left (front to back when sagittal). The slice axis is the one
    with the largest spacing; among equals, the one closest to front-back.

    Returns
    -------
    order : tuple of int
        Which axis of `geometry` becomes the slice, row and column axis.
    flipped : tuple of bool
        Whether each of those axes is then reversed.
    """
    towards = geometry.directions.T  # one unit vector per axis: left, back, head
    thickest = max(range(3), key=lambda a: (round(geometry.spacing_mm[a], 3), abs(towards[a][1])))
    first, second = (a for a in range(3) if a != thickest)
    # columns run along the more left-right of the two in-plane axes, else the more front-back
    across = 0 if abs(towards[thickest][0]) < np.sqrt(0.5) else 1
    column, row = sorted((first, second), key=lambda a: -abs(towards[a][across]))
    signs = (
        _slice_sign(towards[thickest]),
        _row_sign(towards[row]),
        _slice_sign(towards[column]),
    )
    return (thickest, row, column), (signs[0] < 0, signs[1] < 0, signs[2] < 0)


def _slice_sign(direction: FloatArray) -> float:
    left, back, head = direction
    if abs(left) >= np.sqrt(0.5):
        return float(left)
    return float(back) if abs(back) >= ALONG_AXIS_MIN_COSINE else float(-head)


def _row_sign(direction: FloatArray) -> float:
    left, back, head = direction
    if abs(left) >= np.sqrt(0.5):
        return float(left)
    return float(-head) if abs(head) >= ALONG_AXIS_MIN_COSINE else float(back)


def reorder_geometry(
    geometry: VolumeGeometry, order: tuple[int, int, int], flipped: tuple[bool, bool, bool]
) -> VolumeGeometry:
    """Permute, then reverse, the axes of a grid; every voxel stays where it is."""
    index_from_new = np.zeros((4, 4))
    index_from_new[3, 3] = 1
    shape = tuple(geometry.shape[axis] for axis in order)
    for new_axis, (axis, reverse) in enumerate(zip(order, flipped, strict=True)):
        index_from_new[axis, new_axis] = -1 if reverse else 1
        index_from_new[axis, 3] = shape[new_axis] - 1 if reverse else 0
    return VolumeGeometry(
        shape=(shape[0], shape[1], shape[2]),
        lps_from_index=geometry.lps_from_index @ index_from_new,
        frame_of_reference=geometry.frame_of_reference,
    )


def reorder_voxels(
    voxels: NDArray[Any], order: tuple[int, int, int], flipped: tuple[bool, bool, bool]
) -> NDArray[Any]:
    """Permute, then reverse, the axes of an array (a view)."""
    steps = tuple(slice(None, None, -1 if reverse else 1) for reverse in flipped)
    return voxels.transpose(order)[steps]


def axes_between(
    source: VolumeGeometry, target: VolumeGeometry, *, tolerance_mm: float = CORNER_TOLERANCE_MM
) -> tuple[tuple[int, int, int], tuple[bool, bool, bool]]:
    """Find the permutation and flips that turn `source` into `target`.

    Raises
    ------
    GeometryMismatch
        If the two are not the same voxels in another axis order.
    """
    source_from_target = (
        np.linalg.inv(source.lps_from_index[:3, :3]) @ target.lps_from_index[:3, :3]
    )
    order = tuple(int(a) for a in np.abs(source_from_target).argmax(axis=0))
    if sorted(order) == [0, 1, 2]:
        flips = tuple(bool(source_from_target[a, new] < 0) for new, a in enumerate(order))
        found = (order[0], order[1], order[2]), (flips[0], flips[1], flips[2])
        if reorder_geometry(source, *found).matches(target, tolerance_mm=tolerance_mm):
            return found
    raise GeometryMismatch(f"{source!r} and {target!r} are not the same voxels in another order")
