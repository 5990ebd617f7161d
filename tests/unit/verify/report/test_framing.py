"""What was asked and what was said stands in the report as it is."""

from dataclasses import replace

from mri_bme.report.document import Table
from mri_bme.verify import Figure, Verification
from mri_bme.verify.acceptance import Acceptance, judge
from mri_bme.verify.coverage import NAME
from mri_bme.verify.report.framing import acceptance_section, counted_words, sources


def verification(*figures: Figure) -> Verification:
    return Verification(
        figures=figures,
        detectable_at_ml=(),
        detectable_ml=(),
        detection_limit_ml=None,
        n_scans=2,
        n_not_evaluable=0,
        bones="automatic",
    )


def test_a_criterion_that_is_not_met_is_told_with_what_was_found() -> None:
    rules = [
        {"what": "A", "figure": "bias", "at_most": 5.0, "why": "a choice"},
        {"what": "B", "figure": "bias", "at_most": 50.0, "why": "a choice"},
        {"what": "C", "figure": "other", "at_most": 5.0, "why": "a choice"},
        {"what": "D", "figure": "slope", "at_least": 0.85, "why": "a choice"},
    ]
    acceptance = Acceptance.model_validate({"version": 3, "criterion": rules})
    figure = Figure(name="bias", at="5 mL", value=9.0, unit="%", bones="automatic")
    slope = Figure(name="slope", at="all", value=0.92, low=0.82, high=1.02, unit="", n_subjects=3)
    held = Figure(name=NAME, at="all", value=75.0, low=30.0, high=95.0, unit="%", n=4)
    figures = (figure, *(replace(f, bones="automatic") for f in (slope, held)))
    judged = judge(acceptance, figures, bones="automatic")
    section = acceptance_section(judged, acceptance, verification(*figures))
    said, table, beside = section.blocks
    assert "version 3" in said.text
    counted = "1 of 4 acceptance criteria are met. Not met: A. Not decided: D. Not measured: C"
    assert counted == counted_words(judged)
    assert counted in said.text
    assert "3 of 4 (30 to 95 %) of the volumes with edema" in beside.text
    assert "bones found" in said.text
    assert isinstance(table, Table)
    assert table.rows[0] == ("A", "at most 5 %", "9.0 %", "0", "5 mL", "fail", "a choice")
    assert table.rows[2][2:6] == ("", "", "", "not measured")
    assert table.rows[3][5] == "not decided: about 4 subjects in place of 3"


def test_definitions_are_cited() -> None:
    text = " ".join(block.text for block in sources().blocks)
    for source in ("FDA", "Raunig", "Obuchowski", "EP17-A2", "EP06", "Metrics Reloaded", "CLAIM"):
        assert source in text
