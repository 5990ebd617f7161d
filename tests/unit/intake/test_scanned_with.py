"""How a NIfTI file was scanned, from its sidecar."""

import json
from pathlib import Path

import pytest

from mri_bme.intake.scanned_with import read_scanned_with, sidecar_of
from mri_bme.study import NOT_SAID, Contrast, ScannedWith


def sidecar(folder: Path, text: str) -> Path:
    path = folder / "sub-01_acq-STIR_T2w.nii.gz"
    sidecar_of(path).write_text(text, encoding="utf-8")
    return path


def test_a_sidecar_tells_scanner_field_and_slices(tmp_path: Path) -> None:
    facts = {
        "Manufacturer": "Siemens",
        "ManufacturersModelName": "Skyra",
        "MagneticFieldStrength": 3,
        "SliceThickness": 4.0,
        "EchoTime": 0.062,
        "PatientName": "Somebody",
    }
    found = read_scanned_with(sidecar(tmp_path, json.dumps(facts)), Contrast.STIR)
    assert found == ScannedWith(
        manufacturer="Siemens",
        model="skyra",
        field_tesla=3.0,
        sequence="STIR",
        echo_time_ms=62.0,
        slice_thickness_mm=4.0,
    )


def test_a_contrast_that_was_written_by_a_conversion_wins_over_the_name(tmp_path: Path) -> None:
    path = sidecar(tmp_path, json.dumps({"Contrast": "Dixon-water"}))
    assert read_scanned_with(path, Contrast.T2_FS).sequence == "Dixon-water"


@pytest.mark.parametrize("text", ["", "[1]", "{", '{"MagneticFieldStrength": "3 T"}', "[" * 9999])
def test_a_sidecar_that_says_nothing_is_no_obstacle(tmp_path: Path, text: str) -> None:
    assert read_scanned_with(sidecar(tmp_path, text)) == NOT_SAID
    assert read_scanned_with(tmp_path / "none.nii") == NOT_SAID


def test_texts_from_outside_are_words_of_the_field_alone(tmp_path: Path) -> None:
    facts = {"Manufacturer": "Miller <b>", "ManufacturersModelName": "Miller", "Contrast": "<b>"}
    found = read_scanned_with(sidecar(tmp_path, json.dumps(facts)))
    assert "Miller" not in f"{found}"
    assert (found.model, found.sequence) == ("", "")
