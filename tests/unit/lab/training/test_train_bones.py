"""What the bone network learns from; needs torch, which nothing but its training does."""

from typing import Any

import numpy as np
import pytest

from lab.labelled_scans import STIR_SHIFT_MM, LabelledScan
from mri_bme.sacroiliac import BoneLabel
from mri_bme.volume import Volume, VolumeGeometry

torch = pytest.importorskip("torch")
samples = pytest.importorskip("lab.training.samples")
appearance = pytest.importorskip("lab.training.appearance")
shapes = pytest.importorskip("lab.training.shapes")
bone_net = pytest.importorskip("lab.training.bone_net")
scans = pytest.importorskip("lab.training.scans")
train_bones = pytest.importorskip("lab.training.train_bones")
stir_like = pytest.importorskip("lab.training.stir_like")

SHAPE = (10, 64, 80)
N_BONES = len(BoneLabel)
FINER = samples.FINER


def seeded(seed: int) -> Any:
    return torch.Generator().manual_seed(seed)


def shares(first_row: int, height: int, shift: int = 0, shape: Any = SHAPE) -> np.ndarray:
    """Sacrum between two ilia, from a row on, moved to the left of the patient."""
    bones = np.zeros(shape, dtype=np.uint8)
    rows = slice(first_row, first_row + height)
    bones[:, rows, 28 + shift : 52 + shift] = BoneLabel.SACRUM
    bones[:, rows, 12 + shift : 26 + shift] = BoneLabel.RIGHT_ILIUM
    bones[:, rows, 54 + shift : 68 + shift] = BoneLabel.LEFT_ILIUM
    return np.stack([bones == b for b in range(N_BONES)]).astype(np.float32)


def picture_of(share: np.ndarray) -> np.ndarray:
    """Marrow brighter than the rest, on the grid that the network sees."""
    picture = np.where(share[0] > 0, 0.1, 0.6).astype(np.float32)
    return picture.repeat(FINER, axis=1).repeat(FINER, axis=2)


def a_scan(shape: tuple[int, int, int] = SHAPE, **changes: Any) -> Any:
    share = shares(15, 30, shape=shape)
    known = np.ones(shape, dtype=np.float32)
    return samples.Scan("one", [picture_of(share)], share, known, **changes)


def a_plain_scan(shape: tuple[int, int, int], values: Any) -> Any:
    """One whose slices have one value each, or all the same."""
    scan = a_scan(shape)
    fine = (shape[0], shape[1] * FINER, shape[2] * FINER)
    scan.contrasts = [np.broadcast_to(np.float32(values), fine).copy()]
    return scan


def stacked(*some: Any, chances: Any = None) -> Any:
    return samples.Stack(list(some), chances or [1.0] * len(some), "cpu")


def drawn(stack: Any, n: int, seed: int, scan: int = 0) -> tuple[Any, Any, Any]:
    """Pictures (n, 5, h, w), bones and what is unknown (n, 5, 5, h, w), and mirrored or not."""
    places, mirror, _ = samples.draw_places(stack, torch.full((n,), scan), seeded(seed))
    seen = samples._sampled(stack.pictures, samples.finer_places(places))[:, 0]
    ring = samples.RING
    bones = samples._sampled(stack.bones, places[:, :, ring:-ring, ring:-ring])
    return seen.numpy(), bones.numpy(), mirror.numpy()


