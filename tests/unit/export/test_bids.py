"""What makes an output a BIDS derivative, besides the names of its files."""

import json
from pathlib import Path

from mri_bme.export.bids import DESCRIBED, sidecar, write_dataset_description
from mri_bme.export.visit_files import visit_files
from mri_bme.version import __version__


def test_the_output_says_that_it_is_a_bids_derivative(tmp_path: Path) -> None:
    write_dataset_description(tmp_path)
    told = json.loads((tmp_path / "dataset_description.json").read_text())
    assert told["DatasetType"] == "derivative"
    assert told["GeneratedBy"] == [{"Name": "mri_bme", "Version": __version__}]
    assert "*.csv" in (tmp_path / ".bidsignore").read_text().split()
    assert __version__ in (tmp_path / "README").read_text()


def test_sources_are_files_of_the_output_and_inputs_are_told_by_hash() -> None:
    said = sidecar("edema", {"edema_ml": 1.5}, sources={"volume": "ab"}, made_from=["sub-1/v.nii"])
    assert said["Sources"] == ["bids::sub-1/v.nii"]
    assert said["InputSHA256"] == {"volume": "ab"}
    assert said["edema_ml"] == 1.5
    assert said["Type"] == "Lesion"


def test_what_was_made_from_no_file_of_the_output_names_none() -> None:
    assert "Sources" not in sidecar("volume", {}, sources={}, made_from=[])


def test_every_image_is_described() -> None:
    images = {what for what, name in visit_files("1", "sub-1").items() if name.endswith(".nii.gz")}
    assert set(DESCRIBED) == images
