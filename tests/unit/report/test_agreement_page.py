"""The page of agreement tells who read, how far they agree, and what differs too much."""

from pathlib import Path

import pytest

from mri_bme.agreement import MaskAgreement, Overruled, ReadVisit, reader_agreement
from mri_bme.record.agreement import MaskPair, OverruledRow, ReadRow
from mri_bme.report.agreement_page import AgreementPage, write_agreement_page

VOLUMES = {"R1": (9, 6, 8, 7, 10, 6), "R2": (2, 1, 4, 1, 5, 2), "auto": (5, 3, 6, 2, 6, 4)}


def row(reader: str, n: int, *, seconds: float) -> ReadRow:
    return ReadRow(
        reader=reader, subject=f"S{n}", case=f"sub-S{n}", visit="baseline", repeat=1, edema_ml=1.0,
        sparcc=None, berlin=None, asas=None, impression=None, quality=None, seconds=seconds,
        n_amendments=n == 0,
    )  # fmt: skip


@pytest.fixture
def html(tmp_path: Path) -> str:
    read = [
        ReadVisit(reader=reader, subject=f"S{n}", visit="baseline", values={"edema_ml": float(v)})
        for reader, values in VOLUMES.items()
        for n, v in enumerate(values)
    ]
    masks = MaskAgreement(
        dice=0.71, surface_mean_mm=1.5, surface_95_mm=4.0, n_first=3, n_second=2,
        n_first_matched=2, n_second_matched=1, first_ml=1.0, second_ml=0.5,
    )  # fmt: skip
    page = AgreementPage(
        statistics=reader_agreement(read, baseline="baseline"),
        read=read,
        rows=[row(r, n, seconds=60 + n) for r in ("R1", "R2") for n in range(6)],
        masks=[MaskPair(subject="S1", visit="baseline", first="R1", second="R2", masks=masks)],
        overruled=[
            OverruledRow(
                reader="R1",
                subject="S1",
                visit="baseline",
                overruled=Overruled(what="taken back", label=n, volume_ml=0.25, rule="rim"),
            )
            for n in (1, 2)
        ],
        to_adjudicate={"S<b>": ("baseline: edema_ml differs by 7",)},
        limits={"edema_ml": 0.5},
        baseline="baseline",
    )
    write_agreement_page(page, tmp_path / "agreement.html")
    return (tmp_path / "agreement.html").read_text()


def test_it_tells_who_read_and_how_long_it_took(html: str) -> None:
    assert "2 readers; the program is <em>auto</em>" in html
    assert '<th scope="row">R1</th><td class="n">6</td><td class="n">0</td>' in html
    assert ">62<" in html  # median of 60 to 65


def test_it_tells_figures_with_intervals(html: str) -> None:
    assert "ICC(2,1)" in html
    assert "R1 with R2" in html
    assert "R1 with auto" in html
    assert "0.71" in html
    assert "2 of 3" in html


def test_it_draws_differences_of_every_pair(html: str) -> None:
    assert html.count("<figure") == 3


def test_it_sums_up_what_readers_overrule_by_rule(html: str) -> None:
    row = '<th scope="row">taken back</th><td class="n">rim</td><td class="n">2</td>'
    assert f'{row}<td class="n">0.5</td>' in html


def test_what_comes_from_outside_is_text(html: str) -> None:
    assert "S&lt;b&gt;" in html
    assert "S<b>" not in html
