"""One entry makes a source of ROIs known to settings, manifest, command, batch and report."""

import json
from importlib import import_module, reload
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from box_pelvis import box_pelvis, semicoronal_geometry
from typer.testing import CliRunner

from mri_bme import roi_sources
from mri_bme.batch.discover import units_of_manifest
from mri_bme.batch.inputs import VisitUnit
from mri_bme.batch.read import read_visit
from mri_bme.errors import InvalidSettings, RoiNotFound
from mri_bme.export.nifti import dicom_storage_geometry, write_nifti
from mri_bme.intake.manifest import read_manifest
from mri_bme.measurement_error import roi_edge_mm
from mri_bme.pipeline import SubjectResult, analyze_subject
from mri_bme.place_rois import place_rois
from mri_bme.place_rois.sources import FoundBones, Scene
from mri_bme.record.roi_facts import roi_facts
from mri_bme.roi_sources import (
    ROI_SOURCES,
    Given,
    GivenForm,
    RoiSource,
    carried_from_visit,
    source_named,
    source_names,
    source_words,
)
from mri_bme.sacroiliac import PlacedBy
from mri_bme.settings import AppearanceSettings, RoiSettings, Settings
from mri_bme.volume import Volume

GEOMETRY = semicoronal_geometry()
BONES = box_pelvis(GEOMETRY)
VOLUME = Volume(geometry=GEOMETRY, voxels=np.where(BONES > 0, 2.0, 1.0))


def find_mirrored(scene: Scene, given: Any) -> FoundBones:
    """A toy: bones that are given upside down in their numbers."""
    if scene.volume.geometry.shape != given.shape:
        raise RoiNotFound("the toy does not fit")
    labels = np.where(given > 0, 10 - given, 0).astype(np.uint8)
    return FoundBones(labels=labels, source="toy", confidence=0.7)


TOY = RoiSource(
    name="toy",
    placed_by=PlacedBy.OTHER_METHOD,
    words="played with",
    finder=find_mirrored,
    given=Given(
        role="toybox", form=GivenForm.LABELS, what="the toy box", description="A box of toys."
    ),
)


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> RoiSource:
    monkeypatch.setattr(roi_sources, "ROI_SOURCES", (TOY, *ROI_SOURCES))
    return TOY


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    stored = dicom_storage_geometry(GEOMETRY)
    write_nifti(tmp_path / "stir.nii.gz", VOLUME.voxels, GEOMETRY, stored=stored)
    turned = np.where(BONES > 0, 10 - BONES, 0).astype(np.uint8)
    write_nifti(tmp_path / "box.nii.gz", turned, GEOMETRY, stored=stored)
    path = tmp_path / "visits.csv"
    path.write_text("subject,visit,path,toybox\na,baseline,stir.nii.gz,box.nii.gz\n")
    return path


def measured(manifest: Path, settings: Settings) -> SubjectResult:
    (subject,) = units_of_manifest(read_manifest(manifest))
    visit: VisitUnit
    (visit,) = subject.visits
    assert ("toybox", "box.nii.gz") in [
        (role, source.path.name) for role, source in visit.sources if source.path
    ]
    even = AppearanceSettings(when_impossible="flag")  # boxes of even marrow are no scan
    settings = settings.model_copy(update={"appearance": even})
    return analyze_subject([read_visit(visit, settings).visit], settings=settings)


def test_a_new_entry_is_a_column_of_the_manifest_and_places_the_rois_of_a_run(
    toy: RoiSource, manifest: Path
) -> None:
    rois = measured(manifest, Settings(rois=RoiSettings())).visits[0].rois
    assert rois is not None
    assert (rois.source, rois.placed_by, rois.confidence) == ("toy", PlacedBy.OTHER_METHOD, 0.7)
    assert roi_facts(rois)["tried"] == [{"source": "toy", "confidence": 0.7, "reason": ""}]
    np.testing.assert_array_equal(rois.quadrants, place_rois(VOLUME, bones=BONES).quadrants)


def test_a_new_entry_is_an_option_of_the_command(toy: RoiSource, manifest: Path) -> None:
    command = import_module("mri_bme.cli.rois")
    app = typer.Typer()
    app.command()(reload(command).rois)  # as if the entry had always been there
    folder = manifest.parent
    given = [str(folder / "stir.nii.gz"), "--toybox", str(folder / "box.nii.gz")]
    asked = [*given, "--out", str(folder / "rois.nii.gz"), "--set", 'rois.sources=["toy"]']
    assert CliRunner().invoke(app, asked).exit_code == 0
    told = json.loads((folder / "rois.json").read_text())
    assert (told["source"], told["placed_by"]) == ("toy", "other method")


def test_a_new_entry_can_be_left_out_by_the_settings(toy: RoiSource, manifest: Path) -> None:
    assert RoiSettings().sources[0] == "toy"
    settings = Settings(rois=RoiSettings(sources=("bones",)))
    visit = measured(manifest, settings).visits[0]
    assert visit.rois is None
    assert "no source of ROIs is left" in visit.reason


def test_a_new_entry_is_told_to_readers_and_widens_the_edge(toy: RoiSource) -> None:
    assert source_words("toy") == "played with"
    carried = source_words(carried_from_visit("toy"))
    assert carried == "carried over from the other visit, there played with"
    assert toy.placed_by is not None
    assert roi_edge_mm(toy.placed_by) > roi_edge_mm(PlacedBy.GIVEN)


def test_without_its_entry_a_source_is_unknown_everywhere(manifest: Path) -> None:
    with pytest.raises(InvalidSettings, match=r"unknown .* toybox; the columns are .*bones"):
        read_manifest(manifest)
    with pytest.raises(ValueError, match="no source of ROIs 'toy'; choose from manual, "):
        RoiSettings(sources=("toy",))


@pytest.mark.parametrize("source", ROI_SOURCES, ids=source_names())
def test_every_entry_can_be_called_and_told(source: RoiSource) -> None:
    if isinstance(source.finder, str):
        module, _, name = source.finder.partition(":")
        assert callable(getattr(import_module(module), name))
    assert source_named(source.name) is source
    assert source_words(source.label) == source.words
    assert (source.finder is None) == (source.name == roi_sources.OTHER_VISIT)


def test_names_and_roles_are_told_apart() -> None:
    roles = [source.given.role for source in ROI_SOURCES if source.given]
    assert len({*roles}) == len(roles)
    assert len({*source_names()}) == len(ROI_SOURCES)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("marrow mask", "from a marrow mask that was given, split along the joint"),
        ("other visit (automatic)", "carried over from the other visit, there found automatically"),
        ("joint lines", "beside joints that were drawn as lines"),
        ("", "not recorded"),
        ("guessed elsewhere", "guessed elsewhere"),
    ],
)
def test_readers_are_told_how_rois_were_obtained(source: str, words: str) -> None:
    assert source_words(source) == words


def test_rois_that_move_on_keep_what_they_came_from() -> None:
    once = carried_from_visit("bones")
    assert carried_from_visit(once) == once == "other visit (bones)"
