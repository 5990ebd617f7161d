"""Slices to learn from: scans stacked on one device, of which whole batches are drawn at once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from lab.training.appearance import beside_joint, finer, looking_otherwise, smooth, uniform
from mri_bme.place_rois.network import FINER, N_NEIGHBOURS, across_ramp
from mri_bme.sacroiliac import BoneLabel

N_CLASSES = len(BoneLabel)
WINDOW = 144  # pixels of the answer at a time
N_SLICES = 2 * N_NEIGHBOURS + 1  # of which the middle one is labelled
MIRRORED = [BoneLabel.SACRUM, BoneLabel.RIGHT_ILIUM, BoneLabel.LEFT_ILIUM, BoneLabel.L5]
RING = 1  # pixels of the answer around the window, so that places are interpolated up to its edge

# Pose and form, chosen to be wider than what positioning and protocols give.
MAX_TURN = 0.17  # radians
SCALE = (0.82, 1.2)
TALLER = (0.9, 1.1)  # height over width
MAX_SHIFT = (0.12, 0.15)  # of half a window, across and down
MAX_BEND = 0.045  # of half a window, at
N_BENDS = 6  # points along each side

MIXED_PART = (-0.2, 1.2)  # of T1W in a mixture: beyond either contrast as well
MIXED_SHARE = 0.3  # of the samples of a scan with two contrasts
STIR_SHARE = 0.6  # of the others: the contrast that edema is read on, and the rarer one
FURTHER_SHARE = 0.3  # of the samples: slices twice as far apart
TILTED_SHARE = 0.6  # of the samples
# Slices per pixel of the answer, 18 degrees at 3.3 mm; half of it across. The long axis of the
# sacrum lies between 8 degrees behind and 24 in front of the slices of the labelled subjects.
MAX_TILT = 0.14
HALF_SLICE = 0.5  # a plane further than that from the first or last one shows nothing known
RESHAPED_SHARE = 0.65  # of the samples of a scan that has displacements
RESHAPED_PART = (-0.25, 1.15)  # of a displacement: beyond a shape, and away from it, as well


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


class Batch(NamedTuple):
    """What the network is shown, and what it should answer.

    `inputs` (n, 6, `FINER` * h, `FINER` * w) are slices and the ramp, `share` (n, class, h, w),
    `known` (n, h, w), for h and w of `WINDOW`.
    """

    inputs: Tensor
    share: Tensor
    known: Tensor


class Stack:
    """Scans one behind the other, in the middle of slices of one size, on one device.

    A batch from many scans then takes one interpolation.

    Parameters
    ----------
    scans : sequence of Scan
        With one contrast or two.
    chances : sequence of float
        How often each is drawn, in relation to each other.
    device : str
        As torch names it.
    """

    def __init__(self, scans: Sequence[Scan], chances: Sequence[float], device: str) -> None:
        shape = np.max([scan.known.shape for scan in scans], axis=0)[1:]
        fine_shape = shape * FINER

        def stacked(blocks: list[np.ndarray], size: np.ndarray) -> Tensor:
            whole = [torch.from_numpy(_in_the_middle(b, size)).to(device) for b in blocks]
            return torch.cat(whole, 1)[None]

        self.pictures = stacked(
            [np.stack([s.contrasts[0], s.contrasts[-1]]) for s in scans], fine_shape
        )
        self.bones = stacked(
            [np.concatenate([s.share[1:], 1 - s.known[None]]) for s in scans], shape
        )
        moved = [d for s in scans for d in s.displacements]
        self.moved = stacked(moved, shape) if moved else None
        n_slices = np.array([len(s.known) for s in scans])
        n_moved = np.array([len(s.displacements) for s in scans])

        def each(values: np.ndarray) -> Tensor:
            return torch.from_numpy(values).to(device)

        self.n_slices = each(n_slices)
        self.first = each(np.cumsum(n_slices) - n_slices)
        self.n_moved = each(n_moved)
        self.first_moved = each(np.cumsum(n_slices * n_moved) - n_slices * n_moved)
        self.has_two = each(np.array([len(s.contrasts) > 1 for s in scans]))
        self.is_phantom = each(np.array([s.is_phantom for s in scans]))
        self.chances = each(np.asarray(chances, dtype=np.float32))


def _in_the_middle(block: np.ndarray, shape: np.ndarray) -> np.ndarray:
    """Surround the last two axes with zeros, up to `shape`."""
    margins = [(0, 0)] * (block.ndim - 2)
    for n_wanted, n in zip(shape, block.shape[-2:], strict=True):
        before = (n_wanted - n) // 2
        margins.append((before, n_wanted - n - before))
    return np.pad(np.asarray(block, dtype=np.float32), margins)


def draw_batch(stack: Stack, n: int, generator: torch.Generator) -> Batch:
    """Draw slices, as acquired or tilted, with their neighbours, and vary them.

    In a real or a mixed contrast, moved, mirrored and bent, sometimes in a shape nearer to
    that of other subjects, with painted lesions, blurred, shaded and noisy.
    """
    chosen = torch.multinomial(stack.chances, n, replacement=True, generator=generator)
    places, mirror, beyond = draw_places(stack, chosen, generator)
    seen = _sampled(stack.pictures, finer_places(places))
    inner = places[:, :, RING:-RING, RING:-RING]
    bones = _sampled(stack.bones, inner)
    part = _part_of_t1w(stack.has_two[chosen], generator)[:, None, None, None]
    slices = part * seen[:, 0] + (1 - part) * seen[:, 1]
    marrow = bones[:, :-1].sum(1)
    middle = bones[:, :, N_NEIGHBOURS]
    labels = _swapped(middle[:, :-1], mirror)
    share = torch.cat([1 - labels.sum(1, keepdim=True), labels], 1)
    slices = looking_otherwise(
        slices, marrow, beside_joint(share), stack.is_phantom[chosen], generator
    )
    ramp = torch.from_numpy(across_ramp(slices.shape[3])).to(slices.device)
    ramp = ramp.expand(n, 1, slices.shape[2], -1)
    return Batch(torch.cat([slices, ramp], 1), share, (1 - middle[:, -1]) * ~beyond)


def _part_of_t1w(has_two: Tensor, generator: torch.Generator) -> Tensor:
    """Draw how much of each sample (n,) is the first contrast, the rest being the last."""
    n, device = len(has_two), has_two.device
    kind = uniform(generator, device, 0, 1, n)
    mixed = uniform(generator, device, *MIXED_PART, n)
    pure = (kind > MIXED_SHARE + (1 - MIXED_SHARE) * STIR_SHARE).float()
    return torch.where(has_two, torch.where(kind < MIXED_SHARE, mixed, pure), torch.ones_like(kind))


def _swapped(bones: Tensor, mirror: Tensor) -> Tensor:
    """Let left and right ilium of (n, bone, h, w) change places where `mirror` is negative."""
    return torch.where(mirror[:, None, None, None] < 0, bones[:, [b - 1 for b in MIRRORED]], bones)


def draw_places(
    stack: Stack, chosen: Tensor, generator: torch.Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """Draw where each pixel of the answer's window and a ring around it is taken from.

    Returns places (n, `N_SLICES`, h, w, 3) in the stack, as `grid_sample` has them (column,
    row, slice); whether left and right change places (n,), where -1; and where the middle
    slice, without the ring, lies beyond the slab (n, h, w).
    """
    n, device = len(chosen), chosen.device
    pixel, mirror = _in_plane(n, device, generator)  # from the middle of a slice
    n_slices = stack.n_slices[chosen]
    index = (uniform(generator, device, 0, 1, n) * n_slices).floor()
    step = 1 + (uniform(generator, device, 0, 1, n) < FURTHER_SHARE).float()
    around = torch.arange(-N_NEIGHBOURS, N_NEIGHBOURS + 1, device=device)
    last = (n_slices - 1)[:, None].float()
    depth = (index[:, None] + step[:, None] * around).clamp(min=0).minimum(last)
    depth = depth[:, :, None, None] + _tilt(pixel, generator)[:, None]
    where = torch.cat([pixel[:, None].expand(-1, N_SLICES, -1, -1, -1), depth[..., None]], -1)
    if stack.moved is not None:
        where = where + _towards_others(stack, chosen, where, generator)
    within = where[..., 2].clamp(min=0).minimum(last[:, :, None, None])
    place = torch.stack([where[..., 0], where[..., 1], within], -1)
    beyond = (where[..., 2] - within).abs()[:, N_NEIGHBOURS, RING:-RING, RING:-RING] > HALF_SLICE
    return _in_stack(place, stack.first[chosen], stack.bones), mirror, beyond


def _in_plane(n: int, device: torch.device, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Turn, scale, shift, mirror and bend the window: pixels (n, h, w, 2) from the middle."""

    def draw(low: float, high: float) -> Tensor:
        return uniform(generator, device, low, high, n)

    angle, scale, taller = draw(-MAX_TURN, MAX_TURN), draw(*SCALE), draw(*TALLER)
    mirror = torch.where(draw(0, 1) < 0.5, -1.0, 1.0)
    cos, sin = torch.cos(angle) * scale, torch.sin(angle) * scale
    rows = [
        torch.stack([cos * mirror, -sin, draw(-1, 1) * MAX_SHIFT[0]], 1),
        torch.stack([sin * taller * mirror, cos * taller, draw(-1, 1) * MAX_SHIFT[1]], 1),
    ]
    size = WINDOW + 2 * RING
    steps = (torch.arange(size, device=device) - (size - 1) / 2) * 2 / WINDOW
    across, down = torch.meshgrid(steps, steps, indexing="xy")
    still = torch.stack([across, down, torch.ones_like(across)])
    turned = torch.einsum("nij,jhw->nhwi", torch.stack(rows, 1), still)
    points = uniform(generator, device, -MAX_BEND, MAX_BEND, n, 2, N_BENDS, N_BENDS)
    bend = smooth(points, (size, size))
    return (turned + bend.permute(0, 2, 3, 1)) * WINDOW / 2, mirror


