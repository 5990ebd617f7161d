"""Agreement over a small study, against numbers that are known, and against R.

``oracle/expected.R`` made the ratings of four more studies and gave the answers of psych;
``oracle/irr.R`` made twelve studies of two or three readers and gave those of irr: ties, zeros,
readings that are missing, a reader who always says the same, readers who are identical, shifted,
opposed or unrelated.
"""

import csv
import functools
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from mri_bme.agreement.readers import ReadVisit, cases_to_adjudicate, reader_agreement
from mri_bme.findings import AUTO, CONSENSUS
from mri_bme.summarize_cohort import Statistic
from mri_bme.summarize_cohort.statistic import MIN_N_INFERENCE

FOLDER = Path(__file__).parent / "oracle"
ORACLE = json.loads((FOLDER / "expected.json").read_text())["icc"]
# Six targets, judges 1 to 3 of Shrout & Fleiss, Psychol Bull 86:420-428, 1979, table 2
JUDGES = {"R1": (9, 6, 8, 7, 10, 6), "R2": (2, 1, 4, 1, 5, 2), "R3": (5, 3, 6, 2, 6, 4)}
AFTER = {"R1": (5, 5, 5, 5, 5, 5), "R2": (0, 0, 0, 0, 0, 0), "R3": (1, 1, 1, 1, 1, 1)}


def study(*readers: str) -> list[ReadVisit]:
    return [
        ReadVisit(
            reader=reader,
            subject=f"S{n}",
            visit=visit,
            values={"sparcc": float(values[reader][n])},
            quadrants=frozenset({"left_ilium_upper"} if n % 2 else {"right_ilium_upper"}),
        )
        for reader in readers
        for visit, values in (("baseline", JUDGES), ("week14", AFTER))
        for n in range(6)
    ]


def of(found, statistic, **where):
    chosen = [
        one
        for one in found
        if one.statistic == statistic
        and all(getattr(one, name) == value for name, value in where.items())
    ]
    assert len(chosen) == 1, (statistic, where)
    return chosen[0]


def icc_by_hand(ratings: np.ndarray) -> float:
    n, k = ratings.shape
    rows = k * ((ratings.mean(1) - ratings.mean()) ** 2).sum() / (n - 1)
    columns = n * ((ratings.mean(0) - ratings.mean()) ** 2).sum() / (k - 1)
    whole = ((ratings - ratings.mean()) ** 2).sum()
    error = (whole - rows * (n - 1) - columns * (k - 1)) / ((n - 1) * (k - 1))
    return (rows - error) / (rows + (k - 1) * error + k * (columns - error) / n)


def test_icc_of_status_and_of_change_of_all_readers() -> None:
    found = reader_agreement(study("R1", "R2", "R3"), baseline="baseline")
    status = np.array(list(JUDGES.values()), float).T
    change = np.array([np.subtract(AFTER[r], JUDGES[r]) for r in JUDGES], float).T
    for question, ratings in (("baseline", status), ("change to week14", change)):
        icc = of(found, "icc_2_1", against="all 3 readers", followup=question)
        assert icc.value == pytest.approx(icc_by_hand(ratings))
        assert icc.n == 6


def test_bias_and_detectable_change_of_two_readers() -> None:
    found = reader_agreement(study("R1", "R2"), baseline="baseline")
    differences = np.subtract(JUDGES["R1"], JUDGES["R2"])
    where = {"against": "R1 with R2", "followup": "baseline"}
    assert of(found, "bias", **where).value == pytest.approx(differences.mean())
    expected = 1.959964 * differences.std(ddof=1)
    assert of(found, "sdc", **where).value == pytest.approx(expected, rel=1e-6)


def test_kappa_is_one_where_the_same_quadrants_were_seen() -> None:
    found = reader_agreement(study("R1", "R2"), baseline="baseline")
    kappa = of(found, "kappa", against="R1 with R2", region="")
    assert kappa.value == pytest.approx(1)
    assert kappa.n == 6 * 2 * 8


