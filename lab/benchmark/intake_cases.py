"""Score converters on awkward exports whose true volumes are known: right, partly, wrong, nothing.

dcm2niix is asked for public intensities, as ours are (``-p n``). A volume is right when
its grid is the true one, in any axis order, and so are the sum and the range of its
voxels. Volumes with a hole or a shear must not be made at all.
"""

import json
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk  # noqa: N813  (its own convention)
import typer
from numpy.typing import NDArray

from mri_bme.errors import MriBmeError
from mri_bme.intake.dicom import index_study, read_stack_voxels
from mri_bme.volume import FloatArray

TRUTH_FILE = "expected.json"
TOLERANCE_MM = 0.1  # of any corner; the cases' rounded positions reach 0.01
VOXEL_TOLERANCE = 1e-4  # of the range; scaled integers round
MAX_SHEAR = 0.01  # cosine between axes; rounding reaches 0.001
MAX_GAP_RATIO = 1.1  # a stack with wider gaps than this has a hole
OPTIONAL = {"29_non_image_and_junk": (16, 16, 3), "17_siemens_mosaic": (72, 72, 5)}
"""What may be made and need not: a segmentation, and the tiles of a mosaic."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Made:
    """A volume that a converter wrote: axes (i, j, k), LPS mm."""

    lps_from_index: FloatArray
    voxels: NDArray[Any]


Converter = Callable[[Path, Path], Iterator[Made]]


def report_cases(folder: Path) -> None:
    """Print, case by case and in sum, what each installed converter makes of the exports."""
    expected = json.loads((folder / TRUTH_FILE).read_text())
    names = [name for name in sorted(expected) if (folder / name).is_dir()]
    converters = installed_converters()
    counts: dict[str, Counter[str]] = {tool: Counter() for tool in converters}
    typer.echo(f"{'case':44s}" + "".join(f"{tool:>12s}" for tool in converters))
    for name in names:
        scores = [score_case(c, folder / name, expected[name]) for c in converters.values()]
        for tool, score in zip(converters, scores, strict=True):
            counts[tool][score] += 1
        typer.echo(f"{name:44s}" + "".join(f"{score:>12s}" for score in scores))
    for tool, count in counts.items():
        found = ", ".join(f"{count[s]} {s}" for s in ("right", "partly", "wrong", "nothing"))
        typer.echo(f"{tool}: {found}")


def installed_converters() -> dict[str, Converter]:
    """Ours, SimpleITK's series reader, and dcm2niix where it is installed."""
    sitk.ProcessObject.SetGlobalWarningDisplay(False)
    converters: dict[str, Converter] = {"mri_bme": _with_ours, "SimpleITK": _with_simpleitk}
    if shutil.which("dcm2niix"):
        converters["dcm2niix"] = _with_dcm2niix
    return converters


def score_case(convert: Converter, case: Path, truth: Mapping[str, Any]) -> str:
    """Judge what one converter makes of one export."""
    with tempfile.TemporaryDirectory() as scratch:
        made = [m for m in convert(case, Path(scratch)) if not _is_optional(m, case.name)]
    allowed = [v for v in truth["volumes"] if _may_be_made(v, case.name)]
    n_true = len(allowed)
    for volume in made:
        match = next((v for v in allowed if _is_same(volume, v)), None)
        if match is None:
            return "wrong"
        allowed.remove(match)
    if not allowed:
        return "right"
    return "nothing" if len(allowed) == n_true else "partly"


def _is_optional(volume: Made, case: str) -> bool:
    return volume.voxels.shape == OPTIONAL.get(case)


def _may_be_made(truth: Mapping[str, Any], case: str) -> bool:
    gaps = truth["slice_gap_min_max"]
    has_hole = bool(gaps) and gaps[1] > MAX_GAP_RATIO * gaps[0]
    is_optional = tuple(truth["shape_ijk"]) == OPTIONAL.get(case)
    return not has_hole and not is_optional and not _is_sheared(_lps_from_index(truth))


def _lps_from_index(truth: Mapping[str, Any]) -> FloatArray:
    return np.asarray(np.diag([-1.0, -1.0, 1.0, 1.0]) @ np.array(truth["affine_ras"], dtype=float))


