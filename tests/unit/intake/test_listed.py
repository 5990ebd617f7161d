"""A manifest, a naming rule or a BIDS tree lists visits; DICOM is left to its headers."""

from pathlib import Path

import pytest

from mri_bme.errors import InvalidSettings
from mri_bme.intake.listed import listed_visits
from mri_bme.settings import VisitSettings


def tree(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


def test_a_manifest_and_a_rule_contradict_each_other(tmp_path: Path) -> None:
    with pytest.raises(InvalidSettings, match="give one of them"):
        listed_visits(
            tmp_path, settings=VisitSettings(), manifest=tmp_path / "m.csv", patterns=("{subject}",)
        )


def test_dicom_is_left_to_headers(tmp_path: Path) -> None:
    assert listed_visits(tree(tmp_path, "IM0001"), settings=VisitSettings()) is None


def test_a_bids_tree_is_found_by_itself(tmp_path: Path) -> None:
    tree(tmp_path, "sub-1/anat/sub-1_acq-STIR_T2w.nii.gz")
    found = listed_visits(tmp_path, settings=VisitSettings())
    assert found is not None
    assert [(v.subject, v.visit) for v in found] == [("1", "baseline")]
