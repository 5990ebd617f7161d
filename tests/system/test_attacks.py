"""What was damaged, edited or taken away is noticed, and nothing outside the output is touched."""

import io
import json
import os
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
from fake_cohort import make_units, table_bytes
from fake_run import RECIPE

from mri_bme.batch.run import RunOptions, RunOutcome, run_units
from mri_bme.errors import UnreadableInput
from mri_bme.record.cache import read_record, write_record
from mri_bme.settings import Settings
from mri_bme.volume import Volume, VolumeGeometry

COHORT = {f"{n:02d}": f"{n} {n / 2}" for n in range(1, 4)}
EDEMA = "ses-baseline/edema.txt"


def run(units, out: Path, **chosen) -> RunOutcome:
    options = RunOptions(jobs=1, **chosen)
    return run_units(units, out, settings=Settings(), recipe=RECIPE, options=options)


def edit_status(out: Path, subject_folder: str, **changes) -> None:
    path = out / subject_folder / "status.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


@pytest.fixture
def finished(tmp_path: Path):
    """Units and the output of a run that ended well."""
    units, out = make_units(tmp_path / "in", COHORT), tmp_path / "out"
    assert run(units, out).is_all_measured
    return units, out


@pytest.mark.parametrize(
    "outside", ["../../precious.txt", "{tmp}/precious.txt", "ses-baseline/../../../precious.txt"]
)
def test_an_edited_status_deletes_nothing_outside_its_folder(
    finished, tmp_path: Path, outside: str
) -> None:
    units, out = finished
    precious = tmp_path / "precious.txt"
    precious.write_text("mine")
    before = table_bytes(out)
    edit_status(out, "sub-01", outputs={outside.format(tmp=tmp_path): "0" * 64}, code_version="old")
    run(units, out)
    assert precious.read_text() == "mine"
    assert table_bytes(out) == before


def test_a_status_that_names_another_folder_is_not_believed(finished, tmp_path: Path) -> None:
    units, out = finished
    before = table_bytes(out)
    edit_status(out, "sub-01", folder="../elsewhere")
    run(units, out)
    assert not (tmp_path / "elsewhere").exists()
    assert table_bytes(out) == before


def test_an_output_behind_a_link_is_not_followed(finished, tmp_path: Path) -> None:
    units, out = finished
    precious = tmp_path / "precious.txt"
    precious.write_text("mine")
    (out / "sub-01" / EDEMA).unlink()
    (out / "sub-01" / EDEMA).symlink_to(precious)
    (tmp_path / "in" / "01.txt").write_text("7")
    run(units, out)
    assert precious.read_text() == "mine"
    assert b"01,baseline,14," in table_bytes(out)["visits.csv"]


def test_what_somebody_changed_in_the_output_is_set_aside_and_not_deleted(
    finished, tmp_path: Path
) -> None:
    units, out = finished
    (out / "sub-01" / EDEMA).write_text("corrected by hand")
    (tmp_path / "in" / "01.txt").write_text("7")
    run(units, out)
    assert (out / "sub-01" / (EDEMA + ".changed")).read_text() == "corrected by hand"
    assert (out / "sub-01" / EDEMA).read_text().startswith("14.000")


def test_what_was_set_aside_before_is_not_written_over(finished, tmp_path: Path) -> None:
    units, out = finished
    for n in (7, 8):
        (out / "sub-01" / EDEMA).write_text(f"corrected by hand before {n}")
        (tmp_path / "in" / "01.txt").write_text(str(n))
        run(units, out)
    aside = sorted((out / "sub-01").rglob("*.changed*"))
    assert [path.read_text() for path in aside] == [
        "corrected by hand before 7",
        "corrected by hand before 8",
    ]


def test_a_deleted_mask_or_page_is_made_again(finished) -> None:
    units, out = finished
    before = (out / "sub-02" / EDEMA).read_bytes()
    (out / "sub-02" / EDEMA).unlink()
    assert run(units, out).n_computed == 1
    assert (out / "sub-02" / EDEMA).read_bytes() == before


