"""Slices to learn from: drawn from real scans and phantoms, and varied."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from mri_bme.place_rois.grid import FINER, N_NEIGHBOURS, across_ramp
from mri_bme.sacroiliac import BoneLabel

N_CLASSES = len(BoneLabel)
WINDOW = 144  # pixels of the answer at a time
N_SLICES = 2 * N_NEIGHBOURS + 1  # of which the middle one is labelled
MIRRORED = [
    BoneLabel.BACKGROUND,
    BoneLabel.SACRUM,
    BoneLabel.RIGHT_ILIUM,
    BoneLabel.LEFT_ILIUM,
    BoneLabel.L5,
]

MIXED_SHARE = 0.3  # of the samples of a scan with two contrasts
STIR_SHARE = 0.6  # of the others: the contrast that edema is read on, and the rarer one
TILTED_SHARE = 0.5  # of the samples
MAX_TILT = 0.06  # slices per pixel of the answer, 8 degrees at 3.3 mm; half of it across
RESHAPED_SHARE = 0.65  # of the samples of a scan that has displacements
RESHAPED_PART = (-0.25, 1.15)  # of a displacement: beyond a shape, and away from it, as well
OTHER_CONTRAST_SHARE = 0.25  # of the samples
N_TONES = 5  # points of a bent grey scale, evenly from black to bright
DARKEST_TONE = 0.1

Sample = tuple[np.ndarray, np.ndarray, np.ndarray]


@dataclass
class Scan:
    """One subject on the network's grids.

    `share` (class, slice, row, column) is how much of a pixel of the answer each bone fills;
    `known` is 0 where marrow has no label. Each of `contrasts`, T1W before STIR, has `FINER`
    times the rows and columns. Each of `displacements` (3, slice, row, column), in voxels of
    the answer, gives it the shape of another subject.
    """

    name: str
    contrasts: list[np.ndarray]
    share: np.ndarray
    known: np.ndarray
    is_phantom: bool = False
    displacements: list[np.ndarray] = field(default_factory=list)


def draw_sample(scan: Scan, rng: np.random.Generator) -> Sample:
    """Pick a slice, as acquired or tilted, with its neighbours, and paint lesions.

    In a real or a mixed contrast, and sometimes in a shape nearer to that of another subject.

    Returns slices (5, `FINER` * h, `FINER` * w), shares (class, h, w) and where these are
    known (h, w), for h and w of `WINDOW`.
    """
    n_slices, height, across = scan.known.shape
    index = int(rng.integers(n_slices))
    step = 1 if rng.random() < 0.7 else 2
    depth = index + step * np.arange(-N_NEIGHBOURS, N_NEIGHBOURS + 1, dtype=np.float32)
    where = np.stack(
        np.broadcast_arrays(
            np.clip(depth, 0, n_slices - 1)[:, None, None],
            np.arange(height, dtype=np.float32)[:, None],
            np.arange(across, dtype=np.float32),
        )
    )
    if rng.random() < TILTED_SHARE:
        where[0] += _tilted_plane(scan, rng)
    if scan.displacements and rng.random() < RESHAPED_SHARE:
        where = where + _towards_others(scan, where, rng)
    where = _cropped(where)
    soft = _finer(_sampled(scan.share[:1], where)[0])
    slices = _sampled(_one_contrast(scan, rng)[None], _finer_places(where))[0]
    middle = where[:, [N_NEIGHBOURS]]
    share = _sampled(scan.share, middle)[:, 0]
    known = _sampled(scan.known[None], middle)[0, 0]
    slices = paint_lesions(slices, 1 - soft, rng)
    if scan.is_phantom:
        slices = slices * (1 + np.expm1(rng.normal(0, 0.35)) * soft)
    return _padded(slices, WINDOW * FINER, 0), _padded(share, WINDOW, 0), _padded(known, WINDOW, 1)


def _finer(values: np.ndarray) -> np.ndarray:
    """Interpolate the last two axes of (n, h, w) to the grid that the network sees."""
    fine = functional.interpolate(
        torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32))[None],
        scale_factor=FINER,
        mode="bilinear",
        align_corners=False,
    )
    return np.asarray(fine[0].numpy())


def _finer_places(where: np.ndarray) -> np.ndarray:
    """Take places (3, n, h, w) on the answer's grid to those on the grid that is seen."""
    extended = np.pad(where, ((0, 0), (0, 0), (1, 1), (1, 1)), mode="reflect", reflect_type="odd")
    fine = np.stack([_finer(axis) for axis in extended])[..., FINER:-FINER, FINER:-FINER]
    fine[1:] = fine[1:] * FINER + (FINER - 1) / 2
    return fine


