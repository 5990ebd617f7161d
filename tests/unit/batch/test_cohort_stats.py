"""`mri-bme stats` on a made-up trial of two arms, whose truth is known."""

import csv
import json

import numpy as np
import pytest

from mri_bme.batch.brought import StatsRequest
from mri_bme.batch.cohort_stats import write_cohort_statistics
from mri_bme.errors import InvalidSettings, NothingUsable, UnreadableInput
from mri_bme.record.changes import CHANGES
from mri_bme.record.visits import VISITS
from mri_bme.sacroiliac import REGIONS
from mri_bme.settings import StatsSettings

SETTINGS = StatsSettings(n_bootstrap=1000)
N = 20


def subject_rows(subject, baseline_ml, followup_ml, *, evaluable=True, sparcc=(20, 10)):
    visits = [
        {
            "subject": subject,
            "visit": visit,
            "day": day,
            "region": region,
            "edema_ml": ml / (1 if region == "total" else 4),
            "sparcc_estimate": score if region == "total" else None,
            "evaluable": True,
        }
        for visit, day, ml, score in (
            ("baseline", 0, baseline_ml, sparcc[0]),
            ("week14", 98, followup_ml, sparcc[1]),
        )
        for region in REGIONS
    ]
    change = followup_ml - baseline_ml
    verdict = "decreased" if change < -2 else "increased" if change > 2 else "unchanged"
    changes = [
        {
            "subject": subject,
            "baseline": "baseline",
            "followup": "week14",
            "days": 98,
            "region": region,
            "baseline_ml": baseline_ml if evaluable else None,
            "followup_ml": followup_ml if evaluable else None,
            "change_ml": change if evaluable else None,
            "verdict": verdict if evaluable else "not_evaluable",
            "evaluable": evaluable,
            "reason": "" if evaluable else "registration refused",
        }
        for region in REGIONS
    ]
    return visits, changes


def write_results(out, n=N, *, noise=0.0, maker=True):
    rng = np.random.default_rng(11)
    visits, changes = [], []
    clinical = ["subject,visit,arm,BASDAI,site"]
    for k in range(n):
        drug = k % 2 == 0
        before = float(rng.gamma(3, 3)) + 4
        after = before * (0.4 if drug else 0.95) + float(rng.normal(0, 0.3))
        shift = noise * float(rng.normal())
        rows = subject_rows(
            f"{k:02d}", before, after + shift, evaluable=k != 3, sparcc=(20 + k, 10 + k % 5)
        )
        visits, changes = visits + rows[0], changes + rows[1]
        arm = "drug" if drug else "placebo"
        clinical += [
            f"{k:02d},baseline,{arm},{before / 3:.3f},A",
            f"{k:02d},week14,{arm},{after / 3:.3f},A",
        ]
        if maker:
            sidecar = out / f"sub-{k:02d}/ses-baseline/anat/sub-{k:02d}_T2w.json"
            sidecar.parent.mkdir(parents=True)
            sidecar.write_text(
                json.dumps({"Manufacturer": "A" if k % 3 else "B", "MagneticFieldStrength": 1.5})
            )
    VISITS.write(out / "visits.csv", visits)
    CHANGES.write(out / "changes.csv", changes)
    path = out.parent / f"{out.name}_clinical.csv"
    path.write_text("\n".join(clinical) + "\n")
    return path


@pytest.fixture(scope="module")
def trial(tmp_path_factory):
    out = tmp_path_factory.mktemp("trial") / "out"
    clinical = write_results(out)
    request = StatsRequest(clinical=clinical, arm="arm", differences_ml=(2.0,))
    write_cohort_statistics(out, request, settings=SETTINGS)
    return out, request


