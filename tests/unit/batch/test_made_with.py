"""Networks are named by the hash of what was used, and only where they were."""

import json
from pathlib import Path

from mri_bme.batch.made_with import (
    NETWORKS,
    changed_settings,
    made_with_facts,
    networks_sha256,
    read_made_with,
)
from mri_bme.batch.resolve import write_settings
from mri_bme.files import file_sha256
from mri_bme.record.made_with import BONE_NETWORK, CHANGED_SETTINGS, EDEMA_JUDGE
from mri_bme.settings import Settings

RULES = Settings.model_validate({"segment": {"judge": "rules"}})
MANUAL = Settings.model_validate({"rois": {"sources": ["manual"]}})


def test_a_network_that_cannot_be_asked_is_not_named() -> None:
    both = networks_sha256(Settings())
    assert both == {name: file_sha256(path) for name, path in NETWORKS.items()}
    assert set(networks_sha256(RULES)) == {BONE_NETWORK}
    assert set(networks_sha256(MANUAL)) == {EDEMA_JUDGE}


def test_settings_other_than_the_defaults_are_named_with_both_values() -> None:
    assert changed_settings(Settings()) == ()
    assert changed_settings(RULES) == ("segment.judge = rules (default network)",)
    assert dict(made_with_facts(RULES))[CHANGED_SETTINGS] == changed_settings(RULES)[0]


def test_what_was_recorded_then_counts_and_not_what_is_installed_now(tmp_path: Path) -> None:
    assert read_made_with(tmp_path) is None
    told = {"versions": {"mri_bme": "0.1+old"}, "networks": {EDEMA_JUDGE: "cafe"}}
    (tmp_path / "provenance.json").write_text(json.dumps(told))
    (tmp_path / "visits.csv").write_text("subject,read_by\n1,R1\n2,auto\n3,R1\n")
    made = read_made_with(tmp_path)
    assert made is not None
    assert (made.version, made.networks) == ("0.1+old", {EDEMA_JUDGE: "cafe"})
    assert made.changed is None
    assert made.read_by == ("R1", "auto")
    write_settings(tmp_path, RULES)
    assert read_made_with(tmp_path).changed == changed_settings(RULES)
