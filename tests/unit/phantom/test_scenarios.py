"""Each scenario tells its story, and its truth adds up."""

import numpy as np
import pytest

from mri_bme.errors import InvalidSettings
from mri_bme.phantom import (
    SCENARIOS,
    PhantomSubject,
    Protocol,
    make_anatomy,
    make_phantom,
)
from mri_bme.sacroiliac import REGIONS

TINY = Protocol(n_slices=6, matrix=24, pixel_mm=8.0, thickness_mm=12.0, spacing_mm=14.0)


@pytest.fixture(scope="module")
def letter(small_phantom: PhantomSubject) -> PhantomSubject:
    return small_phantom


def test_regions_of_the_truth_add_up(letter: PhantomSubject) -> None:
    truth = letter.baseline.truth_ml
    assert set(truth) == set(REGIONS)
    assert truth["left"] + truth["right"] == pytest.approx(truth["total"])
    assert truth["sacrum"] + truth["ilium"] == pytest.approx(truth["total"])


def test_the_letters_subject_is_left_sided_and_nearly_heals(letter: PhantomSubject) -> None:
    before, after = (visit.truth_ml for visit in letter.visits)
    assert before["left"] > 5
    assert before["right"] == 0
    assert 0 < after["total"] < 0.1 * before["total"]


def test_an_unknown_scenario_is_refused() -> None:
    with pytest.raises(InvalidSettings, match="choose one of letter"):
        make_phantom("nothing", seed=1)


@pytest.mark.parametrize("scenario", sorted(SCENARIOS))
def test_each_scenario_tells_its_story(scenario: str) -> None:
    subject = make_phantom(scenario, seed=3, anatomy=make_anatomy(3, fineness=3.0), protocol=TINY)
    before, after = (visit.truth_ml for visit in subject.visits)
    expected = {
        "letter": before["right"] == 0 and after["total"] < 0.1 * before["total"],
        "partial": 0.2 < after["total"] / max(before["total"], 1e-9) < 0.7,
        "unchanged": before == after and before["total"] > 3,
        "worse": after["total"] > 1.5 * before["total"] > 0,
        "new_contralateral": before["right"] == 0 and after["right"] > 2,
        "healthy": before["total"] == after["total"] == 0,
        "bilateral_severe": min(before["left"], before["right"]) > 8,
        "tiny": 0 < before["total"] < 0.5,
        "shifted_slab": before["total"] > 3,
    }
    assert expected[scenario]


def test_the_shifted_slab_sees_seventy_percent_of_the_joint() -> None:
    protocol = Protocol(n_slices=15, matrix=90, pixel_mm=2.2, thickness_mm=4.0, spacing_mm=5.0)
    anatomy = make_anatomy(3, fineness=3.0)
    subject = make_phantom("shifted_slab", seed=3, anatomy=anatomy, protocol=protocol)
    joints = np.concatenate(list(anatomy.joints.values()))
    place = (joints - anatomy.grid.first_mm) / anatomy.geometry.spacing_mm
    seen = []
    for visit in subject.visits:
        lps = visit.lps_from_subject.apply(anatomy.geometry.points_lps(place))
        slices = visit.volume.geometry.indices_of(lps)[:, 0]
        seen.append(np.mean((slices > -0.5) & (slices < protocol.n_slices - 0.5)))
    assert seen[0] > 0.9
    assert seen[1] == pytest.approx(0.7, abs=0.03)
