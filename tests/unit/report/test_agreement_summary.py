"""What a study manager looks at first."""

from dataclasses import replace

import pytest
from made_up_agreement import row

from mri_bme.report.agreement_summary import (
    Progress,
    at_a_glance,
    counts_of,
    reader_heads,
    reader_lines,
    waiting_cases,
)
from mri_bme.summarize_cohort import Statistic

BETWEEN, WITHIN, PROGRAM = "between readers", "within a reader", "with the program"


def told(against: str, group: str, value: float | None = 0.987, **more: object) -> Statistic:
    made = {"statistic": "icc_2_1", "n": 40, "ci_low": -0.021, "ci_high": 0.999, **more}
    return Statistic(
        value=value, against=against, group=group, measure="edema_ml", followup="baseline", **made
    )


def test_everybody_stands_side_by_side_with_intervals_and_numbers() -> None:
    (icc,) = at_a_glance(
        [
            told("R1 with R2", BETWEEN),
            told("R1 again", WITHIN, 0.5, n=12, ci_low=None, ci_high=None),
            told("R1 with auto", PROGRAM),
            told("consensus with auto", PROGRAM),
            told("R1 with consensus", "with the consensus"),
        ]
    )
    heads, line = icc.rows
    assert [head.replace("\xa0", " ") for head in heads] == [
        "Of", "R1 with R2, n = 40", "R1 again, n = 12", "R1 with auto, n = 40"
    ]  # fmt: skip
    shown = "0.99 (−0.02 to 1.00)"
    assert [cell.replace("\xa0", " ") for cell in line] == ["Edema, baseline", shown, "0.50", shown]


def test_volumes_have_their_unit_where_they_are_volumes() -> None:
    sdc = told("R1 with R2", BETWEEN, 1.234, statistic="sdc", ci_low=1.0, ci_high=2.0)
    (table,) = at_a_glance([sdc])
    assert table.rows[1] == ("Edema, mL, baseline", "1.23 (1.00\xa0to\xa02.00)")


def test_many_pairs_leave_room_for_all_together() -> None:
    pairs = [told(f"R{n} with R{n + 1}", BETWEEN) for n in range(4)]
    (table,) = at_a_glance([told("all 5 readers", BETWEEN), *pairs])
    assert [head.split(",")[0] for head in table.rows[0]] == ["Of", "all 5 readers"]


def test_what_supports_no_figure_has_no_table() -> None:
    assert at_a_glance([told("R1 with R2", BETWEEN, None, note="n = 4: too few")]) == []


def test_subjects_are_counted_by_what_has_become_of_them() -> None:
    rows = [row(reader, n, seconds=60) for reader in ("R1", "R2") for n in range(5)]
    rows += [row("R1", 7, seconds=60), row("consensus", 0, seconds=9)]
    found = counts_of(rows, ["S0", "S1"])
    assert (found.read, found.agree, found.adjudicated, found.waiting, found.alone) == (
        6, 3, 1, 1, 1
    )  # fmt: skip


def test_a_second_reading_is_no_second_reader() -> None:
    once = row("R1", 0, seconds=60)
    found = counts_of([once, replace(once, case="sub-S0_again2", repeat=2)], [])
    assert (found.agree, found.alone) == (0, 1)


def test_who_has_signed_nothing_yet_is_told_with_the_others() -> None:
    far = [Progress(reader="R9", n_cases=4, n_open=0, n_signed=0)]
    (line,) = reader_lines([], far)
    assert (line.name, line.share) == ("R9", 0)
    assert line.cells == ("0 of 4", "0", "4", "0", "–", "0")
    assert len(reader_heads(far)) == 1 + len(line.cells)
    assert len(reader_heads([])) == 1 + len(reader_lines([row("R1", 0, seconds=1)], [])[0].cells)


@pytest.mark.parametrize(("done", "left"), [((), ["A", "B"]), (("A",), ["B"])])
def test_what_was_adjudicated_does_not_wait(done: tuple[str, ...], left: list[str]) -> None:
    assert [s for s, _ in waiting_cases({"A": ("x",), "B": ("y", "z")}, done)] == left
