"""What is told of a lesion: ``lesions.csv``, and the candidates table beside a mask."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from mri_bme.findings import ChangeReport, EdemaSegmentation, Lesion, LesionFate, LesionTissue
from mri_bme.pipeline import SubjectResult
from mri_bme.record.schema import Column, Table, emptied, of_part
from mri_bme.sacroiliac import QUADRANTS, Quadrant
from mri_bme.study import BASELINE, main_followup

FoundFate = tuple[LesionFate, ChangeReport]


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundLesion:
    """A lesion of a subject, and what became of it where that is known."""

    subject: str
    visit: str
    lesion: Lesion
    fate: FoundFate | None

    @property
    def name(self) -> str:
        """Name that lasts from visit to visit, or of its own visit where nothing was compared."""
        return lesion_name(self.visit, self.lesion.label, self.fate)

    @property
    def tissue(self) -> LesionTissue | None:
        """T1W of its place at both visits, where that is known."""
        return None if self.fate is None else self.fate[0].tissue

    @property
    def partners(self) -> str | None:
        """Names of its counterparts at the other visit."""
        if self.fate is None:
            return None
        fate, change = self.fate
        return ";".join(
            other.lesion_id
            for other in change.fates
            if other.visit != fate.visit and other.label in fate.matched
        )


def found_lesions(subject: str, result: SubjectResult) -> Iterator[FoundLesion]:
    """Every lesion of every visit.

    The baseline's lesions get their fate from the main follow-up, or else from the first
    that could be compared. A lesion outside the marrow that both visits measured, or of a
    visit without comparison, has no fate.
    """
    fates = lesion_fates(result.changes)
    for visit in result.visits:
        for lesion in () if visit.segmentation is None else visit.segmentation.lesions:
            fate = fates.get((visit.label, lesion.label))
            yield FoundLesion(subject=subject, visit=visit.label, lesion=lesion, fate=fate)


def lesion_name(visit: str, label: int, fate: FoundFate | None) -> str:
    """Name a lesion: as it is called from visit to visit, or of its own visit."""
    if fate is not None:
        return fate[0].lesion_id
    return f"L{label}" if visit == BASELINE else f"{visit}.{label}"


def lesion_fates(changes: Mapping[str, ChangeReport]) -> dict[tuple[str, int], FoundFate]:
    """Tell what became of each lesion, by visit and label; the main follow-up comes first."""
    main = main_followup(changes)
    fates: dict[tuple[str, int], FoundFate] = {}
    for change in sorted(changes.values(), key=lambda change: change.followup != main):
        for fate in change.fates:
            fates.setdefault((fate.visit, fate.label), (fate, change))
    return fates


def quadrant_of(lesion: Lesion) -> Quadrant:
    """Quadrant that holds most of a lesion."""
    return QUADRANTS[lesion.quadrant]


PLACE: tuple[Column[Lesion], ...] = (
    Column(name="side", meaning="the patient's side", read=lambda x: quadrant_of(x).side.value),
    Column(
        name="bone", meaning="bone that holds most of it", read=lambda x: quadrant_of(x).bone.value
    ),
    Column(
        name="quadrant",
        meaning="quadrant that holds most of it",
        read=lambda x: quadrant_of(x).name,
    ),
)
VOLUME = Column[Lesion](
    name="volume_ml",
    meaning="volume, partial volume credited; lesions add up to the edema of the visit",
    read=lambda x: x.volume_ml,
)
COUNTED = Column[Lesion](
    name="counted_ml",
    meaning="volume by counting voxels, none of them in part",
    read=lambda x: x.counted_ml,
)
SHAPE: tuple[Column[Lesion], ...] = (
    Column(name="depth_mm", meaning="how far it reaches from the joint", read=lambda x: x.depth_mm),
    Column(
        name="distance_to_joint_mm",
        meaning="how near it comes to the joint",
        read=lambda x: x.distance_to_joint_mm,
    ),
    Column(
        name="relative_intensity_mean",
        meaning="mean intensity in multiples of normal marrow",
        read=lambda x: x.relative_intensity_mean,
    ),
    Column(
        name="centroid_lps_mm",
        meaning="its middle, as left, back and head coordinates of the scan",
        read=lambda x: x.centroid_lps_mm,
    ),
)
CUT: tuple[Column[Lesion], ...] = (
    Column(
        name="cutoff",
        meaning="mean cut-off there, in multiples of normal marrow: lower than elsewhere in dark "
        "tissue by the joint, higher in fatty marrow",
        read=lambda x: x.cutoff,
    ),
    Column(
        name="ratio_to_cutoff",
        meaning="its brightest voxel after smoothing, over the cut-off at that voxel",
        read=lambda x: x.ratio_to_cutoff,
    ),
)
JUDGED: tuple[Column[Lesion], ...] = (
    Column(
        name="probability",
        meaning="how likely a reader calls it edema, 0 to 1, as the mean over its voxels",
        read=lambda x: x.probability,
        empty="where the rules alone decided",
    ),
)

NO_FATE = "where the lesion was not compared"
NO_TISSUE = "without T1W of both visits, and with too little other marrow to compare with"

TISSUE: tuple[Column[LesionTissue], ...] = emptied(
    (
        Column(
            name="t1_baseline",
            meaning="mean T1W of its place at the baseline in multiples of reference marrow",
            read=lambda t: t.baseline,
        ),
        Column(
            name="t1_followup",
            meaning="the same at the follow-up",
            read=lambda t: t.followup,
        ),
        Column(
            name="t1_change_usual_to",
            meaning="largest rise of T1W that places of its shape in marrow without edema show "
            "(upper limit of 95 %): the measurement error of the rise",
            read=lambda t: t.usual_change.high,
        ),
        Column(
            name="t1_followup_usual_to",
            meaning="the same of their T1W at the follow-up",
            read=lambda t: t.usual_followup.high,
        ),
    ),
    f"{NO_FATE}; {NO_TISSUE}",
)

LESIONS = Table[FoundLesion](
    name="lesions",
    holds="one row per lesion and visit; none of a subject whose numbers are a mean of readers "
    "(`read_from` of `visits.csv`), whose lesions are not the same ones",
    columns=(
        Column(name="subject", meaning="pseudonym of the subject", read=lambda f: f.subject),
        Column(name="visit", meaning="label of the visit", read=lambda f: f.visit),
        Column(
            name="lesion",
            meaning="name that a lesion keeps from visit to visit: `L2` at the baseline, `L2.1` a "
            "part of it, `L2+L3` two that merged, `week14.4` first seen at week 14",
            read=lambda f: f.name,
        ),
        *of_part((*PLACE, VOLUME, *SHAPE), lambda f: f.lesion),
        Column(
            name="fate",
            meaning="`new`, `resolved`, `grown`, `shrunk`, `stable`, `merged` or `split`",
            read=lambda f: None if f.fate is None else f.fate[0].fate.value,
            empty=NO_FATE,
        ),
        Column(
            name="matched_lesion",
            meaning="its counterparts at the other visit, separated by semicolons",
            read=lambda f: f.partners,
            empty=f"without any, and {NO_FATE}",
        ),
        *of_part(CUT, lambda f: f.lesion),
        Column(
            name="compared_ml",
            meaning="part of `volume_ml` in marrow seen at both visits; by fate, it adds up to "
            "the change of the total",
            read=lambda f: None if f.fate is None else f.fate[0].volume_ml,
            empty=NO_FATE,
        ),
        Column(
            name="became",
            meaning="`fate`, and `resolved, fatty` where the place of a resolved lesion turned "
            "to fat: T1W rose above `t1_change_usual_to`, and above `t1_followup_usual_to`",
            read=lambda f: None if f.fate is None else f.fate[0].became,
            empty=NO_FATE,
        ),
        *of_part(TISSUE, lambda f: f.tissue),
        *of_part(JUDGED, lambda f: f.lesion),
    ),
    order=lambda row: str(row["subject"]),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A part above the cut-off: a lesion, or one that a rule left out."""

    lesion: Lesion
    kept: bool

    @property
    def kept_lesion(self) -> Lesion | None:
        """The lesion; None of what was left out, to which no volume is credited."""
        return self.lesion if self.kept else None

    @property
    def name(self) -> str:
        """Label of the lesion, or of the dropped candidate (``D3``)."""
        return f"{'' if self.kept else 'D'}{self.lesion.label}"