def test_kappa_of_each_quadrant_is_that_of_its_own_answers() -> None:
    # Ten scans. Upper left ilium: both see edema on 4, the first alone on 1, the second alone on
    # 1, neither on 4: agreement 8/10, by chance 0.5 * 0.5 + 0.5 * 0.5, kappa (0.8 - 0.5) / 0.5.
    # Upper right ilium: both on 2, the first alone on 2, neither on 6: agreement 8/10, by chance
    # 0.4 * 0.2 + 0.6 * 0.8 = 0.56, kappa 0.24 / 0.44. Nobody sees any in the other six.
    left = {"R1": range(5), "R2": (0, 1, 2, 3, 5)}
    right = {"R1": range(4), "R2": range(2)}
    read = [
        ReadVisit(
            reader=reader,
            subject=f"S{n}",
            visit="baseline",
            quadrants=frozenset(
                [
                    *(["left_ilium_upper"] if n in left[reader] else []),
                    *(["right_ilium_upper"] if n in right[reader] else []),
                ]
            ),
        )
        for reader in ("R1", "R2")
        for n in range(10)
    ]
    found = reader_agreement(read, baseline="baseline")
    assert of(found, "kappa", region="left_ilium_upper").value == pytest.approx(0.6)
    assert of(found, "kappa", region="right_ilium_upper").value == pytest.approx(0.24 / 0.44)
    assert of(found, "kappa", region="left_ilium_upper").n == 10
    assert of(found, "kappa", region="left_sacrum_lower").value is None
    # all eighty answers: both 6, first alone 3, second alone 1, neither 70
    chance = (9 * 7 + 71 * 73) / 80**2
    assert of(found, "kappa", region="").value == pytest.approx((76 / 80 - chance) / (1 - chance))


def test_the_program_is_compared_with_readers_and_counted_among_none() -> None:
    read = study("R1", "R2")
    read += [
        ReadVisit(reader=AUTO, subject=o.subject, visit=o.visit, values=o.values)
        for o in study("R3")
    ]
    found = reader_agreement(read, baseline="baseline")
    assert {one.group for one in found if AUTO in one.against} == {"with the program"}
    assert of(found, "icc_2_1", against="R1 with auto", followup="baseline").n == 6
    assert not any(one.against.startswith("all") for one in found)


def test_the_consensus_is_no_reader_among_readers() -> None:
    agreed = [
        ReadVisit(reader=CONSENSUS, subject=o.subject, visit=o.visit, values=o.values)
        for o in study("R3")
    ]
    found = reader_agreement([*study("R1", "R2"), *agreed], baseline="baseline")
    assert not any(one.against.startswith("all") for one in found)
    assert {one.group for one in found if CONSENSUS in one.against} == {"with the consensus"}


def test_second_readings_tell_of_the_reader_alone() -> None:
    again = [
        ReadVisit(
            reader="R1",
            subject=one.subject,
            visit=one.visit,
            values={"sparcc": one.values["sparcc"] + (n % 2)},
            repeat=2,
        )
        for n, one in enumerate(study("R1"))
    ]
    found = reader_agreement([*study("R1"), *again], baseline="baseline")
    sdc = of(found, "sdc", against="R1 again", followup="baseline")
    assert sdc.group == "within a reader"
    assert sdc.value == pytest.approx(1.959964 * np.std([0, 1, 0, 1, 0, 1], ddof=1), rel=1e-6)


def test_cases_beyond_a_limit_are_adjudicated_with_their_reason() -> None:
    found = cases_to_adjudicate(study("R1", "R2"), {"sparcc": 5.0})
    assert list(found) == ["S0", "S3"]
    assert found["S0"] == ("baseline: SPARCC differs by 7",)


def test_the_program_is_no_reason_to_adjudicate() -> None:
    read = [*study("R1"), ReadVisit(reader=AUTO, subject="S0", visit="baseline",
                                    values={"sparcc": 72.0})]  # fmt: skip
    assert cases_to_adjudicate(read, {"sparcc": 5.0}) == {}


