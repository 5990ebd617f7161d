"""Sections of the report that tell what was asked, what was tried, and what goes wrong."""

from collections.abc import Iterable, Mapping, Sequence

from mri_bme.record.numbers import MINUS
from mri_bme.report.document import Block, Paragraph, Section, Table
from mri_bme.verify.acceptance import Acceptance, Judged, Passed
from mri_bme.verify.departures import RETESTS
from mri_bme.verify.design import AS_GIVEN
from mri_bme.verify.figures import Verification
from mri_bme.verify.measure import Measurement
from mri_bme.verify.report.tables import bones_words, by_bones, with_interval

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
REST_WORDS = {
    "no change called unchanged or none": "unchanged subjects that are called unchanged or none",
    "evaluable scans": "scans that could be measured",
}
REST = (
    "truth inside the interval",
    "no change called unchanged or none",
    "evaluable scans",
    "registration error, median",
    "registration error, largest",
)
FAILURES = (
    "manipulated scans",
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
            judged.required.replace("-", MINUS),
            "" if judged.worst is None else with_interval(judged.worst),
            "" if judged.worst is None else str(judged.worst.n),
            "" if judged.worst is None else judged.worst.at,
            judged.passed.value,
            judged.criterion.why,
        )
        for judged in all_judged
    )
    missed = "; ".join(j.criterion.what for j in all_judged if j.passed is Passed.FAIL)
    counted = [
        f"{_are(counts[Passed.PASS])} met",
        f"{_are(counts[Passed.FAIL])} not" + (f" ({missed})" if missed else ""),
    ]
    if counts[Passed.NOT_MEASURED]:
        n = counts[Passed.NOT_MEASURED]
        counted.append(f"{n} {'was' if n == 1 else 'were'} not measured")
    said = (
        f"Stated before anything was measured (version {acceptance.version} of the criteria): "
        f"{', '.join(counted)}. Where several figures match, the one furthest from passing is "
        f"shown. Figures are of bones {bones_words(bones)}, n as in the tables below."
    )
    heading = ("criterion", "required", "found", "n", "at", "verdict", "why so")
    table = Table(heading=heading, rows=rows, n_text=7)
    return Section(title="Acceptance criteria", blocks=(Paragraph(text=said), table))


def _are(n: int) -> str:
    return f"{n} {'is' if n == 1 else 'are'}"


def conditions_tried(
    found: Verification, rows: Sequence[Measurement], protocol_rows: Sequence[tuple[str, str]]
) -> Section:
    """Tell subjects, edema, bones, departures and the protocol."""
    seeds = sorted({row.seed for row in rows})
    levels = ", ".join(f"{at:g}" for at in found.detectable_at_ml)
    tried = (
        ("subjects", f"{len(seeds)} anatomies (seeds {_seeds_words(seeds)}), scanned twice each"),
        ("edema", f"{levels} mL, in one to eight lesions 1.6 to 2.6 times as bright as marrow"),
        ("bones measured in", "given (the phantom's own) and found (in the scan, as in a run)"),
        ("readers", "none: the program alone"),
        ("departures of both scans", _listed(rows, found)),
        (
            "departures of the retest alone",
            "; ".join(
                _departure_words(name)
                for name in dict.fromkeys(row.retest for row in rows if row.retest)
            )
            or "none",
        ),
        *protocol_rows,
    )
    said = (
        "Scanner, field strength and sequence are models of how much noise, shading, blur, "
        "contrast and unsuppressed fat differ; no physics of tissue is simulated here."
    )
    table = Table(heading=("condition", "tried"), rows=tried, n_text=2)
    return Section(title="Conditions that were tried", blocks=(table, Paragraph(text=said)))


def _seeds_words(seeds: Sequence[int]) -> str:
    is_row = len(seeds) > 1 and seeds[-1] - seeds[0] == len(seeds) - 1
    return f"{seeds[0]} to {seeds[-1]}" if is_row else ", ".join(map(str, seeds))


FACTOR_WORDS: Mapping[str, str] = {
    "noise": "noise",
    "deep_noise": "its growth to the front",
    "shading": "coil shading",
    "pixel_mm": "pixels",
    "thickness_mm": "slice thickness",
    "spacing_mm": "distance of slices",
}


def _departure_words(name: str) -> str:
    """Name a departure, and say what it multiplies."""
    departure = RETESTS.get(name)
    if departure is None:
        return name
    told = [f"{FACTOR_WORDS[key]} × {factor:g}" for key, factor in departure.factors.items()]
    if departure.contrast != 1:
        told.append(f"contrast of edema × {departure.contrast:g}")
    if departure.artifacts.failed_fat_suppression:
        told.append(f"fat suppression failed by {departure.artifacts.failed_fat_suppression:.0%}")
    return f"{name}: {', '.join(told)}".replace("%", " %")


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
            str(failure.seed),
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
    heading = (
        "done to the scan",
        "seed",
        "true, mL",
        "found, mL",
        "interval, mL",
        "outcome",
        "what was said",
    )
    return Section(
        title="What the software says of scans that are not as they must be",
        blocks=(
            Paragraph(text=said),
            *by_bones([f for f in found.figures if f.name in FAILURES]),
            Table(heading=heading, rows=rows, caption="Scan by scan", n_text=7),
        ),
    )


def rest(found: Verification) -> Section:
    """Tell coverage of intervals, verdicts, registration and counts."""
    own = [f for f in found.figures if f.name in REST]
    said = (
        "Registration error: how far two points, 40 mm to the left and right of the middle between "
        "the joints, lie from where they truly are once one visit is laid on the other (root mean "
        "square)."
    )
    blocks: list[Block] = list(by_bones(own, words=REST_WORDS))
    if blocks:
        blocks.append(Paragraph(text=said))
    return Section(title="Intervals, verdicts, registration", blocks=tuple(blocks))


def sources() -> Section:
    """Tell where every number is, and where its definition comes from."""
    said = (
        "Every figure is in figures.csv, every scan in scans.csv, every true lesion in "
        "lesions.csv, every manipulated scan in failures.csv, every criterion in acceptance.csv. "
        "What each figure means and how to cite it stands in docs/verification.md."
    )
    blocks = (Paragraph(text=said), *(Paragraph(text=source + ".") for source in SOURCES))
    return Section(title="Sources", blocks=blocks)
