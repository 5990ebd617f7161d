"""Whether the pixel data of a file are all there."""

from pathlib import Path

import pytest
from dicom_files import one_slice, save, stored_voxels
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, JPEG2000Lossless, RLELossless

from mri_bme.intake.dicom import index_study, read_stack_voxels
from mri_bme.intake.dicom.header import find_frames

SIDE = 64
END = b"\xfe\xff\xdd\xe0\0\0\0\0"


def compressed(folder: Path, syntax: str) -> list[Path]:
    paths = []
    for i in range(4):
        pixels = stored_voxels(i, (SIDE, SIDE)).tobytes()
        ds = one_slice(i, Rows=SIDE, Columns=SIDE, PixelData=pixels)
        ds.file_meta = FileMetaDataset()
        ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        ds.compress(syntax, generate_instance_uid=False)
        paths.append(save(ds, folder / f"{i}", syntax))
    return paths


@pytest.mark.parametrize("syntax", [RLELossless, JPEG2000Lossless])
def test_the_last_delimiter_may_be_missing(tmp_path: Path, syntax: str) -> None:
    for path in compressed(tmp_path, syntax):
        content = path.read_bytes()
        assert content.endswith(END)
        path.write_bytes(content[: -len(END)])
    (series,) = index_study(tmp_path).series
    assert series.refused is None
    assert (read_stack_voxels(series)[2] == stored_voxels(2, (SIDE, SIDE))).all()


@pytest.mark.parametrize("n_lost", [1, 9, 40])
def test_a_cut_inside_compressed_pixels_is_damage(tmp_path: Path, n_lost: int) -> None:
    path = compressed(tmp_path, JPEG2000Lossless)[0]
    path.write_bytes(path.read_bytes()[: -len(END) - n_lost])
    (frame,) = find_frames(str(path)).frames
    assert "cut short" in str(frame.damage)
