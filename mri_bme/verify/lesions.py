"""Lesion by lesion: which of the true ones were found, and which of the found ones are true."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mri_bme.findings import EdemaSegmentation
from mri_bme.phantom import PhantomVisit

INF = float("inf")
SIZES_ML = ((0.0, 0.25), (0.25, 0.5), (0.5, 1.0), (1.0, 2.0), (2.0, 5.0), (5.0, INF))
CONTRASTS = ((1.0, 1.8), (1.8, 2.2), (2.2, INF))
"""Classes of true volume (mL), and of signal over that of normal marrow; the lower end is in."""

MIN_SHARE = 0.1  # of a lesion's volume that has to be shared with the other side
TRUE_VOXEL = 0.5  # share of a voxel from which on it belongs to a true lesion
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


def class_name(limits: tuple[float, float], unit: str = "") -> str:
    """Name a class of sizes or contrasts."""
    low, high = limits
    words = f"{low:g} or more" if high == INF else f"{low:g} to {high:g}"
    return f"{words} {unit}".strip()


def in_class(value: float, limits: tuple[float, float]) -> bool:
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


def false_lesions_ml(visit: PhantomVisit, found: EdemaSegmentation) -> tuple[float, ...]:
    """Volumes (mL) of found lesions of which less than a tenth is edema."""
    truth, share = np.asarray(visit.edema_fraction), found.edema_fraction
    n_lesions = int(found.lesion_labels.max(initial=0))
    if not n_lesions:
        return ()
    labels = np.arange(1, n_lesions + 1)
    whole = np.asarray(ndimage.sum_labels(share, found.lesion_labels, labels))
    true = np.asarray(ndimage.sum_labels(np.minimum(share, truth), found.lesion_labels, labels))
    voxel_ml = visit.volume.geometry.voxel_volume_ml
    return tuple(
        float(ml) * voxel_ml
        for ml, real in zip(whole, true, strict=True)
        if ml > 0 and real < MIN_SHARE * ml
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


def classes_of(
    lesions: Sequence[LesionSeen],
) -> Iterator[tuple[str, list[LesionSeen]]]:
    """Lesions by size, by contrast, and by both."""
    for size in SIZES_ML:
        own = [x for x in lesions if in_class(x.true_ml, size)]
        yield class_name(size, "mL"), own
        for contrast in CONTRASTS:
            name = f"{class_name(size, 'mL')}, signal ratio {class_name(contrast)}"
            yield name, [x for x in own if x.contrast and in_class(x.contrast, contrast)]
    for contrast in CONTRASTS:
        of_contrast = [x for x in lesions if x.contrast and in_class(x.contrast, contrast)]
        yield f"signal ratio {class_name(contrast)}", of_contrast
