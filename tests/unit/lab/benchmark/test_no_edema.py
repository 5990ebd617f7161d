"""Joints without edema are counted by scenario and source of bones, and all together."""

import pytest

from lab.benchmark.no_edema import joints_without_edema, summary
from mri_bme.phantom import PhantomSubject


def test_only_joints_without_edema_are_measured(small_phantom: PhantomSubject) -> None:
    rows = list(joints_without_edema(small_phantom.baseline, scenario="letter"))
    assert [row["bones"] for row in rows] == ["given", "found"]  # the right joint, twice
    assert all(0 <= row["edema_ml"] <= row["high_ml"] for row in rows)
    with_edema = max(small_phantom.baseline.region_ml(side) for side in ("left", "right"))
    assert all(row["edema_ml"] < 0.2 * with_edema for row in rows)


def test_the_summary_counts_what_is_too_much() -> None:
    rows = [
        {"scenario": name, "bones": "given", "edema_ml": ml, "high_ml": ml + 0.03}
        for name, volumes in (("healthy", (0.0, 0.0, 0.2)), ("tiny", (0.04,)))
        for ml in volumes
    ]
    table = summary(rows)
    assert table.loc[("healthy", "given"), "n_too_much"] == 1
    assert table.loc[("tiny", "given"), "n_too_much"] == 0
    assert table.loc[("all", "given"), "n_joints"] == 4
    assert table.loc[("all", "given"), "largest_interval_end_ml"] == pytest.approx(0.23)
