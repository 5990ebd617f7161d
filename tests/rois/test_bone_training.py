"""What the bone network learns from; needs torch, which nothing but its training does."""

from typing import Any

import numpy as np
import pytest

from mri_bme.sacroiliac import BoneLabel
from mri_bme.volume import Volume, VolumeGeometry

torch = pytest.importorskip("torch")
samples = pytest.importorskip("mri_bme.training.samples")
shapes = pytest.importorskip("mri_bme.training.shapes")
bone_net = pytest.importorskip("mri_bme.training.bone_net")
scans = pytest.importorskip("mri_bme.training.scans")
train_bones = pytest.importorskip("mri_bme.training.train_bones")
stir_like = pytest.importorskip("mri_bme.training.stir_like")

SHAPE = (10, 64, 80)
N_BONES = len(BoneLabel)


def shares(first_row: int, height: int, shift: int = 0) -> np.ndarray:
    """Sacrum between two ilia, from a row on, moved to the left of the patient."""
    bones = np.zeros(SHAPE, dtype=np.uint8)
    rows = slice(first_row, first_row + height)
    bones[:, rows, 28 + shift : 52 + shift] = BoneLabel.SACRUM
    bones[:, rows, 12 + shift : 26 + shift] = BoneLabel.RIGHT_ILIUM
    bones[:, rows, 54 + shift : 68 + shift] = BoneLabel.LEFT_ILIUM
    return np.stack([bones == b for b in range(N_BONES)]).astype(np.float32)


def picture_of(share: np.ndarray) -> np.ndarray:
    """Marrow brighter than the rest, on the grid that the network sees."""
    picture = np.where(share[0] > 0, 0.1, 0.6).astype(np.float32)
    return picture.repeat(samples.FINER, axis=1).repeat(samples.FINER, axis=2)


def a_scan(**changes: Any) -> Any:
    share = shares(15, 30)
    known = np.ones(SHAPE, dtype=np.float32)
    return samples.Scan("one", [picture_of(share)], share, known, **changes)


