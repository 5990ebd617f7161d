"""Subjects of an input: by headers or by a manifest, and those of whom nothing can be read."""

from pathlib import Path

import pytest
from dicom_files import one_slice, save, save_series

from mri_bme.batch.discover import find_input, units_of_index, units_of_manifest
from mri_bme.errors import InvalidSettings, NothingUsable
from mri_bme.intake.dicom import StudyIndex
from mri_bme.intake.manifest import ManifestVisit
from mri_bme.settings import Settings
from mri_bme.study import Subject, Unread, Visit


def row(subject: str, visit: str, **more) -> ManifestVisit:
    return ManifestVisit(
        **({"subject": subject, "visit": visit, "path": Path("v.nii"), "line": 2} | more)
    )


def manifest(folder: Path, *lines: str) -> Path:
    for name in ("a.nii", "b.nii"):
        (folder / name).write_bytes(b"")
    path = folder / "m.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_rows_of_a_manifest_are_visits_of_their_subjects() -> None:
    given = {"bones": Path("b.nii"), "joint": Path("j.csv")}
    units = units_of_manifest(
        [
            row("1", "baseline", day=0, given=given),
            row("1", "week14", t1=Path("t.nii")),
            row("2", "x"),
        ]
    )
    assert [(u.subject, [v.label for v in u.visits]) for u in units] == [
        ("1", ["baseline", "week14"]),
        ("2", ["x"]),
    ]
    first, second = units[0].visits
    assert {role: source.path for role, source in first.given.items()} == given
    assert first.t1 is None
    assert second.t1 is not None


def test_a_row_that_cannot_be_used_keeps_its_visit_with_the_reason() -> None:
    (unit,) = units_of_manifest([row("1", "baseline", problem="there is no v.nii")])
    (visit,) = unit.visits
    assert visit.volume is None
    assert visit.reason == visit.problem == "there is no v.nii"


def test_a_subject_of_whom_nothing_can_be_read_has_a_row_that_says_so() -> None:
    index = StudyIndex(
        subjects=(Subject(subject_id="1", visits=()),),
        n_files=9,
        skipped={},
        defects=(),
        unread=(
            Unread(subject="1", n_files=2, reason="cut short"),
            Unread(subject="2", n_files=3, reason="cannot be read"),
            Unread(subject="", n_files=4, reason="an archive"),
        ),
    )
    known, lost = units_of_index(index, Settings())
    assert known.defects == ("2 file(s) cut short",)
    assert (lost.subject, lost.visits[0].problem) == ("2", "3 file(s) cannot be read")


def test_a_visit_without_series_is_no_visit_of_the_run() -> None:
    empty = Subject(subject_id="1", visits=(Visit(label="baseline", day=0, series=()),))
    index = StudyIndex(subjects=(empty,), n_files=0, skipped={}, defects=())
    assert units_of_index(index, Settings())[0].visits == ()


def test_a_series_that_can_be_measured_is_chosen_by_its_header(tmp_path: Path) -> None:
    save_series(tmp_path / "in")
    found = find_input(tmp_path / "in", settings=Settings(), keep_key=False)
    (unit,) = found.units
    (visit,) = unit.visits
    assert visit.volume is not None
    assert len(visit.volume.files) == 6
    assert unit.folder.startswith("sub-")
    assert visit.label == "baseline"


def test_nothing_to_measure_is_refused_with_the_reasons(tmp_path: Path) -> None:
    localizer = {"ScanningSequence": "GR", "ScanOptions": None, "InversionTime": None}
    localizer |= {"SeriesDescription": "loc", "EchoTime": 4, "RepetitionTime": 8}
    save(one_slice(0, **localizer), tmp_path / "in" / "1")
    with pytest.raises(NothingUsable, match="nothing can be measured: "):
        find_input(tmp_path / "in", settings=Settings(), keep_key=False)
    (tmp_path / "empty").mkdir()
    with pytest.raises(NothingUsable):
        find_input(tmp_path / "empty", settings=Settings(), keep_key=False)


def test_an_export_that_was_not_unpacked_is_answered_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "export.zip").write_bytes(b"PK")
    with pytest.raises(NothingUsable, match=r"1 file \(1 archive\); unpack it"):
        find_input(tmp_path / "in", settings=Settings())


def test_an_atlas_is_for_every_visit_but_one_that_has_its_own(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    path = manifest(tmp_path, "subject,visit,path,atlas", "1,baseline,a.nii,own", "1,week14,b.nii,")
    shared = tmp_path / "shared"
    found = find_input(tmp_path, settings=Settings(), manifest=path, atlas=shared)
    own, other = found.units[0].visits
    assert own.given["atlas"].path == tmp_path / "own"
    assert other.given["atlas"].path == shared


def test_an_orientation_is_for_every_visit_but_one_that_has_its_own(tmp_path: Path) -> None:
    path = manifest(
        tmp_path, "subject,visit,path,orientation", "1,baseline,a.nii,LAS", "1,week14,b.nii,"
    )
    find = {"settings": Settings(), "manifest": path}
    visits = find_input(tmp_path, orientation="RAS", **find).units[0].visits
    assert [visit.orientation for visit in visits] == ["LAS", "RAS"]
    with pytest.raises(InvalidSettings):
        find_input(tmp_path, orientation="RRS", **find)
