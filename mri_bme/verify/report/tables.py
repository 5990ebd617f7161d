"""Figures as text: a number with its interval, and tables of them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal

from mri_bme.record.numbers import MINUS
from mri_bme.report.document import Table
from mri_bme.sacroiliac import RegionKind
from mri_bme.verify.figure import Figure
from mri_bme.verify.figures import Verification
from mri_bme.verify.lesions import ANY_SIZE, CONTRASTS, SIZES_ML, class_name

DIGITS = {
    "%": 1,
    "mL": 2,
    "mm": 2,
    "": 3,
    "per mL": 4,
    "scans": 0,
    "per scan": 3,
}  # on the page, after the point
KIND_WORDS = {
    RegionKind.TOTAL: "total",
    RegionKind.SIDE: "one side",
    RegionKind.BONE: "one bone, both sides",
    RegionKind.SIDE_BONE: "one bone of one side",
    RegionKind.QUADRANT: "a quadrant",
    RegionKind.LESION: "a lesion",
}
BONES_WORDS: Mapping[str, str] = {"automatic": "found"}


def bones_words(bones: str) -> str:
    """Say in one word who placed the bones."""
    return BONES_WORDS.get(bones, bones)


def by_level(found: Verification, names: Sequence[str], *, caption: str = "") -> Iterator[Table]:
    """One row per volume and kind of bones, one column per name, and how many in the first."""
    known = {(f.at, f.bones, f.name): f for f in found.figures}
    places = [(f.at, f.bones) for f in found.figures if f.name == names[0] and f.at.endswith(" mL")]
    rows = tuple(
        (
            *(at, bones_words(bones), str(known[at, bones, names[0]].n)),
            *(with_interval(known.get((at, bones, name))) for name in names),
        )
        for at, bones in dict.fromkeys(places)
    )
    if rows:
        yield Table(heading=("edema", "bones", "n", *names), rows=rows, caption=caption, n_text=2)


def by_bones(
    figures: Sequence[Figure],
    *,
    what: str = "figure",
    words: Mapping[str, str] | None = None,
    caption: str = "",
) -> Iterator[Table]:
    """One row per figure and place, and a column for each kind of bones, with how many.

    Names stand in a column of their own where `what` is ``figure``; `words` are said in their
    stead.
    """
    kinds = list(dict.fromkeys(f.bones for f in figures))
    known = {(f.name, f.at, f.bones): f for f in figures}
    is_named = what == "figure"
    rows = []
    for name, at in dict.fromkeys((f.name, f.at) for f in figures):
        own = [known.get((name, at, bones)) for bones in kinds]
        cells = [(with_interval(f), "" if f is None else str(f.n)) for f in own]
        first = (name if words is None else words.get(name, name), at) if is_named else (at,)
        rows.append((*first, *(text for cell in cells for text in cell)))
    columns = [
        text
        for bones in kinds
        for text in (f"bones {bones_words(bones)}" if bones else "value (95 % interval)", "n")
    ]
    heading = ((what, "at") if is_named else (what,)) + tuple(columns)
    if rows:
        yield Table(heading=heading, rows=tuple(rows), caption=caption, n_text=1 + is_named)


def by_size_and_contrast(
    figures: Sequence[Figure],
    *,
    caption: str,
    what: str = "true lesions of",
    words: Callable[[Figure | None], str] | None = None,
) -> Iterator[Table]:
    """Figures of lesions: sizes downwards, contrasts across.

    Each cell holds what `words` says of its figure: how many of how many, if None.
    """
    words = words or share_words
    known = {f.at: f for f in figures}
    contrasts = [f"signal ratio {class_name(limits)}" for limits in CONTRASTS]
    sizes = [class_name(limits, "mL") for limits in SIZES_ML]
    rows = [
        (size, *(words(known.get(at)) for at in (size, *(f"{size}, {c}" for c in contrasts))))
        for size in sizes
        if size in known
    ]
    if rows:
        all_sizes = (words(known.get(at)) for at in (ANY_SIZE, *contrasts))
        heading = (what, "any signal ratio", *contrasts)
        yield Table(heading=heading, rows=(*rows, (ANY_SIZE, *all_sizes)), caption=caption)


def share_words(figure: Figure | None) -> str:
    """Write a share as how many of how many, with its interval in per cent."""
    if figure is None or figure.value is None:
        return ""
    n = round(figure.value * figure.n / 100)
    if figure.low is None or figure.high is None:
        return f"{n} of {figure.n}"
    return f"{n} of {figure.n} ({figure.low:.0f} to {figure.high:.0f} %)"


def rate_words(figure: Figure | None) -> str:
    """Write how many there were, with the interval of how many there are per scan."""
    if figure is None or figure.value is None:
        return ""
    n = round(figure.value * figure.n)
    if figure.low is None or figure.high is None:
        return str(n)
    return f"{n} ({figure.low:.3f} to {figure.high:.3f})"


def with_interval(figure: Figure | None) -> str:
    """Write a figure with what brackets it."""
    if figure is None:
        return ""
    if figure.value is None:
        more = figure.low
        return "" if more is None else f"more than {rounded(more, figure.unit)} {figure.unit}"
    text = f"{rounded(figure.value, figure.unit)} {figure.unit}".strip()
    if figure.low is None and figure.high is None:
        return text
    if figure.low is None:
        return f"{text} (up to {rounded(figure.high or 0.0, figure.unit)})"
    return (
        f"{text} ({rounded(figure.low, figure.unit)} to {rounded(figure.high or 0, figure.unit)})"
    )


def rounded(value: float, unit: str) -> str:
    """Write a number with the digits that its unit has on the page; a half is rounded up.

    By its decimals, as tables and settings tell it: 0.175 mL is 0.18, and not what is nearest to
    the binary number, which is a trace smaller.
    """
    step = Decimal(1).scaleb(-DIGITS[unit])
    told = Decimal(repr(float(value))).quantize(step, rounding=ROUND_HALF_UP) + 0
    return f"{told:f}".replace("-", MINUS)


def p_words(value: float) -> str:
    """Write a p value, which is never 0."""
    return "< 0.001" if value < 0.001 else f"{value:.3f}"
