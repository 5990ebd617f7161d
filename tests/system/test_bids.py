"""Results are a BIDS derivative, by the validator of BIDS itself."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mri_bme.cli import main
from mri_bme.export.phantom_files import write_phantom
from mri_bme.phantom import PhantomSubject

IN_GATE = "MRI_BME_GATE" in os.environ
NOT_OURS_TO_KNOW = {"TOO_FEW_AUTHORS"}  # who measured is for them to say

pytestmark = pytest.mark.skipif(
    not IN_GATE and importlib.util.find_spec("bids_validator_deno") is None,
    reason="the validator is not installed (pip install bids-validator-deno)",
)


def issues_of(folder: Path) -> list[dict[str, Any]]:
    validator = Path(sys.executable).with_name("bids-validator-deno")
    done = subprocess.run(
        [str(validator), str(folder), "--json"], capture_output=True, text=True, check=False
    )
    found: list[dict[str, Any]] = json.loads(done.stdout)["issues"]["issues"]
    return found


@pytest.fixture(scope="module")
def results(small_phantom: PhantomSubject, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bids")
    write_phantom(small_phantom, folder / "in")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MRI_BME_KEY_FILE", str(folder / "key"))
        with pytest.raises(SystemExit) as ended:
            main(["run", str(folder / "in"), str(folder / "out"), "--jobs", "1", "--quiet"])
    assert ended.value.code == 0
    return folder / "out"


def test_results_are_a_valid_derivative(results: Path) -> None:
    found = [issue for issue in issues_of(results) if issue["code"] not in NOT_OURS_TO_KNOW]
    assert found == []


def test_the_validator_sees_what_is_wrong(results: Path) -> None:
    (sidecar,) = results.glob("sub-*/ses-baseline/anat/*_desc-reference_mask.json")
    before = sidecar.read_text()
    sidecar.write_text(json.dumps(json.loads(before) | {"Sources": {"volume": "ab"}}))
    try:
        assert "JSON_SCHEMA_VALIDATION_ERROR" in {issue["code"] for issue in issues_of(results)}
    finally:
        sidecar.write_text(before)