def coarser(fine: np.ndarray) -> np.ndarray:
    """Take what is seen to the grid of the answer."""
    rows, columns = (n // samples.FINER for n in fine.shape)
    return fine.reshape(rows, samples.FINER, columns, samples.FINER).mean(axis=(1, 3))


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
        assert slices.shape[0] == samples.N_SLICES
        marrow, middle = share[1:].sum(axis=0), coarser(slices[samples.N_NEIGHBOURS])
        assert marrow.shape == middle.shape == (samples.WINDOW, samples.WINDOW)
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


def test_augmented_shares_still_fit_their_picture() -> None:
    scan = a_scan()
    rng = np.random.default_rng(6)
    drawn = [samples.draw_sample(scan, rng) for _ in range(8)]
    inputs, share, _ = samples.augment(drawn, torch.Generator().manual_seed(7))
    for one, marrow in zip(inputs.numpy(), share[:, 1:].sum(1).numpy(), strict=True):
        middle = coarser(one[samples.N_NEIGHBOURS])
        if (marrow > 0.99).any():
            inside, outside = marrow > 0.99, (marrow < 0.01) & (middle > 0)
            assert np.corrcoef(middle[inside | outside], inside[inside | outside])[0, 1] > 0.5


def test_weights_that_saw_coarse_pixels_answer_as_before_on_their_mean(tmp_path: Any) -> None:
    torch.manual_seed(8)
    net = bone_net.BoneNet().eval()
    torch.nn.init.normal_(net.correct.weight)
    weights = net.state_dict()
    n_inputs, finer, fold = bone_net.N_INPUTS, bone_net.FINER, bone_net.FOLD
    coarse = dict(weights)
    first = torch.randn(bone_net.CHANNELS[0], n_inputs * fold**2, 3, 3)
    known = weights["fine.weight"][:, : -n_inputs * finer**2]
    seen = torch.randn(known.shape[0], n_inputs, 3, 3)
    coarse["down.0.0.weight"], coarse["fine.weight"] = first, torch.cat([known, seen], 1)
    torch.save(coarse, tmp_path / "weights.pt")
    net.load_state_dict(bone_net.weights_of(tmp_path / "weights.pt"))

    pixels = torch.rand(2, n_inputs, 32 * finer, 32 * finer)
    mean = torch.nn.functional.avg_pool2d(pixels, finer)
    folded = torch.nn.functional.pixel_unshuffle(mean, fold)
    wanted = torch.nn.functional.conv2d(folded, first, padding=1)
    found = net.down[0][0](torch.nn.functional.pixel_unshuffle(pixels, fold * finer))
    assert torch.allclose(found, wanted, atol=1e-4)
    detail = torch.nn.functional.pixel_unshuffle(pixels, finer)
    n_known = known.shape[1]
    wanted = torch.nn.functional.conv2d(mean, seen, padding=1)
    found = torch.nn.functional.conv2d(detail, net.fine.weight[:, n_known:], padding=1)
    assert torch.allclose(found, wanted, atol=1e-4)
    assert net(pixels).shape == (2, N_BONES, 32, 32)


def test_a_stir_is_learned_from_t1w() -> None:
    """Marrow that is bright on T1W turns dark where it did so in the subject learned from."""
    scan = a_scan()
    bright = scan.contrasts[0]
    scan.contrasts.append(np.where(bright > 0.3, 0.2, 0.8).astype(np.float32))
    net = stir_like.learn([scan], iterations=40, seed=9)
    found = stir_like.stir_of(net, bright)
    assert found.shape == bright.shape
    assert found[bright > 0.3].mean() < found[bright < 0.3].mean() - 0.3


def test_an_error_at_the_joint_costs_more_than_one_elsewhere() -> None:
    share = torch.from_numpy(shares(15, 30)[:, :1]).transpose(0, 1)
    known = torch.ones(share[:, 0].shape)
    right = torch.where(share > 0, 5.0, -5.0)
    costs = []
    for column in (54, 67):  # of the left ilium, beside the sacrum and at the other edge
        wrong = right.clone()
        wrong[:, :, 20:30, column] = right[:, :, 20:30, 0]
        costs.append(float(train_bones.loss_of(wrong, share, known)))
    assert costs[0] > costs[1] > float(train_bones.loss_of(right, share, known))


def test_what_is_seen_and_what_is_answered_lie_over_each_other() -> None:
    """To a hundredth of a pixel: labels half a pixel beside their picture are learned as such."""
    where = np.indices((5, 12, 16), dtype=np.float32)
    fine = samples._finer_places(where)
    rows, columns = 12 * samples.FINER, 16 * samples.FINER
    np.testing.assert_allclose(fine[0], np.indices((5, rows, columns))[0], atol=0.01)
    np.testing.assert_allclose(fine[1:], np.indices((5, rows, columns))[1:], atol=0.01)

    def still(height: int, across: int) -> Any:
        return torch.nn.functional.affine_grid(
            torch.eye(2, 3)[None], [1, 1, height, across], align_corners=False
        )

    coarse = samples._coarser_places(still(rows, columns))
    np.testing.assert_allclose(coarse, still(12, 16), atol=1e-5)


def test_the_window_is_the_middle_of_a_slice() -> None:
    n = samples.WINDOW
    places = samples._cropped(np.indices((5, n + 32, n - 16), dtype=np.float32))
    assert places.shape == (3, 5, n, n - 16)
    assert places[1].mean() == pytest.approx((n + 31) / 2)
    assert places[2].mean() == pytest.approx((n - 17) / 2)


def test_a_shape_is_mixed_of_two_others() -> None:
    lower, aside = (np.zeros((3, *SHAPE), dtype=np.float32) for _ in range(2))
    lower[1], aside[2] = 8.0, 8.0
    scan = a_scan(displacements=[lower, aside])
    where = np.zeros((3, samples.N_SLICES, *SHAPE[1:]), dtype=np.float32)
    rng = np.random.default_rng(10)
    shifts = np.array([samples._towards_others(scan, where, rng)[1:, 0, 0, 0] for _ in range(60)])
    assert 0.25 < (shifts != 0).all(axis=1).mean() < 0.75  # half of the pairs are not one twice
    assert shifts.sum(axis=1).min() < -0.5
    assert 7 < shifts.sum(axis=1).max() <= 8 * samples.RESHAPED_PART[1] + 1e-5


def test_a_stir_is_made_only_where_none_was_acquired(tmp_path: Any) -> None:
    torch.save(stir_like.StirLike().state_dict(), tmp_path / "like.pt")
    alone, both = a_scan(), a_scan()
    acquired = np.zeros_like(both.contrasts[0])
    both.contrasts.append(acquired)
    train_bones.add_stir([alone, both], tmp_path / "like.pt")
    assert len(alone.contrasts) == 2
    assert alone.contrasts[1].shape == alone.contrasts[0].shape
    assert len(both.contrasts) == 2
    assert both.contrasts[1] is acquired


def test_contrasts_of_one_visit_are_taught_the_mean_of_what_is_found_on_each(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    shape = (6, 48, 48)
    geometry = VolumeGeometry(
        shape=(48, 48, 6),
        lps_from_index=np.array([[-1.4, 0, 0, 0], [0, 0, 3.3, 0], [0, -1.4, 0, 0], [0, 0, 0, 1.0]]),
    )
    sacrum = {"t1.nii": 0.2, "stir.nii": 0.6}
    monkeypatch.setattr(
        scans,
        "read_nifti",
        lambda path: Volume(geometry=geometry, voxels=np.full((48, 48, 6), sacrum[path.name])),
    )

    def found(view: np.ndarray, *_: Any, **__: Any) -> tuple[np.ndarray, np.ndarray]:
        chance = np.zeros((N_BONES, *shape), dtype=np.float32)
        chance[BoneLabel.SACRUM] = view.mean()
        chance[0] = 1 - view.mean()
        return chance, chance

    monkeypatch.setattr(scans, "mirrored_probabilities", found)
    scan = scans.taught_scan([tmp_path / "t1.nii", tmp_path / "stir.nii"], tmp_path / "w.onnx")
    assert len(scan.contrasts) == 2
    assert scan.share[BoneLabel.SACRUM].max() == pytest.approx(0.4)
