"""Every check of how a scan looks is a row with its limits and its verdict."""

from dataclasses import replace

from compared_boxes import boxes_subject

from mri_bme.check_appearance import Appearance, Check
from mri_bme.record.looked import GATE
from mri_bme.record.quality import QUALITY, visit_checks


def test_checks_are_rows_with_limits_and_reasons() -> None:
    result = boxes_subject()
    checks = (Check(name="darkest", value=0.1), Check(name="bright_tail", value=0.2))
    first = replace(result.visits[0], appearance=Appearance(checks=checks))
    rows = QUALITY.rows(visit_checks("01", replace(result, visits=(first, *result.visits[1:]))))
    dark, bright, *unknown = rows
    assert (dark["subject"], dark["visit"], dark["check"]) == ("01", first.label, "darkest")
    assert (dark["value"], dark["usual_from"], dark["verdict"]) == (0.1, None, "fine")
    assert dark["reason"] == ""
    assert (bright["usual_to"], bright["verdict"]) == (None, "impossible")
    assert "inverted" in str(bright["reason"])
    assert (dark["refused_above"], bright["refused_below"]) == (0.62, 1.0)
    assert [row["check"] for row in unknown] == list(GATE)
    assert {(row["value"], row["verdict"]) for row in unknown} == {(None, "unknown")}