def _is_sheared(matrix: FloatArray) -> bool:
    axes = matrix[:3, :3] / np.linalg.norm(matrix[:3, :3], axis=0)
    return float(np.abs(axes.T @ axes - np.eye(3)).max()) > MAX_SHEAR


def _is_same(volume: Made, truth: Mapping[str, Any]) -> bool:
    shape = tuple(truth["shape_ijk"])
    if sorted(volume.voxels.shape) != sorted(shape):
        return False
    matrix = _lps_from_index(truth)
    if shape[2] > 1 and not _is_same_grid(volume, matrix, shape):
        return False  # one slice has no spacing of its own
    voxels = volume.voxels.astype(np.float64)
    reach = VOXEL_TOLERANCE * (abs(truth["max"]) + abs(truth["min"]) + 1)
    found = (voxels.min(), voxels.max(), voxels.mean())
    wanted = (truth["min"], truth["max"], truth["sum"] / voxels.size)
    return bool(np.allclose(found, wanted, rtol=0, atol=reach))


def _is_same_grid(volume: Made, true: FloatArray, shape: tuple[int, ...]) -> bool:
    """Compare where corners lie, whatever the order and direction of the axes."""
    made = volume.lps_from_index
    between = np.linalg.inv(made[:3, :3]) @ true[:3, :3]
    order = np.abs(between).argmax(axis=0)
    if sorted(order) != [0, 1, 2] or tuple(volume.voxels.shape[a] for a in order) != shape:
        return False
    corners = np.array(list(product(*((0, n - 1) for n in shape))), dtype=float)
    moved = np.empty_like(corners)
    for new, axis in enumerate(order):
        is_flipped = between[axis, new] < 0
        moved[:, axis] = shape[new] - 1 - corners[:, new] if is_flipped else corners[:, new]
    apart = (corners @ true[:3, :3].T + true[:3, 3]) - (moved @ made[:3, :3].T + made[:3, 3])
    return float(np.linalg.norm(apart, axis=1).max()) <= TOLERANCE_MM


def _with_ours(case: Path, scratch: Path) -> Iterator[Made]:
    del scratch
    for series in index_study(case, keep_key=False).series:
        if series.refused is None and series.geometry is not None:
            try:
                voxels = read_stack_voxels(series)
            except MriBmeError:
                continue
            yield Made(lps_from_index=series.geometry.lps_from_index, voxels=voxels)


def _with_simpleitk(case: Path, scratch: Path) -> Iterator[Made]:
    del scratch
    folders = sorted({path.parent for path in case.rglob("*") if path.is_file()})
    for folder in folders:
        for series in sitk.ImageSeriesReader.GetGDCMSeriesIDs(str(folder)):
            reader = sitk.ImageSeriesReader()
            reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder), series))
            try:
                image = reader.Execute()
            except RuntimeError:
                continue
            if image.GetNumberOfComponentsPerPixel() == 1:
                yield from _volumes_of(image)


def _with_dcm2niix(case: Path, scratch: Path) -> Iterator[Made]:
    subprocess.run(  # noqa: S603  (a program found on the path)
        [
            str(shutil.which("dcm2niix")),
            "-z",
            "n",
            "-b",
            "n",
            "-p",
            "n",
            "-o",
            str(scratch),
            str(case),
        ],
        capture_output=True,
        check=False,
    )
    for path in sorted(scratch.glob("*.nii")):
        try:
            image = sitk.ReadImage(str(path))
        except RuntimeError:  # a sheared grid
            yield Made(lps_from_index=np.eye(4), voxels=np.zeros((0, 0, 0)))
            continue
        if image.GetNumberOfComponentsPerPixel() == 1:
            yield from _volumes_of(image)


def _volumes_of(image: sitk.Image) -> Iterator[Made]:
    """Volumes of a 3-D or 4-D image, in the axis order (i, j, k)."""
    if image.GetDimension() == 4:
        size = list(image.GetSize())
        for k in range(size[3]):
            yield from _volumes_of(sitk.Extract(image, [*size[:3], 0], [0, 0, 0, k]))
        return
    matrix = np.eye(4)
    matrix[:3, :3] = np.reshape(image.GetDirection(), (3, 3)) * np.array(image.GetSpacing())
    matrix[:3, 3] = image.GetOrigin()
    yield Made(lps_from_index=matrix, voxels=sitk.GetArrayFromImage(image).T)
