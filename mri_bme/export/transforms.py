"""Rigid transforms as ITK text files, which 3D Slicer, ITK-SNAP and ANTs read."""

import json
from pathlib import Path

import numpy as np

from mri_bme.errors import InvalidGeometry, UnreadableInput
from mri_bme.files import write_text
from mri_bme.findings import RegistrationQuality
from mri_bme.record.schema import software
from mri_bme.volume import RigidTransform

PROBES_MM = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [-70, 90, 110]], dtype=float)
LINEAR_TOLERANCE_MM = 1e-6
QUALITY_DECIMALS = 6


def write_transform(path: Path, transform: RigidTransform) -> None:
    """Write `b_from_a` so that ITK maps LPS mm points of a (fixed) to b (moving).

    Stored as an affine transform, whose twelve numbers are the matrix itself: nothing is
    lost to angles, and every ITK reader knows the type.
    """
    matrix = transform.b_from_a
    numbers = [*matrix[:3, :3].ravel(), *matrix[:3, 3]]
    lines = [
        "#Insight Transform File V1.0",
        "#Transform 0",
        "Transform: AffineTransform_double_3_3",
        "Parameters: " + " ".join(repr(float(n)) for n in numbers),
        "FixedParameters: 0 0 0",
    ]
    write_text(path, "\n".join(lines) + "\n")


def read_transform(path: Path) -> RigidTransform:
    """Read any ITK transform that is rigid (Euler, versor, affine or a chain of them).

    Raises
    ------
    UnreadableInput
        If the file is no ITK transform.
    InvalidGeometry
        If it scales, shears or bends.
    """
    import SimpleITK  # noqa: PLC0415  large; workers of a run, which only write, do without

    if not path.is_file():
        raise UnreadableInput(f"there is no file {path.name}; check the path")
    try:
        transform = SimpleITK.ReadTransform(str(path))
        images = np.array([transform.TransformPoint(tuple(p)) for p in PROBES_MM])
    except RuntimeError as error:
        raise UnreadableInput(
            f"{path.name} is not an ITK transform of 3-D points; export it as .tfm or .txt"
        ) from error
    matrix = np.eye(4)
    matrix[:3, 3] = images[0]
    matrix[:3, :3] = (images[1:4] - images[0]).T
    predicted = matrix[:3, :3] @ PROBES_MM[4] + matrix[:3, 3]
    if np.abs(predicted - images[4]).max() > LINEAR_TOLERANCE_MM:
        raise InvalidGeometry(f"{path.name} bends space; a rigid transform is needed")
    return RigidTransform(b_from_a=matrix)


def write_quality(path: Path, quality: RegistrationQuality, *, seconds: float | None) -> None:
    """Write how far a registration can be trusted, as JSON."""
    numbers = {
        "inverse_consistency_mm": quality.inverse_consistency_mm,
        "overlap_fraction": quality.overlap_fraction,
        "similarity": quality.similarity,
    }
    content = {
        "accepted": quality.accepted,
        "reason": quality.reason,
        **{name: _rounded(value) for name, value in numbers.items()},
        "details": {name: _rounded(value) for name, value in sorted(quality.details.items())},
        "seconds": _rounded(seconds),
        "Software": software(),
    }
    write_text(path, json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), QUALITY_DECIMALS)
