"""A measured visit with two painted lesions, on any grid, for what is exported of it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from pydicom.dataset import Dataset

from mri_bme.export.objects.measured import MeasuredVisit
from mri_bme.findings import (
    ChangeReport,
    EdemaBurden,
    Interval,
    Lesion,
    RegionBurden,
    RegionChange,
    Threshold,
    Verdict,
)
from mri_bme.record.subject import VisitFindings
from mri_bme.sacroiliac import REGIONS
from mri_bme.volume import Volume, VolumeGeometry, rotation_of

SHAPE = (5, 16, 20)
SPACING_MM = (4.4, 0.8, 0.8)
ORIENTATIONS: Mapping[str, tuple[tuple[int, ...], ...]] = {
    "coronal": ((0, 1, 0), (0, 0, -1), (1, 0, 0)),
    "axial": ((0, 0, 1), (0, 1, 0), (1, 0, 0)),
    "sagittal": ((1, 0, 0), (0, 0, -1), (0, 1, 0)),
    "left-handed": ((0, -1, 0), (0, 0, -1), (1, 0, 0)),
}
VOXEL_ML = float(np.prod(SPACING_MM)) / 1000


def grid(name: str = "coronal", *, turned_degrees: float = 17.0) -> VolumeGeometry:
    """Slices, rows and columns along named directions, turned a little out of the axes."""
    turn = rotation_of(np.radians(turned_degrees) * np.array([0.6, 0.0, 0.8]))
    matrix = np.eye(4)
    matrix[:3, :3] = turn @ np.array(ORIENTATIONS[name], dtype=float).T * SPACING_MM
    matrix[:3, 3] = (-31.25, 12.5, 40.75)
    return VolumeGeometry(shape=SHAPE, lps_from_index=matrix)


def painted(geometry: VolumeGeometry) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Voxels, lesions and quadrants without any symmetry that could hide a flip."""
    voxels = np.random.default_rng(5).integers(50, 400, geometry.shape).astype(np.float32)
    lesions = np.zeros(geometry.shape, dtype=np.int32)
    lesions[1, 2:5, 3:7] = 1
    lesions[2, 3, 4] = 1
    lesions[3:, 9:12, 14:16] = 2
    quadrants = np.zeros(geometry.shape, dtype=np.uint8)
    quadrants[:, 1:8, 1:9] = 1  # left ilium, upper
    quadrants[:, 8:15, 12:18] = 7  # right sacrum, upper
    return voxels, lesions, quadrants


def lesion(label: int, quadrant: int, n_voxels: int) -> Lesion:
    ml = n_voxels * VOXEL_ML
    return Lesion(
        label=label,
        quadrant=quadrant,
        volume_ml=ml,
        counted_ml=ml,
        depth_mm=4.0,
        distance_to_joint_mm=1.0,
        relative_intensity_mean=1.9,
        centroid_lps_mm=(0.0, 0.0, 0.0),
        cutoff=1.41,
        reason="kept",
    )


def burden(total_ml: float) -> EdemaBurden:
    region = RegionBurden(
        edema_ml=total_ml,
        interval_ml=Interval(low=total_ml * 0.75, high=total_ml * 1.5),
        counted_ml=total_ml,
        roi_ml=5.0,
        edema_fraction=total_ml / 5.0,
        relative_intensity_mean=1.9,
        relative_intensity_max=2.2,
        n_lesions=2,
    )
    return EdemaBurden(
        regions=dict.fromkeys(REGIONS, region),
        sparcc_estimate=6,
        berlin_estimate=3,
        asas_positive_estimate=True,
    )


def change(followup: str = "week14") -> ChangeReport:
    region = RegionChange(
        verdict=Verdict.DECREASED,
        baseline_ml=1.0,
        followup_ml=0.4,
        change_ml=-0.6,
        interval_ml=Interval(low=-0.8, high=-0.4),
    )
    return ChangeReport(
        baseline="baseline", followup=followup, days=98, regions=dict.fromkeys(REGIONS, region)
    )


def measured_visit(geometry: VolumeGeometry | None = None, **other: Any) -> MeasuredVisit:
    """Two lesions, in the left ilium and the right sacrum."""
    geometry = geometry or grid()
    voxels, lesions, quadrants = painted(geometry)
    reference = np.zeros(geometry.shape, dtype=bool)
    reference[2, 4:7, 10:12] = True
    found = (lesion(1, 1, int((lesions == 1).sum())), lesion(2, 7, int((lesions == 2).sum())))
    told: dict[str, Any] = {
        "subject": "S01",
        "number": 1,
        "findings": VisitFindings(
            label="baseline",
            day=0,
            burden=burden(sum(x.volume_ml for x in found)),
            threshold=Threshold(
                rule="mad",
                value=1.41,
                reference_median=180.0,
                reference_sd=12.0,
                n_reference_voxels=400,
            ),
            lesions=found,
            geometry=geometry,
        ),
        "volume": Volume(geometry=geometry, voxels=voxels),
        "lesion_labels": lesions,
        "quadrants": quadrants,
        "reference": reference,
        "lesion_names": {1: "L1", 2: "L2"},
        "acquisition": {"Contrast": "STIR", "EchoTime": 0.062, "SliceThickness": 4.0},
        "made_by": "0.1.0",
        "settings_sha256": "ab" * 32,
        "content": "1",
    }
    return MeasuredVisit(**{**told, **other})


def healthy_visit(geometry: VolumeGeometry | None = None) -> MeasuredVisit:
    """Measured, and no edema."""
    visit = measured_visit(geometry)
    findings = VisitFindings(label="baseline", day=0, burden=burden(0.0))
    nothing = np.zeros(visit.volume.geometry.shape, dtype=np.int32)
    return measured_visit(geometry, findings=findings, lesion_labels=nothing, lesion_names={})


def unmeasured_visit() -> MeasuredVisit:
    """A series that was read, and joints that were not found."""
    findings = VisitFindings(label="baseline", day=0, reason="the joints were not found")
    return measured_visit(
        findings=findings, lesion_labels=None, quadrants=None, reference=None, lesion_names={}
    )


def identified(datasets: tuple[Dataset, ...]) -> tuple[Dataset, ...]:
    """Give pseudonymous copies a patient, as a PACS would have them."""
    for dataset in datasets:
        del dataset.PatientIdentityRemoved
        del dataset.DeidentificationMethod
        dataset.PatientName, dataset.PatientID = "Doe^Jane", "4711"
        dataset.PatientBirthDate, dataset.StudyDate = "19800102", "20240304"
    return datasets
