"""Train the bone network of `mri_bme.place_rois` and export it to ONNX.

Needs `pip install torch onnx` beside the project, and a folder laid out as the labelled
scans: ``sij_nifti/sub-*`` and ``sij_t1w_extra/sub-*`` (see `mri_bme.io.labelled_scans`).
Scans without labels may be added, labelled by earlier weights.
Phantoms are made on the way, and kept in ``OUT/../phantoms``.

    python -m mri_bme.training.train_bones DATA OUT --hold-out sub-1007 sub-2015 --iterations 3000
    python -m mri_bme.training.train_bones DATA OUT --iterations 8000 --start OUT/weights.pt
"""

import argparse
import json
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from mri_bme.io.labelled_scans import labelled_folders, read_labelled_scan
from mri_bme.io.nifti import read_nifti
from mri_bme.phantom import PhantomVisit, random_visit
from mri_bme.place_rois.automatic import mirrored_probabilities
from mri_bme.place_rois.axes import PelvisAxes, pelvis_axes
from mri_bme.place_rois.grid import network_grid, normalise
from mri_bme.sacroiliac import BoneLabel
from mri_bme.training.bone_net import BoneNet, evaluate, export
from mri_bme.training.samples import N_CLASSES, Scan, augment, draw_sample
from mri_bme.training.shapes import displacement_to
from mri_bme.volume import Volume

log = logging.getLogger("train_bones")

PHANTOM_SHARE = 0.12  # of the slices that are drawn
TAUGHT_SHARE = 0.2  # of the slices that are drawn
PHANTOM_FINENESS = 1.4
JOINT_GAP_MM = 5.0  # readers drew across the joint, a phantom's bones end at their cortex
LUMBAR_HALF_WIDTH_MM = 45.0
EMA_DECAY = 0.999
WEIGHT_DECAY = 1e-2
IGNORED_WEIGHT = 0.0


def load_scan(folder: Path) -> Scan:
    """Read one labelled subject."""
    found = read_labelled_scan(folder)
    axes = pelvis_axes(found.t1.geometry)
    volumes = [found.t1] if found.stir is None else [found.t1, found.stir]
    return on_network_grid(found.name, volumes, one_hot(axes.view(found.bones)), axes)


def load_phantom(seed: int, folder: Path) -> Scan:
    """Make a random phantom, or read it from `folder`."""
    path = folder / f"phantom{seed}.npz"
    if not path.is_file():
        scan = phantom_scan(random_visit(seed, fineness=PHANTOM_FINENESS), seed)
        folder.mkdir(parents=True, exist_ok=True)
        np.savez(path, slices=np.stack(scan.contrasts), share=scan.share, known=scan.known)
    with np.load(path) as kept:
        contrasts = list(kept["slices"])
        return Scan(path.stem, contrasts, kept["share"], kept["known"], is_phantom=True)


def phantom_scan(visit: PhantomVisit, seed: int) -> Scan:
    """Bring a phantom's labels to how readers drew: no joint gap, lumbar above L5 unknown."""
    axes = pelvis_axes(visit.volume.geometry)
    bones = np.array(axes.view(visit.bone_labels))
    distance = axes.view(visit.joint_distance_mm)
    columns = np.arange(bones.shape[2])
    middle = np.median(np.nonzero(bones == BoneLabel.SACRUM)[2])
    ilia = np.where(columns > middle, BoneLabel.LEFT_ILIUM, BoneLabel.RIGHT_ILIUM)
    gap = (bones == 0) & (np.abs(distance) < JOINT_GAP_MM / 2) & _between(bones, axes)
    bones[gap] = np.where(distance < 0, BoneLabel.SACRUM, ilia)[gap]
    known = np.ones(bones.shape, dtype=np.float32)
    lumbar = np.nonzero(bones == BoneLabel.L5)[1]
    if lumbar.size:
        central = np.abs(columns - middle) * axes.spacing_mm[2] < LUMBAR_HALF_WIDTH_MM
        above = np.arange(bones.shape[1])[:, None] < np.quantile(lumbar, 0.9)
        known[(bones == 0) & central & above] = IGNORED_WEIGHT
    volumes = [visit.t1, visit.volume]
    return on_network_grid(f"phantom{seed}", volumes, one_hot(bones), axes, known=known)


