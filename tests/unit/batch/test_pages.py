"""What a run leaves on disk is enough to make its pages again, byte for byte."""

import json
from pathlib import Path

import pytest
from written_run import leave, main_returns_quietly

from mri_bme.batch.pages import (
    INDEX_NAME,
    RECORD_NAME,
    REPORT_NAME,
    cohort_page,
    read_page,
    rebuild_pages,
)
from mri_bme.batch.status import read_statuses
from mri_bme.cli import main
from mri_bme.errors import NothingUsable, UnreadableInput
from mri_bme.pipeline import SubjectResult
from mri_bme.report import CohortPage, CohortRow, SubjectPage, cohort_page_html


def test_report_makes_the_same_bytes_again(out: Path) -> None:
    def pages() -> dict[str, bytes]:
        return {
            path.relative_to(out).as_posix(): path.read_bytes()
            for path in sorted(out.rglob("*"))
            if path.suffix in (".html", ".jpg")
        }

    before = pages()
    assert set(before) == {"index.html", "sub-1/report.html", "sub-1/thumbnail.jpg"}
    for name in before:
        (out / name).unlink()
    main_returns_quietly(["report", str(out)])
    assert pages() == before


def test_a_damaged_record_costs_one_page_and_no_more(
    out: Path, drawn_page: SubjectPage, drawn_result: SubjectResult, capsys: pytest.CaptureFixture
) -> None:
    leave(out, "sub-2", drawn_page, drawn_result)
    (out / "sub-1" / RECORD_NAME).write_text("{")
    (out / "sub-2" / REPORT_NAME).unlink()
    with pytest.raises(SystemExit) as ending:
        main(["report", str(out)])
    assert ending.value.code == 4
    assert (out / "sub-2" / REPORT_NAME).is_file()
    assert "sub-1" in capsys.readouterr().err
    assert "sub-2" in (out / INDEX_NAME).read_text()


def test_a_record_of_an_earlier_layout_is_refused_in_words(
    out: Path, capsys: pytest.CaptureFixture
) -> None:
    earlier = {"subject_id": "1", "version": "0.0.9", "visits": [], "files": {}}
    (out / "sub-1" / RECORD_NAME).write_text(json.dumps(earlier))
    with pytest.raises(SystemExit) as ending:
        main(["report", str(out)])
    assert ending.value.code == 4
    said = capsys.readouterr().err
    assert "written by mri_bme 0.0.9" in said
    assert "run this subject again" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    "record",
    ["[]", "3", '{"layout": 2}', '{"layout": 2, "subject": {"noun": "Lesion", "fields": {}}}'],
)
def test_a_record_that_holds_something_else_is_refused_in_words(out: Path, record: str) -> None:
    (out / "sub-1" / RECORD_NAME).write_text(record)
    with pytest.raises(UnreadableInput, match="run this subject again"):
        read_page(out / "sub-1")


def test_a_missing_record_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput, match="run this subject again"):
        read_page(tmp_path)


def test_a_folder_without_a_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NothingUsable, match="no subject of an earlier run"):
        rebuild_pages(tmp_path)


def test_cohort_numbers_are_those_of_the_tables(out: Path) -> None:
    html = (out / INDEX_NAME).read_text()
    status = next(read_statuses(out))
    total = next(row for row in status.rows["changes"] if row["region"] == "total")
    assert f'data-value="{float(total["change_ml"])}"' in html
    assert 'data-verdict="decreased"' in html


def test_what_failed_is_listed_with_its_reason_and_never_as_zero() -> None:
    rows = tuple(
        CohortRow(subject_id=f"sub-{i}", status="failed", reason="slice 7 is missing")
        for i in range(3)
    )
    html = cohort_page_html(CohortPage(rows=rows))
    assert "3 failed:" in html
    assert html.count("<small>slice 7 is missing</small>") == 3
    assert "0.00" not in html


def test_a_subject_with_one_visit_keeps_its_volume_on_the_cohort_page(out: Path) -> None:
    status = next(read_statuses(out))
    visit = next(r for r in status.rows["visits"] if r["region"] == "total")
    change = {"region": "total", "baseline": visit["visit"], "verdict": "not_evaluable"}
    alone = status.model_copy(update={"rows": {"visits": (visit,), "changes": (change,)}})
    (row,) = cohort_page(out, [alone]).rows
    assert row.baseline_ml == float(str(visit["edema_ml"]))
    assert row.followup_ml is None
    assert row.change_ml is None
