"""Bones from a small convolutional network: what it sees, and what it answers.

All that belongs to one network is here and in its card (MODEL_CARD.md): its weights, the size
of its pixels, how intensities are scaled for it and how many neighbours a slice comes with.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mri_bme.errors import RoiNotFound
from mri_bme.inference import forget_after_run, open_network
from mri_bme.place_rois.axes import PelvisAxes

FloatBlock = NDArray[np.float32]
LabelBlock = NDArray[np.uint8]
BoolBlock = NDArray[np.bool_]
Matrices = tuple[FloatBlock, FloatBlock, FloatBlock]
Box = tuple[slice, slice, slice]

WEIGHTS = "bones.onnx"
N_SLICES_AT_ONCE = 2
MARROW_BELOW = 0.5  # probability of background
PIXEL_MM = 0.7  # of what the network sees
ANSWER_PIXEL_MM = 1.4  # of what it answers
FINER = round(ANSWER_PIXEL_MM / PIXEL_MM)
N_NEIGHBOURS = 2  # slices seen to either side of each
MIN_SLICE_STEP_MM = 3.0  # thinner slices are averaged
MULTIPLE = 16  # pixels of the answer; the network halves it four times
LOW_PERCENTILE, HIGH_PERCENTILE = 1.0, 99.0
WHOLE = (slice(None), slice(None), slice(None))
MIRRORED = (0, 1, 3, 2, 4)  # left and right ilium change places
BRIGHTEST = 1.5  # of the range between these; what is brighter, as fluid, tells no more


def bone_probabilities(
    view: FloatBlock, axes: PelvisAxes, *, weights: Path | None = None
) -> FloatBlock:
    """Estimate the probability of each bone.

    Parameters
    ----------
    view : float32 array of shape (depth, height, across)
        One contrast.
    axes : PelvisAxes
        Of the view.
    weights : Path or None
        Another ONNX file than the one shipped, to measure what training leaves out.

    Returns
    -------
    float32 array of shape (5, depth, height, across)
        Probability of each `BoneLabel`.

    Raises
    ------
    RoiNotFound
        If the weights are missing, or were trained for pixels of another size.
    """
    seen = seen_by_network(view, axes)
    return seen.grid.from_network(network_answer(seen, weights=weights))


def seen_by_network(view: FloatBlock, axes: PelvisAxes) -> "SeenView":
    """Bring a (depth, height, across) view of one contrast to what the network sees."""
    grid = network_grid(view.shape, axes)
    return SeenView(grid=grid, slices=normalise(grid.to_network(view)))


def network_answer(
    seen: "SeenView",
    *,
    is_mirrored: bool = False,
    is_backwards: bool = False,
    every: int = 1,
    weights: Path | None = None,
) -> FloatBlock:
    """Ask the network, and keep its answer on its own, coarser grid.

    Parameters
    ----------
    seen : SeenView
        One contrast.
    is_mirrored : bool
        Show the mirror image, and turn the answer about it round again.
    is_backwards : bool
        Show the slices from back to front; so they are in the answer.
    every : int
        Ask about every n-th slice alone (`some_slices`), the same ones either way round.
    weights : Path or None
        As in `bone_probabilities`, and so are the errors.

    Returns
    -------
    float32 array of shape (5, slices asked about, height, across)
        Probability of each `BoneLabel` on the grid of `seen`.
    """
    slices = seen.slices[..., ::-1] if is_mirrored else seen.slices
    asked = some_slices(len(slices), every)
    if is_backwards:
        slices, asked = slices[::-1], len(slices) - 1 - asked[::-1]
    answer = _run(slices, asked, weights)
    if answer.shape[2:] != seen.grid.shape[1:]:
        found, needed = (f"{h} x {w}" for h, w in (answer.shape[2:], seen.grid.shape[1:]))
        raise RoiNotFound(
            f"the weights of {weights} answer with {found} pixels a slice, {needed} needed: they "
            "were trained for pixels of another size; train them anew with "
            "lab.training.train_bones"
        )
    chance = answer.transpose(1, 0, 2, 3)
    if is_mirrored:
        chance = chance[list(MIRRORED), ..., ::-1]
    return np.ascontiguousarray(chance)


def some_slices(n_slices: int, every: int) -> NDArray[np.intp]:
    """Choose every n-th slice, as many left out in front of the first as behind the last."""
    return np.arange((n_slices - 1) % every // 2, n_slices, every)


def likeliest_bones(chance: FloatBlock) -> LabelBlock:
    """Label what is rather marrow than not, whichever bone it belongs to.

    Where two bones meet neither may be likelier than background, and both together are.
    """
    is_marrow = chance[0] < MARROW_BELOW
    return np.where(is_marrow, chance[1:].argmax(axis=0) + 1, 0).astype(np.uint8)


def _run(slices: FloatBlock, asked: NDArray[np.intp], weights: Path | None) -> FloatBlock:
    """Ask about some slices, a few at once: each comes with its neighbours."""
    session = _session(weights)
    parts = []
    for start in range(0, len(asked), N_SLICES_AT_ONCE):
        end = start + N_SLICES_AT_ONCE
        options = forget_after_run() if end >= len(asked) else None
        some = with_neighbours(slices, asked[start:end])
        parts.append(session.run(None, {"slices": some}, options)[0])
    return np.concatenate(parts)


@cache
def _session(weights: Path | None) -> Any:
    """Load the network once per process."""
    shipped = files("mri_bme.place_rois").joinpath(WEIGHTS)
    found = shipped if weights is None else weights
    if not found.is_file():
        raise RoiNotFound(
            "this installation has no weights for automatic bones; give bones, joint lines or ROIs"
        )
    return open_network(found.read_bytes())


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NetworkGrid:
    """Interpolation between a (depth, height, across) view and the network's grids.

    It sees slices on a grid that is `FINER` in plane than the one that it answers on, `shape`.
    `fine`, `forward` and `backward` hold one matrix per axis; all grids share their centre.
    `depth_mm` lies between slices of either.
    """

    shape: tuple[int, int, int]
    depth_mm: float
    fine: Matrices
    forward: Matrices
    backward: Matrices

    def to_network(self, voxels: FloatBlock) -> FloatBlock:
        """Resample a view to what the network sees, averaging where that is coarser."""
        return interpolate(np.asarray(voxels, dtype=np.float32), self.fine)

    def to_answer(self, values: FloatBlock) -> FloatBlock:
        """Resample a view to the grid of the network's answer."""
        return interpolate(np.asarray(values, dtype=np.float32), self.forward)

    def from_network(self, values: FloatBlock, box: Box = WHOLE) -> FloatBlock:
        """Resample an answer of the network, linearly; only a box of the view if so asked."""
        depth, height, across = (m[part] for m, part in zip(self.backward, box, strict=True))
        return interpolate(values, (depth, height, across))

    def box_of(self, inside: BoolBlock) -> Box:
        """Find the box of the view that pixels of the answer reach."""
        others = ((1, 2), (0, 2), (0, 1))
        reached = (
            np.flatnonzero((matrix[:, inside.any(axis=away)] > 0).any(axis=1))
            for matrix, away in zip(self.backward, others, strict=True)
        )
        depth, height, across = (
            slice(int(found[0]), int(found[-1]) + 1) if found.size else slice(0, 0)
            for found in reached
        )
        return depth, height, across


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SeenView:
    """One contrast as the network sees it: `slices` on the finer of its grids, scaled."""

    grid: NetworkGrid
    slices: FloatBlock


