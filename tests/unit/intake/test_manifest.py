"""The manifest: bad rows keep their place with a reason, bad tables are refused."""

import os
from pathlib import Path

import pytest

from mri_bme.errors import InvalidSettings
from mri_bme.intake.manifest import read_manifest


def write(tmp_path: Path, text: str) -> Path:
    for name in ("a.nii.gz", "b.nii.gz", "roi.nii.gz"):
        (tmp_path / name).touch()
    path = tmp_path / "manifest.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_days_count_from_the_earliest_date_of_the_subject(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "subject,visit,path,date,bones\n"
        "01,week14,b.nii.gz,2024-04-08,roi.nii.gz\n01,baseline,a.nii.gz,2024-01-01,\n",
    )
    baseline, week14 = read_manifest(path)
    assert (baseline.visit, baseline.day, baseline.given) == ("baseline", 0, {})
    assert (week14.visit, week14.day) == ("week14", 98)
    assert week14.given["bones"] == tmp_path / "roi.nii.gz"
    assert not baseline.problem + week14.problem


def test_a_path_that_is_not_beside_the_manifest_is_looked_up_in_the_input(tmp_path: Path) -> None:
    scans = tmp_path / "scans"
    (scans / "01").mkdir(parents=True)
    (scans / "01" / "stir.nii.gz").touch()
    path = tmp_path / "tables" / "manifest.csv"
    path.parent.mkdir()
    path.write_text("subject,visit,path\n01,baseline,01/stir.nii.gz\n", encoding="utf-8")
    (beside,) = read_manifest(path)
    assert "path does not exist" in beside.problem
    (visit,) = read_manifest(path, root=scans)
    assert (visit.path, visit.problem) == (scans / "01" / "stir.nii.gz", "")


def test_a_visit_without_a_label_is_named_by_its_day(tmp_path: Path) -> None:
    rows = "01,,a.nii.gz,2024-01-01\n01,,b.nii.gz,2024-04-10\n01,,a.nii.gz,2024-12-01\n"
    visits = read_manifest(write(tmp_path, "subject,visit,path,date\n" + rows))
    assert [v.visit for v in visits] == ["baseline", "week14", "day335"]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("01,baseline,missing.nii.gz,", "path does not exist"),
        ("01,baseline,,", "path is empty"),
        ("../x,baseline,a.nii.gz,", "subject must be a code"),
        ("01,base/line,a.nii.gz,", "visit must be a label"),
        ("01,baseline,a.nii.gz,01.02.2024", "date must be YYYY-MM-DD"),
        ("01,,a.nii.gz,", "visit and date are both empty"),
        ("01,baseline,a.nii.gz", "3 cells"),
        (f"01,baseline,{'x' * 5000}.nii.gz,", "path is no path that can be used"),
        ("01,baseline,~nobody-of-this-name/x.nii.gz,", "path is no path that can be used"),
        ("01,baseline,a\0.nii.gz,", "path is no path that can be used"),
        ("01,baseline,/dev/null,", "path is neither a file nor a folder"),
        ("01,baseline,a.nii.gz/b.nii.gz,", "path does not exist"),
    ],
)
def test_a_bad_row_costs_one_visit(tmp_path: Path, row: str, reason: str) -> None:
    text = f"subject,visit,path,date\n{row}\n02,baseline,a.nii.gz,2024-01-01\n"
    visits = read_manifest(write(tmp_path, text))
    problems = [v.problem for v in visits if v.problem]
    assert len(visits) == 2
    assert len(problems) == 1
    assert reason in problems[0]
    assert "line 2" in problems[0]


def test_a_visit_listed_twice_is_refused_twice(tmp_path: Path) -> None:
    text = "subject,visit,path\n01,baseline,a.nii.gz\n01,baseline,b.nii.gz\n"
    assert all("listed 2 times" in v.problem for v in read_manifest(write(tmp_path, text)))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is empty"),
        ("subject,visit\n01,baseline\n", "lacks the column"),
        ("subject,visit,path,weight\n01,baseline,a.nii.gz,70\n", "unknown or repeated"),
        ("subject,visit,path\n", "no row"),
    ],
)
def test_a_table_that_cannot_be_understood_is_refused(
    tmp_path: Path, text: str, reason: str
) -> None:
    with pytest.raises(InvalidSettings, match=reason):
        read_manifest(write(tmp_path, text))


