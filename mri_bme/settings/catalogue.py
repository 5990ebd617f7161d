"""Every setting by name: what it does, its default and what it may be."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mri_bme.errors import InvalidSettings
from mri_bme.nearest import did_you_mean, nearest_names
from mri_bme.settings.section import Section


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingEntry:
    """One setting.

    Parameters
    ----------
    section, name : str
        Together ``section.name``, as in TOML and ``--set``.
    default : Any
        Plain values, as JSON would hold them.
    limits : str
        What is allowed, in words such as ``>= 0, <= 1``; empty where the type says all.
    description : str
        What it does and its unit, in one line.
    """

    section: str
    name: str
    default: Any
    limits: str
    description: str

    @property
    def path(self) -> str:
        """``section.name``."""
        return f"{self.section}.{self.name}"

    @property
    def default_text(self) -> str:
        """The default as TOML has it (but for tables, which JSON's braces stand for)."""
        return json.dumps(self.default)


LIMIT_SIGNS = {
    "minimum": ">=",
    "exclusiveMinimum": ">",
    "maximum": "<=",
    "exclusiveMaximum": "<",
    "minItems": "at least this many:",
}


def list_settings(settings: type[Section]) -> tuple[SettingEntry, ...]:
    """List every setting of a model whose fields are sections, in their order."""
    return tuple(
        entry
        for section, field in settings.model_fields.items()
        if isinstance(field.default, Section)
        for entry in _entries(section, field.default)
    )


def _entries(section: str, defaults: Section) -> Iterator[SettingEntry]:
    values = defaults.model_dump(mode="json")
    for name, schema in type(defaults).model_json_schema()["properties"].items():
        yield SettingEntry(
            section=section,
            name=name,
            default=values[name],
            limits=_limits(schema),
            description=schema["description"],
        )


def _limits(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return "one of " + ", ".join(map(str, schema["enum"]))
    return ", ".join(
        f"{sign} {schema[key]:g}" for key, sign in LIMIT_SIGNS.items() if key in schema
    )


def find_settings(entries: tuple[SettingEntry, ...], name: str) -> tuple[SettingEntry, ...]:
    """Find a setting by ``section.name``, a section by its name, or names that agree.

    Raises
    ------
    InvalidSettings
        If nothing is called so; the message names what comes near.
    """
    found = tuple(e for e in entries if name in (e.path, e.name, e.section))
    if found:
        return found
    raise InvalidSettings(f"there is no setting or section {name!r}; {nearest(entries, name)}")


def nearest(entries: tuple[SettingEntry, ...], name: str) -> str:
    """Advise which settings or sections are called almost like `name`.

    Of a path, the name counts by itself: a section that is right makes every setting of it alike.
    """
    sections = {e.section for e in entries}
    section, dot, own = name.partition(".")
    if not dot:
        known = sections | {e.name for e in entries}
        return did_you_mean(name, known, otherwise="`mri-bme settings` lists all")
    if section not in sections:
        return did_you_mean(
            name, {e.path for e in entries}, otherwise="`mri-bme settings` lists all"
        )
    inside = {e.name: e.path for e in entries if e.section == section}
    elsewhere = {e.name: e.path for e in entries if e.section != section}
    return _paths_like(own, inside) or _paths_like(
        own, elsewhere, otherwise=f"`mri-bme settings {section}` lists those it has"
    )


def _paths_like(name: str, paths: Mapping[str, str], *, otherwise: str = "") -> str:
    """Advise which of some settings, by their names alone, come near; with their paths."""
    near = [paths[one] for one in nearest_names(name, paths)]
    return f"did you mean {' or '.join(near)}?" if near else otherwise


def settings_toml(entries: tuple[SettingEntry, ...]) -> str:
    """Write settings as TOML with their defaults, each below what it does; ready to edit."""
    lines: list[str] = []
    section = ""
    for entry in entries:
        if entry.section != section:
            section = entry.section
            lines += ["", f"[{section}]"] if lines else [f"[{section}]"]
        limits = f" ({entry.limits})" if entry.limits else ""
        text = "{}" if entry.default == {} else entry.default_text
        lines += [f"# {entry.description}{limits}", f"{entry.name} = {text}"]
    return "\n".join(lines) + "\n"


def settings_markdown(entries: tuple[SettingEntry, ...]) -> str:
    """Write settings as Markdown, one table per section."""
    lines = [
        "# Settings",
        "",
        "Made by `mri-bme settings --markdown`; edit the code, not this page.",
    ]
    section = ""
    for entry in entries:
        if entry.section != section:
            section = entry.section
            head = ["| Setting | Default | Allowed | What it does |", "| --- | --- | --- | --- |"]
            lines += ["", f"## {section}", "", *head]
        cells = (f"`{entry.name}`", f"`{entry.default_text}`", entry.limits, entry.description)
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"
