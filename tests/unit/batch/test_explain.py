"""The numbers of a subject are traced back to files, settings and versions."""

from pathlib import Path

import pytest

from mri_bme.batch.explain import explain
from mri_bme.batch.inputs import InputRecord
from mri_bme.batch.resolve import settings_sha256
from mri_bme.batch.status import StageRecord, SubjectStatus, write_status
from mri_bme.errors import InvalidSettings
from mri_bme.files import write_text
from mri_bme.settings import Settings
from mri_bme.settings.catalogue import list_settings, settings_toml

SHA = "0123456789abcdef" * 4
STAGES = (
    StageRecord(stage="rois", visits=("baseline",), key=SHA, remembered=True, seconds=0.0),
    StageRecord(stage="edema", visits=("baseline",), key=SHA, remembered=False, seconds=1.234),
)
ROWS = (
    {"region": "total", "visit": "baseline", "edema_ml": 8.5, "edema_ci_low_ml": 7.0,
     "edema_ci_high_ml": 10.25},
    {"region": "left", "visit": "baseline", "edema_ml": 8.0},
    {"region": "total", "visit": "week14", "edema_ml": None, "reason": "no joint"},
)  # fmt: skip


@pytest.fixture
def told(tmp_path: Path) -> Path:
    status = SubjectStatus(
        subject="A 1",
        folder="sub-A1",
        visits=("baseline", "week14"),
        unit_sha256="",
        status="not_evaluable",
        reason="no joint",
        stage="rois week14",
        code_version="0.1+abc",
        settings_sha256=settings_sha256(Settings()),
        inputs=(
            InputRecord(
                visit="baseline", role="volume", n_files=16, n_bytes=99, stamp="", sha256=SHA
            ),
        ),
        stages=STAGES,
        outputs={"report.html": SHA},
        rows={"visits": ROWS},
    )
    write_status(tmp_path, status)
    write_text(tmp_path / "settings.toml", settings_toml(list_settings(Settings)))
    return tmp_path


@pytest.mark.parametrize("name", ["A 1", "sub-A1"])
def test_a_subject_is_found_by_its_name_or_its_folder(told: Path, name: str) -> None:
    assert explain(told, name).startswith("A 1: not_evaluable at rois week14: no joint\n")


@pytest.mark.parametrize("name", ["A", "", "..", "../sub-A1"])
def test_what_is_no_subject_of_the_output_is_refused(told: Path, name: str) -> None:
    with pytest.raises(InvalidSettings, match="has no subject"):
        explain(told, name)


def test_numbers_are_those_of_the_whole_and_a_missing_one_has_its_reason(told: Path) -> None:
    text = explain(told, "A 1")
    assert "    baseline: 8.50 mL (7.00 to 10.2)\n" in text
    assert "    week14: not evaluable: no joint\n" in text
    assert "8.00 mL" not in text


def test_every_input_stage_and_file_is_named_by_its_hash(told: Path) -> None:
    lines = explain(told, "A 1").splitlines()
    short = SHA[:16]
    assert sum(short in line for line in lines) == 4
    (remembered,) = (line for line in lines if line.split()[:1] == ["rois"])
    assert remembered.endswith("remembered")
    assert any(line.endswith("computed in 1.23 s") for line in lines)
    assert any("16 file(s), 99 bytes" in line for line in lines)


def test_settings_that_changed_since_or_are_gone_are_said_to_be(told: Path) -> None:
    assert "(settings.toml)" in explain(told, "A 1")
    write_text(told / "settings.toml", "[segment]\nn_sd = 3.75\n")
    assert "(no longer those of settings.toml)" in explain(told, "A 1")
    (told / "settings.toml").unlink()
    assert "(settings.toml is gone)" in explain(told, "A 1")
