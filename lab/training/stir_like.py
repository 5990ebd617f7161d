"""Make a STIR of a T1W series, so that scans without STIR teach what bones look like on it.

A small network learns it from the labelled subjects that have both, slice by slice. What it
makes is smooth, lacks edema that T1W does not show, and serves the training of bones alone.

    python -m lab.training.stir_like DATA OUT.pt --hold-out sub-1007 sub-2015
"""

import argparse
import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from lab.labelled_scans import labelled_folders
from lab.training.bone_net import UNet
from lab.training.samples import N_SLICES, WINDOW, Scan
from lab.training.scans import load_scan
from mri_bme.place_rois.network import BRIGHTEST, FINER, with_neighbours

log = logging.getLogger("stir_like")

CHANNELS = (24, 48, 72, 96)
FOLD = 2  # pixels folded into channels
BATCH = 4
RATE = 2e-3
WEIGHT_DECAY = 1e-2
EDGE_WEIGHT = 1.0  # of the difference of neighbouring pixels: borders of bone are what matters


class StirLike(UNet):
    """U-Net from T1W slices with their neighbours to one slice of STIR."""

    def __init__(self) -> None:
        super().__init__(N_SLICES * FOLD**2, CHANNELS)
        self.head = nn.Conv2d(CHANNELS[0], FOLD**2, 1)

    def forward(self, slices: Tensor) -> Tensor:
        """Return (n, height, across) of (n, 5, height, across)."""
        x = self.features(functional.pixel_unshuffle(slices, FOLD))
        return functional.pixel_shuffle(self.head(x), FOLD)[:, 0]


def learn(scans: Sequence[Scan], *, iterations: int, seed: int, device: str = "cpu") -> StirLike:
    """Train on scans that have T1W and STIR, in this order."""
    rng = np.random.default_rng(seed)
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    net: StirLike = StirLike().to(device, memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=WEIGHT_DECAY)
    pairs = [
        np.concatenate([with_neighbours(t1)[:, :-1], stir[:, None]], axis=1)
        for t1, stir in (scan.contrasts for scan in scans)
    ]
    for i in range(iterations):
        optimiser.param_groups[0]["lr"] = RATE * (1 + np.cos(np.pi * i / iterations)) / 2
        chosen = [pairs[int(rng.integers(len(pairs)))] for _ in range(BATCH)]
        drawn = np.stack([pair[int(rng.integers(len(pair)))] for pair in chosen])
        places = _places(BATCH, generator).to(device)
        both = functional.grid_sample(
            torch.from_numpy(drawn).to(device), places, align_corners=False
        )
        gamma = (0.8 + 0.4 * torch.rand((BATCH, 1, 1, 1), generator=generator)).to(device)
        found = net((both[:, :-1].clamp(min=1e-4) ** gamma).to(memory_format=torch.channels_last))
        loss = difference(found, both[:, -1])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if i % 100 == 0:
            log.info("%d difference %.3f", i, loss.item())
    net.eval()
    return net


def difference(found: Tensor, wanted: Tensor) -> Tensor:
    """Mean absolute difference of pixels, and of how neighbours differ."""
    loss = (found - wanted).abs().mean()
    for axis in (1, 2):
        loss = loss + EDGE_WEIGHT * (found.diff(dim=axis) - wanted.diff(dim=axis)).abs().mean()
    return loss


def _places(n: int, generator: torch.Generator) -> Tensor:
    """Mirrored, turned, scaled, shifted windows."""
    u = torch.rand((5, n), generator=generator)
    angle, scale = (u[0] - 0.5) * 0.3, 0.85 + 0.3 * u[1]
    mirror = torch.where(u[2] < 0.5, -1.0, 1.0)
    cos, sin = torch.cos(angle) * scale, torch.sin(angle) * scale
    shift = (u[3:] - 0.5) * 0.2
    rows = [
        torch.stack([cos * mirror, -sin, shift[0]], 1),
        torch.stack([sin * mirror, cos, shift[1]], 1),
    ]
    return functional.affine_grid(
        torch.stack(rows, 1), [n, 1, WINDOW * FINER, WINDOW * FINER], align_corners=False
    )


@torch.no_grad()  # type: ignore[untyped-decorator]  # torch is untyped here
def stir_of(net: StirLike, t1: np.ndarray) -> np.ndarray:
    """Make a STIR (slice, row, column) of a T1W series on the same grid."""
    device = next(net.parameters()).device
    parts = torch.from_numpy(with_neighbours(t1)[:, :-1]).split(4)
    made = torch.cat([net(part.to(device)) for part in parts])
    return np.asarray(made.clamp(0, BRIGHTEST).cpu().numpy())


def main() -> None:
    """Learn from the labelled subjects that have both contrasts, and keep the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--hold-out", nargs="*", default=[])
    parser.add_argument("--iterations", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--device", default="cpu", help="as torch names it: cpu, cuda")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    torch.set_num_threads(1)
    folders = [f for f in labelled_folders(options.data) if f.name not in options.hold_out]
    scans = [scan for scan in map(load_scan, folders) if len(scan.contrasts) > 1]
    log.info("learning from %s", ", ".join(scan.name for scan in scans))
    net = learn(scans, iterations=options.iterations, seed=options.seed, device=options.device)
    torch.save(net.state_dict(), options.out)


if __name__ == "__main__":
    main()
