"""What a reading says of each visit."""

from pathlib import Path

import pytest
from read_study import LESION, drawn, sign

from mri_bme.batch.read_by import all_readings
from mri_bme.batch.read_visits import read_visits
from mri_bme.batch.recall import recall_subject
from mri_bme.findings import AUTO


def test_a_reader_is_told_by_masks_and_scores_and_the_program_by_its_estimates(study: Path) -> None:
    sign(study, "R1", "sub-01", {"baseline": drawn(LESION)}, scores={"baseline": {"impression": 7}})
    (one,) = all_readings(study, "sub-01")
    baseline, week14 = one.visits("01")
    assert baseline.values == {"edema_ml": pytest.approx(1.728), "impression": 7.0}
    assert baseline.quadrants == {"left_ilium_upper"}
    assert (week14.values, week14.quadrants) == ({"edema_ml": 0.0}, frozenset())
    program = recall_subject(study, "sub-01").result
    (told, _) = read_visits(AUTO, "01", program, 1, {"baseline": {"impression": 7}})
    assert set(told.values) == {"edema_ml", "sparcc", "berlin"}


def test_scores_alone_have_no_volume_and_their_own_quadrants(study: Path) -> None:
    seen = {"first": 2, "slices": {0: {"quadrants": ["right_sacrum_lower"]}}}
    sign(study, "R1", "sub-01", {}, scores={"baseline": {"sparcc": seen}})
    (one,) = all_readings(study, "sub-01")
    baseline, week14 = one.visits("01")
    assert (baseline.values, baseline.quadrants) == ({"sparcc": 1.0}, {"right_sacrum_lower"})
    assert (week14.values, week14.quadrants) == ({}, None)
