"""Which phantoms are measured, and what is changed in each."""

import re

import numpy as np
import pytest

from mri_bme.phantom import Pose, Protocol
from mri_bme.verify import design_cases
from mri_bme.verify.departures import CONDITIONS, QUICK_CONDITIONS, RETESTS
from mri_bme.verify.design import expected_minutes, spread_lesions
from mri_bme.verify.failures import trials

PROTOCOL = Protocol()


def test_positioning_is_a_condition_and_moves_nothing_but_the_retest() -> None:
    cases = {case.condition: case for case in design_cases(PROTOCOL)}
    alike = cases["retest positioned alike"]
    assert alike.positioning == 0.0
    assert alike.protocol == PROTOCOL
    assert cases["twice the noise"].positioning == 1.0
    first = Pose.draw(np.random.default_rng(1))
    second = Pose.draw(np.random.default_rng(2))
    assert first.towards(second, 0.0) == first
    assert first.towards(second, 2.0).shift_mm[0] == pytest.approx(
        2 * second.shift_mm[0] - first.shift_mm[0]
    )


@pytest.mark.parametrize("quick", [True, False])
def test_every_case_is_measured_once_and_departures_have_their_match(quick: bool) -> None:
    cases = design_cases(PROTOCOL, quick=quick)
    assert len({case.name for case in cases}) == len(cases)
    usual = {(c.seed, c.level_ml) for c in cases if c.condition == "as given"}
    departures = [c for c in cases if c.condition != "as given"]
    assert {c.condition for c in departures if not c.retest} == set(
        QUICK_CONDITIONS if quick else CONDITIONS
    )
    assert {c.retest for c in departures if c.retest} == set(RETESTS)
    assert all((c.seed, c.level_ml) in usual for c in departures)
    assert all(re.fullmatch(r"[\w.-]+", case.name) for case in cases)


def test_a_quick_verification_is_announced_with_five_minutes_of_a_core() -> None:
    cases, scenes = design_cases(PROTOCOL, quick=True), trials(PROTOCOL, quick=True)
    assert expected_minutes(cases, len(scenes), jobs=1) <= 5.0
    assert expected_minutes(cases, len(scenes), jobs=2) <= 2.5


@pytest.mark.parametrize("total_ml", [0.0, 0.4, 3.0, 12.0, 60.0])
def test_lesions_share_the_whole_volume(total_ml: float) -> None:
    plans = spread_lesions(total_ml, np.random.default_rng(1))
    assert sum(plan.volume_ml for plan in plans) == pytest.approx(total_ml)
