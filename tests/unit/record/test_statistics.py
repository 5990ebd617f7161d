"""Tables of statistics: rows in a fixed order, p values to three digits however small."""

from pathlib import Path

import pandas as pd
import pytest

from mri_bme.record.statistics import (
    CUMULATIVE_COLUMNS,
    LEFT_OUT_COLUMNS,
    STATISTIC_COLUMNS,
    TIMELINE_COLUMNS,
    write_cumulative,
    write_left_out,
    write_statistics,
    write_timelines,
)
from mri_bme.record.tables import read_table
from mri_bme.summarize_cohort import (
    EDEMA,
    SPARCC,
    Cohort,
    LeftOut,
    MeasuredChange,
    Measurement,
    Statistic,
)

LOST = (LeftOut(subject="03", reason="no follow-up visit"),)
CHANGES = {"01": -2.0, "02": -0.5, "03": 1.0}


def cohort(**more) -> Cohort:
    measurements = [
        Measurement(subject=subject, visit=visit, day=day, measure=measure, value=value)
        for subject in ("02", "01")
        for visit, day, value in (("week14", 98, 1.0), ("baseline", 0, 2.0))
        for measure in (SPARCC, EDEMA)
    ]
    changes = [
        MeasuredChange(subject=s, followup="week14", measure=EDEMA, baseline=2.0, change=c)
        for s, c in CHANGES.items()
    ]
    told = {"baseline": "baseline", "followups": ("week14",)}
    return Cohort(measurements=tuple(measurements), changes=tuple(changes), **told, **more)


@pytest.mark.parametrize(
    ("p_value", "text"), [(0.04321, "0.0432"), (1.234e-11, "0.0000000000123"), (1.0, "1")]
)
def test_a_p_value_keeps_three_digits_however_small(tmp_path: Path, p_value, text) -> None:
    write_statistics(tmp_path / "s.csv", [Statistic(statistic="t", n=9, p_value=p_value)])
    (row,) = read_table(tmp_path / "s.csv", STATISTIC_COLUMNS)
    assert row["p_value"] == text


def test_who_was_left_out_is_counted_and_named_with_the_reason(tmp_path: Path) -> None:
    found = [
        Statistic(statistic="mean", n=2, left_out=LOST),
        Statistic(statistic="median", n=3, left_out=()),
        Statistic(statistic="plan", n=3, left_out=None),
    ]
    write_statistics(tmp_path / "s.csv", found)
    counts = [row["n_left_out"] for row in read_table(tmp_path / "s.csv", STATISTIC_COLUMNS)]
    assert counts == ["1", "0", ""]
    write_left_out(tmp_path / "l.csv", found)
    (row,) = read_table(tmp_path / "l.csv", LEFT_OUT_COLUMNS)
    assert (row["statistic"], row["subject"]) == ("mean", "03")
    assert row["reason"] == "no follow-up visit"


def test_timelines_go_from_subject_to_subject_in_order_of_time(tmp_path: Path) -> None:
    write_timelines(tmp_path / "t.csv", cohort(arms={"01": "drug"}))
    rows = read_table(tmp_path / "t.csv", TIMELINE_COLUMNS)
    assert [(r["subject"], r["visit"], r["measure"]) for r in rows[:4]] == [
        ("01", "baseline", EDEMA),
        ("01", "baseline", SPARCC),
        ("01", "week14", EDEMA),
        ("01", "week14", SPARCC),
    ]
    assert [r["arm"] for r in rows] == ["drug"] * 4 + [""] * 4


def test_cumulative_probability_rises_with_the_change_in_every_group(tmp_path: Path) -> None:
    arms = {"01": "drug", "02": "drug", "03": "placebo"}
    write_cumulative(tmp_path / "c.csv", cohort(arms=arms))
    table = pd.read_csv(tmp_path / "c.csv", dtype={"subject": str})
    assert tuple(table.columns) == CUMULATIVE_COLUMNS
    edema = table[table.measure == EDEMA]
    everybody = edema[edema.group == "all"]
    assert list(everybody.subject) == ["01", "02", "03"]
    assert everybody.probability.is_monotonic_increasing
    assert everybody.probability.between(0, 1).all()
    for name, members in edema[edema.group != "all"].groupby("group"):
        assert set(members.subject) == {s for s, arm in arms.items() if arm == name}
