"""Traits of a subject, drawn by seed."""

import numpy as np

from mri_bme.phantom import make_anatomy
from mri_bme.phantom.build import Build
from mri_bme.phantom.shape_model import n_modes


def test_traits_of_a_seed_are_those_of_the_anatomy_made_of_it() -> None:
    assert Build.of(7) == make_anatomy(7, fineness=5.0).build
    assert Build.of(7) != Build.of(8)


def test_a_size_that_is_given_replaces_the_drawn_one_alone_in_what_it_says() -> None:
    assert Build.of(7, size=1.0).size == 1.0
    assert 0.94 <= Build.of(7).size <= 1.06
    assert len(Build.of(7).mode_sd) == n_modes()


def test_drawn_traits_are_those_of_plausible_adults() -> None:
    drawn = [Build.draw(np.random.default_rng(seed)) for seed in range(200)]
    assert all(1.7 <= mm <= 2.9 for build in drawn for mm in build.joint_mm)
    assert all(build.sclerosis >= 0 and build.joint_fluid >= 0 for build in drawn)
    assert 0.15 < np.mean([build.cyst for build in drawn]) < 0.35
    assert 0.02 < np.mean([build.transitional for build in drawn]) < 0.16
