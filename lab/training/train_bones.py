"""Train the bone network of `mri_bme.place_rois` and export it to ONNX.

Needs `pip install torch onnx` beside the project, and a folder laid out as the labelled
scans: ``sij_nifti/sub-*`` and ``sij_t1w_extra/sub-*`` (see `lab.labelled_scans`).
Scans without labels may be added, which the network labels itself on the way, and scans
without STIR given one (`lab.training.stir_like`).
Phantoms are made on the way, and kept in ``OUT/../phantoms``.

    python -m lab.training.train_bones DATA OUT --hold-out sub-1007 sub-2015 --iterations 3000
    python -m lab.training.train_bones DATA OUT --device cuda --batch 32 --seconds 1200
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

from lab.labelled_scans import labelled_folders
from lab.training.appearance import beside_joint
from lab.training.bone_net import BoneNet, evaluate, export, shares_found
from lab.training.samples import Scan, Stack, draw_batch
from lab.training.scans import load_phantom, load_scan, unlabelled_scan
from lab.training.shapes import displacements_to
from lab.training.stir_like import StirLike, stir_of

log = logging.getLogger("train_bones")

PHANTOM_SHARE = 0.12  # of the slices that are drawn
TAUGHT_SHARE = 0.35  # of the slices that are drawn: few subjects are labelled
TAUGHT_AT = (0.3, 0.6)  # of the run: the network labels what nobody did
JOINT_WEIGHT = 1.0  # on top of 1, in cross-entropy, for pixels near sacrum and ilium alike
EMA_DECAY = 0.999
WEIGHT_DECAY = 1e-2


def add_stir(scans: Sequence[Scan], net: StirLike) -> None:
    """Give scans that have T1W alone what their STIR may look like."""
    for scan in scans:
        if len(scan.contrasts) == 1:
            scan.contrasts.append(stir_of(net.eval(), scan.contrasts[0]))


def add_shapes(scans: Sequence[Scan], others: Sequence[Scan], device: str = "cpu") -> None:
    """Let each scan take the shape of other subjects that lie on a grid like its own."""
    subjects = {other.name: other for other in others}.values()
    for scan in scans:
        shapes = [
            other.share
            for other in subjects
            if other.name != scan.name and other.share.shape == scan.share.shape
        ]
        scan.displacements = displacements_to(scan.share, shapes, device)


def teach(scans: Sequence[Scan], net: BoneNet) -> None:
    """Label scans by what is found on all their contrasts, and in the mirror."""
    for scan in scans:
        found = [shares_found(net, slices, mirrored=True) for slices in scan.contrasts]
        scan.share = np.mean(found, axis=0)
        scan.known = np.ones(scan.known.shape, dtype=np.float32)


def loss_of(logits: Tensor, share: Tensor, known: Tensor) -> Tensor:
    """Cross-entropy, in which joints count more, plus soft Dice over the batch.

    Both where labels are known.
    """
    log_chance = torch.log_softmax(logits, 1)
    weight = known * (1 + JOINT_WEIGHT * beside_joint(share))
    entropy = -((share * log_chance).sum(1) * weight).mean()
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
    device: str
    goes_on: bool = False  # from weights that have learned, and can label at once


@dataclass
class Scans:
    """What is learned from, by where its labels come from, and what is measured on."""

    drawn: list[Scan]
    phantoms: list[Scan]
    taught: list[Scan]
    unseen: list[Scan]

    def stack(self, device: str) -> Stack:
        """Bring what has labels to the device, each kind with its share of what is drawn."""
        taught = [scan for scan in self.taught if scan.known.any()]
        parts = [(PHANTOM_SHARE, self.phantoms), (TAUGHT_SHARE, taught)]
        parts = [(share, scans) for share, scans in parts if scans]
        parts.append((1 - sum(share for share, _ in parts), self.drawn))
        chances = [share / len(scans) for share, scans in parts for _ in scans]
        return Stack([scan for _, scans in parts for scan in scans], chances, device)


def train(net: BoneNet, scans: Scans, recipe: Recipe, out: Path) -> BoneNet:
    """Run the optimiser and return the running average of its weights."""
    device = recipe.device
    net.to(device, memory_format=torch.channels_last)
    generator = torch.Generator(device).manual_seed(recipe.seed)
    optimiser = torch.optim.AdamW(
        net.parameters(), lr=recipe.rate, weight_decay=WEIGHT_DECAY, fused=True
    )
    average: BoneNet = BoneNet().to(device)
    average.load_state_dict(net.state_dict())
    add_shapes(scans.drawn, scans.drawn, device)
    stack = scans.stack(device)
    left = [0.0] if recipe.goes_on else list(TAUGHT_AT)
    began, running, i = time.monotonic(), torch.zeros((), device=device), 0
    while i < recipe.iterations:
        i += 1
        gone = time.monotonic() - began
        progress = max(i / recipe.iterations, gone / recipe.seconds)
        if progress >= 1:
            break
        if scans.taught and left and progress >= left[0]:
            left.pop(0)
            teach(scans.taught, average)
            add_shapes(scans.drawn, [*scans.drawn, *scans.taught], device)
            stack = scans.stack(device)
            log.info("%d labelled %d scans", i, len(scans.taught))
        for group in optimiser.param_groups:
            group["lr"] = recipe.rate * schedule(progress)
        inputs, share, known = draw_batch(stack, recipe.batch, generator)
        with torch.autocast(
            generator.device.type, dtype=torch.bfloat16, enabled=recipe.is_half_precision
        ):
            logits = net(inputs.contiguous(memory_format=torch.channels_last))
        loss = loss_of(logits.float(), share, known)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        follow(average, net, min(EMA_DECAY, i / (i + 10)))
        running = running.lerp(loss.detach(), 1.0 if i == 1 else 0.02)
        if i % 100 == 0:
            log.info("%d loss %.3f after %.0f s", i, running.item(), time.monotonic() - began)
        if i % 1000 == 0:
            torch.save(average.state_dict(), out / "weights.pt")
            for name, scores in evaluate(average, scans.unseen).items():
                log.info("  %s %s", name, scores)
    log.info("%d iterations", i)
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


def _weights(path: Path) -> dict[str, Tensor]:
    """Read weights, whichever device they were kept from."""
    weights: dict[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)
    return weights


def _contrasts(text: str) -> list[Path]:
    return [Path(name) for name in text.split(",")]


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
    parser.add_argument(
        "--unlabelled",
        type=_contrasts,
        nargs="*",
        default=[],
        metavar="T1W[,STIR]",
        help="NIfTI files without labels, on one grid where there are two",
    )
    parser.add_argument("--stir-like", type=Path, help="weights that make a STIR where none is")
    parser.add_argument("--bfloat16", action="store_true", help="faster where there is support")
    parser.add_argument("--device", default="cpu", help="as torch names it: cpu, cuda")
    options = parser.parse_args()
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
        taught=[unlabelled_scan(paths) for paths in options.unlabelled],
        unseen=[s for s in labelled if s.name in held_out],
    )
    if options.stir_like:
        like = StirLike()
        like.load_state_dict(_weights(options.stir_like))
        add_stir([*scans.drawn, *scans.taught], like)
    net = BoneNet()
    if options.start:
        net.load_state_dict(_weights(options.start))
    log.info("%d parameters", sum(p.numel() for p in net.parameters()))
    recipe = Recipe(
        options.iterations,
        options.batch,
        options.rate,
        options.seed,
        options.seconds,
        options.bfloat16,
        options.device,
        goes_on=options.start is not None,
    )
    average = train(net, scans, recipe, options.out)
    torch.save(average.state_dict(), options.out / "weights.pt")
    export(average, options.out / "bones.onnx")
    result = {"held_out": evaluate(average, scans.unseen), "seen": evaluate(average, scans.drawn)}
    (options.out / "scores.json").write_text(json.dumps(result, indent=1))
    log.info(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
