"""Objects for a PACS hold before the tools that others judge them with."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import SimpleITK
from measured_visits import (
    ORIENTATIONS,
    change,
    grid,
    healthy_visit,
    identified,
    measured_visit,
    unmeasured_visit,
)
from pydicom.dataset import Dataset

from mri_bme.export.objects.measured import MeasuredVisit
from mri_bme.export.objects.segmentation import edema_seg
from mri_bme.export.objects.source_images import (
    SourceImages,
    original_images,
    pseudonymous_images,
)
from mri_bme.export.objects.visit_objects import contour_objects, copied_images, dicom_objects

KEY = b"k" * 32
PICTURE = np.random.default_rng(3).integers(0, 256, (30, 20, 3), dtype=np.uint8)
LIKELY = np.full(grid().shape, 0.4, dtype=np.float32)


def tool(name: str) -> str:
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.is_file() else shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def objects(visit: MeasuredVisit, source: SourceImages) -> Iterator[tuple[str, Dataset]]:
    yield from dicom_objects(
        visit, source, pictures=[PICTURE], pdf=b"%PDF-1.4", with_probability=True
    )
    yield from contour_objects(visit, source)
    yield from copied_images(source)


def originals(visit: MeasuredVisit) -> SourceImages:
    datasets = identified(pseudonymous_images(visit).datasets)
    return original_images(datasets, visit.volume.geometry, frames=None, key=KEY)


@pytest.mark.parametrize(
    ("visit", "is_identified"),
    [
        (measured_visit(probability=LIKELY, change=change(), read_by="R1"), False),
        (measured_visit(probability=LIKELY), True),
        (healthy_visit(), False),
        (unmeasured_visit(), False),
    ],
    ids=["measured", "identified", "healthy", "not evaluable"],
)
def test_a_validator_finds_no_error(
    visit: MeasuredVisit, is_identified: bool, tmp_path: Path
) -> None:
    dciodvfy = tool("dciodvfy")
    source = originals(visit) if is_identified else pseudonymous_images(visit)
    for name, made in objects(visit, source):
        path = tmp_path / f"{name}.dcm"
        made.save_as(path, enforce_file_format=True)
        told = subprocess.run([dciodvfy, str(path)], capture_output=True, text=True, check=False)
        errors = [line for line in told.stderr.splitlines() if line.startswith("Error")]
        assert errors == [], name
        assert "Error" not in told.stdout, name


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_dcmqi_reads_the_same_voxels_in_the_same_place(orientation: str, tmp_path: Path) -> None:
    convert = tool("segimage2itkimage")
    visit = measured_visit(grid(orientation))
    edema_seg(visit, pseudonymous_images(visit)).save_as(tmp_path / "seg.dcm")
    command = [convert, "--inputDICOM", str(tmp_path / "seg.dcm"), "-t", "nrrd"]
    subprocess.run([*command, "--outputDirectory", str(tmp_path)], check=True, capture_output=True)
    assert visit.lesion_labels is not None
    for label in (1, 2):
        read = SimpleITK.ReadImage(str(tmp_path / f"{label}.nrrd"))
        inside = np.argwhere(SimpleITK.GetArrayFromImage(read) > 0)
        found = [read.TransformIndexToPhysicalPoint([int(v) for v in p[::-1]]) for p in inside]
        expected = np.argwhere(visit.lesion_labels == label)
        assert len(found) * np.prod(read.GetSpacing()) / 1000 == pytest.approx(
            len(expected) * visit.volume.geometry.voxel_volume_ml, abs=0.001
        )
        centre = visit.volume.geometry.points_lps(expected).mean(axis=0)
        np.testing.assert_allclose(np.mean(found, axis=0), centre, atol=0.01)
