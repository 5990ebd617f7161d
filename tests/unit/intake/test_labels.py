"""Bones and joints from other tools: formats, names, and joints drawn as lines."""

import json
from pathlib import Path

import highdicom
import numpy as np
import pydicom
import pytest
import SimpleITK as sitk  # noqa: N813
from box_pelvis import (
    JOINT_MM,
    SHAPE,
    box_pelvis,
    semicoronal_geometry,
)
from numpy.typing import NDArray

from mri_bme.errors import UnreadableInput
from mri_bme.intake.joint_lines import read_joint_lines
from mri_bme.intake.labels import bone_of_name, read_labels
from mri_bme.intake.source import read_volume
from mri_bme.place_rois import place_rois
from mri_bme.sacroiliac import BoneLabel, Side
from mri_bme.volume import Volume, VolumeGeometry


def write_nrrd(path: Path, labels: NDArray[np.uint8], geometry: VolumeGeometry) -> None:
    image = sitk.GetImageFromArray(labels)
    image.SetSpacing(geometry.spacing_mm[::-1])
    image.SetDirection(geometry.directions[:, ::-1].ravel().tolist())
    image.SetOrigin(geometry.lps_from_index[:3, 3].tolist())
    for i, (name, value) in enumerate((("Left Ilium", 7), ("sacrum", 9), ("hip_right", 4))):
        image.SetMetaData(f"Segment{i}_Name", name)
        image.SetMetaData(f"Segment{i}_LabelValue", str(value))
        image.SetMetaData(f"Segment{i}_Layer", "0")
    sitk.WriteImage(image, str(path))


def test_slicer_segments_are_placed_by_name_and_position(tmp_path: Path) -> None:
    geometry = semicoronal_geometry()
    bones = box_pelvis(geometry)
    values = np.array([0, 9, 7, 4, 0], dtype=np.uint8)[bones]
    # 3D Slicer crops what it saves
    cut = VolumeGeometry(
        shape=(SHAPE[0], 60, SHAPE[2]),
        lps_from_index=np.vstack(
            [
                np.column_stack([geometry.lps_from_index[:3, :3], geometry.points_lps((0, 10, 0))]),
                [0, 0, 0, 1],
            ]
        ),
    )
    write_nrrd(tmp_path / "pelvis.seg.nrrd", values[:, 10:70], cut)
    found = read_labels(tmp_path / "pelvis.seg.nrrd", geometry, what="bone map")
    np.testing.assert_array_equal(found, bones)


@pytest.mark.parametrize(
    ("name", "bone"),
    [
        ("Left Ilium", BoneLabel.LEFT_ILIUM),
        ("hip_right", BoneLabel.RIGHT_ILIUM),
        ("Sacrum", BoneLabel.SACRUM),
        ("vertebrae_L5", BoneLabel.L5),
        ("Hip bone L", BoneLabel.LEFT_ILIUM),
        ("Rt. innominate", BoneLabel.RIGHT_ILIUM),
        ("femur_left", None),
        ("iliac_artery_left", None),
        ("Right sacroiliac joint", None),
        ("sacral nerve roots", None),
    ],
)
def test_bones_are_recognised_by_name(name: str, bone: BoneLabel | None) -> None:
    assert bone_of_name(name) is bone


def test_a_label_map_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bones.dcm").write_bytes(b"no segmentation")
    with pytest.raises(UnreadableInput, match=r"DICOM SEG"):
        read_labels(tmp_path / "bones.dcm", semicoronal_geometry(), what="bone map")


def curve(geometry: VolumeGeometry, depth: int, x_mm: float, *, ras: bool) -> dict[str, object]:
    rows = np.linspace(15, 64, 5)
    columns = geometry.indices_of((x_mm, 0, 0))[2]
    points = geometry.points_lps([(depth, row, columns) for row in rows])
    points = points * (-1, -1, 1) if ras else points
    return {
        "type": "Curve",
        "name": "C",
        "coordinateSystem": "RAS" if ras else "LPS",
        "controlPoints": [{"position": p.tolist()} for p in points],
    }


