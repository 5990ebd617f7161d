"""The report of a made-up verification: every section, and nothing that was not found."""

from dataclasses import replace

from mri_bme.findings import Interval
from mri_bme.report.document import Document, Table
from mri_bme.verify import Failure, Measurement, verification_of
from mri_bme.verify.acceptance import judge, read_acceptance
from mri_bme.verify.lesions import LesionSeen
from mri_bme.verify.report import Reported, document_of

FIRST = Measurement(
    case="",
    seed=0,
    level_ml=0.0,
    condition="as given",
    visit="baseline",
    bones="automatic",
    true_ml=0.0,
    found_ml=0.0,
    interval_ml=None,
    registration_error_mm=0.2,
    change_verdict="unchanged",
    reason="",
)
RETEST = "another scanner"
FAILURES = (
    Failure(name="no marrow", seed=1, true_ml=6.0, found_ml=None, interval_ml=None, said=("no",)),
)


def rows() -> list[Measurement]:
    made = []
    for seed in range(4):
        for level in (0.0, 0.5, 2.0, 20.0):
            for condition in ("as given", "twice the noise", f"retest: {RETEST}"):
                first = replace(
                    FIRST,
                    case=f"{seed}-{level}-{condition}",
                    seed=seed,
                    level_ml=level,
                    condition=condition,
                    retest=RETEST if condition.startswith("retest") else "",
                    true_ml=level,
                    found_ml=level * 0.95 + 0.02 * seed,
                    interval_ml=Interval(low=0.8 * level, high=1.2 * level),
                    lesions=(
                        LesionSeen(true_ml=level, contrast=2.0, shared=0.9, found_ml=0.9 * level),
                    )
                    if level
                    else (),
                )
                found = level * 0.97 + 0.03 * (seed % 2)
                made += [first, replace(first, visit="week14", found_ml=found)]
    return made


def document(measured: list[Measurement], failures: tuple[Failure, ...]) -> Document:
    verification = verification_of(measured, failures)
    acceptance = read_acceptance()
    return document_of(
        Reported(
            verification=verification,
            rows=measured,
            judged=judge(acceptance, verification.figures, bones=verification.bones),
            acceptance=acceptance,
            protocol_rows=(("pixel mm", "0.82"),),
            provenance="made up",
        )
    )


def table(whole: Document, title: str, nth: int = 0) -> Table:
    section = next(s for s in whole.sections if s.title.startswith(title))
    return [block for block in section.blocks if isinstance(block, Table)][nth]


def test_a_whole_verification_has_every_section() -> None:
    whole = document(rows(), FAILURES)
    titles = [section.title for section in whole.sections]
    assert [title.split()[0] for title in titles] == [
        *("Acceptance", "Conditions", "Bias", "Precision", "Limits", "Smallest"),
        *("Reproducibility:", "Lesion", "What", "What", "Intervals,", "Sources"),
    ]
    assert whole.title.startswith("A change beyond")
    text = " ".join(whole.lead)
    assert "Measurand: volume of bone marrow edema" in text
    assert "Every scan was evaluable" in text


def test_sections_tell_what_was_found() -> None:
    whole = document(rows(), FAILURES)
    reproducible = table(whole, "Reproducibility")
    assert [row[:2] for row in reproducible.rows] == [(RETEST, "12 of 4")]
    assert reproducible.heading[4:] == (
        "RDC at 0 mL",
        "RDC at 0.5 mL",
        "RDC at 2 mL",
        "RDC at 20 mL",
    )
    scan_by_scan = table(whole, "What the software", -1)
    assert scan_by_scan.rows[0] == ("no marrow", "1", "6.00", "", "", "refused", "no")
    counted = {row[:2]: row[2] for row in table(whole, "What the software").rows}
    assert counted["manipulated scans", "refused"] == "1 scans"
    assert counted["manipulated scans", "beyond its interval, flagged"] == "0 scans"
    assert table(whole, "What the protocol").rows[0][0] == "twice the noise"
    assert table(whole, "Lesion").rows[0][1].startswith("8 of 8 (")
    verdicts = {row[0]: row[5] for row in table(whole, "Acceptance").rows}
    assert verdicts["Limit of blank"] == "pass"
    assert verdicts["Manipulated scans in silent error"] == "pass"
    assert verdicts["Refused, of scans with a mild artifact"] == "not measured"
    tried = dict(table(whole, "Conditions").rows)
    assert tried["departures of the retest alone"] == (
        "another scanner: noise × 0.8, its growth to the front × 0, coil shading × 1.6, "
        "pixels × 1.15"
    )
    assert tried["subjects"] == "4 anatomies (seeds 0 to 3), scanned twice each"
    assert tried["pixel mm"] == "0.82"


def test_what_was_not_tried_has_no_section() -> None:
    plain = [row for row in rows() if row.condition == "as given"]
    whole = document(plain, ())
    titles = " ".join(section.title for section in whole.sections)
    assert "Reproducibility" not in titles
    assert "What the software says" not in titles


def test_a_verification_that_measured_nothing_still_has_a_report() -> None:
    lost = [replace(row, found_ml=None, interval_ml=None, reason="no joint") for row in rows()]
    whole = document([replace(row, lesions=()) for row in lost], ())
    assert whole.title == "No scan could be measured"
    assert "no joint" in " ".join(whole.lead)
    assert "Conditions: as given (32); twice the noise (32); " in " ".join(whole.lead)


def test_one_reason_is_told_once_with_how_often() -> None:
    lost = [
        replace(row, found_ml=None, interval_ml=None, reason=f"joints not found (0.{i}, not 0.5)")
        for i, row in enumerate(rows()[:3])
    ]
    assert "joints not found (3)" in repr(document([*lost, *rows()[3:]], ()))
    assert "not 0.5" not in repr(document([*lost, *rows()[3:]], ()).lead)
