"""One volume from wherever it is: a NIfTI file, or a folder or file of one DICOM series."""

import json
from pathlib import Path

from mri_bme.errors import NothingUsable, UnreadableInput
from mri_bme.intake.dicom import StudyIndex, index_study, read_series, series_storage_geometry
from mri_bme.intake.dicom.nothing import counted
from mri_bme.intake.nifti import is_nifti, read_nifti, read_nifti_geometry
from mri_bme.study import Series
from mri_bme.volume import Volume, VolumeGeometry, check_size

MAX_LISTED = 5


def read_volume(path: Path | str, *, orientation: str | None = None) -> Volume:
    """Read a volume into reading order.

    `orientation` (as in ``RAS``) states how the axes of a NIfTI file run whose header does not.

    Raises
    ------
    UnreadableInput, InvalidGeometry, InvalidVoxels
        If the file or series cannot be read or measured; a folder with several series
        is refused with their list.
    NothingUsable
        If the folder holds no MR series.

    Examples
    --------
    >>> read_volume("sample_data/phantom0001/2024-03-04/03_t2_tirm_cor_obl")
    Volume(VolumeGeometry(15 x 188 x 188 voxels of 5 x 1.1 x 1.1 mm))
    """
    path = Path(path)
    if path.is_file() and is_nifti(path):
        return read_nifti(path, orientation=orientation)
    return read_sized_series(find_one_series(path))


def read_sized_series(series: Series) -> Volume:
    """Read a series unless its header declares a size that no scan of a pelvis has."""
    if series.geometry is not None:
        check_size(series.geometry, "the series")
    return read_series(series)


def slice_thickness_mm(path: Path) -> float | None:
    """Nominal slice thickness, from the header of a series or the sidecar of a NIfTI file."""
    if not (path.is_file() and is_nifti(path)):
        return find_one_series(path).slice_thickness_mm
    sidecar = path.with_name(path.name.removesuffix(".gz").removesuffix(".nii") + ".json")
    try:
        told = json.loads(sidecar.read_text(encoding="utf-8")).get("SliceThickness")
    except (OSError, ValueError, AttributeError):
        return None
    return float(told) if isinstance(told, int | float) and told > 0 else None


def storage_geometry(path: Path, *, orientation: str | None = None) -> VolumeGeometry:
    """Grid (i, j, k) on which masks for a volume are written: the input's own."""
    if path.is_file() and is_nifti(path):
        return read_nifti_geometry(path, orientation=orientation)
    return series_storage_geometry(find_one_series(path))


def find_one_series(path: Path, *, index: StudyIndex | None = None) -> Series:
    """Find the one series in a folder, or the one that a file belongs to.

    `index` is that of the folder, where it is known already.
    """
    if not path.exists():
        raise UnreadableInput(f"{path.name} does not exist; check the path")
    folder = path.parent if path.is_file() else path
    index = index or index_study(folder, keep_key=False)
    series = [s for s in index.series if path == folder or _holds(s, path)]
    if not series:
        raise NothingUsable(
            f"no MR series there ({index.n_files} files: "
            f"{counted(index.skipped) or 'other series'}); name a NIfTI file, or a folder or "
            "file of one DICOM series"
        )
    usable = [s for s in series if s.refused is None]
    if len(series) > 1 and len(usable) != 1:
        listed = "; ".join(f"{s.number} {s.description}" for s in series[:MAX_LISTED])
        raise UnreadableInput(
            f"{len(series)} series there ({listed}); name a folder or file of one"
        )
    found_one = usable[0] if usable else series[0]
    if found_one.geometry is not None and found_one.geometry.shape[0] == 1:
        raise UnreadableInput(
            "one slice of a scan is there, and no other of its series lies beside it; name the "
            "folder that holds all"
        )
    return found_one


def _holds(series: Series, path: Path) -> bool:
    return any(instance.path == path for instance in series.instances)
