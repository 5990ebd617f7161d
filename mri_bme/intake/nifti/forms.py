"""Where the voxels of a NIfTI file are: its qform, its sform, its units, or what the user says."""

from typing import Any

import numpy as np
from nibabel.quaternions import quat2mat

from mri_bme.errors import InvalidGeometry, InvalidSettings, UnreadableInput
from mri_bme.intake.nifti.container import Header, NiftiHead
from mri_bme.volume import FloatArray, VolumeGeometry, check_size

RAS_FROM_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
FORM_TOLERANCE_MM = 0.05  # rounding of float32 positions and spacings
FLOAT32_ROUNDING = 2.0**-23  # relative; two roundings, of the writer's arithmetic and of storing
ORTHOGONAL_ENOUGH = 1e-3  # rounding of a float32 affine; made exact on reading
SAME_SPACING = 1e-5  # relative: pixdim and the columns of the sform are one number, rounded twice
SPACING_TOLERANCE = 0.01  # relative: pixdim and sform must tell the same voxel
MIN_ALONG = 0.5  # a stated direction and the header's must not be further apart than 60 degrees
MM_PER_UNIT = {0: 1.0, 1: 1000.0, 2: 1.0, 3: 0.001}  # unknown (mm everywhere), m, mm, micron
AXIS_OF_LETTER = {"R": (0, 1), "L": (0, -1), "A": (1, 1), "P": (1, -1), "S": (2, 1), "I": (2, -1)}
"""RAS axis and sign towards which an axis of the array runs."""
HOW_TO_STATE = (
    "state it where you know it, by --orientation or the manifest's column orientation (RAS: the "
    "first axis runs to the right, the second forward, the third up), or convert the original "
    "DICOM again"
)


def check_orientation(text: str) -> str:
    """Give a stated orientation in capitals, as in ``RAS`` or ``LPI``.

    Raises
    ------
    InvalidSettings
        If it is not three letters, one each of R or L, A or P, S or I.
    """
    letters = text.strip().upper()
    axes = sorted(AXIS_OF_LETTER[c][0] for c in letters if c in AXIS_OF_LETTER)
    if len(letters) != 3 or axes != [0, 1, 2]:
        raise InvalidSettings(
            f"an orientation is three letters, one each of R or L, A or P, S or I, as in RAS; "
            f"found {text[:20]!r}"
        )
    return letters


def stored_geometry(head: NiftiHead, *, what: str, orientation: str | None) -> VolumeGeometry:
    """Grid of a file in its own axis order (i, j, k), LPS mm.

    The sform counts where there is one, the qform otherwise. A file with neither is refused
    unless `orientation` says how its axes run; it then lies around the origin.

    Raises
    ------
    UnreadableInput
        If there is no orientation, the two forms disagree, or one is no position.
    InvalidGeometry
        If the affine is singular, sheared, or larger than any scanner's field of view.
    """
    qform, sform = _qform(head, what), _sform(head)
    if qform is not None and sform is not None:
        _check_forms(head, qform, sform, what)
    found = sform if sform is not None else qform
    if found is None:
        found = _stated(head, what, orientation)
    elif orientation is not None:
        _check_stated(found, check_orientation(orientation), what)
    ras_from_index = np.diag([*[_mm_per_unit(head.header, what)] * 3, 1.0]) @ _squared(
        found, head.header, what
    )
    geometry = VolumeGeometry(shape=head.shape, lps_from_index=RAS_FROM_LPS @ ras_from_index)
    check_size(geometry, what)
    return geometry


def _qform(head: NiftiHead, what: str) -> FloatArray | None:
    header = head.header
    if int(header["qform_code"]) <= 0:
        return None
    vector = np.array([float(header[f"quatern_{c}"]) for c in "bcd"])
    spacing = _pixdim(header)
    turn = float(header["pixdim"][0])
    real_squared = 1.0 - float(vector @ vector)
    if not np.all(np.isfinite(vector)) or real_squared < -ORTHOGONAL_ENOUGH:
        raise UnreadableInput(f"the qform of {what} is no rotation; export the volume again")
    if not np.all(np.isfinite(spacing)) or spacing.min() <= 0 or turn not in (-1, 0, 1):
        raise UnreadableInput(
            f"{what} has voxels of {' x '.join(f'{s:g}' for s in spacing)} (pixdim[0] {turn:g}); "
            "they must be larger than 0: export the volume again"
        )
    real = np.sqrt(max(real_squared, 0.0))
    quaternion = np.array([real, *vector])
    matrix = np.eye(4)
    matrix[:3, :3] = quat2mat(quaternion / np.linalg.norm(quaternion)) * spacing
    matrix[:3, 2] *= -1 if turn < 0 else 1
    matrix[:3, 3] = [float(header[f"qoffset_{axis}"]) for axis in "xyz"]
    return matrix


def _sform(head: NiftiHead) -> FloatArray | None:
    if int(head.header["sform_code"]) <= 0:
        return None
    return np.array(head.header.get_sform(), dtype=np.float64)


def _pixdim(header: Header) -> FloatArray:
    return np.array([_decimal(v) for v in header["pixdim"][1:4]])


