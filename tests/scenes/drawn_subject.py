"""A small drawn subject: two bones a side, one lesion that shrinks, the pelvis moved."""

import numpy as np
from scipy.spatial.transform import Rotation

from mri_bme.findings import (
    ChangeReport,
    EdemaBurden,
    EdemaSegmentation,
    Fate,
    Interval,
    Lesion,
    LesionFate,
    LesionTissue,
    RegionBurden,
    RegionChange,
    Sensitivity,
    Threshold,
    Verdict,
)
from mri_bme.pipeline import VisitInput, VisitResult
from mri_bme.sacroiliac import QUADRANTS, REGIONS, Bone, Level, SacroiliacRois, Side
from mri_bme.volume import Mask, RigidTransform, Volume, VolumeGeometry

NORMAL = 200.0
TILT_DEGREES = 30.0
SPACING_MM = (5.0, 2.0, 2.0)


def moved_week14() -> RigidTransform:
    """Where the pelvis of the drawn subject lies at week 14."""
    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.from_rotvec(np.radians([2.0, -3.0, 1.5])).as_matrix()
    matrix[:3, 3] = (5.0, -4.0, 3.0)
    return RigidTransform(b_from_a=matrix)


def semicoronal() -> VolumeGeometry:
    """A small oblique grid: slices front to back, rows head to foot, columns to the left."""
    c, s = np.cos(np.radians(TILT_DEGREES)), np.sin(np.radians(TILT_DEGREES))
    axes = np.array([[0, c, s], [0, s, -c], [1, 0, 0]]).T
    matrix = np.eye(4)
    matrix[:3, :3] = axes * SPACING_MM
    matrix[:3, 3] = (-100.0, -20.0, 60.0)
    return VolumeGeometry(shape=(8, 64, 100), lps_from_index=matrix)


def drawn_visit(label: str, day: int, pelvis: RigidTransform, radius_mm: float) -> VisitResult:
    geometry = semicoronal()
    points = pelvis.inverse().apply(geometry.points_lps(np.indices(geometry.shape).T).T.T)
    points = np.moveaxis(points, (0, 1, 2), (2, 1, 0))
    plane = geometry.indices_of(points)
    across = (plane[..., 2] - 50) * 2.0
    quadrants = np.zeros(geometry.shape, dtype=np.uint8)
    inside = (
        (np.abs(across) < 80)
        & (np.abs(plane[..., 1] - 32) < 24)
        & (np.abs(plane[..., 0] - 3.5) < 3)
    )
    distance = np.abs(across) - 45
    for q, it in QUADRANTS.items():
        here = (across > 0) == (it.side is Side.LEFT)
        here &= (distance > 1) if it.bone is Bone.ILIUM else (distance < -1)
        here &= (plane[..., 1] >= 32) == (it.level is Level.LOWER)
        quadrants[inside & here] = q
    middle = np.array([3.5, 28.0, 68.0])
    apart = np.linalg.norm((plane - middle) * SPACING_MM, axis=-1)
    lesion = (apart < radius_mm) & (quadrants > 0)
    voxels = np.where(lesion, 2.2 * NORMAL, np.where(quadrants > 0, NORMAL, 0.4 * NORMAL))
    rng = np.random.default_rng(day)
    voxels = voxels + rng.normal(0, 0.05 * NORMAL, voxels.shape)
    reference = Mask(geometry=geometry, voxels=(np.abs(across) < 16) & (quadrants > 0))
    volume = Volume(geometry=geometry, voxels=voxels.astype(np.float32))
    rois = SacroiliacRois(
        geometry=geometry,
        quadrants=quadrants,
        joint_distance_mm=distance.astype(np.float32),
        reference=reference,
        source="bones",
        reference_source="manual",
    )
    segmentation = drawn_edema(volume, lesion, quadrants)
    return VisitResult(
        visit=VisitInput(label=label, day=day, volume=volume),
        rois=rois,
        segmentation=segmentation,
        burden=drawn_burden(segmentation, rois),
    )


def drawn_edema(volume: Volume, lesion: np.ndarray, quadrants: np.ndarray) -> EdemaSegmentation:
    geometry = volume.geometry
    mask = Mask(geometry=geometry, voxels=lesion)
    middle = np.argwhere(lesion).mean(axis=0)
    x, y, z = geometry.points_lps(middle)
    found = Lesion(
        label=1,
        quadrant=int(np.bincount(quadrants[lesion]).argmax()),
        volume_ml=mask.volume_ml,
        counted_ml=mask.volume_ml,
        depth_mm=14.0,
        distance_to_joint_mm=1.0,
        relative_intensity_mean=2.2,
        centroid_lps_mm=(float(x), float(y), float(z)),
    )
    return EdemaSegmentation(
        mask=mask,
        edema_fraction=lesion.astype(np.float32),
        lesion_labels=lesion.astype(np.int32),
        relative_intensity=Volume(geometry=geometry, voxels=volume.voxels / NORMAL),
        threshold=Threshold(
            rule="robust_sd",
            value=1.5,
            reference_median=NORMAL,
            reference_sd=10.0,
            n_reference_voxels=900,
        ),
        lesions=(found,),
    )


def drawn_burden(segmentation: EdemaSegmentation, rois: SacroiliacRois) -> EdemaBurden:
    regions = {}
    for name in REGIONS:
        region = rois.region(name)
        edema_ml = float((region.voxels & segmentation.mask.voxels).sum())
        edema_ml *= rois.geometry.voxel_volume_ml
        regions[name] = RegionBurden(
            edema_ml=edema_ml,
            interval_ml=Interval(low=0.8 * edema_ml, high=1.2 * edema_ml + 0.05),
            counted_ml=edema_ml,
            roi_ml=region.volume_ml,
            edema_fraction=None,
            relative_intensity_mean=2.2 if edema_ml else None,
            relative_intensity_max=None,
            n_lesions=int(edema_ml > 0),
        )
    return EdemaBurden(regions=regions, sparcc_estimate=6)


def drawn_change(first: VisitResult, last: VisitResult, rigid: RigidTransform) -> ChangeReport:
    regions = {}
    for name in REGIONS:
        before = first.burden.regions[name].edema_ml if first.burden else 0.0
        after = last.burden.regions[name].edema_ml if last.burden else 0.0
        regions[name] = RegionChange(
            verdict=Verdict.DECREASED if after < before - 0.3 else Verdict.NONE,
            baseline_ml=before,
            followup_ml=after,
            change_ml=after - before,
            interval_ml=Interval(low=after - before - 0.3, high=after - before + 0.3),
            change_percent=100 * (after - before) / before if before else None,
            covered_fraction=0.97,
        )
    fates = tuple(
        LesionFate(
            visit=visit.label,
            label=1,
            lesion_id="L1",
            fate=Fate.SHRUNK,
            matched=(1,),
            volume_ml=3.0,
            change_ml=-2.0,
            tissue=LesionTissue(
                baseline=0.6,
                followup=0.9,
                usual_change=Interval(low=-0.1, high=0.1),
                usual_followup=Interval(low=0.8, high=1.2),
            ),
        )
        for visit in (first, last)
    )
    total = regions["total"]
    hangs_on = Sensitivity(
        source="threshold",
        change_ml=total.interval_ml or Interval(low=0.0, high=0.0),
        verdicts=(total.verdict, total.verdict),
    )
    return ChangeReport(
        baseline=first.label,
        followup=last.label,
        days=98,
        regions=regions,
        fates=fates,
        followup_from_baseline=rigid,
        sensitivity=(hangs_on,),
    )
