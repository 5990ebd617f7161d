"""Train the bone network of `mri_bme.place_rois` and export it to ONNX.

Needs `pip install torch onnx` beside
the project, and a folder laid out as the labelled scans: ``sij_nifti/sub-*`` and
``sij_t1w_extra/sub-*``, each with ``t1w.nii.gz``, ``bone_region_manual.nii.gz`` and
perhaps ``stir.nii.gz``.

    python -m mri_bme.training.train_bones DATA OUT --hold-out sub-1007 sub-2015 --iterations 3000
    python -m mri_bme.training.train_bones DATA OUT --iterations 8000 --start OUT/weights.pt
"""

import argparse
import json
import logging
import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from mri_bme.io.nifti import read_nifti, read_nifti_labels
from mri_bme.place_rois.axes import pelvis_axes
from mri_bme.place_rois.grid import across_ramp, network_grid, normalise, with_neighbours
from mri_bme.place_rois.split import split_bones
from mri_bme.sacroiliac import BoneLabel

log = logging.getLogger("train_bones")

N_CLASSES = len(BoneLabel)
CHANNELS = (32, 48, 64, 96)
FOLD = 2  # pixels folded into channels, so that no layer runs at full resolution
MIRRORED = [
    BoneLabel.BACKGROUND,
    BoneLabel.SACRUM,
    BoneLabel.RIGHT_ILIUM,
    BoneLabel.LEFT_ILIUM,
    BoneLabel.L5,
]


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