def _decimal(value: Any) -> float:
    """Take the shortest decimal that is stored as this float32: 0.595, not 0.59500002861."""
    return float(str(value)) if np.isfinite(value) else float(value)


def qform_precision_mm(head: NiftiHead) -> float:
    """How far the corner of a grid may move when its rotation is stored as a float32 quaternion.

    The real part is not stored but follows as sqrt(1 - b^2 - c^2 - d^2); near a half turn
    it is almost 0 and rounding of the others moves it by up to 3.5e-4, which turns the grid by
    twice as many radians.
    """
    vector = np.array([float(head.header[f"quatern_{c}"]) for c in "bcd"])
    squared = max(1.0 - float(vector @ vector), 0.0)
    rounding = FLOAT32_ROUNDING * 2
    low, real, high = (np.sqrt(max(squared + d, 0.0)) for d in (-rounding, 0.0, rounding))
    turn = 2 * (max(real - low, high - real) + FLOAT32_ROUNDING)
    reach = np.linalg.norm((np.array(head.shape) - 1) * _pixdim(head.header))
    return float(turn * reach)


def _check_forms(head: NiftiHead, qform: FloatArray, sform: FloatArray, what: str) -> None:
    scale = _mm_per_unit(head.header, what)
    corners = np.array(np.meshgrid(*([0, n - 1] for n in head.shape))).reshape(3, -1)
    difference = qform - sform
    moved = difference[:3, :3] @ corners + difference[:3, 3:]
    apart = float(np.linalg.norm(moved, axis=0).max()) * scale
    if not apart <= FORM_TOLERANCE_MM + qform_precision_mm(head) * scale:
        raise UnreadableInput(
            f"the qform and sform of {what} disagree by {apart:.1f} mm: qform "
            f"{np.round(qform[:3], 2).tolist()}, sform {np.round(sform[:3], 2).tolist()}; "
            "set both to the right one"
        )


def _stated(head: NiftiHead, what: str, orientation: str | None) -> FloatArray:
    if orientation is None:
        raise UnreadableInput(
            f"{what} does not say where left is (neither qform nor sform is set); {HOW_TO_STATE}"
        )
    spacing = _pixdim(head.header)
    if not np.all(np.isfinite(spacing)) or spacing.min() <= 0:
        raise UnreadableInput(
            f"{what} has voxels of {' x '.join(f'{s:g}' for s in spacing)}; they must be larger "
            "than 0: export the volume again"
        )
    matrix = np.eye(4)
    matrix[:3, :3] = 0
    for column, letter in enumerate(check_orientation(orientation)):
        axis, sign = AXIS_OF_LETTER[letter]
        matrix[axis, column] = sign * spacing[column]
    matrix[:3, 3] = -matrix[:3, :3] @ ((np.array(head.shape) - 1) / 2)
    return matrix


def _check_stated(found: FloatArray, orientation: str, what: str) -> None:
    lengths = np.maximum(np.linalg.norm(found[:3, :3], axis=0), 1e-12)
    for column, letter in enumerate(orientation):
        axis, sign = AXIS_OF_LETTER[letter]
        if sign * found[axis, column] / lengths[column] < MIN_ALONG:
            raise UnreadableInput(
                f"{what} says in its header how it lies, and not as {orientation}; leave the "
                "stated orientation out for it, or correct the header"
            )


def _mm_per_unit(header: Header, what: str) -> float:
    unit = int(header["xyzt_units"]) & 7
    if unit not in MM_PER_UNIT:
        raise UnreadableInput(
            f"{what} measures lengths in an unknown unit (code {unit}); export it in mm"
        )
    return MM_PER_UNIT[unit]


def _squared(affine: FloatArray, header: Header, what: str) -> FloatArray:
    """Undo the rounding that float32 storage leaves between axes at right angles."""
    matrix = np.array(affine, dtype=np.float64)
    lengths = np.linalg.norm(matrix[:3, :3], axis=0)
    if not np.all(np.isfinite(matrix)) or lengths.min() < 1e-9:
        raise InvalidGeometry(
            f"the affine of {what} is singular or not finite; export the volume again"
        )
    unit = matrix[:3, :3] / lengths
    if np.abs(unit.T @ unit - np.eye(3)).max() < ORTHOGONAL_ENOUGH:
        u, _, vt = np.linalg.svd(unit)
        matrix[:3, :3] = (u @ vt) * _spacing(lengths, header, what)
    return matrix


def _spacing(lengths: FloatArray, header: Header, what: str) -> FloatArray:
    """Voxel size as it was written: pixdim where both tell the same."""
    told = _pixdim(header)
    with np.errstate(invalid="ignore"):
        apart = np.abs(told - lengths) / lengths
    if np.any((told > 0) & (apart > SPACING_TOLERANCE)):
        raise UnreadableInput(
            f"{what} has voxels of {' x '.join(f'{s:.4g}' for s in told)} by pixdim and of "
            f"{' x '.join(f'{s:.4g}' for s in lengths)} by its sform; set both to the right one"
        )
    return np.where(apart <= SAME_SPACING, told, lengths)
