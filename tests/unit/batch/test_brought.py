"""What the user brings to the statistics is joined, or told to be left out without its names."""

from dataclasses import replace
from pathlib import Path

import pytest

from mri_bme.batch.brought import StatsRequest, compare_with, with_brought_table
from mri_bme.errors import InvalidSettings
from mri_bme.record.cohort import USED_OF_CHANGES, USED_OF_VISITS
from mri_bme.record.tables import write_table
from mri_bme.summarize_cohort import EDEMA, Cohort, Measurement

VISITS = ("baseline", "week14")


def cohort(subjects="ABCD", *, shift=0.0) -> Cohort:
    measurements = [
        Measurement(subject=s, visit=v, day=None, measure=EDEMA, value=shift + 3.0 * k + n)
        for k, s in enumerate(subjects)
        for n, v in enumerate(VISITS)
    ]
    return Cohort(
        measurements=tuple(measurements),
        changes=(),
        baseline="baseline",
        followups=("week14",),
        known=frozenset((m.subject, m.visit) for m in measurements),
    )


def brought(folder: Path, *lines: str, **request):
    path = folder / "clinic.csv"
    path.write_text("\n".join(lines) + "\n")
    return with_brought_table(cohort(), StatsRequest(clinical=path, **request))


def test_without_a_table_the_cohort_is_what_it_was() -> None:
    same = cohort()
    assert with_brought_table(same, StatsRequest()) == (same, [])


def test_measures_arms_and_strata_are_joined_by_subject(tmp_path: Path) -> None:
    lines = [f"{s},{v},{arm},{site},{n}" for s, arm, site, n in
             (("A", "drug", "x", 1), ("B", "Placebo", "y", 2), ("C", "drug", "x", 3),
              ("D", "Placebo", "y", 4)) for v in VISITS]  # fmt: skip
    joined, remarks = brought(
        tmp_path, "subject,visit,arm,site,BASDAI", *lines, arm="arm", strata="site"
    )
    assert dict(joined.arms) == {"A": "drug", "B": "Placebo", "C": "drug", "D": "Placebo"}
    assert joined.control == "Placebo"
    assert set(joined.strata.values()) == {"x", "y"}
    assert joined.clinical_measures == ("BASDAI",)
    assert remarks == []


@pytest.mark.parametrize(
    ("arms", "control", "words"),
    [
        (("drug", "other"), None, "say which arm is the control: --control drug or other"),
        (("control", "placebo"), None, "say which arm is the control"),
        (("drug", "placebo"), "placbo", "names no arm; did you mean placebo"),
        (("drug", "placebo"), "sham", "names no arm; the arms are drug, placebo"),
    ],
)
def test_an_arm_that_may_or_may_not_be_the_control_is_asked_for(
    tmp_path: Path, arms, control, words
) -> None:
    lines = [f"{s},baseline,{arms[k % 2]}" for k, s in enumerate("ABCD")]
    with pytest.raises(InvalidSettings, match=words):
        brought(tmp_path, "subject,visit,arm", *lines, arm="arm", control=control)


def test_the_control_is_the_users_word_where_two_could_be(tmp_path: Path) -> None:
    lines = [f"{s},baseline,{('control', 'placebo')[k % 2]}" for k, s in enumerate("ABCD")]
    joined, _ = brought(tmp_path, "subject,visit,arm", *lines, arm="arm", control="control")
    assert joined.control == "control"


def test_what_fits_nothing_is_named_to_the_user_and_counted_in_what_is_written(
    tmp_path: Path,
) -> None:
    _, remarks = brought(
        tmp_path,
        "subject,visit,BASDAI,initials",
        "A,baseline,3,XY",
        "A,week99,3,XY",
        "Mr Jones,baseline,4,XY",
    )
    spoken, written = (" ".join(getattr(r, n) for r in remarks) for n in ("spoken", "written"))
    assert "Mr Jones" in spoken
    assert "week99" in spoken
    for name in ("Jones", "week99", "XY", "initials", "clinic"):
        assert name not in written
    assert "subjects without results left out of an added table: 1" in written


def test_subjects_without_an_arm_and_a_single_arm_are_said_to_be(tmp_path: Path) -> None:
    joined, remarks = brought(
        tmp_path, "subject,visit,arm", "A,baseline,drug", "B,baseline,drug", arm="arm"
    )
    said = " ".join(r.spoken for r in remarks)
    assert "there is one arm, drug: arms are not compared" in said
    assert "no arm, so left out of comparisons of arms: C, D" in said
    assert joined.control is None


def results(folder: Path, of: Cohort) -> Path:
    folder.mkdir()
    rows = [
        {"subject": m.subject, "visit": m.visit, "day": "", "region": "total",
         EDEMA: m.value, "evaluable": True}
        for m in of.measurements
    ]  # fmt: skip
    write_table(folder / "visits.csv", rows, USED_OF_VISITS)
    write_table(folder / "changes.csv", [], USED_OF_CHANGES)
    return folder


def test_results_of_another_run_are_compared_visit_by_visit(tmp_path: Path) -> None:
    other = results(tmp_path / "other", cohort("BCDE", shift=0.5))
    ((found, pairs),), remarks = compare_with(cohort(), other)
    assert {pair.subject for pair in pairs} == {"B", "C", "D"}
    assert {pair.against for pair in pairs} == {"other"}
    assert any(s.statistic == "bias" for s in found)
    assert remarks == []


def test_a_copy_of_the_results_is_said_to_be_one_without_its_name(tmp_path: Path) -> None:
    _, (remark,) = compare_with(cohort(), results(tmp_path / "copy", cohort()))
    assert remark.spoken.startswith("copy has the same numbers")
    assert "copy has" not in remark.written


@pytest.mark.parametrize(
    ("theirs", "words"),
    [("XYZ", "no subject in common: it has X, Y, Z"), ("AB", "no measured visit in common")],
)
def test_results_of_others_are_refused(tmp_path: Path, theirs: str, words: str) -> None:
    other = cohort(theirs)
    if theirs == "AB":
        moved = tuple(replace(m, visit=f"other {m.visit}") for m in other.measurements)
        other = replace(other, measurements=moved)
    with pytest.raises(InvalidSettings, match=words):
        compare_with(cohort(), results(tmp_path / "other", other))
