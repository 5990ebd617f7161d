"""Intensities as they were scanned: inverted scales turned round, padding taken out."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dicom_files import enhanced, one_slice, save, slice_position, uid
from numpy.typing import NDArray

from mri_bme.errors import UnreadableInput
from mri_bme.intake.dicom import index_study, read_stack_voxels

N, SIDE = 6, 16


def picture() -> NDArray[np.uint16]:
    """Bright tissue in dark air, in a corner of it darkest."""
    rng = np.random.default_rng(3)
    voxels = rng.integers(1, 20, (N, SIDE, SIDE)).astype(np.uint16)
    voxels[:, 4:12, 4:12] += rng.integers(200, 900, (N, 8, 8)).astype(np.uint16)
    voxels[:, 0, 0] = 0
    return voxels


def classic(folder: Path, voxels: NDArray[np.uint16], **values: Any) -> NDArray[np.float32]:
    for i, plane in enumerate(voxels):
        ds = one_slice(i, Rows=SIDE, Columns=SIDE, PixelData=plane.tobytes(), **values)
        save(ds, folder / f"{i}")
    (series,) = index_study(folder).series
    return read_stack_voxels(series)


def multiframe(folder: Path, voxels: NDArray[np.uint16], **values: Any) -> NDArray[np.float32]:
    frames = [{"position": slice_position(i), "pixels": p} for i, p in enumerate(voxels)]
    save(enhanced(frames, Rows=SIDE, Columns=SIDE, SOPInstanceUID=uid(9), **values), folder / "e")
    (series,) = index_study(folder).series
    return read_stack_voxels(series)


@pytest.mark.parametrize("written", [classic, multiframe])
@pytest.mark.parametrize("top", [4095, 1000])
def test_an_inverted_scale_is_turned_round(tmp_path: Path, written: Any, top: int) -> None:
    """Whichever number an exporter subtracts from, air is what is brightest then."""
    found = written(tmp_path, top - picture(), PhotometricInterpretation="MONOCHROME1")
    np.testing.assert_array_equal(found, picture())


def test_a_scale_that_is_only_said_to_be_inverted_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput, match="MONOCHROME1"):
        classic(tmp_path, picture(), PhotometricInterpretation="MONOCHROME1")


@pytest.mark.parametrize("written", [classic, multiframe])
@pytest.mark.parametrize(
    ("value", "limit"), [(4095, None), (4000, 4095), (4095, 4000), (2000, None)]
)
def test_padding_looks_like_air(
    tmp_path: Path, written: Any, value: int, limit: int | None
) -> None:
    voxels = picture()
    voxels[:, :2] = value
    declared = {"PixelPaddingValue": value}
    declared |= {} if limit is None else {"PixelPaddingRangeLimit": limit}
    found = written(tmp_path, voxels, **declared)
    assert found[:, :2].max() <= picture()[:, 2:].min(axis=(1, 2)).max()
    np.testing.assert_array_equal(found[:, 2:], picture()[:, 2:])


def test_signed_padding_is_read_as_signed(tmp_path: Path) -> None:
    voxels = picture()
    voxels[:, :2] = np.uint16(65536 - 2000)
    found = classic(
        tmp_path,
        voxels,
        PixelRepresentation=1,
        BitsStored=16,
        HighBit=15,
        PixelPaddingValue=-2000,
    )
    assert found.min() >= 0


def test_without_a_declaration_no_value_is_padding(tmp_path: Path) -> None:
    voxels = picture()
    voxels[:, :2] = 4095
    np.testing.assert_array_equal(classic(tmp_path, voxels), voxels)
