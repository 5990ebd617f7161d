"""Exports that other tools get wrong: every volume is right, or refused with a reason."""

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dicom_files import (
    MR_CLASS,
    SEMICORONAL,
    enhanced,
    one_slice,
    save,
    save_bare,
    save_series,
    slice_position,
    stored_voxels,
    uid,
)

from mri_bme.intake.dicom import index_study, read_stack_voxels
from mri_bme.study import Series


def series_of(folder: Path) -> tuple[Series, ...]:
    return index_study(folder, keep_key=False).series


def frames_of(n: int, *, start: int = 0, **values: Any) -> list[dict[str, Any]]:
    return [
        {"position": slice_position(i), "pixels": stored_voxels(i), **values}
        for i in range(start, start + n)
    ]


def halved(frames: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**frame, "pixels": frame["pixels"] // 2} for frame in frames]


WHOLE = np.stack([stored_voxels(i) for i in range(6)])


def voxels_of(found: tuple[Series, ...]) -> list[Any]:
    assert all(s.refused is None for s in found), [s.refused for s in found]
    return [read_stack_voxels(s) for s in found]


def test_one_volume_per_enhanced_file_of_a_series(tmp_path: Path) -> None:
    """As some scanners send time points: nothing but the file tells them apart."""
    for n, frames in enumerate((frames_of(6), halved(frames_of(6)))):
        ds = enhanced(frames, SOPInstanceUID=uid(1, n), InstanceNumber=n + 1)
        save(ds, tmp_path / f"{n}")
    first, second = voxels_of(series_of(tmp_path))
    np.testing.assert_array_equal(first, WHOLE)
    np.testing.assert_array_equal(second, WHOLE // 2)


def test_a_stack_in_two_enhanced_files(tmp_path: Path) -> None:
    for n, frames in enumerate((frames_of(3), frames_of(3, start=3))):
        save(enhanced(frames, SOPInstanceUID=uid(1, n), InstanceNumber=n + 1), tmp_path / f"{n}")
    (voxels,) = voxels_of(series_of(tmp_path))
    np.testing.assert_array_equal(voxels, WHOLE)


def test_parallel_stacks_of_an_enhanced_object_stay_apart(tmp_path: Path) -> None:
    """Two slabs of one orientation, the second continuing the first at half a spacing."""
    normal = np.cross(SEMICORONAL[:3], SEMICORONAL[3:])
    other = [
        {**f, "position": f["position"] + 2.5 * normal, "stack": "2"} for f in halved(frames_of(6))
    ]
    save(enhanced(frames_of(6) + other), tmp_path / "enhanced")
    first, second = voxels_of(series_of(tmp_path))
    np.testing.assert_array_equal(first, WHOLE)
    np.testing.assert_array_equal(second, WHOLE // 2)


def test_echoes_and_contrasts_of_one_enhanced_object(tmp_path: Path) -> None:
    """Four images of the same slices: two echoes, each as water and fat, interleaved."""
    kinds = [(20.0, "W"), (20.0, "F"), (80.0, "W"), (80.0, "F")]
    frames = [
        {**f, "echo": echo, "kind": kind, "pixels": f["pixels"] // (k + 1)}
        for f in frames_of(6)
        for k, (echo, kind) in enumerate(kinds)
    ]
    save(enhanced(frames), tmp_path / "enhanced")
    found = series_of(tmp_path)
    assert {(s.echo_time_ms, s.component) for s in found} == {
        (e, {"W": "water", "F": "fat"}[k]) for e, k in kinds
    }
    for series, voxels in zip(found, voxels_of(found), strict=True):
        k = kinds.index((series.echo_time_ms or 0, series.component[0].upper()))
        np.testing.assert_array_equal(voxels, WHOLE // (k + 1))


def test_pixel_measures_may_stand_with_every_frame(tmp_path: Path) -> None:
    ds = enhanced(frames_of(6))
    measures = ds.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence
    del ds.SharedFunctionalGroupsSequence
    for group in ds.PerFrameFunctionalGroupsSequence:
        group.PixelMeasuresSequence = measures
    save(ds, tmp_path / "enhanced")
    (series,) = series_of(tmp_path)
    np.testing.assert_array_equal(voxels_of((series,))[0], WHOLE)
    assert series.geometry is not None
    np.testing.assert_allclose(series.geometry.spacing_mm, (5.0, 0.8, 0.9), atol=1e-4)


def test_a_converted_legacy_object(tmp_path: Path) -> None:
    save(enhanced(frames_of(6), SOPClassUID=MR_CLASS + ".4"), tmp_path / "enhanced")
    np.testing.assert_array_equal(voxels_of(series_of(tmp_path))[0], WHOLE)


def test_a_uih_grid_is_refused(tmp_path: Path) -> None:
    for i in range(3):
        ds = one_slice(i, Manufacturer="UIH")
        block = ds.private_block(0x0065, "Image Private Header", create=True)
        block.add_new(0x50, "DS", "25")
        save(ds, tmp_path / str(i))
    (series,) = series_of(tmp_path)
    assert "UIH grid" in str(series.refused)


def test_two_series_under_one_uid_whose_slices_interleave(tmp_path: Path) -> None:
    """Same sequence, moved by half a spacing: never one stack of twice the slices."""
    normal = np.cross(SEMICORONAL[:3], SEMICORONAL[3:])
    for i in range(6):
        save(one_slice(i), tmp_path / f"a{i}")
        moved = [round(float(v), 8) for v in slice_position(i) + 2.5 * normal]
        ds = one_slice(i, copy=1, SeriesNumber=2, ImagePositionPatient=moved)
        ds.PixelData = (stored_voxels(i) // 2).tobytes()
        save(ds, tmp_path / f"b{i}")
    first, second = voxels_of(series_of(tmp_path))
    np.testing.assert_array_equal(first, WHOLE)
    np.testing.assert_array_equal(second, WHOLE // 2)


def test_slices_acquired_in_two_passes_are_one_stack(tmp_path: Path) -> None:
    for i in range(6):
        save(one_slice(i, AcquisitionNumber=i % 2 + 1), tmp_path / str(i))
    np.testing.assert_array_equal(voxels_of(series_of(tmp_path))[0], WHOLE)


def test_a_good_copy_beside_a_truncated_one_is_taken(tmp_path: Path) -> None:
    save_series(tmp_path / "first")
    save_series(tmp_path / "second")
    path = tmp_path / "first" / "IM0003"
    path.write_bytes(path.read_bytes()[:-60])
    np.testing.assert_array_equal(voxels_of(series_of(tmp_path))[0], WHOLE)


@pytest.mark.parametrize("missing", [(2,), (2, 3), (1, 4)])
def test_missing_slices_are_refused_and_counted(tmp_path: Path, missing: tuple[int, ...]) -> None:
    for i in range(8):
        if i not in missing:
            save(one_slice(i), tmp_path / str(i))
    (series,) = series_of(tmp_path)
    assert f"{len(missing)} slice(s) missing" in str(series.refused)


def visits_of(folder: Path) -> list[tuple[str, int | None, int]]:
    (subject,) = index_study(folder, keep_key=False).subjects
    return [(visit.label, visit.day, len(visit.series)) for visit in subject.visits]


def examination(folder: Path, number: int, **values: Any) -> None:
    study = f"1.2.826.0.1.3680043.8.498.7{number}"
    save_series(folder / str(number), 3, series=number, StudyInstanceUID=study, **values)


def test_many_visits_in_any_order_with_shifted_dates(tmp_path: Path) -> None:
    """An anonymiser moved all dates by years; distances stay."""
    dates = ("19850610", "19850304", "19851201", "19850612")
    for number, day in enumerate(dates, start=1):
        examination(tmp_path, number, StudyDate=day)
    assert visits_of(tmp_path) == [
        ("baseline", 0, 1),
        ("week14", 98, 1),
        ("day100", 100, 1),
        ("day272", 272, 1),
    ]


def test_an_examination_past_midnight_is_one_visit(tmp_path: Path) -> None:
    study = {"StudyInstanceUID": "1.2.826.0.1.3680043.8.498.77"}
    save_series(tmp_path / "a", 3, series=1, StudyDate="20240131", **study)
    save_series(tmp_path / "b", 3, series=2, StudyDate="20240201", **study)
    examination(tmp_path, 3, StudyDate="20240202")
    assert visits_of(tmp_path) == [("baseline", 0, 2), ("day2", 2, 1)]


@pytest.mark.filterwarnings("ignore:Invalid value")
@pytest.mark.parametrize("placeholder", ["", "00000000", "19000101", "2024"])
def test_another_date_of_the_header_stands_in(tmp_path: Path, placeholder: str) -> None:
    examination(tmp_path, 1, StudyDate="20240101")
    examination(tmp_path, 2, StudyDate=placeholder, SeriesDate="20240408")
    assert visits_of(tmp_path) == [("baseline", 0, 1), ("week14", 98, 1)]


def test_an_enhanced_object_may_have_one_time_stamp_only(tmp_path: Path) -> None:
    examination(tmp_path, 1, StudyDate="20240101")
    study = {"StudyInstanceUID": "1.2.826.0.1.3680043.8.498.9", "SeriesInstanceUID": uid(8)}
    stamp = {"StudyDate": "", "AcquisitionDateTime": "20240408101530.25"}
    save(enhanced(frames_of(3), **study, **stamp), tmp_path / "enhanced")
    assert visits_of(tmp_path) == [("baseline", 0, 1), ("week14", 98, 1)]


def test_positions_written_as_whole_tenths(tmp_path: Path) -> None:
    """Spacing 5 mm: the last of 20 slices must not be off by what rounding adds up to."""
    for i in range(20):
        rounded = [round(float(v), 1) for v in slice_position(i)]
        save(one_slice(i, ImagePositionPatient=rounded), tmp_path / str(i))
    (series,) = series_of(tmp_path)
    assert series.geometry is not None
    end = series.geometry.points_lps([19, 0, 0])
    np.testing.assert_allclose(end, slice_position(19), atol=0.1)


def test_a_frame_of_reference_for_every_file_says_nothing(tmp_path: Path) -> None:
    for i in range(6):
        save(one_slice(i, FrameOfReferenceUID=uid(50, i)), tmp_path / str(i))
    np.testing.assert_array_equal(voxels_of(series_of(tmp_path))[0], WHOLE)


def test_two_frames_of_reference_are_two_stacks(tmp_path: Path) -> None:
    """The patient was moved between two stacks whose coordinates happen to continue."""
    for i in range(6):
        save(one_slice(i, FrameOfReferenceUID=uid(50, i // 3)), tmp_path / str(i))
    assert [s.n_slices for s in series_of(tmp_path)] == [3, 3]


@pytest.mark.parametrize("sop_class", ["1.3.46.670589.11.0.0.12.4", "1.2.840.10008.5.1.4.1.1.7.3"])
def test_frames_of_an_unusual_class_of_mr_object_are_found(tmp_path: Path, sop_class: str) -> None:
    save(enhanced(frames_of(6), SOPClassUID=sop_class), tmp_path / "enhanced")
    np.testing.assert_array_equal(voxels_of(series_of(tmp_path))[0], WHOLE)


@pytest.mark.parametrize("kind", ["66", "4.2", "88.33", "11.1", "481.3"])
def test_objects_without_pixels_do_not_spoil_their_series(tmp_path: Path, kind: str) -> None:
    """Raw data, spectra, reports and states may share the series and its geometry."""
    save_series(tmp_path / "series")
    other = one_slice(0, copy=1, SOPClassUID=f"1.2.840.10008.5.1.4.1.1.{kind}", PixelData=None)
    save(other, tmp_path / "other")
    index = index_study(tmp_path, keep_key=False)
    np.testing.assert_array_equal(voxels_of(index.series)[0], WHOLE)
    assert index.skipped == {"MR without pixels": 1}


def test_an_image_that_names_neither_class_nor_modality_is_taken_for_mr(tmp_path: Path) -> None:
    for i in range(6):
        ds = one_slice(i, SOPClassUID=None, Modality=None)
        save_bare(ds, tmp_path / str(i), implicit=True, little=True)
    np.testing.assert_array_equal(voxels_of(series_of(tmp_path))[0], WHOLE)


def test_a_preamble_may_lack_its_letters(tmp_path: Path) -> None:
    for i in range(6):
        path = save_bare(one_slice(i), tmp_path / str(i), implicit=True, little=True)
        path.write_bytes(bytes(128) + path.read_bytes())
    np.testing.assert_array_equal(voxels_of(series_of(tmp_path))[0], WHOLE)


@pytest.mark.parametrize(("declared", "flagged"), [(6, True), (3, False), (None, False)])
def test_a_series_of_which_the_end_was_not_sent_is_flagged(
    tmp_path: Path, declared: int | None, flagged: bool
) -> None:
    """No spacing gives it away, but some scanners count their images in every header."""
    for i in range(3):
        count = {} if declared is None else {"ImagesInAcquisition": declared}
        save(one_slice(i, **count), tmp_path / str(i))
    (series,) = series_of(tmp_path)
    assert series.refused is None
    assert ("counts 6 images in its acquisition, 3 were found" in str(series.defects)) is flagged


def test_a_link_to_a_folder_outside_is_not_followed_and_counted(tmp_path: Path) -> None:
    save_series(tmp_path / "export")
    save_series(tmp_path / "elsewhere", series=2)
    (tmp_path / "export/more").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "export/loop").symlink_to(tmp_path / "export")
    index = index_study(tmp_path / "export", keep_key=False)
    assert index.skipped == {"link to a folder outside": 1}
    assert len(index.series) == 1


@pytest.mark.parametrize(
    "absent", ["EchoTime", "InversionTime", "FlipAngle", "FrameOfReferenceUID", "PatientPosition"]
)
@pytest.mark.parametrize("where", [(2,), (0, 2, 4), (3, 4, 5)])
def test_a_value_that_some_slices_lack_tears_no_stack(
    tmp_path: Path, absent: str, where: tuple[int, ...]
) -> None:
    for i in range(6):
        ds = one_slice(i, FlipAngle=150, PatientPosition="FFS")
        if i in where:
            delattr(ds, absent)
        save(ds, tmp_path / str(i))
    np.testing.assert_array_equal(voxels_of(series_of(tmp_path))[0], WHOLE)


def test_a_flip_angle_that_varies_from_slice_to_slice_tears_no_stack(tmp_path: Path) -> None:
    for i in range(6):
        save(one_slice(i, FlipAngle=120 + 5 * i), tmp_path / str(i))
    np.testing.assert_array_equal(voxels_of(series_of(tmp_path))[0], WHOLE)


def test_images_of_two_flip_angles_stay_apart(tmp_path: Path) -> None:
    for i in range(6):
        for copy in range(2):
            ds = one_slice(i, copy=copy, FlipAngle=5 + 10 * copy)
            ds.PixelData = (stored_voxels(i) // (copy + 1)).tobytes()
            save(ds, tmp_path / f"{i}{copy}")
    first, second = voxels_of(series_of(tmp_path))
    np.testing.assert_array_equal(first, WHOLE)
    np.testing.assert_array_equal(second, WHOLE // 2)


def test_a_file_may_be_gzipped_piece_by_piece(tmp_path: Path) -> None:
    for path in save_series(tmp_path):
        content = path.read_bytes()
        pieces = (gzip.compress(content[at : at + 300]) for at in range(0, len(content), 300))
        path.write_bytes(b"".join(pieces))
    np.testing.assert_array_equal(voxels_of(series_of(tmp_path))[0], WHOLE)


def test_slices_without_a_patient_belong_to_the_patient_of_their_series(tmp_path: Path) -> None:
    for i in range(6):
        save(one_slice(i, PatientID="TRIAL-007" if i in (2, 4) else ""), tmp_path / str(i))
    (subject,) = index_study(tmp_path, keep_key=False).subjects
    assert subject.subject_id == "TRIAL-007"
    np.testing.assert_array_equal(voxels_of(series_of(tmp_path))[0], WHOLE)


def test_two_patients_who_share_every_identifier_stay_two(tmp_path: Path) -> None:
    """A bad anonymiser gave all studies one UID."""
    for patient in ("01", "02"):
        for i in range(6):
            ds = one_slice(i, PatientID=patient, PatientName=patient)
            save(ds, tmp_path / patient / str(i))
    subjects = index_study(tmp_path, keep_key=False).subjects
    assert [s.subject_id for s in subjects] == ["01", "02"]
    assert [s.n_slices for s in series_of(tmp_path)] == [6, 6]
