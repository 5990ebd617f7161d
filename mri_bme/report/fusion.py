"""Lay two visits over each other, before and after registration, for the eye."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage import feature

from mri_bme.findings import Registration
from mri_bme.report.display import bring_together, display_geometry, grey_voxels, halves
from mri_bme.report.page import PagePixels, PageVisit, SubjectPage
from mri_bme.resample import coverage_mask
from mri_bme.volume import RigidTransform, VolumeGeometry

SQUARE_MM = 16.0  # of the checkerboard
EDGE_SIGMA_MM = 1.2  # about the width of cortex
EDGE_QUANTILES = (0.8, 0.92)  # hysteresis of Canny's edges, in strengths of the slice
EDGE_COLOUR = (240, 176, 0)
BORDER_MM = 4.0  # the end of a field is no edge of anatomy
MIN_COMMON_SHARE = 0.2  # of the baseline's slab; less is no picture of a pair
N_AFTER = 3
COARSE = 8  # every eighth pixel says which slices both visits show

Picture = NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True, eq=False)
class VisitPair:
    """Two visits and the motion that was found between them, accepted or not."""

    first: PagePixels
    last: PagePixels
    registration: Registration


@dataclass(frozen=True, kw_only=True, eq=False)
class Overlay:
    """One slice of both visits: squares that alternate, and edges of the last on the first.

    Pictures are (row, column), `edges` (row, column, 3); their pixels are square.
    """

    when: str
    k: int
    first: Picture
    last: Picture
    checkerboard: Picture
    edges: Picture
    pixel_mm: float


def page_pair(page: SubjectPage, visits: Sequence[PageVisit]) -> VisitPair | None:
    """Pick the pair of a page; None unless two visits were registered or refused."""
    registration = page.registrations.get(visits[-1].label) if len(visits) == 2 else None
    if registration is None or visits[0].pixels is None or visits[-1].pixels is None:
        return None
    return VisitPair(first=visits[0].pixels, last=visits[-1].pixels, registration=registration)


def overlays(pair: VisitPair) -> tuple[Overlay, ...]:
    """One slice before registration, and some after; of a refused pair where it was tried."""
    before, when = _headers(pair)
    shown = list(_overlays(pair, before, when, shares=(0.5,)))
    if pair.registration.quality.similarity is not None:  # otherwise no motion was tried
        accepted = pair.registration.quality.accepted
        after = "After registration" if accepted else "The best fit, which was refused"
        shares = tuple((n + 1) / (N_AFTER + 1) for n in range(N_AFTER))
        shown += _overlays(pair, pair.registration.moving_from_fixed, after, shares=shares)
    return tuple(shown)


def _headers(pair: VisitPair) -> tuple[RigidTransform, str]:
    """Take the positions in the headers, or middle on middle where they share nothing."""
    common = coverage_mask(pair.last.volume.geometry, pair.first.volume.geometry)
    if common.voxels.mean() >= MIN_COMMON_SHARE:
        return RigidTransform.identity(), "Before, as the headers say"
    return bring_together(pair.first, pair.last), "Before, middle on middle (headers lie apart)"


def _overlays(
    pair: VisitPair, rigid: RigidTransform, when: str, *, shares: Sequence[float]
) -> Iterator[Overlay]:
    """Show the slices at these shares of what both visits show, half-way between them."""
    visits, moves = (pair.first, pair.last), halves(rigid)
    geometry = display_geometry(visits, moves)
    common = _common_slices(visits, moves, geometry)
    for share in shares:
        k = int(common[int(share * len(common))])
        grid = _part(geometry, start=k, n_slices=1)
        first, last = (grey_voxels(v, grid, move)[0] for v, move in zip(visits, moves, strict=True))
        seen = [_seen(v, move, grid)[0] for v, move in zip(visits, moves, strict=True)]
        pixel_mm = geometry.spacing_mm[1]
        yield Overlay(
            when=when,
            k=k,
            first=first,
            last=last,
            checkerboard=checkerboard(first, last, square=round(SQUARE_MM / pixel_mm)),
            edges=_with_edges(first, last, seen[0] & seen[1], pixel_mm),
            pixel_mm=pixel_mm,
        )


def _part(geometry: VolumeGeometry, *, start: int, n_slices: int, step: int = 1) -> VolumeGeometry:
    """Take some slices of a grid, every `step`-th pixel."""
    index_from_part = np.diag([1.0, step, step, 1.0])
    index_from_part[0, 3] = start
    _, n_rows, n_columns = geometry.shape
    return VolumeGeometry(
        shape=(n_slices, -(-n_rows // step), -(-n_columns // step)),
        lps_from_index=geometry.lps_from_index @ index_from_part,
    )


def _seen(pixels: PagePixels, move: RigidTransform, grid: VolumeGeometry) -> NDArray[np.bool_]:
    return coverage_mask(pixels.volume.geometry, grid, move).voxels


def _common_slices(
    visits: Sequence[PagePixels], moves: Sequence[RigidTransform], geometry: VolumeGeometry
) -> NDArray[np.intp]:
    """Slices that show much of both visits; all where the two share nothing."""
    coarse = _part(geometry, start=0, n_slices=geometry.shape[0], step=COARSE)
    seen = [_seen(visit, move, coarse) for visit, move in zip(visits, moves, strict=True)]
    shares = (seen[0] & seen[1]).mean(axis=(1, 2))
    return np.flatnonzero(shares >= shares.max() / 2)


def checkerboard(first: Picture, last: Picture, *, square: int) -> Picture:
    """Squares of `square` pixels that alternate between two pictures of one size."""
    rows, columns = np.indices(first.shape) // max(square, 1)
    return np.asarray(np.where((rows + columns) % 2 == 0, first, last), dtype=np.uint8)


def _with_edges(
    first: Picture, last: Picture, common: NDArray[np.bool_], pixel_mm: float
) -> Picture:
    """Draw the edges of one visit on the other, where both were scanned."""
    picture = np.repeat(first[..., None], 3, axis=2)
    inside = ndimage.distance_transform_edt(np.pad(common, 1))[1:-1, 1:-1] * pixel_mm > BORDER_MM
    if inside.any():
        low, high = EDGE_QUANTILES
        edges = feature.canny(
            last / 255.0,
            sigma=EDGE_SIGMA_MM / pixel_mm,
            low_threshold=low,
            high_threshold=high,
            use_quantiles=True,
            mask=inside,
        )
        picture[edges] = EDGE_COLOUR
    return picture
