"""What was found in each region and lesion of a case, beside what is true there."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mri_bme.findings import ChangeReport, EdemaBurden, Interval, LesionFate
from mri_bme.sacroiliac import REGIONS, RegionKind, SacroiliacRois, region_kind
from mri_bme.volume import VolumeGeometry

N_LABELS = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionFound:
    """Edema of one region at one visit."""

    region: str
    kind: RegionKind
    true_ml: float
    found_ml: float
    interval_ml: Interval | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One region, or one group of lesions that are each other's counterparts, at both visits.

    `verdict` is that of the region, or the fate of the lesions.
    """

    region: str
    kind: RegionKind
    baseline_ml: float
    followup_ml: float
    interval_ml: Interval | None
    verdict: str


def found_regions(
    burden: EdemaBurden, truth: NDArray[np.float32], true_rois: SacroiliacRois
) -> tuple[RegionFound, ...]:
    """Put the burden of a visit beside the true edema of each region.

    The truth is counted in the regions of the true bones, whichever bones were measured; edema
    between them, at the joint, counts in the nearest.
    """
    nearest = nearest_quadrant(true_rois)
    per_label = np.bincount(nearest.ravel(), weights=truth.ravel(), minlength=N_LABELS)
    voxel_ml = true_rois.geometry.voxel_volume_ml
    return tuple(
        RegionFound(
            region=name,
            kind=region_kind(name),
            true_ml=float(per_label[list(labels)].sum()) * voxel_ml,
            found_ml=burden.regions[name].edema_ml,
            interval_ml=burden.regions[name].interval_ml,
        )
        for name, labels in REGIONS.items()
    )


def nearest_quadrant(rois: SacroiliacRois) -> NDArray[np.uint8]:
    """Label of the quadrant nearest to each voxel: a graded edge of edema leaves marrow."""
    return nearest_label(rois.quadrants, rois.geometry)


def nearest_label(quadrants: NDArray[np.uint8], geometry: VolumeGeometry) -> NDArray[np.uint8]:
    """Label nearest to each voxel of a map that has some."""
    places = ndimage.distance_transform_edt(
        quadrants == 0,
        sampling=geometry.spacing_mm,
        return_distances=False,
        return_indices=True,
    )
    return np.asarray(quadrants[tuple(places)])


def differences(change: ChangeReport) -> tuple[Difference, ...]:
    """Both volumes and the verdict of every region and every group of lesions."""
    if not change.evaluable:
        return ()
    regions = tuple(
        Difference(
            region=name,
            kind=region_kind(name),
            baseline_ml=found.baseline_ml,
            followup_ml=found.followup_ml,
            interval_ml=found.interval_ml,
            verdict=found.verdict.value,
        )
        for name, found in change.regions.items()
        if found.baseline_ml is not None and found.followup_ml is not None
    )
    return (*regions, *_lesion_groups(change))


def _lesion_groups(change: ChangeReport) -> Iterator[Difference]:
    groups: dict[tuple[tuple[int, ...], tuple[int, ...]], list[LesionFate]] = {}
    for fate in change.fates:
        partners = [f for f in change.fates if f.visit != fate.visit and f.label in fate.matched]
        own = partners[0].matched if partners else (fate.label,)
        before, after = (
            (own, fate.matched) if fate.visit == change.baseline else (fate.matched, own)
        )
        groups.setdefault((before, after), []).append(fate)
    for fates in groups.values():
        volumes = [
            sum(f.volume_ml for f in fates if f.visit == visit)
            for visit in (change.baseline, change.followup)
        ]
        yield Difference(
            region="",
            kind=RegionKind.LESION,
            baseline_ml=volumes[0],
            followup_ml=volumes[1],
            interval_ml=None,
            verdict=fates[0].fate.value,
        )
