"""Any network that keeps the contract places ROIs: it is exchanged in one module."""

from typing import Any

import numpy as np
import pytest
from box_pelvis import SHAPE, box_pelvis, semicoronal_geometry

from mri_bme.errors import RoiNotFound
from mri_bme.place_rois import automatic, network, place_rois
from mri_bme.place_rois.automatic import labels_on_view, steadied
from mri_bme.place_rois.axes import pelvis_axes
from mri_bme.place_rois.network import (
    FINER,
    N_NEIGHBOURS,
    likeliest_bones,
    network_answer,
    network_grid,
)
from mri_bme.sacroiliac import MEASURED_BONES, BoneLabel, PlacedBy
from mri_bme.settings import RoiSettings
from mri_bme.volume import Volume

GEOMETRY = semicoronal_geometry()
BONES = box_pelvis(GEOMETRY)
SACRAL, ILIAC = 100.0, 60.0
MUSCLE = 20.0
BRIGHTNESS = np.array([MUSCLE, SACRAL, ILIAC, ILIAC, MUSCLE])
SETTINGS = RoiSettings(min_bone_ml=5.0, min_joint_slab_mm=10.0)


class OtherNetwork:
    """Knows bones by brightness and side: (n, channels, rows, columns) to (n, 5, rows, columns)."""

    def run(self, _: None, inputs: dict[str, np.ndarray], __: object) -> list[np.ndarray]:
        slices = inputs["slices"][:, N_NEIGHBOURS, ::FINER, ::FINER]
        to_left = inputs["slices"][:, -1, ::FINER, ::FINER] > 0
        labels = np.select(
            [slices > 0.8, (slices > 0.4) & to_left, slices > 0.4],
            [BoneLabel.SACRUM, BoneLabel.LEFT_ILIUM, BoneLabel.RIGHT_ILIUM],
            BoneLabel.BACKGROUND,
        )
        chance = (np.arange(5)[:, None, None, None] == labels).astype(np.float32)
        return [np.moveaxis(0.9 * chance + 0.02, 0, 1)]


def volume(bones: np.ndarray = BONES) -> Volume:
    noise = np.random.default_rng(2).normal(0, 1, SHAPE)
    return Volume(geometry=GEOMETRY, voxels=BRIGHTNESS[bones] + noise)


@pytest.fixture
def other_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "_session", lambda _: OtherNetwork())


def test_another_network_places_rois(other_network: Any) -> None:
    rois = place_rois(volume(), settings=SETTINGS)
    assert (rois.source, rois.placed_by) == ("automatic", PlacedBy.NETWORK)
    assert rois.confidence > 0.9
    for name, bone in (
        ("sacrum", BoneLabel.SACRUM),
        ("left_ilium", BoneLabel.LEFT_ILIUM),
        ("right_ilium", BoneLabel.RIGHT_ILIUM),
    ):
        found, true = rois.region(name).voxels, bone == BONES
        assert np.count_nonzero(found & true) > 0.95 * np.count_nonzero(found)
        assert np.count_nonzero(found & true) > 0.75 * np.count_nonzero(true)


