"""The workflow of a public forge is valid, and runs what the package says it supports."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WORKFLOW = ROOT / ".github" / "workflows" / "gate.yml"


def test_the_workflow_is_valid() -> None:
    pytest.importorskip("check_jsonschema")
    schema = ("--builtin-schema", "vendor.github-workflows")
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", *schema, str(WORKFLOW)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_gate_runs_on_every_python_that_is_promised_and_on_three_systems() -> None:
    yaml = pytest.importorskip("yaml")
    jobs = yaml.safe_load(WORKFLOW.read_text("utf-8"))["jobs"]
    promised = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["classifiers"]
    versions = {v for one in promised for v in re.findall(r"Python :: (3\.\d+)$", one)}
    assert set(jobs["gate"]["strategy"]["matrix"]["python"]) == versions
    assert {"run": "bash .ci/run"} in jobs["gate"]["steps"]
    assert {"macos-latest", "windows-latest"} <= set(
        jobs["elsewhere"]["strategy"]["matrix"]["system"]
    )
    assert set(jobs["release"]["needs"]) == {"gate", "elsewhere"}
    assert "secrets." not in json.dumps(jobs)


def test_the_extra_of_a_release_brings_what_it_is_built_with() -> None:
    """The build is not isolated, so that two of them use the same tools."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    extra = project["project"]["optional-dependencies"]["release"]
    brought = {re.split(r"[^\w-]", one)[0] for one in extra}
    assert set(project["build-system"]["requires"]) <= brought
