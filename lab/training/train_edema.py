"""Train the judge of edema, without the subjects on which it is judged.

python -m lab.training.train_edema DATA OUT --hold-out sub-1007
"""

import argparse
import json
import logging
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from lab.training.edema_batches import Batch, Joints
from lab.training.edema_net import EdemaNet, export
from lab.training.edema_views import TaughtView, phantom_views, scan_views

log = logging.getLogger(__name__)
READ = ("sub-1007", "sub-1012", "sub-1013", "sub-1234")
NEGATIVE = ("sub-2015",)
RATE, WEIGHT_DECAY, EMA_DECAY = 2e-3, 0.01, 0.995
EDEMA_WEIGHT = 4.0
NO_OVERLAP = 25.0  # pixels: what is smaller hardly counts, and a window without edema is no failure


def loss_of(logits: Tensor, batch: Batch) -> Tensor:
    """Cross-entropy, edema counting `1 + EDEMA_WEIGHT` times, plus one minus mean soft Dice.

    Overlap is taken window by window, so that a small lesion weighs as much as a large one.
    """
    logits = logits[:, 0]
    weight = batch.known * (1 + EDEMA_WEIGHT * batch.share)
    entropy = (
        functional.binary_cross_entropy_with_logits(logits, batch.share, weight, reduction="sum")
        / weight.sum()
    )
    found = torch.sigmoid(logits) * batch.known
    share = batch.share * batch.known
    both, either = (found * share).sum((1, 2)), (found + share).sum((1, 2))
    overlap = ((2 * both + NO_OVERLAP) / (either + NO_OVERLAP)).mean()
    return entropy + (1 - overlap)


def train(joints: Joints, *, steps: int, n: int, seed: int) -> EdemaNet:
    """Run the optimiser and return the running average of the weights."""
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    net = EdemaNet().to(memory_format=torch.channels_last)
    average = EdemaNet()
    average.load_state_dict(net.state_dict())
    optimiser = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=WEIGHT_DECAY, fused=True)
    began, running = time.process_time(), 0.0
    for i in range(1, steps + 1):
        for group in optimiser.param_groups:
            group["lr"] = RATE * schedule(i / steps)
        batch = joints.draw(n, generator)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = net(batch.planes.contiguous(memory_format=torch.channels_last))
        loss = loss_of(logits.float(), batch)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        follow(average, net, min(EMA_DECAY, i / (i + 10)))
        running += (float(loss.detach()) - running) * (1.0 if i == 1 else 0.02)
        if i % 100 == 0:
            log.info("%d loss %.3f after %.0f s", i, running, time.process_time() - began)
    return average


def schedule(progress: float) -> float:
    """Warm up over a twentieth, then a half cosine down to nothing."""
    return float(min(progress / 0.05, 1.0) * (1 + np.cos(np.pi * progress)) / 2)


@torch.no_grad()  # type: ignore[untyped-decorator]  # torch is untyped here
def follow(average: EdemaNet, net: EdemaNet, decay: float) -> None:
    """Move the averaged weights and statistics towards the current ones."""
    for kept, now in zip(average.state_dict().values(), net.state_dict().values(), strict=True):
        if kept.is_floating_point():
            kept.lerp_(now.to(kept.dtype), 1 - decay)
        else:
            kept.copy_(now)


def main() -> None:
    """Train and export."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--hold-out", nargs="*", default=[])
    parser.add_argument("--views", type=Path, help="folder in which prepared joints are kept")
    parser.add_argument("--phantoms", type=int, default=54)
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    torch.set_num_threads(1)
    keep = options.views or options.out.parent / "views"

    def real(names: Sequence[str]) -> list[list[TaughtView]]:
        folders = [options.data / "sij_nifti" / n for n in names if n not in options.hold_out]
        return [scan_views(folder, keep=keep) for folder in folders]

    phantoms = [v for i in range(options.phantoms) for v in phantom_views(i, keep=keep)]
    joints = Joints(real(READ), [v for views in real(NEGATIVE) for v in views], phantoms)
    net = train(joints, steps=options.steps, n=options.batch, seed=options.seed)
    options.out.mkdir(parents=True, exist_ok=True)
    torch.save(net.state_dict(), options.out / "weights.pt")
    export(net, options.out / "edema.onnx")
    (options.out / "recipe.json").write_text(
        json.dumps({k: str(v) for k, v in vars(options).items()}, indent=1)
    )


if __name__ == "__main__":
    main()
