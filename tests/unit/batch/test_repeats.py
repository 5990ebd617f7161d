"""A table of pairs: scans are measured, folders of a run are read, wrong rows are refused."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from coronal_grid import coronal_grid

from mri_bme.batch import repeats as module
from mri_bme.batch.repeats import (
    check_measured_alike,
    is_of_runs,
    measure_pair,
    read_pairs,
    stamp_of,
)
from mri_bme.errors import InvalidSettings, RoiNotFound
from mri_bme.export.nifti import dicom_storage_geometry, write_nifti
from mri_bme.sacroiliac import RegionKind
from mri_bme.settings import Settings

VISITS = "subject,visit,region,edema_ml\n"
CHANGES = "subject,baseline,followup,region,baseline_ml,followup_ml,protocol_change\n"


def table(folder: Path, *lines: str, header: str = "subject,first,second,alike") -> Path:
    path = folder / "pairs.csv"
    path.write_text("\n".join((header, *lines)) + "\n")
    return path


def a_run(folder: Path, visits: str, changes: str = "") -> Path:
    folder.mkdir()
    (folder / "visits.csv").write_text(VISITS + visits)
    (folder / "changes.csv").write_text(CHANGES + changes)
    return folder


def test_two_runs_of_the_same_subject_are_a_pair(tmp_path: Path) -> None:
    a_run(tmp_path / "one", "s1,baseline,total,4\ns1,baseline,left,3\ns2,baseline,total,9\n")
    a_run(tmp_path / "two", "s1,baseline,total,5\ns1,baseline,left,\n")
    (pair,) = read_pairs(table(tmp_path, "s1,one,two,"))
    assert is_of_runs(pair)
    repeat = measure_pair(pair, settings=Settings())
    assert repeat.alike
    (total,) = repeat.differences
    assert (total.kind, total.baseline_ml, total.followup_ml) == (RegionKind.TOTAL, 4.0, 5.0)


def test_both_visits_of_one_run_are_a_pair_over_what_both_measured(tmp_path: Path) -> None:
    a_run(
        tmp_path / "one",
        "s1,baseline,total,9\n",
        "s1,baseline,week14,total,4,5,\ns1,baseline,week14,left,1,2,sequence: STIR to T2-FS\n",
    )
    (pair,) = read_pairs(table(tmp_path, "s1,one,one,"))
    repeat = measure_pair(pair, settings=Settings())
    assert [(d.region, d.baseline_ml) for d in repeat.differences] == [("total", 4), ("left", 1)]
    assert not repeat.alike


def test_a_subject_that_a_run_does_not_hold_is_a_reason_and_no_zero(tmp_path: Path) -> None:
    a_run(tmp_path / "one", "s1,baseline,total,4\n")
    a_run(tmp_path / "two", "s2,baseline,total,4\n")
    (pair,) = read_pairs(table(tmp_path, "s1,one,two,"))
    repeat = measure_pair(pair, settings=Settings())
    assert repeat.total is None
    assert "no volumes of this subject" in repeat.reason


def scans(folder: Path) -> None:
    grid = coronal_grid().geometry
    for level, name in enumerate(("a.nii.gz", "b.nii.gz"), start=1):
        write_nifti(
            folder / name,
            np.full(grid.shape, level, np.float32),
            grid,
            stored=dicom_storage_geometry(grid),
        )


def test_two_scans_are_measured_as_two_visits(tmp_path: Path, monkeypatch) -> None:
    scans(tmp_path)
    asked = []

    def analyze_subject(visits, settings):
        asked.extend(visits)
        change = SimpleNamespace(evaluable=True, protocol_changes=("slices",), reasons=())
        return SimpleNamespace(changes={"week14": change}, visits=())

    monkeypatch.setattr(module, "analyze_subject", analyze_subject)
    monkeypatch.setattr(module, "differences", lambda change: ())
    detected, said = (
        measure_pair(pair, settings=Settings())
        for alike in ("", "yes")
        for pair in read_pairs(table(tmp_path, f"s,a.nii.gz,b.nii.gz,{alike}"))
    )
    assert [visit.label for visit in asked[:2]] == ["baseline", "week14"]
    assert asked[0].volume is not None
    assert (detected.alike, said.alike) == (False, True)


def test_a_pair_that_cannot_be_measured_says_why(tmp_path: Path, monkeypatch) -> None:
    scans(tmp_path)

    def fails(visits, settings):
        raise RoiNotFound("the joints were not found")

    monkeypatch.setattr(module, "analyze_subject", fails)
    (pair,) = read_pairs(table(tmp_path, "s,a.nii.gz,b.nii.gz,"))
    assert measure_pair(pair, settings=Settings()).reason == "the joints were not found"
    before = stamp_of(pair)
    (tmp_path / "a.nii.gz").write_bytes(b"changed")
    assert stamp_of(pair) != before


@pytest.mark.parametrize(
    ("header", "line", "words"),
    [
        ("subject,first", "s,a", "lacking: second"),
        ("subject,first,second,scond_t1", "s,a,b,c", "not known: scond_t1"),
        ("subject,first,second", "s,a,", "row 1 of pairs.csv lacks"),
        ("subject,first,second", "s,none,none", "no such first and second"),
        ("subject,first,second,alike", "s,pairs.csv,pairs.csv,maybe", "yes, no or empty"),
        ("subject,first,second", "s,pairs.csv,pairs.csv", "first and second are the same scan"),
        ("subject;first;second", "s;a;b", "cells are separated by commas"),
    ],
)
def test_a_row_that_is_not_as_it_must_be_is_refused_without_its_path(
    tmp_path: Path, header: str, line: str, words: str
) -> None:
    with pytest.raises(InvalidSettings, match=words) as refused:
        read_pairs(table(tmp_path, line, header=header))
    assert str(tmp_path) not in str(refused.value)


def test_a_pair_that_is_told_twice_is_refused_either_way_round(tmp_path: Path) -> None:
    scans(tmp_path)
    with pytest.raises(InvalidSettings, match="row 2 of pairs"):
        read_pairs(table(tmp_path, "s,a.nii.gz,b.nii.gz,", "s,b.nii.gz,a.nii.gz,yes"))


def test_subjects_of_one_run_are_a_pair_each(tmp_path: Path) -> None:
    run = "{0},baseline,week14,total,4,5,\n"
    a_run(tmp_path / "one", "", run.format("s1") + run.format("s2"))
    first, second = read_pairs(table(tmp_path, "s1,one,one,", "s2,one,one,"))
    assert (first.subject, second.subject) == ("s1", "s2")
    with pytest.raises(InvalidSettings, match="names the scans of row 1 again"):
        read_pairs(table(tmp_path, "s1,one,one,", "s1,one,one,"))


def test_a_visit_that_a_run_does_not_hold_is_named(tmp_path: Path) -> None:
    a_run(tmp_path / "one", "", "s1,baseline,week14,total,4,5,\n")
    header = "subject,first,second,first_visit,second_visit"
    (pair,) = read_pairs(table(tmp_path, "s1,one,one,baseline,week99", header=header))
    reason = measure_pair(pair, settings=Settings()).reason
    assert reason == "changes.csv has no measured change of this subject at baseline and week99"


def test_one_scan_under_two_names_is_no_repetition(tmp_path: Path) -> None:
    """Copies agree perfectly, and would make any measurement look perfect."""
    scans(tmp_path)
    (tmp_path / "b.nii.gz").write_bytes((tmp_path / "a.nii.gz").read_bytes())
    (pair,) = read_pairs(table(tmp_path, "s,a.nii.gz,b.nii.gz,"))
    repeat = measure_pair(pair, settings=Settings())
    assert repeat.total is None
    assert "the same voxels" in repeat.reason


def test_headers_of_scans_tell_whether_they_share_a_protocol(tmp_path: Path, monkeypatch) -> None:
    scans(tmp_path)
    for name, tesla in (("a", 1.5), ("b", 3.0)):
        (tmp_path / f"{name}.json").write_text(f'{{"MagneticFieldStrength": {tesla}}}')
    told = []

    def analyze_subject(visits, settings):
        told.extend(visit.scanned_with.field_tesla for visit in visits)
        raise RoiNotFound("enough")

    monkeypatch.setattr(module, "analyze_subject", analyze_subject)
    (pair,) = read_pairs(table(tmp_path, "s,a.nii.gz,b.nii.gz,"))
    measure_pair(pair, settings=Settings())
    assert told == [1.5, 3.0]


def test_a_pair_without_a_total_says_so(tmp_path: Path) -> None:
    a_run(tmp_path / "one", "s1,baseline,total,\ns1,baseline,left,3\n")
    a_run(tmp_path / "two", "s1,baseline,total,5\ns1,baseline,left,3\n")
    (pair,) = read_pairs(table(tmp_path, "sub-s1,one,two,"))
    assert "total was not measured" in measure_pair(pair, settings=Settings()).reason


def test_runs_of_other_settings_are_not_pooled(tmp_path: Path) -> None:
    a_run(tmp_path / "one", "s1,baseline,total,4\n")
    a_run(tmp_path / "two", "s1,baseline,total,5\n")
    pairs = read_pairs(table(tmp_path, "s1,one,two,"))
    check_measured_alike(pairs, Settings())  # nothing is recorded
    (tmp_path / "one" / "settings.toml").write_text("[compare]\ndetection_limit_ml = 0.5\n")
    check_measured_alike(pairs, Settings())  # verdicts alone
    (tmp_path / "two" / "settings.toml").write_text("[segment]\nn_sd = 3.0\n")
    with pytest.raises(InvalidSettings, match=r"two was measured with other settings.*n_sd was 3"):
        check_measured_alike(pairs, Settings())


@pytest.mark.parametrize(
    ("header", "lines", "words"),
    [
        ("subject,first,second", ("s,a.nii.gz,b.nii.gz,b.nii.gz",), "more cells than the header"),
        ("subject,first,second,second", ("s,a.nii.gz,b.nii.gz,b.nii.gz",), "two columns second"),
        ("subject\tfirst\tsecond", ("s\ta\tb",), "separated by commas"),
        (
            "subject,first,second,first_visit,second_visit",
            ("s,a.nii.gz,a.nii.gz,baseline,week14",),
            "visits of a folder that run left",
        ),
        (
            "subject,first,second",
            ("s,a.nii.gz,b.nii.gz", "t,a.nii.gz,c.nii.gz"),
            "a scan is of one subject",
        ),
    ],
)
def test_a_table_that_would_be_misread_is_refused(
    tmp_path: Path, header: str, lines: tuple[str, ...], words: str
) -> None:
    scans(tmp_path)
    (tmp_path / "c.nii.gz").write_bytes(b"")
    with pytest.raises(InvalidSettings, match=words):
        read_pairs(table(tmp_path, *lines, header=header))


def test_a_table_saved_by_a_spreadsheet_is_read(tmp_path: Path) -> None:
    """A byte order mark, Windows' line ends and spaces around cells are no obstacle."""
    scans(tmp_path)
    path = tmp_path / "pairs.csv"
    path.write_bytes("\ufeffsubject,first,second\r\ns, a.nii.gz ,b.nii.gz\r\n\r\n".encode())
    (pair,) = read_pairs(path)
    assert pair.first.name == "a.nii.gz"
