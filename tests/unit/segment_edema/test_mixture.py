"""Two tissues in the reference are told from noise and from a vessel."""

import numpy as np
import pytest
from marrow_scenes import geometry, rois, scan

from mri_bme.segment_edema import segment_edema
from mri_bme.segment_edema.mixture import doubt_about_mixture
from mri_bme.volume import Volume


@pytest.mark.parametrize("level", [0.55, 0.7, 1.4, 1.8])
def test_a_reference_of_two_tissues_is_flagged(level: float) -> None:
    voxels = np.array(scan().voxels)
    voxels[3:7, 40:55, 33:37] *= level  # two fifths of the reference
    found = segment_edema(Volume(geometry=geometry(), voxels=voxels), rois())
    assert any("two tissues" in flag for flag in found.flags)


@pytest.mark.parametrize("seed", range(3))
def test_noise_and_a_vessel_in_the_reference_are_not_two_tissues(seed: int) -> None:
    voxels = np.array(scan(seed=seed).voxels)
    voxels[3:7, 44:45, 33:38] *= 2.5
    found = segment_edema(Volume(geometry=geometry(), voxels=voxels), rois())
    assert not any("two tissues" in flag for flag in found.flags)


@pytest.mark.parametrize(
    ("apart", "share", "is_two"), [(6, 0.4, 1), (2.6, 0.4, 1), (1.5, 0.4, 0), (6, 0.05, 0)]
)
def test_two_tissues_lie_apart_and_each_holds_a_share(
    apart: float, share: float, is_two: int
) -> None:
    """Means in SDs; Ashman's D of equal SDs is their distance."""
    rng = np.random.default_rng(3)
    lower, upper = rng.normal(1, 0.05, 4000), rng.normal(1 + apart * 0.05, 0.05, 4000)
    n_lower = int(4000 * share)
    said = doubt_about_mixture(np.concatenate([lower[:n_lower], upper[n_lower:]]))
    assert bool(said) == bool(is_two)
    if said:
        assert f"{1 + apart * 0.05:.2f} of its median" in said or apart < 6
