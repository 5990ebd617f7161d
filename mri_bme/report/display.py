"""Bring visits onto one grid of slices for the eye, half-way between them.

Nothing here is measured: volumes are measured where they were acquired. Two visits are
both moved half of the way, so that neither is blurred more than the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from mri_bme.report.page import PagePixels, PageVisit, SubjectPage
from mri_bme.resample import resample_labels, resample_voxels
from mri_bme.volume import FloatArray, RigidTransform, VolumeGeometry

MARGIN_MM = 12.0  # shown around the ROIs
PIXEL_MM = (0.5, 0.7)  # finest and coarsest display pixel
WINDOW_TOP = 3.0  # relative intensity shown white: lesions reach 2.6 times normal marrow
N_PRINTED = 6
MAX_TILT_DEGREES = 30.0  # beyond it the slices of two visits have no common plane


@dataclass(frozen=True, kw_only=True, eq=False)
class Pane:
    """One visit on the display grid.

    `grey` is uint8 (slice, row, column); `edema` the share of each pixel's position that
    lies in edema; `lesions` and `quadrants` are label maps.
    """

    grey: NDArray[np.uint8]
    edema: NDArray[np.float32]
    lesions: NDArray[np.int32]
    quadrants: NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True, eq=False)
class Display:
    """Panes of one or two visits over the same slices of one grid."""

    geometry: VolumeGeometry
    panes: tuple[Pane, ...]
    is_registered: bool
    visit_from_display: tuple[RigidTransform, ...]


def show_visits(
    visits: Sequence[PagePixels], followup_from_baseline: RigidTransform | None
) -> Display:
    """Sample one visit, or two that are registered, on one display grid."""
    moves: tuple[RigidTransform, ...] = (RigidTransform.identity(),)
    if len(visits) == 2:
        moves = halves(followup_from_baseline or bring_together(visits[0], visits[1]))
    geometry = display_geometry(visits, moves)
    return Display(
        geometry=geometry,
        panes=tuple(
            _pane(visit, geometry, move) for visit, move in zip(visits, moves, strict=True)
        ),
        is_registered=followup_from_baseline is not None,
        visit_from_display=moves,
    )


def halves(followup_from_baseline: RigidTransform) -> tuple[RigidTransform, RigidTransform]:
    """Motions from the space half-way between two visits to either of them."""
    half = followup_from_baseline.half()
    return half.inverse(), half


def bring_together(baseline: PagePixels, followup: PagePixels) -> RigidTransform:
    """Bring the ROIs' middles together, for a picture without registration."""
    matrix = np.eye(4)
    matrix[:3, 3] = _middle(followup) - _middle(baseline)
    return RigidTransform(b_from_a=matrix)


def _middle(pixels: PagePixels) -> FloatArray:
    return np.asarray(_roi_points(pixels).mean(axis=0), dtype=np.float64)


def _roi_points(pixels: PagePixels) -> FloatArray:
    """LPS mm of every ROI voxel; without ROIs, of the corners of the grid."""
    geometry = pixels.volume.geometry
    if pixels.quadrants is not None and pixels.quadrants.any():
        return geometry.points_lps(np.argwhere(pixels.quadrants > 0))
    corners = np.array(np.meshgrid(*([0, n - 1] for n in geometry.shape))).reshape(3, -1).T
    return geometry.points_lps(corners)


def display_geometry(
    visits: Sequence[PagePixels], visit_from_display: Sequence[RigidTransform]
) -> VolumeGeometry:
    """Lay a grid along the visits' mean axes that holds all ROIs, or all that was scanned."""
    moved = [
        move.inverse().b_from_a @ visit.volume.geometry.lps_from_index
        for visit, move in zip(visits, visit_from_display, strict=True)
    ]
    axes = _mean_axes(moved)
    points = np.concatenate(
        [
            move.inverse().apply(_roi_points(visit))
            for visit, move in zip(visits, visit_from_display, strict=True)
        ]
    )
    along = points @ axes
    slice_mm = min(float(np.linalg.norm(matrix[:3, 0])) for matrix in moved)
    in_plane = min(float(np.linalg.norm(matrix[:3, 1])) for matrix in moved)
    pixel_mm = float(np.clip(in_plane, *PIXEL_MM))
    step = np.array([slice_mm, pixel_mm, pixel_mm])
    margin = np.array([0.0, MARGIN_MM, MARGIN_MM])
    low, high = along.min(axis=0), along.max(axis=0)
    scanned = [_extent(matrix, visit, axes) for matrix, visit in zip(moved, visits, strict=True)]
    low = np.minimum(low, np.maximum(low - margin, np.max([a for a, _ in scanned], axis=0)))
    high = np.maximum(high, np.minimum(high + margin, np.min([b for _, b in scanned], axis=0)))
    low[0] = _slice_phase(moved, axes[:, 0], slice_mm, low[0])
    shape = np.maximum(np.floor((high - low) / step + 0.5).astype(int) + 1, 1)
    matrix = np.eye(4)
    matrix[:3, :3] = axes * step
    matrix[:3, 3] = axes @ low
    return VolumeGeometry(
        shape=(int(shape[0]), int(shape[1]), int(shape[2])), lps_from_index=matrix
    )


