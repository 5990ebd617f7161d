"""``mri-bme export`` says what it wrote, and refuses what cannot be meant."""

from pathlib import Path

import pytest

from mri_bme.batch.status import read_statuses
from mri_bme.cli import main
from mri_bme.files import write_json


@pytest.fixture
def left(out: Path) -> Path:
    for status in read_statuses(out):
        for label in status.visits:
            write_json(out / status.folder / f"ses-{label}/volume.json", {"Contrast": "STIR"})
    return out


def ended(*words: object) -> int:
    with pytest.raises(SystemExit) as ending:
        main(["export", *map(str, words)])
    code = ending.value.code
    return code if isinstance(code, int) else 0


def test_the_last_line_tells_how_many_files_and_where(
    left: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    dest = tmp_path_factory.mktemp("dest")
    assert ended(left, dest, "--as", "nrrd") == 0
    assert f"2 files in {dest.name}; export.csv lists them" in capsys.readouterr().out


def test_results_without_their_images_say_how_to_have_them(
    left: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(left, tmp_path_factory.mktemp("dest"), "--as", "dicom") == 0
    assert "--with-images" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [
        ("--as", "dicom", "--identified"),
        ("--as", "nrrd", "--identified", "--source", "."),
        ("--as", "dicom", "--identified", "--source", ".", "--with-images"),
        ("--as", "stl"),
    ],
)
def test_what_cannot_be_meant_is_a_usage_error(
    left: Path, tmp_path_factory: pytest.TempPathFactory, words: tuple[str, ...]
) -> None:
    dest = tmp_path_factory.mktemp("dest")
    assert ended(left, dest, *words) == 2
    assert not list(dest.iterdir())


def test_an_output_without_a_visit_to_export_is_said(
    left: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    for status in read_statuses(left):
        (left / status.folder / "page.json").unlink()
    assert ended(left, tmp_path_factory.mktemp("dest"), "--as", "nrrd") == 3
    assert "nothing was exported" in capsys.readouterr().err
