"""Lesions are ordered on the command line as a radiologist would name them."""

import json
from pathlib import Path

import pytest
from bone_surfaces import bone_surfaces, write_surfaces
from typer.testing import CliRunner

from mri_bme.cli import app_with
from mri_bme.cli import phantom as module
from mri_bme.cli.phantom import ContrastSource, _contrast, _plans
from mri_bme.errors import InvalidSettings
from mri_bme.export.phantom_cohort import PhantomOrder
from mri_bme.phantom.contrast import ASSIGNED, SequenceKind
from mri_bme.phantom.given_pelvis import pelvis_of


def test_edema_is_ordered_by_quadrant_volume_depth_and_brightness(tmp_path: Path) -> None:
    arguments = ["phantom", str(tmp_path), "--seed", "3"]
    arguments += ["--lesion", "left_ilium_upper:2", "--lesion", "right_sacrum_lower:1:6:1.4"]
    outcome = CliRunner().invoke(app_with("phantom"), arguments)
    assert outcome.exit_code == 0, outcome.output
    before, after = json.loads((tmp_path / "truth.json").read_text())["visits"]
    assert before["edema_ml"]["left_ilium"] == pytest.approx(2.0, abs=0.05)
    assert before["edema_ml"]["right_sacrum_lower"] > 0.8
    assert before["lesions"][1]["peak_ratio"] == 1.4
    assert after["edema_ml"]["total"] == 0
    for wrong in ("left_ilium:2", "left_ilium_upper", "left_ilium_upper:2:8:9", "x:1"):
        with pytest.raises(
            InvalidSettings,
            match=r"a lesion is ordered as|no quadrant .* left_ilium_upper",
        ):
            _plans([wrong], seed=1)


def test_bones_that_were_given_are_dealt_to_the_subjects(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    larger = {name: (1.1 * v, faces) for name, (v, faces) in bone_surfaces().items()}
    write_surfaces(tmp_path / "bones" / "a", bone_surfaces())
    write_surfaces(tmp_path / "bones" / "b", larger)
    asked: list[PhantomOrder] = []
    monkeypatch.setattr(
        module, "write_cohort", lambda out, orders, jobs: iter(asked.extend(orders) or ())
    )
    arguments = ["phantom", str(tmp_path / "out"), "--n", "3", "--surfaces", tmp_path / "bones"]
    outcome = CliRunner().invoke(app_with("phantom"), [str(word) for word in arguments])
    assert outcome.exit_code == 0, outcome.output
    sizes = [order.pelvis.size for order in asked if order.pelvis is not None]
    usual = pelvis_of(bone_surfaces()).size
    assert sizes == pytest.approx([usual, 1.1 * usual, usual], rel=0.01)


def test_brightness_is_by_physics_when_asked_and_a_sequence_that_cannot_be_is_refused() -> None:
    nothing = {"tr_ms": None, "te_ms": None, "ti_ms": None}
    measured = _contrast(ContrastSource.MEASURED, SequenceKind.STIR, 1.5, nothing)
    assert measured is ASSIGNED
    times = nothing | {"te_ms": 75.0}
    found = _contrast(ContrastSource.BLOCH, SequenceKind.SPAIR, 3.0, times)
    assert found.sequence is not None
    assert (found.sequence.te_ms, found.sequence.field_tesla) == (75.0, 3.0)
    for source, kind, given, words in (
        (ContrastSource.MEASURED, SequenceKind.STIR, times, "need `--contrast bloch`"),
        (ContrastSource.MEASURED, SequenceKind.DIXON, nothing, "need `--contrast bloch`"),
        (ContrastSource.BLOCH, SequenceKind.T1W, nothing, "T1W is made beside"),
        (ContrastSource.BLOCH, SequenceKind.DIXON, nothing | {"ti_ms": 200.0}, "inversion time"),
    ):
        with pytest.raises(InvalidSettings, match=words):
            _contrast(source, kind, 1.5, given)


def test_a_truth_that_was_edited_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def write_cohort(out: Path, orders: list[PhantomOrder], *, jobs: int) -> list[str]:
        (out / "truth.json").write_text('{\n  "subject": "as made"}')
        return [f"{len(orders)} made by {jobs}"]

    monkeypatch.setattr(module, "write_cohort", write_cohort)
    runner = CliRunner()
    assert runner.invoke(app_with("phantom"), ["phantom", str(tmp_path)]).exit_code == 0
    (tmp_path / "truth.json").write_text('{\n  "subject": "mine"}')
    assert runner.invoke(app_with("phantom"), ["phantom", str(tmp_path)]).exit_code == 0
    assert "mine" in (tmp_path / "truth.json.changed").read_text()
    assert "as made" in (tmp_path / "truth.json").read_text()
