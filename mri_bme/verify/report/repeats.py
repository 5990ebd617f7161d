"""The section of the report on real subjects scanned twice."""

from collections.abc import Mapping, Sequence

from mri_bme.report.document import Block, Paragraph, Section, Table
from mri_bme.sacroiliac import RegionKind
from mri_bme.verify.figure import Figure
from mri_bme.verify.figures import Verification
from mri_bme.verify.measure import Measurement
from mri_bme.verify.repeats import (
    Pooled,
    Repeat,
    beyond_phantoms,
    pairs_needed,
    pooled_tables,
    repeat_figures,
    with_edema,
    with_repeats,
)
from mri_bme.verify.report.tables import KIND_WORDS, by_bones, p_words, rounded


def repeats_section(
    repeats: Sequence[Repeat],
    figures: Sequence[Figure],
    pooled: Mapping[RegionKind, Pooled],
    levels: Sequence[float],
    beyond: Sequence[str] = (),
) -> Section:
    """Tell what real pairs show, how many a precision needs, and the pooled detectable change.

    `beyond` are subjects who differ by more than phantoms say a repetition does.
    """
    measured = [r for r in repeats if r.total is not None]
    alike = sum(r.alike for r in measured)
    lost = "; ".join(f"{r.subject}: {r.reason}" for r in repeats if r.total is None)
    n_subjects = len({r.subject for r in measured})
    empty = len(measured) - len(with_edema(measured))
    said = (
        f"{len(measured)} of {len(repeats)} pairs of scans without a change could be measured, of "
        f"{n_subjects} subjects; {alike} pairs were scanned alike."
        + (f" {empty} hold no edema and say nothing of precision." if empty else "")
        + (f" Not measured: {lost}." if lost else "")
        + (
            f" {len(beyond)} of these differ by at least the smallest detectable change of "
            f"phantoms ({', '.join(beyond)}): make sure that nothing has changed there."
            if beyond
            else ""
        )
        + " In brackets, 95 % intervals of a bias and one-sided upper 95 % bounds of a precision."
    )
    needed = tuple((f"{100 * (b - 1):.0f} %", str(n)) for b, n in pairs_needed())
    shares = tuple(
        (
            KIND_WORDS[kind],
            one.source,
            "" if one.ratio is None else f"{one.ratio:.2f}",
            "" if one.p_value is None else p_words(one.p_value),
        )
        for kind, one in pooled.items()
    )
    rows = tuple(
        (f"{at:g} mL", *(f"{rounded(one.detectable_ml[n], 'mL')} mL" for one in pooled.values()))
        for n, at in enumerate(levels)
    )
    blocks: tuple[Block, ...] = (
        Paragraph(text=said),
        *by_bones(figures, caption="Of the total; n pairs"),
        Paragraph(text=POOLED),
        Table(
            heading=("region", "table from", "SD of repeats over phantoms", "p"),
            rows=shares,
            n_text=2,
        ),
        Table(
            caption="Smallest detectable change, phantoms and repeats pooled so",
            heading=("edema", *(KIND_WORDS[kind] for kind in pooled)),
            rows=rows,
        ),
        Table(
            caption="Pairs that bound the within-subject SD so far above its estimate:",
            heading=("upper bound above the estimate", "pairs needed"),
            rows=needed,
        ),
    )
    return Section(title="Repeated scans of real subjects", blocks=blocks)


def with_section(
    verification: Verification, rows: Sequence[Measurement], repeats: Sequence[Repeat]
) -> tuple[Verification, Section]:
    """Pool a verification with repeats; give it, and the section that tells how."""
    levels = verification.detectable_at_ml
    figures = tuple(repeat_figures(repeats, levels))
    pooled = pooled_tables(rows, verification, repeats)
    beyond = beyond_phantoms(repeats, levels, verification.detectable_ml)
    section = repeats_section(repeats, figures, pooled, levels, beyond)
    return with_repeats(verification, pooled, figures), section


POOLED = (
    "Smallest detectable change of phantoms and repeats together: the error grows with the volume "
    "as in phantoms, and is as large as in both, unless repeats surely scatter more (F test, 5 %, "
    "one-sided); then as large as in repeats. Upper 95 % bounds; detectable.toml holds these."
)
