"""One stack of slices, in every shape in which exports deliver it."""

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dicom_files import (
    COLUMNS,
    ROWS,
    SEMICORONAL,
    SPACING_MM,
    enhanced,
    one_slice,
    save,
    save_bare,
    save_series,
    slice_position,
    stored_voxels,
    uid,
)
from numpy.typing import NDArray
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
)

from mri_bme.intake.dicom import index_study, read_stack_voxels
from mri_bme.study import Contrast, Series


def only_series(folder: Path) -> Series:
    (series,) = index_study(folder, keep_key=False).series
    return series


def check_stack(series: Series, n: int = 6) -> None:
    """The stack of `one_slice` with its voxels, spacing and position."""
    assert series.refused is None
    assert series.geometry is not None
    assert series.geometry.shape == (n, ROWS, COLUMNS)
    np.testing.assert_allclose(series.geometry.spacing_mm, (SPACING_MM, 0.8, 0.9), atol=0.01)
    np.testing.assert_allclose(
        series.geometry.points_lps([n - 1, 0, 0]), slice_position(n - 1), atol=0.06
    )
    wanted = np.stack([stored_voxels(i) for i in range(n)])
    np.testing.assert_array_equal(read_stack_voxels(series), wanted)


@pytest.mark.parametrize(
    "syntax", [ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian]
)
def test_transfer_syntax(tmp_path: Path, syntax: str) -> None:
    for i in range(6):
        ds = one_slice(i)
        if syntax == ExplicitVRBigEndian:
            ds.PixelData = stored_voxels(i).astype(">u2").tobytes()
        save(ds, tmp_path / f"{i}", syntax)
    check_stack(only_series(tmp_path))


@pytest.mark.parametrize(("implicit", "little"), [(True, True), (False, True), (False, False)])
def test_without_preamble_and_meta_header(tmp_path: Path, implicit: bool, little: bool) -> None:
    for i in range(6):
        ds = one_slice(i)
        if not little:
            ds.PixelData = stored_voxels(i).astype(">u2").tobytes()
        save_bare(ds, tmp_path / f"{i}", implicit=implicit, little=little)
    check_stack(only_series(tmp_path))


def test_preamble_without_meta_header(tmp_path: Path) -> None:
    for path in save_series(tmp_path):
        ds = one_slice(int(path.name[2:]))
        bare = save_bare(ds, path, implicit=True, little=True)
        bare.write_bytes(b"\0" * 128 + b"DICM" + bare.read_bytes())
    check_stack(only_series(tmp_path))


def test_gzipped_files(tmp_path: Path) -> None:
    for path in save_series(tmp_path):
        path.write_bytes(gzip.compress(path.read_bytes()))
    check_stack(only_series(tmp_path))


def test_trailing_padding_and_long_private_elements(tmp_path: Path) -> None:
    for i in range(6):
        ds = one_slice(i)
        block = ds.private_block(0x0029, "ACME", create=True)
        block.add_new(0x01, "OB", b"\1" * 20_000)
        ds.DataSetTrailingPadding = b"\0" * 50_000
        save(ds, tmp_path / f"{i}")
    check_stack(only_series(tmp_path))


def test_private_sequences_of_undefined_length_before_the_matrix(tmp_path: Path) -> None:
    for i in range(6):
        ds = one_slice(i)
        inner = one_slice(3)
        del inner.PixelData
        inner.Rows = 999
        ds.ReferencedImageSequence = [inner, inner]
        ds["ReferencedImageSequence"].is_undefined_length = True
        save(ds, tmp_path / f"{i}")
    check_stack(only_series(tmp_path))


def test_missing_optional_attributes(tmp_path: Path) -> None:
    without = {"InstanceNumber": None, "FrameOfReferenceUID": None, "AcquisitionNumber": None}
    save_series(tmp_path, **without)
    check_stack(only_series(tmp_path))


def test_file_order_and_instance_numbers_do_not_matter(tmp_path: Path) -> None:
    for i in range(6):
        save(one_slice(i, InstanceNumber=6 - i), tmp_path / f"{(i * 5) % 6}")
    check_stack(only_series(tmp_path))


def test_bits_beside_the_stored_ones_are_masked(tmp_path: Path) -> None:
    for i in range(6):
        overlay = stored_voxels(i) | np.uint16(0xA000)
        save(one_slice(i, PixelData=overlay.tobytes()), tmp_path / f"{i}")
    check_stack(only_series(tmp_path))


