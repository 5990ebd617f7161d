"""Batches to learn from: windows on joints, turned, scaled, dimmed, blurred and noisy."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from lab.training.edema_views import TaughtView
from mri_bme.segment_edema.joint_view import BRIGHTEST, BRIGHTEST_T1, FARTHEST_MM

WINDOW = (112, 96)  # pixels down and across
PHANTOM_SHARE = 0.15  # of the samples
NEGATIVE_SHARE = 0.12  # of the samples: real joints of which nobody drew edema
EDEMA_SHARE = 0.6  # of the samples of a joint with edema: around a place that has some
WITHOUT_T1_SHARE = 0.3
FURTHER_SHARE = 0.2  # of the samples: slices twice as far apart
NEAR_MM = 15.0  # from the joint: where windows lie

# Pose and look, chosen to be wider than what positioning and protocols give.
MAX_TURN = 0.3  # radians
SCALE = (0.8, 1.25)
MAX_SHIFT = 18  # pixels
MAX_T1_SHIFT_MM = 1.0  # patients move between series
GAIN = (0.88, 1.14)  # of intensity over reference marrow: which marrow is taken varies
GAMMA = (0.8, 1.25)
MAX_TILT = 0.15  # of the logarithm, over half a window
MAX_NOISE = 0.12  # SD, in medians of reference marrow


class Batch(NamedTuple):
    """`planes` (n, 9, h, w), `share` and `known` (n, h, w)."""

    planes: Tensor
    share: Tensor
    known: Tensor


@dataclass(frozen=True, eq=False)
class Source:
    """One joint as tensors: (slices, 6, height, across), and where windows may lie."""

    maps: Tensor
    anywhere: Tensor
    edema: Tensor

    @classmethod
    def of(cls, view: TaughtView) -> "Source":
        """Stack the arrays of a view."""
        maps = np.stack(
            [view.intensity, view.t1, view.marrow, view.distance_mm, view.share, view.known], 1
        )
        near = (view.known > 0.5) & (np.abs(view.distance_mm) < NEAR_MM)
        return cls(
            torch.from_numpy(maps),
            torch.from_numpy(np.argwhere(near)),
            torch.from_numpy(np.argwhere((view.share > 0) & (view.known > 0.5))),
        )


class Joints:
    """Joints to draw from, each kind with its share of what is drawn."""

    def __init__(
        self,
        read: Sequence[Sequence[TaughtView]],
        negative: Sequence[TaughtView],
        phantoms: Sequence[TaughtView],
    ) -> None:
        self.sources: list[Source] = []
        chances: list[float] = []
        parts = [(PHANTOM_SHARE, phantoms), (NEGATIVE_SHARE, negative)]
        left = 1 - sum(share for share, views in parts if views)
        parts += [(left / len(read), views) for views in read]
        for share, views in parts:
            for view in views:
                self.sources.append(Source.of(view))
                chances.append(share / len(views))
        self.chances = torch.tensor(chances)

    def draw(self, n: int, generator: torch.Generator) -> Batch:
        """Draw windows and vary them."""
        chosen = torch.multinomial(self.chances, n, replacement=True, generator=generator)
        windows = [_window(self.sources[int(i)], generator) for i in chosen]
        stir = torch.stack([w[0] for w in windows])
        t1 = torch.stack([w[1] for w in windows])
        rest = torch.stack([w[2] for w in windows])
        stir = _looking_otherwise(stir, generator, MAX_NOISE).clamp(max=BRIGHTEST) - 1
        t1 = _looking_otherwise(t1, generator, MAX_NOISE).clamp(max=BRIGHTEST_T1) - 1
        flag = (torch.rand(n, 1, 1, 1, generator=generator) >= WITHOUT_T1_SHARE).float()
        marrow, distance, share, known = rest.unbind(1)
        planes = torch.cat(
            [
                stir,
                t1 * flag,
                marrow[:, None],
                (distance / FARTHEST_MM).clamp(-1, 1)[:, None],
                flag.expand(-1, 1, *WINDOW),
            ],
            1,
        )
        return Batch(planes, share, known)


def _uniform(generator: torch.Generator, low: float, high: float) -> float:
    return low + (high - low) * float(torch.rand((), generator=generator))


def _window(source: Source, generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """Cut out a window: three slices of each contrast, and maps of the middle one."""
    has_edema = len(source.edema) > 0 and _uniform(generator, 0, 1) < EDEMA_SHARE
    places = source.edema if has_edema else source.anywhere
    s, r, c = places[int(torch.randint(len(places), (), generator=generator))].tolist()
    n, _, height, across = source.maps.shape
    step = 2 if _uniform(generator, 0, 1) < FURTHER_SHARE else 1
    around = [min(max(s + d, 0), n - 1) for d in (-step, 0, step)]
    scale = _uniform(generator, *SCALE)
    matrix = _turn(generator) * scale
    middle = torch.tensor(
        [
            c + _uniform(generator, -MAX_SHIFT, MAX_SHIFT),
            r + _uniform(generator, -MAX_SHIFT, MAX_SHIFT),
        ]
    )
    size = torch.tensor([across, height])
    grid = _grid() @ matrix.T + middle + 0.5
    seen = _sampled(
        torch.cat([source.maps[around, 0], source.maps[s, 2:]])[None], 2 * grid / size - 1
    )
    moved = torch.tensor([_uniform(generator, -1, 1) * MAX_T1_SHIFT_MM / 0.7 for _ in range(2)])
    t1 = _sampled(source.maps[around, 1][None], 2 * (grid + moved) / size - 1)
    rest = seen[3:]
    rest[1] = rest[1] / scale
    return seen[:3], t1, rest


def _turn(generator: torch.Generator) -> Tensor:
    """Turn, make a little taller or wider, and shear."""
    angle = _uniform(generator, -MAX_TURN, MAX_TURN)
    taller = _uniform(generator, 0.9, 1.1)
    cos, sin = math.cos(angle), math.sin(angle)
    shear = _uniform(generator, -0.1, 0.1)
    turned = torch.tensor([[cos, -sin], [sin, cos]])
    return turned @ torch.tensor([[1.0, shear], [0.0, taller]])


def _grid() -> Tensor:
    rows, columns = (torch.arange(n) - (n - 1) / 2 for n in WINDOW)
    return torch.stack(torch.meshgrid(columns, rows, indexing="xy"), -1)


def _sampled(maps: Tensor, grid: Tensor) -> Tensor:
    """Interpolate maps (1, channels, h, w) at places of the window."""
    return functional.grid_sample(maps, grid[None], padding_mode="border", align_corners=False)[0]


def _looking_otherwise(slices: Tensor, generator: torch.Generator, noise: float) -> Tensor:
    """Vary gain, grey scale, shading, sharpness and noise of (n, 3, h, w)."""
    n = len(slices)

    def draw(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(n, 1, 1, 1, generator=generator)

    rows, columns = (torch.linspace(-1, 1, k) for k in WINDOW)
    tilt = draw(-1, 1) * rows[:, None] + draw(-1, 1) * columns
    bent = slices.clamp(min=1e-3) ** torch.exp(draw(math.log(GAMMA[0]), math.log(GAMMA[1])))
    seen = bent * torch.exp(MAX_TILT * tilt) * draw(*GAIN)
    soft = functional.avg_pool2d(seen, 3, 1, 1, count_include_pad=False)
    part = draw(-0.4, 1).clamp(min=0)
    seen = seen + part * (soft - seen)
    coarse = torch.randn(seen.shape, generator=generator)
    coarse = torch.where(draw(0, 1) < 0.5, coarse, 2 * functional.avg_pool2d(coarse, 3, 1, 1))
    return seen + draw(-0.3, 1).clamp(min=0) * noise * coarse
