"""Cases are dealt to each reader in an order of their own, and their codes tell nothing."""

from collections import Counter

from mri_bme.readings.deal import deal
from mri_bme.readings.task import Task

VISITS = {f"sub-{n:02}": ("baseline", "week14") for n in range(40)}
BLIND = Task(readers=("R1", "R2"), visits="hidden", outlines="never", repeat_share=0.2, seed=3)
KEY = b"a secret"


def test_every_case_comes_once_and_a_share_twice() -> None:
    dealt = deal(BLIND, "R1", VISITS, key=KEY)
    assert Counter(one.repeat for one in dealt) == {1: 40, 2: 8}
    assert {one.folder for one in dealt if one.repeat == 1} == set(VISITS)
    assert all(one.repeat == 1 for one in dealt[:40])


def test_readers_read_in_different_orders_and_repeat_the_same_cases() -> None:
    first, second = (deal(BLIND, reader, VISITS, key=KEY) for reader in BLIND.readers)
    assert [one.folder for one in first] != [one.folder for one in second]
    again = [{one.folder for one in dealt if one.repeat == 2} for dealt in (first, second)]
    assert again[0] == again[1]


def test_the_same_task_deals_the_same() -> None:
    assert deal(BLIND, "R1", VISITS, key=KEY) == deal(BLIND, "R1", VISITS, key=KEY)


def test_hidden_visits_come_first_as_often_as_last() -> None:
    dealt = deal(BLIND, "R1", VISITS, key=KEY)
    n_baseline_first = sum(one.visits[0] == "baseline" for one in dealt)
    assert 12 <= n_baseline_first <= 36
    assert {one.shown_as for one in dealt} == {("visit A", "visit B")}


def test_codes_tell_neither_subject_nor_repeat_and_hang_on_the_secret() -> None:
    dealt = deal(BLIND, "R1", VISITS, key=KEY)
    codes = [one.code for one in dealt]
    assert len(set(codes)) == len(codes)
    assert not any("sub" in code or "again" in code for code in codes)
    other = [one.code for one in deal(BLIND, "R1", VISITS, key=b"another")]
    assert not set(codes) & set(other)


def test_visits_are_named_where_nothing_is_blind() -> None:
    dealt = deal(Task(), "R1", VISITS, key=KEY)
    assert {one.shown_as for one in dealt} == {("baseline", "week14")}
    assert {one.visits for one in dealt} == {("baseline", "week14")}


def test_a_second_reading_has_a_folder_of_its_own() -> None:
    dealt = deal(BLIND, "R1", VISITS, key=KEY)
    assert len({one.name for one in dealt}) == len(dealt)
