"""``scan_weeks.csv``: in which week of the study each scan was made, without a date."""

from dataclasses import dataclass

from mri_bme.record.schema import Column, Table


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanWeek:
    """Whole weeks from the first scan of all that were given to this one."""

    subject: str
    visit: str
    week: int


SCAN_WEEKS = Table[ScanWeek](
    name="scan_weeks",
    holds="one row per subject and visit with a date; absent where fewer than two weeks are known. "
    "It shows drift of a scanner, and means nothing where dates were shifted subject by subject",
    order=lambda row: (str(row["subject"]), row["week"], str(row["visit"])),
    columns=(
        Column(name="subject", meaning="pseudonym of the subject", read=lambda one: one.subject),
        Column(name="visit", meaning="label of the visit", read=lambda one: one.visit),
        Column(
            name="week",
            meaning="whole weeks since the first scan of the input; no date is kept",
            read=lambda one: one.week,
        ),
    ),
)
