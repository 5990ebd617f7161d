"""Functional groups of enhanced objects, in every way in which they can be written."""

import struct
from pathlib import Path

import numpy as np
import pytest
from dicom_files import enhanced, save, slice_position, stored_voxels
from pydicom import Dataset, dcmread
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from lab.benchmark.intake_exports import leave_lengths_open
from mri_bme.errors import UnreadableInput
from mri_bme.intake.dicom import index_study, read_stack_voxels
from mri_bme.intake.dicom.functional_groups import DamagedGroups, Encoding, read_elements
from mri_bme.intake.dicom.header import find_frames

WHOLE = np.stack([stored_voxels(i) for i in range(5)])


def object_of_five() -> Dataset:
    return enhanced(
        [
            {"position": slice_position(i), "pixels": stored_voxels(i), "echo": 62.5, "time": 3}
            for i in range(5)
        ]
    )


@pytest.mark.parametrize("undefined", [False, True])
@pytest.mark.parametrize(
    "syntax",
    [
        ExplicitVRLittleEndian,
        ImplicitVRLittleEndian,
        ExplicitVRBigEndian,
        DeflatedExplicitVRLittleEndian,
    ],
)
def test_they_are_read_in_every_encoding(tmp_path: Path, syntax: str, undefined: bool) -> None:
    ds = object_of_five()
    if syntax == ExplicitVRBigEndian:
        ds.PixelData = WHOLE.astype(">u2").tobytes()
    if undefined:
        leave_lengths_open(ds)
    save(ds, tmp_path / "enhanced", syntax)
    frames = find_frames(str(tmp_path / "enhanced")).frames
    assert {f.acquisition.echo_time_ms for f in frames} == {62.5}
    assert {f.temporal_index for f in frames} == {3}
    (series,) = index_study(tmp_path, keep_key=False).series
    np.testing.assert_array_equal(read_stack_voxels(series), WHOLE)


@pytest.mark.parametrize("case", ["06_philips", "14_siemens_xa30", "15_philips"])
def test_real_objects_are_read_as_pydicom_reads_them(real_data: Path, case: str) -> None:
    (folder,) = (real_data / "dicom_cases").glob(f"{case}*")
    n_frames = 0
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        ds = dcmread(path, force=True, stop_before_pixels=True)
        groups = ds.get("PerFrameFunctionalGroupsSequence") or []
        frames = find_frames(str(path)).frames if groups else ()
        for group, frame in zip(groups if frames else (), frames, strict=True):
            n_frames += 1
            a = frame.acquisition
            assert frame.position == pytest.approx(
                group.PlanePositionSequence[0].ImagePositionPatient, abs=1e-9
            )
            content = group.FrameContentSequence[0]
            assert a.stack_id == str(content.get("StackID", ""))
            assert frame.temporal_index == content.get("TemporalPositionIndex")
            shared = ds.SharedFunctionalGroupsSequence[0]
            echo = (group.get("MREchoSequence") or shared.MREchoSequence)[0]
            assert a.echo_time_ms == pytest.approx(echo.EffectiveEchoTime)
            timing = "MRTimingAndRelatedParametersSequence"
            times = (group.get(timing) or shared.get(timing))[0]
            assert a.repetition_time_ms == pytest.approx(float(times.RepetitionTime))
    assert n_frames > 0


def test_a_length_beyond_the_end_is_damage_and_no_hang() -> None:
    data = struct.pack("<HH2sHI", 0x5200, 0x9230, b"SQ", 0, 1000) + bytes(10)
    with pytest.raises(DamagedGroups, match="reaches beyond"):
        read_elements(data, 0, len(data), Encoding(explicit=True, little=True), wanted=frozenset())


def test_endless_nesting_is_damage_and_no_crash() -> None:
    opened = struct.pack("<HH2sHI", 0x5200, 0x9230, b"SQ", 0, 0xFFFFFFFF)
    item = struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF)
    data = (opened + item) * 5000
    with pytest.raises(DamagedGroups, match="nested deeper"):
        read_elements(data, 0, len(data), Encoding(explicit=True, little=True), wanted=frozenset())


def test_a_rescale_that_cannot_be_looked_into_refuses_the_volume(tmp_path: Path) -> None:
    path = save(object_of_five(), tmp_path / "enhanced")
    slope = struct.pack("<HH", 0x0028, 0x1053)
    path.write_bytes(path.read_bytes().replace(slope + b"DS", slope + bytes(2)))
    (series,) = index_study(tmp_path, keep_key=False).series
    with pytest.raises(UnreadableInput, match="functional groups"):
        read_stack_voxels(series)
