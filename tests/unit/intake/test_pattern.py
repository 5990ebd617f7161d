"""A naming rule says whose a file is, or is refused."""

from pathlib import Path

import pytest

from mri_bme.errors import InvalidSettings
from mri_bme.intake.pattern import read_pattern
from mri_bme.settings import VisitSettings


def tree(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


def test_subjects_and_visits_come_from_folders(tmp_path: Path) -> None:
    names = [f"{s}/{v}/{f}.nii.gz" for s in ("P1", "P2") for v in ("baseline", "Week14")
             for f in ("stir", "t1", "bones")]  # fmt: skip
    rules = ("{subject}/{visit}/stir.nii.gz", "t1={subject}/{visit}/t1.nii.gz",
             "bones={subject}/{visit}/bones.nii.gz")  # fmt: skip
    found = read_pattern(tree(tmp_path, *names, "P1/notes.nii.gz"), rules, VisitSettings())
    assert [(v.subject, v.visit) for v in found] == [
        ("P1", "baseline"), ("P1", "week14"), ("P2", "baseline"), ("P2", "week14")
    ]  # fmt: skip
    assert not any(v.problem for v in found)
    assert found[1].path == tmp_path / "P1" / "Week14" / "stir.nii.gz"
    assert found[1].t1 == tmp_path / "P1" / "Week14" / "t1.nii.gz"
    assert found[1].given["bones"] == tmp_path / "P1" / "Week14" / "bones.nii.gz"


def test_dates_in_names_name_the_visits(tmp_path: Path) -> None:
    tree(tmp_path, "S1_20240101_stir.nii", "S1_20240409_stir.nii", "S2_2024-03-01_stir.nii")
    found = read_pattern(tmp_path, ("{subject}_{date}_stir.nii",), VisitSettings())
    assert [(v.subject, v.visit, v.day) for v in found] == [
        ("S1", "baseline", 0), ("S1", "week14", 99), ("S2", "baseline", 0)
    ]  # fmt: skip


def test_a_rule_without_visits_is_of_one_visit(tmp_path: Path) -> None:
    found = read_pattern(tree(tmp_path, "S1.nii.gz"), ("{subject}.nii.gz",), VisitSettings())
    assert [(v.subject, v.visit) for v in found] == [("S1", "baseline")]


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        (("{visit}/stir.nii.gz",), r"needs \{subject\}"),
        (("{subject}/{session}.nii.gz",), r"knows .*not \{session\}"),
        (("{subject}/other.nii.gz",), "no NIfTI file"),
        (("{subject}/*.nii.gz",), "two files fit"),
    ],
)
def test_a_rule_that_does_not_fit_is_refused(
    tmp_path: Path, rules: tuple[str, ...], reason: str
) -> None:
    with pytest.raises(InvalidSettings, match=reason):
        read_pattern(tree(tmp_path, "S/a.nii.gz", "S/b.nii.gz"), rules, VisitSettings())
