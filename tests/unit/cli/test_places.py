"""No command writes over what it reads, nor over a file of somebody else."""

import json
import os
from pathlib import Path

import pytest

from mri_bme.cli import main
from mri_bme.cli.places import (
    check_beginnings,
    check_folders,
    check_outputs,
    check_results,
    own_files,
)
from mri_bme.errors import InvalidSettings, OutputRefused


def made_here(path: Path) -> Path:
    path.write_text(json.dumps({"Software": "mri_bme 0.1.0"}))
    return path


def check(out: Path, *, scan: Path, force: bool = False) -> None:
    sidecar = out.with_suffix(".json")
    check_outputs([(out, sidecar), (sidecar, sidecar)], inputs=(scan, None), force=force)


@pytest.mark.parametrize("force", [False, True])
def test_an_input_is_never_written_over(tmp_path: Path, *, force: bool) -> None:
    scan = tmp_path / "scan.nii"
    scan.write_text("pixels")
    made_here(tmp_path / "scan.json")
    with pytest.raises(InvalidSettings, match=r"scan\.nii is an input"):
        check(scan, scan=scan, force=force)
    link = tmp_path / "other.nii"
    os.link(scan, link)
    with pytest.raises(InvalidSettings, match=r"other\.nii is an input"):
        check(link, scan=scan, force=force)
    with pytest.raises(InvalidSettings, match="is an input"):
        check(tmp_path / "sub" / ".." / "scan.nii", scan=scan, force=force)


def test_a_file_of_somebody_else_is_written_over_only_by_force(tmp_path: Path) -> None:
    out = tmp_path / "edema.nii"
    out.write_text("drawn by hand")
    with pytest.raises(InvalidSettings, match="was not made by mri-bme"):
        check(out, scan=tmp_path / "scan.nii")
    check(out, scan=tmp_path / "scan.nii", force=True)
    made_here(tmp_path / "edema.json")
    check(out, scan=tmp_path / "scan.nii")


def test_one_file_is_not_two_outputs(tmp_path: Path) -> None:
    out = tmp_path / "rois.nii"
    with pytest.raises(InvalidSettings, match="two outputs"):
        check_outputs([(out, None), (out, None)], inputs=(), force=False)


def test_a_folder_is_no_output_file(tmp_path: Path) -> None:
    with pytest.raises(InvalidSettings, match="is a folder"):
        check_outputs([(tmp_path, None)], inputs=(), force=True)


def test_results_do_not_go_where_the_input_is(tmp_path: Path) -> None:
    with pytest.raises(InvalidSettings, match="one folder"):
        check_folders(tmp_path, tmp_path / "x" / "..")
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputRefused, match="file is a file"):
        check_folders(tmp_path, tmp_path / "file")
    check_folders(tmp_path, tmp_path / "out")


def test_a_link_that_leads_nowhere_takes_no_results(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name, to in (("dead", "nowhere"), ("loop", "loop")):
        (tmp_path / name).symlink_to(tmp_path / to)
        with pytest.raises(OutputRefused, match="link to nothing"):
            check_folders(tmp_path / "in", tmp_path / name)


@pytest.mark.parametrize(
    "arguments",
    [
        ["segment", "{v}", "--rois", "{r}", "--out", "{v}"],
        ["segment", "{v}", "--rois", "{r}", "--out", "{r}"],
        ["rois", "{v}", "--out", "{v}"],
        ["rois", "{v}", "--out", "{r}"],
        ["register", "{v}", "{r}", "--out", "{t}"],
    ],
)
def test_commands_leave_every_byte_of_what_is_there(
    tmp_path: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    names = {"v": "v.nii.gz", "r": "r.nii.gz", "t": "t.tfm"}
    for name in names.values():
        (tmp_path / name).write_bytes(b"precious")
    filled = [a.format(**{k: tmp_path / n for k, n in names.items()}) for a in arguments]
    with pytest.raises(SystemExit) as left:
        main(filled)
    assert left.value.code == 2
    assert "choose another name" in capsys.readouterr().err
    assert {path.read_bytes() for path in tmp_path.iterdir()} == {b"precious"}


NAMES = ("visits.csv", "index.html")


def test_a_folder_with_tables_of_somebody_else_takes_no_results(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    check_results(tmp_path, NAMES)
    check_results(tmp_path / "new", NAMES)
    (tmp_path / "visits.csv").write_text("mine")
    (tmp_path / "provenance.json").write_text('"mine"')
    with pytest.raises(InvalidSettings, match=r"holds visits\.csv, which mri-bme did not make"):
        check_results(tmp_path, NAMES)


@pytest.mark.parametrize(
    ("mark", "text"), [(".lock", "{}"), ("provenance.json", '{"settings_sha256": "0"}')]
)
def test_a_folder_that_a_run_has_written_to_takes_more(
    tmp_path: Path, mark: str, text: str
) -> None:
    (tmp_path / "visits.csv").write_text("from a run")
    (tmp_path / mark).write_text(text)
    check_results(tmp_path, NAMES)


def test_a_table_that_begins_otherwise_is_of_somebody_else(tmp_path: Path) -> None:
    table = tmp_path / "series.csv"
    check_beginnings({table: "subject,visit"}, force=False)
    table.write_text("subject,visit,day\n")
    check_beginnings({table: "subject,visit"}, force=False)
    table.write_text("my own list")
    with pytest.raises(InvalidSettings, match=r"series\.csv is there already"):
        check_beginnings({table: "subject,visit"}, force=False)
    check_beginnings({table: "subject,visit"}, force=True)


SIZE = ("--baseline", 4, "--baseline-sd", 2, "--treated", 50)


@pytest.mark.parametrize(
    ("command", "name"),
    [
        (["convert", "{input}", "{out}"], "series.csv"),
        (["phantom", "{out}"], "truth.json"),
        (["phantom", "{out}", "--n", "2"], "clinical.csv"),
        (["verify", "{out}", "--quick"], "detectable.toml"),
        (["sample-size", *map(str, SIZE), "--out", "{out}/sizes.csv"], "sizes.csv"),
    ],
)
def test_no_command_writes_over_a_file_of_somebody_else(
    tmp_path: Path, command: list[str], name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    source, out = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    out.mkdir()
    (out / name).write_text("mine")
    with pytest.raises(SystemExit) as ended:
        main([word.format(input=source, out=out) for word in command])
    assert ended.value.code == 2
    assert name in capsys.readouterr().err
    assert [path.name for path in out.iterdir()] == [name]
    assert (out / name).read_text() == "mine"


def test_force_writes_over_what_was_edited(tmp_path: Path) -> None:
    for n in range(3):
        with own_files(tmp_path, force=n == 1) as written:
            (tmp_path / "table.csv").write_text(f"made {n}")
            written.append("table.csv")
        if n == 0:
            (tmp_path / "table.csv").write_text("mine")
    assert not list(tmp_path.glob("*.changed"))
