"""What the bone network learns from; needs torch, which nothing but its training does."""

from typing import Any

import numpy as np
import pytest

from mri_bme.sacroiliac import BoneLabel

torch = pytest.importorskip("torch")
samples = pytest.importorskip("mri_bme.training.samples")
shapes = pytest.importorskip("mri_bme.training.shapes")

SHAPE = (10, 60, 80)
N_BONES = len(BoneLabel)


def shares(first_row: int, height: int, shift: int = 0) -> np.ndarray:
    """Sacrum between two ilia, from a row on, moved to the left of the patient."""
    bones = np.zeros(SHAPE, dtype=np.uint8)
    rows = slice(first_row, first_row + height)
    bones[:, rows, 28 + shift : 52 + shift] = BoneLabel.SACRUM
    bones[:, rows, 12 + shift : 26 + shift] = BoneLabel.RIGHT_ILIUM
    bones[:, rows, 54 + shift : 68 + shift] = BoneLabel.LEFT_ILIUM
    return np.stack([bones == b for b in range(N_BONES)]).astype(np.float32)


def a_scan(**changes: Any) -> Any:
    share = shares(15, 30)
    picture = np.where(share[0] > 0, 0.1, 0.6).astype(np.float32)
    known = np.ones(SHAPE, dtype=np.float32)
    return samples.Scan("one", [picture], share, known, **changes)


def overlap(one: np.ndarray, other: np.ndarray) -> float:
    return float(2 * np.minimum(one, other).sum() / (one.sum() + other.sum()))


def test_a_displacement_lays_the_bones_of_one_on_those_of_another() -> None:
    one, other = shares(15, 30), shares(20, 24, shift=4)
    where = np.indices(SHAPE, dtype=np.float32) + shapes.displacement_to(one, other)
    moved = samples._sampled(one, where)
    for bone in (BoneLabel.SACRUM, BoneLabel.LEFT_ILIUM, BoneLabel.RIGHT_ILIUM):
        assert overlap(one[bone], other[bone]) < 0.85
        assert overlap(moved[bone], other[bone]) > 0.93


def test_shares_of_a_sample_fit_its_picture() -> None:
    """In any shape, marrow is where the picture is bright."""
    towards = np.zeros((3, *SHAPE), dtype=np.float32)
    towards[1] = 8.0
    scan = a_scan(displacements=[towards])
    rng = np.random.default_rng(3)
    tops = set()
    for _ in range(20):
        slices, share, _ = samples.draw_sample(scan, rng)
        assert slices.shape == (samples.N_SLICES, samples.WINDOW, samples.WINDOW)
        marrow, middle = share[1:].sum(axis=0), slices[samples.N_NEIGHBOURS]
        assert marrow.max() <= 1 + 1e-5
        outside = (marrow < 0.01) & (middle > 0)  # and not beyond the picture
        assert np.median(middle[marrow > 0.99]) > 0.3
        assert np.mean(middle[outside] > 0.3) < 0.01
        tops.add(int(np.argmax((share[BoneLabel.SACRUM] > 0.5).any(axis=1))))
    assert max(tops) - min(tops) >= 3


def test_a_mirror_image_swaps_the_ilia_and_nothing_else() -> None:
    scan = a_scan()
    rng = np.random.default_rng(4)
    drawn = [samples.draw_sample(scan, rng) for _ in range(8)]
    _, share, _ = samples.augment(drawn, torch.Generator().manual_seed(5))
    columns = np.arange(share.shape[3])
    for one in share.numpy():
        middles = [float((one[b] * columns).sum() / one[b].sum()) for b in (3, 1, 2)]
        assert middles == sorted(middles)
