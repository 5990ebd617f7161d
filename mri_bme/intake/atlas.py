"""An atlas of one's own: a folder of annotated scans."""

from functools import lru_cache
from pathlib import Path

import numpy as np

from mri_bme.errors import InvalidSettings, MriBmeError
from mri_bme.intake.labels import NRRD_SUFFIXES, read_labels
from mri_bme.intake.nifti import NIFTI_SUFFIXES, is_nifti, read_nifti
from mri_bme.place_rois import known_bones
from mri_bme.sacroiliac import MEASURED_BONES, AnnotatedScan
from mri_bme.settings import RoiSettings

Files = dict[str, Path]

ROLES = {
    "volume": "volume",
    "stir": "volume",
    "t2w": "volume",
    "bones": "bones",
    "marrow": "bones",
    "t1": "t1",
    "t1w": "t1",
}
"""Last word of a file's name, and what it says the file holds."""
SUFFIXES = (*sorted(NIFTI_SUFFIXES, key=len, reverse=True), ".seg.nrrd", *NRRD_SUFFIXES)
LAYOUT = (
    "each annotated scan is a folder with volume.nii.gz (STIR or T2-FS), bones.nii.gz (bone "
    "labels or one marrow mask; .seg.nrrd too) and perhaps t1.nii.gz, or lies flat as "
    "NAME_volume.nii.gz, NAME_bones.nii.gz, NAME_t1.nii.gz"
)


def read_atlas(folder: Path, *, settings: RoiSettings) -> tuple[AnnotatedScan, ...]:
    """Read annotated scans, once per process as long as no file of them changes.

    Raises
    ------
    InvalidSettings
        If the folder is missing or holds no scan, a scan has no bones or no volume, or its
        files cannot be used; the message names the scan.
    """
    scans = list_scans(folder)
    stamps = tuple(
        (str(path), path.stat().st_size, path.stat().st_mtime_ns)
        for files in scans.values()
        for path in files.values()
    )
    return _read_once(folder, stamps, settings.model_dump_json())


def list_scans(folder: Path) -> dict[str, Files]:
    """Find the files of each annotated scan by their names, without reading them.

    Raises
    ------
    InvalidSettings
        As `read_atlas`.
    """
    if not folder.is_dir():
        raise InvalidSettings(f"there is no atlas folder {folder.name}; check the path")
    scans: dict[str, Files] = {}
    for path in sorted([*folder.glob("*"), *folder.glob("*/*")]):
        name, role = _role(path)
        if role is None:
            continue
        key = "_".join(part for part in (*path.relative_to(folder).parts[:-1], name) if part)
        files = scans.setdefault(key or "scan", {})
        if role in files:
            number = list(scans).index(key or "scan") + 1
            raise InvalidSettings(
                f"scan no. {number} of the atlas has two files for its {role}; keep one"
            )
        files[role] = path
    if not scans:
        raise InvalidSettings(f"the atlas folder holds no annotated scan: {LAYOUT}")
    for number, files in enumerate(scans.values(), start=1):
        lacking = [role for role in ("volume", "bones") if role not in files]
        if lacking:
            raise InvalidSettings(f"scan no. {number} of the atlas has no {lacking[0]}: {LAYOUT}")
    return scans


def _role(path: Path) -> tuple[str, str | None]:
    """Scan that a file belongs to, and what it holds (None when it is none of an atlas)."""
    suffix = next((s for s in SUFFIXES if path.name.lower().endswith(s)), None)
    if suffix is None or not path.is_file():
        return "", None
    stem = path.name[: -len(suffix)]
    name, _, last = stem.rpartition("_")
    role = ROLES.get(last.lower())
    return name, role if role == "bones" or is_nifti(path) else None


@lru_cache(maxsize=1)
def _read_once(
    folder: Path, stamps: tuple[tuple[str, int, int], ...], settings: str
) -> tuple[AnnotatedScan, ...]:
    del stamps  # part of the key only
    rules = RoiSettings.model_validate_json(settings)
    scans = list_scans(folder).items()
    return tuple(_read(n, name, files, rules) for n, (name, files) in enumerate(scans, start=1))


def _read(number: int, name: str, files: Files, settings: RoiSettings) -> AnnotatedScan:
    """Read one scan; messages tell its number in the order of names, not its name."""
    try:
        volume = read_nifti(files["volume"], what="the volume")
        t1 = read_nifti(files["t1"], what="the T1W") if "t1" in files else None
        drawn = read_labels(files["bones"], volume.geometry, what="the bone map")
        bones = known_bones(drawn, volume, t1=t1, settings=settings)
    except MriBmeError as error:
        raise InvalidSettings(f"scan no. {number} of the atlas cannot be used: {error}") from error
    missing = [bone for bone in MEASURED_BONES if not np.any(bones == bone)]
    if missing:
        word = missing[0].name.lower().replace("_", " ")
        raise InvalidSettings(
            f"scan no. {number} of the atlas has no {word} in its bone map; draw it, or name its "
            "number in rois.bone_numbers"
        )
    return AnnotatedScan(name=name, volume=volume, bones=bones, t1=t1)