def _tilt(pixel: Tensor, generator: torch.Generator) -> Tensor:
    """Offset in slices (n, h, w) of planes prescribed a little differently."""
    n, device = len(pixel), pixel.device
    aside, down, shift, kind = uniform(generator, device, -1, 1, 4, n, 1, 1)
    plane = MAX_TILT * (down * pixel[..., 1] + aside / 2 * pixel[..., 0]) + shift / 2
    return torch.where(kind < 2 * TILTED_SHARE - 1, plane, torch.zeros_like(plane))


def _towards_others(
    stack: Stack, chosen: Tensor, where: Tensor, generator: torch.Generator
) -> Tensor:
    """Displace places towards, or away from, a shape between two other subjects."""
    n, device = len(chosen), chosen.device
    n_slices, n_moved = stack.n_slices[chosen], stack.n_moved[chosen]
    inside = where[..., 2].clamp(min=0).minimum((n_slices - 1)[:, None, None, None].float())
    place = torch.stack([where[..., 0], where[..., 1], inside], -1)

    def one_of_them() -> Tensor:
        pick = (uniform(generator, device, 0, 1, n) * n_moved).floor().long()
        places = _in_stack(place, stack.first_moved[chosen] + pick * n_slices, stack.moved)
        return _sampled(stack.moved, places).permute(0, 2, 3, 4, 1)

    between = uniform(generator, device, 0, 1, n)
    part = uniform(generator, device, *RESHAPED_PART, n)
    is_reshaped = uniform(generator, device, 0, 1, n) < RESHAPED_SHARE
    part = torch.where(is_reshaped & (n_moved > 0), part, torch.zeros_like(part))
    between, part = (x[:, None, None, None, None] for x in (between, part))
    return (part * torch.lerp(one_of_them(), one_of_them(), between)).flip(-1)