def _between(bones: np.ndarray, axes: PelvisAxes) -> np.ndarray:
    """Voxels with sacrum and ilium to either side in their row, at most a gap away."""
    reach = round(JOINT_GAP_MM / axes.spacing_mm[2])
    sacrum, ilium = bones == BoneLabel.SACRUM, np.isin(bones, (2, 3))
    near = [
        np.any([np.roll(b, s, axis=2) for s in range(-reach, reach + 1)], axis=0)
        for b in (sacrum, ilium)
    ]
    return np.asarray(near[0] & near[1])


def on_network_grid(
    name: str,
    volumes: list[Volume],
    chance: np.ndarray,
    axes: PelvisAxes,
    known: np.ndarray | None = None,
) -> Scan:
    """Resample contrasts, and the share of each bone (class, depth, height, across)."""
    grid = network_grid(chance.shape[1:], axes)
    share = grid.to_network(chance)
    share[0] += 1 - share.sum(axis=0)  # outside the volume
    slices = [normalise(grid.to_network(axes.view(v.voxels))) for v in volumes]
    weight = np.ones(share.shape[1:], np.float32) if known is None else grid.to_network(known)
    return Scan(name, slices, share, weight, is_phantom=known is not None)


def one_hot(bones: np.ndarray) -> np.ndarray:
    """Make shares of 0 and 1 of labels."""
    return np.stack([bones == b for b in range(N_CLASSES)]).astype(np.float32)


def taught_scan(path: Path, teacher: Path) -> Scan:
    """Read a scan that nobody labelled; the shares are what other weights make of it."""
    volume = read_nifti(path)
    axes = pelvis_axes(volume.geometry)
    view = np.ascontiguousarray(axes.view(volume.voxels))
    chance = np.mean(mirrored_probabilities(view, axes, weights=teacher), axis=0)
    return on_network_grid(path.parent.name, [volume], chance, axes)


def add_shapes(scans: Sequence[Scan], others: Sequence[Scan]) -> None:
    """Let each scan take the shape of other subjects that lie on a grid like its own."""
    subjects = {other.name: other for other in others}.values()
    for scan in scans:
        scan.displacements = [
            displacement_to(scan.share, other.share)
            for other in subjects
            if other.name != scan.name and other.share.shape == scan.share.shape
        ]


def loss_of(logits: Tensor, share: Tensor, known: Tensor) -> Tensor:
    """Cross-entropy plus soft Dice over the batch, where the labels are known."""
    log_chance = torch.log_softmax(logits, 1)
    entropy = -((share * log_chance).sum(1) * known).mean()
    chance = log_chance.exp() * known[:, None]
    wanted = share * known[:, None]
    both = (chance * wanted).sum((0, 2, 3))
    dice = (2 * both + 1) / ((chance**2).sum((0, 2, 3)) + (wanted**2).sum((0, 2, 3)) + 1)
    return entropy + 1 - dice[1:].mean()


@dataclass
class Recipe:
    """What a training run is told."""

    iterations: int
    batch: int
    rate: float
    seed: int
    seconds: float
    is_half_precision: bool


@dataclass
class Scans:
    """What is learned from, by where its labels come from, and what is measured on."""

    drawn: list[Scan]
    phantoms: list[Scan]
    taught: list[Scan]
    unseen: list[Scan]

    def pool(self, rng: np.random.Generator) -> list[Scan]:
        """Choose what the next slice is drawn from."""
        chance = rng.random()
        if self.phantoms and chance < PHANTOM_SHARE:
            return self.phantoms
        if self.taught and chance > 1 - TAUGHT_SHARE:
            return self.taught
        return [s for s in self.drawn for _ in s.contrasts]  # STIR is not rarer


