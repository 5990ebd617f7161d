"""The bone network: its layers, its scores on slices, its export."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from lab.training.samples import MIRRORED, N_CLASSES, Scan
from mri_bme.place_rois.network import FINER, N_NEIGHBOURS, with_neighbours
from mri_bme.sacroiliac import BoneLabel

CHANNELS = (32, 64, 128, 192)
FOLD = 2  # pixels of the answer folded into channels: no wide layer runs at full resolution
N_INPUTS = 2 * N_NEIGHBOURS + 2
N_FINE = 16  # channels of the one layer that does
N_AT_ONCE = 4  # slices


class Block(nn.Sequential):  # type: ignore[misc]  # torch is untyped here
    """Two convolutions."""

    def __init__(self, n_in: int, n_out: int) -> None:
        super().__init__(
            nn.Conv2d(n_in, n_out, 3, padding=1, bias=False),
            nn.BatchNorm2d(n_out),
            nn.ReLU(inplace=True),
            nn.Conv2d(n_out, n_out, 3, padding=1, bias=False),
            nn.BatchNorm2d(n_out),
            nn.ReLU(inplace=True),
        )


class UNet(nn.Module):  # type: ignore[misc]  # torch is untyped here
    """Levels of half the size each, with added skips."""

    def __init__(self, n_in: int, channels: Sequence[int]) -> None:
        super().__init__()
        self.down = nn.ModuleList(Block(a, b) for a, b in pairwise((n_in, *channels)))
        pairs = list(pairwise(channels))[::-1]
        self.squeeze = nn.ModuleList(nn.Conv2d(b, a, 1) for a, b in pairs)
        self.up = nn.ModuleList(Block(a, a) for a, _ in pairs)

    def features(self, x: Tensor) -> Tensor:
        """Return as many channels as the first level has, in the size of `x`."""
        skips = []
        for level, block in enumerate(self.down):
            x = block(x if level == 0 else functional.max_pool2d(x, 2))
            skips.append(x)
        for squeeze, block, skip in zip(self.squeeze, self.up, skips[-2::-1], strict=True):
            x = block(functional.interpolate(squeeze(x), scale_factor=2.0) + skip)
        return x


class BoneNet(UNet):
    """U-Net on folded pixels of slices with their neighbours.

    A last, narrow layer looks at the unfolded pixels again and corrects the border.
    """

    def __init__(self) -> None:
        super().__init__(N_INPUTS * (FOLD * FINER) ** 2, CHANNELS)
        self.head = nn.Conv2d(CHANNELS[0], N_CLASSES * FOLD**2, 1)
        n_unfolded = CHANNELS[0] // FOLD**2 + N_INPUTS * FINER**2
        self.fine = nn.Conv2d(n_unfolded, N_FINE, 3, padding=1)
        self.correct = nn.Conv2d(N_FINE, N_CLASSES, 3, padding=1)
        nn.init.zeros_(self.correct.weight)
        nn.init.zeros_(self.correct.bias)

    def forward(self, slices: Tensor) -> Tensor:
        """Return logits (n, classes, height, across) on the grid of the answer."""
        x = self.features(functional.pixel_unshuffle(slices, FOLD * FINER))
        coarse = functional.pixel_shuffle(self.head(x), FOLD)
        detail = functional.pixel_unshuffle(slices, FINER)
        seen = torch.cat([functional.pixel_shuffle(x, FOLD), detail], 1)
        return coarse + self.correct(functional.relu(self.fine(seen)))


@torch.no_grad()  # type: ignore[untyped-decorator]  # torch is untyped here
def shares_found(net: BoneNet, slices: np.ndarray, *, mirrored: bool = False) -> np.ndarray:
    """Probability of each bone (class, slice, row, column) on one contrast.

    With `mirrored`, the mean over the volume and its mirror image.
    """
    device = next(net.parameters()).device

    def found(seen: np.ndarray) -> Tensor:
        parts = torch.from_numpy(with_neighbours(seen)).split(N_AT_ONCE)
        chance = torch.cat([torch.softmax(net(part.to(device)), 1) for part in parts])
        return chance.transpose(0, 1).cpu()

    net.eval()
    chance = found(slices)
    if mirrored:
        flipped = found(np.ascontiguousarray(slices[..., ::-1])).flip(3)
        chance = (chance + flipped[[BoneLabel.BACKGROUND, *MIRRORED]]) / 2
    net.train()
    return np.asarray(chance.numpy())


def evaluate(net: BoneNet, scans: Sequence[Scan]) -> dict[str, dict[str, float]]:
    """Dice per contrast, acquired or made, on the grid of the answer: region, and bone by bone."""
    table: dict[str, dict[str, float]] = {}
    for scan in scans:
        wanted = scan.share.argmax(axis=0)
        for name, slices in zip(("t1w", "stir"), scan.contrasts, strict=False):
            found = shares_found(net, slices).argmax(axis=0)
            found = np.where(scan.known > 0.5, found, 0)
            scores = {"region": dice(found > 0, wanted > 0)}
            for bone in list(BoneLabel)[1:]:
                scores[bone.name.lower()] = dice(found == bone, wanted == bone)
            table[f"{scan.name} {name}"] = scores
    return table


def dice(a: np.ndarray, b: np.ndarray) -> float:
    """Overlap of two masks."""
    n_both, n_sum = int((a & b).sum()), int(a.sum()) + int(b.sum())
    return round(2 * n_both / max(n_sum, 1), 3)


def export(net: BoneNet, path: Path) -> None:
    """Write the network with softmax as ONNX."""
    whole = nn.Sequential(net, nn.Softmax(1)).cpu().eval()
    example = torch.zeros(1, N_INPUTS, 352, 352)
    seen = {0: "slices", 2: "height", 3: "across"}
    answered = {0: "slices", 2: "answer height", 3: "answer across"}
    torch.onnx.export(
        whole,
        (example,),
        str(path),
        input_names=["slices"],
        output_names=["probability"],
        dynamic_axes={"slices": seen, "probability": answered},
        opset_version=17,
        dynamo=False,
    )
    net.train()
