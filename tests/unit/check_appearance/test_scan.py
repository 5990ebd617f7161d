"""What is measured of pictures: slices of their own, likeness, and no crash without signal."""

import numpy as np
import pytest

from mri_bme.check_appearance import check_same_scan, check_scan
from mri_bme.check_appearance.scan import independent_slices, likeness
from mri_bme.volume import Volume, VolumeGeometry


def scan(voxels: np.ndarray, spacing: tuple[float, float, float] = (4, 1, 1)) -> Volume:
    geometry = VolumeGeometry(shape=voxels.shape, lps_from_index=np.diag([*spacing, 1.0]))
    return Volume(geometry=geometry, voxels=voxels)


def noise(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(0, 100, (12, 60, 60)).astype(np.float32)


def test_a_scan_without_signal_is_not_crashed_on() -> None:
    look = check_scan(scan(np.zeros((5, 40, 40), np.float32)))
    assert {c.name for c in look.checks} == {
        "slab_mm",
        "field_of_view_mm",
        "pixel_mm",
        "slice_step_mm",
        "negative",
    }


@pytest.mark.parametrize(
    ("spacing", "n_doubts"), [((4, 1, 1), 0), ((4, 2, 1), 1), ((8, 1, 1), 1), ((0.5, 0.3, 0.3), 2)]
)
def test_voxels_of_a_size_that_was_never_tried_are_said_to_be_so(
    spacing: tuple[float, float, float], n_doubts: int
) -> None:
    look = check_scan(scan(noise(), spacing))
    assert sum("never tried" in words for words in look.doubts) == n_doubts
    assert not any("never tried" in words for words in look.impossible)


def test_slices_between_others_and_repeated_ones_are_not_their_own() -> None:
    own = noise()
    assert independent_slices(own) == 1
    between = own.copy()
    between[1::2][:5] = (between[0:10:2] + between[2:12:2]) / 2
    assert independent_slices(between) == pytest.approx(7 / 12)
    assert independent_slices(np.repeat(own[:6], 2, axis=0)) == pytest.approx(0.5)


def test_gain_does_not_matter() -> None:
    first, second = check_scan(scan(noise())), check_scan(scan(40 * noise()))
    for a, b in zip(first.checks, second.checks, strict=True):
        assert a.value == pytest.approx(b.value, rel=1e-4)


def test_t1w_on_another_grid_is_compared_where_both_see() -> None:
    smooth = np.add.outer(np.arange(12.0), np.add.outer(np.arange(60.0), np.arange(60.0) ** 1.5))
    volume = scan(smooth.astype(np.float32))
    finer = scan(np.repeat(smooth, 2, axis=1).astype(np.float32), (4, 0.5, 1))
    assert likeness(volume, finer) == pytest.approx(1, abs=0.01)
    far = VolumeGeometry(
        shape=volume.geometry.shape,
        lps_from_index=volume.geometry.lps_from_index
        + np.diag([0, 0, 0, 0.0])
        + np.array([[0, 0, 0, 500.0], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]),
    )
    assert likeness(volume, Volume(geometry=far, voxels=volume.voxels)) is None


def test_one_scan_twice_is_told_from_two() -> None:
    assert check_same_scan(scan(noise()), scan(noise()))
    assert not check_same_scan(scan(noise()), scan(noise(1)))