def _extent(
    matrix: FloatArray, pixels: PagePixels, axes: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Range of a box along the display axes that surely was scanned."""
    half = (np.array(pixels.volume.geometry.shape) - 1) / 2
    middle = (matrix[:3, :3] @ half + matrix[:3, 3]) @ axes
    reach = np.abs(np.diag(axes.T @ (matrix[:3, :3] * half)))
    lost = np.abs(axes.T @ (matrix[:3, :3] * half)).sum(axis=1) - reach
    return middle - reach + lost, middle + reach - lost


def _mean_axes(moved: Sequence[FloatArray]) -> FloatArray:
    """Find unit axes half-way between the visits'; the first visit's if too far apart."""
    axes = [matrix[:3, :3] / np.linalg.norm(matrix[:3, :3], axis=0) for matrix in moved]
    first = axes[0]
    between = first.T @ axes[-1]
    tilt = (
        scipy.spatial.transform.Rotation.from_matrix(between)
        if np.linalg.det(between) > 0
        else None
    )
    if tilt is None or np.degrees(tilt.magnitude()) > MAX_TILT_DEGREES:
        return np.asarray(first, dtype=np.float64)
    half = scipy.spatial.transform.Rotation.from_rotvec(tilt.as_rotvec() / 2).as_matrix()
    return np.asarray(first @ half, dtype=np.float64)


def _slice_phase(
    moved: Sequence[FloatArray], normal: FloatArray, slice_mm: float, lowest: float
) -> float:
    """Start position along the normal that falls between the visits' own slices."""
    first = float(moved[0][:3, 3] @ normal)
    apart = float(moved[-1][:3, 3] @ normal) - first
    apart = (apart + slice_mm / 2) % slice_mm - slice_mm / 2
    start = first + apart / 2
    return start + round((lowest - start) / slice_mm) * slice_mm


def _pane(pixels: PagePixels, target: VolumeGeometry, visit_from_display: RigidTransform) -> Pane:
    source = pixels.volume.geometry
    empty = np.zeros(source.shape, dtype=np.int32)
    lesions = empty if pixels.lesion_labels is None else pixels.lesion_labels
    quadrants = empty.astype(np.uint8) if pixels.quadrants is None else pixels.quadrants
    return Pane(
        grey=grey_voxels(pixels, target, visit_from_display),
        edema=resample_voxels(
            (lesions > 0).astype(np.float32), source, target, visit_from_display, order=1
        ),
        lesions=resample_labels(lesions, source, target, visit_from_display),
        quadrants=resample_labels(quadrants, source, target, visit_from_display),
    )


def grey_voxels(
    pixels: PagePixels, target: VolumeGeometry, visit_from_display: RigidTransform
) -> NDArray[np.uint8]:
    """Sample a visit on a display grid, from black to white; black where it was not scanned."""
    low, high = display_window(pixels)
    voxels = resample_voxels(
        pixels.volume.voxels,
        pixels.volume.geometry,
        target,
        visit_from_display,
        order=1,
        outside=low,
    )
    pixels.volume.rest()  # before the other visit is looked at
    return np.rint(255 * np.clip((voxels - low) / (high - low), 0, 1)).astype(np.uint8)


def display_window(pixels: PagePixels) -> tuple[float, float]:
    """Intensities shown black and white: 0 to `WINDOW_TOP` times reference marrow.

    Without reference marrow, up to the 99.5th percentile of the volume.
    """
    voxels = pixels.volume.voxels
    if pixels.reference is not None and pixels.reference.any():
        normal = float(np.median(voxels[pixels.reference]))
        if normal > 0:
            return 0.0, WINDOW_TOP * normal
    low, high = (float(v) for v in np.percentile(voxels, (0.5, 99.5)))
    return low, max(high, low + 1e-6)


def display_of(page: SubjectPage, visits: Sequence[PageVisit]) -> Display | None:
    """Show visits of a page; None when none has a series. Only an accepted registration counts."""
    pixels = [visit.pixels for visit in visits if visit.pixels is not None]
    if not pixels:
        return None
    registration = page.registrations.get(visits[-1].label) if len(visits) == 2 else None
    accepted = registration is not None and registration.quality.accepted
    rigid = registration.moving_from_fixed if registration is not None and accepted else None
    return show_visits(pixels, rigid)


def acquired_slice(display: Display, number: int, visit: PagePixels, k: int) -> int:
    """Find the acquired slice of a visit that lies nearest to slice `k` of the display.

    `number` is the visit's place among the panes.
    """
    _, rows, columns = display.geometry.shape
    middle = display.geometry.points_lps([k, (rows - 1) / 2, (columns - 1) / 2])
    geometry = visit.volume.geometry
    index = geometry.indices_of(display.visit_from_display[number].apply(middle))
    return int(np.clip(round(float(index[0])), 0, geometry.shape[0] - 1))


def key_slice(display: Display) -> int:
    """Find the slice that shows most: of change, else of edema, else of the ROIs."""
    first, last = display.panes[0], display.panes[-1]
    if display.is_registered:
        changed = (np.abs(last.edema - first.edema) > 0.5).sum(axis=(1, 2))
        if changed.any():
            return int(changed.argmax())
    edema = sum((pane.edema > 0.5).sum(axis=(1, 2)) for pane in display.panes)
    rois = sum((pane.quadrants > 0).sum(axis=(1, 2)) for pane in display.panes)
    if not np.any(edema) and not np.any(rois):
        return display.geometry.shape[0] // 2
    return int(np.argmax(edema if np.any(edema) else rois))


def printed_slices(display: Display) -> tuple[int, ...]:
    """Pick the slices with most edema, which paper shows below the key slice."""
    edema = sum((pane.edema > 0.5).sum(axis=(1, 2)) for pane in display.panes)
    order = np.argsort(-np.asarray(edema), kind="stable")
    most = [int(k) for k in order if np.asarray(edema)[k] > 0 and k != key_slice(display)]
    return tuple(sorted(most[:N_PRINTED]))
