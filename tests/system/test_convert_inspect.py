"""`convert` and `inspect`: right numbers out, nothing personal, the right exit code."""

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from dicom_files import enhanced, one_slice, save, save_series, slice_position, stored_voxels, uid

from mri_bme.cli import main

PERSONAL: dict[str, Any] = {
    "PatientName": "Doerfler^Annegret",
    "PatientID": "MRN00471123",
    "PatientBirthDate": "19610403",
    "AccessionNumber": "ACC998877",
    "PatientAddress": "Lindenweg 4",
    "InstitutionName": "St. Elsewhere",
    "ReferringPhysicianName": "Quackenbush^Q",
    "SeriesDescription": "STIR Doerfler 19610403 <script>alert(1)</script>/../../etc",
    "ProtocolName": "STIR Annegret",
}
SECRETS = ("doerfler", "annegret", "00471123", "19610403", "998877", "lindenweg", "elsewhere")


def run(*arguments: object) -> int:
    """Exit code of the command line."""
    try:
        main([str(argument) for argument in arguments])
    except SystemExit as stop:
        return int(stop.code or 0)
    return 0


def rows(out: Path) -> list[dict[str, str]]:
    with (out / "series.csv").open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_a_series_becomes_one_nifti_with_equal_forms(tmp_path: Path) -> None:
    save_series(tmp_path / "in")
    assert run("convert", tmp_path / "in", tmp_path / "out") == 0
    (row,) = rows(tmp_path / "out")
    assert (row["subject"], row["visit"], row["status"]) == ("TRIAL-007", "baseline", "ok")
    image = nib.load(tmp_path / "out" / row["file"])
    np.testing.assert_allclose(image.header.get_qform(), image.header.get_sform(), atol=1e-4)
    last_ras = image.affine @ [0, 0, 5, 1]
    np.testing.assert_allclose(last_ras[:3], slice_position(5) * (-1, -1, 1), atol=1e-4)
    wanted = np.stack([stored_voxels(i).T for i in range(6)], axis=2)
    np.testing.assert_array_equal(np.asarray(image.dataobj), wanted)


def said_and_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """All that was printed, and names and contents of all that lies under ``out``."""
    out = tmp_path / "out"
    written = b"".join(p.read_bytes() for p in out.rglob("*") if p.is_file())
    names = " ".join(str(p.relative_to(tmp_path)) for p in out.rglob("*"))
    return ("".join(capsys.readouterr()) + written.decode("utf-8", "replace") + names).lower()


def test_nothing_personal_is_written_or_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_series(tmp_path / "in", **PERSONAL)
    (tmp_path / "in" / "IM0003").rename(tmp_path / "in" / "Doerfler_Annegret_3.dcm")
    broken = tmp_path / "in" / "IM0005"
    broken.write_bytes(broken.read_bytes()[:-50])
    assert run("convert", tmp_path / "in", tmp_path / "out") == 3
    assert run("inspect", tmp_path / "in", "--json") == 0
    assert run("inspect", tmp_path / "in") == 0
    everything = said_and_written(tmp_path, capsys)
    assert [secret for secret in SECRETS if secret in everything] == []
    assert uid(1) not in everything


def test_nothing_personal_of_an_enhanced_object_is_written_or_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frames = [{"position": slice_position(i), "pixels": stored_voxels(i)} for i in range(4)]
    save(enhanced(frames, **PERSONAL), tmp_path / "in" / "Doerfler.dcm")
    save(enhanced(frames[:2], SOPInstanceUID=uid(9), **PERSONAL), tmp_path / "in" / "cut.dcm")
    cut = tmp_path / "in" / "cut.dcm"
    cut.write_bytes(cut.read_bytes()[:-50])
    run("convert", tmp_path / "in", tmp_path / "out")
    run("inspect", tmp_path / "in", "--json")
    everything = said_and_written(tmp_path, capsys)
    assert [secret for secret in SECRETS if secret in everything] == []
    assert uid(1) not in everything


