"""Which phantoms are measured, and what is changed in each."""

import numpy as np
import pytest

from mri_bme.phantom import Pose, Protocol
from mri_bme.verify import design_cases
from mri_bme.verify.design import CONDITIONS, changed_protocol, spread_lesions

PROTOCOL = Protocol()


def test_positioning_is_a_condition_and_moves_nothing_but_the_retest() -> None:
    cases = {case.condition: case for case in design_cases(PROTOCOL, quick=True)}
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


def test_every_case_is_measured_once_and_conditions_have_their_match() -> None:
    cases = design_cases(PROTOCOL, quick=True)
    assert len({case.name for case in cases}) == len(cases)
    usual = {(c.seed, c.level_ml) for c in cases if c.condition == "as given"}
    departures = [c for c in cases if c.condition != "as given"]
    assert {c.condition for c in departures} == set(CONDITIONS)
    assert all((c.seed, c.level_ml) in usual for c in departures)


def test_departures_keep_slab_and_field_of_view() -> None:
    for condition in CONDITIONS:
        changed = changed_protocol(PROTOCOL, condition)
        assert changed.n_slices * changed.spacing_mm == pytest.approx(
            PROTOCOL.n_slices * PROTOCOL.spacing_mm, rel=0.05
        )
        assert changed.matrix * changed.pixel_mm == pytest.approx(
            PROTOCOL.matrix * PROTOCOL.pixel_mm, rel=0.01
        )


@pytest.mark.parametrize("total_ml", [0.0, 0.4, 3.0, 12.0, 60.0])
def test_lesions_share_the_whole_volume(total_ml: float) -> None:
    plans = spread_lesions(total_ml, np.random.default_rng(1))
    assert sum(plan.volume_ml for plan in plans) == pytest.approx(total_ml)
