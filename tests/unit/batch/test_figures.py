"""Every figure of a run is drawn for papers at once, each with its caption."""

from pathlib import Path

import pytest
from PIL import Image

from mri_bme.batch.figures import ALL, PAPER_FORMATS, draw_figure
from mri_bme.batch.pages import RECORD_NAME
from mri_bme.errors import InvalidSettings, NothingUsable
from mri_bme.report.figures import COHORT_FIGURES, SUBJECT_FIGURES


def test_all_figures_are_drawn_in_both_formats_with_captions(out: Path) -> None:
    written = draw_figure(out, ALL, formats=PAPER_FORMATS)
    stems = {name.rpartition(".")[0] for name in written}
    names = (*COHORT_FIGURES, *(f"sub-1_{name}" for name in SUBJECT_FIGURES))
    assert stems == {f"figures/{name}" for name in names}
    for stem in stems:
        assert (out / f"{stem}.svg").read_text().startswith("<?xml")
        with Image.open(out / f"{stem}.png") as picture:
            assert picture.info["dpi"] == pytest.approx((300, 300), abs=0.1)
        assert len((out / f"{stem}.txt").read_text()) > 80


def test_one_subject_is_drawn_without_the_cohort(out: Path) -> None:
    written = draw_figure(out, ALL, formats=("svg",), subject="sub-1")
    assert written
    assert all(name.startswith("figures/sub-1_") for name in written)


def test_a_caption_says_the_numbers_of_the_figure(out: Path) -> None:
    draw_figure(out, "change", formats=("svg",))
    caption = (out / "figures" / "sub-1_change.txt").read_text()
    assert caption.startswith("Subject sub-1. Fluid-sensitive MRI")
    assert "at baseline (day 0) and week 14 (day 98)" in caption
    assert "change −" in caption
    draw_figure(out, "waterfall", formats=("svg",))
    assert "(n = 1)" in (out / "figures" / "waterfall.txt").read_text()


def test_what_does_not_exist_is_said_with_what_does(out: Path) -> None:
    with pytest.raises(InvalidSettings, match="no figure 'pie'"):
        draw_figure(out, "pie", formats=("svg",))
    with pytest.raises(InvalidSettings, match="no subject sub-9"):
        draw_figure(out, "change", formats=("svg",), subject="sub-9")
    with pytest.raises(InvalidSettings, match="no figures as 'gif'"):
        draw_figure(out, "change", formats=("gif",))


def test_a_figure_that_nobody_has_is_no_empty_folder(out: Path) -> None:
    (out / "sub-1" / RECORD_NAME).unlink()
    with pytest.raises(NothingUsable, match="'change'"):
        draw_figure(out, "change", formats=("svg",))
    assert not (out / "figures").exists()
