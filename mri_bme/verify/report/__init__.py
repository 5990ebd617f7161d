"""The report of a verification: what a statistician, a reviewer and a regulator ask for."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from mri_bme.report.document import Document, Section
from mri_bme.verify.acceptance import Acceptance, Judged
from mri_bme.verify.figures import Verification
from mri_bme.verify.measure import Measurement
from mri_bme.verify.report import framing, performance

MEASURAND = (
    "Measurand: volume of bone marrow edema inside the sacroiliac regions (sacrum and ilium within "
    "reach of either joint), in millilitres, on one fluid-sensitive semicoronal series (STIR or "
    "T2-weighted with fat suppression); marrow that is edema in part counts by its share. And its "
    "change between two visits, over the region that both visits measured."
)
KIND_OF_EVIDENCE = (
    "A phantom is kinder than a patient: its normal marrow, vessels and motion vary less. Read "
    "these figures as the best that this protocol can give, and scans of patients taken twice as "
    "the proof (--repeats)."
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Reported:
    """All that a report is made from."""

    verification: Verification
    rows: Sequence[Measurement]
    judged: Sequence[Judged]
    acceptance: Acceptance
    protocol_rows: tuple[tuple[str, str], ...]
    provenance: str
    repeats: Section | None = None
    back: str = ""


def document_of(told: Reported) -> Document:
    """Lay out the report."""
    found = told.verification
    sections = (
        framing.acceptance_section(told.judged, told.acceptance, found),
        framing.conditions_tried(found, told.rows, told.protocol_rows),
        performance.bias(found, told.rows),
        performance.precision(found),
        performance.detection(found),
        performance.detectable(found, told.rows),
        performance.reproducibility(found, told.rows),
        told.repeats,
        performance.lesions(found),
        framing.failures(found),
        performance.departures(found),
        framing.rest(found),
        framing.sources(),
    )
    return Document(
        kind="Verification",
        about=f"How far edema volumes and changes can be trusted, on {found.n_scans} scans of "
        "subjects with known edema",
        title=_title(told),
        lead=(_evaluable(told), MEASURAND, KIND_OF_EVIDENCE),
        sections=tuple(section for section in sections if section is not None and section.blocks),
        back=told.back,
    )


def _title(told: Reported) -> str:
    found = told.verification
    if not found.detectable_ml:
        return "No scan could be measured"
    first, last = (
        f"{found.detectable_ml[k]:.2g} mL near {found.detectable_at_ml[k]:g} mL" for k in (0, -1)
    )
    return f"A change beyond {first}, and beyond {last}, is larger than measurement error"


def without_numbers(reason: str) -> str:
    """Take from a reason what differs from scan to scan: from the first bracket on.

    >>> without_numbers("the joints were not found with confidence (0.41, at least 0.5 required)")
    'the joints were not found with confidence'
    """
    return reason.split(" (", maxsplit=1)[0]


def _evaluable(told: Reported) -> str:
    found = told.verification
    own = [row for row in told.rows if row.bones == found.bones]
    counts = Counter(without_numbers(row.reason) for row in own if row.reason)
    reasons = "; ".join(f"{words} ({n})" for words, n in counts.most_common())
    where = Counter(row.condition for row in own if row.reason)
    places = "; ".join(f"{condition} ({n})" for condition, n in where.most_common())
    said = (
        f"{found.n_not_evaluable} of {found.n_scans} scans were not evaluable: {reasons}. "
        f"Conditions: {places}."
        if found.n_not_evaluable
        else "Every scan was evaluable."
    )
    return f"{told.provenance}. {said}"