def candidates(found: EdemaSegmentation) -> Iterator[Candidate]:
    """Every part above the cut-off, those that were kept first."""
    for lesion in found.lesions:
        yield Candidate(lesion=lesion, kept=True)
    for dropped in found.dropped:
        yield Candidate(lesion=dropped, kept=False)


CANDIDATES = Table[Candidate](
    name="candidates",
    holds="one row per part above the cut-off, kept (they come first) or left out; every number "
    "that the rules look at follows in a column of its own",
    suffix="tsv",
    columns=(
        Column(
            name="candidate",
            meaning="label in the lesion map; `D3` for what was left out",
            read=lambda c: c.name,
        ),
        Column(name="kept", meaning="`true` where it is called edema", read=lambda c: c.kept),
        Column(
            name="rule",
            meaning="rule that left it out",
            read=lambda c: c.lesion.rule,
            empty="where it was kept",
        ),
        Column(name="reason", meaning="why, in words", read=lambda c: c.lesion.reason),
        *of_part(PLACE, lambda c: c.lesion),
        *emptied(
            of_part((VOLUME,), lambda c: c.lesion if c.kept else None), "where it was left out"
        ),
        *of_part((COUNTED, *SHAPE, *CUT, *JUDGED), lambda c: c.lesion),
    ),
)


def write_candidates(path: Path, found: EdemaSegmentation) -> None:
    """Write the candidates of one visit; features follow the columns that all have."""
    told = list(candidates(found))
    rows = [{**candidate.lesion.features, **CANDIDATES.row(candidate)} for candidate in told]
    features = dict.fromkeys(name for candidate in told for name in candidate.lesion.features)
    CANDIDATES.write(path, rows, further=tuple(n for n in features if n not in CANDIDATES.names))
