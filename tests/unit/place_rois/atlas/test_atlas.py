"""An atlas of one's own: scans of other people, warped onto a volume, say where its bones are."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from box_pelvis import SHAPE, semicoronal_geometry
from numpy.typing import NDArray

from mri_bme.batch.discover import find_input
from mri_bme.batch.inputs import stamped_inputs
from mri_bme.cli import main
from mri_bme.errors import InvalidSettings
from mri_bme.export.nifti import dicom_storage_geometry, write_nifti
from mri_bme.intake.atlas import read_atlas
from mri_bme.intake.nifti import read_nifti_labels
from mri_bme.place_rois import automatic, place_rois
from mri_bme.place_rois.atlas import AtlasEvidence, atlas_bones, judge
from mri_bme.sacroiliac import AnnotatedScan, BoneLabel
from mri_bme.settings import RoiSettings, Settings
from mri_bme.volume import Volume, VolumeGeometry

GEOMETRY = semicoronal_geometry()
STORED = dicom_storage_geometry(GEOMETRY)
MEASURED = (BoneLabel.SACRUM, BoneLabel.LEFT_ILIUM, BoneLabel.RIGHT_ILIUM)
SMALL, LARGE = (0.93, -4.0), (1.15, 10.0)  # size, and height on the table in mm


def person(size: float, shift_mm: float, *, gain: float = 1.0, seed: int = 0) -> AnnotatedScan:
    """A pelvis that narrows downward, dark at its joints, between muscles."""
    depth, row, column = np.indices(SHAPE, dtype=np.float64)
    height = (40 - row - shift_mm) / size  # up from the middle
    x = (column - 99.5) / size
    back = (depth - 4.5) * 4 / size
    joint = 45 + 0.35 * height - 0.25 * back
    bones = np.zeros(SHAPE, dtype=np.uint8)
    bones[np.abs(x) < joint - 1.5] = BoneLabel.SACRUM
    far = joint + 28 + 0.3 * height
    bones[(x > joint + 1.5) & (x < far)] = BoneLabel.LEFT_ILIUM
    bones[(-x > joint + 1.5) & (-x < far)] = BoneLabel.RIGHT_ILIUM
    bones[np.abs(height) > 28] = 0
    voxels = np.where(bones > 0, 100.0, 45.0)
    voxels[(np.abs(np.abs(x) - joint) < 1.6) & (np.abs(height) < 28)] = 15
    voxels[(np.abs(x) < 12) & (np.abs(height) < 8)] = 160  # a canal
    voxels += np.random.default_rng(seed).normal(0, 6, SHAPE)
    volume = Volume(geometry=GEOMETRY, voxels=voxels * gain)
    return AnnotatedScan(name=f"p{seed}", volume=volume, bones=bones)


def dice(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> float:
    return 2 * np.count_nonzero(a & b) / (np.count_nonzero(a) + np.count_nonzero(b))


def test_annotated_scans_of_others_give_the_bones_of_a_person_of_another_size() -> None:
    atlas = (person(*SMALL, gain=7.0, seed=1), person(*LARGE, seed=2))
    patient = person(1.02, 1.0, gain=0.3, seed=3)
    labels, confidence, _ = atlas_bones(patient.volume, None, atlas, RoiSettings())
    for bone in MEASURED:
        assert dice(labels == bone, patient.bones == bone) > 0.9, bone.name
    ilium = BoneLabel.LEFT_ILIUM
    assert dice(atlas[1].bones == ilium, patient.bones == ilium) < 0.8  # it did have to move
    assert confidence > 0.8


def test_a_volume_that_the_atlas_does_not_fit_goes_to_the_next_source(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def automatic_bones(*_: Any) -> tuple[NDArray[np.uint8], float, tuple[str, ...]]:
        return person(1.0, 0.0).bones, 0.7, ()

    monkeypatch.setattr(automatic, "automatic_bones", automatic_bones)
    noise = np.random.default_rng(0).rayleigh(50, SHAPE)
    rois = place_rois(Volume(geometry=GEOMETRY, voxels=noise), atlas=(person(*SMALL),))
    assert rois.source == "automatic"
    assert rois.attempts[0].source == "atlas"
    assert "does not fit" in rois.attempts[0].reason


@pytest.mark.parametrize(
    ("evidence", "confidence"), [((3, 0.9, 0.95), 1), ((3, 0.9, 0.1), 0), ((1, 0.9, 1.0), 1)]
)
def test_confidence_is_agreement_and_similarity(
    evidence: tuple[int, float, float], confidence: float
) -> None:
    n_scans, similarity, agreement = evidence
    found, doubts = judge(
        AtlasEvidence(n_scans=n_scans, similarity=similarity, agreement=agreement), RoiSettings()
    )
    assert found == confidence
    assert bool(doubts) == (confidence < 1)


def write(path: Path, voxels: NDArray[Any]) -> None:
    write_nifti(path, voxels, GEOMETRY, stored=STORED)


@pytest.mark.parametrize("flat", [False, True])
def test_an_atlas_is_read_once_from_folders_or_flat_files(tmp_path: Path, flat: bool) -> None:
    scan = person(*SMALL)
    join = "_" if flat else "/"
    write(tmp_path / f"A{join}volume.nii.gz", scan.volume.voxels)
    write(tmp_path / f"A{join}bones.nii.gz", scan.bones)
    write(tmp_path / f"B{join}stir.nii.gz", scan.volume.voxels)
    write(tmp_path / f"B{join}t1w.nii.gz", scan.volume.voxels)
    one_mask = (scan.bones > 0).astype(np.uint8)
    write(tmp_path / f"B{join}bones.nii.gz", one_mask if flat else scan.bones)
    (tmp_path / "notes.txt").write_text("drawn in May")
    first, second = read_atlas(tmp_path, settings=RoiSettings())
    assert (first.name, second.name) == ("A", "B")
    np.testing.assert_array_equal(first.bones, scan.bones)
    assert second.t1 is not None
    assert set(np.unique(second.bones)) >= {0, *MEASURED}
    assert read_atlas(tmp_path, settings=RoiSettings())[0] is first
    write(tmp_path / f"A{join}bones.nii.gz", scan.bones[:, ::-1])
    assert read_atlas(tmp_path, settings=RoiSettings())[0] is not first


def bad_atlas(folder: Path, fault: str) -> Path:
    scan = person(*SMALL)
    bones = {
        "one side": np.where(scan.bones == BoneLabel.LEFT_ILIUM, 0, scan.bones),
        "empty map": np.zeros(SHAPE, np.uint8),
    }.get(fault, scan.bones)
    if fault == "empty folder":
        folder.mkdir()
    if fault not in ("empty folder", "no folder", "no volume"):
        write(folder / "A" / "volume.nii.gz", scan.volume.voxels)
    if fault == "twice":
        write(folder / "A" / "stir.nii.gz", scan.volume.voxels)
    if fault == "other grid":
        moved = np.array(GEOMETRY.lps_from_index)
        moved[:3, 3] += 30
        other = VolumeGeometry(shape=SHAPE, lps_from_index=moved)
        stored = dicom_storage_geometry(other)
        write_nifti(folder / "A" / "bones.nii.gz", bones, other, stored=stored)
    elif fault not in ("empty folder", "no folder", "no bones"):
        write(folder / "A" / "bones.nii.gz", bones)
    return folder


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("no folder", "no atlas folder"),
        ("empty folder", r"no annotated scan: each annotated scan is a folder"),
        ("no bones", "scan A of the atlas has no bones"),
        ("no volume", "scan A of the atlas has no volume"),
        ("one side", "no left ilium"),
        ("empty map", "bone map is empty"),
        ("other grid", "scan A of the atlas cannot be used"),
        ("twice", "two files for its volume"),
    ],
)
def test_a_bad_atlas_is_refused_with_what_is_wrong(tmp_path: Path, fault: str, words: str) -> None:
    folder = bad_atlas(tmp_path / "atlas", fault)
    with pytest.raises(InvalidSettings, match=words) as refused:
        read_atlas(folder, settings=RoiSettings())
    assert str(tmp_path) not in str(refused.value)


def test_a_run_with_a_bad_atlas_does_not_begin(tmp_path: Path) -> None:
    folder = bad_atlas(tmp_path / "atlas", "no bones")
    write(tmp_path / "stir.nii.gz", person(1.0, 0.0).volume.voxels)
    (tmp_path / "m.csv").write_text("subject,visit,path\n01,baseline,stir.nii.gz\n")
    run = ["run", tmp_path, tmp_path / "out", "--manifest", tmp_path / "m.csv", "--atlas", folder]
    with pytest.raises(SystemExit) as ended:
        main([str(word) for word in run])
    assert ended.value.code == 2
    assert not (tmp_path / "out").exists()


def test_the_command_finds_bones_by_an_atlas(tmp_path: Path) -> None:
    scan = person(*SMALL)
    write(tmp_path / "atlas" / "A" / "volume.nii.gz", scan.volume.voxels)
    write(tmp_path / "atlas" / "A" / "bones.nii.gz", scan.bones)
    patient = person(1.0, 2.0, seed=5)
    write(tmp_path / "stir.nii.gz", patient.volume.voxels)
    out = tmp_path / "rois.nii.gz"
    main_words = ["rois", tmp_path / "stir.nii.gz", "--out", out, "--atlas", tmp_path / "atlas"]
    with pytest.raises(SystemExit) as ended:
        main([str(word) for word in main_words])
    assert not ended.value.code
    facts = json.loads((tmp_path / "rois.json").read_text())
    assert (facts["source"], facts["tried"][0]["source"]) == ("atlas", "atlas")
    quadrants = read_nifti_labels(out, GEOMETRY, what="rois")
    assert np.mean(patient.bones[quadrants > 0] > 0) > 0.93


def test_a_changed_atlas_makes_a_subject_due_again(tmp_path: Path) -> None:
    scan = person(*SMALL)
    write(tmp_path / "stir.nii.gz", scan.volume.voxels)
    write(tmp_path / "atlas" / "A_volume.nii.gz", scan.volume.voxels)
    (tmp_path / "m.csv").write_text("subject,visit,path\n01,baseline,stir.nii.gz\n")

    def stamps() -> dict[str, str]:
        (unit,) = find_input(
            tmp_path,
            settings=Settings(),
            manifest=tmp_path / "m.csv",
            atlas=tmp_path / "atlas",
        ).units
        return {record.role: record.stamp for record in stamped_inputs(unit)}

    before = stamps()
    write(tmp_path / "atlas" / "A_bones.nii.gz", scan.bones)
    after = stamps()
    assert {role for role in after if before[role] != after[role]} == {"atlas"}
