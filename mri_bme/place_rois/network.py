"""Bones from a small convolutional network, run by onnxruntime on one core."""

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mri_bme.errors import RoiNotFound
from mri_bme.inference import open_network
from mri_bme.place_rois.axes import PelvisAxes
from mri_bme.place_rois.grid import network_grid, normalise, with_neighbours

FloatBlock = NDArray[np.float32]

WEIGHTS = "bones.onnx"
N_SLICES_AT_ONCE = 4


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
    grid = network_grid(view.shape, axes)
    answer = _run(normalise(grid.to_network(view)), weights)
    if answer.shape[2:] != grid.shape[1:]:
        found, needed = (f"{h} x {w}" for h, w in (answer.shape[2:], grid.shape[1:]))
        raise RoiNotFound(
            f"the weights of {weights} answer with {found} pixels a slice, {needed} needed: they "
            "were trained for pixels of another size; train them anew with "
            "lab.training.train_bones"
        )
    return grid.from_network(np.ascontiguousarray(answer.transpose(1, 0, 2, 3)))


def _run(slices: FloatBlock, weights: Path | None) -> FloatBlock:
    stacked = with_neighbours(slices)
    parts = [
        _session(weights).run(None, {"slices": stacked[i : i + N_SLICES_AT_ONCE]})[0]
        for i in range(0, len(stacked), N_SLICES_AT_ONCE)
    ]
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