@pytest.mark.parametrize("name", ORACLE)
def test_icc_and_its_interval_are_those_of_psych(name: str) -> None:
    told = ORACLE[name]
    read = [
        ReadVisit(reader=f"R{k}", subject=f"S{n:02d}", visit="baseline", values={"edema_ml": v})
        for n, values in enumerate(told["ratings"])
        for k, v in enumerate(values)
    ]
    found = [s for s in reader_agreement(read, baseline="baseline") if s.statistic == "icc_2_1"]
    n_readers = len(told["ratings"][0])
    everybody = f"all {n_readers} readers" if n_readers > 2 else "R0 with R1"
    (icc,) = [s for s in found if s.against == everybody]
    assert icc.value == pytest.approx(told["value"], abs=1e-9)
    assert (icc.ci_low, icc.ci_high) == pytest.approx((told["low"], told["high"]), abs=1e-6)


Row = Mapping[str, str]


def rows_of(name: str) -> list[Row]:
    with (FOLDER / name).open(newline="") as file:
        return list(csv.DictReader(file))


IRR = rows_of("irr_expected.csv")
QUESTIONS = ("baseline", "week14", "change to week14")
IRR_STUDIES = list(dict.fromkeys(row["study"] for row in IRR))


@functools.cache
def found_in(study: str) -> Mapping[tuple[str, ...], Statistic]:
    read = [
        ReadVisit(
            reader=row["reader"],
            subject=row["subject"],
            visit=row["visit"],
            values={"edema_ml": float(row["edema_ml"])},
            quadrants=frozenset(
                name
                for name, column in (("left_ilium_upper", "upper"), ("left_sacrum_lower", "lower"))
                if row[column] == "1"
            ),
        )
        for row in rows_of("irr_readings.csv")
        if row["study"] == study
    ]
    told = reader_agreement(read, baseline="baseline")
    return {(s.statistic, s.followup, s.region, s.against): s for s in told}


def told_of(row: Row) -> Statistic:
    key = (row["statistic"], row["followup"], row["region"], row["against"])
    return found_in(row["study"])[key]


def numbers(row: Row) -> list[float | None]:
    return [float(row[name]) if row[name] else None for name in ("value", "low", "high")]


@pytest.mark.parametrize("study", IRR_STUDIES)
def test_every_figure_of_a_study_is_the_one_of_irr(study: str) -> None:
    compared = 0
    for row in IRR:
        found, (value, low, high) = told_of(row), numbers(row)
        if row["study"] != study or found.value is None:
            continue
        assert found.n == int(row["n"]), row
        assert found.value == pytest.approx(value, abs=1e-8), row
        if found.ci_low is not None and row["statistic"] != "kappa":
            assert (found.ci_low, found.ci_high) == pytest.approx((low, high), abs=1e-7), row
        compared += 1
    assert compared >= 11, study


def test_a_figure_is_missing_only_for_a_reason_that_irr_does_not_ask_for() -> None:
    """irr computes from two subjects on; it gives NaN, or a kappa of 0, where none is defined."""
    reasons = set()
    for row in IRR:
        found, (value, _, _) = told_of(row), numbers(row)
        if found.value is not None:
            continue
        if row["statistic"] != "kappa" and int(row["n"]) < MIN_N_INFERENCE:
            reasons.add("few")
        elif row["statistic"] == "kappa":
            assert value in (None, 0.0), row
            assert "same answer" in found.note
            reasons.add("one answer")
        else:
            assert (row["statistic"], value) == ("icc_2_1", None), row
            assert found.note == "all ratings are equal"
            reasons.add("equal")
    assert reasons == {"few", "one answer", "equal"}


def test_an_interval_is_missing_only_where_irr_gives_none_or_a_single_point() -> None:
    without = [
        row
        for row in IRR
        if row["statistic"] != "kappa"
        and told_of(row).value is not None
        and told_of(row).ci_low is None
    ]
    assert len(without) == 7
    told = {(row["study"], row["followup"]) for row in without if row["study"] != "opposed"}
    # equal at both visits; a shift leaves the change as it is
    assert told == {("identical", v) for v in QUESTIONS} | {("shifted", "change to week14")}
    for row in without:
        value, low, high = numbers(row)
        assert row["statistic"] == "icc_2_1"
        assert "no interval" in told_of(row).note
        ends = [end for end in (low, high) if end is not None]
        assert ends == pytest.approx([value] * len(ends))  # NaN, or one point, as rounding has it