def test_spreadsheets_may_write_semicolons_and_a_byte_order_mark(tmp_path: Path) -> None:
    path = write(tmp_path, "")
    path.write_text("\ufeffsubject;visit;path\n01;baseline;a.nii.gz\n", encoding="utf-8")
    (visit,) = read_manifest(path)
    assert not visit.problem


def test_many_unlabelled_visits_of_many_subjects_are_named(tmp_path: Path) -> None:
    lines = [f"S{n},,a.nii.gz,2024-{m:02d}-01" for n in range(600) for m in (1, 4, 7)]
    visits = read_manifest(write(tmp_path, "subject,visit,path,date\n" + "\n".join(lines)))
    assert [v.visit for v in visits[:3]] == ["baseline", "week14", "day182"]
    assert len({(v.subject, v.visit) for v in visits}) == len(lines)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.nii.gz")
    (visit,) = read_manifest(write(tmp_path, "subject,visit,path\n01,baseline,pipe.nii.gz\n"))
    assert "neither a file nor a folder" in visit.problem


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (
            [("baseline", "2024-04-10"), ("week14", "2024-01-01")],
            "baseline is dated 100 days",
        ),
        ([("baseline", "2024-01-01"), ("week14", "2024-01-01")], "have one date"),
        ([("week4", "2024-03-01"), ("week2", "2024-04-01")], "week2 is dated 31 days after week4"),
        ([("screening", "2024-01-01"), ("baseline", "2024-01-15")], "after screening"),
    ],
)
def test_dates_that_contradict_the_names_of_visits_are_refused(
    tmp_path: Path, rows: list[tuple[str, str]], words: str
) -> None:
    lines = [f"01,{visit},a.nii.gz,{day}" for visit, day in rows] + ["02,baseline,b.nii.gz,"]
    visits = read_manifest(write(tmp_path, "subject,visit,path,date\n" + "\n".join(lines) + "\n"))
    assert all(words in v.problem for v in visits if v.subject == "01")
    assert not any(v.problem for v in visits if v.subject == "02")


@pytest.mark.parametrize(
    "rows",
    [
        [("baseline", "2024-01-01"), ("week14", "2024-04-08"), ("month6", "2024-07-01")],
        [("week14", "2024-04-08"), ("year1", "2025-01-01"), ("extra", "2024-02-01")],
        [("baseline", "2024-01-01"), ("same-day", "2024-01-01")],
    ],
)
def test_dates_that_fit_the_names_are_accepted(tmp_path: Path, rows: list[tuple[str, str]]) -> None:
    lines = [f"01,{visit},a.nii.gz,{day}" for visit, day in rows]
    visits = read_manifest(write(tmp_path, "subject,visit,path,date\n" + "\n".join(lines) + "\n"))
    assert not any(v.problem for v in visits)


def test_names_of_visits_that_differ_in_case_are_one(tmp_path: Path) -> None:
    text = "subject,visit,path\n01,Baseline,a.nii.gz\n01,WEEK14,b.nii.gz\n02,Month6,a.nii.gz\n"
    text += "03,month6,a.nii.gz\n"
    visits = read_manifest(write(tmp_path, text))
    assert [v.visit for v in visits] == ["baseline", "week14", "Month6", "Month6"]


def test_one_visit_spelt_twice_is_refused(tmp_path: Path) -> None:
    text = "subject,visit,path\n01,baseline,a.nii.gz\n01,Baseline,b.nii.gz\n"
    assert all("listed 2 times" in v.problem for v in read_manifest(write(tmp_path, text)))


def test_an_orientation_may_be_stated(tmp_path: Path) -> None:
    text = "subject,visit,path,orientation\n01,baseline,a.nii.gz,ras\n02,baseline,a.nii.gz,up\n"
    right, wrong = read_manifest(write(tmp_path, text))
    assert (right.orientation, right.problem) == ("RAS", "")
    assert "three letters" in wrong.problem