def train(net: BoneNet, scans: Scans, recipe: Recipe, out: Path) -> BoneNet:
    """Run the optimiser and return the running average of its weights."""
    rng = np.random.default_rng(recipe.seed)
    generator = torch.Generator().manual_seed(recipe.seed)
    optimiser = torch.optim.AdamW(net.parameters(), lr=recipe.rate, weight_decay=WEIGHT_DECAY)
    average = BoneNet()
    average.load_state_dict(net.state_dict())
    began, running, i = time.monotonic(), 0.0, 0
    while i < recipe.iterations:
        i += 1
        gone = time.monotonic() - began
        progress = max(i / recipe.iterations, gone / recipe.seconds)
        if progress >= 1:
            break
        for group in optimiser.param_groups:
            group["lr"] = recipe.rate * schedule(progress)
        pools = [scans.pool(rng) for _ in range(recipe.batch)]
        drawn = [draw_sample(pool[int(rng.integers(len(pool)))], rng) for pool in pools]
        inputs, share, known = augment(drawn, generator)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=recipe.is_half_precision):
            logits = net(inputs.to(memory_format=torch.channels_last))
        loss = loss_of(logits.float(), share, known)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        follow(average, net, min(EMA_DECAY, i / (i + 10)))
        running = loss.item() if i == 1 else 0.98 * running + 0.02 * loss.item()
        if i % 100 == 0:
            log.info("%d loss %.3f after %.0f s", i, running, time.monotonic() - began)
        if i % 1000 == 0:
            torch.save(average.state_dict(), out / "weights.pt")
            for name, scores in evaluate(average, scans.unseen).items():
                log.info("  %s %s", name, scores)
    return average


def schedule(progress: float) -> float:
    """Warm up over a twentieth, then a half cosine down to nothing."""
    warm = min(progress / 0.05, 1.0)
    return float(warm * (1 + np.cos(np.pi * progress)) / 2)


@torch.no_grad()  # type: ignore[untyped-decorator]  # torch is untyped here
def follow(average: BoneNet, net: BoneNet, decay: float) -> None:
    """Move the averaged weights and statistics towards the current ones."""
    for kept, now in zip(average.state_dict().values(), net.state_dict().values(), strict=True):
        if kept.is_floating_point():
            kept.lerp_(now, 1 - decay)
        else:
            kept.copy_(now)


def main() -> None:
    """Train, evaluate on what was held out, export."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--hold-out", nargs="*", default=[])
    parser.add_argument("--phantoms", type=int, default=24, help="how many from each first seed")
    parser.add_argument("--phantom-seeds", type=int, nargs="*", default=[1000], help="first seeds")
    parser.add_argument("--iterations", type=int, default=8000)
    parser.add_argument("--seconds", type=float, default=1e9, help="stop training then")
    parser.add_argument("--batch", type=int, default=6)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--start", type=Path, help="weights to go on from")
    parser.add_argument("--unlabelled", type=Path, nargs="*", default=[], help="NIfTI files")
    parser.add_argument("--teacher", type=Path, help="ONNX weights that label these")
    parser.add_argument("--bfloat16", action="store_true", help="faster where the CPU has it")
    options = parser.parse_args()
    if options.unlabelled and not options.teacher:
        parser.error("--unlabelled scans need --teacher, the weights that label them")
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    options.out.mkdir(parents=True, exist_ok=True)
    labelled = [load_scan(f) for f in labelled_folders(options.data)]
    held_out, kept = options.hold_out, options.out.parent / "phantoms"
    first_seeds = options.phantom_seeds
    scans = Scans(
        drawn=[s for s in labelled if s.name not in held_out],
        phantoms=[load_phantom(f + i, kept) for f in first_seeds for i in range(options.phantoms)],
        taught=[taught_scan(path, options.teacher) for path in options.unlabelled],
        unseen=[s for s in labelled if s.name in held_out],
    )
    add_shapes(scans.drawn, [*scans.drawn, *scans.taught])
    net = BoneNet().to(memory_format=torch.channels_last)
    if options.start:
        found = net.load_state_dict(torch.load(options.start, weights_only=True), strict=False)
        log.info("new parameters: %s", found.missing_keys)
    log.info("%d parameters", sum(p.numel() for p in net.parameters()))
    recipe = Recipe(
        options.iterations,
        options.batch,
        options.rate,
        options.seed,
        options.seconds,
        options.bfloat16,
    )
    average = train(net, scans, recipe, options.out)
    torch.save(average.state_dict(), options.out / "weights.pt")
    export(average, options.out / "bones.onnx")
    result = {"held_out": evaluate(average, scans.unseen), "seen": evaluate(average, scans.drawn)}
    (options.out / "scores.json").write_text(json.dumps(result, indent=1))
    log.info(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
