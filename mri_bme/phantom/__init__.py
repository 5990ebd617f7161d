"""Synthetic subjects with known edema, scanned as a hospital would.

`make_phantom` gives two visits of one subject; `make_anatomy`, `make_edema` and `scan`
are its steps. Nothing here touches a file; `io.dicom_writer` writes DICOM.
"""

from mri_bme.phantom.anatomy import Anatomy, make_anatomy
from mri_bme.phantom.artifacts import ARTIFACTS, Artifacts, artifacts_named
from mri_bme.phantom.build import Build
from mri_bme.phantom.contrast import bloch_contrast, sequence_of
from mri_bme.phantom.given_pelvis import pelvis_of
from mri_bme.phantom.lesions import LesionPlan, TrueEdema, TrueLesion, make_edema
from mri_bme.phantom.prescription import Pose, Protocol
from mri_bme.phantom.scanner import Scan, scan, slab_geometry
from mri_bme.phantom.scenarios import (
    SCENARIOS,
    PhantomSubject,
    PhantomVisit,
    make_phantom,
    random_visit,
)
from mri_bme.phantom.shape_model import PelvisShape

__all__ = [
    "ARTIFACTS",
    "SCENARIOS",
    "Anatomy",
    "Artifacts",
    "Build",
    "LesionPlan",
    "PelvisShape",
    "PhantomSubject",
    "PhantomVisit",
    "Pose",
    "Protocol",
    "Scan",
    "TrueEdema",
    "TrueLesion",
    "artifacts_named",
    "bloch_contrast",
    "make_anatomy",
    "make_edema",
    "make_phantom",
    "pelvis_of",
    "random_visit",
    "scan",
    "sequence_of",
    "slab_geometry",
]