def test_stored_bits_may_lie_high_in_the_word(tmp_path: Path) -> None:
    for i in range(6):
        shifted = (stored_voxels(i) << 4).astype(np.uint16)
        save(one_slice(i, PixelData=shifted.tobytes(), HighBit=15), tmp_path / f"{i}")
    check_stack(only_series(tmp_path))


def test_signed_twelve_bits_are_extended(tmp_path: Path) -> None:
    for i in range(6):
        values = stored_voxels(i).astype(np.int32) - 2048
        stored = (values & 0x0FFF).astype(np.uint16)
        save(one_slice(i, PixelData=stored.tobytes(), PixelRepresentation=1), tmp_path / f"{i}")
    voxels = read_stack_voxels(only_series(tmp_path))
    np.testing.assert_array_equal(
        voxels, np.stack([stored_voxels(i).astype(int) - 2048 for i in range(6)])
    )


def test_each_slice_has_its_own_rescale(tmp_path: Path) -> None:
    for i in range(6):
        ds = one_slice(i, RescaleSlope=1.0 + 0.25 * i, RescaleIntercept=-10.0 * i)
        save(ds, tmp_path / f"{i}")
    wanted = np.stack([stored_voxels(i) * (1 + 0.25 * i) - 10 * i for i in range(6)])
    np.testing.assert_allclose(read_stack_voxels(only_series(tmp_path)), wanted, rtol=1e-6)


def test_jittered_echo_times_and_orientations_stay_one_stack(tmp_path: Path) -> None:
    for i in range(6):
        tilt = [1, 4e-5 * (-1) ** i, 0, 0, 0.6, -0.8]
        ds = one_slice(i, EchoTime=60 + 4e-4 * i, ImageOrientationPatient=tilt)
        save(ds, tmp_path / f"{i}")
    check_stack(only_series(tmp_path))


def test_rounded_positions_do_not_add_up_to_an_error(tmp_path: Path) -> None:
    for i in range(6):
        ds = one_slice(i, ImagePositionPatient=[round(float(v), 1) for v in slice_position(i)])
        save(ds, tmp_path / f"{i}")
    check_stack(only_series(tmp_path))


def test_slices_sent_again_under_new_identifiers_are_dropped(tmp_path: Path) -> None:
    save_series(tmp_path / "first")
    save_series(tmp_path / "again", copy=1)
    series = only_series(tmp_path)
    check_stack(series)
    assert "6 re-sent slice(s)" in series.defects[0]


def test_one_slice_sent_again_is_dropped(tmp_path: Path) -> None:
    save_series(tmp_path)
    save(one_slice(2, copy=1), tmp_path / "again")
    check_stack(only_series(tmp_path))