def coarser(fine: np.ndarray) -> np.ndarray:
    """Take what is seen to the grid of the answer."""
    rows, columns = (n // FINER for n in fine.shape[-2:])
    return fine.reshape(*fine.shape[:-2], rows, FINER, columns, FINER).mean(axis=(-3, -1))


def overlap(one: np.ndarray, other: np.ndarray) -> float:
    return float(2 * np.minimum(one, other).sum() / (one.sum() + other.sum()))


def moved_by(share: np.ndarray, displacement: np.ndarray) -> np.ndarray:
    """Take shares at displaced voxels, linearly, as `displacements_to` means them."""
    where = np.indices(share.shape[1:], dtype=np.float32) + displacement
    n_voxels = np.array(share.shape[:0:-1], dtype=np.float32)
    places = torch.from_numpy(2 * np.moveaxis(where[::-1], 0, -1) / (n_voxels - 1) - 1).float()
    found = torch.nn.functional.grid_sample(
        torch.from_numpy(share)[None], places[None], padding_mode="border", align_corners=True
    )
    return np.asarray(found[0].numpy())


def test_a_displacement_lays_the_bones_of_one_on_those_of_another() -> None:
    one, other = shares(15, 30), shares(20, 24, shift=4)
    displacement, unmoved = shapes.displacements_to(one, [other, one])
    moved = moved_by(one, displacement)
    for bone in (BoneLabel.SACRUM, BoneLabel.LEFT_ILIUM, BoneLabel.RIGHT_ILIUM):
        assert overlap(one[bone], other[bone]) < 0.85
        assert overlap(moved[bone], other[bone]) > 0.93
    assert np.abs(unmoved).max() < 0.5


def test_a_displacement_does_not_depend_on_other_targets() -> None:
    one, other, third = shares(15, 30), shares(20, 24, shift=4), shares(10, 40, shift=-3)
    both = shapes.displacements_to(one, [other, third])
    alone = shapes.displacements_to(one, [third])
    np.testing.assert_allclose(both[1], alone[0], atol=0.02)
    assert shapes.displacements_to(one, []) == []


def test_labels_lie_over_their_pictures() -> None:
    """In any pose and shape: half a pixel of the answer beside it, and they are learned as such."""
    towards = np.zeros((3, *SHAPE), dtype=np.float32)
    towards[1] = 8.0
    wider = a_scan((7, 96, 112))
    stack = stacked(wider, a_scan(displacements=[towards]))
    for scan in (0, 1):
        seen, bones, _ = drawn(stack, 12, seed=3 + scan, scan=scan)
        marrow, middle = bones[:, :-1].sum(axis=1), coarser(seen)
        at_border = (marrow > 0.05) & (marrow < 0.95)
        assert at_border.mean() > 0.01
        for axis, name in ((-2, "rows"), (-1, "columns")):
            apart = [
                np.abs(np.roll(middle, step, axis) - (0.1 + 0.5 * marrow))[at_border].mean()
                for step in (-1, 0, 1)
            ]
            lowest = (apart[0] - apart[2]) / (2 * (apart[0] - 2 * apart[1] + apart[2]))
            assert abs(lowest) < 0.08, name
        assert marrow.max() <= 1 + 1e-5


def test_a_mirror_image_swaps_the_ilia_and_nothing_else() -> None:
    _, share, _ = samples.draw_batch(stacked(a_scan()), 12, seeded(6))
    columns = np.arange(share.shape[3])
    for one in share.numpy():
        middles = [float((one[b] * columns).sum() / one[b].sum()) for b in (3, 1, 2)]
        assert middles == sorted(middles)
    _, _, mirror = drawn(stacked(a_scan()), 40, seed=6)
    assert 0.25 < (mirror < 0).mean() < 0.75


def test_varied_pictures_still_fit_their_labels() -> None:
    inputs, share, _ = samples.draw_batch(stacked(a_scan()), 12, seeded(7))
    size = samples.WINDOW * FINER
    assert inputs.shape == (12, samples.N_SLICES + 1, size, size)
    assert share.shape == (12, N_BONES, samples.WINDOW, samples.WINDOW)
    np.testing.assert_allclose(share.sum(1), 1, atol=1e-5)
    fits = []
    for one, marrow in zip(inputs.numpy(), share[:, 1:].sum(1).numpy(), strict=True):
        middle = coarser(one[samples.N_NEIGHBOURS])
        inside, outside = marrow > 0.99, (marrow < 0.01) & (middle > 0.02)
        either = inside | outside
        fits.append(abs(np.corrcoef(middle[either], inside[either])[0, 1]))
    assert np.median(fits) > 0.6


def test_a_sample_is_of_one_scan() -> None:
    """Scans lie one behind the other; beyond its last slice none shows the next one."""
    stack = stacked(a_plain_scan((4, 48, 64), 0.3), a_plain_scan((6, 80, 64), 0.9))
    for scan, value in ((0, 0.3), (1, 0.9)):
        seen, _, _ = drawn(stack, 16, seed=8, scan=scan)
        middle = seen[..., seen.shape[-2] // 2, seen.shape[-1] // 2]
        np.testing.assert_allclose(middle, value, atol=1e-5)
    chosen = samples.draw_batch(stacked(a_scan(), a_scan(), chances=[0.0, 1.0]), 4, seeded(9))
    assert len(chosen.inputs) == 4


def test_scans_are_drawn_as_often_as_asked() -> None:
    known = a_scan()
    unknown = a_scan()
    unknown.known[:] = 0
    stack = stacked(known, unknown, chances=[0.2, 0.8])
    batch = samples.draw_batch(stack, 80, seeded(10))
    centre = batch.known[:, samples.WINDOW // 2, samples.WINDOW // 2]
    assert set(np.round(centre.numpy(), 3)) == {0.0, 1.0}
    assert 0.65 < float((centre == 0).float().mean()) < 0.95


def test_neighbours_follow_each_other_from_front_to_back() -> None:
    depth = np.arange(24.0)[:, None, None] / 24
    stack = stacked(a_plain_scan((24, 64, 80), depth))
    seen, _, _ = drawn(stack, 60, seed=11)
    middle = seen[..., seen.shape[-2] // 2, seen.shape[-1] // 2] * 24
    steps = np.diff(middle, axis=1)
    assert steps.min() > -1e-4
    inside = (middle[:, 0] > 1.3) & (middle[:, -1] < 21.7)  # further than a tilt moves it
    assert set(np.round(steps[inside], 2).ravel()) == {1.0, 2.0}
    assert 0.05 < (np.round(steps[inside, 0]) == 2).mean() < 0.6


def test_nothing_is_known_beyond_the_slab() -> None:
    """A tilted plane leaves it; what then stands again is neither shown as bone nor as none."""
    stack = stacked(a_scan((6, 96, 112)))
    n = 60
    places, _, beyond = samples.draw_places(stack, torch.zeros(n).long(), seeded(20))
    depth = (places[..., 2] + 1) / 2 * 6 - 0.5
    middle = depth[:, samples.N_NEIGHBOURS, 1:-1, 1:-1]
    assert 0.02 < beyond.float().mean() < 0.5
    at_end = (middle < 0.001) | (middle > 4.999)
    assert at_end[beyond].all()
    assert not beyond[~at_end].any()
    batch = samples.draw_batch(stack, n, seeded(21))
    assert 0.02 < (batch.known == 0).float().mean() < 0.5


def test_a_shape_is_mixed_of_two_others() -> None:
    lower, aside = (np.zeros((3, *SHAPE), dtype=np.float32) for _ in range(2))
    lower[1], aside[2] = 8.0, 8.0
    stack = stacked(a_scan(displacements=[lower, aside]), a_scan())
    where = torch.zeros((80, samples.N_SLICES, 2, 2, 3))
    chosen = torch.zeros(80).long()
    shift = samples._towards_others(stack, chosen, where, seeded(12))[:, 0, 0, 0].numpy()
    assert (shift[:, 2] == 0).all()
    is_reshaped = (shift != 0).any(axis=1)
    assert 0.5 < is_reshaped.mean() < 0.8
    assert 0.25 < (shift[is_reshaped][:, :2] != 0).all(axis=1).mean() < 0.75  # not one twice
    assert shift.sum(axis=1).min() < -0.5
    assert 7 < shift.sum(axis=1).max() <= 8 * samples.RESHAPED_PART[1] + 1e-4
    nothing = samples._towards_others(stack, chosen + 1, where, seeded(13))
    assert not nothing.any()


def test_contrasts_are_pure_or_mixed() -> None:
    both = samples._part_of_t1w(torch.ones(400, dtype=torch.bool), seeded(14)).numpy()
    stir, t1w = (both == 0).mean(), (both == 1).mean()
    assert 0.34 < stir < 0.5
    assert 0.2 < t1w < 0.36
    assert -0.2 <= both.min() < -0.1
    assert 1.1 < both.max() <= 1.2
    alone = samples._part_of_t1w(torch.zeros(40, dtype=torch.bool), seeded(15))
    assert (alone == 1).all()


def test_each_scan_takes_its_own_shapes() -> None:
    """Of several in a stack, with as many slices and shapes as each has."""
    other = np.zeros((3, *SHAPE), dtype=np.float32)
    other[2] = 8.0
    own = [np.zeros((3, 6, *SHAPE[1:]), dtype=np.float32) for _ in range(2)]
    for displacement in own:
        displacement[1] = 8.0
    stack = stacked(a_scan(displacements=[other]), a_scan((6, *SHAPE[1:]), displacements=own))
    where = torch.zeros((40, samples.N_SLICES, 2, 2, 3))
    for scan, axis in ((0, 0), (1, 1)):
        chosen = torch.full((40,), scan)
        shift = samples._towards_others(stack, chosen, where, seeded(22 + scan)).abs()
        assert shift[..., axis].max() > 4
        assert shift[..., 1 - axis].max() == 0


def test_the_first_contrast_is_t1w_and_the_last_one_stir(monkeypatch: pytest.MonkeyPatch) -> None:
    scan = a_plain_scan(SHAPE, 0.2)
    scan.contrasts.append(scan.contrasts[0] * 4)
    monkeypatch.setattr(samples, "looking_otherwise", lambda slices, *_: slices)
    middle = samples.WINDOW * FINER // 2
    for part, value in ((1.0, 0.2), (0.0, 0.8), (0.5, 0.5)):
        drawing = torch.full((4,), part)
        monkeypatch.setattr(samples, "_part_of_t1w", lambda *_, drawing=drawing: drawing)
        inputs, _, _ = samples.draw_batch(stacked(scan), 4, seeded(24))
        seen = inputs[:, samples.N_NEIGHBOURS, middle, middle]
        np.testing.assert_allclose(seen, value, atol=1e-5)


def test_blur_is_the_mean_of_a_square() -> None:
    pictures = torch.rand((2, 3, 12, 15), generator=seeded(25))
    for width in (3, 5):
        wanted = torch.nn.functional.avg_pool2d(pictures, width, 1, width // 2)
        np.testing.assert_allclose(appearance._blurred(pictures, width), wanted, atol=1e-6)


def a_joint() -> tuple[Any, Any]:
    """Marrow (n, 5, h, w) and what lies beside the joint (n, h, w)."""
    share = torch.from_numpy(shares(15, 30)[:, :1]).transpose(0, 1).expand(64, -1, -1, -1)
    marrow = share[:, 1:].sum(1, keepdim=True).expand(-1, samples.N_SLICES, -1, -1)
    return marrow, appearance.beside_joint(share)


def test_lesions_lie_in_marrow_and_mostly_at_the_joint() -> None:
    marrow, joint = a_joint()
    factor = appearance.lesions(marrow, joint, seeded(16)).numpy()
    inside = marrow.numpy() > 0
    assert (factor[~inside] == 1).all()
    assert factor.min() > 0
    is_painted = (np.abs(factor - 1) > 0.2).any(axis=(1, 2, 3))
    assert 0.25 < is_painted.mean() < 0.75
    assert (factor > 1.3).any()
    assert (factor < 0.5).any()
    change = np.abs(factor[:, samples.N_NEIGHBOURS] - 1)
    near = inside[0, 0] & (joint[0].numpy() > 0.5)
    other = inside[0, 0] & ~near
    assert change[:, near].mean() > 1.3 * change[:, other].mean()


def test_marrow_is_uneven_in_some_samples_and_nothing_else_is() -> None:
    marrow, _ = a_joint()
    factor = appearance._uneven(marrow, seeded(17)).numpy()
    assert (factor[marrow.numpy() == 0] == 1).all()
    is_uneven = (factor != 1).any(axis=(1, 2, 3))
    assert 0.08 < is_uneven.mean() < 0.45


def test_soft_tissue_of_phantoms_alone_is_made_brighter_or_darker(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    marrow, joint = a_joint()
    size = (*marrow.shape[:2], *(n * FINER for n in marrow.shape[2:]))
    plain = torch.full(size, 0.5)
    for step in ("_spoiled", "_other_contrast"):
        monkeypatch.setattr(appearance, step, lambda slices, _: slices)
    is_phantom = torch.arange(len(marrow)) % 2 == 0
    seen = appearance.looking_otherwise(plain, marrow, joint, is_phantom, seeded(18))
    corner = seen[:, 0, 0, 0].numpy()
    assert (corner[1::2] == 0.5).all()
    assert (corner[::2] != 0.5).all()


def test_a_bent_grey_scale_keeps_black_dark() -> None:
    n = 40
    ramp = torch.linspace(0, 1, 64).expand(n, samples.N_SLICES, 8, 64)
    bent = appearance._other_contrast(ramp, seeded(19)).numpy()
    is_bent = (bent != ramp.numpy()).any(axis=(1, 2, 3))
    assert is_bent.sum() == round(n * appearance.OTHER_CONTRAST_SHARE)
    assert bent[..., 0].max() <= appearance.DARKEST_TONE
    assert bent.max() <= 1


def test_a_stir_is_learned_from_t1w() -> None:
    """Marrow that is bright on T1W turns dark where it did so in the subject learned from."""
    scan = a_scan()
    bright = scan.contrasts[0]
    scan.contrasts.append(np.where(bright > 0.3, 0.2, 0.8).astype(np.float32))
    net = stir_like.learn([scan], iterations=40, seed=9)
    found = stir_like.stir_of(net, bright)
    assert found.shape == bright.shape
    assert found[bright > 0.3].mean() < found[bright < 0.3].mean() - 0.3


def test_a_stir_is_made_only_where_none_was_acquired() -> None:
    alone, both = a_scan(), a_scan()
    acquired = np.zeros_like(both.contrasts[0])
    both.contrasts.append(acquired)
    train_bones.add_stir([alone, both], stir_like.StirLike())
    assert len(alone.contrasts) == 2
    assert alone.contrasts[1].shape == alone.contrasts[0].shape
    assert len(both.contrasts) == 2
    assert both.contrasts[1] is acquired


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


class BrightIsRightIlium(torch.nn.Module):  # type: ignore[misc]  # torch is untyped here
    """Says right ilium where the middle slice is bright, more surely where the ramp is low."""

    def __init__(self) -> None:
        super().__init__()
        self.zero = torch.nn.Parameter(torch.zeros(1))

    def forward(self, slices: Any) -> Any:
        coarse = torch.nn.functional.avg_pool2d(slices, FINER)
        logits = torch.zeros((len(slices), N_BONES, *coarse.shape[2:])) + self.zero
        logits[:, 0] = 4.0
        side = torch.where(coarse[:, -1] < 0, 8.0, 6.0)
        bright = coarse[:, samples.N_NEIGHBOURS] > 0.5
        logits[:, BoneLabel.RIGHT_ILIUM] = torch.where(bright, side, 0.0)
        return logits


def test_scans_are_labelled_by_all_their_contrasts_and_their_mirror_image() -> None:
    scan = a_scan()
    scan.known[:] = 0
    left_half = np.zeros_like(scan.contrasts[0])
    left_half[..., left_half.shape[2] // 2 :] = 1
    scan.contrasts = [left_half, np.zeros_like(left_half)]
    train_bones.teach([scan], BrightIsRightIlium())
    assert scan.known.all()
    right = scan.share[BoneLabel.RIGHT_ILIUM]  # as seen
    left = scan.share[BoneLabel.LEFT_ILIUM]  # as seen in the mirror, where it lies on the right
    middle = right.shape[2] // 2
    assert right[..., :middle].max() < 0.02
    assert left[..., :middle].max() < 0.02
    surer, less_sure = (np.exp(x) / (np.exp(x) + np.exp(4) + 3) for x in (8, 6))
    assert right[..., middle:].mean() == pytest.approx(less_sure / 4, abs=0.01)
    assert left[..., middle:].mean() == pytest.approx(surer / 4, abs=0.01)


def test_each_kind_of_scan_has_its_share_of_what_is_drawn() -> None:
    taught = [a_scan(), a_scan(), a_scan()]
    taught[2].known[:] = 0  # not labelled yet
    some = train_bones.Scans(
        drawn=[a_scan(), a_scan()],
        phantoms=[a_scan(is_phantom=True)],
        taught=taught,
        unseen=[a_scan()],
    )
    stack = some.stack("cpu")
    assert len(stack.chances) == 5
    share_of_phantoms = float(stack.chances[stack.is_phantom].sum())
    assert share_of_phantoms == pytest.approx(train_bones.PHANTOM_SHARE)
    drawn_share = 1 - train_bones.PHANTOM_SHARE - train_bones.TAUGHT_SHARE
    others = [train_bones.TAUGHT_SHARE / 2] * 2 + [drawn_share / 2] * 2
    assert sorted(stack.chances[~stack.is_phantom].tolist()) == pytest.approx(sorted(others))


def test_training_labels_what_nobody_did_and_leaves_the_unseen_alone(tmp_path: Any) -> None:
    taught, unseen = a_scan(), a_scan()
    taught.name = "two"
    taught.known[:] = 0
    before = unseen.share.copy()
    some = train_bones.Scans(drawn=[a_scan()], phantoms=[], taught=[taught], unseen=[unseen])
    recipe = train_bones.Recipe(8, 2, 1e-3, 1, 1e9, is_half_precision=False, device="cpu")
    torch.manual_seed(1)
    net = bone_net.BoneNet()
    start = {name: value.clone() for name, value in net.state_dict().items()}
    average = train_bones.train(net, some, recipe, tmp_path)
    assert taught.known.all()
    assert len(some.drawn[0].displacements) == 1
    np.testing.assert_allclose(taught.share.sum(axis=0), 1, atol=1e-4)
    np.testing.assert_array_equal(unseen.share, before)
    assert not unseen.displacements
    moved = [not torch.equal(value, start[name]) for name, value in average.state_dict().items()]
    assert np.mean(moved) > 0.9


def test_stir_is_laid_on_the_t1w_on_which_bones_were_drawn(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    geometry = VolumeGeometry(
        shape=(48, 48, 6),
        lps_from_index=np.array([[0.7, 0, 0, 0], [0, 0, 3.3, 0], [0, -0.7, 0, 0], [0, 0, 0, 1.0]]),
    )
    t1, stir = (np.full((48, 48, 6), 0.2, dtype=np.float32) for _ in range(2))
    t1[20:30, 16:26], stir[18:28, 17:27] = 1, 1  # across, down: aside by -2 pixels, lower by 1

    def read(_: Any) -> Any:
        bones = (t1 == 1).astype(np.uint8)
        volumes = [Volume(geometry=geometry, voxels=view) for view in (t1, stir)]
        return LabelledScan(name="somebody", t1=volumes[0], stir=volumes[1], bones=bones)

    monkeypatch.setitem(STIR_SHIFT_MM, "somebody", (-0.7, 1.4))
    monkeypatch.setattr(scans, "read_labelled_scan", read)
    scan = scans.load_scan(tmp_path)
    on_t1, on_stir = scan.contrasts
    np.testing.assert_allclose(on_stir[:, 12:-12, 12:-12], on_t1[:, 12:-12, 12:-12], atol=0.02)
    assert on_t1.max() == 1
    assert overlap(coarser(on_t1), scan.share[BoneLabel.SACRUM]) > 0.85


def test_nothing_is_known_of_an_unlabelled_scan(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    geometry = VolumeGeometry(
        shape=(48, 48, 6),
        lps_from_index=np.array([[-1.4, 0, 0, 0], [0, 0, 3.3, 0], [0, -1.4, 0, 0], [0, 0, 0, 1.0]]),
    )
    value = {"t1.nii": 0.2, "stir.nii": 0.6}
    monkeypatch.setattr(
        scans,
        "read_nifti",
        lambda path: Volume(geometry=geometry, voxels=np.full((48, 48, 6), value[path.name])),
    )
    folder = tmp_path / "somebody"
    scan = scans.unlabelled_scan([folder / "t1.nii", folder / "stir.nii"])
    assert scan.name == "somebody"
    assert len(scan.contrasts) == 2
    assert not scan.known.any()
    assert not scan.is_phantom
    assert not scan.share[1:].any()
