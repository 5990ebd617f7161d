"""Measure bone marrow edema of the sacroiliac joints on MRI, and how treatment changes it.

``import mri_bme as bme`` gives the verbs (`read_volume`, `place_rois`, `segment_edema`,
...) and the nouns they work on.
"""

import sys

from mri_bme.compare_visits import compare_visits
from mri_bme.errors import MriBmeError, NotEvaluable
from mri_bme.findings import ChangeReport, EdemaBurden, EdemaSegmentation, Registration
from mri_bme.io.dicom import index_study, read_series
from mri_bme.io.source import read_volume
from mri_bme.pipeline import SubjectResult, VisitInput, analyze_subject
from mri_bme.place_rois import place_rois
from mri_bme.register_visits import register_visits
from mri_bme.resample import resample_mask, resample_volume
from mri_bme.sacroiliac import SacroiliacRois
from mri_bme.score_edema import score_edema
from mri_bme.segment_edema import segment_edema
from mri_bme.select_series import select_series
from mri_bme.settings import Settings
from mri_bme.version import __version__
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
    "index_study",
    "place_rois",
    "read_series",
    "read_volume",
    "register_visits",
    "resample_mask",
    "resample_volume",
    "score_edema",
    "segment_edema",
    "select_series",
]

if "IPython" in sys.modules:  # in a notebook, objects show themselves
    from mri_bme.report.notebook import show_objects

    show_objects()
