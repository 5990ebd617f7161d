"""What the header counts and measures, against what came."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dicom_files import SEMICORONAL, enhanced, one_slice, save, slice_position, stored_voxels, uid

from mri_bme.intake.dicom import index_study
from mri_bme.study import Series


def indexed(folder: Path, numbers: range, **values: Any) -> Series:
    for i in numbers:
        save(one_slice(i, **values), folder / f"{i}")
    (series,) = index_study(folder).series
    return series


@pytest.mark.parametrize("step", [2, 3])
def test_slices_lost_at_even_intervals_are_found_by_the_spacing(tmp_path: Path, step: int) -> None:
    series = indexed(tmp_path, range(0, 12, step), SpacingBetweenSlices=5)
    assert f"only one in {step} has come" in str(series.refused)


def test_they_are_noted_where_only_the_thickness_tells(tmp_path: Path) -> None:
    series = indexed(tmp_path, range(0, 12, 2))
    assert series.refused is None
    assert "4 mm lie 10 mm apart: some may be missing" in series.defects[0]


def test_or_where_only_the_instance_numbers_do(tmp_path: Path) -> None:
    series = indexed(tmp_path, range(0, 12, 2), SliceThickness=None)
    assert series.refused is None
    assert series.defects == (
        "its instance numbers go up by 2: slices between them may be missing",
    )


def test_numbers_that_count_two_images_of_each_slice_are_no_gap(tmp_path: Path) -> None:
    for i in range(6):
        for echo, time in enumerate((20, 80)):
            numbered = {"EchoTime": time, "InstanceNumber": 2 * i + echo + 1}
            save(one_slice(i, copy=echo, **numbered), tmp_path / f"{i}-{echo}")
    assert [series.defects for series in index_study(tmp_path).series] == [(), ()]


@pytest.mark.parametrize(
    ("between", "noted"),
    [(5.0, False), (1.0, False), (4.99, False), (4.4, True), (7.0, True), (10.0, True)],
)
def test_a_spacing_that_disagrees_is_noted(tmp_path: Path, between: float, noted: bool) -> None:
    """Some scanners write the gap, here 1 mm between slices of 4 mm."""
    series = indexed(tmp_path, range(6), SpacingBetweenSlices=between)
    assert series.refused is None
    assert any("where the header says" in defect for defect in series.defects) is noted


@pytest.mark.parametrize("keyword", ["ImagesInAcquisition", "NumberOfSeriesRelatedInstances"])
def test_counts_that_are_not_reached_are_noted(tmp_path: Path, keyword: str) -> None:
    series = indexed(tmp_path, range(6), **{keyword: "9"})
    assert "the header counts 9" in series.defects[0]
    assert "6 were found" in series.defects[0]


def part(number: int, total: int | None, frames: range) -> Any:
    described = [{"position": slice_position(i), "pixels": stored_voxels(i)} for i in frames]
    known = {"ConcatenationUID": uid(77), "InConcatenationNumber": number}
    known |= {} if total is None else {"InConcatenationTotalNumber": total}
    return enhanced(described, SOPInstanceUID=uid(70, number), InstanceNumber=number, **known)


@pytest.mark.parametrize(
    ("numbers", "total", "missing"),
    [
        ((1,), 2, "part 2 of 2"),
        ((2,), 2, "part 1 of 2"),
        ((1, 2), 4, "part 3, 4 of 4"),
        ((2,), None, "part 1 "),
    ],
)
def test_a_missing_part_of_a_concatenation_is_named(
    tmp_path: Path, numbers: tuple[int, ...], total: int | None, missing: str
) -> None:
    for n in numbers:
        save(part(n, total, range(4 * n, 4 * n + 4)), tmp_path / f"{n}")
    (series,) = index_study(tmp_path).series
    assert missing in str(series.refused)


def test_a_concatenation_of_unknown_size_is_noted(tmp_path: Path) -> None:
    save(part(1, None, range(4)), tmp_path / "1")
    (series,) = index_study(tmp_path).series
    assert series.refused is None
    assert "does not say how many parts" in series.defects[0]


def test_a_whole_concatenation_is_one_stack(tmp_path: Path) -> None:
    for n in (1, 2):
        save(part(n, 2, range(4 * n, 4 * n + 4)), tmp_path / f"{n}")
    (series,) = index_study(tmp_path).series
    assert series.refused is None
    assert series.n_slices == 8


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({"EchoTime": 0.06, "RepetitionTime": 4, "InversionTime": 0.15}, "seconds"),
        ({"LossyImageCompression": "01"}, "compressed with loss"),
        ({"PhotometricInterpretation": "MONOCHROME1"}, "MONOCHROME1"),
    ],
)
def test_what_changes_intensities_or_times_is_said(
    tmp_path: Path, values: dict[str, Any], word: str
) -> None:
    series = indexed(tmp_path, range(6), **values)
    assert word in series.defects[0]
    assert series.contrast == "STIR"


def turned(degrees: float) -> list[float]:
    """The orientation of the slices with their columns tilted out of the plane."""
    rows, columns = (np.array(SEMICORONAL[i : i + 3]) for i in (0, 3))
    angle = np.radians(degrees)
    tilted = np.cos(angle) * columns + np.sin(angle) * np.cross(rows, columns)
    return [*rows, *(round(float(v), 9) for v in tilted)]


@pytest.mark.parametrize(
    ("values", "is_noted"),
    [
        ({"PixelSpacing": [0.7, 0.7]}, True),
        ({"ImageOrientationPatient": turned(4)}, True),
        ({"ImageOrientationPatient": turned(40)}, False),
        ({"EchoTime": 20}, False),
        ({"PixelSpacing": [0.7, 0.7], "ImagePositionPatient": None}, False),
        ({"PixelSpacing": [0.7, 0.7], "apart": 3}, False),
    ],
)
def test_the_part_of_a_scan_before_its_grid_changed_is_noted(
    tmp_path: Path, values: dict[str, Any], is_noted: bool
) -> None:
    """Eight slices of fourteen must not pass for the whole scan."""
    apart = values.pop("apart", 0)
    for i in range(8):
        save(one_slice(i), tmp_path / f"{i}")
    for i in range(8, 14):
        save(one_slice(i + apart, **values), tmp_path / f"{i}")
    first = next(s for s in index_study(tmp_path).series if s.n_slices == 8)
    assert any("6 of the 14 slices of this scan" in note for note in first.defects) is is_noted
