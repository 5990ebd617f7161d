"""Measure bone marrow edema of the sacroiliac joints on MRI, and how treatment changes it.

``import mri_bme as bme`` gives the verbs (`read_volume`, `place_rois`, `segment_edema`,
...) and the nouns they work on. Each is loaded when it is first used: a command or a
worker process pays for what it needs.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from mri_bme.version import __version__

if TYPE_CHECKING:
    from mri_bme.compare_visits import compare_visits
    from mri_bme.errors import MriBmeError, NotEvaluable
    from mri_bme.findings import ChangeReport, EdemaBurden, EdemaSegmentation, Registration
    from mri_bme.intake.dicom import index_study, read_series
    from mri_bme.intake.source import read_volume
    from mri_bme.phantom import make_phantom
    from mri_bme.pipeline import SubjectResult, VisitInput, analyze_subject
    from mri_bme.place_rois import place_rois
    from mri_bme.register_visits import register_visits
    from mri_bme.report.embedded import view
    from mri_bme.resample import resample_mask, resample_volume
    from mri_bme.sacroiliac import SacroiliacRois
    from mri_bme.score_edema import score_edema
    from mri_bme.segment_edema import explain_voxel, segment_edema, weigh_inputs
    from mri_bme.select_series import select_series
    from mri_bme.settings import Settings
    from mri_bme.volume import Mask, RigidTransform, Volume, VolumeGeometry

__all__ = [
    "ChangeReport",
    "EdemaBurden",
    "EdemaSegmentation",
    "Mask",
    "MriBmeError",
    "NotEvaluable",
    "Registration",
    "RigidTransform",
    "SacroiliacRois",
    "Settings",
    "SubjectResult",
    "VisitInput",
    "Volume",
    "VolumeGeometry",
    "__version__",
    "analyze_subject",
    "compare_visits",
    "explain_voxel",
    "index_study",
    "make_phantom",
    "place_rois",
    "read_series",
    "read_volume",
    "register_visits",
    "resample_mask",
    "resample_volume",
    "score_edema",
    "segment_edema",
    "select_series",
    "view",
    "weigh_inputs",
]

_HOMES = {
    "ChangeReport": "findings",
    "EdemaBurden": "findings",
    "EdemaSegmentation": "findings",
    "Mask": "volume",
    "MriBmeError": "errors",
    "NotEvaluable": "errors",
    "Registration": "findings",
    "RigidTransform": "volume",
    "SacroiliacRois": "sacroiliac",
    "Settings": "settings",
    "SubjectResult": "pipeline",
    "VisitInput": "pipeline",
    "Volume": "volume",
    "VolumeGeometry": "volume",
    "analyze_subject": "pipeline",
    "compare_visits": "compare_visits",
    "explain_voxel": "segment_edema",
    "index_study": "intake.dicom",
    "make_phantom": "phantom",
    "place_rois": "place_rois",
    "read_series": "intake.dicom",
    "read_volume": "intake.source",
    "register_visits": "register_visits",
    "resample_mask": "resample",
    "resample_volume": "resample",
    "score_edema": "score_edema",
    "segment_edema": "segment_edema",
    "select_series": "select_series",
    "view": "report.embedded",
    "weigh_inputs": "segment_edema",
}
"""The module that each name comes from."""


class _LazyPackage(ModuleType):
    """The type of this package: looks its names up when they are first asked for.

    A verb and its package share a name. ``mri_bme.place_rois`` is the verb, whoever
    imported the package before (`__setattr__`), and carries the package's names, so that
    ``import mri_bme.place_rois.joint`` finds its module through it (`__getattr__`).
    """

    def __getattr__(self, name: str) -> Any:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        home = import_module(f"{__name__}.{_HOMES[name]}")
        found = getattr(home, name)
        if _HOMES[name] == name:
            found.__dict__ = home.__dict__
        setattr(self, name, found)
        return found

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in _HOMES and isinstance(value, ModuleType)):
            super().__setattr__(name, value)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *__all__})


sys.modules[__name__].__class__ = _LazyPackage

if "IPython" in sys.modules:  # in a notebook, objects show themselves
    from mri_bme.report.notebook import show_objects

    show_objects()