def test_pseudonyms_hold_from_run_to_run_and_need_the_key(tmp_path: Path, own_key: Path) -> None:
    save_series(tmp_path / "in", **PERSONAL)
    run("convert", tmp_path / "in", tmp_path / "one")
    run("convert", tmp_path / "in", tmp_path / "two")
    assert (tmp_path / "one/series.csv").read_bytes() == (tmp_path / "two/series.csv").read_bytes()
    assert own_key.stat().st_mode & 0o077 == 0
    own_key.unlink()
    run("convert", tmp_path / "in", tmp_path / "three")
    assert rows(tmp_path / "one")[0]["subject"] != rows(tmp_path / "three")[0]["subject"]


def test_inspect_writes_nothing(tmp_path: Path, own_key: Path) -> None:
    save_series(tmp_path / "in", **PERSONAL)
    before = sorted(tmp_path.rglob("*"))
    assert run("inspect", tmp_path / "in") == 0
    assert sorted(tmp_path.rglob("*")) == before
    assert not own_key.exists()


def test_a_refused_series_is_a_row_and_exit_code_4(tmp_path: Path) -> None:
    save_series(tmp_path / "in/good")
    for path in save_series(tmp_path / "in/holes", n=7, series=2)[3:4]:
        path.unlink()
    assert run("convert", tmp_path / "in", tmp_path / "out") == 4
    good, bad = sorted(rows(tmp_path / "out"), key=lambda row: row["status"])
    assert (good["status"], bad["status"], bad["file"]) == ("ok", "refused", "")
    assert "missing between slices 3 and 4" in bad["reason"]


def test_visits_are_named_by_days_and_dates_are_not_shown(tmp_path: Path) -> None:
    for number, day in enumerate(("20240101", "20240412", "20241224"), start=1):
        values = {"StudyDate": day, "StudyInstanceUID": uid(7, number)}
        save_series(tmp_path / f"in/{number}", series=number, **values)
    run("convert", tmp_path / "in", tmp_path / "out")
    found = [(row["visit"], row["day"]) for row in rows(tmp_path / "out")]
    assert sorted(found) == [("baseline", "0"), ("day358", "358"), ("week14", "102")]
    assert "2024" not in (tmp_path / "out/series.csv").read_text()


def test_two_studies_of_one_day_are_one_visit(tmp_path: Path) -> None:
    for number in (1, 2):
        save_series(tmp_path / f"in/{number}", series=number, StudyInstanceUID=uid(7, number))
    run("convert", tmp_path / "in", tmp_path / "out")
    assert {row["visit"] for row in rows(tmp_path / "out")} == {"baseline"}


def test_undated_studies_are_not_put_in_an_order(tmp_path: Path) -> None:
    for number in (1, 2):
        values = {"StudyDate": "", "StudyInstanceUID": uid(7, number)}
        save_series(tmp_path / f"in/{number}", series=number, **values)
    run("convert", tmp_path / "in", tmp_path / "out")
    found = sorted((row["visit"], row["day"]) for row in rows(tmp_path / "out"))
    assert found == [("undated1", ""), ("undated2", "")]


@pytest.mark.parametrize("command", ["inspect", "convert"])
@pytest.mark.parametrize("kind", ["empty", "missing", "archive", "junk"])
def test_an_input_without_mr_is_exit_code_3_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str, kind: str
) -> None:
    source = tmp_path / "in"
    if kind == "archive":
        source = tmp_path / "export.zip"
        source.write_bytes(b"PK")
    elif kind != "missing":
        source.mkdir()
    if kind == "junk":
        (source / "notes.txt").write_text("hello")
        save(one_slice(0, Modality="CT", SOPClassUID="1.2.840.10008.5.1.4.1.1.2"), source / "ct")
    out = [tmp_path / "out"] if command == "convert" else []
    assert run(command, source, *out) == 3
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert str(tmp_path) not in error.replace(f"input {source} ", "")  # what was typed, no more
    assert not (tmp_path / "out").exists()


