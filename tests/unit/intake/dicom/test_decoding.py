"""Compressed pixels: the same stored values whatever the codec, or a refusal."""

from pathlib import Path

import numpy as np
import pytest
from dicom_files import SPACING_MM, one_slice, save, save_series
from pydicom import dcmread, examples
from pydicom.data import get_testdata_file
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, JPEGLSLossless, RLELossless

from mri_bme.intake.dicom import index_study, read_stack_voxels
from mri_bme.intake.dicom.decoding import check_declared_size, meaningful_bits
from mri_bme.intake.dicom.pixels import UnreadablePixels


@pytest.mark.parametrize("syntax", [RLELossless, JPEGLSLossless])
def test_a_lossless_codec_changes_no_voxel(tmp_path: Path, syntax: str) -> None:
    save_series(tmp_path / "plain", n=4)
    for i in range(4):
        ds = one_slice(i)
        ds.file_meta = FileMetaDataset()
        ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        ds.compress(syntax, generate_instance_uid=False)
        save(ds, tmp_path / "packed" / str(i), syntax)
    (plain,) = index_study(tmp_path / "plain").series
    (packed,) = index_study(tmp_path / "packed").series
    np.testing.assert_array_equal(read_stack_voxels(packed), read_stack_voxels(plain))
    assert packed.geometry is not None
    assert packed.geometry.spacing_mm[0] == pytest.approx(SPACING_MM)


def test_twelve_bit_jpeg_is_read(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """pydicom's 12-bit sample; its range as GDCM and ITK decode it (0 to 264)."""
    lossy = dcmread(str(get_testdata_file("JPEG-lossy.dcm")))
    for i in range(3):
        ds = one_slice(i, Rows=lossy.Rows, Columns=lossy.Columns, PixelData=lossy.PixelData)
        ds["PixelData"].is_undefined_length = True
        save(ds, tmp_path / str(i), lossy.file_meta.TransferSyntaxUID)
    (series,) = index_study(tmp_path).series
    voxels = read_stack_voxels(series)
    assert voxels.shape == (3, 1024, 256)
    assert (voxels.min(), voxels.max()) == (0, 264)
    assert capfd.readouterr().err == ""


def test_an_image_of_pydicom_reads_as_pydicom_reads_it(tmp_path: Path) -> None:
    reference = examples.mr
    (series,) = index_study(Path(str(examples.get_path("mr")))).series
    np.testing.assert_array_equal(read_stack_voxels(series)[0], reference.pixel_array)


@pytest.mark.parametrize(
    ("words", "stored", "high", "signed", "wanted"),
    [
        ([0xF123], 12, 11, False, [0x123]),
        ([0x1230], 12, 15, False, [0x123]),
        ([0x0FFF], 12, 11, True, [-1]),
        ([0xF7FF], 12, 11, True, [0x7FF]),
        ([0xFFFF], 16, 15, True, [-1]),
        ([0xFFFF], 99, 3, False, [0xFFFF]),
    ],
)
def test_only_the_stored_bits_count(
    words: list[int], stored: int, high: int, signed: bool, wanted: list[int]
) -> None:
    found = meaningful_bits(np.array(words, dtype=np.uint16), stored, high, signed)
    assert found.tolist() == wanted


def test_a_volume_that_no_scanner_makes_is_refused() -> None:
    check_declared_size(200, 512, 512)
    with pytest.raises(UnreadablePixels, match="are declared"):
        check_declared_size(10_000, 4096, 4096)
