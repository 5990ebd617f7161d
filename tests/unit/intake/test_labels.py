"""Bones and joints from other tools: formats, names, and joints drawn as lines."""

from pathlib import Path

import highdicom
import numpy as np
import pydicom
import pytest
import SimpleITK as sitk  # noqa: N813
from box_pelvis import (
    SHAPE,
    box_pelvis,
    semicoronal_geometry,
)
from numpy.typing import NDArray

from mri_bme.errors import UnreadableInput
from mri_bme.intake.labels import bone_of_name, read_labels
from mri_bme.intake.source import read_volume
from mri_bme.sacroiliac import BoneLabel
from mri_bme.volume import VolumeGeometry


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
