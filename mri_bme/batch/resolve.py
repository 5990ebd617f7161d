"""Settings of a run: from TOML, with flags winning, and the same for every resumed run."""

import hashlib
import json
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import tomli_w
from pydantic import ValidationError

from mri_bme.errors import InvalidSettings
from mri_bme.files import read_toml, write_text
from mri_bme.settings import Settings
from mri_bme.settings.catalogue import list_settings, nearest

SETTINGS_NAME = "settings.toml"
RUN_TABLE = "run"
UNKNOWN_NAME = "extra_forbidden"  # pydantic's word for it


def read_config(path: Path | None) -> dict[str, Any]:
    """Read a TOML file; its ``[run]`` table holds defaults of flags, the rest is `Settings`.

    Raises
    ------
    InvalidSettings
        If it cannot be read or is not TOML.
    """
    if path is None:
        return {}
    return read_toml(path)


def resolve_settings(config: Mapping[str, Any], assignments: Sequence[str] = ()) -> Settings:
    """Build settings from a config, then ``section.name=value`` assignments, which win.

    Raises
    ------
    InvalidSettings
        If a name is not known or a value is outside its meaning.
    """
    merged = {name: dict(table) if isinstance(table, Mapping) else table
              for name, table in config.items() if name != RUN_TABLE}  # fmt: skip
    for assignment in assignments:
        section, name, value = _parse(assignment)
        merged.setdefault(section, {})[name] = value
    return validated_settings(merged)


def validated_settings(tables: Mapping[str, Any]) -> Settings:
    """Check tables of settings, with errors in words."""
    try:
        return Settings.model_validate(tables)
    except ValidationError as error:
        problems = "; ".join(_in_words(dict(problem)) for problem in error.errors())
        raise InvalidSettings(f"settings are not valid: {problems}") from error


def _in_words(problem: Mapping[str, Any]) -> str:
    path = ".".join(map(str, problem["loc"]))
    if problem["type"] == UNKNOWN_NAME:
        return f"there is no setting {path}; {nearest(list_settings(Settings), path)}"
    return f"{path}: {problem['msg']}"


def settings_sha256(settings: Settings) -> str:
    """Hash every setting."""
    text = json.dumps(settings.model_dump(mode="json"), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def write_settings(out: Path, settings: Settings) -> None:
    """Save the resolved settings beside the results."""
    tables = settings.model_dump(mode="json", exclude_none=True)
    write_text(out / SETTINGS_NAME, tomli_w.dumps(tables))


def read_settings(out: Path) -> Settings | None:
    """Read the settings that an output was made with; None before the first run."""
    path = out / SETTINGS_NAME
    return validated_settings(read_config(path)) if path.is_file() else None


def check_same_settings(out: Path, settings: Settings) -> None:
    """Refuse to mix results of different settings in one output.

    Raises
    ------
    InvalidSettings
        If the output was made with others; the message lists the differences.
    """
    earlier = read_settings(out)
    if earlier is None or earlier == settings:
        return
    differences = "; ".join(differing_settings(earlier, settings))
    raise InvalidSettings(
        f"this output was made with other settings ({differences}); choose another output, or "
        "--restart to do all subjects again (stages that the change does not touch are kept)"
    )


def differing_settings(
    earlier: Settings, now: Settings, *, but: frozenset[str] = frozenset()
) -> list[str]:
    """Name the settings that differ, with both values; those of sections in `but` left out."""
    before, after = (one.model_dump(mode="json", exclude=set(but)) for one in (earlier, now))
    return [
        f"{section}.{name} was {before[section][name]}, is {after[section][name]}"
        for section in before
        for name in before[section]
        if before[section][name] != after[section][name]
    ]


def _parse(assignment: str) -> tuple[str, str, Any]:
    path, equals, text = assignment.partition("=")
    section, dot, name = path.strip().partition(".")
    if not (equals and dot and section and name):
        paths = [one.path for one in list_settings(Settings) if one.name == path.strip()]
        meant = f"; did you mean {' or '.join(paths)}?" if paths else ""
        raise InvalidSettings(f"--set takes section.name=value; found {assignment}{meant}")
    try:
        return section, name, tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return section, name, text.strip()
