"""Sections of the report that tell what was asked, what was tried, and what goes wrong."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from mri_bme.record.numbers import MINUS
from mri_bme.report.document import Block, Paragraph, Section, Table
from mri_bme.sacroiliac import RegionKind
from mri_bme.verify.acceptance import Acceptance, Judged, Passed
from mri_bme.verify.coverage import BY_CONDITION, BY_REGION, NAME
from mri_bme.verify.departures import RETESTS, USUALLY_TOLD
from mri_bme.verify.design import AS_GIVEN
from mri_bme.verify.figures import Verification
from mri_bme.verify.measure import Measurement
from mri_bme.verify.report.tables import (
    KIND_WORDS,
    bones_words,
    by_bones,
    share_words,
    with_interval,
)

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
    "Efron & Stein, Ann Stat 9:586-596, 1981; Cameron & Miller, J Hum Resour 50:317-372, 2015 "
    "(the jackknife over subjects)",
    "Wilson, J Am Stat Assoc 22:209-212, 1927 (intervals of shares); Rao & Scott, Biometrics "
    "48:577-585, 1992 (of shares of clustered ones); Garwood, Biometrika "
    "28:437-442, 1936 (of rates)",
)
READERS = (
    "none: the program alone. How readers agree, with each other and with it, is told by "
    "mri-bme agreement of scans that they have read"
)
SCANNED_WITH = (
    "one of each, by the noise, shading and contrast below; headers say "
    f"{USUALLY_TOLD.manufacturer}, {USUALLY_TOLD.field_tesla:g} T, {USUALLY_TOLD.sequence}. Others "
    "at the retest alone"
)
REST_WORDS = {
    "no change called unchanged or none": "unchanged subjects that are called unchanged or none",
    "evaluable scans": "scans that could be measured",
}
REST = (
    NAME,
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
    all_judged: Sequence[Judged], acceptance: Acceptance, found: Verification
) -> Section:
    """Tell which criteria are met, and beside bias whether intervals allow for it."""
    rows = tuple(
        (
            judged.criterion.what,
            judged.required.replace("-", MINUS),
            "" if judged.worst is None else with_interval(judged.worst),
            "" if judged.worst is None else str(judged.worst.n),
            "" if judged.worst is None else judged.worst.at,
            f"{judged.passed.value}: {judged.decided_by}"
            if judged.decided_by
            else judged.passed.value,
            judged.criterion.why,
        )
        for judged in all_judged
    )
    said = (
        f"Stated before anything was measured (version {acceptance.version} of the criteria). "
        f"{counted_words(all_judged)}. {HOW_JUDGED} Where several figures match, the one furthest "
        f"from passing is shown. Figures are of bones {bones_words(found.bones)}, n as in the "
        "tables below."
    )
    heading = ("criterion", "required", "found", "n", "at", "verdict", "why so")
    table = Table(heading=heading, rows=rows, n_text=7)
    blocks: list[Block] = [Paragraph(text=said), table]
    held = next((f for f in found.figures if f.name == NAME and f.bones == found.bones), None)
    if held is not None and held.n:
        text = (
            "Bias and slope say what is lost on average; whether a single number allows for it is "
            f"for its interval to say: {share_words(held)} of the volumes with edema lie inside "
            "theirs, by volume in the table of bias, by condition further below."
        )
        blocks.append(Paragraph(text=text))
    return Section(title="Acceptance criteria", blocks=tuple(blocks))


HOW_JUDGED = (
    "One fails when the estimate is beyond its limit. It is not decided when the estimate is "
    "within and its interval reaches beyond: the design is too small to tell, and the verdict says "
    "how many would decide, if the estimate and its scatter stayed as they are. Where only what is "
    "surely beyond fails, an interval that is wholly beyond does, and an estimate that is leaves "
    "it undecided."
)


def counted_words(all_judged: Sequence[Judged]) -> str:
    """Say how many criteria are met, and which are not, not decided and not measured."""
    by_verdict = {p: [j.criterion.what for j in all_judged if j.passed is p] for p in Passed}
    said = f"{len(by_verdict[Passed.PASS])} of {len(all_judged)} acceptance criteria are met"
    for passed, words in (
        (Passed.FAIL, "Not met"),
        (Passed.UNDECIDED, "Not decided"),
        (Passed.NOT_MEASURED, "Not measured"),
    ):
        if named := by_verdict[passed]:
            said += f". {words}: {'; '.join(named)}"
    return said


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
        ("readers", READERS),
        ("scanner, field strength, sequence", SCANNED_WITH),
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
        "true",
        "found",
        "interval",
        "outcome",
        "what was said",
    )
    return Section(
        title="What the software says of scans that are not as they must be",
        blocks=(
            Paragraph(text=said),
            *by_bones([f for f in found.figures if f.name in FAILURES]),
            Table(heading=heading, rows=rows, caption="Scan by scan; volumes in mL", n_text=7),
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
    blocks: list[Block] = list(
        by_bones(own, words=REST_WORDS, caption="Over all; n scans or pairs")
    )
    if blocks:
        blocks.append(Paragraph(text=said))
    by_kind = [f for f in found.figures if f.name == BY_REGION]
    blocks += by_bones(
        [replace(f, at=KIND_WORDS[RegionKind(f.at)]) for f in by_kind],
        what="region that holds edema",
        caption="Truth inside the interval, by kind of region; n regions",
    )
    blocks += by_bones(
        [f for f in found.figures if f.name == BY_CONDITION and f.n],
        what="scans with edema",
        caption="Truth inside the interval, by condition; n scans",
    )
    return Section(title="Intervals, verdicts, registration", blocks=tuple(blocks))


def sources() -> Section:
    """Tell where every number is, and where its definition comes from."""
    said = (
        "Every figure is in figures.csv, every scan in scans.csv, every true lesion in "
        "lesions.csv, every false one in false_lesions.csv, every manipulated scan in "
        "failures.csv, every criterion in acceptance.csv. "
        "What each figure means and how to cite it stands in docs/verification.md."
    )
    blocks = (Paragraph(text=said), *(Paragraph(text=source + ".") for source in SOURCES))
    return Section(title="Sources", blocks=blocks)
