"""What was asked and what was said stands in the report as it is."""

from mri_bme.report.document import Table
from mri_bme.verify import Figure
from mri_bme.verify.acceptance import Acceptance, judge
from mri_bme.verify.report.framing import acceptance_section, sources


def test_a_criterion_that_is_not_met_is_told_with_what_was_found() -> None:
    rules = [
        {"what": "A", "figure": "bias", "at_most": 5.0, "why": "a choice"},
        {"what": "B", "figure": "bias", "at_most": 50.0, "why": "a choice"},
        {"what": "C", "figure": "other", "at_most": 5.0, "why": "a choice"},
    ]
    acceptance = Acceptance.model_validate({"version": 3, "criterion": rules})
    figure = Figure(name="bias", at="5 mL", value=9.0, unit="%", bones="automatic")
    judged = judge(acceptance, [figure], bones="automatic")
    section = acceptance_section(judged, acceptance, bones="automatic")
    said, table = section.blocks
    assert "version 3" in said.text
    assert "1 is met, 1 is not (A), 1 was not measured" in said.text
    assert "bones found" in said.text
    assert isinstance(table, Table)
    assert table.rows[0] == ("A", "at most 5 %", "9.0 %", "0", "5 mL", "fail", "a choice")
    assert table.rows[2][2:6] == ("", "", "", "not measured")


def test_definitions_are_cited() -> None:
    text = " ".join(block.text for block in sources().blocks)
    for source in ("FDA", "Raunig", "Obuchowski", "EP17-A2", "EP06", "Metrics Reloaded", "CLAIM"):
        assert source in text
