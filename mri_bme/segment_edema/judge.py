"""How likely each voxel is what readers call edema: a small network that learned from reads.

All that belongs to one network is here, in `joint_view` and in its card (MODEL_CARD.md).
"""

from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mri_bme.inference import forget_after_run, open_network
from mri_bme.segment_edema.evidence import Evidence
from mri_bme.segment_edema.joint_view import Input, JointView, joint_views, network_planes

WEIGHTS = "edema.onnx"
N_SLICES_AT_ONCE = 2
CALIBRATION = (0.26, 3.44, -2.76)  # on the logit, per doubling of brightness, offset: see the card
DIMMEST, BRIGHTEST = 0.25, 4.0  # of tissue without edema; beyond that, how much tells no more

Floats = NDArray[np.float32]


def edema_probability(evidence: Evidence, *, without: Input | None = None) -> Floats:
    """Estimate for each voxel of the crop how likely a reader calls it edema.

    Parameters
    ----------
    evidence : Evidence
        What is known about each voxel.
    without : Input or None
        What is taken away, to see what it is worth.

    Returns
    -------
    float32 array of the shape of the crop
        Probability, calibrated; 0 outside marrow.
    """
    if without is Input.BRIGHTNESS:
        dimmed = np.minimum(evidence.smooth, evidence.normal)
        return calibrated(
            edema_logit(evidence, without=without), replace(evidence, smooth=dimmed), CALIBRATION
        )
    return calibrated(edema_logit(evidence, without=without), evidence, CALIBRATION)


def calibrated(
    logit: Floats, evidence: Evidence, calibration: tuple[float, float, float]
) -> Floats:
    """Turn the network's logits into the share of readers that call a voxel edema.

    A logistic regression on the logit and on how many times (logarithm to base 2) as bright
    a voxel is as tissue without edema there: Platt's scaling (Advances in Large Margin
    Classifiers, 1999) with one more term, because a network that has seen few subjects trusts
    brightness too little.
    """
    slope, per_doubling, offset = (np.float32(c) for c in calibration)
    likely = slope * logit + per_doubling * brightness(evidence) + offset
    return np.asarray(1 / (1 + np.exp(-likely)), dtype=np.float32)


def brightness(evidence: Evidence) -> Floats:
    """How many times as bright as tissue without edema there, as a logarithm to base 2."""
    ratio = np.clip(evidence.smooth / evidence.normal, DIMMEST, BRIGHTEST)
    return np.asarray(np.log2(ratio), dtype=np.float32)


def edema_logit(
    evidence: Evidence, *, without: Input | None = None, weights: Path | None = None
) -> Floats:
    """Ask the network about each voxel of the crop.

    Parameters
    ----------
    evidence : Evidence
        What is known about each voxel.
    without : Input or None
        What is taken away, to see what it is worth.
    weights : Path or None
        Another ONNX file than the one shipped, to measure what training leaves out.

    Returns
    -------
    float32 array of the shape of the crop
        Logit of the network's answer; minus infinity outside marrow.
    """
    logit = np.full(evidence.relative.shape, -np.inf, dtype=np.float32)
    for view in joint_views(evidence):
        seen = view.from_view(_logits(view, weights, without))
        np.copyto(logit[view.box], seen, where=view.own)
        del view, seen  # before the other joint is cut out
    return logit


def _logits(view: JointView, weights: Path | None, without: Input | None) -> Floats:
    n, height, across = view.intensity.shape
    session = _session(weights)
    parts = []
    for start in range(0, n, N_SLICES_AT_ONCE):
        end = start + N_SLICES_AT_ONCE
        planes = network_planes(view, slices=slice(start, end), without=without)
        options = forget_after_run() if end >= n else None
        parts.append(session.run(None, {"planes": planes}, options)[0][:, 0])
    return np.asarray(np.concatenate(parts)[:, :height, :across], dtype=np.float32)


@cache
def _session(weights: Path | None) -> Any:
    """Load the network once per process."""
    found = files("mri_bme.segment_edema").joinpath(WEIGHTS) if weights is None else weights
    return open_network(found.read_bytes())
