"""Statistics in words: whom they leave out, and how they were computed."""

from dataclasses import replace

import pytest

from mri_bme.report.stats_tables import (
    caption,
    interval,
    left_out_text,
    methods_text,
    number,
    p_value,
    statistic_name,
    stats_tables,
)
from mri_bme.summarize_cohort import LeftOut, Statistic


def found(statistic, *, lost=None, **more):
    about = {"measure": "edema_ml", "region": "total", "followup": "week14", "group": "all"}
    return Statistic(statistic=statistic, n=20, value=1.0, left_out=lost, **(about | more))


def lost(n):
    return tuple(LeftOut(subject=f"S{k}", reason="no arm") for k in range(n))


def test_who_is_left_out_is_named_and_many_are_counted() -> None:
    assert left_out_text(found("mmrm_change", lost=())) == ""
    assert left_out_text(found("mmrm_change", lost=lost(1))) == "1 left out: S0 (no arm)"
    many = left_out_text(found("mmrm_change", lost=lost(9)))
    assert many.startswith("9 left out: S0")
    assert many.endswith("and 5 more, in left_out.csv")


def test_a_table_says_once_what_most_of_its_rows_leave_out() -> None:
    rows = [found("mean_change", lost=lost(2)), found("srm", lost=lost(2)),
            found("mmrm_change", lost=lost(1))]  # fmt: skip
    (table,) = stats_tables(rows)["change"]
    assert table.left_out == left_out_text(rows[0])


def test_methods_tell_of_what_was_computed_and_of_nothing_else() -> None:
    assert methods_text([found("mean")]) == ()
    (model,) = methods_text([found("mmrm_difference")])
    assert "unstructured covariance" in model
    assert "Satterthwaite" in model
    (floor,) = methods_text([found("tobit_difference")])
    assert all(name in floor for name in ("Quade", "Tobit", "cube roots", "Hodges"))


def test_every_statistic_has_a_name() -> None:
    tables = stats_tables([found("tobit_difference", group="a against b"), found("share_none")])
    names = [statistic_name(row) for kind in tables.values() for t in kind for row in t.rows]
    assert "No edema at either visit" in names
    assert not any("_" in name for name in names)


@pytest.mark.parametrize(
    ("statistic", "measure", "told"),
    [
        ("mean_change", "edema_ml", ("2.00", "−0.50 to 12.35")),
        ("icc_2_1", "sparcc", ("2.00", "−0.50 to 12.35")),
        ("bias", "sparcc", ("2.0", "−0.5 to 12.3")),
        ("mean_change", "sparcc_estimate", ("2.0", "−0.5 to 12.3")),
        ("srm", "sparcc_estimate", ("2.00", "−0.50 to 12.35")),
        ("wilcoxon_test", "edema_ml", ("2.0", "−0.5 to 12.3")),
        ("subjects_per_arm", "edema_ml", ("2", "0 to 12")),
    ],
)
def test_a_kind_of_figure_has_the_same_digits_in_every_row(
    statistic: str, measure: str, told: tuple[str, str]
) -> None:
    one = replace(found(statistic, measure=measure), value=2.0, ci_low=-0.5, ci_high=12.349)
    assert (number(one), interval(one)) == told
    assert p_value(replace(one, p_value=0.5)) == "0.500"
    assert number(replace(one, value=None)) == "–"
    assert float(number(replace(one, value=-0.001))) == 0  # and no minus before nothing
    assert "−" not in number(replace(one, value=-0.001))


def test_a_p_value_is_never_nothing() -> None:
    assert p_value(found("t", p_value=1e-12)) == "< 0.001"
    assert p_value(found("t", p_value=0.0312)) == "0.031"
    assert p_value(found("t")) == "–"


def test_two_readers_are_not_called_the_program() -> None:
    about = {"followup": "baseline", "measure": "edema_ml"}
    assert (
        caption(found("bias", against="ann with bob", **about))
        == "Baseline: edema, mL, ann with bob"
    )
    assert caption(found("bias", against="ann", **about)) == "Baseline: edema, mL and ann"
