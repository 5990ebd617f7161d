"""Corrected files fit a visit by their names, or are refused; none is taken for another."""

import json
from pathlib import Path

import pytest

from mri_bme.batch.corrections import (
    drop_corrections,
    given_corrections,
    keep_corrections,
    kept_corrections,
    with_corrections,
)
from mri_bme.batch.inputs import Source, SubjectUnit, VisitUnit
from mri_bme.errors import InvalidSettings

VISITS = tuple(
    VisitUnit(label=label, session=label, day=None, volume=Source(path=Path("stir.nii")))
    for label in ("baseline", "week14")
)
UNITS = tuple(
    SubjectUnit(subject=name, folder=f"sub-{name}", visits=VISITS) for name in ("01", "02")
)
QUADRANTS = "sub-01_ses-baseline_acq-STIR_desc-quadrants_dseg.nii.gz"
REFERENCE = "sub-01_ses-week14_desc-reference_mask.nii"


def folder_of(path: Path, *names: str) -> Path:
    for name in names:
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(name)
    return path


def test_files_are_found_by_name_at_any_depth(tmp_path: Path) -> None:
    sidecar = QUADRANTS.replace(".nii.gz", ".json")
    folder = folder_of(tmp_path, f"a/b/{QUADRANTS}", REFERENCE, sidecar, ".DS_Store")
    found = given_corrections(folder, UNITS)
    assert {key: path.name for key, path in found.items()} == {
        ("sub-01_ses-baseline", "rois"): QUADRANTS,
        ("sub-01_ses-week14", "reference"): REFERENCE,
    }


@pytest.mark.parametrize(
    "name",
    [
        "sub-03_ses-baseline_desc-quadrants_dseg.nii.gz",
        "sub-01_ses-week15_desc-quadrants_dseg.nii.gz",
        "sub-01_ses-baseline_label-BME_desc-auto_mask.nii.gz",
        "sub-01_ses-baseline_desc-quadrants_dseg.seg.nrrd",
        "sub-01_desc-quadrants_dseg.nii.gz",
        "sub-01_ses-baseline_desc-quadrants_dseg copy.nii.gz",
        "notes.txt",
    ],
)
def test_a_name_that_fits_nothing_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidSettings, match=r"1 file.* fit no visit"):
        given_corrections(folder_of(tmp_path, QUADRANTS, name), UNITS)


def test_names_that_may_be_those_of_people_are_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(InvalidSettings) as error:
        given_corrections(folder_of(tmp_path, "Surname_Given.nii.gz"), UNITS)
    assert "Surname" not in str(error.value)


def test_two_maps_of_one_visit_and_an_empty_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidSettings, match="is empty"):
        given_corrections(tmp_path, UNITS)
    folder_of(tmp_path, QUADRANTS, f"old/{QUADRANTS}")
    with pytest.raises(InvalidSettings, match="two corrected maps"):
        given_corrections(tmp_path, UNITS)


def reading_in(folder: Path, *names: str, signed: bool = True, again: bool = False) -> None:
    """Leave a reading of subject 01 as the reading room does, and files beside it."""
    case = "sub-01_again2" if again else "sub-01"
    folder_of(folder / case, "audit.jsonl", EDEMA, *names)
    told = {"signed": signed, "case": case, "subject_folder": "sub-01"}
    (folder / case / "reading.json").write_text(json.dumps(told))


EDEMA = "sub-01_ses-baseline_label-BME_desc-R1_mask.nii.gz"
MOVED = "sub-01_ses-baseline_desc-quadrants_dseg.nii.gz"


@pytest.mark.parametrize("given", ["readings", "readings/R1", "readings/R1/sub-01"])
def test_a_folder_of_readings_gives_the_anatomy_that_was_moved(tmp_path: Path, given: str) -> None:
    readings = tmp_path / "readings"
    reading_in(readings / "R1", MOVED)
    reading_in(readings / "R1", MOVED, again=True)
    reading_in(readings / "R2")
    (readings / "task.toml").write_text("")
    found = given_corrections(tmp_path / given, UNITS)
    assert found == {("sub-01_ses-baseline", "rois"): readings / "R1" / "sub-01" / MOVED}


def test_readings_that_moved_nothing_or_are_not_signed_correct_nothing(tmp_path: Path) -> None:
    reading_in(tmp_path / "R1")
    reading_in(tmp_path / "R2", MOVED, signed=False)
    with pytest.raises(InvalidSettings, match=r"no anatomy was moved .*\(2\).*--read-by READER"):
        given_corrections(tmp_path, UNITS)


def test_anatomy_that_two_readers_moved_is_refused_with_the_folder_to_name(tmp_path: Path) -> None:
    for reader in ("R1", "R2"):
        reading_in(tmp_path / reader, MOVED)
    with pytest.raises(InvalidSettings, match=r"sub-01_ses-baseline; .*OUT/readings/READER"):
        given_corrections(tmp_path, UNITS)


def test_a_reading_that_is_damaged_is_refused(tmp_path: Path) -> None:
    reading_in(tmp_path, MOVED)
    (tmp_path / "sub-01" / "reading.json").write_text("{")
    with pytest.raises(InvalidSettings, match=r"reading\.json .* damaged"):
        given_corrections(tmp_path, UNITS)


def test_edema_masks_correct_no_rois_and_the_refusal_says_what_tells_them(tmp_path: Path) -> None:
    with pytest.raises(InvalidSettings, match=r"edema is corrected .* --read-by"):
        given_corrections(folder_of(tmp_path, EDEMA), UNITS)


def test_what_is_kept_is_replaced_by_visit_and_dropped_by_subject(tmp_path: Path) -> None:
    given, out = folder_of(tmp_path / "given", QUADRANTS, REFERENCE), tmp_path / "out"
    keep_corrections(given_corrections(given, UNITS), out)
    newer = folder_of(tmp_path / "newer", QUADRANTS.removesuffix(".gz"))
    keep_corrections(given_corrections(newer, UNITS), out)
    kept = kept_corrections(out)
    assert {path.suffix for (_, role), path in kept.items() if role == "rois"} == {".nii"}
    assert len(kept) == 2
    first, second = with_corrections(UNITS, kept)
    assert first.visits[0].given["rois"] == Source(path=kept["sub-01_ses-baseline", "rois"])
    assert first.visits[1].reference is not None
    assert second == UNITS[1]
    assert drop_corrections(out, UNITS[1:]) == 0
    assert drop_corrections(out, UNITS[:1]) == 2
    assert not kept_corrections(out)


def test_a_kept_map_that_was_edited_in_the_output_is_set_aside_and_not_deleted(
    tmp_path: Path,
) -> None:
    given, out = folder_of(tmp_path / "given", QUADRANTS, REFERENCE), tmp_path / "out"
    for path in keep_corrections(given_corrections(given, UNITS), out).values():
        path.write_text("edited here")
    newer = folder_of(tmp_path / "newer", QUADRANTS)
    keep_corrections(given_corrections(newer, UNITS), out)
    drop_corrections(out, UNITS)
    aside = sorted(path.name for path in (out / "corrections").glob("*.changed"))
    assert aside == [
        "sub-01_ses-baseline_desc-quadrants_dseg.nii.gz.changed",
        f"{REFERENCE}.changed",
    ]
    assert {(out / "corrections" / name).read_text() for name in aside} == {"edited here"}
    assert not kept_corrections(out)