def network_grid(shape: tuple[int, ...], axes: PelvisAxes) -> NetworkGrid:
    """Lay the network's grids over a view of `shape`."""
    depth_mm = axes.spacing_mm[0] * max(1, round(MIN_SLICE_STEP_MM / axes.spacing_mm[0]))
    steps_mm = (depth_mm, ANSWER_PIXEL_MM, ANSWER_PIXEL_MM)
    sizes = []
    for axis in range(3):
        size = int(np.ceil(shape[axis] * axes.spacing_mm[axis] / steps_mm[axis] - 1e-6))
        sizes.append(size if axis == 0 else -(-size // MULTIPLE) * MULTIPLE)
    ratios = [step / own for step, own in zip(steps_mm, axes.spacing_mm, strict=True)]
    finer = (1, FINER, FINER)

    def matrices(part: Sequence[int]) -> Matrices:
        rows = [
            interpolation_matrix(n, size * k, ratio / k, outside_is_zero=True)
            for n, size, ratio, k in zip(shape, sizes, ratios, part, strict=True)
        ]
        return rows[0], rows[1], rows[2]

    back = [
        interpolation_matrix(size, n, 1 / ratio, outside_is_zero=False)
        for n, size, ratio in zip(shape, sizes, ratios, strict=True)
    ]
    return NetworkGrid(
        shape=(sizes[0], sizes[1], sizes[2]),
        depth_mm=depth_mm,
        fine=matrices(finer),
        forward=matrices((1, 1, 1)),
        backward=(back[0], back[1], back[2]),
    )


def interpolation_matrix(
    n_source: int, n_target: int, ratio: float, *, outside_is_zero: bool
) -> FloatBlock:
    """Weights (target, source) of a triangle filter between two centred grids.

    `ratio` is the target's spacing over the source's. The triangle is as wide as the
    coarser of both spacings, so nothing aliases. Targets outside the source get 0, or the
    nearest source value.
    """
    centre = (np.arange(n_target) - (n_target - 1) / 2) * ratio + (n_source - 1) / 2
    inside = (centre > -0.5 * max(ratio, 1)) & (centre < n_source - 1 + 0.5 * max(ratio, 1))
    apart = np.abs(np.clip(centre, 0, n_source - 1)[:, None] - np.arange(n_source)[None, :])
    weight = np.clip(1 - apart / max(ratio, 1.0), 0, None)
    weight /= weight.sum(axis=1, keepdims=True)
    if outside_is_zero:
        weight[~inside] = 0
    return np.asarray(weight, dtype=np.float32)


def interpolate(
    values: FloatBlock, matrices: tuple[FloatBlock, FloatBlock, FloatBlock]
) -> FloatBlock:
    """Apply one matrix per axis to the last three axes."""
    depth, height, across = matrices
    rows = np.empty((*values.shape[:-2], len(height), len(across)), dtype=np.float32)
    for place in np.ndindex(values.shape[:-2]):  # slices one by one: what lies between is large
        rows[place] = height @ (values[place] @ across.T)
    if depth.shape[0] == depth.shape[1]:
        return np.asarray(rows, dtype=np.float32)
    return np.asarray(np.einsum("ij,...jkl->...ikl", depth, rows, optimize=True), dtype=np.float32)


def normalise(slices: FloatBlock) -> FloatBlock:
    """Scale intensities so that the bulk of the volume lies between 0 and 1."""
    found = slices[slices != 0]
    if not found.size:
        return slices
    low, high = np.percentile(found, (LOW_PERCENTILE, HIGH_PERCENTILE))
    scaled = np.clip((slices - low) / max(float(high - low), 1e-6), 0, BRIGHTEST)
    return np.asarray(scaled, dtype=np.float32)


def with_neighbours(slices: FloatBlock, asked: NDArray[np.intp] | None = None) -> FloatBlock:
    """Stack each slice with its neighbours and a ramp from the patient's right to left.

    Parameters
    ----------
    slices : float32 array of shape (n_slices, height, across)
        From the front to the back; beyond an end of the slab its last slice stands again.
    asked : int array or None
        Which slices to stack; None for all.

    Returns
    -------
    float32 array of shape (n_asked, 2 * N_NEIGHBOURS + 2, height, across)
    """
    index = np.arange(len(slices)) if asked is None else asked
    stacked = np.empty((len(index), 2 * N_NEIGHBOURS + 2, *slices.shape[1:]), dtype=np.float32)
    for channel, step in enumerate(range(-N_NEIGHBOURS, N_NEIGHBOURS + 1)):
        stacked[:, channel] = slices[np.clip(index + step, 0, len(slices) - 1)]
    stacked[:, -1] = across_ramp(slices.shape[2])
    return stacked


def across_ramp(n_columns: int) -> FloatBlock:
    """Distance of each column from the middle of the grid, in decimetres."""
    ramp = (np.arange(n_columns) - (n_columns - 1) / 2) * PIXEL_MM / 100
    return ramp.astype(np.float32)
