"""Lesion by lesion: which of the true ones were found, and which of the found ones are true."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mri_bme.findings import EdemaSegmentation
from mri_bme.phantom import PhantomVisit

Limits = tuple[float, float]

INF = float("inf")
ANY: Limits = (0.0, INF)
ANY_SIZE = "any size"
SIZES_ML = ((0.0, 0.25), (0.25, 0.5), (0.5, 1.0), (1.0, 2.0), (2.0, 5.0), (5.0, INF))
CONTRASTS = ((1.0, 1.8), (1.8, 2.2), (2.2, INF))
"""Classes of true volume (mL), and of signal over that of normal marrow; the lower end is in."""

MIN_SHARE = 0.1  # of a lesion's volume that has to be shared with the other side
TRUE_VOXEL = 0.5  # share of a voxel from which on it belongs to a true lesion
UPPER_QUARTILE = 75  # per cent of a found lesion's voxels that are darker than its contrast
AROUND_VOXELS = 12  # in which what was found counts for the nearest true lesion
TOUCHING = np.ones((3, 3, 3), dtype=bool)


@dataclass(frozen=True, slots=True, kw_only=True)
class LesionSeen:
    """One true lesion of a scan: edema that hangs together.

    `contrast` is the signal ratio that was ordered, the larger where lesions have merged; None
    where no order lies in it. `shared` is the share of it that lies in what was found, and
    `found_ml` what was found nearest to it.
    """

    true_ml: float
    contrast: float | None
    shared: float
    found_ml: float

    @property
    def is_found(self) -> bool:
        """Whether a tenth of it, or more, was found."""
        return self.shared >= MIN_SHARE


@dataclass(frozen=True, slots=True, kw_only=True)
class FalseLesion:
    """One found lesion that is no edema: its volume, and how bright it is.

    `contrast` is the upper quartile of its voxels, in multiples of the reference marrow: of true
    lesions that quartile is on average the signal ratio that was ordered, which a mean falls
    short of by voxels at the edge.
    """

    found_ml: float
    contrast: float


def class_name(limits: Limits, unit: str = "") -> str:
    """Name a class of sizes or contrasts."""
    low, high = limits
    if high == INF:
        return f"{f'{low:g} {unit}'.strip()} or more"
    return f"{low:g} to {high:g} {unit}".strip()


def in_class(value: float, limits: Limits) -> bool:
    """Tell whether a value lies in a class."""
    return limits[0] <= value < limits[1]


def seen_lesions(visit: PhantomVisit, found: EdemaSegmentation) -> tuple[LesionSeen, ...]:
    """Put what was found beside every true lesion of a scan.

    A true lesion is what hangs together, by faces, edges or corners, of voxels that are at least
    half edema; the fringe around counts for the nearest, as does what was found near it.
    """
    truth = np.asarray(visit.edema_fraction)
    core, n_lesions = ndimage.label(truth >= TRUE_VOXEL, TOUCHING)
    if not n_lesions:
        return ()
    nearest = _nearest(core, visit.volume.geometry.spacing_mm)
    voxel_ml = visit.volume.geometry.voxel_volume_ml
    labels = np.arange(1, n_lesions + 1)
    covered = np.where(found.lesion_labels > 0, truth, 0)
    true, shared, given = (
        np.asarray(ndimage.sum_labels(values, nearest, labels))
        for values in (truth, covered, found.edema_fraction)
    )
    contrasts = _contrasts(visit, nearest)
    return tuple(
        LesionSeen(
            true_ml=float(true[k - 1]) * voxel_ml,
            contrast=contrasts.get(int(k)),
            shared=float(shared[k - 1] / true[k - 1]),
            found_ml=float(given[k - 1]) * voxel_ml,
        )
        for k in labels
    )


def false_lesions(visit: PhantomVisit, found: EdemaSegmentation) -> tuple[FalseLesion, ...]:
    """Tell found lesions of which less than a tenth is edema."""
    truth, share = np.asarray(visit.edema_fraction), found.edema_fraction
    n_lesions = int(found.lesion_labels.max(initial=0))
    if not n_lesions:
        return ()
    labels = np.arange(1, n_lesions + 1)
    whole = np.asarray(ndimage.sum_labels(share, found.lesion_labels, labels))
    true = np.asarray(ndimage.sum_labels(np.minimum(share, truth), found.lesion_labels, labels))
    relative = found.relative_intensity.voxels
    voxel_ml = visit.volume.geometry.voxel_volume_ml
    return tuple(
        FalseLesion(
            found_ml=float(whole[k - 1]) * voxel_ml,
            contrast=float(np.percentile(relative[found.lesion_labels == k], UPPER_QUARTILE)),
        )
        for k in labels
        if whole[k - 1] > 0 and true[k - 1] < MIN_SHARE * whole[k - 1]
    )


def _nearest(core: NDArray[np.int32], spacing_mm: tuple[float, float, float]) -> NDArray[np.int32]:
    """Label of the true lesion nearest to each voxel around them, 0 further away."""
    box = tuple(
        slice(max(part.start - AROUND_VOXELS, 0), part.stop + AROUND_VOXELS)
        for part in ndimage.find_objects((core > 0).astype(np.uint8))[0]
    )
    places = ndimage.distance_transform_edt(
        core[box] == 0, sampling=spacing_mm, return_distances=False, return_indices=True
    )
    nearest = np.zeros_like(core)
    nearest[box] = core[box][tuple(places)]
    return nearest


def _contrasts(visit: PhantomVisit, nearest: NDArray[np.int32]) -> dict[int, float]:
    """Largest signal ratio that was ordered in each true lesion."""
    geometry = visit.volume.geometry
    found: dict[int, float] = {}
    for lesion in visit.edema.lesions:
        at = geometry.indices_of(visit.lps_from_subject.apply([lesion.centroid_mm]))[0]
        index = tuple(np.clip(np.rint(at).astype(int), 0, np.array(geometry.shape) - 1))
        label = int(nearest[index])
        if label:
            found[label] = max(found.get(label, 0.0), lesion.plan.peak_ratio)
    return found


def classes() -> Iterator[tuple[str, Limits, Limits | None]]:
    """Name every class: of any size, of each size, of each contrast, and of both."""
    yield ANY_SIZE, ANY, None
    for size in SIZES_ML:
        yield class_name(size, "mL"), size, None
        for contrast in CONTRASTS:
            name = f"{class_name(size, 'mL')}, signal ratio {class_name(contrast)}"
            yield name, size, contrast
    for contrast in CONTRASTS:
        yield f"signal ratio {class_name(contrast)}", ANY, contrast


def classes_of(
    lesions: Sequence[tuple[int, LesionSeen]],
) -> Iterator[tuple[str, list[tuple[int, LesionSeen]]]]:
    """Sort true lesions, each with its subject, into every class."""
    for name, size, contrast in classes():
        own = [(seed, x) for seed, x in lesions if in_class(x.true_ml, size)]
        if contrast is not None:
            own = [(seed, x) for seed, x in own if x.contrast and in_class(x.contrast, contrast)]
        yield name, own


def false_in_classes(lesions: Sequence[FalseLesion]) -> Iterator[tuple[str, int]]:
    """Count false lesions of every class; what is darker than normal marrow is of the faintest."""
    faintest = CONTRASTS[0][0]
    for name, size, contrast in classes():
        own = [x for x in lesions if in_class(x.found_ml, size)]
        if contrast is not None:
            own = [x for x in own if in_class(max(x.contrast, faintest), contrast)]
        yield name, len(own)
