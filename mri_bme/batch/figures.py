"""Draw figures for papers from what a run left, each with a caption beside it."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from mri_bme.batch.pages import cohort_page, read_page, statuses_of
from mri_bme.batch.status import SubjectStatus
from mri_bme.errors import InvalidSettings, NotEvaluable, NothingUsable, UnreadableInput
from mri_bme.extras import needing
from mri_bme.files import write_bytes, write_text
from mri_bme.nearest import did_you_mean

FIGURES_FOLDER = "figures"
ALL = "all"
PAPER_FORMATS = ("svg", "png")
"""What is drawn when every figure is wanted: lines that stay sharp, and 300 dpi."""


def draw_figure(
    out: Path, name: str, *, formats: Sequence[str], subject: str | None = None
) -> tuple[str, ...]:
    """Draw one of the figures for papers, or every one, from what a run left.

    Parameters
    ----------
    out : Path
        The output folder; figures go to its folder ``figures``.
    name : str
        Of `SUBJECT_FIGURES` (one file per subject) or `COHORT_FIGURES`, or `ALL`.
    formats : sequence of str
        Of `FORMATS`.
    subject : str or None
        Draw this subject only.

    Returns
    -------
    tuple of str
        Names of the pictures below `out`; beside each lies its caption, a ``.txt``.

    Raises
    ------
    InvalidSettings
        If there is no such figure, format or subject.
    NothingUsable
        If nothing in the folder can be drawn in it.
    """
    with needing("figures"):
        from mri_bme.report.figures import COHORT_FIGURES, SUBJECT_FIGURES  # noqa: PLC0415  slow

    known = (*SUBJECT_FIGURES, *COHORT_FIGURES)
    if name not in (*known, ALL):
        advice = did_you_mean(name, known, otherwise=f"choose one of {', '.join(known)}, or all")
        raise InvalidSettings(f"there is no figure {name!r}; {advice}")
    statuses = statuses_of(out)
    written: list[str] = []
    if subject is None or name in COHORT_FIGURES:
        of_cohort = [one for one in COHORT_FIGURES if name in (one, ALL)]
        written += _of_cohort(out, of_cohort, statuses, formats)
    of_subjects = [one for one in SUBJECT_FIGURES if name in (one, ALL)]
    if of_subjects:
        for status in _chosen(statuses, subject):
            written += _of_subject(out, of_subjects, status, formats)
    if not written:
        raise NothingUsable(f"nothing there has what the figure {name!r} shows; see subjects.csv")
    return tuple(written)


def _chosen(statuses: Sequence[SubjectStatus], subject: str | None) -> list[SubjectStatus]:
    chosen = [s for s in statuses if subject is None or subject in (s.subject, s.folder)]
    if not chosen:
        names = [s.subject for s in statuses]
        advice = did_you_mean(subject or "", names, otherwise="subjects.csv lists all")
        raise InvalidSettings(f"there is no subject {subject} in the output; {advice}")
    return chosen


def _of_cohort(
    out: Path, names: Sequence[str], statuses: Sequence[SubjectStatus], formats: Sequence[str]
) -> Iterator[str]:
    from mri_bme.report.figures import COHORT_FIGURES, figure_bytes  # noqa: PLC0415  slow
    from mri_bme.report.figures.captions import cohort_caption  # noqa: PLC0415

    page = cohort_page(out, statuses) if names else None
    for name in names:
        if page is None:
            return
        with suppress(NotEvaluable):
            figure = COHORT_FIGURES[name](page)
            contents = {suffix: figure_bytes(figure, suffix) for suffix in formats}
            yield from _write(out, name, contents, cohort_caption(name, page))


def _of_subject(
    out: Path, names: Sequence[str], status: SubjectStatus, formats: Sequence[str]
) -> Iterator[str]:
    from mri_bme.report.figures import SUBJECT_FIGURES, figure_bytes  # noqa: PLC0415  slow
    from mri_bme.report.figures.captions import subject_caption  # noqa: PLC0415

    try:
        page = read_page(out / status.folder)
    except UnreadableInput:
        return
    for name in names:
        with suppress(NotEvaluable):
            figure = SUBJECT_FIGURES[name](page)
            contents = {suffix: figure_bytes(figure, suffix) for suffix in formats}
            yield from _write(out, f"{status.folder}_{name}", contents, subject_caption(name, page))


def _write(out: Path, stem: str, contents: dict[str, bytes], caption: str) -> Iterator[str]:
    for suffix, content in contents.items():
        name = f"{FIGURES_FOLDER}/{stem}.{suffix}"
        write_bytes(out / name, content)
        yield name
    write_text(out / FIGURES_FOLDER / f"{stem}.txt", caption + "\n")
