"""Label maps in the formats that segmentation tools write: NIfTI, NRRD, DICOM SEG."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from numpy.typing import NDArray

from mri_bme.errors import GeometryMismatch, UnreadableInput
from mri_bme.intake.nifti import is_nifti, read_nifti_labels
from mri_bme.resample import coverage_mask, resample_labels
from mri_bme.sacroiliac import BoneLabel
from mri_bme.volume import VolumeGeometry

Labels = NDArray[np.int32]

MAX_SEGMENTS = 1000
NRRD_SUFFIXES = (".nrrd", ".nhdr")
LEFT = r"(left|\blt?\b)"
RIGHT = r"(right|\brt?\b)"
HIP = r"(ilium|iliac|hip|innominate)"
BONE_NAMES = (
    (BoneLabel.LEFT_ILIUM, rf"({LEFT}.*{HIP}|{HIP}.*{LEFT})"),
    (BoneLabel.RIGHT_ILIUM, rf"({RIGHT}.*{HIP}|{HIP}.*{RIGHT})"),
    (BoneLabel.SACRUM, r"(sacrum|sacral)"),
    (BoneLabel.L5, r"(\bl5\b|lumbar)"),
)
"""What a segment's name says about it; the first that fits wins."""
NOT_BONE = r"(artery|vein|vena|vessel|nerve|root|muscle|joint|dis[ck]|canal|edema|lesion)"


def read_labels(
    path: Path, geometry: VolumeGeometry, *, what: str, orientation: str | None = None
) -> Labels:
    """Read a label map onto `geometry`.

    NIfTI must lie on that grid. NRRD (3D Slicer crops its segmentations) and DICOM SEG may
    cover a part of it or have another grid in the same patient space; each voxel then gets
    the nearest label. Segments with the names of bones become the numbers of `BoneLabel`,
    others are left out; without any such name the numbers are kept.

    Raises
    ------
    UnreadableInput
        If the file is none of these, or damaged.
    GeometryMismatch
        If it lies elsewhere; `what` names it in the message.
    """
    if is_nifti(path):
        return read_nifti_labels(path, geometry, what=what, orientation=orientation)
    if not path.is_file():
        raise UnreadableInput(f"{what} is not there; check the path")
    if path.name.lower().endswith(NRRD_SUFFIXES):
        found, source, names = _read_nrrd(path, what)
    else:
        found, source, names = _read_dicom_seg(path, what)
    if not coverage_mask(source, geometry).voxels.any():
        raise GeometryMismatch(
            f"{what} lies on {source!r} outside the volume {geometry!r}; segment this series again"
        )
    return np.asarray(resample_labels(_by_bone(found, names), source, geometry), dtype=np.int32)


def _by_bone(found: Labels, names: dict[int, str]) -> Labels:
    bones = {number: bone for number, name in names.items() if (bone := bone_of_name(name))}
    if not bones:
        return found
    labels = np.zeros_like(found)
    for number, bone in bones.items():
        labels[found == number] = bone
    return labels


def bone_of_name(name: str) -> BoneLabel | None:
    """Tell which bone a segment is from its name, as in ``Left Ilium`` or ``hip_left``."""
    plain = re.sub(r"[^a-z0-9]+", " ", name.lower())
    if re.search(NOT_BONE, plain):
        return None
    for bone, pattern in BONE_NAMES:
        if re.search(pattern, plain):
            return bone
    return None


def _read_nrrd(path: Path, what: str) -> tuple[Labels, VolumeGeometry, dict[int, str]]:
    import SimpleITK  # noqa: PLC0415  large, and few masks are NRRD

    try:
        image = SimpleITK.ReadImage(str(path))
    except RuntimeError as error:
        raise UnreadableInput(
            f"{what} cannot be read as NRRD; export the segmentation again"
        ) from error
    if image.GetDimension() != 3:
        raise UnreadableInput(f"{what} has {image.GetDimension()} axes; 3 are needed")
    layers = np.asarray(SimpleITK.GetArrayFromImage(image), dtype=np.int32)
    layers = layers[..., None] if layers.ndim == 3 else layers
    matrix = np.eye(4)
    direction = np.array(image.GetDirection()).reshape(3, 3)
    matrix[:3, :3] = (direction * np.array(image.GetSpacing()))[:, ::-1]
    matrix[:3, 3] = image.GetOrigin()
    geometry = VolumeGeometry(shape=layers.shape[:3], lps_from_index=matrix)
    segments = _slicer_segments(image)
    if not segments:
        return layers.max(axis=-1), geometry, {}
    labels = np.zeros(layers.shape[:3], dtype=np.int32)
    for number, (_, layer, value) in enumerate(segments, start=1):
        labels[layers[..., layer] == value] = number
    return labels, geometry, {i: name for i, (name, *_) in enumerate(segments, start=1)}


def _slicer_segments(image: Any) -> list[tuple[str, int, int]]:
    """Name, layer and value of each segment of a .seg.nrrd, from its header."""
    segments = []
    for i in range(MAX_SEGMENTS):
        if not image.HasMetaDataKey(f"Segment{i}_LabelValue"):
            break
        layer = "0"
        if image.HasMetaDataKey(f"Segment{i}_Layer"):
            layer = image.GetMetaData(f"Segment{i}_Layer")
        name = image.GetMetaData(f"Segment{i}_Name")
        segments.append((name, int(layer), int(image.GetMetaData(f"Segment{i}_LabelValue"))))
    return segments


def _read_dicom_seg(path: Path, what: str) -> tuple[Labels, VolumeGeometry, dict[int, str]]:
    try:
        import highdicom  # noqa: PLC0415  (slow to load, and most regions are NIfTI)

        segmentation = highdicom.seg.segread(str(path))
        volume = segmentation.get_volume(combine_segments=True, skip_overlap_checks=True)
    except (pydicom.errors.InvalidDicomError, ValueError, RuntimeError, AttributeError) as error:
        raise UnreadableInput(
            f"{what} cannot be read as a label map; NIfTI, NRRD (.seg.nrrd) or DICOM SEG is needed"
        ) from error
    geometry = VolumeGeometry(
        shape=volume.spatial_shape, lps_from_index=np.asarray(volume.affine, dtype=np.float64)
    )
    names = {
        n: str(segmentation.get_segment_description(n).segment_label)
        for n in segmentation.segment_numbers
    }
    return np.asarray(volume.array, dtype=np.int32), geometry, names
