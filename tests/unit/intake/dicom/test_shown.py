"""What a reader is told of a series: images in the order of the volume, the scanner's window."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dicom_files import SEMICORONAL, enhanced, one_slice, save, slice_position, stored_voxels, uid

from mri_bme.intake.dicom import index_study, read_series
from mri_bme.intake.dicom.shown import shown_series
from mri_bme.study import Series, ShownSeries

N = 7


def series_of(folder: Path, **values: Any) -> Series:
    for i in range(N):
        number = {"InstanceNumber": 40 - 2 * i} | values
        save(one_slice(i, **number), folder / f"{i}")
    (series,) = index_study(folder).series
    return series


def test_images_are_numbered_in_the_order_of_the_volume(tmp_path: Path) -> None:
    series = series_of(tmp_path)
    shown = shown_series(series)
    volume = read_series(series)
    for k, number in enumerate(shown.images):
        stored = (40 - number) // 2
        there = volume.geometry.indices_of(slice_position(stored))
        assert there[0] == pytest.approx(k, abs=1e-3)
    assert sorted(shown.images) == list(range(28, 41, 2))
    assert shown.words == "STIR cor, series 1"


def test_a_stack_scanned_from_the_back_is_numbered_the_same(tmp_path: Path) -> None:
    ahead = np.array(SEMICORONAL) * [1, 1, 1, -1, -1, -1]
    series = series_of(tmp_path, ImageOrientationPatient=[float(v) for v in ahead])
    volume = read_series(series)
    assert len(shown_series(series).images) == N
    for k, number in enumerate(shown_series(series).images):
        there = volume.geometry.indices_of(slice_position((40 - number) // 2))
        assert there[0] == pytest.approx(k, abs=1e-3)


def test_frames_of_one_file_are_numbered_from_one(tmp_path: Path) -> None:
    frames = [{"position": slice_position(i), "pixels": stored_voxels(i)} for i in range(N)]
    save(enhanced(frames, SOPInstanceUID=uid(9)), tmp_path / "e")
    (series,) = index_study(tmp_path).series
    assert sorted(shown_series(series).images) == list(range(1, N + 1))


@pytest.mark.parametrize(
    ("centre", "width", "window"),
    [
        (300, 601, (-0.5, 599.5)),
        ([500, 40], [401, 3], (299.5, 699.5)),
        (300, 0, None),
    ],
)
def test_the_window_is_what_the_scanner_proposed(
    tmp_path: Path, centre: Any, width: Any, window: Any
) -> None:
    series = series_of(tmp_path, WindowCenter=centre, WindowWidth=width)
    assert shown_series(series).window == window


def test_a_file_that_is_gone_has_no_window(tmp_path: Path) -> None:
    series = series_of(tmp_path, WindowCenter=300, WindowWidth=601)
    for path in tmp_path.iterdir():
        path.unlink()
    assert shown_series(series).window is None


def test_nothing_but_words_of_the_field_is_told(tmp_path: Path) -> None:
    series = series_of(tmp_path, SeriesDescription="STIR Mustermann 12.03.1970 cor")
    assert shown_series(series).words == "STIR # cor, series 1"
    assert isinstance(shown_series(series), ShownSeries)
