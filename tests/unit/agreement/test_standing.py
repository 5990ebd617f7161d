"""Who stands behind a number: what was adjudicated, or readers who agree within the limits."""

import pytest

from mri_bme.agreement.readers import ReadVisit
from mri_bme.agreement.standing import mean_of, who_stands_behind
from mri_bme.findings import AUTO, CONSENSUS

LIMITS = {"edema_ml": 0.5, "sparcc": 5.0}


def read(reader: str, *volumes: float, **scores: float) -> list[ReadVisit]:
    return [
        ReadVisit(reader=reader, subject="S", visit=f"v{n}", values={"edema_ml": ml, **scores})
        for n, ml in enumerate(volumes)
    ]


def standing(*readings: list[ReadVisit]) -> tuple[tuple[str, ...], str, str]:
    found = who_stands_behind([one for told in readings for one in told], LIMITS)
    return found.readers, found.how, found.reason


@pytest.mark.parametrize("apart", [0.0, 0.25, 0.5])
def test_readers_within_the_limit_stand_together(apart: float) -> None:
    found = standing(read("R2", 1 + apart, 2), read("R1", 1, 2))
    assert found == (("R1", "R2"), "mean of R1, R2", "")


def test_a_difference_beyond_the_limit_at_any_visit_leaves_nobody() -> None:
    readers, how, reason = standing(read("R1", 1, 2), read("R2", 1, 2.51))
    assert (readers, how) == ((), "")
    assert reason == "readers differ, not adjudicated yet: v1: volume differs by 0.51 mL"


def test_three_readers_stand_together_or_not_at_all() -> None:
    assert standing(read("A", 1), read("B", 1.3), read("C", 1.4))[0] == ("A", "B", "C")
    assert standing(read("A", 1), read("B", 1.3), read("C", 1.6))[0] == ()


def test_what_was_adjudicated_stands_alone_whatever_readers_say() -> None:
    apart = read("R1", 1), read("R2", 9), read(CONSENSUS, 4)
    assert standing(*apart) == ((CONSENSUS,), "adjudicated", "")
    assert standing(read(CONSENSUS, 4))[0] == (CONSENSUS,)


def test_scores_beyond_their_limit_are_a_difference() -> None:
    assert "SPARCC" in standing(read("R1", 1, sparcc=3), read("R2", 1, sparcc=9))[2]


def test_one_reader_is_no_consensus_and_neither_is_a_reader_with_the_program() -> None:
    assert standing(read("R1", 1), read(AUTO, 1))[0] == ()
    assert "read by R1 only" in standing(read("R1", 1), read(AUTO, 1))[2]
    assert standing(read(AUTO, 1))[2].startswith("not read: ")
    nobody = who_stands_behind(read(AUTO, 1), LIMITS, readers=("R1", "R2"))
    assert nobody.reason.startswith("not read by R1, R2: ")


def test_who_only_scored_has_no_volume_to_stand_behind() -> None:
    scored = [ReadVisit(reader="R2", subject="S", visit="v0", values={"sparcc": 3.0})]
    assert "read by R1 only" in standing(read("R1", 1), scored)[2]


def test_a_visit_that_one_of_them_could_not_measure_leaves_nobody() -> None:
    assert (
        "not every visit was measured by each of R1, R2"
        in standing(read("R1", 1, 2), read("R2", 1))[2]
    )


def test_a_mean_names_its_readers() -> None:
    assert mean_of(["R1", "R2"]).how == "mean of R1, R2"
    assert mean_of(["R1"]).how == "R1 alone"
