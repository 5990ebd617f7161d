"""``mri-bme settings``: every number that changes a result."""

import sys
from typing import Annotated

import typer

from mri_bme.errors import InvalidSettings
from mri_bme.settings import Settings
from mri_bme.settings.catalogue import (
    SettingEntry,
    find_settings,
    list_settings,
    settings_markdown,
    settings_toml,
)


def settings(
    name: Annotated[
        str | None, typer.Argument(help="A setting (`segment.n_sd`, `n_sd`) or a section.")
    ] = None,
    toml: Annotated[
        bool, typer.Option("--toml", help="Print a commented TOML file for `--config`.")
    ] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print the documentation.")] = False,
) -> None:
    """Show every setting with its default and what it does."""
    if toml and markdown:
        raise InvalidSettings("--toml and --markdown are two formats; give one of them")
    entries = list_settings(Settings)
    chosen = entries if name is None else find_settings(entries, name)
    write = settings_toml if toml else settings_markdown if markdown else _as_text
    sys.stdout.write(write(chosen))


def _as_text(entries: tuple[SettingEntry, ...]) -> str:
    lines = []
    for entry in entries:
        limits = f"  ({entry.limits})" if entry.limits else ""
        lines += [f"{entry.path} = {entry.default_text}{limits}", f"    {entry.description}"]
    return "\n".join(lines) + "\n"
