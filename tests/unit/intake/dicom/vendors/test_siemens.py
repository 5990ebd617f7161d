"""Private elements of Siemens, and other vendors' under the same numbers."""

from pathlib import Path

import pytest
from dicom_files import one_slice, save

from mri_bme.intake.dicom import index_study
from mri_bme.study import Contrast, Series


def indexed(folder: Path, creator: str | None, element: int, vr: str, value: object) -> Series:
    for i in range(6):
        ds = one_slice(i)
        if creator is None:
            ds.add_new((0x0019, 0x1000 + element), vr, value)
        else:
            ds.private_block(0x0019, creator, create=True).add_new(element, vr, value)
        save(ds, folder / f"{i}")
    (series,) = index_study(folder).series
    return series


def test_a_mosaic_is_known_by_its_count(tmp_path: Path) -> None:
    series = indexed(tmp_path, "SIEMENS MR HEADER", 0x0A, "US", 36)
    assert "mosaic" in str(series.refused)


def test_a_b_value_makes_it_diffusion(tmp_path: Path) -> None:
    series = indexed(tmp_path, "SIEMENS MR HEADER", 0x0C, "IS", "800")
    assert series.contrast is Contrast.OTHER


@pytest.mark.parametrize("creator", ["MMCPrivate", "GEMS_ACQU_01", None])
@pytest.mark.parametrize(("element", "vr", "value"), [(0x0A, "LO", "80"), (0x0C, "LO", "800")])
def test_the_same_number_of_another_creator_says_nothing(
    tmp_path: Path, creator: str | None, element: int, vr: str, value: str
) -> None:
    series = indexed(tmp_path, creator, element, vr, value)
    assert series.refused is None
    assert series.contrast is Contrast.STIR


def test_a_block_that_was_moved_is_found(tmp_path: Path) -> None:
    for i in range(6):
        ds = one_slice(i)
        ds.private_block(0x0019, "SOMEBODY ELSE", create=True).add_new(0x0A, "LO", "80")
        ds.private_block(0x0019, "SIEMENS MR HEADER", create=True).add_new(0x0A, "US", 36)
        save(ds, tmp_path / f"{i}")
    (series,) = index_study(tmp_path).series
    assert "mosaic" in str(series.refused)
