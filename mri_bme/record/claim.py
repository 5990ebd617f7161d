"""The CLAIM checklist, filled with what the software knows of a study.

Items follow the 2024 update [1]_ of the Checklist for Artificial Intelligence in Medical Imaging
[2]_, in other words: authors look up what an item asks for, and what an answer must hold, in the
paper itself. Numbers, order and headings of all 44 agree with a public summary [3]_; neither the
publication itself nor what that summary was compared with was read for this. An item that only the
authors can answer is left to them.

References
----------
.. [1] Tejani et al., Checklist for Artificial Intelligence in Medical Imaging (CLAIM): 2024
   Update. Radiol Artif Intell 6(4):e240300, 2024. doi:10.1148/ryai.240300
.. [2] Mongan, Moy & Kahn, Checklist for Artificial Intelligence in Medical Imaging (CLAIM): A
   Guide for Authors and Reviewers. Radiol Artif Intell 2(2):e200029, 2020.
   doi:10.1148/ryai.2020200029
.. [3] https://github.com/Aperivue/medsci-skills, CLAIM_2024.md.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mri_bme.record.made_with import BONE_NETWORK, EDEMA_JUDGE, MadeWith, made_with_in_words
from mri_bme.record.tables import Row, write_table

SOURCES = (
    "Tejani AS, et al. Checklist for Artificial Intelligence in Medical Imaging (CLAIM): 2024 "
    "Update. Radiol Artif Intell 2024;6(4):e240300. doi:10.1148/ryai.240300.",
    "Mongan J, Moy L, Kahn CE Jr. Checklist for Artificial Intelligence in Medical Imaging "
    "(CLAIM): A Guide for Authors and Reviewers. Radiol Artif Intell 2020;2(2):e200029. "
    "doi:10.1148/ryai.2020200029.",
    "Items are said in other words here. Numbers and order of all 44 agree with a public summary "
    "(https://github.com/Aperivue/medsci-skills, CLAIM_2024.md), not with the publication itself, "
    "which was not at hand; fill in the journal's own form before you submit.",
)
BLANK = "[FOR THE AUTHORS TO FILL IN]"
COLUMNS = ("item", "section", "asks", "known", "for_the_authors")
MOST_REASONS = 6
DEVELOPMENT = (
    "Of the networks that come with the software: see MODEL_CARD.md beside each, in "
    "mri_bme/place_rois and mri_bme/segment_edema. The software trains no network; what `mri-bme "
    "learn` took from readings are settings, which stand among those that differ from the defaults."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyFacts:
    """What a folder of results tells of a study.

    Parameters
    ----------
    made_with : MadeWith or None
        None where no provenance was left.
    n_subjects, n_measured : int
        Subjects of the input, and those of whom all that was asked could be measured.
    reasons : mapping
        Why others were not, and how many.
    scanners : sequence of str
        Scanners of first visits, with how many subjects.
    visits : sequence of str
        Labels of the visits, in order of time.
    readers : sequence of str
        Codes of those who signed a reading.
    libraries, machine : mapping
        What ran it, by name.
    sources : sequence of str
        Methods that statistics were computed by.
    n_hanging : int or None
        Subjects whose verdict hangs on one source of error; None where that was not looked at.
    has_agreement, has_verification, has_clinical : bool
        Whether readers were compared, phantoms measured, a clinical table joined.
    """

    made_with: MadeWith | None = None
    n_subjects: int = 0
    n_measured: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)
    scanners: Sequence[str] = ()
    visits: Sequence[str] = ()
    readers: Sequence[str] = ()
    libraries: Mapping[str, str] = field(default_factory=dict)
    machine: Mapping[str, str] = field(default_factory=dict)
    sources: Sequence[str] = ()
    n_hanging: int | None = None
    has_agreement: bool = False
    has_verification: bool = False
    has_clinical: bool = False


Tell = Callable[[StudyFacts], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimItem:
    """One item: what it asks, what is known, and what is left to the authors (or nothing)."""

    number: int
    section: str
    asks: str
    known: str
    for_the_authors: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Item:
    section: str
    asks: str
    tell: Tell | None = None
    left: str = ""


def _fixed(text: str) -> Tell:
    return lambda _: text


def _counted(counts: Mapping[str, int]) -> str:
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    said = [f"{reason} ({n})" for reason, n in ordered[:MOST_REASONS]]
    more = len(ordered) - len(said)
    return "; ".join(said) + (f"; and {more} other reasons" if more else "")


def _software(facts: StudyFacts) -> str:
    return "" if facts.made_with is None else made_with_in_words(facts.made_with)


def _kind(facts: StudyFacts) -> str:
    asked = () if facts.made_with is None else tuple(facts.made_with.networks)
    if not asked:
        return "Which networks were asked was not recorded."
    what = {
        BONE_NETWORK: "convolutional network for the bones",
        EDEMA_JUDGE: "convolutional network that judges edema",
    }
    named = " and ".join(words for name, words in what.items() if name in asked)
    return f"{named[:1].upper()}{named[1:]}; rules and statistics on intensities measure edema."


def _included(facts: StudyFacts) -> str:
    lost = facts.n_subjects - facts.n_measured
    why = f" Without a result: {_counted(facts.reasons)}." if facts.reasons else ""
    were = "subject was" if facts.n_subjects == 1 else "subjects were"
    beside = f", and not of {lost}" if lost else ""
    return (
        f"{facts.n_subjects} {were} given to the software; all that was asked could be measured of "
        f"{facts.n_measured}{beside}.{why}"
    )


def _missing(_: StudyFacts) -> str:
    return (
        "A visit or change that could not be measured is missing with its reason (subjects.csv, "
        "left_out.csv), never 0, and nothing was imputed. Models of all follow-ups take missing "
        "visits as missing at random."
    )


def _acquired(facts: StudyFacts) -> str:
    scanners = (
        f" Scanners of the first visits: {'; '.join(facts.scanners)}." if facts.scanners else ""
    )
    return (
        f"Visits: {', '.join(facts.visits)}.{scanners} Sequence parameters of every measured "
        "series are in the JSON file beside it."
    )


def _readers(facts: StudyFacts) -> str:
    if not facts.readers:
        return "Nobody signed a reading in the reading room."
    return f"Readings were signed by {len(facts.readers)}: {', '.join(facts.readers)}."


def _agreement(facts: StudyFacts) -> str:
    if not facts.has_agreement:
        return ""
    return "Agreement of the readers, and of the program with them, is in agreement/ and stats/."


def _libraries(facts: StudyFacts) -> str:
    named = [f"{name} {version}" for name, version in facts.libraries.items()]
    machine = ", ".join(f"{name} {value}" for name, value in facts.machine.items())
    return ", ".join(named) + (f"; on {machine}" if machine else "") + ("." if named else "")


def _uncertainty(facts: StudyFacts) -> str:
    methods = f" Methods: {'; '.join(facts.sources)}." if facts.sources else ""
    return (
        "95 % intervals and p values are in stats.csv; no p value is adjusted for multiplicity. "
        f"Every volume and change has a 95 % interval of propagated uncertainty.{methods}"
    )


def _robust(facts: StudyFacts) -> str:
    told = []
    if facts.n_hanging is not None:
        told.append(
            "Of every volume, change and verdict it is told how far it moves with each source of "
            "error, one at a time (sensitivity.csv names them): the verdict on "
            f"{facts.n_hanging} of {facts.n_subjects} subjects hangs on a single one."
        )
    if facts.has_verification:
        told.append(
            "Phantoms with known edema were measured; the report beside detectable.toml says with "
            "which protocol."
        )
    return " ".join(told)


def _clinical(facts: StudyFacts) -> str:
    return "Clinical measures were joined: see timelines.csv." if facts.has_clinical else ""


TITLE, INTRODUCTION = "Title and abstract", "Introduction"
DESIGN, DATA, STANDARD = "Methods: design", "Methods: data", "Methods: reference standard"
PARTITIONS, TESTING, MODEL = "Methods: partitions", "Methods: testing data", "Methods: model"
TRAINING, EVALUATION = "Methods: training", "Methods: evaluation"
RESULTS_DATA, PERFORMANCE = "Results: data", "Results: performance"
DISCUSSION, OTHER = "Discussion", "Other information"

ITEMS: tuple[_Item, ...] = (
    _Item(
        section=TITLE,
        asks="The title says that it is a study of AI, and of what kind",
        tell=_kind,
        left="the title",
    ),
    _Item(section=TITLE, asks="A structured summary of the whole study", left="the abstract"),
    _Item(
        section=INTRODUCTION,
        asks="Background, and what the AI is meant to be used for",
        tell=_fixed(
            "Intended use: research on edema of the sacroiliac joints and its change. Not a "
            "medical device; not for diagnosis."
        ),
        left="the scientific and clinical background",
    ),
    _Item(section=INTRODUCTION, asks="Aims and hypotheses", left="aims and hypotheses"),
    _Item(section=DESIGN, asks="Prospective or retrospective", left="how the study was designed"),
    _Item(section=DESIGN, asks="Goal of the study", left="the goal"),
    _Item(section=DATA, asks="Where the data come from", left="sites, dates and sources"),
    _Item(
        section=DATA,
        asks="Who was included and excluded",
        tell=_included,
        left="criteria that were applied before the software saw the scans",
    ),
    _Item(
        section=DATA,
        asks="What was done to the images beforehand",
        tell=_fixed(
            "Intensities were measured on the acquired grid, divided by the median of the "
            "subject's own normal sacral marrow after correction of shading; visits were aligned "
            "by a rigid transform that moved regions, never intensities."
        ),
    ),
    _Item(
        section=DATA,
        asks="Which part of the data was taken",
        tell=_fixed(
            "Of each visit the fluid-sensitive series that fits best; `mri-bme inspect` gives the "
            "reasons for every series."
        ),
        left="any further selection",
    ),
    _Item(
        section=DATA,
        asks="How identity was removed",
        tell=_fixed(
            "Subjects are keyed pseudonyms unless their IDs were declared free of identity; no "
            "name, date or original UID is in any output."
        ),
        left="what was removed before that",
    ),
    _Item(section=DATA, asks="What was done about missing data", tell=_missing),
    _Item(section=DATA, asks="How the images were acquired", tell=_acquired, left="the protocol"),
    _Item(
        section=STANDARD,
        asks="How the reference standard was obtained",
        tell=_readers,
        left="its definition",
    ),
    _Item(section=STANDARD, asks="Why that reference standard", left="the reasons"),
    _Item(
        section=STANDARD,
        asks="Who annotated, and how experienced they are",
        tell=_readers,
        left="training and experience of the readers",
    ),
    _Item(
        section=STANDARD,
        asks="How the test set was annotated",
        tell=_fixed(
            "In the reading room the task says what readers saw and whether they were blind to "
            "the time point and to the program; every change is in a log."
        ),
        left="annotation outside the reading room",
    ),
    _Item(
        section=STANDARD,
        asks="Variability within and between readers",
        tell=_agreement,
        left="where readers were not compared here: their agreement",
    ),
    _Item(
        section=PARTITIONS,
        asks="How data were assigned to training, tuning and test",
        tell=_fixed(DEVELOPMENT),
        left="partitions of an own model, if there is one",
    ),
    _Item(
        section=PARTITIONS,
        asks="At what level partitions share nothing",
        tell=_fixed(DEVELOPMENT),
        left="whether any subject of this study was among the data that networks learned from",
    ),
    _Item(
        section=TESTING,
        asks="The intended size of the test set, and why",
        tell=_fixed("Sizes for a next trial, from what was seen here, are in stats.csv."),
        left="the size that was planned, and its reason",
    ),
    _Item(section=MODEL, asks="What the model is", tell=_software),
    _Item(section=MODEL, asks="Software and libraries", tell=_libraries),
    _Item(section=MODEL, asks="How parameters were initialized", tell=_fixed(DEVELOPMENT)),
    _Item(section=TRAINING, asks="How it was trained", tell=_fixed(DEVELOPMENT)),
    _Item(section=TRAINING, asks="How the final model was chosen", tell=_fixed(DEVELOPMENT)),
    _Item(section=TRAINING, asks="Whether models were combined", tell=_fixed(DEVELOPMENT)),
    _Item(
        section=EVALUATION,
        asks="What performance is measured by",
        tell=_fixed(
            "Volume of edema and its change in mL, verdicts against the smallest detectable "
            "change, and agreement with readers where they were compared."
        ),
        left="the metric that counts",
    ),
    _Item(section=EVALUATION, asks="Significance and uncertainty", tell=_uncertainty),
    _Item(
        section=EVALUATION,
        asks="Robustness and sensitivity",
        tell=_robust,
        left="further analyses of robustness",
    ),
    _Item(
        section=EVALUATION,
        asks="How results can be explained",
        tell=_fixed(
            "Each subject's page shows every candidate with the rule that kept or dropped it, and "
            "`mri-bme run OUT --explain SUBJECT` traces its numbers to files, settings and code."
        ),
    ),
    _Item(section=EVALUATION, asks="Evaluation on internal data", left="whether and how"),
    _Item(
        section=EVALUATION,
        asks="Testing on external data",
        left="whether these data are external to the networks' development, and where else it "
        "was tested",
    ),
    _Item(section=EVALUATION, asks="Registration of a clinical trial", left="the number"),
    _Item(
        section=RESULTS_DATA,
        asks="Numbers included and excluded, in a flow diagram",
        tell=_included,
        left="those who were screened before",
    ),
    _Item(
        section=RESULTS_DATA,
        asks="Demographic and clinical characteristics",
        tell=_clinical,
        left="age, sex, diagnosis, duration of disease and treatment",
    ),
    _Item(
        section=PERFORMANCE,
        asks="Performance with its uncertainty",
        tell=_fixed("stats.csv has every statistic with its interval and number of subjects."),
        left="the results that count",
    ),
    _Item(
        section=PERFORMANCE,
        asks="Diagnostic performance and its precision",
        left="sensitivity and specificity, if there is a diagnosis",
    ),
    _Item(
        section=PERFORMANCE,
        asks="What went wrong, and why",
        tell=_included,
        left="a look at cases that readers and program see differently",
    ),
    _Item(section=DISCUSSION, asks="Limitations", left="limitations"),
    _Item(section=DISCUSSION, asks="What follows for practice", left="implications"),
    _Item(
        section=OTHER,
        asks="Where the full protocol and technical details are",
        tell=_fixed("Settings: settings.toml; inputs by hash and versions: provenance.json."),
        left="the study protocol",
    ),
    _Item(
        section=OTHER,
        asks="Whether software, model and data can be had",
        tell=_fixed("mri_bme and its networks are open source (Apache-2.0)."),
        left="availability of the data",
    ),
    _Item(section=OTHER, asks="Funding and the funders' role", left="funding"),
)
"""In the order of the 2024 update; its numbers count from 1."""


def claim_items(facts: StudyFacts) -> tuple[ClaimItem, ...]:
    """Fill the checklist; what nobody but the authors knows is a blank that says what is asked."""
    return tuple(_filled(number, item, facts) for number, item in enumerate(ITEMS, start=1))


def _filled(number: int, item: _Item, facts: StudyFacts) -> ClaimItem:
    known = item.tell(facts) if item.tell is not None else ""
    left = item.left or ("" if known else "what the results do not hold")
    return ClaimItem(
        number=number,
        section=item.section,
        asks=item.asks,
        known=known,
        for_the_authors=f"{BLANK}: {left}" if left else "",
    )


def write_claim_table(path: Path, items: Sequence[ClaimItem]) -> None:
    """Write one row per item."""
    rows: list[Row] = [
        {
            "item": one.number,
            "section": one.section,
            "asks": one.asks,
            "known": one.known,
            "for_the_authors": one.for_the_authors,
        }
        for one in items
    ]
    write_table(path, rows, COLUMNS)


def claim_markdown(items: Sequence[ClaimItem]) -> str:
    """Write the checklist as Markdown, a heading for each section."""
    lines = ["# CLAIM checklist", "", *SOURCES, ""]
    section = ""
    for one in items:
        if one.section != section:
            section = one.section
            lines += [f"## {section}", ""]
        lines += [f"**{one.number}. {one.asks}**", ""]
        lines += [f"{text}\n" for text in (one.known, one.for_the_authors) if text]
    return "\n".join(lines)