def test_an_output_that_cannot_be_written_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_series(tmp_path / "in")
    (tmp_path / "out").write_text("a file")
    assert run("convert", tmp_path / "in", tmp_path / "out") == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_inspect_gives_a_reason_for_every_series(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_series(tmp_path / "stir")
    values = {"EchoTime": 9, "RepetitionTime": 500, "InversionTime": None, "ScanOptions": ""}
    values |= {"ScanningSequence": "SE", "SeriesDescription": "T1 cor"}
    save_series(tmp_path / "t1", series=2, **values)
    assert run("inspect", tmp_path, "--json") == 0
    (subject,) = json.loads(capsys.readouterr().out)["subjects"]
    (visit,) = subject["visits"]
    stir, t1 = visit["series"]
    assert visit["chosen"] == stir["series"]
    assert visit["t1"] == t1["series"]
    assert stir["reason"].startswith("chosen: STIR")
    assert t1["reason"].startswith("not fluid-sensitive")


def test_inspect_follows_the_pin_of_the_settings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in (3, 4):
        save_series(tmp_path / f"in/{number}", series=number)
    (tmp_path / "s.toml").write_text('[select]\npin = "3"\n')
    chosen = []
    for config in ((), ("--config", tmp_path / "s.toml")):
        assert run("inspect", tmp_path / "in", "--json", *config) == 0
        ((visit,),) = (s["visits"] for s in json.loads(capsys.readouterr().out)["subjects"])
        (first,) = (s for s in visit["series"] if s["series"] == visit["chosen"])
        chosen.append(first["number"])
    assert chosen == [4, 3]


def test_inspect_shows_what_a_manifest_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_series(tmp_path / "in/dicom")
    main_image = nib.Nifti1Image(np.zeros((4, 5, 6), np.int16), np.diag([1, 1, 3, 1]))
    nib.save(main_image, tmp_path / "in/scan.nii.gz")
    (tmp_path / "m.csv").write_text(
        "subject,visit,path,date\n01,,dicom,2024-01-01\n01,,scan.nii.gz,2024-04-08\n"
        "02,baseline,gone.nii.gz,\n"
    )
    assert run("inspect", tmp_path / "in", "--manifest", tmp_path / "m.csv", "--json") == 0
    first, second = json.loads(capsys.readouterr().out)["subjects"]
    dicom, nifti = first["visits"]
    assert (dicom["visit"], dicom["day"]) == ("baseline", 0)
    assert dicom["chosen"] == dicom["series"][0]["series"]
    assert (nifti["visit"], nifti["day"], nifti["series"]) == ("week14", 98, [])
    assert nifti["note"] == "NIfTI file of 4 x 5 x 6 voxels, 1 x 1 x 3 mm; measured as it is"
    assert second["visits"][0]["note"] == "manifest line 4: path does not exist"
    assert run("inspect", tmp_path / "in", "--manifest", tmp_path / "m.csv") == 0
    shown = capsys.readouterr().out
    assert "measured as it is" in shown
    assert "path does not exist" in shown


def test_codes_that_differ_by_punctuation_do_not_share_a_folder(tmp_path: Path) -> None:
    for number, code in enumerate(("02-01", "0201", "03"), start=1):
        values = {"PatientID": code, "PatientName": code, "StudyInstanceUID": uid(7, number)}
        save_series(tmp_path / f"in/{number}", series=number, **values)
    assert run("convert", tmp_path / "in", tmp_path / "out") == 0
    folders = {row["subject"]: Path(row["file"]).parts[0] for row in rows(tmp_path / "out")}
    assert len(set(folders.values())) == 3
    assert folders["03"] == "sub-03"
    assert all(name.startswith("sub-0201") for code, name in folders.items() if code != "03")


def test_a_full_disk_stops_a_conversion_without_half_a_file(tmp_path: Path) -> None:
    """A limit on the size of files makes writes fail half-way, as a full disk does."""
    save_series(tmp_path / "in")
    program = (
        "import resource, sys\n"
        "from mri_bme.cli import main\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (300, 300))\n"
        f"main(['convert', {str(tmp_path / 'in')!r}, {str(tmp_path / 'out')!r}])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "cannot write" in done.stderr
    assert "enough free space" in done.stderr
    assert [p for p in (tmp_path / "out").rglob("*") if p.is_file()] == []
