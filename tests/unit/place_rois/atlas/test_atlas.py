"""An atlas of one's own: scans of other people, warped onto a volume, say where its bones are."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from box_pelvis import SHAPE
from drawn_atlas import GEOMETRY, LARGE, MEASURED, SMALL, bad_atlas, person, write
from numpy.typing import NDArray

from mri_bme.batch.discover import find_input
from mri_bme.batch.inputs import stamped_inputs
from mri_bme.cli import main
from mri_bme.place_rois import automatic, place_rois
from mri_bme.place_rois.atlas import AtlasEvidence, atlas_bones, judge
from mri_bme.sacroiliac import BoneLabel
from mri_bme.settings import RoiSettings, Settings
from mri_bme.volume import Volume


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


def test_a_run_with_a_bad_atlas_does_not_begin(tmp_path: Path) -> None:
    folder = bad_atlas(tmp_path / "atlas", "no bones")
    write(tmp_path / "stir.nii.gz", person(1.0, 0.0).volume.voxels)
    (tmp_path / "m.csv").write_text("subject,visit,path\n01,baseline,stir.nii.gz\n")
    run = ["run", tmp_path, tmp_path / "out", "--manifest", tmp_path / "m.csv", "--atlas", folder]
    with pytest.raises(SystemExit) as ended:
        main([str(word) for word in run])
    assert ended.value.code == 2
    assert not (tmp_path / "out").exists()


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
