"""Several images of the same slices: told apart, dropped when they are copies, never mixed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dicom_files import (
    SEMICORONAL,
    enhanced,
    one_slice,
    save,
    save_series,
    slice_position,
    stored_voxels,
)
from numpy.typing import NDArray

from mri_bme.intake.dicom import index_study, read_stack_voxels
from mri_bme.study import Series

NORMAL = np.cross(SEMICORONAL[:3], SEMICORONAL[3:])
AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
WHOLE = np.stack([stored_voxels(i) for i in range(6)])


def series_of(folder: Path) -> tuple[Series, ...]:
    return index_study(folder, keep_key=False).series


def good_voxels(folder: Path) -> list[NDArray[np.float32]]:
    return [read_stack_voxels(s) for s in series_of(folder) if s.refused is None]


def check_volumes(folder: Path, *wanted: Any) -> None:
    """These volumes come out, in any order, and no other."""
    found = good_voxels(folder)
    left = list(wanted)
    for voxels in found:
        match = [k for k, w in enumerate(left) if np.array_equal(w, voxels)]
        assert match, f"a volume of {voxels.shape} that does not exist was made"
        left.pop(match[0])
    assert not left, f"{len(left)} volume(s) lost"


def dimmed(index: int, divisor: int) -> bytes:
    return (stored_voxels(index) // divisor).astype(np.uint16).tobytes()


def moved(index: int, along_mm: float) -> list[float]:
    return [round(float(v), 6) for v in slice_position(index) + along_mm * NORMAL]


def times_and_slices(lost: tuple[int, int]) -> Iterator[tuple[int, int]]:
    return ((t, i) for t in range(3) for i in range(6) if (t, i) != lost)


@pytest.mark.parametrize("lost", [3, 5])
def test_a_slice_lost_at_one_time_costs_that_time_only(tmp_path: Path, lost: int) -> None:
    for t, i in times_and_slices((1, lost)):
        ds = one_slice(i, copy=t, PixelData=dimmed(i, t + 1), TemporalPositionIdentifier=t + 1)
        ds.InstanceNumber = 6 * t + i + 1
        save(ds, tmp_path / f"{t}{i}")
    _, torn, _ = sorted(series_of(tmp_path), key=lambda s: s.repeat)
    assert "5 of 6 slices of this repeat" in torn.defects
    assert torn.refused is None or "missing between slices 3 and 4" in torn.refused
    kept = [] if torn.refused else [WHOLE[:5] // 2]
    check_volumes(tmp_path, WHOLE, WHOLE // 3, *kept)


def test_a_frame_lost_at_one_time_of_an_enhanced_object(tmp_path: Path) -> None:
    frames = [
        {"position": slice_position(i), "pixels": stored_voxels(i) // (t + 1), "time": t + 1}
        for t, i in times_and_slices((1, 3))
    ]
    save(enhanced(frames), tmp_path / "enhanced")
    check_volumes(tmp_path, WHOLE, WHOLE // 3)


def test_dimension_indices_tell_frames_apart_in_any_order(tmp_path: Path) -> None:
    order = [(i, c) for i in range(6) for c in ((1, 2) if i % 2 else (2, 1))]
    ds = enhanced(
        [{"position": slice_position(i), "pixels": stored_voxels(i) // c} for i, c in order]
    )
    for group, (i, c) in zip(ds.PerFrameFunctionalGroupsSequence, order, strict=True):
        group.FrameContentSequence[0].DimensionIndexValues = [i + 1, c]
    save(ds, tmp_path / "enhanced")
    check_volumes(tmp_path, WHOLE, WHOLE // 2)


def test_a_stack_number_for_every_slice_says_nothing(tmp_path: Path) -> None:
    frames = [
        {"position": slice_position(i), "pixels": stored_voxels(i), "stack": str(i + 1)}
        for i in range(6)
    ]
    save(enhanced(frames), tmp_path / "enhanced")
    check_volumes(tmp_path, WHOLE)


def test_a_copy_with_another_scale_is_another_image(tmp_path: Path) -> None:
    save_series(tmp_path / "first")
    for i in range(6):
        save(one_slice(i, copy=1, RescaleSlope=2, RescaleIntercept=0), tmp_path / "again" / str(i))
    check_volumes(tmp_path, WHOLE, 2 * WHOLE)


def test_a_copy_that_stores_the_same_intensities_otherwise_is_dropped(tmp_path: Path) -> None:
    save_series(tmp_path / "first")
    for i in range(6):
        doubled = (2 * stored_voxels(i)).tobytes()
        ds = one_slice(i, copy=1, RescaleSlope=0.5, RescaleIntercept=0, PixelData=doubled)
        ds.BitsStored, ds.HighBit = 16, 15
        save(ds, tmp_path / "again" / str(i))
    check_volumes(tmp_path, WHOLE)


def test_processed_copies_that_do_not_say_so_are_told_apart_by_their_folder(tmp_path: Path) -> None:
    save_series(tmp_path / "first")
    for i in range(6):
        save(one_slice(i, copy=1, PixelData=dimmed(i, 2)), tmp_path / "again" / str(i))
    check_volumes(tmp_path, WHOLE, WHOLE // 2)


def test_a_few_processed_copies_that_nothing_explains_refuse_the_stack(tmp_path: Path) -> None:
    """Nobody can say which of two images of a slice is the one to measure."""
    save_series(tmp_path / "first")
    for i in (2, 3):
        save(one_slice(i, copy=1, PixelData=dimmed(i, 2)), tmp_path / "again" / str(i))
    check_volumes(tmp_path)


def test_one_instance_uid_for_every_image_hides_none(tmp_path: Path) -> None:
    for t in range(2):
        for i in range(6):
            ds = one_slice(i, SOPInstanceUID="1.2.3", InstanceNumber=None)
            ds.PixelData, ds.TemporalPositionIdentifier = dimmed(i, t + 1), t + 1
            save(ds, tmp_path / f"{t}{i}")
    check_volumes(tmp_path, WHOLE, WHOLE // 2)


def test_two_scans_that_lie_a_hair_apart_are_two_volumes(tmp_path: Path) -> None:
    for t in range(2):
        for i in range(6):
            ds = one_slice(i, copy=t, AcquisitionNumber=t + 1, InstanceNumber=6 * t + i + 1)
            ds.PixelData, ds.ImagePositionPatient = dimmed(i, t + 1), moved(i, 0.3 * t)
            save(ds, tmp_path / f"{t}{i}")
    check_volumes(tmp_path, WHOLE, WHOLE // 2)


def test_scans_under_one_uid_that_interleave_are_told_apart_by_repetition_time(
    tmp_path: Path,
) -> None:
    for t in range(2):
        for i in range(6):
            ds = one_slice(i, copy=t, RepetitionTime=4000 - 1000 * t, PixelData=dimmed(i, t + 1))
            ds.ImagePositionPatient = moved(i, 2.5 * t)
            save(ds, tmp_path / f"{t}{i}")
    check_volumes(tmp_path, WHOLE, WHOLE // 2)


@pytest.mark.parametrize("drift_ms", [0.0, 3.7])
def test_two_passes_whose_repetition_time_drifts_are_one_stack(
    tmp_path: Path, drift_ms: float
) -> None:
    for i in range(6):
        ds = one_slice(i, AcquisitionNumber=i % 2 + 1, RepetitionTime=4000 + drift_ms * (i % 2))
        save(ds, tmp_path / str(i))
    check_volumes(tmp_path, WHOLE)


def test_stations_that_overlap_are_two_volumes(tmp_path: Path) -> None:
    for station in range(2):
        for i in range(6):
            n = i + 6 * station
            ds = one_slice(i, copy=station, AcquisitionNumber=station + 1, InstanceNumber=n + 1)
            ds.ImageOrientationPatient = list(AXIAL)
            ds.ImagePositionPatient = [-50, 20, 30 + 5 * i + 20 * station]
            ds.PixelData = stored_voxels(n).tobytes()
            save(ds, tmp_path / str(n))
    check_volumes(tmp_path, WHOLE, np.stack([stored_voxels(i) for i in range(6, 12)]))


def test_halves_of_an_interleaved_scan_are_no_stations(tmp_path: Path) -> None:
    """Two passes; one slice came twice with other pixels. Half-stacks would be wrong."""
    for i in range(8):
        save(one_slice(i, AcquisitionNumber=i % 2 + 1), tmp_path / str(i))
    ds = one_slice(4, copy=1, AcquisitionNumber=2, PixelData=dimmed(4, 2))
    save(ds, tmp_path / "again")
    check_volumes(tmp_path)


def test_ge_tells_its_complex_images_apart_in_a_private_element(tmp_path: Path) -> None:
    for i in range(6):
        for kind in range(4):
            ds = one_slice(i, copy=kind, PixelData=dimmed(i, kind + 1))
            ds.Manufacturer, ds.ImageType = "GE MEDICAL SYSTEMS", ["ORIGINAL", "PRIMARY", "OTHER"]
            ds.InstanceNumber = 4 * i + kind + 1
            ds.private_block(0x0043, "GEMS_PARM_01", create=True).add_new(0x2F, "SS", kind)
            save(ds, tmp_path / f"{i}{kind}")
    found = {s.component: read_stack_voxels(s) for s in series_of(tmp_path)}
    for kind, component in enumerate(("magnitude", "phase", "real", "imaginary")):
        np.testing.assert_array_equal(found[component], WHOLE // (kind + 1))
