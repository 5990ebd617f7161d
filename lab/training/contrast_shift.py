"""Measure how far tissue on STIR lies beside where it lies on T1W of the labelled subjects.

Regions were drawn on T1W. Between both series patients move by up to a pixel or two, and the
fat of marrow is shifted along the readout. Prints what `io.labelled_scans.STIR_SHIFT_MM` holds.

    python -m lab.training.contrast_shift DATA
"""

import argparse
import logging
from pathlib import Path

import numpy as np
from scipy import ndimage
from skimage.metrics import normalized_mutual_information

from lab.labelled_scans import labelled_folders, read_labelled_scan
from mri_bme.place_rois.axes import pelvis_axes

log = logging.getLogger("contrast_shift")

AROUND = 6  # pixels of tissue around bones, whose borders tell the shift
SMOOTHING = 0.8  # pixels, SD: interpolation then changes sharpness little
EDGE = 12  # pixels, and the slices at both ends: wrapped or dark
N_BINS = 40
STEPS = (1.0, 0.5, 0.25)  # pixels
DARKEST, BRIGHTEST = 0.5, 99.5  # percentiles


def shift_between(stir: np.ndarray, t1: np.ndarray, where: np.ndarray) -> np.ndarray:
    """Find the shift in plane, in pixels (row, column), from `stir` to `t1`.

    Parameters
    ----------
    stir, t1 : float arrays of shape (depth, height, across)
        On one grid.
    where : bool array of the same shape
        What is compared.

    Returns
    -------
    float array of shape (2,)
        At the maximum of normalised mutual information (Studholme, Pattern Recognit 1999;
        32: 71-86), refined by parabolas. Both pictures are moved by half, so that both are
        interpolated alike.
    """
    places = np.argwhere(where)[::2].T.astype(np.float32)
    pictures = [_prepared(view, where) for view in (stir, t1)]
    known: dict[tuple[float, float], float] = {}

    def alike(down: float, aside: float) -> float:
        if (down, aside) not in known:
            half = np.array([[0], [down / 2], [aside / 2]], dtype=np.float32)
            values = [
                ndimage.map_coordinates(picture, places + sign * half, order=1)
                for picture, sign in zip(pictures, (-1, 1), strict=True)
            ]
            known[down, aside] = float(normalized_mutual_information(*values, bins=N_BINS))
        return known[down, aside]

    best = (0.0, 0.0)
    for step in STEPS:
        while True:
            around = [
                (best[0] + i * step, best[1] + j * step) for i in (0, -1, 1) for j in (0, -1, 1)
            ]
            better = max(around, key=lambda shift: alike(*shift))
            if better == best:
                break
            best = better
    top = alike(*best)
    refined = []
    for axis in range(2):
        before, after = (
            alike(*np.add(best, sign * STEPS[-1] * np.eye(2)[axis]).tolist()) for sign in (-1, 1)
        )
        refined.append(best[axis] + STEPS[-1] / 2 * (before - after) / (before - 2 * top + after))
    return np.array(refined)


def _prepared(view: np.ndarray, where: np.ndarray) -> np.ndarray:
    smooth = ndimage.gaussian_filter(view.astype(np.float32), (0, SMOOTHING, SMOOTHING))
    low, high = np.percentile(smooth[where], (DARKEST, BRIGHTEST))
    return np.asarray(np.clip((smooth - low) / (high - low), 0, 1))


def around_bones(bones: np.ndarray) -> np.ndarray:
    """Select bones and what surrounds them in plane, away from the edges of the volume."""
    square = np.ones((1, 2 * AROUND + 1, 2 * AROUND + 1), dtype=bool)
    inner = np.zeros(bones.shape, dtype=bool)
    inner[2:-2, EDGE:-EDGE, EDGE:-EDGE] = True
    return np.asarray(ndimage.binary_dilation(bones > 0, structure=square) & inner)


def main() -> None:
    """Print the shift of each subject in millimetres, of all slices and of either half."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    log.info("subject,row_mm,column_mm,front_row_mm,front_column_mm,back_row_mm,back_column_mm")
    for folder in labelled_folders(parser.parse_args().data):
        scan = read_labelled_scan(folder)
        if scan.stir is None:
            continue
        axes = pelvis_axes(scan.t1.geometry)
        stir, t1, bones = (
            np.ascontiguousarray(axes.view(v))
            for v in (scan.stir.voxels, scan.t1.voxels, scan.bones)
        )
        where = around_bones(bones)
        middle = int(np.median(np.nonzero(where.any(axis=(1, 2)))[0]))
        is_front = np.arange(len(where))[:, None, None] < middle
        shifts = [
            shift_between(stir, t1, where & part) * axes.spacing_mm[1:]
            for part in (True, is_front, ~is_front)
        ]
        log.info(",".join([scan.name, *(f"{value:.2f}" for value in np.concatenate(shifts))]))


if __name__ == "__main__":
    main()
