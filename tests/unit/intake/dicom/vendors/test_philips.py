"""Private elements of Philips."""

from pathlib import Path

import pytest
from dicom_files import one_slice, save

from mri_bme.intake.dicom import index_study, read_private_scale


@pytest.mark.parametrize(
    ("creator", "defects"),
    [
        ("Philips Imaging DD 001", ("the header counts 15 slices, 6 were found",)),
        ("SOMEBODY ELSE", ()),
    ],
)
def test_the_number_of_slices_is_a_witness(
    tmp_path: Path, creator: str, defects: tuple[str, ...]
) -> None:
    for i in range(6):
        ds = one_slice(i, Manufacturer="Philips")
        ds.private_block(0x2001, creator, create=True).add_new(0x18, "SL", 15)
        save(ds, tmp_path / f"{i}")
    (series,) = index_study(tmp_path).series
    assert series.defects == defects


@pytest.mark.parametrize(
    ("creator", "slope"), [("Philips MR Imaging DD 001", 2.5), ("SOMEBODY ELSE", None)]
)
def test_the_private_scale_is_read_behind_its_creator_only(
    tmp_path: Path, creator: str, slope: float | None
) -> None:
    for i in range(6):
        ds = one_slice(i, Manufacturer="Philips")
        ds.private_block(0x2005, creator, create=True).add_new(0x0E, "FL", 2.5)
        save(ds, tmp_path / f"{i}")
    (series,) = index_study(tmp_path).series
    assert read_private_scale(series).get("PhilipsScaleSlope") == slope
