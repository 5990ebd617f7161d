"""`stats --claim` fills the checklist from what a run left."""

import json
from pathlib import Path

from mri_bme.batch.claim import CLAIM_FILES, study_facts, write_claim
from mri_bme.record.claim import BLANK
from mri_bme.record.made_with import MadeWith
from mri_bme.summarize_cohort import Cohort, Statistic

COHORT = Cohort(
    measurements=(),
    changes=(),
    baseline="baseline",
    followups=("week14",),
    strata={"1": "GE 3 T", "2": "GE 3 T", "3": "Siemens 1.5 T"},
)
MADE_WITH = MadeWith(version="1.0+ab", read_by=("R1",))
STATISTICS = (Statistic(statistic="mean_change", n=2, source="BCa, Efron 1987"),)


def leave(out: Path) -> None:
    (out / "subjects.csv").write_text(
        "subject,status,reason\n1,ok,\n2,ok,\n3,failed,slice 7 is missing\n"
    )
    told = {
        "versions": {"mri_bme": "1.0+ab", "numpy": "2.0"},
        "machine": {"system": "Linux", "cores": 2},
    }
    (out / "provenance.json").write_text(json.dumps(told))


def test_counts_scanners_versions_and_methods_are_those_of_the_results(tmp_path: Path) -> None:
    leave(tmp_path)
    facts = study_facts(tmp_path, COHORT, STATISTICS, MADE_WITH)
    assert (facts.n_subjects, facts.n_measured) == (3, 2)
    assert dict(facts.reasons) == {"slice 7 is missing": 1}
    assert facts.scanners == ["GE 3 T (2)", "Siemens 1.5 T (1)"]
    assert facts.libraries["numpy"] == "2.0"
    assert facts.sources == ["BCa, Efron 1987"]
    assert facts.made_with == MADE_WITH
    assert facts.n_hanging is None
    assert not any((facts.has_agreement, facts.has_verification, facts.has_clinical))


def test_all_three_files_hold_the_same_blanks(tmp_path: Path) -> None:
    leave(tmp_path)
    write_claim(tmp_path, tmp_path, COHORT, STATISTICS, MADE_WITH)
    table, text, page = ((tmp_path / name).read_text(encoding="utf-8") for name in CLAIM_FILES)
    assert table.count(BLANK) == text.count(BLANK) == page.count(BLANK) > 20
    assert page.count(f"<mark>{BLANK}") == page.count(BLANK)
    assert "slice 7 is missing (1)" in page
    assert "R1" in page  # whose edema the statistics are of


def test_subjects_whose_verdict_hangs_on_a_source_are_counted_once(tmp_path: Path) -> None:
    leave(tmp_path)
    rows = ("1,judge,true", "1,threshold,true", "2,judge,false", "3,judge,")
    (tmp_path / "sensitivity.csv").write_text("\n".join(("subject,source,flips", *rows)) + "\n")
    assert study_facts(tmp_path, COHORT, STATISTICS, MADE_WITH).n_hanging == 1
