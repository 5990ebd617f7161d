"""Figures for papers: the size a journal asks for, and the same bytes every time."""

from pathlib import Path

import pytest
from written_run import main_returns_quietly

from mri_bme.cli import main
from mri_bme.errors import InvalidSettings, NotEvaluable
from mri_bme.findings import Interval
from mri_bme.report import CohortPage, CohortRow, SubjectPage, subject_page
from mri_bme.report.figures import (
    COHORT_FIGURES,
    SUBJECT_FIGURES,
    change_figure,
    figure_bytes,
)
from mri_bme.report.figures.style import MM_PER_INCH, ONE_COLUMN_MM, TWO_COLUMNS_MM

STARTS = {"svg": b"<?xml", "png": b"\x89PNG", "pdf": b"%PDF"}


@pytest.mark.parametrize("name", SUBJECT_FIGURES)
def test_every_subject_figure_fits_a_column(drawn_page: SubjectPage, name: str) -> None:
    figure = SUBJECT_FIGURES[name](drawn_page)
    width_mm = figure.get_figwidth() * MM_PER_INCH
    assert width_mm == pytest.approx(ONE_COLUMN_MM) or width_mm == pytest.approx(TWO_COLUMNS_MM)
    assert figure_bytes(figure, "png").startswith(STARTS["png"])


@pytest.mark.parametrize("file_format", STARTS)
def test_the_same_figure_gives_the_same_bytes(drawn_page: SubjectPage, file_format: str) -> None:
    first = figure_bytes(SUBJECT_FIGURES["volumes"](drawn_page), file_format)
    assert first.startswith(STARTS[file_format])
    assert figure_bytes(SUBJECT_FIGURES["volumes"](drawn_page), file_format) == first


def test_print_is_300_dpi(drawn_page: SubjectPage) -> None:
    png = figure_bytes(change_figure(drawn_page), "png")
    width_px = int.from_bytes(png[16:20], "big")
    assert width_px == pytest.approx(TWO_COLUMNS_MM / MM_PER_INCH * 300, abs=1)


def test_other_formats_are_refused(drawn_page: SubjectPage) -> None:
    with pytest.raises(InvalidSettings, match="'tiff'"):
        figure_bytes(SUBJECT_FIGURES["volumes"](drawn_page), "tiff")


def test_a_subject_without_pictures_says_so(unmeasured_result) -> None:
    page = subject_page(unmeasured_result("no fluid-sensitive series"), subject_id="sub-9")
    with pytest.raises(NotEvaluable, match="sub-9 has no series to show"):
        change_figure(page)


@pytest.mark.parametrize("name", COHORT_FIGURES)
def test_cohort_figures_leave_out_what_was_not_measured(name: str) -> None:
    rows = [
        CohortRow(
            subject_id=f"sub-{k}",
            status="ok",
            verdict="decreased",
            baseline_ml=float(k),
            followup_ml=k / 2,
            change_ml=-k / 2,
            interval_ml=Interval(low=-k / 2 - 1, high=-k / 2 + 1),
        )
        for k in range(8)
    ]
    draw = COHORT_FIGURES[name]
    with_failure = (*rows, CohortRow(subject_id="sub-9", status="failed", reason="damaged"))
    alone = figure_bytes(draw(CohortPage(rows=tuple(rows))), "svg")
    assert figure_bytes(draw(CohortPage(rows=with_failure)), "svg") == alone
    with pytest.raises(NotEvaluable):
        draw(CohortPage(rows=with_failure[-1:]))


def test_the_command_draws_from_what_a_run_left(
    out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main_returns_quietly(["report", str(out), "--figure", "change", "--format", "pdf"])
    assert capsys.readouterr().out == "figures/sub-1_change.pdf\n"
    assert (out / "figures" / "sub-1_change.pdf").read_bytes().startswith(b"%PDF")
    main_returns_quietly(["report", str(out), "--figure", "waterfall"])
    assert (out / "figures" / "waterfall.svg").is_file()
    with pytest.raises(SystemExit) as ending:
        main(["report", str(out), "--figure", "pie"])
    assert ending.value.code == 2
    assert "no figure 'pie'" in capsys.readouterr().err
