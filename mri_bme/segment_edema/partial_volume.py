"""How much of each voxel is edema, when a voxel at the edge is a mixture."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mri_bme.segment_edema.candidates import grown_from
from mri_bme.segment_edema.evidence import Crop, Scalar, smooth_within
from mri_bme.segment_edema.shape import in_plane_width_mm
from mri_bme.volume import FloatArray

# Chosen for the least bias over the 72 phantoms that `SegmentSettings` names, and looked at on
# four subjects with readers; `mri-bme verify` measures what they are worth on others.
EDGE_MM = 1.6  # mixed voxels lie this near to the outline of a lesion, on either side
RIM_REACH_VOXELS = 1.5  # or this many, where they are large: rim beside searched marrow
AROUND_MM = 5.0  # in-plane reach of the means that say how bright normal tissue and the inside are
STEADY_MM = 0.75  # SD of the blur within marrow: noise must not decide what is faint edema
OUTLINE_REACH_MM = 4.0  # edema of readers fades out over some millimetres
OUTLINE_HEIGHT = 0.38  # of the way from normal tissue to the inside; set on 72 phantoms
DARK_SHARE = 0.75  # how far an outline adapts to dark tissue; readers see brightness as well
BRIGHTEST_NORMAL = 1.1  # medians of reference marrow; brighter surroundings are edema not found
PLATEAU_PERCENTILE = 60.0  # of a lesion's voxels, where it has no inside of its own
MIN_CONTRAST = 0.5  # plateau above normal tissue; what is fainter cannot fill its voxels
FAINT = 0.25  # a smaller share is noise of normal marrow, and counts as none

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]
Labels = NDArray[np.int32]
Place = NDArray[np.int32]  # row and column within the slice: (2, slices, rows, columns)


def against_normal(relative: Floats, normal: Floats) -> Floats:
    """Intensity over that of tissue without edema there, where dark to the power `DARK_SHARE`.

    Both in medians of reference marrow. Dark tissue beside a lesion is not edema merely
    because it is less dark than its surroundings.
    """
    dark = np.minimum(normal, 1) ** np.float32(DARK_SHARE)
    return np.asarray(relative / dark, dtype=np.float32)


def edema_fractions(
    relative: Floats, labels: Labels, searched: Bools, rim: Bools, spacing_mm: FloatArray
) -> tuple[Floats, Labels]:
    """Credit voxels with the share of them that is edema.

    A cut-off that is safe against noise leaves the faint parts of a lesion out and takes in
    the blurred edge of a bright one. So the outline is drawn anew, where the signal is
    `OUTLINE_HEIGHT` of the way from normal marrow to the inside of the lesion, up to
    `OUTLINE_REACH_MM`, and no further than the lesion is wide, from what the cut-off found.
    A voxel further than `EDGE_MM` inside is edema entirely; nearer to the outline, on
    either side of it, it is a mixture of the tissue outside and of the edema inside: its
    share is ``(v - outside) / (plateau - outside)``, clipped to 0 and 1. Outside is the
    mean of searched tissue clear of any lesion, in the plane; the plateau is the mean of
    the brighter half of the voxels entirely inside (lesions fade towards their edge), or,
    for a lesion too thin to have any nearby, a high percentile of its own voxels. A voxel
    of the rim, part cortex, has the share of its nearest searched neighbour: about as much
    marrow is left out with the voxels whose centre is beyond the border as cortex is
    counted within.

    Parameters
    ----------
    relative : float32 array
        Intensity `against_normal` tissue at the same place.
    labels : int32 array
        Lesion of each voxel, 0 outside.
    searched : bool array
        Marrow in which edema is looked for; its border is no edge of a lesion.
    rim : bool array
        Marrow on the border of bone.
    spacing_mm : array of shape (3,)
        Voxel spacing.

    Returns
    -------
    float32 array, int32 array
        Share of each voxel, and the lesion that it belongs to where the share is not 0.

    References
    ----------
    The two-tissue model is that of Santago & Gage, IEEE TMI 12:566-574, 1993.
    """
    fraction, owner = np.zeros(relative.shape, dtype=np.float32), np.zeros_like(labels)
    if not labels.any():
        return fraction, owner
    reach = np.ceil((2 * AROUND_MM + OUTLINE_REACH_MM) / spacing_mm[1:]).astype(int)
    box = _box(labels > 0, (0, int(reach[0]), int(reach[1])))
    share, nearest = _credited(relative[box], labels[box], searched[box], spacing_mm)
    place = _place_of_rim(searched[box], rim[box], spacing_mm)
    fraction[box] = _at(place, share)
    owner[box] = _at(place, np.where(share > 0, nearest, 0))
    return fraction, owner


def _credited(
    relative: Floats, labels: Labels, searched: Bools, spacing_mm: FloatArray
) -> tuple[Floats, Labels]:
    steady = smooth_within(relative, searched, STEADY_MM, spacing_mm)
    own = _per_lesion(
        labels, lambda mine, box: float(np.percentile(steady[box][mine], PLATEAU_PERCENTILE))
    )
    seen = _levels(
        steady, _grown(steady, labels, searched, own, spacing_mm), searched, own, spacing_mm
    )
    edge = searched & ~seen.core & (seen.to_lesion_mm <= EDGE_MM)
    share = (steady - seen.outside) / np.maximum(seen.plateau - seen.outside, MIN_CONTRAST)
    share = np.where(share < FAINT, 0, np.minimum(share, 1))
    return np.where(edge, share, seen.core).astype(np.float32), seen.nearest


def _grown(
    steady: Floats, labels: Labels, searched: Bools, own: Floats, spacing_mm: FloatArray
) -> Labels:
    """Draw the outline of every lesion anew, at `OUTLINE_HEIGHT`."""
    seen = _levels(steady, labels, searched, own, spacing_mm)
    height = seen.outside + np.float32(OUTLINE_HEIGHT) * (seen.plateau - seen.outside)
    reach_mm = np.minimum(
        _per_lesion(labels, lambda mine, _: in_plane_width_mm(mine, spacing_mm)), OUTLINE_REACH_MM
    )
    bright = searched & (seen.to_lesion_mm <= reach_mm[seen.nearest]) & (steady > height)
    grown = grown_from(bright & (labels > 0), bright)
    return np.where(grown, seen.nearest, 0)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Levels:
    """What normal tissue and the nearest lesion's inside look like, and how far it is.

    `nearest` is the number of the nearest lesion, `core` what lies entirely inside one.
    """

    to_lesion_mm: Floats
    nearest: Labels
    core: Bools
    outside: Floats
    plateau: Floats


def _levels(
    steady: Floats, labels: Labels, searched: Bools, own: Floats, spacing_mm: FloatArray
) -> _Levels:
    """Look slice by slice: all of it lies within slices, and a whole scan of it is large."""
    found = _Levels(
        to_lesion_mm=np.empty(labels.shape, dtype=np.float32),
        nearest=np.empty_like(labels),
        core=np.empty(labels.shape, dtype=np.bool_),
        outside=np.empty(labels.shape, dtype=np.float32),
        plateau=np.empty(labels.shape, dtype=np.float32),
    )
    for n in range(len(labels)):
        here = slice(n, n + 1)
        _look_within_slice(found, here, steady[here], labels[here], searched[here], own, spacing_mm)
    return found


def _look_within_slice(  # noqa: PLR0917  (arrays of one slice)
    found: _Levels,
    here: slice,
    steady: Floats,
    labels: Labels,
    searched: Bools,
    own: Floats,
    spacing_mm: FloatArray,
) -> None:
    inside = labels > 0
    to_outside = _in_plane_distance(inside | ~searched, spacing_mm)
    to_lesion, place = _in_plane_nearest(~inside, spacing_mm)
    nearest = _at(place, labels)
    core = inside & (to_outside > EDGE_MM)
    clear = searched & (to_lesion > EDGE_MM)
    around = _local_mean(steady, clear, spacing_mm, np.ones(1, dtype=np.float32))
    middle = _local_mean(steady, core, spacing_mm, own[nearest])
    found.to_lesion_mm[here], found.nearest[here], found.core[here] = to_lesion, nearest, core
    found.outside[here] = np.minimum(around, np.float32(BRIGHTEST_NORMAL))
    found.plateau[here] = _local_mean(steady, core & (steady > middle), spacing_mm, own[nearest])


def _place_of_rim(searched: Bools, rim: Bools, spacing_mm: FloatArray) -> Place:
    """Place of the voxel whose share each has: its own, or for rim that of the marrow beside."""
    away, nearest = _in_plane_nearest(~searched, spacing_mm)
    reach_mm = max(EDGE_MM, RIM_REACH_VOXELS * float(max(spacing_mm[1:])))
    beside = rim & (away <= reach_mm)
    for places, own in zip(nearest, _own_places(rim.shape), strict=True):
        np.copyto(places, own, where=~beside)
    return nearest


def _own_places(shape: tuple[int, ...]) -> tuple[Labels, ...]:
    """Row and column of every voxel, as arrays that broadcast to `shape`."""
    return np.indices(shape[1:], dtype=np.int32, sparse=True)


def _at(place: Place, values: NDArray[Scalar]) -> NDArray[Scalar]:
    """Give every voxel the value at its place, slice by slice."""
    taken = np.empty_like(values)
    for s, plane in enumerate(values):
        taken[s] = plane[place[0, s], place[1, s]]
    return taken


def _in_plane_distance(mask: Bools, spacing_mm: FloatArray) -> Floats:
    """Distance of voxels in `mask` to the nearest voxel of the slice outside it."""
    return np.stack(
        [
            ndimage.distance_transform_edt(plane, sampling=spacing_mm[1:])
            if not plane.all()
            else np.full(plane.shape, np.inf)
            for plane in mask
        ]
    ).astype(np.float32)


def _in_plane_nearest(mask: Bools, spacing_mm: FloatArray) -> tuple[Floats, Place]:
    """Distance of voxels in `mask` to the nearest of the slice outside it, and where."""
    distance = np.full(mask.shape, np.inf, dtype=np.float32)
    nearest = np.empty((2, *mask.shape), dtype=np.int32)
    for places, own in zip(nearest, _own_places(mask.shape), strict=True):
        places[:] = own
    for s, plane in enumerate(mask):
        if not plane.all():
            distance[s], nearest[:, s] = ndimage.distance_transform_edt(
                plane, sampling=spacing_mm[1:], return_indices=True
            )
    return distance, nearest


def _local_mean(values: Floats, where: Bools, spacing_mm: FloatArray, fallback: Floats) -> Floats:
    size = (1, *(2 * np.ceil(AROUND_MM / spacing_mm[1:]).astype(int) + 1))
    weight = ndimage.uniform_filter(where.astype(np.float32), size, mode="constant")
    total = ndimage.uniform_filter(np.where(where, values, 0), size, mode="constant")
    few = weight * np.prod(size) < 3
    return np.asarray(np.where(few, fallback, total / np.maximum(weight, 1e-6)), dtype=np.float32)


def _per_lesion(labels: Labels, measure: Callable[[Bools, Crop], float]) -> Floats:
    """Measure every lesion, given its voxels within its box; number 0, no lesion, has 1."""
    found = np.ones(int(labels.max(initial=0)) + 1, dtype=np.float32)
    for label, box in enumerate(ndimage.find_objects(labels), start=1):
        if box is not None:
            found[label] = measure(labels[box] == label, box)
    return found


def _box(mask: Bools, margin: tuple[int, int, int]) -> tuple[slice, ...]:
    found = ndimage.find_objects(mask.astype(np.uint8))[0]
    return tuple(slice(max(s.start - m, 0), s.stop + m) for s, m in zip(found, margin, strict=True))
