"""Lesions are ordered on the command line as a radiologist would name them."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mri_bme.cli import app_with
from mri_bme.cli.phantom import _plans
from mri_bme.errors import InvalidSettings


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