def test_a_scan_read_in_blocks_of_rows_has_the_same_bones(
    other_network: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = place_rois(volume(), settings=SETTINGS)
    monkeypatch.setattr(automatic, "MAX_BLOCK_VOXELS", BONES.size // 5)
    in_blocks = place_rois(volume(), settings=SETTINGS)
    assert np.array_equal(in_blocks.quadrants, whole.quadrants)
    assert in_blocks.confidence == pytest.approx(whole.confidence, abs=1e-6)


def test_blocks_of_rows_make_up_the_box(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(automatic, "MAX_BLOCK_VOXELS", 5 * 12 * 20)
    box = (slice(1, 6), slice(7, 90), slice(3, 15))
    blocks = list(automatic.blocks_of_rows(box))
    assert [row for _, rows, _ in blocks for row in range(rows.start, rows.stop)] == [*range(7, 90)]
    assert all((depth, across) == (box[0], box[2]) for depth, _, across in blocks)
    assert len(blocks) == 5


def test_only_the_box_that_marrow_reaches_is_looked_at_and_nothing_is_lost() -> None:
    axes = pelvis_axes(GEOMETRY)
    grid = network_grid(axes.view(BONES).shape, axes)
    rng = np.random.default_rng(4)
    chance = np.zeros((5, *grid.shape), dtype=np.float32)
    box = (slice(2, 5), slice(9, 20), slice(11, 30))
    chance[1:, *box] = rng.dirichlet(np.ones(4), chance[0, *box].shape).transpose(3, 0, 1, 2)
    chance[0] = 1 - chance[1:].sum(axis=0)
    whole = likeliest_bones(grid.from_network(chance))
    assert whole.any()
    assert np.array_equal(labels_on_view(chance, grid), whole)
    assert grid.from_network(chance, grid.box_of(chance[0] < 0.5)).size < 0.5 * 5 * whole.size


def test_the_look_from_the_back_is_at_the_same_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """A network that answers by the slice in front: turned round, by the one behind."""

    class AnswersByTheSliceInFront:
        def run(self, _: None, inputs: dict[str, np.ndarray], __: object) -> list[np.ndarray]:
            in_front = inputs["slices"][:, N_NEIGHBOURS - 1, ::FINER, ::FINER]
            return [np.repeat(in_front[:, None], 5, axis=1)]

    monkeypatch.setattr(network, "_session", lambda _: AnswersByTheSliceInFront())
    axes = pelvis_axes(GEOMETRY)
    grid = network_grid((8, 20, 20), axes)
    slices = np.zeros((8, *(n * FINER for n in grid.shape[1:])), dtype=np.float32)
    slices += np.arange(8)[:, None, None]
    seen = network.SeenView(grid=grid, slices=slices)
    asked = network.some_slices(8, 3)
    assert asked.tolist() == [0, 3, 6]
    forward = network_answer(seen, every=3)[0, :, 0, 0]
    backward = network_answer(seen, is_backwards=True, every=3)[0, :, 0, 0]
    assert forward.tolist() == [0, 2, 5]
    assert backward.tolist() == [7, 4, 1]


@pytest.mark.parametrize(("margin", "n_looks"), [(0.05, 1), (0.01, 2), (-0.01, 2), (-0.05, 1)])
def test_all_slices_are_asked_about_where_half_of_them_leave_a_doubt(
    margin: float, n_looks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def answer(_: Any, *, every: int, **__: Any) -> np.ndarray:
        asked.append(every)
        return marrow(0.8 - margin)

    def marrow(chance: float) -> np.ndarray:
        found = np.zeros((5, 8, 4, 4), dtype=np.float32)
        found[1], found[0] = chance, 1 - chance
        return found

    monkeypatch.setattr(automatic, "network_answer", answer)
    forward, backward = automatic.turned_certainties(None, marrow(0.8), weights=None)  # type: ignore[arg-type]
    assert forward - backward == pytest.approx(margin, abs=1e-5)
    assert asked == [2, 1][:n_looks]


def test_slices_left_out_lie_at_both_ends() -> None:
    assert network.some_slices(25, 3).tolist() == [0, 3, 6, 9, 12, 15, 18, 21, 24]
    assert network.some_slices(24, 3).tolist() == [1, 4, 7, 10, 13, 16, 19, 22]
    assert network.some_slices(5, 1).tolist() == [0, 1, 2, 3, 4]


def test_what_is_no_pelvis_is_refused_with_its_reason(other_network: Any) -> None:
    one_sided = np.where(BONES == BoneLabel.LEFT_ILIUM, 0, BONES)
    with pytest.raises(RoiNotFound, match=r"not found with confidence.*mL of left ilium, 5 needed"):
        place_rois(volume(one_sided), settings=SETTINGS)


def test_where_two_bones_meet_both_together_outweigh_background() -> None:
    chance = np.zeros((5, 1, 1, 1), dtype=np.float32)
    chance[[0, 1, 2], 0, 0, 0] = (0.4, 0.25, 0.35)
    assert likeliest_bones(chance).item() == BoneLabel.LEFT_ILIUM
    assert BoneLabel.LEFT_ILIUM in MEASURED_BONES


def test_a_bone_that_one_slice_misses_goes_on_through_it() -> None:
    chance = np.zeros((5, 5, 1, 1), dtype=np.float32)
    chance[1] = 1.0
    chance[:, 2, 0, 0] = (0.7, 0.3, 0, 0, 0)
    assert (likeliest_bones(steadied(chance, 3.3)) == BoneLabel.SACRUM).all()