def statistics(out, **wanted):
    with (out / "stats/stats.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    return [row for row in rows if all(row[k] == v for k, v in wanted.items())]


def one(out, **wanted):
    (row,) = statistics(out, **wanted)
    return row


def test_the_effect_of_the_drug_is_found(trial) -> None:
    found = one(
        trial[0], statistic="ancova_difference", measure="edema_ml", group="drug against placebo"
    )
    assert found["n"] == "19"
    assert float(found["ci_high"]) < -4
    assert 0 < float(found["p_value"]) < 1e-6
    assert "e" not in found["p_value"]


def test_subjects_that_are_not_evaluable_are_left_out_and_counted(trial) -> None:
    assert one(trial[0], statistic="mean_change", region="total", measure="edema_ml",
               group="all")["n"] == "19"  # fmt: skip
    assert "1 not evaluable" in (trial[0] / "stats/stats.html").read_text()


def test_every_region_has_a_mean_change_and_only_the_whole_is_tested(trial) -> None:
    means = statistics(trial[0], statistic="mean_change", measure="edema_ml", group="all")
    tests = statistics(trial[0], statistic="paired_t_test", measure="edema_ml", group="all")
    assert [row["region"] for row in means] == list(REGIONS)
    assert [row["region"] for row in tests] == ["total"]


def test_clinical_measures_are_correlated_with_edema(trial) -> None:
    at_baseline = one(trial[0], statistic="pearson", against="BASDAI", measure="edema_ml",
                      followup="baseline")  # fmt: skip
    assert float(at_baseline["value"]) > 0.999
    assert statistics(trial[0], statistic="spearman_of_changes", against="BASDAI")


def test_scanners_are_strata(trial) -> None:
    groups = {row["group"] for row in statistics(trial[0], statistic="mean_change")}
    assert {"A 1.5 T", "B 1.5 T", "drug", "placebo", "all"} <= groups


def test_the_sample_size_is_for_the_difference_that_was_asked_for(trial) -> None:
    assert "2.00 mL" in one(trial[0], statistic="subjects_per_arm")["note"]


def test_running_it_again_gives_the_same_bytes(trial) -> None:
    out, request = trial
    before = {p.name: p.read_bytes() for p in (out / "stats").iterdir()}
    assert set(before) == {
        ".made.json",
        "left_out.csv",
        "stats.csv",
        "stats.html",
        "stats.json",
        "timelines.csv",
        "cumulative.csv",
    }
    write_cohort_statistics(out, request, settings=SETTINGS)
    assert before == {p.name: p.read_bytes() for p in (out / "stats").iterdir()}


def test_agreement_with_another_folder_recovers_the_noise_between_them(tmp_path) -> None:
    write_results(tmp_path / "first", 40, maker=False)
    write_results(tmp_path / "second", 40, noise=0.5, maker=False)
    request = StatsRequest(against=(tmp_path / "second",))
    write_cohort_statistics(tmp_path / "first", request, settings=SETTINGS)
    sdc = one(tmp_path / "first", statistic="sdc", measure="edema_ml", followup="week14")
    assert float(sdc["ci_low"]) < 1.96 * 0.5 < float(sdc["ci_high"])
    of_change = one(
        tmp_path / "first", statistic="sdc", measure="edema_ml", followup="change week14"
    )
    assert of_change["n"] == "39"  # one comparison is not evaluable
    assert float(of_change["value"]) == pytest.approx(float(sdc["value"]) / np.sqrt(2), rel=0.02)


def test_agreement_with_readers(tmp_path) -> None:
    out = tmp_path / "out"
    write_results(out, maker=False)
    lines = ["subject,visit,reader,sparcc"]
    for k in range(N):
        lines += [f"{k:02d},baseline,ann,{21 + k}", f"{k:02d},baseline,bob,{23 + k}"]
    (tmp_path / "readers.csv").write_text("\n".join(lines) + "\n")
    request = StatsRequest(against=(tmp_path / "readers.csv",))
    write_cohort_statistics(out, request, settings=SETTINGS)
    biases = {row["against"]: float(row["value"]) for row in statistics(out, statistic="bias")}
    assert biases == {
        "readers reader ann": -1.0,
        "readers reader bob": -3.0,
        "readers reader ann with readers reader bob": -2.0,
    }


def test_three_subjects_get_no_p_value(tmp_path) -> None:
    write_results(tmp_path / "out", 3, maker=False)
    write_cohort_statistics(tmp_path / "out", StatsRequest(), settings=SETTINGS)
    rows = statistics(tmp_path / "out")
    assert rows
    assert not any(row["p_value"] for row in rows)
    assert "n = 3: too few" in (tmp_path / "out/stats/stats.html").read_text()


def test_what_the_clinical_table_names_wrongly_is_told_but_not_written(tmp_path) -> None:
    out = tmp_path / "out"
    clinical = write_results(out, 6, maker=False)
    clinical.write_text(clinical.read_text() + "Jane Roe,baseline,drug,3,A\n00,month9,drug,3,A\n")
    told = write_cohort_statistics(
        out, StatsRequest(clinical=clinical, arm="arm", control="placebo"), settings=SETTINGS
    )
    assert "Jane Roe" in told[0]
    assert "month9" in told[1]
    assert not any(b"Jane" in p.read_bytes() for p in (out / "stats").iterdir())


def test_a_name_that_looks_like_markup_or_mathematics_is_only_text(tmp_path) -> None:
    out = tmp_path / "out"
    clinical = write_results(out, 6, maker=False)
    text = clinical.read_text().replace("BASDAI", "<script>$x^$")
    clinical.write_text(text)
    write_cohort_statistics(out, StatsRequest(clinical=clinical), settings=SETTINGS)
    assert "<script>$x" not in (out / "stats/stats.html").read_text()


@pytest.mark.parametrize(
    ("request_", "says"),
    [
        ({"arm": "arm"}, "give that file too"),
        ({"control": "placebo"}, "--arm"),
        ({"differences_ml": (-1.0,)}, "above 0"),
        ({"control": "sugar", "arm": "arm", "clinical": True}, "the arms are drug, placebo"),
        ({"arm": "group", "clinical": True}, "lacks the column"),
        ({"against": True}, "nothing.csv"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(tmp_path, request_, says) -> None:
    out = tmp_path / "out"
    clinical = write_results(out, 4, maker=False)
    if request_.get("clinical"):
        request_ = request_ | {"clinical": clinical}
    if request_.get("against"):
        request_ = {"against": (tmp_path / "nothing.csv",)}
    with pytest.raises(InvalidSettings, match=says):
        write_cohort_statistics(out, StatsRequest(**request_), settings=SETTINGS)


def test_two_arms_without_a_known_control_ask_for_it(tmp_path) -> None:
    clinical = write_results(tmp_path / "out", 4, maker=False)
    clinical.write_text(clinical.read_text().replace("placebo", "low dose"))
    with pytest.raises(InvalidSettings, match="--control drug or low dose"):
        write_cohort_statistics(
            tmp_path / "out", StatsRequest(clinical=clinical, arm="arm"), settings=SETTINGS
        )


def test_results_of_other_settings_are_refused_unless_told_otherwise(tmp_path) -> None:
    for name, percent in (("a", 0.5), ("b", 0.6)):
        write_results(tmp_path / name, 6, maker=False)
        text = f"[compare]\nmin_covered_fraction = {percent}\na_name_of_an_older_version = 1\n"
        (tmp_path / name / "settings.toml").write_text(text)
    request = StatsRequest(against=(tmp_path / "b",))
    with pytest.raises(InvalidSettings, match="other settings"):
        write_cohort_statistics(tmp_path / "a", request, settings=SETTINGS)
    told = StatsRequest(against=(tmp_path / "b",), allow_different_settings=True)
    write_cohort_statistics(tmp_path / "a", told, settings=SETTINGS)


def test_a_subject_that_could_not_be_measured_is_known_and_not_called_missing(tmp_path) -> None:
    out = tmp_path / "out"
    clinical = write_results(out, 6, maker=False)
    text = (out / "visits.csv").read_text().splitlines()
    unmeasured = [",".join(["00", *line.split(",")[1:4], *[""] * 9, "false", "no series"])
                  if line.startswith("00,") else line for line in text]  # fmt: skip
    (out / "visits.csv").write_text("\n".join(unmeasured) + "\n")
    told = write_cohort_statistics(out, StatsRequest(clinical=clinical), settings=SETTINGS)
    assert not any("subjects without results" in remark for remark in told)
    nothing = [line.replace(",true,", ",false,") for line in unmeasured]
    (out / "visits.csv").write_text("\n".join(nothing) + "\n")
    with pytest.raises(NothingUsable, match="could be measured"):
        write_cohort_statistics(out, StatsRequest(), settings=SETTINGS)


def test_a_folder_without_results_is_nothing_usable(tmp_path) -> None:
    with pytest.raises(NothingUsable, match="mri-bme run"):
        write_cohort_statistics(tmp_path, StatsRequest(), settings=SETTINGS)
    with pytest.raises(NothingUsable):
        write_cohort_statistics(tmp_path / "absent", StatsRequest(), settings=SETTINGS)


def test_subjects_with_a_dash_have_a_scanner_too(tmp_path) -> None:
    out = tmp_path / "out"
    clinical = write_results(out)
    for name in ("visits.csv", "changes.csv"):
        lines = (out / name).read_text().splitlines()
        dashed = [line if k == 0 else f"A-{line}" for k, line in enumerate(lines)]
        (out / name).write_text("\n".join(dashed) + "\n")
    for folder in list(out.glob("sub-*")):
        folder.rename(out / folder.name.replace("sub-", "sub-A"))
    clinical.unlink()
    write_cohort_statistics(out, StatsRequest(), settings=SETTINGS)
    groups = {row["group"] for row in statistics(out, statistic="mean_change")}
    assert {"A 1.5 T", "B 1.5 T"} <= groups


def test_a_refused_comparison_leaves_no_tables_of_an_earlier_one(tmp_path) -> None:
    out = tmp_path / "out"
    write_results(out, 8, maker=False)
    reader = tmp_path / "reader.csv"
    header, rows = "subject,visit,sparcc\n", [f"{k:02d},baseline,{21 + k}" for k in range(8)]
    reader.write_text(header + "\n".join(rows))
    write_cohort_statistics(out, StatsRequest(against=(reader,)), settings=SETTINGS)
    assert (out / "stats/agreement.csv").is_file()
    reader.write_text(header + "\n".join(f"x{row}" for row in rows))
    with pytest.raises(InvalidSettings, match="no subject in common: it has x00"):
        write_cohort_statistics(out, StatsRequest(against=(reader,)), settings=SETTINGS)
    assert list((out / "stats").iterdir()) == []


def test_a_table_that_somebody_edited_is_set_aside(tmp_path) -> None:
    out = tmp_path / "out"
    write_results(out, 8, maker=False)
    write_cohort_statistics(out, StatsRequest(), settings=SETTINGS)
    before = (out / "stats/stats.csv").read_bytes()
    (out / "stats/stats.csv").write_text("with my remarks")
    write_cohort_statistics(out, StatsRequest(), settings=SETTINGS)
    assert (out / "stats/stats.csv").read_bytes() == before
    assert [path.name for path in (out / "stats").glob("*.changed")] == ["stats.csv.changed"]


def test_without_a_comparison_no_agreement_of_an_earlier_one_stays(tmp_path) -> None:
    out = tmp_path / "out"
    write_results(out, 8, maker=False)
    (out / "stats").mkdir()
    (out / "stats/agreement.csv").write_text("old")
    (out / "stats/my_notes.txt").write_text("mine")
    write_cohort_statistics(out, StatsRequest(), settings=SETTINGS)
    assert not (out / "stats/agreement.csv").exists()
    assert (out / "stats/my_notes.txt").read_text() == "mine"


def test_the_results_are_not_compared_with_themselves(tmp_path) -> None:
    out = tmp_path / "out"
    write_results(out, 8, maker=False)
    write_results(tmp_path / "copy", 8, maker=False)
    with pytest.raises(InvalidSettings, match="the results themselves"):
        write_cohort_statistics(out, StatsRequest(against=(out,)), settings=SETTINGS)
    told = write_cohort_statistics(
        out, StatsRequest(against=(tmp_path / "copy",)), settings=SETTINGS
    )
    assert any("same numbers" in remark for remark in told)


def test_readers_who_split_the_work_are_compared_with_the_program_only(tmp_path) -> None:
    out = tmp_path / "out"
    write_results(out, maker=False)
    lines = ["subject,visit,reader,sparcc"]
    lines += [f"{k:02d},baseline,{'ann' if k < 10 else 'bob'},{21 + k + k % 2}" for k in range(N)]
    (tmp_path / "split.csv").write_text("\n".join(lines) + "\n")
    told = write_cohort_statistics(
        out, StatsRequest(against=(tmp_path / "split.csv",)), settings=SETTINGS
    )
    found = {row["against"]: row["n"] for row in statistics(out, statistic="bias")}
    assert found == {"split reader ann": "10", "split reader bob": "10"}
    assert told == (
        "not compared, because nothing was measured in both: split reader ann and split reader bob",
    )


def test_who_has_no_arm_is_named_in_tables_page_and_terminal(tmp_path) -> None:
    out = tmp_path / "out"
    clinical = write_results(out, maker=False)
    clinical.write_text(clinical.read_text().replace("04,baseline,drug", "04,baseline,").replace(
        "04,week14,drug", "04,week14,"))  # fmt: skip
    told = write_cohort_statistics(
        out, StatsRequest(clinical=clinical, arm="arm"), settings=SETTINGS
    )
    assert "no arm, so left out of comparisons of arms: 04" in told
    of_arms = statistics(out, group="drug against placebo", measure="edema_ml")
    assert {row["statistic"] for row in of_arms} >= {
        "ancova_difference",
        "mmrm_difference",
        "rank_ancova_difference",
        "tobit_difference",
    }
    assert {row["n_left_out"] for row in of_arms} == {"2"}  # one change is not evaluable
    with (out / "stats/left_out.csv").open(newline="") as stream:
        lost = [r for r in csv.DictReader(stream) if r["statistic"] == "ancova_difference"]
    assert {(r["subject"], r["reason"]) for r in lost if r["measure"] == "edema_ml"} == {
        ("03", "week14 not evaluable: registration refused"),
        ("04", "no arm"),
    }
    page = (out / "stats/stats.html").read_text()
    assert "2 left out: 03 (week14 not evaluable: registration refused), 04 (no arm)" in page


def test_a_third_arm_is_compared_and_needs_a_control(tmp_path) -> None:
    out = tmp_path / "out"
    clinical = write_results(out, 40, maker=False)
    lines = clinical.read_text().splitlines()
    third = [line.replace("drug", "high dose") if line[:2] in THIRD else line for line in lines]
    clinical.write_text("\n".join(third) + "\n")
    write_cohort_statistics(out, StatsRequest(clinical=clinical, arm="arm"), settings=SETTINGS)
    groups = {row["group"] for row in statistics(out, statistic="mmrm_difference")}
    assert groups == {"drug against placebo", "high dose against placebo"}
    clinical.write_text("\n".join(third).replace("placebo", "low dose") + "\n")
    with pytest.raises(InvalidSettings, match="--control drug or high dose or low dose"):
        write_cohort_statistics(out, StatsRequest(clinical=clinical, arm="arm"), settings=SETTINGS)


THIRD = {f"{k:02d}" for k in range(0, 40, 4)}


def test_everybody_at_zero_gives_no_p_value_between_visits_or_arms(tmp_path) -> None:
    out = tmp_path / "out"
    clinical = write_results(out, maker=False)
    visits, changes = [], []
    for k in range(N):
        rows = subject_rows(f"{k:02d}", 1.0 + k * 0.37, 0.0)
        visits, changes = visits + rows[0], changes + rows[1]
    VISITS.write(out / "visits.csv", visits)
    CHANGES.write(out / "changes.csv", changes)
    request = StatsRequest(clinical=clinical, arm="arm")
    write_cohort_statistics(out, request, settings=SETTINGS)
    of_edema = [row for row in statistics(out, measure="edema_ml") if not row["against"]]
    assert not any(row["p_value"] for row in of_edema)
    assert all(
        "var" in row["note"] or "estimate" in row["note"]
        for row in of_edema
        if row["statistic"] in {"paired_t_test", "wilcoxon_test", "ancova_difference",
                                "mmrm_difference", "tobit_difference"}
    )  # fmt: skip


def test_a_clinical_column_that_repeats_the_programs_numbers_is_left_out(tmp_path) -> None:
    out = tmp_path / "out"
    write_results(out, maker=False)
    clinical = tmp_path / "clinical.csv"
    rows = [f"{k:02d},baseline,{20 + k},{5 + k % 4}" for k in range(N)]
    clinical.write_text("subject,visit,sparcc_estimate,CRP\n" + "\n".join(rows) + "\n")
    told = write_cohort_statistics(out, StatsRequest(clinical=clinical), settings=SETTINGS)
    assert any("repeats the program's own numbers: sparcc_estimate" in remark for remark in told)
    assert {row["against"] for row in statistics(out, statistic="spearman")} == {"CRP"}


@pytest.mark.parametrize("cell", ["-1.5", "nan", "inf"])
def test_results_that_cannot_be_are_refused(tmp_path, cell) -> None:
    out = tmp_path / "out"
    write_results(out, 6, maker=False)
    lines = (out / "visits.csv").read_text().splitlines()
    cells = lines[1].split(",")
    cells[lines[0].split(",").index("edema_ml")] = cell
    (out / "visits.csv").write_text("\n".join([lines[0], ",".join(cells), *lines[2:]]) + "\n")
    with pytest.raises(UnreadableInput, match="edema_ml of 00, which is impossible"):
        write_cohort_statistics(out, StatsRequest(), settings=SETTINGS)


@pytest.mark.parametrize("stopped", [KeyboardInterrupt, OSError])
def test_statistics_that_were_stopped_leave_nothing_and_nothing_looks_edited(
    tmp_path, monkeypatch, stopped
) -> None:
    out = tmp_path / "results"
    write_results(out)
    request = StatsRequest()
    with monkeypatch.context() as patched:
        patched.setattr("mri_bme.batch.cohort_stats.write_stats_page", _stops(stopped))
        with pytest.raises(stopped):
            write_cohort_statistics(out, request, settings=SETTINGS)
    assert not [path.name for path in (out / "stats").iterdir()]
    write_cohort_statistics(out, request, settings=SETTINGS)
    names = {path.name for path in (out / "stats").iterdir()}
    assert {"stats.csv", "stats.html"} <= names
    assert not [name for name in names if "changed" in name]


def _stops(error):
    def stop(*_args, **_kwargs):
        raise error

    return stop
