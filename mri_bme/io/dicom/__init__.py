"""DICOM exports of any kind: what they hold, and the volumes in them."""

from mri_bme.io.dicom.index import StudyIndex, index_study
from mri_bme.io.dicom.reading import (
    read_private_scale,
    read_series,
    read_stack_voxels,
    series_storage_geometry,
)

__all__ = [
    "StudyIndex",
    "index_study",
    "read_private_scale",
    "read_series",
    "read_stack_voxels",
    "series_storage_geometry",
]
