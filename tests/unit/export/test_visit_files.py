"""Names and sidecars of a subject's folder, as BIDS derivatives have them."""

import json
from pathlib import Path

import pytest

from mri_bme.export.transforms import read_transform
from mri_bme.export.visit_files import (
    visit_files,
    visit_stem,
    write_json,
    write_registration,
)
from mri_bme.findings import Registration, RegistrationQuality
from mri_bme.study import Contrast
from mri_bme.volume import RigidTransform


@pytest.mark.parametrize(
    ("contrast", "stem"),
    [
        (Contrast.STIR, "sub-01_ses-week14_acq-STIR"),
        (Contrast.DIXON_WATER, "sub-01_ses-week14_acq-DixonWater"),
        (Contrast.OTHER, "sub-01_ses-week14"),
        (None, "sub-01_ses-week14"),
    ],
)
def test_a_stem_names_the_acquisition_where_it_is_known(
    contrast: Contrast | None, stem: str
) -> None:
    assert visit_stem("sub-01", "week14", contrast) == stem


def test_files_are_named_as_the_contract_says() -> None:
    names = visit_files("baseline", "sub-01_ses-baseline_acq-STIR")
    start = "ses-baseline/anat/sub-01_ses-baseline_acq-STIR"
    assert names["volume"] == f"{start}_T2w.nii.gz"
    assert names["edema"] == f"{start}_label-BME_desc-auto_mask.nii.gz"
    assert names["quadrants"] == f"{start}_desc-quadrants_dseg.nii.gz"
    assert names["reference"] == f"{start}_desc-reference_mask.nii.gz"
    assert len(set(names.values())) == len(names)


def test_a_registration_is_a_transform_beside_its_quality(tmp_path: Path) -> None:
    quality = RegistrationQuality(
        accepted=False, reason="another person", similarity=0.123456789, details={"x": 0.1}
    )
    found = Registration(moving_from_fixed=RigidTransform.identity(), quality=quality)
    name = write_registration(tmp_path, "sub-01", "baseline", "week14", found)
    assert name == "xfm/sub-01_from-baseline_to-week14_mode-points_xfm.tfm"
    assert read_transform(tmp_path / name).b_from_a == pytest.approx(
        RigidTransform.identity().b_from_a
    )
    told = json.loads((tmp_path / name).with_suffix(".json").read_text())
    assert told["accepted"] is False
    assert told["reason"] == "another person"
    assert told["similarity"] == 0.123457
    assert told["overlap_fraction"] is None  # missing, never 0


def test_what_is_no_number_is_not_written_as_one(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"ml": 1.5, "words": "µm"})
    assert json.loads((tmp_path / "a.json").read_text()) == {"ml": 1.5, "words": "µm"}
    with pytest.raises(ValueError, match="JSON compliant"):
        write_json(tmp_path / "b.json", {"ml": float("nan")})
    assert not (tmp_path / "b.json").exists()
