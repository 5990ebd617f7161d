"""DICOM exports of any kind: what they hold, and the volumes in them.

Names are loaded when they are first used: the processes that help to look at a large
export need none of the libraries behind them, and start at once.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mri_bme.intake.dicom.index import StudyIndex, index_study
    from mri_bme.intake.dicom.reading import (
        read_private_scale,
        read_series,
        read_stack_voxels,
        series_storage_geometry,
    )
else:
    _HOMES = {
        "StudyIndex": "index",
        "index_study": "index",
        "read_private_scale": "reading",
        "read_series": "reading",
        "read_stack_voxels": "reading",
        "series_storage_geometry": "reading",
    }

    def __getattr__(name: str) -> Any:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


__all__ = [
    "StudyIndex",
    "index_study",
    "read_private_scale",
    "read_series",
    "read_stack_voxels",
    "series_storage_geometry",
]
