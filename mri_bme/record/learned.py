"""The tables of `mri-bme learn`: what readers overrule, by what evidence, and other settings."""

from dataclasses import dataclass

from mri_bme.record.schema import Column, Table
from mri_bme.record.tables import Cell


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRow:
    """How often readers overruled one rule of the program, or rejected for one reason.

    `n_judged` counts what the program had decided so, `n_overruled` what readers decided
    otherwise.
    """

    what: str
    why: str
    n_judged: int | None
    n_overruled: int
    n_subjects: int
    overruled_ml: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRow:
    """One feature of lesions, between those that readers left and those that they rejected."""

    feature: str
    n_left: int
    n_rejected: int
    median_left: float
    median_rejected: float
    auc: float


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeRow:
    """Volume of one reading of one visit: of the program before, of the reader after."""

    reader: str
    subject: str
    visit: str
    program_ml: float
    reader_ml: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingRow:
    """One value of one setting, and how far the program would be from readers with it."""

    setting: str
    value: float
    in_use: bool
    mean_error_ml: float
    chosen: bool


RULES = Table[RuleRow](
    name="rules",
    holds="one row per rule of the program, or reason of readers, that was overruled",
    columns=(
        Column(
            name="what",
            meaning="`rejected`, `taken back` or `drawn`, as in overruled.csv",
            read=lambda r: r.what,
        ),
        Column(
            name="why",
            meaning="rule of the program; of what was rejected, the reader's reason",
            read=lambda r: r.why,
        ),
        Column(
            name="n_judged",
            meaning="lesions kept, or candidates dropped by this rule, in what was read",
            read=lambda r: r.n_judged,
            empty="where the program had no candidate",
        ),
        Column(
            name="n_overruled", meaning="those that readers overruled", read=lambda r: r.n_overruled
        ),
        Column(name="n_subjects", meaning="subjects with one of them", read=lambda r: r.n_subjects),
        Column(name="overruled_ml", meaning="their volume", read=lambda r: r.overruled_ml),
    ),
    order=lambda row: (-_number(row["overruled_ml"]), str(row["what"]), str(row["why"])),
)

EVIDENCE = Table[EvidenceRow](
    name="evidence",
    holds="one row per feature of the program's lesions that readers left or rejected",
    columns=(
        Column(name="feature", meaning="name of the feature", read=lambda r: r.feature),
        Column(name="n_left", meaning="lesions that readers left", read=lambda r: r.n_left),
        Column(
            name="n_rejected",
            meaning="lesions that readers rejected",
            read=lambda r: r.n_rejected,
        ),
        Column(
            name="median_left", meaning="its median in those left", read=lambda r: r.median_left
        ),
        Column(
            name="median_rejected",
            meaning="its median in those rejected",
            read=lambda r: r.median_rejected,
        ),
        Column(
            name="auc",
            meaning="chance that it is larger in a lesion left than in one rejected; 0.5 tells "
            "nothing",
            read=lambda r: r.auc,
        ),
    ),
)

VOLUMES = Table[VolumeRow](
    name="volumes",
    holds="one row per reader's signed first reading and visit",
    columns=(
        Column(name="reader", meaning="code of the reader", read=lambda r: r.reader),
        Column(name="subject", meaning="pseudonym of the subject", read=lambda r: r.subject),
        Column(name="visit", meaning="label of the visit", read=lambda r: r.visit),
        Column(
            name="program_ml",
            meaning="volume that the program found, on the anatomy as the reader has it",
            read=lambda r: r.program_ml,
        ),
        Column(name="reader_ml", meaning="volume of the reading", read=lambda r: r.reader_ml),
    ),
    order=lambda row: (str(row["reader"]), str(row["subject"]), str(row["visit"])),
)

TRIED = Table[SettingRow](
    name="settings",
    holds="one row per value of a setting that was tried",
    columns=(
        Column(name="setting", meaning="name of the setting", read=lambda r: r.setting),
        Column(name="value", meaning="its value", read=lambda r: r.value),
        Column(name="in_use", meaning="`true` for the value in use", read=lambda r: r.in_use),
        Column(
            name="mean_error_ml",
            meaning="mean difference, without sign, of the program's volume from readers', over "
            "the subjects; chosen by the same subjects, so that the least is too good",
            read=lambda r: r.mean_error_ml,
        ),
        Column(name="chosen", meaning="`true` for the least of all", read=lambda r: r.chosen),
    ),
)


LEARNED = (RULES, EVIDENCE, VOLUMES, TRIED)


def _number(cell: Cell) -> float:
    return float(cell) if isinstance(cell, int | float) else 0.0