def test_other_content_of_the_same_size_and_time_is_measured_again(
    finished, tmp_path: Path
) -> None:
    units, out = finished
    source = tmp_path / "in" / "01.txt"
    found = source.stat()
    source.write_text(COHORT["01"].replace("1", "9", 1))
    os.utime(source, ns=(found.st_atime_ns, found.st_mtime_ns))
    assert source.stat().st_size == found.st_size
    run(units, out)
    assert b"01,baseline,19," in table_bytes(out)["visits.csv"]


def one_volume() -> Volume:
    geometry = VolumeGeometry(shape=(4, 8, 8), lps_from_index=np.eye(4))
    rng = np.random.default_rng(3)
    return Volume(geometry=geometry, voxels=rng.normal(size=(4, 8, 8)).astype(np.float32))


def rewrite(path: Path, name: str, content: bytes) -> None:
    """Exchange one entry of an archive, leaving a sound ZIP with its old comment."""
    with zipfile.ZipFile(path) as archive:
        entries = {n: archive.read(n) for n in archive.namelist()}
        comment = archive.comment
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry, held in (entries | {name: content}).items():
            archive.writestr(entry, held)
        archive.comment = comment


def test_no_damaged_byte_of_a_remembered_result_is_believed(tmp_path: Path) -> None:
    path, volume = tmp_path / "record.zip", one_volume()
    write_record(path, volume)
    whole = path.read_bytes()
    n_believed = 0
    for place in range(0, len(whole), 7):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        try:
            found = read_record(path)
        except UnreadableInput:
            continue
        n_believed += 1
        assert np.array_equal(found.voxels, volume.voxels)  # a byte that means nothing, as a date
    assert n_believed < len(whole) / 7 / 2


def test_an_edited_result_is_not_believed(tmp_path: Path) -> None:
    path, volume = tmp_path / "record.zip", one_volume()
    write_record(path, volume)
    stream = io.BytesIO()
    np.save(stream, 25 * volume.voxels)
    with zipfile.ZipFile(path) as archive:
        name = next(n for n in archive.namelist() if len(archive.read(n)) == len(stream.getvalue()))
    rewrite(path, name, stream.getvalue())
    with pytest.raises(UnreadableInput, match="damaged or of another version"):
        read_record(path)


@pytest.mark.parametrize("damage", ["cut", "edit", "empty"])
def test_a_damaged_memory_costs_time_and_no_subject(finished, tmp_path: Path, damage: str) -> None:
    units, out = finished
    for path in (out / "sub-01" / ".stages").glob("*.zip"):
        if damage == "edit":
            rewrite(path, "tree.json", b"210.0")
        else:
            path.write_bytes(path.read_bytes()[:30] if damage == "cut" else b"")
    before = table_bytes(out)
    edit_status(out, "sub-01", code_version="another")
    assert run(units, out).is_all_measured
    assert table_bytes(out) == before


def folders_of(units) -> dict[str, str]:
    return {unit.subject: unit.folder for unit in units}


def rows_of(out: Path, subject: str) -> list[str]:
    lines = table_bytes(out)["visits.csv"].decode().splitlines()
    return [line for line in lines if line.startswith(f"{subject},")]


def test_a_subject_that_left_the_input_stays_and_is_marked(finished) -> None:
    units, out = finished
    left = units[1:]
    run(left, out, folders=folders_of(left))
    assert len(rows_of(out, "01")) == 2
    lines = table_bytes(out)["subjects.csv"].decode().splitlines()
    marked = [line.split(",")[0] for line in lines if "no longer holds this subject" in line]
    assert marked == ["01"]


def test_a_folder_copied_inside_the_output_doubles_no_row(finished) -> None:
    units, out = finished
    shutil.copytree(out / "sub-01", out / "sub-01copy")
    run(units, out)
    assert len(rows_of(out, "01")) == 2


def test_a_subject_whose_folder_changed_has_its_rows_once(tmp_path: Path) -> None:
    alone, out = make_units(tmp_path / "in", {"02-01": "1"}), tmp_path / "out"
    run(alone, out, folders=folders_of(alone))
    both = make_units(tmp_path / "in", {"02-01": "1", "0201": "2"})
    assert len(set(folders_of(both).values()) - {"sub-0201"}) == 2
    run(both, out, folders=folders_of(both))
    assert len(rows_of(out, "02-01")) == len(rows_of(out, "0201")) == 2
