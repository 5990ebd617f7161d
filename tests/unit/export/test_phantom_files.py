"""What is written is what was scanned: geometry, tags, and no truth."""

import json
from dataclasses import replace
from pathlib import Path

import nibabel
import numpy as np
import pydicom
import pytest
import SimpleITK

from mri_bme.export.conversion import convert_index
from mri_bme.export.dicom_writer import uid_for
from mri_bme.export.phantom_files import VENDORS, write_phantom
from mri_bme.intake.dicom import index_study
from mri_bme.phantom import PhantomSubject
from mri_bme.phantom.contrast import SEQUENCES, bloch_contrast
from mri_bme.study import Contrast, Plane


@pytest.fixture(scope="module")
def subject(small_phantom: PhantomSubject) -> PhantomSubject:
    return small_phantom


@pytest.fixture(scope="module")
def written(subject: PhantomSubject, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("phantom")
    write_phantom(subject, root, vendor="siemens")
    return root


def _series(root: Path, words: str) -> list[Path]:
    return [folder for folder in sorted(root.glob("*/*/*")) if words in folder.name]


def test_dicom_read_by_simpleitk_lies_where_the_scanner_put_it(
    subject: PhantomSubject, written: Path
) -> None:
    for visit, folder in zip(subject.visits, _series(written, "tirm_cor"), strict=True):
        names = SimpleITK.ImageSeriesReader.GetGDCMSeriesFileNames(str(folder))
        image = SimpleITK.ReadImage(names)
        array = SimpleITK.GetArrayFromImage(image)
        for index in ((0, 0, 0), (3, 40, 11), (11, 71, 71)):
            point = visit.volume.geometry.points_lps(index)
            k, j, i = image.TransformPhysicalPointToIndex(point)[::-1]
            assert array[k, j, i] == visit.volume.voxels[index]
            back = image.TransformIndexToPhysicalPoint((i, j, k))
            np.testing.assert_allclose(back, point, atol=2e-3)


def test_every_lesion_lies_where_the_truth_says(
    subject: PhantomSubject, written: Path, tmp_path: Path
) -> None:
    """Bright at its LPS centre, in DICOM read by SimpleITK and in NIfTI read by nibabel."""
    truth = json.loads((written / "truth.json").read_text())
    converted = [
        row
        for row in convert_index(index_study(written), tmp_path)
        if row.series.contrast is Contrast.STIR and row.series.plane is not Plane.AXIAL
    ]
    for visit, known, folder, row in zip(
        subject.visits, truth["visits"], _series(written, "tirm_cor"), converted, strict=True
    ):
        names = SimpleITK.ImageSeriesReader.GetGDCMSeriesFileNames(str(folder))
        dicom, nifti = SimpleITK.ReadImage(names), nibabel.load(tmp_path / row.file)
        normal = (visit.quadrants > 0) & (visit.edema_fraction == 0)
        usual = float(np.median(visit.volume.voxels[normal]))
        large = [lesion for lesion in known["lesions"] if lesion["volume_ml"] > 2]
        for lesion in large:
            point = lesion["centroid_lps_mm"]
            by_sitk = float(dicom.GetPixel(dicom.TransformPhysicalPointToIndex(point)))
            ras = np.array([-point[0], -point[1], point[2], 1.0])
            index = np.rint(np.linalg.inv(nifti.affine) @ ras).astype(int)[:3]
            by_nibabel = float(np.asarray(nifti.dataobj)[tuple(index)])
            assert by_sitk == by_nibabel > 1.4 * usual
        assert len(large) == (2 if visit.day == 0 else 0)


def test_headers_of_the_two_visits_differ_in_nothing_that_tells_the_truth(written: Path) -> None:
    """Only when, where and how bright: dates, identifiers, positions, pixel statistics."""
    first, second = (
        pydicom.dcmread(sorted(folder.iterdir())[0], stop_before_pixels=True)
        for folder in _series(written, "tirm_cor")
    )
    differing = {e.keyword for e in first if e.tag not in second or second[e.tag] != e}
    assert differing <= {
        *("StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate"),
        *("SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID"),
        *("ImagePositionPatient", "ImageOrientationPatient", "SliceLocation"),
        *("SmallestImagePixelValue", "LargestImagePixelValue", "WindowCenter", "WindowWidth"),
    }
    assert {e.keyword for e in first} == {e.keyword for e in second}
    assert not [e for e in first if e.tag.is_private]


def test_every_visit_holds_localizer_t1_stir_and_axial(written: Path) -> None:
    visits = sorted(path for path in written.glob("*/*") if path.is_dir())
    assert [path.name for path in visits] == ["2024-03-04", "2024-06-10"]  # 98 days
    assert all(len(list(visit.iterdir())) == 4 for visit in visits)


def test_no_truth_reaches_the_dicom(subject: PhantomSubject, written: Path) -> None:
    """Nothing in a header says what was made, or which series is which visit's truth."""
    told = (subject.scenario, "edema", "lesion", "truth", "baseline", "week14", "scenario")
    for path in written.rglob("*"):
        if path.is_file() and path.name != "truth.json":
            text = str(pydicom.dcmread(path, stop_before_pixels=True)).lower()
            assert not [word for word in told if word in text]


@pytest.mark.parametrize("vendor", sorted(VENDORS))
def test_vendors_tag_fat_suppression_their_own_way(
    subject: PhantomSubject, tmp_path: Path, vendor: str
) -> None:
    write_phantom(subject, tmp_path, vendor=vendor, extras=False)
    folder = sorted(p for p in tmp_path.glob("*/*/*") if p.name.startswith("02"))[0]
    header = pydicom.dcmread(sorted(folder.iterdir())[0])
    assert ("InversionTime" in header) == (vendor != "ge")
    assert "FS" in header.ScanOptions or "IR" in header.ScanOptions
    assert header.ImageType[:2] == ["ORIGINAL", "PRIMARY"]
    assert header.Manufacturer == VENDORS[vendor]["scanner"]["Manufacturer"]


def test_same_seed_same_bytes(subject: PhantomSubject, written: Path, tmp_path: Path) -> None:
    write_phantom(subject, tmp_path, vendor="siemens")
    for path in written.rglob("*"):
        if path.is_file():
            assert path.read_bytes() == (tmp_path / path.relative_to(written)).read_bytes()


def test_truth_json_names_every_region(subject: PhantomSubject, written: Path) -> None:
    truth = json.loads((written / "truth.json").read_text())
    first = truth["visits"][0]
    assert first["visit"] == "baseline"
    assert first["edema_ml"]["total"] == pytest.approx(
        subject.baseline.region_ml("total"), abs=1e-3
    )
    assert len(truth["followup_from_baseline"]) == 4


def test_uids_fit_dicom() -> None:
    uid = uid_for("x" * 200)
    assert uid.is_valid
    assert uid_for("a") != uid_for("b")


TOLD = {
    "stir 3 T": Contrast.STIR,
    "spair 1.5 T": Contrast.T2_FS,
    "dixon 3 T": Contrast.DIXON_WATER,
}


@pytest.mark.parametrize("name", TOLD)
def test_a_header_says_which_sequence_the_brightness_is_of(
    subject: PhantomSubject, tmp_path: Path, name: str
) -> None:
    used = SEQUENCES[name]
    anatomy = replace(subject.anatomy, contrast=bloch_contrast(used))
    write_phantom(replace(subject, anatomy=anatomy), tmp_path, vendor="siemens")
    assert json.loads((tmp_path / "truth.json").read_text())["sequence"]["te_ms"] == used.te_ms
    for series in index_study(tmp_path).subjects[0].visits[0].series:
        if series.contrast is Contrast.LOCALIZER:
            continue
        assert series.field_tesla == used.field_tesla
        assert (series.contrast is Contrast.T1) == (series.echo_time_ms == 11)
        if series.contrast is not Contrast.T1:
            assert series.contrast is TOLD[name]
            assert (series.inversion_time_ms or 0) == used.ti_ms
            assert (series.repetition_time_ms, series.echo_time_ms) == (used.tr_ms, used.te_ms)