def _in_stack(place: Tensor, first: Tensor, stacked: Tensor) -> Tensor:
    """Take pixels from the middle and slices of a scan (n, slice, h, w, 3) into the stack.

    As `grid_sample` has them, so that they mean the same on a grid of finer pixels.
    """
    depth, height, across = stacked.shape[2:]
    behind = place[..., 2] + first[:, None, None, None] + 0.5
    return torch.stack(
        [place[..., 0] * 2 / across, place[..., 1] * 2 / height, behind * 2 / depth - 1], -1
    )


def finer_places(places: Tensor) -> Tensor:
    """Take places (n, slice, h, w, 3) with their ring to those that the network sees, without."""
    n, n_slices, height, across, _ = places.shape
    flat = places.permute(0, 1, 4, 2, 3).reshape(n * n_slices, 3, height, across)
    cut = RING * FINER
    fine = finer(flat)[..., cut:-cut, cut:-cut]
    return fine.unflatten(0, (n, n_slices)).permute(0, 1, 3, 4, 2)


def _sampled(stacked: Tensor, places: Tensor) -> Tensor:
    """Take (1, channel, depth, height, across) at places (n, slice, h, w, 3), linearly.

    Returns (n, channel, slice, h, w).
    """
    n = len(places)
    flat = places.flatten(0, 1)[None]
    found = functional.grid_sample(stacked, flat, align_corners=False)
    return found[0].unflatten(1, (n, -1)).transpose(0, 1)
