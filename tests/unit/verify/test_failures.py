"""What is done to a scan, and what counts as having said something."""

from dataclasses import replace

import numpy as np
import pytest

from mri_bme.findings import Interval
from mri_bme.phantom import ARTIFACTS, Protocol
from mri_bme.settings import Settings
from mri_bme.verify import Failure, carry_out, trials
from mri_bme.verify.failures import (
    HOPELESS,
    MANIPULATIONS,
    QUICK,
    Outcome,
    Scene,
    Trial,
    is_mild,
    n_of,
    scaled,
)
from mri_bme.volume import Volume, VolumeGeometry

SMALL = Protocol(n_slices=11, matrix=96, pixel_mm=2.1, thickness_mm=5.0, spacing_mm=6.0)
MEASURED = Failure(
    name="a",
    seed=1,
    true_ml=6.0,
    found_ml=5.0,
    interval_ml=Interval(low=4.0, high=5.5),
    said=(),
)


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        ({}, Outcome.SILENT),
        ({"true_ml": 5.4}, Outcome.INSIDE),
        ({"true_ml": 5.4, "said": ("noise is high",)}, Outcome.FLAGGED),
        ({"said": ("noise is high",)}, Outcome.FLAGGED_ERROR),
        ({"found_ml": None, "interval_ml": None}, Outcome.REFUSED),
        ({"interval_ml": None, "true_ml": 5.0}, Outcome.SILENT),
    ],
)
def test_a_number_beyond_its_interval_is_an_error_whatever_was_said(change, outcome) -> None:
    failure = replace(MEASURED, **change)
    assert failure.outcome is outcome
    assert n_of([failure, replace(failure, found_ml=None)], outcome) == 1 + (
        outcome is Outcome.REFUSED
    )


def test_what_must_be_refused_and_what_is_mild_are_tried() -> None:
    assert set(MANIPULATIONS) > HOPELESS
    assert QUICK & HOPELESS
    assert sum(is_mild(name) for name in MANIPULATIONS) == len(ARTIFACTS)
    assert not HOPELESS & {name for name in MANIPULATIONS if is_mild(name)}


def test_every_artifact_is_tried_in_three_degrees_and_names_differ() -> None:
    for name in ARTIFACTS:
        assert sum(one.startswith(f"{name.replace('_', ' ')}, ") for one in MANIPULATIONS) == 3
    whole = trials(SMALL)
    assert len({trial.name for trial in whole}) == len(whole)
    assert {trial.manipulation for trial in whole} == set(MANIPULATIONS)
    assert {trial.manipulation for trial in trials(SMALL, quick=True)} == QUICK


def test_wrong_voxels_are_wrong_in_the_header_alone() -> None:
    geometry = VolumeGeometry(shape=(2, 3, 4), lps_from_index=np.diag([4.0, 1.0, 1.0, 1.0]))
    volume = Volume(geometry=geometry, voxels=np.ones((2, 3, 4), np.float32))
    wrong = scaled(volume, size=0.7)
    assert wrong.geometry.spacing_mm == pytest.approx((2.8, 0.7, 0.7))
    assert np.array_equal(wrong.voxels, volume.voxels)


def test_t1w_in_place_of_stir_is_refused_with_words() -> None:
    scene = Scene(seed=9000, protocol=SMALL, fineness=3.0)
    failure = carry_out(
        Trial(name="t", manipulation="T1W given as the fluid-sensitive series", scene=scene),
        settings=Settings(),
    )
    assert failure.outcome is Outcome.REFUSED
    assert failure.said
