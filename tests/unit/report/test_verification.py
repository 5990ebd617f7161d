"""The page of a verification shows what it is given, as text."""

from dataclasses import replace
from pathlib import Path

from mri_bme.report.verification import VerificationPage, write_verification_page

PAGE = VerificationPage(
    provenance="3 phantom scans",
    protocol=(("pixel mm", "0.6"),),
    figures=(("linearity, slope", "all", "given", "0.987", "0.95 to 1.02", "20"),),
    levels=(("edema", "bones", "bias"), ("5 mL", "given", "0.12 mL")),
    conditions=(),
    detectable=((0.0, 0.2), (5.0, 0.9)),
    detection_limit_ml=0.12,
    n_scans=20,
    n_not_evaluable=1,
    points=((1.0, 1.1), (5.0, 4.8)),
    reasons=("the slab <misses> the joint",),
)


def written(page: VerificationPage, tmp_path: Path) -> str:
    write_verification_page(page, tmp_path / "verify.html")
    return (tmp_path / "verify.html").read_text(encoding="utf-8")


def test_every_figure_and_every_scan_is_on_the_page(tmp_path: Path) -> None:
    html = written(PAGE, tmp_path)
    for text in ("3 phantom scans", "linearity, slope", "0.95 to 1.02", "0.12 mL"):
        assert text in html
    assert html.count('class="dot') == len(PAGE.points)


def test_reasons_are_text(tmp_path: Path) -> None:
    html = written(PAGE, tmp_path)
    assert "the slab &lt;misses&gt; the joint" in html
    assert "<misses>" not in html


def test_a_verification_that_measured_nothing_still_has_a_page(tmp_path: Path) -> None:
    empty = replace(PAGE, figures=(), levels=(), detectable=(), detection_limit_ml=None, points=())
    html = written(empty, tmp_path)
    assert "None" not in html
    assert 'class="dot' not in html
