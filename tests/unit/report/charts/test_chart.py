"""Values lie where their axis says, whichever way they are drawn."""

import itertools

import pytest

from mri_bme.report.charts.chart import Axis, axis_of, change_axis, named_axis, root_axis, ticks


def test_a_linear_axis_places_its_ends_and_its_middle() -> None:
    axis = Axis(low=-2.0, high=6.0)
    assert [axis.place(v) for v in (-2.0, 2.0, 6.0)] == [0.0, 0.5, 1.0]


def test_a_root_axis_keeps_small_volumes_apart() -> None:
    axis = root_axis(90.0)
    assert axis.high == 100.0
    assert axis.place(25.0) == pytest.approx(0.5)
    assert axis.place(-3.0) == 0.0


def test_changes_of_most_are_told_apart_beside_one_that_is_a_hundred_times_as_large() -> None:
    changes = [-3.0, -1.0, -0.5, 0.0, 1.0, 175.0]
    axis = change_axis(changes, [-85.0, 215.0], label="change, mL")
    assert (axis.low, axis.high, axis.label) == (-100.0, 500.0, "change, mL (square-root axis)")
    middle = axis.place(0.0)
    assert middle == pytest.approx(10 / (10 + 500**0.5))
    assert axis.place(-4.0) == pytest.approx(middle - 2 / (10 + 500**0.5))
    assert axis.place(4.0) == pytest.approx(middle + 2 / (10 + 500**0.5))
    labelled = [value for value, _ in axis.ticks]
    assert labelled == sorted(labelled)
    assert {-100.0, -20.0, 0.0, 20.0, 500.0} <= set(labelled)
    assert 10.0 not in labelled  # no room beside 0


def test_changes_of_one_size_keep_a_linear_axis() -> None:
    changes = [-6.0, -2.0, -1.0, 0.5]
    assert change_axis(changes, changes, label="mL") == axis_of([0.0, *changes], label="mL")
    assert change_axis([0.0, 0.0], [0.0, 0.1], label="mL").scale == "linear"


def test_an_axis_without_extent_places_everything_at_its_low_end() -> None:
    assert Axis(low=1.0, high=1.0).place(1.0) == 0.0


@pytest.mark.parametrize(("low", "high"), [(0.0, 0.1), (-9.7, 0.4), (0.0, 61.0), (-0.03, 0.02)])
def test_ticks_are_round_and_span_the_values(low: float, high: float) -> None:
    found = ticks(low, high)
    assert found[0] <= low
    assert found[-1] >= high
    steps = {round(b - a, 9) for a, b in itertools.pairwise(found)}
    assert len(steps) == 1
    assert f"{steps.pop():.0e}"[0] in "125"


def test_a_minus_is_a_minus_and_not_a_hyphen() -> None:
    assert ("−5" in [text for _, text in axis_of([-9.0, 4.0]).ticks]) is True


def test_names_run_from_top_to_bottom() -> None:
    axis = named_axis(["total", "left", "right"])
    assert axis.ticks == ((-0.0, "total"), (-1.0, "left"), (-2.0, "right"))
    assert axis.low < -2.0 < 0.0 < axis.high
