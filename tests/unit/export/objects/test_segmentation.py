"""A painted voxel is that voxel again, wherever the slices lie."""

from collections.abc import Iterator
from pathlib import Path

import highdicom as hd
import numpy as np
import pydicom
import pytest
from measured_visits import ORIENTATIONS, grid, healthy_visit, measured_visit

from mri_bme.export.objects.segmentation import edema_seg, other_segs
from mri_bme.export.objects.source_images import pseudonymous_images


def placed_voxels(path: Path, segment: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Every frame of a segment with its matrix from (column, row) to LPS mm, by pydicom alone."""
    read = pydicom.dcmread(path)
    shared = read.SharedFunctionalGroupsSequence[0]
    frames = read.pixel_array.reshape(-1, read.Rows, read.Columns)
    for pixels, group in zip(frames, read.PerFrameFunctionalGroupsSequence, strict=True):
        whose = group if "SegmentIdentificationSequence" in group else shared
        if whose.SegmentIdentificationSequence[0].ReferencedSegmentNumber != segment:
            continue
        along = np.array(shared.PlaneOrientationSequence[0].ImageOrientationPatient, dtype=float)
        corner = np.array(group.PlanePositionSequence[0].ImagePositionPatient, dtype=float)
        down, across = map(float, shared.PixelMeasuresSequence[0].PixelSpacing)
        matrix = np.column_stack([along[3:] * down, along[:3] * across, corner])
        yield pixels, matrix


def points_of(path: Path, segment: int) -> np.ndarray:
    """LPS mm of every voxel of a segment, sorted."""
    points = [
        np.column_stack([np.argwhere(pixels), np.ones(int(pixels.sum()))]) @ matrix.T
        for pixels, matrix in placed_voxels(path, segment)
        if pixels.any()
    ]
    found = np.concatenate(points).round(2) + 0.0
    return found[np.lexsort(found.T)]


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_each_lesion_comes_back_voxel_by_voxel(orientation: str, tmp_path: Path) -> None:
    geometry = grid(orientation)
    visit = measured_visit(geometry)
    source = pseudonymous_images(visit)
    edema_seg(visit, source).save_as(tmp_path / "seg.dcm")
    assert visit.lesion_labels is not None
    for segment in (1, 2):
        inside = np.argwhere(visit.lesion_labels == segment)
        expected = geometry.points_lps(inside).round(2) + 0.0
        expected = expected[np.lexsort(expected.T)]
        np.testing.assert_allclose(points_of(tmp_path / "seg.dcm", segment), expected, atol=0.02)


def test_highdicom_reads_the_volume_to_a_microlitre(tmp_path: Path) -> None:
    visit = measured_visit()
    source = pseudonymous_images(visit)
    edema_seg(visit, source).save_as(tmp_path / "seg.dcm")
    read = hd.seg.segread(tmp_path / "seg.dcm")
    wanted = [d.SOPInstanceUID for d in source.datasets]
    found = read.get_pixels_by_source_instance(wanted, ignore_spatial_locations=False)
    voxel_ml = visit.volume.geometry.voxel_volume_ml
    for number, lesion in enumerate(visit.findings.lesions):
        ml = float(found[..., number].sum()) * voxel_ml
        assert ml == pytest.approx(lesion.counted_ml, abs=0.001)


def test_each_frame_refers_to_the_image_that_it_lies_on() -> None:
    visit = measured_visit()
    source = pseudonymous_images(visit)
    corners = {d.SOPInstanceUID: tuple(d.ImagePositionPatient) for d in source.datasets}
    for frame in edema_seg(visit, source).PerFrameFunctionalGroupsSequence:
        image = frame.DerivationImageSequence[0].SourceImageSequence[0].ReferencedSOPInstanceUID
        assert tuple(frame.PlanePositionSequence[0].ImagePositionPatient) == pytest.approx(
            corners[image], abs=1e-4
        )


def test_no_edema_is_one_empty_segment(tmp_path: Path) -> None:
    visit = healthy_visit()
    edema_seg(visit, pseudonymous_images(visit)).save_as(tmp_path / "seg.dcm")
    read = pydicom.dcmread(tmp_path / "seg.dcm")
    assert len(read.SegmentSequence) == 1
    assert read.SegmentSequence[0].SegmentLabel == "no edema"
    assert not read.pixel_array.any()


def test_a_lesion_is_tracked_from_visit_to_visit_only_where_it_is_the_same() -> None:
    first = measured_visit()
    later = measured_visit(lesion_names={1: "L1", 2: "week14.2"}, content="2")
    uids = [
        [s.TrackingUID for s in edema_seg(v, pseudonymous_images(v)).SegmentSequence]
        for v in (first, later)
    ]
    assert uids[0][0] == uids[1][0]
    assert uids[0][1] != uids[1][1]


def test_lesions_tell_bone_and_side() -> None:
    visit = measured_visit()
    told = edema_seg(visit, pseudonymous_images(visit)).SegmentSequence
    places = [
        (
            s.AnatomicRegionSequence[0].CodeMeaning,
            s.AnatomicRegionSequence[0].AnatomicRegionModifierSequence[0].CodeMeaning,
        )
        for s in told
    ]
    assert places == [("Ilium", "Left"), ("Sacrum", "Right")]


def test_quadrants_and_normal_marrow_may_overlap(tmp_path: Path) -> None:
    visit = measured_visit()
    reference = np.array(visit.quadrants == 1)  # drawn across a quadrant
    visit = measured_visit(reference=reference)
    ((name, made),) = other_segs(visit, pseudonymous_images(visit), with_probability=True)
    made.save_as(tmp_path / "rois.dcm")
    assert name == "quadrants"
    assert [s.SegmentLabel for s in made.SegmentSequence] == [
        "left ilium upper",
        "right sacrum upper",
        "normal marrow",
    ]
    n_marrow = sum(int(p.sum()) for p, _ in placed_voxels(tmp_path / "rois.dcm", 3))
    n_ilium = sum(int(p.sum()) for p, _ in placed_voxels(tmp_path / "rois.dcm", 1))
    assert n_marrow == n_ilium == int(reference.sum())


def test_probability_is_a_fraction(tmp_path: Path) -> None:
    likely = np.linspace(0, 1, int(np.prod(grid().shape)), dtype=np.float32).reshape(grid().shape)
    visit = measured_visit(probability=likely)
    source = pseudonymous_images(visit)
    made = dict(other_segs(visit, source, with_probability=True))["probability"]
    made.save_as(tmp_path / "p.dcm")
    read = pydicom.dcmread(tmp_path / "p.dcm")
    assert read.SegmentationType == "FRACTIONAL"
    for pixels, matrix in placed_voxels(tmp_path / "p.dcm", 1):
        k = round(float(visit.volume.geometry.indices_of(matrix[:, 2])[0]))
        np.testing.assert_allclose(pixels / 255, likely[k], atol=1 / 255)


def test_the_same_result_has_the_same_uids_and_another_has_others() -> None:
    visit, again, other = measured_visit(), measured_visit(), measured_visit(content="2")
    uids = [edema_seg(v, pseudonymous_images(v)).SOPInstanceUID for v in (visit, again, other)]
    assert uids[0] == uids[1] != uids[2]


def test_the_grid_may_be_turned_anyhow(tmp_path: Path) -> None:
    geometry = grid("coronal", turned_degrees=71.0)
    visit = measured_visit(geometry)
    edema_seg(visit, pseudonymous_images(visit)).save_as(tmp_path / "seg.dcm")
    assert visit.lesion_labels is not None
    centre = geometry.points_lps(np.argwhere(visit.lesion_labels == 2)).mean(axis=0)
    np.testing.assert_allclose(points_of(tmp_path / "seg.dcm", 2).mean(axis=0), centre, atol=0.01)
