"""All tissues of a subject: the same for a seed, later ones over earlier ones."""

import numpy as np
import pytest
from tissue_scene import BUILD, inside, scene

from mri_bme.phantom.tissue import paint_subject
from mri_bme.sacroiliac import BoneLabel


@pytest.fixture(scope="module")
def tissues():
    return paint_subject(scene(), BUILD, np.random.default_rng(0))


def test_the_same_seed_paints_the_same_subject(tissues) -> None:
    again = paint_subject(scene(), BUILD, np.random.default_rng(0))
    np.testing.assert_array_equal(again.stir, tissues.stir)
    np.testing.assert_array_equal(again.t1, tissues.t1)


def test_every_voxel_has_a_signal_that_a_scanner_can_measure(tissues) -> None:
    for values in (tissues.stir, tissues.t1):
        assert values.dtype == np.float32
        assert np.isfinite(values).all()
        assert values.min() >= 0


def test_marrow_is_painted_last_and_is_the_unit_of_all_signal(tissues) -> None:
    for bone in (BoneLabel.SACRUM, BoneLabel.LEFT_ILIUM, BoneLabel.RIGHT_ILIUM):
        assert np.median(tissues.stir[inside(bone)]) == pytest.approx(1.0, abs=0.1)
        assert np.median(tissues.t1[inside(bone)]) == pytest.approx(1.0, abs=0.15)
