"""Sections of the report that tell what was asked, what was tried, and what goes wrong."""

from collections.abc import Iterable, Sequence

from mri_bme.report.document import Paragraph, Section, Table
from mri_bme.verify.acceptance import Acceptance, Judged, Passed
from mri_bme.verify.design import AS_GIVEN
from mri_bme.verify.figures import Verification
from mri_bme.verify.measure import Measurement
from mri_bme.verify.report.tables import listed_figures, with_interval

SOURCES = (
    "FDA, Technical Performance Assessment of Quantitative Imaging in Radiological Device "
    "Premarket "
    "Submissions, 2022",
    "Raunig et al., Stat Methods Med Res 24:27-67, 2015 (terms, study designs, RC and RDC)",
    "Obuchowski & Bullen, Stat Methods Med Res 27:3139-3150, 2018 (wCV, its bounds, bias)",
    "CLSI EP17-A2, 2012 (limits of blank and of detection); CLSI EP06, 2020 (linearity)",
    "Spencer, Clin Chem 35:509, 1989 (functional sensitivity, the limit of quantitation)",
    "Maier-Hein et al., Nat Methods 21:195-212, 2024 (Metrics Reloaded: lesion by lesion)",
    "Mongan et al., Radiol Artif Intell 2:e200029, 2020 (CLAIM)",
    "Lin, Stat Med 19:255-270, 2000 (total deviation index: the RDC with its bias)",
    "Wilson, J Am Stat Assoc 22:209-212, 1927 (intervals of shares); Garwood, Biometrika "
    "28:437-442, 1936 (of rates)",
)
REST = (
    "truth inside the interval",
    "no change called unchanged or none",
    "evaluable scans",
    "registration error, median",
    "registration error, largest",
)
FAILURES = (
    "manipulated scans",
    "silent errors",
    "flagged errors",
    "manipulated scans refused",
)


def acceptance_section(
    all_judged: Sequence[Judged], acceptance: Acceptance, *, bones: str
) -> Section:
    """Tell which criteria are met."""
    counts = {p: sum(j.passed is p for j in all_judged) for p in Passed}
    rows = tuple(
        (
            judged.criterion.what,
            judged.required,
            "" if judged.worst is None else with_interval(judged.worst),
            "" if judged.worst is None else judged.worst.at,
            judged.passed.value,
            judged.criterion.why,
        )
        for judged in all_judged
    )
    said = (
        f"Stated before anything was measured (version {acceptance.version} of the criteria): "
        f"{counts[Passed.PASS]} are met, {counts[Passed.FAIL]} are not"
        + (
            f", {counts[Passed.NOT_MEASURED]} were not measured"
            if counts[Passed.NOT_MEASURED]
            else ""
        )
        + ". Where several figures match, the one furthest from passing is shown. Figures of bones "
        f"{bones}."
    )
    heading = ("criterion", "required", "found", "at", "verdict", "why so")
    table = Table(heading=heading, rows=rows, n_text=6)
    return Section(title="Acceptance criteria", blocks=(Paragraph(text=said), table))


def conditions_tried(
    found: Verification, rows: Sequence[Measurement], protocol_rows: Sequence[tuple[str, str]]
) -> Section:
    """Tell subjects, edema, bones, departures and the protocol."""
    seeds = sorted({row.seed for row in rows})
    levels = ", ".join(f"{at:g}" for at in found.detectable_at_ml)
    tried = (
        ("subjects", f"{len(seeds)} anatomies of the shape model, scanned twice each"),
        ("edema", f"{levels} mL, in one to eight lesions 1.6 to 2.6 times as bright as marrow"),
        ("bones", "given (the phantom's own) and automatic (found in the scan, as in a run)"),
        ("readers", "none: the program alone"),
        ("departures of both scans", _listed(rows, found)),
        (
            "departures of the retest alone",
            "; ".join(dict.fromkeys(row.retest for row in rows if row.retest)) or "none",
        ),
        *protocol_rows,
    )
    said = (
        "Scanner, field strength and sequence are models of how much noise, shading, blur, "
        "contrast and unsuppressed fat differ; no physics of tissue is simulated here."
    )
    table = Table(heading=("condition", "tried"), rows=tried, n_text=2)
    return Section(title="Conditions that were tried", blocks=(table, Paragraph(text=said)))


def _listed(rows: Iterable[Measurement], found: Verification) -> str:
    names = (r.condition for r in rows if not r.retest and r.bones == found.bones)
    return "; ".join(name for name in dict.fromkeys(names) if name != AS_GIVEN) or "none"


def failures(found: Verification) -> Section:
    """Tell what was done to each scan, and what was said of it."""
    if not found.failures:
        return Section(title="", blocks=())
    said = (
        "What was done to a scan, what was found, and what the software said. It has to refuse, or "
        "to be as unsure as it is wrong. A number beyond its interval is a silent error where "
        "nothing was said; one that was flagged is counted apart, since a flag warns of a number "
        "and does not mend it. Flags that the scan has as it is do not count."
    )
    rows = tuple(
        (
            failure.name,
            f"{failure.true_ml:.2f}",
            "" if failure.found_ml is None else f"{failure.found_ml:.2f}",
            ""
            if failure.interval_ml is None
            else f"{failure.interval_ml.low:.2f} to {failure.interval_ml.high:.2f}",
            failure.outcome.value,
            "; ".join(failure.said),
        )
        for failure in found.failures
    )
    heading = ("done to the scan", "true, mL", "found, mL", "interval", "outcome", "what was said")
    return Section(
        title="What the software says of scans that are not as they must be",
        blocks=(
            Paragraph(text=said),
            *listed_figures([f for f in found.figures if f.name in FAILURES]),
            Table(heading=heading, rows=rows, n_text=6),
        ),
    )


def rest(found: Verification) -> Section:
    """Tell coverage of intervals, verdicts, registration and counts."""
    own = [f for f in found.figures if f.name in REST]
    return Section(title="Intervals, verdicts, registration", blocks=tuple(listed_figures(own)))


def sources() -> Section:
    """Tell where every number is, and where its definition comes from."""
    said = (
        "Every figure is in figures.csv, every scan in scans.csv, every true lesion in "
        "lesions.csv, every manipulated scan in failures.csv, every criterion in acceptance.csv. "
        "What each figure means and how to cite it stands in docs/verification.md."
    )
    blocks = (Paragraph(text=said), *(Paragraph(text=source + ".") for source in SOURCES))
    return Section(title="Sources", blocks=blocks)
