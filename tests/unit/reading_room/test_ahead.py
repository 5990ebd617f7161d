"""What is made ready in the background never comes before what somebody waits for."""

import threading
from collections.abc import Callable, Iterator

import pytest

from mri_bme.errors import UnreadableInput
from mri_bme.reading_room.ahead import Ahead, GiveWay

PATIENCE_S = 20.0


class Making:
    """Makes things of two parts, and tells which were begun and which were finished."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.done: list[str] = []
        self.is_between = threading.Event()
        self.go_on = threading.Event()

    def __call__(self, name: str, give_way: GiveWay) -> str:
        give_way()
        self.begun.append(name)
        if name == "damaged":
            raise UnreadableInput("it is damaged")
        if name == "defect":
            raise KeyError("/home/somebody/week14")
        self.is_between.set()
        assert self.go_on.wait(PATIENCE_S)
        give_way()
        self.done.append(name)
        return name


@pytest.fixture
def making() -> Making:
    return Making()


@pytest.fixture
def ahead(making: Making) -> Iterator[Ahead]:
    ahead = Ahead(making, most=2)
    yield ahead
    making.go_on.set()
    ahead.close()
    assert ahead.rest(PATIENCE_S)


def test_the_last_wanted_is_made_first_and_only_the_last_are_held(
    ahead: Ahead, making: Making
) -> None:
    making.go_on.set()
    with ahead.answering():
        ahead.want(["a"])
        ahead.want(["b", "c"])
        ahead.want(["d"])
    assert ahead.rest(PATIENCE_S)
    made = [name for name in making.done if name != "a"]  # which may have been begun at once
    assert made == ["d", "b"]
    making.done.clear()
    ahead.want(["d", "b"])  # they are held
    assert ahead.rest(PATIENCE_S)
    assert making.done == []
    ahead.taken("d")
    ahead.want(["d", "b"])
    assert ahead.rest(PATIENCE_S)
    assert making.done == ["d"]


def test_no_more_is_held_than_was_said(ahead: Ahead, making: Making) -> None:
    making.go_on.set()
    for name in "abc":
        ahead.want([name])
        assert ahead.rest(PATIENCE_S)
    making.done.clear()
    ahead.want(["c", "b"])
    assert ahead.rest(PATIENCE_S)
    assert making.done == []
    ahead.want(["a"])
    assert ahead.rest(PATIENCE_S)
    assert making.done == ["a"]


def test_it_stands_still_between_two_parts_while_anything_is_answered(
    ahead: Ahead, making: Making
) -> None:
    ahead.want(["a"])
    assert making.is_between.wait(PATIENCE_S)
    with ahead.answering():
        making.go_on.set()
        assert not ahead.rest(0.2)
        assert making.done == []
    assert ahead.rest(PATIENCE_S)
    assert making.done == ["a"]


def test_it_goes_on_with_what_somebody_waits_for(ahead: Ahead, making: Making) -> None:
    making.go_on.set()
    with ahead.answering():
        ahead.want(["a"])
        assert not ahead.rest(0.2)
        with ahead.waiting_for("a"):
            assert ahead.rest(PATIENCE_S)
        assert making.done == ["a"]


def test_what_cannot_be_made_stops_nothing(ahead: Ahead, making: Making) -> None:
    making.go_on.set()
    ahead.want(["damaged", "a"])
    assert ahead.rest(PATIENCE_S)
    assert (making.begun, making.done) == (["damaged", "a"], ["a"])


def test_after_an_error_that_nobody_foresaw_it_goes_on_and_says_so(
    ahead: Ahead, making: Making, caplog: pytest.LogCaptureFixture
) -> None:
    making.go_on.set()
    ahead.want(["defect", "a"])
    assert ahead.rest(PATIENCE_S)
    ahead.want(["b"])
    assert ahead.rest(PATIENCE_S)
    assert making.done == ["a", "b"]
    (told,) = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert told == "defect could not be made ready ahead (KeyError); it is made when it is opened"


@pytest.mark.parametrize("before", [lambda ahead: None, lambda ahead: ahead.want(["b"])])
def test_closed_it_stops_between_two_parts(
    ahead: Ahead, making: Making, before: Callable[[Ahead], None]
) -> None:
    ahead.want(["a"])
    assert making.is_between.wait(PATIENCE_S)
    before(ahead)
    ahead.close()
    making.go_on.set()
    assert ahead.rest(PATIENCE_S)
    assert (making.begun, making.done) == (["a"], [])