@pytest.mark.parametrize("ras", [False, True])
def test_joints_drawn_as_slicer_curves_part_sacrum_from_ilium(tmp_path: Path, ras: bool) -> None:
    geometry = semicoronal_geometry()
    path = tmp_path / "joints.mrk.json"
    curves = [
        curve(geometry, depth, sign * JOINT_MM, ras=ras) for depth in (1, 8) for sign in (-1, 1)
    ]
    path.write_text(json.dumps({"markups": curves}))
    lines = read_joint_lines(path)
    assert {side: len(lines[side]) for side in Side} == {Side.LEFT: 2, Side.RIGHT: 2}
    noise = np.random.default_rng(1).normal(100, 10, SHAPE)  # nothing to find bones in
    rois = place_rois(Volume(geometry=geometry, voxels=noise), joint_lines=lines)
    x = geometry.points_lps(np.moveaxis(np.indices(SHAPE), 0, -1))[..., 0]
    for name, inside in {
        "left_ilium": x > JOINT_MM,
        "right_ilium": x < -JOINT_MM,
        "sacrum": np.abs(x) < JOINT_MM,
    }.items():
        region = rois.region(name)
        assert region.n_voxels > 2000
        assert inside[region.voxels].all(), name
    drawn_depths = np.nonzero(rois.quadrants.any(axis=(1, 2)))[0]
    assert (drawn_depths[0], drawn_depths[-1]) == (1, 8)
    assert rois.source == "joint lines"


def test_joint_lines_as_csv(tmp_path: Path) -> None:
    path = tmp_path / "joints.csv"
    path.write_text(
        "side,line,x,y,z\nleft,1,50,0,0\nleft,1,52,0,20\nright,1,-50,0,0\nright,1,-52,0,20\n"
    )
    lines = read_joint_lines(path)
    np.testing.assert_allclose(lines[Side.LEFT][0], [[50, 0, 0], [52, 0, 20]])


def test_a_joint_left_out_is_named(tmp_path: Path) -> None:
    path = tmp_path / "joints.csv"
    path.write_text("side,line,x,y,z\nleft,1,50,0,0\nleft,1,52,0,20\n")
    with pytest.raises(UnreadableInput, match="right joint"):
        read_joint_lines(path)


@pytest.mark.filterwarnings("ignore")  # the scanner wrote values that pydicom warns about
def test_dicom_seg_lands_on_the_voxels_it_was_drawn_on(real_data: Path, tmp_path: Path) -> None:
    folder = real_data / "sij_dicom" / "STIR"
    images = [pydicom.dcmread(f, force=True) for f in sorted(folder.iterdir())]
    scan = read_volume(folder)
    sources = sorted(images, key=lambda d: float(d.ImagePositionPatient[1]))
    drawn = np.zeros(scan.geometry.shape, dtype=np.uint8)
    drawn[3:9, 100:150, 60:90], drawn[3:9, 100:150, 95:160] = 1, 2
    drawn[3:9, 100:150, 165:200] = 3
    code = highdicom.sr.CodedConcept("T-D0146", "SRT", "Spinal cord")
    described = [
        highdicom.seg.SegmentDescription(
            segment_number=n,
            segment_label=label,
            segmented_property_category=code,
            segmented_property_type=code,
            algorithm_type=highdicom.seg.SegmentAlgorithmTypeValues.MANUAL,
        )
        for n, label in enumerate(("Right ilium", "Sacrum", "Left ilium"), start=1)
    ]
    written = highdicom.seg.Segmentation(
        source_images=sources,
        pixel_array=drawn,
        segmentation_type=highdicom.seg.SegmentationTypeValues.BINARY,
        segment_descriptions=described,
        series_instance_uid=highdicom.UID(),
        series_number=9,
        sop_instance_uid=highdicom.UID(),
        instance_number=1,
        manufacturer="test",
        manufacturer_model_name="test",
        software_versions="1",
        device_serial_number="1",
    )
    written.save_as(tmp_path / "seg.dcm")
    found = read_labels(tmp_path / "seg.dcm", scan.geometry, what="bone map")
    expected = np.array([0, BoneLabel.RIGHT_ILIUM, BoneLabel.SACRUM, BoneLabel.LEFT_ILIUM])[drawn]
    np.testing.assert_array_equal(found, expected)
