"""Sources of ROIs are tried in the order of the settings; what failed is said."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from box_pelvis import JOINT_MM, SHAPE, box_pelvis, semicoronal_geometry
from numpy.typing import NDArray

from mri_bme.batch.resolve import resolve_settings
from mri_bme.cli import main
from mri_bme.errors import GivenRoiUnusable, InvalidSettings, RoiNotFound
from mri_bme.export.nifti import dicom_storage_geometry, write_nifti
from mri_bme.place_rois import automatic, place_rois
from mri_bme.record.cache import read_record, write_record
from mri_bme.sacroiliac import BoneLabel, RoiAttempt, SacroiliacRois, Side
from mri_bme.settings import RoiSettings
from mri_bme.volume import Volume

GEOMETRY = semicoronal_geometry()
BONES = box_pelvis(GEOMETRY)
VOLUME = Volume(geometry=GEOMETRY, voxels=np.ones(SHAPE))
NO_ILIA = np.where(BONES == BoneLabel.SACRUM, BONES, 0) + (BONES == BoneLabel.L5)
NO_ILIA[0, 0, 0] = BoneLabel.L5  # a second label, so that it is no single marrow mask


@pytest.fixture(autouse=True)
def network_that_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    def automatic_bones(*_: Any) -> tuple[NDArray[np.uint8], float, tuple[str, ...]]:
        return BONES, 0.9, ()

    monkeypatch.setattr(automatic, "automatic_bones", automatic_bones)


def drawn_quadrants() -> NDArray[np.uint8]:
    return place_rois(VOLUME, bones=BONES).quadrants


def lines() -> dict[Side, list[NDArray[np.float64]]]:
    rows = np.linspace(15, 60, 4)
    found = {}
    for side, x in ((Side.LEFT, JOINT_MM), (Side.RIGHT, -JOINT_MM)):
        column = GEOMETRY.indices_of((x, 0, 0))[2]
        found[side] = [GEOMETRY.points_lps([(d, row, column) for row in rows]) for d in (2, 7)]
    return found


@pytest.mark.parametrize(
    ("order", "source"),
    [
        (("automatic", "manual", "bones"), "automatic"),
        (("bones", "manual"), "bones"),
        (("manual", "bones"), "manual"),
        (("joint_lines", "bones"), "joint lines"),
    ],
)
def test_the_first_source_of_the_settings_wins(order: tuple[str, ...], source: str) -> None:
    settings = RoiSettings(sources=order)
    rois = place_rois(
        VOLUME, bones=BONES, quadrants=drawn_quadrants(), joint_lines=lines(), settings=settings
    )
    assert rois.source == source
    assert [attempt.source for attempt in rois.attempts] == [order[0]]


def test_what_fails_is_named_and_the_next_source_is_tried() -> None:
    rois = place_rois(VOLUME, bones=NO_ILIA, settings=RoiSettings(fall_back=True))
    assert rois.source == "automatic"
    failed, used = rois.attempts
    assert (failed.source, failed.confidence) == ("bones", None)
    assert "no left ilium" in failed.reason
    assert used == RoiAttempt(source="automatic", confidence=0.9)
    assert any("bones could not be used" in note for note in rois.notes)


@pytest.mark.parametrize(
    "given",
    [
        {"bones": NO_ILIA},
        {"bones": np.zeros(SHAPE, np.uint8)},
        {"quadrants": np.zeros(SHAPE, np.uint8)},
        {"quadrants": np.uint8(NO_ILIA > 0)},
    ],
    ids=["no ilia", "empty bones", "empty ROIs", "ROIs of one label"],
)
def test_nothing_stands_in_for_what_was_given_unless_it_may(given: dict[str, Any]) -> None:
    with pytest.raises(GivenRoiUnusable, match=r"given cannot be used.*--fall-back"):
        place_rois(VOLUME, **given)
    assert place_rois(VOLUME, **given, settings=RoiSettings(fall_back=True)).source == "automatic"


def test_when_nothing_works_every_source_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing_found(*_: Any) -> None:
        raise RoiNotFound("a knee")

    monkeypatch.setattr(automatic, "automatic_bones", nothing_found)
    with pytest.raises(RoiNotFound, match=r"bones: .*ilium.*; automatic: a knee"):
        place_rois(VOLUME, bones=NO_ILIA, settings=RoiSettings(fall_back=True))
    with pytest.raises(RoiNotFound, match="no source of ROIs is left"):
        place_rois(VOLUME, settings=RoiSettings(sources=("bones", "manual")))


def test_a_source_cannot_be_named_twice() -> None:
    with pytest.raises(ValueError, match="only once"):
        RoiSettings(sources=("bones", "bones"))


def test_the_command_takes_the_order_and_says_what_it_tried(tmp_path: Path) -> None:
    stored = dicom_storage_geometry(GEOMETRY)
    write_nifti(tmp_path / "stir.nii.gz", VOLUME.voxels, GEOMETRY, stored=stored)
    write_nifti(tmp_path / "bones.nii.gz", NO_ILIA, GEOMETRY, stored=stored)
    command = ["rois", str(tmp_path / "stir.nii.gz"), "--bones", str(tmp_path / "bones.nii.gz")]
    command += ["--out", str(tmp_path / "rois.nii.gz")]
    with pytest.raises(SystemExit) as refused:
        main(command)
    assert refused.value.code == 4
    assert not (tmp_path / "rois.json").exists()
    command.append("--fall-back")
    with pytest.raises(SystemExit):
        main(command)
    facts = json.loads((tmp_path / "rois.json").read_text())
    assert [attempt["source"] for attempt in facts["tried"]] == ["bones", "automatic"]
    assert facts["tried"][0]["confidence"] is None
    assert facts["confidence"] == facts["tried"][1]["confidence"] == 0.9
    with pytest.raises(SystemExit) as ended:
        main([*command, "--set", 'rois.sources=["bones"]'])
    assert ended.value.code == 4


def test_an_unknown_source_is_refused() -> None:
    with pytest.raises(InvalidSettings, match="sources"):
        resolve_settings({}, ['rois.sources=["guess"]'])


def test_rois_survive_being_kept_for_a_later_run(tmp_path: Path) -> None:
    rois = place_rois(VOLUME, bones=NO_ILIA, settings=RoiSettings(fall_back=True))
    write_record(tmp_path / "rois.zip", rois)
    again = read_record(tmp_path / "rois.zip")
    assert isinstance(again, SacroiliacRois)
    assert again.attempts == rois.attempts
