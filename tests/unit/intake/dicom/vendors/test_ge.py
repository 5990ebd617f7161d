"""Private elements of GE."""

from pathlib import Path

import pytest
from dicom_files import one_slice, save

from mri_bme.intake.dicom import index_study
from mri_bme.study import Series


def indexed(folder: Path, group: int, creator: str, element: int, value: int) -> Series:
    for i in range(6):
        ds = one_slice(i, Manufacturer="GE MEDICAL SYSTEMS")
        ds.private_block(group, creator, create=True).add_new(element, "SS", value)
        save(ds, folder / f"{i}")
    (series,) = index_study(folder).series
    return series


@pytest.mark.parametrize(
    ("creator", "component"), [("GEMS_PARM_01", "phase"), ("SOMEBODY ELSE", "magnitude")]
)
def test_the_kind_of_image_is_read_behind_its_creator_only(
    tmp_path: Path, creator: str, component: str
) -> None:
    assert indexed(tmp_path, 0x0043, creator, 0x2F, 1).component == component


def test_the_number_of_locations_is_a_witness(tmp_path: Path) -> None:
    series = indexed(tmp_path, 0x0021, "GEMS_RELA_01", 0x4F, 15)
    assert series.defects == ("the header counts 15 slices, 6 were found",)
