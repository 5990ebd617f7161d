"""`mri-bme inspect` tells what would be measured, and every text as it stands in the header."""

import json

import pytest
from found_series import found_series

from mri_bme.cli.inspect import described, show
from mri_bme.intake.dicom import StudyIndex
from mri_bme.settings import Settings
from mri_bme.study import Contrast, Subject, Visit


def index(*visits: Visit, **more) -> StudyIndex:
    subject = Subject(subject_id="TRIAL-07", visits=visits, defects=("two names",))
    about = {"n_files": 5, "skipped": {"PDF": 2}, "defects": ("IM3 is cut short",)} | more
    return StudyIndex(subjects=(subject,), **about)


SERIES = found_series().series


def test_everything_is_told_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    visit = Visit(label="baseline", day=0, series=(SERIES,))
    told = json.loads(json.dumps(described(index(visit), Settings(), {}), allow_nan=False))
    assert (told["n_files"], told["skipped"]) == (5, {"PDF": 2})
    (subject,) = told["subjects"]
    assert (subject["subject"], subject["defects"]) == ("TRIAL-07", ["two names"])
    (series,) = subject["visits"][0]["series"]
    assert (series["series"], series["contrast"]) == (SERIES.series_id, Contrast.STIR.value)
    assert series["shape"] is None
    assert series["eligible"] is False
    assert series["reason"]
    assert subject["visits"][0]["chosen"] is None


def test_a_note_of_a_manifest_stands_at_its_visit() -> None:
    visits = (Visit(label="baseline", day=0, series=()), Visit(label="week14", day=98, series=()))
    notes = {("TRIAL-07", "week14"): "NIfTI file of 3 x 4 x 5 voxels"}
    (subject,) = described(index(*visits), Settings(), notes)["subjects"]
    assert [visit["note"] for visit in subject["visits"]] == [None, notes["TRIAL-07", "week14"]]


def test_text_in_brackets_is_text_and_no_markup(capsys: pytest.CaptureFixture[str]) -> None:
    visit = Visit(label="[red]x[/red]", day=None, series=())
    show(index(visit, defects=("[bold]cut[/bold]",)), Settings(), {})
    said = capsys.readouterr().out
    assert "[red]x[/red]" in said
    assert "defect: [bold]cut[/bold]" in said
    assert "nothing to measure at this visit" in said
    assert "5 files; not MR images: 2 PDF" in said
