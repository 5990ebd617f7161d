"""Find out what results were made with: at the time, and later from what a run left."""

import csv
import json
from functools import cache
from pathlib import Path

from mri_bme.batch.code_version import PACKAGE
from mri_bme.batch.resolve import read_settings
from mri_bme.errors import InvalidSettings
from mri_bme.files import file_sha256
from mri_bme.record.made_with import (
    BONE_NETWORK,
    CHANGED_SETTINGS,
    EDEMA_JUDGE,
    NONE_CHANGED,
    SHOWN_DIGITS,
    MadeWith,
)
from mri_bme.record.subject import Facts
from mri_bme.settings import Settings

PROVENANCE_NAME = "provenance.json"
NETWORKS = {
    BONE_NETWORK: PACKAGE / "place_rois" / "bones.onnx",
    EDEMA_JUDGE: PACKAGE / "segment_edema" / "edema.onnx",
}


@cache
def _sha256(path: Path) -> str:
    return file_sha256(path)


def networks_sha256(settings: Settings) -> dict[str, str]:
    """Hash the networks that a run with these settings may ask."""
    used = {
        BONE_NETWORK: "automatic" in settings.rois.sources,
        EDEMA_JUDGE: settings.segment.judge == "network",
    }
    return {name: _sha256(path) for name, path in NETWORKS.items() if used[name]}


def changed_settings(settings: Settings) -> tuple[str, ...]:
    """Name the settings that differ from the defaults, with both values."""
    now, default = settings.model_dump(mode="json"), Settings().model_dump(mode="json")
    return tuple(
        f"{section}.{name} = {value} (default {default[section][name]})"
        for section, values in now.items()
        for name, value in values.items()
        if value != default[section][name]
    )


def made_with_facts(settings: Settings) -> Facts:
    """Say on the page of a subject, and for its methods paragraph, what measures with it."""
    networks = ((name, sha256[:SHOWN_DIGITS]) for name, sha256 in networks_sha256(settings).items())
    return (*networks, (CHANGED_SETTINGS, ", ".join(changed_settings(settings)) or NONE_CHANGED))


def read_made_with(out: Path) -> MadeWith | None:
    """Tell what a folder of results was made with; None where a run left no provenance.

    What was not recorded is left out: a network of today need not be that of the results.
    """
    try:
        provenance = json.loads((out / PROVENANCE_NAME).read_bytes())
        version = str(provenance["versions"]["mri_bme"])
        networks = {str(k): str(v) for k, v in provenance.get("networks", {}).items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    try:
        settings = read_settings(out)
    except InvalidSettings:  # of another version, whose names are not known here
        settings = None
    return MadeWith(
        version=version,
        networks=networks,
        changed=None if settings is None else changed_settings(settings),
        read_by=_read_by(out / "visits.csv"),
    )


def _read_by(visits: Path) -> tuple[str, ...]:
    if not visits.is_file():
        return ()
    with visits.open(newline="", encoding="utf-8") as stream:
        return tuple(sorted({row.get("read_by") or "" for row in csv.DictReader(stream)} - {""}))
