"""BIDS raw trees: the fluid-sensitive series of each session, named by days or names."""

import json
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from mri_bme.intake.bids import is_bids, read_bids
from mri_bme.settings import VisitSettings


def image(path: Path, **facts: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    nib.save(nib.Nifti1Image(np.ones((5, 4, 3), np.int16), np.eye(4)), path)
    if facts:
        path.with_name(path.name.replace(".nii.gz", ".json")).write_text(json.dumps(facts))
    return path


def session(root: Path, subject: str, name: str, *files: str) -> Path:
    place = root / f"sub-{subject}" / f"ses-{name}" / "anat"
    for file in files:
        image(place / f"sub-{subject}_ses-{name}_{file}.nii.gz")
    return place


def visits(root: Path) -> list[tuple[str, str, int | None, str, str]]:
    return [
        (v.subject, v.visit, v.day, v.path.name.split("_", 2)[-1], v.problem)
        for v in read_bids(root, VisitSettings())
    ]


def test_sessions_are_named_by_the_dates_of_their_scans(tmp_path: Path) -> None:
    for name in ("01", "02", "03"):
        session(tmp_path, "A", name, "acq-STIR_T2w", "T1w")
    (tmp_path / "sub-A" / "sub-A_sessions.tsv").write_text(
        "session_id\tacq_time\nses-01\t1900-05-01T10:00:00\nses-02\t1900-08-10\nses-03\t1901-01-01\n"
    )
    found = visits(tmp_path)
    assert [(v[1], v[2]) for v in found] == [("baseline", 0), ("week14", 101), ("day245", 245)]
    assert all(v[3] == "acq-STIR_T2w.nii.gz" for v in found)
    (first, *_) = read_bids(tmp_path, VisitSettings())
    assert first.t1 is not None
    assert first.t1.name == "sub-A_ses-01_T1w.nii.gz"


def test_dates_of_scans_win_over_those_of_sessions(tmp_path: Path) -> None:
    for name in ("a", "b"):
        place = session(tmp_path, "A", name, "acq-STIR_T2w").parent
        (place / f"sub-A_ses-{name}_scans.tsv").write_text(
            f"filename\tacq_time\nanat/sub-A_ses-{name}_acq-STIR_T2w.nii.gz\t"
            f"{'2020-01-01' if name == 'b' else '2020-04-08'}T09:00:00\n"
        )
    assert [(v[1], v[2], v[3][:5]) for v in visits(tmp_path)] == [
        ("baseline", 0, "acq-S"),
        ("week14", 98, "acq-S"),
    ]


@pytest.mark.parametrize("names", [("baseline", "week14"), ("bl", "w14"), ("Baseline", "wk14")])
def test_names_of_sessions_say_which_is_which(tmp_path: Path, names: tuple[str, str]) -> None:
    for name in names:
        session(tmp_path, "A", name, "acq-TIRM_T2w")
    assert [v[1] for v in visits(tmp_path)] == ["baseline", "week14"]


def test_names_against_dates_are_refused(tmp_path: Path) -> None:
    for name in ("baseline", "week14"):
        session(tmp_path, "A", name, "acq-STIR_T2w")
    (tmp_path / "sub-A" / "sub-A_sessions.tsv").write_text(
        "session_id\tacq_time\nses-baseline\t2020-08-10\nses-week14\t2020-05-01\n"
    )
    assert all("is dated" in v[4] and "BIDS session" in v[4] for v in visits(tmp_path))


def test_physics_of_the_sidecar_decides_between_series(tmp_path: Path) -> None:
    anat = session(tmp_path, "A", "baseline", "acq-cor_run-1_T2w", "acq-tra_T2w", "acq-fs_T1w")
    image(anat / "sub-A_ses-baseline_acq-corB_T2w.nii.gz", InversionTime=0.16)
    image(anat / "sub-A_ses-baseline_ce-gd_T1w.nii.gz")
    ((*_, name, problem),) = visits(tmp_path)
    assert (name, problem) == ("acq-corB_T2w.nii.gz", "")
    (found,) = read_bids(tmp_path, VisitSettings())
    assert found.t1 is None


def test_two_candidates_that_cannot_be_told_apart_are_refused(tmp_path: Path) -> None:
    session(tmp_path, "A", "baseline", "acq-cor_T2w", "acq-tra_T2w")
    ((*_, problem),) = visits(tmp_path)
    assert "2 series could be the fluid-sensitive one (cor, tra)" in problem


def test_a_tree_without_sessions_and_with_derivatives(tmp_path: Path) -> None:
    image(tmp_path / "sub-7" / "anat" / "sub-7_T2w.nii.gz")
    image(tmp_path / "sub-7" / "anat" / "sub-7_desc-auto_T2w.nii.gz")
    image(tmp_path / "derivatives" / "x" / "sub-7" / "anat" / "sub-7_acq-STIR_T2w.nii.gz")
    assert is_bids(tmp_path)
    ((subject, label, _, name, problem),) = visits(tmp_path)
    assert (subject, label, name, problem) == ("7", "baseline", "T2w.nii.gz", "")


def test_what_is_no_bids_tree_is_left_to_headers(tmp_path: Path) -> None:
    (tmp_path / "sub-7" / "dicom").mkdir(parents=True)
    image(tmp_path / "sub-7" / "anat" / "sub-7_T1w.nii.gz")
    assert not is_bids(tmp_path)
    assert not is_bids(tmp_path / "absent")
