"""Tables and pages once more, as a reader has them."""

import csv
import html
from pathlib import Path

import pytest
from read_study import LESION, drawn, sign

from mri_bme.batch.read_pages import rebuild_as_read_by
from mri_bme.errors import InvalidSettings


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_tables_pages_and_cohort_page_are_the_readers_and_then_the_programs(study: Path) -> None:
    before = (study / "changes.csv").read_bytes()
    sign(study, "R1", "sub-01", {"baseline": drawn(LESION), "week14": drawn(LESION)})
    missing = rebuild_as_read_by(study, "R1")
    assert [folder for folder, _ in missing] == ["sub-02"]
    changes = [r for r in rows(study / "changes.csv") if r["region"] == "total"]
    assert [(r["subject"], r["read_by"], r["verdict"]) for r in changes] == [
        ("01", "R1", "unchanged"),
        ("02", "R1", "not_evaluable"),
    ]
    page = (study / "sub-01" / "report.html").read_text()
    assert "read by" in page
    assert "unchanged" in page.lower()
    assert rebuild_as_read_by(study, "auto") == ()
    assert (study / "changes.csv").read_bytes() == before
    assert "read by" not in (study / "sub-01" / "report.html").read_text()


def test_a_page_says_where_the_tables_tell_several_readers_or_none(study: Path) -> None:
    smaller = (slice(2, 5), slice(15, 26), slice(62, 74))
    sign(study, "R1", "sub-01", {"baseline": drawn(LESION), "week14": drawn()})
    sign(study, "R2", "sub-01", {"baseline": drawn(smaller), "week14": drawn()})
    sign(study, "R1", "sub-02", {"baseline": drawn(LESION), "week14": drawn()})
    missing = dict(rebuild_as_read_by(study, "consensus"))
    assert list(missing) == ["sub-02"]
    assert "read by R1 only" in missing["sub-02"]
    agreed, alone = ((study / f"sub-0{n}" / "report.html").read_text() for n in (1, 2))
    told = rows(study / "visits.csv")
    (total,) = [
        r for r in told if (r["subject"], r["visit"], r["region"]) == ("01", "baseline", "total")
    ]
    assert total["read_from"] == "mean of R1, R2"
    assert f"the tables tell mean of R1, R2: baseline {float(total['edema_ml']):.2f} mL" in agreed
    assert "the tables have no numbers of consensus: read by R1 only" in alone
    cohort = (study / "index.html").read_text()
    assert "baseline: read by consensus (mean of R1, R2)" in cohort
    rebuild_as_read_by(study, "auto")
    assert "the tables" not in (study / "sub-01" / "report.html").read_text()


def test_nobody_is_no_reader(study: Path) -> None:
    with pytest.raises(InvalidSettings, match="nobody called R7"):
        rebuild_as_read_by(study, "R7")


def test_a_readers_page_keeps_what_is_doubtful_of_the_scan_and_how_it_looks(study: Path) -> None:
    doubtful = [
        row["reason"]
        for row in rows(study / "quality.csv")
        if row["subject"] == "01" and row["verdict"] in ("doubtful", "impossible")
    ]
    assert doubtful, "boxes of even marrow are no scan of a person"
    sign(study, "R1", "sub-01", {"baseline": drawn(LESION), "week14": drawn(LESION)})
    rebuild_as_read_by(study, "R1")
    page = html.unescape((study / "sub-01" / "report.html").read_text())
    assert "read by" in page
    told = page.split('class="doubts', 1)[1].split("</section>", 1)[0]
    assert all(reason in told for reason in doubtful)
    assert "How the scans look" in page


def test_a_mean_tells_how_far_it_hangs_on_whose_reading_is_taken(study: Path) -> None:
    sign(study, "R1", "sub-01", {"baseline": drawn(LESION), "week14": drawn(LESION)})
    sign(study, "R2", "sub-01", {"baseline": drawn(LESION), "week14": drawn()})
    rebuild_as_read_by(study, "mean")
    told = [r for r in rows(study / "sensitivity.csv") if r["subject"] == "01"]
    change = next(r for r in told if r["compared_with"])
    assert {(r["source"], r["read_by"]) for r in told} == {("choice of reader", "mean")}
    assert len(told) == 3, "two volumes and their change"
    assert float(change["low_ml"]) < float(change["value_ml"]) < float(change["high_ml"])
    assert (change["verdict_high"], change["flips"]) == ("unchanged", "true")
    page = (study / "sub-01" / "report.html").read_text()
    assert "the verdict hangs on the choice of reader" in page