class BoneNet(nn.Module):  # type: ignore[misc]  # torch is untyped here
    """U-Net with added skips on folded pixels of slices with their neighbours."""

    def __init__(self) -> None:
        super().__init__()
        sizes = (4 * FOLD**2, *CHANNELS)
        self.down = nn.ModuleList(Block(a, b) for a, b in pairwise(sizes))
        pairs = list(pairwise(CHANNELS))[::-1]
        self.squeeze = nn.ModuleList(nn.Conv2d(b, a, 1) for a, b in pairs)
        self.up = nn.ModuleList(Block(a, a) for a, _ in pairs)
        self.head = nn.Conv2d(CHANNELS[0], N_CLASSES * FOLD**2, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits (n, classes, height, across)."""
        skips = []
        x = functional.pixel_unshuffle(x, FOLD)
        for level, block in enumerate(self.down):
            x = block(x if level == 0 else functional.max_pool2d(x, 2))
            skips.append(x)
        for squeeze, block, skip in zip(self.squeeze, self.up, skips[-2::-1], strict=True):
            x = block(functional.interpolate(squeeze(x), scale_factor=2.0) + skip)
        return functional.pixel_shuffle(self.head(x), FOLD)


@dataclass
class Scan:
    """One subject on the network's grid."""

    name: str
    contrasts: list[np.ndarray]
    labels: np.ndarray


def load_scan(folder: Path) -> Scan:
    """Read one subject and derive its bones from the marrow mask."""
    t1 = read_nifti(folder / "t1w.nii.gz")
    region = read_nifti_labels(folder / "bone_region_manual.nii.gz", t1.geometry, what="marrow")
    bones = split_bones(region > 0, t1)
    axes = pelvis_axes(t1.geometry)
    volumes = [t1]
    if (folder / "stir.nii.gz").exists():
        volumes.append(read_nifti(folder / "stir.nii.gz"))
    grid = network_grid(axes.view(bones).shape, axes)
    one_hot = np.stack([axes.view(bones) == b for b in range(N_CLASSES)]).astype(np.float32)
    labels = np.argmax(np.stack([grid.to_network(c) for c in one_hot]), axis=0)
    slices = [normalise(grid.to_network(axes.view(v.voxels))) for v in volumes]
    return Scan(folder.name, slices, labels.astype(np.int64))


def draw_sample(scan: Scan, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Pick a slice with neighbours in a real or mixed contrast, with painted lesions."""
    index = int(rng.integers(len(scan.labels)))
    step = 1 if rng.random() < 0.7 else 2
    around = np.clip([index - step, index, index + step], 0, len(scan.labels) - 1)
    if len(scan.contrasts) > 1 and rng.random() < 0.3:
        share = rng.uniform(-0.2, 1.2)
        slices = share * scan.contrasts[0][around] + (1 - share) * scan.contrasts[1][around]
    else:
        slices = scan.contrasts[int(rng.integers(len(scan.contrasts)))][around]
    slices = paint_lesions(np.array(slices), scan.labels[around], rng)
    if rng.random() < 0.03:
        slices = rng.uniform(0.6, 1.0) - slices * rng.uniform(0.5, 1.0)
    return slices, scan.labels[index]


def paint_lesions(slices: np.ndarray, bones: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Brighten or darken smooth blobs of marrow, as edema, fat and sclerosis do."""
    if rng.random() < 0.5:
        return slices
    rows, columns = np.nonzero(bones[1])
    if not rows.size:
        return slices
    y, x = np.mgrid[: slices.shape[1], : slices.shape[2]]
    for _ in range(int(rng.integers(1, 5))):
        k = int(rng.integers(rows.size))
        width = rng.uniform(3, 12, size=2)
        blob = np.exp(-(((y - rows[k]) / width[0]) ** 2 + ((x - columns[k]) / width[1]) ** 2))
        slices = slices * (1 + rng.uniform(-0.6, 1.5) * blob * (bones > 0))
    return slices


def augment(slices: Tensor, labels: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Move, mirror, blur, shade and make noisy; slices (n, 3, h, w), labels (n, h, w)."""
    n, _, height, width = slices.shape

    def uniform(low: float, high: float, *shape: int) -> Tensor:
        return torch.rand(shape or (n,), generator=generator) * (high - low) + low

    angle, scale = uniform(-0.17, 0.17), uniform(0.82, 1.2)
    mirror = torch.where(torch.rand(n, generator=generator) < 0.5, -1.0, 1.0)
    cos, sin = torch.cos(angle) * scale, torch.sin(angle) * scale
    shift_x, shift_y = uniform(-0.12, 0.12), uniform(-0.15, 0.15)
    theta = torch.stack(
        [
            torch.stack([cos * mirror, -sin, shift_x], 1),
            torch.stack([sin * mirror, cos, shift_y], 1),
        ],
        1,
    )
    bend = functional.interpolate(
        uniform(-0.035, 0.035, n, 2, 6, 6), (height, width), mode="bicubic", align_corners=True
    ).permute(0, 2, 3, 1)
    where = functional.affine_grid(theta, [n, 3, height, width], align_corners=False) + bend
    slices = functional.grid_sample(slices, where, align_corners=False)
    labels = functional.grid_sample(
        labels[:, None].float(), where, mode="nearest", align_corners=False
    )[:, 0].long()
    swapped = torch.tensor(MIRRORED)[labels]
    labels = torch.where((mirror < 0)[:, None, None], swapped, labels)
    coarse = functional.interpolate(
        uniform(-0.5, 0.5, n, 1, 3, 3), (height, width), mode="bicubic", align_corners=True
    )
    slices = slices.clamp(min=0) ** uniform(0.7, 1.4, n, 1, 1, 1) * torch.exp(coarse)
    blur = functional.avg_pool2d(slices, 3, 1, 1)
    slices = torch.lerp(slices, blur, uniform(-0.5, 1.0, n, 1, 1, 1))
    noise = torch.randn(slices.shape, generator=generator)
    slices = (slices + noise * uniform(0, 0.06, n, 1, 1, 1)).clamp(0, 2.0)
    return slices * uniform(0.7, 1.3, n, 1, 1, 1), labels


def add_ramp(slices: Tensor) -> Tensor:
    """Append the ramp channel."""
    ramp = torch.from_numpy(across_ramp(slices.shape[3])).expand(
        len(slices), 1, slices.shape[2], -1
    )
    return torch.cat([slices, ramp], 1)


def loss_of(logits: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropy plus soft Dice over the batch."""
    chance = torch.softmax(logits, 1)
    one_hot = functional.one_hot(labels, N_CLASSES).permute(0, 3, 1, 2).float()
    both = (chance * one_hot).sum((0, 2, 3))
    dice = (2 * both + 1) / (chance.sum((0, 2, 3)) + one_hot.sum((0, 2, 3)) + 1)
    return functional.cross_entropy(logits, labels) + 1 - dice[1:].mean()


def evaluate(net: BoneNet, scans: list[Scan]) -> dict[str, dict[str, float]]:
    """Dice per contrast: whole region, and bone by bone."""
    net.eval()
    table: dict[str, dict[str, float]] = {}
    for scan in scans:
        for name, slices in zip(("t1w", "stir"), scan.contrasts, strict=False):
            with torch.no_grad():
                logits = net(torch.from_numpy(with_neighbours(slices)))
            found = logits.argmax(1).numpy()
            scores = {"region": dice(found > 0, scan.labels > 0)}
            for bone in list(BoneLabel)[1:]:
                scores[bone.name.lower()] = dice(found == bone, scan.labels == bone)
            table[f"{scan.name} {name}"] = scores
    net.train()
    return table


def dice(a: np.ndarray, b: np.ndarray) -> float:
    """Overlap of two masks."""
    n_both, n_sum = int((a & b).sum()), int(a.sum()) + int(b.sum())
    return round(2 * n_both / max(n_sum, 1), 3)


def export(net: BoneNet, path: Path) -> None:
    """Write the network with softmax as ONNX."""
    whole = nn.Sequential(net, nn.Softmax(1)).eval()
    example = torch.zeros(1, 4, 176, 176)
    axes = {0: "slices", 2: "height", 3: "across"}
    torch.onnx.export(
        whole,
        (example,),
        str(path),
        input_names=["slices"],
        output_names=["probability"],
        dynamic_axes={"slices": axes, "probability": axes},
        opset_version=17,
        dynamo=False,
    )
    net.train()


def main() -> None:
    """Train, evaluate on what was held out, export."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--hold-out", nargs="*", default=[])
    parser.add_argument("--iterations", type=int, default=3000)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--start", type=Path)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    options.out.mkdir(parents=True, exist_ok=True)
    folders = [
        f.parent
        for p in ("sij_nifti", "sij_t1w_extra")
        for f in sorted((options.data / p).glob("sub-*/t1w.nii.gz"))
    ]
    scans = [load_scan(f) for f in folders]
    seen = [s for s in scans if s.name not in options.hold_out]
    unseen = [s for s in scans if s.name in options.hold_out]
    net = BoneNet().to(memory_format=torch.channels_last)
    if options.start:
        net.load_state_dict(torch.load(options.start, weights_only=True))
    log.info("%d parameters, %d scans", sum(p.numel() for p in net.parameters()), len(seen))
    train(net, seen, unseen, options)
    result = {"held_out": evaluate(net, unseen), "seen": evaluate(net, seen)}
    (options.out / "scores.json").write_text(json.dumps(result, indent=1))
    log.info(json.dumps(result, indent=1))
    torch.save(net.state_dict(), options.out / "weights.pt")
    export(net, options.out / "bones.onnx")


def train(net: BoneNet, seen: list[Scan], unseen: list[Scan], options: argparse.Namespace) -> None:
    """Run the optimiser, keeping weights every 250 iterations."""
    rng = np.random.default_rng(options.seed)
    generator = torch.Generator().manual_seed(options.seed)
    optimiser = torch.optim.AdamW(net.parameters(), lr=options.rate, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, options.rate, total_steps=options.iterations, pct_start=0.1
    )
    # scans with two contrasts are drawn twice as often
    pool = [s for s in seen for _ in s.contrasts]
    began, running = time.monotonic(), 0.0
    for i in range(1, options.iterations + 1):
        drawn = [draw_sample(pool[int(rng.integers(len(pool)))], rng) for _ in range(options.batch)]
        slices = torch.from_numpy(np.stack([s for s, _ in drawn])).float()
        labels = torch.from_numpy(np.stack([b for _, b in drawn]))
        slices, labels = augment(slices, labels, generator)
        inputs = add_ramp(slices).to(memory_format=torch.channels_last)
        loss = loss_of(net(inputs), labels)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        running = loss.item() if i == 1 else 0.98 * running + 0.02 * loss.item()
        if i % 50 == 0:
            log.info("%d loss %.3f after %.0f s", i, running, time.monotonic() - began)
        if i % 250 == 0:
            torch.save(net.state_dict(), options.out / "weights.pt")
            for name, scores in evaluate(net, unseen).items():
                log.info("  %s %s", name, scores)


if __name__ == "__main__":
    main()