def _coarser_places(fine: Tensor) -> Tensor:
    """Take places (n, h, w, 2), as `grid_sample` has them, to the answer's grid."""
    return functional.avg_pool2d(fine.permute(0, 3, 1, 2), FINER).permute(0, 2, 3, 1)


def _one_contrast(scan: Scan, rng: np.random.Generator) -> np.ndarray:
    if len(scan.contrasts) == 1:
        return scan.contrasts[0]
    t1, stir = scan.contrasts
    if rng.random() < MIXED_SHARE:
        part = rng.uniform(-0.2, 1.2)
        return np.asarray(part * t1 + (1 - part) * stir)
    return stir if rng.random() < STIR_SHARE else t1


def _tilted_plane(scan: Scan, rng: np.random.Generator) -> np.ndarray:
    """Offset in slices (row, column) of a plane prescribed a little differently."""
    height, across = scan.known.shape[1:]
    down = rng.uniform(-MAX_TILT, MAX_TILT) * (np.arange(height) - height / 2)
    aside = rng.uniform(-MAX_TILT, MAX_TILT) / 2 * (np.arange(across) - across / 2)
    return np.asarray(down[:, None] + aside[None, :] + rng.uniform(-0.5, 0.5), dtype=np.float32)


def _towards_others(scan: Scan, where: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Displace places (3, n, h, w) towards, or away from, a shape between two other subjects."""
    n_slices, height, across = scan.known.shape
    nearest = np.clip(np.rint(where[0]).astype(int), 0, n_slices - 1)
    row, column = np.ogrid[:height, :across]
    one, other = rng.integers(len(scan.displacements), size=2)
    between, part = np.float32(rng.random()), np.float32(rng.uniform(*RESHAPED_PART))
    shift = (1 - between) * scan.displacements[one][:, nearest, row, column]
    shift += between * scan.displacements[other][:, nearest, row, column]
    return np.asarray(part * shift)


def _sampled(values: np.ndarray, where: np.ndarray) -> np.ndarray:
    """Take `values` (channel, depth, row, column) at places (3, n, h, w) in voxels, linearly."""
    n_voxels = np.array(values.shape[:0:-1], dtype=np.float32)  # across, height, depth
    places = torch.from_numpy(2 * np.moveaxis(where[::-1], 0, -1) / (n_voxels - 1) - 1).float()
    found = functional.grid_sample(
        torch.from_numpy(values).float()[None],
        places[None],
        padding_mode="border",
        align_corners=True,
    )
    return np.asarray(found[0].numpy())


def _cropped(where: np.ndarray) -> np.ndarray:
    """Keep the middle of the last two axes, at most `WINDOW` of each."""
    firsts = [max(0, (n - WINDOW) // 2) for n in where.shape[-2:]]
    return where[..., firsts[0] : firsts[0] + WINDOW, firsts[1] : firsts[1] + WINDOW]


def _padded(values: np.ndarray, size: int, outside: float) -> np.ndarray:
    """Surround the last two axes with `outside`, up to `size`."""
    margins = [(0, 0)] * (values.ndim - 2)
    margins += [((size - n) // 2, (size - n + 1) // 2) for n in values.shape[-2:]]
    return np.pad(values, margins, constant_values=outside).astype(np.float32)


def paint_lesions(slices: np.ndarray, marrow: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Brighten or darken smooth blobs of marrow, as edema, fat and sclerosis do."""
    if rng.random() < 0.5:
        return slices
    rows, columns = np.nonzero(marrow[N_NEIGHBOURS] > 0.5)
    if not rows.size:
        return slices
    y, x = np.ogrid[: slices.shape[1], : slices.shape[2]]
    for _ in range(int(rng.integers(1, 5))):
        k = int(rng.integers(rows.size))
        width = rng.uniform(3, 12, size=2) * FINER
        down = np.exp(-(((y - rows[k]) / width[0]) ** 2))
        across = np.exp(-(((x - columns[k]) / width[1]) ** 2))
        slices = slices * (1 + rng.uniform(-0.6, 1.5) * down * across * marrow)
    return slices


def augment(drawn: Sequence[Sample], generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """Move, mirror, bend, blur, shade and make noisy.

    Returns inputs (n, 6, `FINER` * h, `FINER` * w) with the ramp, shares (n, class, h, w),
    known (n, h, w).
    """
    slices, share, known = (
        torch.from_numpy(np.stack(part)).float() for part in zip(*drawn, strict=True)
    )
    fine, mirror = _places(len(slices), slices.shape[2:], generator)
    slices = functional.grid_sample(slices, fine, align_corners=False)
    both = torch.cat([share[:, 1:], known[:, None]], 1)
    both = functional.grid_sample(both, _coarser_places(fine), align_corners=False)
    inside = torch.ones_like(both[:, -1])
    bones = both[:, :-1]
    swapped = bones[:, [b - 1 for b in MIRRORED[1:]]]
    bones = torch.where(mirror[:, None, None, None] < 0, swapped, bones)
    share = torch.cat([1 - bones.sum(1, keepdim=True), bones], 1)
    known = torch.where((known < 1).flatten(1).any(1)[:, None, None], both[:, -1], inside)
    slices = _spoil(_other_contrast(slices, generator), generator)
    ramp = torch.from_numpy(across_ramp(slices.shape[3])).expand(
        len(slices), 1, slices.shape[2], -1
    )
    return torch.cat([slices, ramp], 1), share, known


def _blurred(slices: Tensor, width: int) -> Tensor:
    """Average over squares of `width` (odd) pixels."""
    rows = functional.avg_pool2d(slices, (1, width), 1, (0, width // 2))
    return functional.avg_pool2d(rows, (width, 1), 1, (width // 2, 0))


def _uniform(generator: torch.Generator, low: float, high: float, *shape: int) -> Tensor:
    return torch.rand(shape, generator=generator) * (high - low) + low


def _smooth(values: Tensor, size: tuple[int, ...]) -> Tensor:
    return functional.interpolate(values, size, mode="bicubic", align_corners=True)


def _places(n: int, size: tuple[int, ...], generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Where each pixel is taken from, and whether left and right change places (-1)."""
    angle = _uniform(generator, -0.17, 0.17, n)
    scale = _uniform(generator, 0.82, 1.2, n)
    mirror = torch.where(torch.rand(n, generator=generator) < 0.5, -1.0, 1.0)
    taller = _uniform(generator, 0.9, 1.1, n)
    cos, sin = torch.cos(angle), torch.sin(angle)
    shift_x = _uniform(generator, -0.12, 0.12, n)
    shift_y = _uniform(generator, -0.15, 0.15, n)
    rows = [
        torch.stack([cos * scale * mirror, -sin * scale, shift_x], 1),
        torch.stack([sin * scale * taller * mirror, cos * scale * taller, shift_y], 1),
    ]
    where = functional.affine_grid(torch.stack(rows, 1), [n, 1, *size], align_corners=False)
    bend = _smooth(_uniform(generator, -0.045, 0.045, n, 2, 6, 6), size)
    return where + bend.permute(0, 2, 3, 1), mirror


def _other_contrast(slices: Tensor, generator: torch.Generator) -> Tensor:
    """Bend the grey scale of some samples at random; what is black, as cortex, stays dark.

    Bones then have to be told by their outline, not by how bright marrow is in one sequence.
    """
    n = len(slices)
    curve = _uniform(generator, 0, 1, n, N_TONES)
    curve[:, 0] *= DARKEST_TONE
    place = (slices.clamp(0, 1) * (N_TONES - 1)).flatten(1)
    below = place.floor().clamp(max=N_TONES - 2)
    low, high = (curve.gather(1, (below + i).long()) for i in (0, 1))
    bent = torch.lerp(low, high, place - below).view_as(slices)
    share = _uniform(generator, 0.3, 1.0, n) * (
        torch.rand(n, generator=generator) < OTHER_CONTRAST_SHARE
    )
    return torch.lerp(slices, bent, share[:, None, None, None])


def _spoil(slices: Tensor, generator: torch.Generator) -> Tensor:
    """Change gamma, shading, sharpness, noise and gain."""
    n, size = len(slices), tuple(slices.shape[2:])
    coarse = _smooth(_uniform(generator, -0.5, 0.5, n, 1, 3, 3), size)
    gamma = _uniform(generator, 0.7, 1.4, n, 1, 1, 1)
    slices = slices.clamp(min=1e-4) ** gamma * torch.exp(coarse)
    slices = torch.lerp(slices, _blurred(slices, 3), _uniform(generator, -0.5, 1.0, n, 1, 1, 1))
    coarser = _uniform(generator, -1.0, 1.0, n, 1, 1, 1).clamp(min=0)  # as scans with larger pixels
    slices = torch.lerp(slices, _blurred(slices, 5), coarser)
    noise = torch.randn(slices.shape, generator=generator)
    slices = slices + noise * _uniform(generator, 0, 0.08, n, 1, 1, 1)
    return slices.clamp(0, 2.0) * _uniform(generator, 0.7, 1.3, n, 1, 1, 1)