def test_a_second_image_at_one_position_that_nothing_explains_is_refused(tmp_path: Path) -> None:
    save_series(tmp_path)
    other = one_slice(2, copy=1, PixelData=(stored_voxels(2) // 2).tobytes())
    save(other, tmp_path / "other")
    assert "several different images lie at one position" in str(only_series(tmp_path).refused)


def test_repeats_are_told_apart_by_time_and_never_joined(tmp_path: Path) -> None:
    for repeat in range(3):
        for i in range(6):
            pixels = (stored_voxels(i) // (repeat + 1)).tobytes()
            ds = one_slice(i, copy=repeat, PixelData=pixels, AcquisitionNumber=6 * repeat + i)
            ds.TemporalPositionIdentifier = repeat + 1
            save(ds, tmp_path / f"{repeat}_{i}")
    found = index_study(tmp_path).series
    assert [s.repeat for s in found] == [(1, 3), (2, 3), (3, 3)]
    for repeat, series in enumerate(found):
        wanted = np.stack([stored_voxels(i) // (repeat + 1) for i in range(6)])
        np.testing.assert_array_equal(read_stack_voxels(series), wanted)


def test_one_stack_under_many_series_identifiers_is_put_together(tmp_path: Path) -> None:
    for i in range(6):
        save(one_slice(i, SeriesInstanceUID=uid(500, i)), tmp_path / f"{i}")
    series = only_series(tmp_path)
    check_stack(series)
    assert "put together from 6 series" in " ".join(series.defects)


def test_a_stack_sent_in_two_halves_is_put_together(tmp_path: Path) -> None:
    for i in range(6):
        half = int(i >= 3)
        ds = one_slice(i, SeriesInstanceUID=uid(500, half), SeriesNumber=5 + half)
        save(ds, tmp_path / f"{i}")
    check_stack(only_series(tmp_path))


def position_along(mm: float) -> NDArray[np.float64]:
    """Place of a slice at any distance along the normal."""
    normal: NDArray[np.float64] = np.cross(SEMICORONAL[:3], SEMICORONAL[3:])
    return slice_position(0) + mm * normal


def interleaved(folder: Path, *, spacing_mm: float, **values: Any) -> list[Series]:
    """Odd and even slices of 4 mm in two series of two numbers."""
    for i in range(8):
        odd = i % 2
        place = [round(float(v), 8) for v in position_along(i * spacing_mm)]
        ds = one_slice(i, SeriesInstanceUID=uid(500, odd), SeriesNumber=5 + odd, **values)
        ds.ImagePositionPatient = place
        save(ds, folder / f"{i}")
    return list(index_study(folder).series)


def test_odd_and_even_slices_in_two_series_are_one_stack(tmp_path: Path) -> None:
    (series,) = interleaved(tmp_path, spacing_mm=5.0)
    assert series.n_slices == 8
    assert "put together from 2 series" in series.defects[0]


def test_so_they_are_where_only_their_numbers_tell(tmp_path: Path) -> None:
    (series,) = interleaved(tmp_path, spacing_mm=5.0, SliceThickness=None)
    assert series.n_slices == 8
    assert series.defects == ("put together from 2 series of one stack",)


def test_two_scans_with_a_shift_of_half_a_slice_stay_two(tmp_path: Path) -> None:
    """Their slices, 4 mm thick, would overlap in one stack."""
    assert [s.n_slices for s in interleaved(tmp_path, spacing_mm=2.5)] == [4, 4]


def test_interleaved_series_that_the_header_says_are_whole_stay_two(tmp_path: Path) -> None:
    found = interleaved(tmp_path, spacing_mm=5.0, SpacingBetweenSlices=10.0)
    assert [s.n_slices for s in found] == [4, 4]


def test_stations_along_the_table_are_separate_volumes(tmp_path: Path) -> None:
    for station in range(2):
        for i in range(6):
            down = slice_position(i) + station * 300 * np.array([0, 0.6, -0.8])
            ds = one_slice(i + 6 * station, ImagePositionPatient=[round(float(v), 6) for v in down])
            ds.PixelData = stored_voxels(i).tobytes()
            save(ds, tmp_path / f"{station}{i}")
    found = index_study(tmp_path).series
    assert [s.refused for s in found] == [None, None]
    assert [s.n_slices for s in found] == [6, 6]


def test_a_slice_of_another_size_leaves_a_hole_that_is_refused(tmp_path: Path) -> None:
    save_series(tmp_path)
    small = stored_voxels(2, (8, 8))
    save(one_slice(2, Rows=8, Columns=8, PixelData=small.tobytes()), tmp_path / "IM0002")
    found = {s.n_slices: s for s in index_study(tmp_path).series}
    assert "1 slice(s) missing between slices 2 and 3" in str(found[5].refused)
    assert found[1].refused is None


def cut_last(folder: Path, share: float) -> None:
    last = save_series(folder)[-1]
    content = last.read_bytes()
    last.write_bytes(content[: int(len(content) * share)])


@pytest.mark.parametrize("share", [0.75, 0.9, 0.999])
def test_a_truncated_last_slice_refuses_the_stack_and_is_named(
    tmp_path: Path, share: float
) -> None:
    cut_last(tmp_path, share)
    assert "IM0005" in str(only_series(tmp_path).refused)


def test_a_file_cut_before_it_names_its_series_flags_its_neighbours(tmp_path: Path) -> None:
    cut_last(tmp_path, 0.3)
    index = index_study(tmp_path)
    assert "IM0005" in index.defects[0]
    assert "IM0005" in index.series[0].defects[0]


def test_an_enormous_declared_matrix_is_refused_before_memory_is_taken(tmp_path: Path) -> None:
    for i in range(3):
        save(one_slice(i, Rows=65535, Columns=65535), tmp_path / f"{i}")
    assert "65535" in str(only_series(tmp_path).refused)


def test_links_that_run_in_circles_and_nowhere_are_harmless(tmp_path: Path) -> None:
    save_series(tmp_path)
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "dangling").symlink_to(tmp_path / "absent")
    check_stack(only_series(tmp_path))


@pytest.mark.parametrize(
    "broken",
    [
        {"ImageOrientationPatient": [1, 0, 0, 1, 0, 0]},
        {"ImageOrientationPatient": [0, 0, 0, 0, 0, 0]},
        {"PixelSpacing": None},
        {"PixelSpacing": [0, 0]},
        {"ImagePositionPatient": None, "SOPClassUID": "1.2.840.10008.5.1.4.1.1.4"},
        {"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB"},
    ],
)
def test_what_cannot_be_placed_is_refused(tmp_path: Path, broken: dict[str, Any]) -> None:
    save_series(tmp_path, n=3, **broken)
    assert all(series.refused for series in index_study(tmp_path).series)


def frames_of(n: int, **values: Any) -> list[dict[str, Any]]:
    return [{"position": slice_position(i), "pixels": stored_voxels(i), **values} for i in range(n)]


def halved(frames: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**frame, "pixels": frame["pixels"] // 2} for frame in frames]


def test_an_enhanced_object_is_one_stack(tmp_path: Path) -> None:
    save(enhanced(frames_of(6)[::-1]), tmp_path / "enhanced")
    check_stack(only_series(tmp_path))


@pytest.mark.parametrize("differs", [{"echo": 90.0}, {"kind": "P"}, {"time": 2}, {"kind": "W"}])
def test_an_enhanced_object_with_two_images_is_two_stacks(
    tmp_path: Path, differs: dict[str, Any]
) -> None:
    frames = frames_of(6)
    mixed = [f for pair in zip(frames, halved(frames_of(6, **differs)), strict=True) for f in pair]
    save(enhanced(mixed), tmp_path / "enhanced")
    found = index_study(tmp_path).series
    assert [s.n_slices for s in found] == [6, 6]
    sums = sorted(float(read_stack_voxels(s).sum()) for s in found)
    whole = np.stack([f["pixels"] for f in frames])
    assert sums == sorted([float(whole.sum()), float((whole // 2).sum())])


def test_an_enhanced_object_with_two_planes_is_two_stacks(tmp_path: Path) -> None:
    axial = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
    other = [
        {"position": slice_position(i, axial), "pixels": stored_voxels(i), "orientation": axial}
        for i in range(4)
    ]
    save(enhanced(frames_of(6) + other), tmp_path / "enhanced")
    assert sorted(s.n_slices for s in index_study(tmp_path).series) == [4, 6]


def test_enhanced_frames_have_their_own_rescale(tmp_path: Path) -> None:
    frames = [{**f, "slope": 1.0 + i, "intercept": i} for i, f in enumerate(frames_of(6))]
    save(enhanced(frames), tmp_path / "enhanced")
    wanted = np.stack([stored_voxels(i) * (1.0 + i) + i for i in range(6)])
    np.testing.assert_allclose(read_stack_voxels(only_series(tmp_path)), wanted)


def test_an_enhanced_object_that_lies_about_its_frames_is_refused(tmp_path: Path) -> None:
    save(enhanced(frames_of(6), NumberOfFrames=7), tmp_path / "enhanced")
    assert all(s.refused for s in index_study(tmp_path).series)


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_the_patient_may_lie_prone_or_on_a_side(tmp_path: Path, rotation: int) -> None:
    angle = np.radians(rotation)
    turn = np.array(
        [[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]]
    )
    across, down = turn @ [1, 0, 0], turn @ [0, 0, -1]
    for i in range(6):
        place: NDArray[np.float64] = turn @ slice_position(i, (1, 0, 0, 0, 0, -1))
        ds = one_slice(i, ImagePositionPatient=[round(float(v), 8) for v in place])
        ds.ImageOrientationPatient = [round(float(v), 8) for v in (*across, *down)]
        save(ds, tmp_path / f"{i}")
    series = only_series(tmp_path)
    assert series.geometry is not None
    np.testing.assert_array_equal(read_stack_voxels(series)[5], stored_voxels(5))
    np.testing.assert_allclose(
        series.geometry.points_lps([5, 0, 0]),
        turn @ slice_position(5, (1, 0, 0, 0, 0, -1)),
        atol=1e-5,
    )


def test_a_siemens_mosaic_is_refused(tmp_path: Path) -> None:
    save_series(tmp_path, ImageType=["ORIGINAL", "PRIMARY", "M", "MOSAIC"])
    assert "mosaic" in str(only_series(tmp_path).refused)


def test_the_stir_is_recognised(tmp_path: Path) -> None:
    save_series(tmp_path)
    assert only_series(tmp_path).contrast is Contrast.STIR
