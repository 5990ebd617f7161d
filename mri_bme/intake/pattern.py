"""A naming rule of the user's own: which NIfTI file is whose, and from which visit."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mri_bme.errors import InvalidSettings
from mri_bme.intake.manifest import ManifestVisit, Row, visits_of_rows
from mri_bme.intake.nifti import NIFTI_SUFFIXES
from mri_bme.roi_sources import given_by_role
from mri_bme.settings import VisitSettings
from mri_bme.study import BASELINE

FIELDS = {
    "subject": r"[A-Za-z0-9][A-Za-z0-9_.+-]*?",
    "visit": r"[A-Za-z0-9][A-Za-z0-9_.+-]*?",
    "date": r"\d{4}-?\d{2}-?\d{2}",
}
"""What may stand in braces in a naming rule."""


def read_pattern(
    folder: Path, patterns: Sequence[str], settings: VisitSettings
) -> tuple[ManifestVisit, ...]:
    """Find visits by a naming rule, such as ``{subject}/{visit}/stir.nii.gz``.

    Parameters
    ----------
    folder : Path
        Where the rule starts.
    patterns : sequence of str
        One rule for the fluid-sensitive volume, and perhaps others that start with a role:
        ``t1={subject}/{visit}/t1.nii.gz``, also ``bones=``, ``rois=``, ``reference=``.
        ``{subject}``, ``{visit}`` and ``{date}`` stand for themselves, ``*`` for anything within a
        name.
    settings : VisitSettings
        Which day is week 14.

    Raises
    ------
    InvalidSettings
        If a rule has no subject, is not understood, or fits no file.
    """
    rules = [_Rule.parse(pattern) for pattern in patterns]
    rows: dict[tuple[str, str], Row] = {}
    for path in _nifti_files(folder):
        name = path.relative_to(folder).as_posix()
        for rule in rules:
            told = rule.fields(name)
            if told is None:
                continue
            key = told["subject"], told.get("visit", told.get("date", ""))
            row = rows.setdefault(key, {"subject": key[0], "visit": told.get("visit", "")})
            row["date"] = _plain_date(told.get("date", row.get("date", "")))
            if rule.role in row:
                raise InvalidSettings(
                    f"two files fit the rule for {rule.role} of one visit; make the rule narrower"
                )
            row[rule.role] = name
    chosen = [row for row in rows.values() if "path" in row]
    if not chosen:
        raise InvalidSettings(
            f"no NIfTI file of {folder.name} fits --pattern; it starts below INPUT, as in "
            "'{subject}/{visit}/stir.nii.gz'"
        )
    for row in chosen:
        if not row["visit"] and not row["date"]:
            row["visit"] = BASELINE
    numbered = list(enumerate(chosen, start=1))
    return visits_of_rows(numbered, (folder,), settings, word="file of the rule, number")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    role: str
    expression: re.Pattern[str]

    @classmethod
    def parse(cls, text: str) -> "_Rule":
        roles = {"path", "t1", "reference", *given_by_role()}
        role, separator, rest = text.partition("=")
        if not separator or role not in roles:
            role, rest = "path", text
        pieces, seen = [], set()
        for piece in re.split(r"(\{[^{}]*\}|\*)", rest):
            name = piece.strip("{}")
            if piece == "*":
                pieces.append("[^/]*")
            elif piece.startswith("{"):
                if name not in FIELDS:
                    known = ", ".join(f"{{{field}}}" for field in FIELDS)
                    raise InvalidSettings(f"--pattern knows {known} and *, not {piece}")
                pieces.append(f"(?P={name})" if name in seen else f"(?P<{name}>{FIELDS[name]})")
                seen.add(name)
            else:
                pieces.append(re.escape(piece))
        if "subject" not in seen:
            raise InvalidSettings(f"--pattern needs {{subject}}; found {rest!r}")
        return cls(role=role, expression=re.compile("".join(pieces)))

    def fields(self, name: str) -> dict[str, str] | None:
        found = self.expression.fullmatch(name)
        return None if found is None else found.groupdict()


def _nifti_files(folder: Path) -> list[Path]:
    return sorted(p for p in folder.rglob("*") if p.name.lower().endswith(NIFTI_SUFFIXES))


def _plain_date(text: str) -> str:
    return f"{text[:4]}-{text[4:6]}-{text[6:]}" if re.fullmatch(r"\d{8}", text) else text
