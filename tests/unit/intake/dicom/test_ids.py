"""What subjects are called, and where it is written down what that stands for."""

import re
from pathlib import Path
from typing import Any

import pytest
from dicom_files import one_slice, save, uid

from mri_bme.errors import InvalidSettings
from mri_bme.intake.dicom import index_study
from mri_bme.intake.dicom.ids import Ids, read_ids
from mri_bme.intake.dicom.key import key_path
from mri_bme.intake.dicom.links import links_path, read_links

PSEUDONYM = re.compile(r"P[0-9a-f]{12}")


def subjects(folder: Path, ids: Ids | None = None, *people: dict[str, Any]) -> list[str]:
    for n, person in enumerate(people):
        for i in range(4):
            values = {"StudyInstanceUID": uid(7, n), "SeriesInstanceUID": uid(8, n)} | person
            save(one_slice(i, copy=n, **values), folder / f"{n}" / f"{i}")
    return [subject.subject_id for subject in index_study(folder, ids=ids or Ids()).subjects]


@pytest.mark.parametrize(
    ("patient_id", "removed", "is_kept"),
    [
        ("TRIAL-007", "YES", True),
        ("TRIAL-007", "NO", False),
        ("TRIAL-007", None, False),
        ("Surname_Given_1965", "YES", False),
        ("surname-given-67", "YES", False),
        ("AB1967", "YES", False),
        ("19610403", "YES", False),
        ("02-01", None, False),
    ],
)
def test_an_id_is_kept_only_where_the_object_declares_it_free(
    tmp_path: Path, patient_id: str, removed: str | None, is_kept: bool
) -> None:
    person = {"PatientID": patient_id, "PatientName": "", "PatientIdentityRemoved": removed}
    (name,) = subjects(tmp_path, None, person)
    assert (name == patient_id) is is_kept
    assert is_kept or PSEUDONYM.fullmatch(name)


def test_the_declaration_must_stand_in_every_object(tmp_path: Path) -> None:
    declared = {"PatientIdentityRemoved": "YES"}
    (name,) = subjects(tmp_path, None, declared, {"PatientIdentityRemoved": None})
    assert PSEUDONYM.fullmatch(name)


def test_ids_are_kept_where_the_user_says_so(tmp_path: Path) -> None:
    person = {"PatientID": "Doe-Jane", "PatientIdentityRemoved": None}
    assert subjects(tmp_path, read_ids("keep"), person) == ["Doe-Jane"]
    assert read_links() == {}


def test_a_table_names_subjects_and_may_join_two_ids(tmp_path: Path) -> None:
    table = tmp_path / "ids.csv"
    table.write_text("patient_id,subject\nT07-BL,S07\nT07-W14,S07\nOTHER,S08\n")
    first, second, unknown = (
        {"PatientID": name, "PatientIdentityRemoved": None, "StudyDate": day}
        for name, day in (("T07-BL", "20200106"), ("T07-W14", "20200413"), ("NEW", "20200106"))
    )
    named = subjects(tmp_path / "in", read_ids(str(table)), first, second, unknown)
    assert "S07" in named
    assert len(named) == 2
    assert PSEUDONYM.fullmatch(next(name for name in named if name != "S07"))
    index = index_study(tmp_path / "in", ids=read_ids(str(table)))
    joined = next(subject for subject in index.subjects if subject.subject_id == "S07")
    assert [visit.label for visit in joined.visits] == ["baseline", "week14"]


def test_a_patient_whose_id_is_a_name_in_the_table_stays_another(tmp_path: Path) -> None:
    ids = Ids(table={"A1": "S07"})
    undeclared = {"PatientID": "S07", "PatientIdentityRemoved": None}
    pseudonym, named = subjects(tmp_path, ids, {"PatientID": "A1"}, undeclared)
    assert PSEUDONYM.fullmatch(pseudonym)
    assert named == "S07"
    index = index_study(tmp_path, ids=ids)
    assert [len(subject.visits[0].series) for subject in index.subjects] == [1, 1]


@pytest.mark.parametrize(
    "text", ["", "a,b\n1,2\n", "patient_id,subject\nA,\n", "patient_id,subject\nA,1\nA,2\n"]
)
def test_a_table_that_names_nobody_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "ids.csv").write_text(text)
    with pytest.raises(InvalidSettings, match="--ids"):
        read_ids(str(tmp_path / "ids.csv"))
    with pytest.raises(InvalidSettings, match="--ids"):
        read_ids(str(tmp_path / "missing.csv"))


def test_what_pseudonyms_stand_for_is_kept_beside_the_key_for_its_owner(tmp_path: Path) -> None:
    person = {"PatientID": "Doe-Jane", "PatientIdentityRemoved": None}
    (name,) = subjects(tmp_path, None, person)
    assert read_links() == {name: "Doe-Jane"}
    assert links_path().parent == key_path().parent
    assert links_path().stat().st_mode & 0o077 == 0
    other = person | {"PatientID": "Roe-Max"}
    subjects(tmp_path / "more", None, other)
    assert sorted(read_links().values()) == ["Doe-Jane", "Roe-Max"]


def test_looking_keeps_nothing(tmp_path: Path) -> None:
    for i in range(4):
        save(one_slice(i, PatientIdentityRemoved=None), tmp_path / f"{i}")
    index_study(tmp_path, keep_key=False)
    assert not key_path().exists()
    assert not links_path().exists()


def test_uids_become_keyed_hashes_of_64_bits(tmp_path: Path) -> None:
    for i in range(4):
        save(one_slice(i), tmp_path / f"{i}")
    first = index_study(tmp_path).series[0]
    assert re.fullmatch(r"[0-9a-f]{16}", first.series_id)
    assert re.fullmatch(r"[0-9a-f]{16}", first.study_id)
    again = index_study(tmp_path).series[0]
    assert again.series_id == first.series_id
    key_path().unlink()
    other = index_study(tmp_path).series[0]
    assert other.series_id != first.series_id
    frames = {one.geometry and one.geometry.frame_of_reference for one in (first, again, other)}
    assert len(frames) == 2
