"""Every common transfer syntax decodes with what the package depends on, signed values too."""

from base64 import b85decode
from pathlib import Path

import gdcm
import numpy as np
import pytest
from dicom_files import COLUMNS, ROWS, enhanced, one_slice, save, slice_position, stored_voxels
from pydicom import dcmread
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import (
    ExplicitVRBigEndian,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from mri_bme.errors import UnreadableInput
from mri_bme.intake.dicom import index_study, read_stack_voxels

GDCM_SYNTAXES = (
    *("JPEGLosslessProcess14", "JPEGLosslessProcess14_1", "JPEGLSLossless"),
    *("JPEG2000Lossless", "RLELossless", "DeflatedExplicitVRLittleEndian"),
    *("ExplicitVRBigEndian", "ImplicitVRLittleEndian"),
)

HTJ2K_SLICES = (
    (
        b"|4;u>04YEK0000A0000C00000000000000A0000C0000000000009pH0sl|{2mk^A000XAQUDA90ssL31q1{@0sm"
        b"Y86Cj9?kdTm&kdTm&kdTmwh=~7W02crOPjF>!N>E53R%LP^FfKASE;BCwkN^q*00000QUC$}lfVEaqXh?a006)M6"
        b"2Jfwfc^kSbO5RW2Xp|S00{u?3Nrwp01A*S%l^Os0sgiCzyKwH091g$-E|ZIQbgqTN6GBA0RPz"
    ),
    (
        b"|4;u>04YEK0000A0000C00000000000000A0000C0000000000009pH0sl|{2mk^A000XAQUDA90ssL31q1{@0sm"
        b"Y86Cj9?kdTm&kdTm&kdTmwh=~7W02crOPjF>!N>E53R%LP^FfKASE;BCwkN^q*00000Qvd<~lfVEb)At1jbN~Rr0"
        b"206e5`g{yM|1$H0S9ydpa2N~?Fushpa2SxEX)4D00I8C0KfnxfB;m0z}<Be08&Kc_D9L=wgCUx"
    ),
    (
        b"|4;u>04YEK0000A0000C00000000000000A0000C0000000000009pH0sl|{2mk^A000XAQUDA90ssL31q1{@0sm"
        b"Y86Cj9?kdTm&kdTm&kdTmwh=~7W02crOPjF>!N>E53R%LP^FfKASE;BCwkN^q*00000Qvd<~lfVEb1Mme0bN~Rr0"
        b"206e5`g{yM|1$H0S9ydpa2N~?Fushpa2SxEX)4D00I8C0KfnxfB;m0z}<Be08&Kc_D9L=wgCUx"
    ),
)
"""Slices 0 to 2 of `stored_voxels` as OpenJPH encodes them without loss, in base 85."""


def recoded(source: Path, target: Path, syntax: str) -> None:
    """Write a file again in another transfer syntax, by GDCM."""
    reader = gdcm.ImageReader()
    reader.SetFileName(str(source))
    assert reader.Read()
    change = gdcm.ImageChangeTransferSyntax()
    change.SetTransferSyntax(gdcm.TransferSyntax(getattr(gdcm.TransferSyntax, syntax)))
    change.SetInput(reader.GetImage())
    assert change.Change()
    writer = gdcm.ImageWriter()
    writer.SetFileName(str(target))
    writer.SetFile(reader.GetFile())
    writer.SetImage(change.GetOutput())
    assert writer.Write()


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("syntax", GDCM_SYNTAXES)
def test_a_lossless_syntax_changes_no_voxel(tmp_path: Path, syntax: str, signed: bool) -> None:
    (tmp_path / "packed").mkdir()
    wanted = []
    for i in range(3):
        values = stored_voxels(i).astype(np.int16) - (2000 if signed else 0)
        wanted.append(values)
        ds = one_slice(i, PixelData=values.tobytes(), PixelRepresentation=int(signed))
        ds.BitsStored, ds.HighBit = 16, 15
        path = save(ds, tmp_path / "plain" / f"{i}.dcm")
        recoded(path, tmp_path / "packed" / f"{i}.dcm", syntax)
    (series,) = index_study(tmp_path / "packed").series
    assert series.refused is None
    np.testing.assert_array_equal(read_stack_voxels(series), np.stack(wanted))


def compressed_frame(folder: Path, index: int, syntax: str) -> bytes:
    plain = save(one_slice(index), folder / f"plain{index}")
    recoded(plain, folder / f"packed{index}", syntax)
    (frame,) = generate_frames(dcmread(folder / f"packed{index}").PixelData, number_of_frames=1)
    return frame


@pytest.mark.parametrize(
    ("name", "syntax"),
    [
        ("JPEG2000Lossless", JPEG2000Lossless),
        ("RLELossless", RLELossless),
        ("JPEGLosslessProcess14_1", JPEGLosslessSV1),
        ("JPEGLSLossless", JPEGLSLossless),
    ],
)
def test_frames_of_an_enhanced_object_may_be_compressed(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, name: str, syntax: str
) -> None:
    made = tmp_path_factory.mktemp("made")
    frames = [{"position": slice_position(i), "pixels": stored_voxels(i)} for i in range(4)]
    ds = enhanced(frames)
    ds.PixelData = encapsulate([compressed_frame(made, i, name) for i in range(4)])
    ds["PixelData"].is_undefined_length = True
    save(ds, tmp_path / "enhanced", syntax)
    (series,) = index_study(tmp_path).series
    wanted = np.stack([stored_voxels(i) for i in range(4)])
    np.testing.assert_array_equal(read_stack_voxels(series), wanted)


def test_a_frame_may_lie_in_several_fragments(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    made = tmp_path_factory.mktemp("made")
    for i in range(3):
        frame = compressed_frame(made, i, "JPEG2000Lossless")
        ds = one_slice(i, PixelData=encapsulate([frame], fragments_per_frame=3))
        ds["PixelData"].is_undefined_length = True
        save(ds, tmp_path / str(i), JPEG2000Lossless)
    (series,) = index_study(tmp_path).series
    wanted = np.stack([stored_voxels(i) for i in range(3)])
    np.testing.assert_array_equal(read_stack_voxels(series), wanted)


def test_eight_bits_per_pixel(tmp_path: Path) -> None:
    for i in range(3):
        pixels = (stored_voxels(i) % 251).astype(np.uint8)
        ds = one_slice(i, PixelData=pixels.tobytes(), BitsAllocated=8, BitsStored=8, HighBit=7)
        save(ds, tmp_path / str(i))
    (series,) = index_study(tmp_path).series
    wanted = np.stack([stored_voxels(i) % 251 for i in range(3)])
    np.testing.assert_array_equal(read_stack_voxels(series), wanted)


def test_floating_point_pixels_are_refused_and_not_taken_for_integers(tmp_path: Path) -> None:
    for i in range(3):
        ds = one_slice(i, PixelData=None, BitsAllocated=32, BitsStored=32, HighBit=31)
        ds.FloatPixelData = np.ones(ROWS * COLUMNS, dtype=np.float32).tobytes()
        save(ds, tmp_path / str(i))
    (series,) = index_study(tmp_path).series
    assert "floating-point" in str(series.refused)


def test_twelve_bits_may_be_packed(tmp_path: Path) -> None:
    """Two pixels in three bytes, as ACR-NEMA had it."""
    for i in range(3):
        even, odd = stored_voxels(i).ravel()[::2], stored_voxels(i).ravel()[1::2]
        octets = np.stack([even & 0xFF, even >> 8 | (odd & 15) << 4, odd >> 4], axis=1)
        ds = one_slice(i, PixelData=octets.astype(np.uint8).tobytes(), BitsAllocated=12)
        save(ds, tmp_path / str(i))
    (series,) = index_study(tmp_path).series
    wanted = np.stack([stored_voxels(i) for i in range(3)])
    np.testing.assert_array_equal(read_stack_voxels(series), wanted)


def test_big_endian_words_of_two_bytes_are_swapped(tmp_path: Path) -> None:
    """PS3.5 A.3: eight-bit pixels declared as OW lie in words, of which the high byte is first."""
    for i in range(3):
        pixels = (stored_voxels(i) % 251).astype(np.uint8)
        ds = one_slice(i, BitsAllocated=8, BitsStored=8, HighBit=7)
        ds.PixelData = pixels.reshape(-1, 2)[:, ::-1].tobytes()
        ds["PixelData"].VR = "OW"
        save(ds, tmp_path / str(i), ExplicitVRBigEndian)
    (series,) = index_study(tmp_path).series
    wanted = np.stack([stored_voxels(i) % 251 for i in range(3)])
    np.testing.assert_array_equal(read_stack_voxels(series), wanted)


@pytest.mark.parametrize("slope", ["abc ", "0   "])
def test_a_rescale_that_cannot_be_is_refused_and_not_taken_for_one(
    tmp_path: Path, slope: str
) -> None:
    for i in range(3):
        path = save(one_slice(i, RescaleSlope="1.25", RescaleIntercept=0), tmp_path / str(i))
        path.write_bytes(path.read_bytes().replace(b"1.25", slope.encode()))
    (series,) = index_study(tmp_path).series
    with pytest.raises(UnreadableInput, match="rescale slope"):
        read_stack_voxels(series)


@pytest.mark.parametrize("kind", ["201", "202", "203"])
def test_high_throughput_jpeg_2000_is_read(tmp_path: Path, kind: str) -> None:
    for i, code in enumerate(HTJ2K_SLICES):
        ds = one_slice(i, PixelData=encapsulate([b85decode(code)]), BitsStored=16, HighBit=15)
        ds["PixelData"].is_undefined_length = True
        save(ds, tmp_path / str(i), f"1.2.840.10008.1.2.4.{kind}")
    (series,) = index_study(tmp_path).series
    wanted = np.stack([stored_voxels(i) for i in range(3)])
    np.testing.assert_array_equal(read_stack_voxels(series), wanted)


@pytest.mark.parametrize(
    ("name", "syntax", "at"),
    [
        ("JPEG2000Lossless", JPEG2000Lossless, b"\xff\x51"),
        ("JPEGLosslessProcess14_1", JPEGLosslessSV1, b"\xff\xc3"),
        ("JPEGLSLossless", JPEGLSLossless, b"\xff\xf7"),
    ],
)
def test_a_compressed_image_larger_than_its_header_is_refused_before_it_is_unpacked(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, name: str, syntax: str, at: bytes
) -> None:
    made = tmp_path_factory.mktemp("made")
    for i in range(3):
        frame = bytearray(compressed_frame(made, i, name))
        size = frame.index(at) + 2 + (4 if name == "JPEG2000Lossless" else 3)
        frame[size : size + 2] = b"\xff\xf0"
        ds = one_slice(i, PixelData=encapsulate([bytes(frame)]))
        ds["PixelData"].is_undefined_length = True
        save(ds, tmp_path / str(i), syntax)
    (series,) = index_study(tmp_path).series
    with pytest.raises(UnreadableInput, match="its header says 12 x 10"):
        read_stack_voxels(series)
