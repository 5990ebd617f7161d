"""Sections of the report that tell how well edema and its change are measured."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from mri_bme.measurement_error import CHANGE_IS_NOT_RESPONSE, VERDICT_RULE
from mri_bme.report.charts.chart import Chart, Dot, Line, Mark, axis_of, root_axis
from mri_bme.report.charts.trial import identity_chart
from mri_bme.report.document import Block, Paragraph, Section, Table
from mri_bme.sacroiliac import RegionKind
from mri_bme.verify.coverage import BY_VOLUME
from mri_bme.verify.departures import RETESTS
from mri_bme.verify.design import AS_GIVEN
from mri_bme.verify.detection import LOW_LEVELS_ML, QUANTITATION_CV
from mri_bme.verify.figure import CONFIDENCE, Figure
from mri_bme.verify.figures import Verification
from mri_bme.verify.lesions import ANY_SIZE
from mri_bme.verify.measure import Measurement
from mri_bme.verify.precision import PROPORTIONAL_FROM_ML
from mri_bme.verify.report.charts import unchanged_chart, unlike_chart
from mri_bme.verify.report.tables import (
    KIND_WORDS,
    bones_words,
    by_bones,
    by_level,
    by_size_and_contrast,
    rate_words,
    rounded,
    with_interval,
)

BIAS = ("bias", "bias, relative", BY_VOLUME)
MOST_LOW_ML = 2.0  # of volumes of which it is told how often they are found
FEWEST_PAIRS = 3  # for a bound that says anything
NOT_MEASURED = "not evaluable"
SHORT = {"shift of the volume": "shift", "wSD": "wSD"}
PRECISION = (
    "wSD",
    "wSD, fitted",
    "wCV, fitted",
    "repeatability coefficient, fitted",
)


def bias(found: Verification, rows: Sequence[Measurement]) -> Section:
    """Tell bias and linearity, of the total and of lesions."""
    points = [
        (row.true_ml, row.found_ml)
        for row in rows
        if row.found_ml is not None and row.condition == AS_GIVEN and row.bones == found.bones
    ]
    chart = replace(
        identity_chart(tuple(points)),
        title="Found against true volume, mL (square-root axes); the line is identity",
    )
    lines = [f for f in found.figures if f.name.startswith("linearity")]
    said = (
        "Found minus true, with 95 % intervals over subjects: scans of one subject share its "
        "anatomy, so that they count by their mean. The line is fitted by least squares, weights "
        "1 / (0.5 mL + true); its errors allow for the same; a curve is fitted besides, and "
        "matters where its term of second order is larger than its error and it departs from the "
        "line by more than is acceptable. The interval of R squared is of the jackknife that "
        "leaves out one subject at a time. Beside each bias stands how many intervals of volumes "
        "hold the truth. Bones given show the segmentation alone, bones found what a run does."
    )
    blocks: list[Block] = [Paragraph(text=said), *([chart] if points else [])]
    blocks += by_level(found, BIAS, caption=f"Bias of the total, by volume; {_n_words(found)}")
    short = {f.name: f.name.removeprefix("linearity, ") for f in lines}
    blocks += by_bones(lines, words=short, caption="Line and curve through all scans")
    by_size = [f for f in found.figures if f.name == "bias of lesions" and f.n]
    blocks += by_bones(
        by_size,
        what="true lesions of",
        caption="Bias lesion by lesion, of true lesions that were found; n lesions",
    )
    return Section(title="Bias and linearity", blocks=tuple(blocks))


def _n_words(found: Verification) -> str:
    """Say of how many subjects the scans of each volume are."""
    n = max((f.n_subjects for f in found.figures if f.name == "bias"), default=0)
    return f"n scans of {n} subjects"


def precision(found: Verification) -> Section:
    """Tell precision as a function of volume."""
    said = (
        "How far two scans of an unchanged subject on another day differ. wSD is the SD within a "
        "subject, wCV that over the volume, the repeatability coefficient 2.77 wSD: 95 of 100 "
        "repetitions differ by less. The error grows with the volume, so that each is a function "
        "of it: the variance is fitted as a + b v + c v², and stands beside what the pairs of "
        "each volume show by themselves. Pairs of one subject count as independent: each has "
        "edema elsewhere, another position and other noise. In brackets, one-sided upper 95 % "
        "bounds. One wCV for all is told for 1 mL or more only."
    )
    one = [f for f in found.figures if f.name == "wCV over all pairs"]
    blocks: list[Block] = [Paragraph(text=said)]
    chart = _profile_chart(found)
    blocks += [chart] if chart else []
    blocks += by_level(found, PRECISION, caption="By volume; n pairs")
    blocks += by_bones(one, caption="Over all volumes; n pairs")
    if one and (said := _profile_words(found)):
        blocks.append(Paragraph(text=said))
    return Section(title="Precision profile: visits scanned alike", blocks=tuple(blocks))


def _profile_words(found: Verification) -> str:
    """Say how far the wCV is from constant, beside the one number over all volumes."""
    own = [f for f in found.figures if f.name == "wCV, fitted" and f.bones == found.bones]
    large = [f for f in own if float(f.at.split()[0]) >= PROPORTIONAL_FROM_ML and f.value]
    if len(large) < 2:
        return ""
    ends = (f"{rounded(f.value or 0.0, f.unit)} % at {f.at}" for f in (large[0], large[-1]))
    return (
        f"The wCV is no constant: as fitted, bones {bones_words(found.bones)}, it is "
        f"{' and '.join(ends)}. Plan with the profile; the one number over all volumes is what "
        "the criterion was stated for."
    )


def _profile_chart(found: Verification) -> Chart | None:
    own = [f for f in found.figures if f.name == "wCV, fitted" and f.bones == found.bones]
    points = [(float(f.at.split()[0]), f.value, f.high) for f in own if f.value is not None]
    if len(points) < 2:
        return None
    top = min(100.0, max(high or value for _, value, high in points))
    x = root_axis(points[-1][0], label="volume, mL (square-root axis)")
    middle = tuple((at, min(value, top)) for at, value, _ in points)
    upper = tuple((at, min(high or value, top)) for at, value, high in points)
    y = axis_of([0.0, top], label="wCV, %")
    marks: list[Mark] = [
        Line(points=upper, role="soft", is_dashed=True),
        Line(points=middle, role="first", width=1.4),
        *(Dot(at=at, role="first") for at in middle),
    ]
    return Chart(
        alt="Within-subject coefficient of variation against volume, with its upper bound",
        title="wCV against volume, %; dashed, its upper 95 % bound",
        x=x,
        y=y,
        marks=tuple(marks),
        width_mm=110.0,
        height_mm=60.0,
    )


def detection(found: Verification) -> Section:
    """Tell limits of blank, detection and quantitation."""
    names = (
        *("limit of blank", "limit of detection, from scatter"),
        *("limit of detection", "limit of quantitation"),
    )
    said = (
        "Limit of blank: 95 of 100 scans without edema are found with less (CLSI EP17-A2, "
        "non-parametric; it asks for 60 blanks). Limit of detection: least volume that was tried "
        "from which on 95 of 100 scans are found above the limit of blank; smaller ones are found "
        "as often as the second table says. From scatter: the limit of blank plus 1.645 pooled SD "
        f"of samples of up to {LOW_LEVELS_ML[1]:g} mL that were found. It says what a found volume "
        "has to exceed to be no scatter of nothing, and not what is missed: a faint lesion that "
        "is missed in both scans repeats itself perfectly. Limit of quantitation: least volume "
        f"from which on the fitted within-subject CV is at most {100 * QUANTITATION_CV:.0f} %, not "
        "below the limit of detection. In brackets, one-sided upper 95 % bounds; from so few "
        "blanks the limit of blank has none" + _blanks_words(found) + _limit_words(found)
    )
    own = [f for f in found.figures if f.name in names]
    often = [
        f
        for f in found.figures
        if f.name == "found above the limit of blank" and float(f.at.split()[0]) <= MOST_LOW_ML
    ]
    return Section(
        title="Limits of detection and of quantitation",
        blocks=(
            Paragraph(text=said),
            *by_bones(own),
            *by_bones(
                often, what="true total", caption="Scans found above the limit of blank; n scans"
            ),
        )
        if own
        else (),
    )


def _limit_words(found: Verification) -> str:
    """Say which limit a run takes that is given detectable.toml."""
    if found.detection_limit_ml is not None:
        return (
            f" detectable.toml makes {found.detection_limit_ml:.2f} mL the least volume that "
            "counts as edema: the larger limit from scatter of both kinds of bones."
        )
    return (
        " These scans are too few to tell a limit from scatter (its bound would be more than twice "
        "as large), so that detectable.toml holds none and a run keeps that of its settings, "
        f"{found.usual_limit_ml:g} mL."
    )


def _blanks_words(found: Verification) -> str:
    """Say of how many scans without edema the largest result is an upper bound."""
    n = next((f.n for f in found.figures if f.name == "limit of blank" and f.n), 0)
    if not n:
        return "."
    surely = 100 * (1 - CONFIDENCE) ** (1 / n)
    return (
        f": {n} of them say with 95 % confidence that {surely:.0f} % of scans without edema are "
        "found with no more than the largest of theirs."
    )


def detectable(found: Verification, measured: Sequence[Measurement]) -> Section:
    """Tell smallest detectable changes, and how many unchanged pairs are beyond."""
    columns = {RegionKind.TOTAL: found.detectable_ml, **found.detectable_by_kind}
    heading = ("edema", *(KIND_WORDS[kind] for kind in columns))
    rows = tuple(
        (f"{at:g} mL", *(f"{rounded(column[n], 'mL')} mL" for column in columns.values()))
        for n, at in enumerate(found.detectable_at_ml)
    )
    if not rows:
        return Section(title="Smallest detectable change", blocks=())
    said = (
        f"{VERDICT_RULE} {CHANGE_IS_NOT_RESPONSE} Upper 95 % bounds; of given and found bones, "
        "whichever change more. They are mostly larger than the upper bounds of repeatability "
        "coefficients, since they are of the region that both visits measured and take what "
        "differs there as it is. To use them, pass detectable.toml to mri-bme run --config."
    )
    beyond = [f for f in found.figures if f.name == "beyond the smallest detectable change"]
    chart = unchanged_chart(found, measured)
    blocks: list[Block] = [Paragraph(text=said), *([chart] if chart else [])]
    blocks.append(Table(heading=heading, rows=rows))
    beyond = [replace(f, at=KIND_WORDS[RegionKind(f.at)]) for f in beyond]
    if beyond:
        text = "Share of unchanged pairs beyond it, each subject judged by tables of all the others"
        blocks += by_bones(beyond, what="region", caption=f"{text}; n pairs")
    return Section(title="Smallest detectable change by kind of region", blocks=tuple(blocks))


def reproducibility(found: Verification, measured: Sequence[Measurement]) -> Section:
    """Tell bias and RDC of visits that were not scanned alike."""
    changes = [
        f for f in found.figures if f.name in {"bias between visits", "RDC over all volumes"}
    ]
    if not changes:
        return Section(title="", blocks=())
    said = (
        "One thing differs at the second visit. Bias: mean of second minus first visit in per "
        "cent of the volume, with its 95 % interval. RDC, the reproducibility coefficient: 1.96 "
        "times the root mean square difference, so that the bias counts in full; 95 of 100 "
        "unchanged subjects differ by less. It grows with the volume: over all volumes it is told "
        "in per cent of each, beside it by volume as fitted. In brackets, one-sided upper 95 % "
        "bounds."
    )
    if min(f.n for f in changes) < FEWEST_PAIRS:
        said += (
            " Where there are fewer than three pairs, this finds gross failures and no more: the "
            "bounds say that they are few."
        )
    levels = list(
        dict.fromkeys(f.at for f in found.figures if f.name in {f"RDC, {n}" for n in RETESTS})
    )
    known = {(f.name, f.at): f for f in found.figures if f.bones == found.bones}
    rows = tuple(
        (
            name,
            _pairs_words(known["bias between visits", name]),
            with_interval(known.get(("bias between visits", name))),
            with_interval(known.get(("RDC over all volumes", name))),
            *(with_interval(known.get((f"RDC, {name}", at))) for at in levels),
        )
        for name in RETESTS
        if ("bias between visits", name) in known
    )
    heading = (
        "at the second visit",
        "pairs of subjects",
        "bias",
        "RDC",
        *(f"RDC at {at}" for at in levels),
    )
    chart = unlike_chart(found, measured)
    blocks: list[Block] = [Paragraph(text=said), *([chart] if chart else [])]
    blocks.append(Table(heading=heading, rows=rows))
    return Section(title="Reproducibility: visits not scanned alike", blocks=tuple(blocks))


def _pairs_words(figure: Figure) -> str:
    return f"{figure.n} of {figure.n_subjects}"


def lesions(found: Verification) -> Section:
    """Tell sensitivity and false lesions."""
    sensitivity = [f for f in found.figures if f.name == "lesion sensitivity"]
    if not sensitivity:
        return Section(title="", blocks=())
    false = [f for f in found.figures if f.name == "false lesions per scan"]
    said = (
        "A true lesion is edema that hangs together; it is found when a tenth of it was. A found "
        "lesion is false when less than a tenth of it is edema. Shares with 95 % intervals "
        "(Wilson's, wider by what lesions of one subject share), rates per scan with exact Poisson "
        "ones. The signal ratio is signal over that of normal marrow: of a true lesion as "
        "it was ordered, of a false one the upper quartile of its voxels over the reference marrow."
    )
    return Section(
        title="Lesion by lesion",
        blocks=(
            Paragraph(text=said),
            *(
                table
                for bones in dict.fromkeys(f.bones for f in sensitivity)
                for table in by_size_and_contrast(
                    [f for f in sensitivity if f.bones == bones],
                    caption=f"True lesions that were found, bones {bones_words(bones)}",
                )
            ),
            *(
                block
                for bones in dict.fromkeys(f.bones for f in false)
                for block in _false_lesions([f for f in false if f.bones == bones], bones)
            ),
        ),
    )


def _if_measured(figure: Figure | None) -> str:
    return NOT_MEASURED if figure is not None and not figure.n else with_interval(figure)


def _false_lesions(figures: Sequence[Figure], bones: str) -> Iterator[Block]:
    """Tell false lesions by size and contrast; of none at all in one sentence."""
    whole = next(f for f in figures if f.at == ANY_SIZE)
    where = f"{whole.n} scans, bones {bones_words(bones)}"
    if not whole.value:
        text = f"False lesions in {where}: none, of any size and signal ratio"
        if whole.high is not None:
            text += f"; at most {whole.high:.3f} per scan (upper end of the 95 % interval)"
        yield Paragraph(text=f"{text}.")
        return
    yield from by_size_and_contrast(
        figures,
        what="false lesions of",
        words=rate_words,
        caption=f"False lesions in {where}; in brackets, the interval of how many per scan",
    )


def departures(found: Verification) -> Section:
    """Tell what each departure of both scans changes."""
    names = ("shift of the volume", "wSD")
    places = dict.fromkeys(f.at for f in found.figures if f.name == "shift of the volume")
    known = {(f.at, f.bones, f.name): f for f in found.figures}
    bones = dict.fromkeys(f.bones for f in found.figures if f.name == "shift of the volume")
    columns = [(one, name) for one in bones for name in names]
    heading = ("departure", *(f"{SHORT[name]}, bones {bones_words(one)}" for one, name in columns))
    rows = tuple(
        (at, *(_if_measured(known.get((at, *column))) for column in columns)) for at in places
    )
    said = (
        "Volume found under each departure of both scans, relative to the same subject scanned as "
        "given, with 95 % intervals over subjects where there are several, and the scatter of test "
        "and retest there, with one-sided upper 95 % bounds; one departure at a time."
    )
    blocks = (Paragraph(text=said), Table(heading=heading, rows=rows)) if rows else ()
    return Section(title="What the protocol and positioning change", blocks=blocks)
