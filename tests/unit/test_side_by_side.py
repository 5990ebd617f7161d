"""Things go side by side where somebody waits, and give what they give one after the other."""

import threading

import pytest

from mri_bme.side_by_side import each, side_by_side


def test_two_things_are_done_at_once() -> None:
    meeting = threading.Barrier(2, timeout=20)

    def met(number: int) -> int:
        meeting.wait()  # nobody passes alone
        return 10 * number

    with side_by_side(2):
        assert each(met, (1, 2)) == [10, 20]


def test_outside_of_the_block_one_thing_is_done_after_the_other() -> None:
    with side_by_side(2):
        pass
    here = threading.get_ident()
    assert each(lambda _: threading.get_ident(), "ab") == [here, here]
    with side_by_side(1):
        assert each(lambda _: threading.get_ident(), "ab") == [here, here]


def test_what_goes_side_by_side_does_its_own_parts_one_after_the_other() -> None:
    def parts(_: int) -> set[int]:
        return {threading.get_ident(), *each(lambda _: threading.get_ident(), range(4))}

    with side_by_side(2):
        assert [len(threads) for threads in each(parts, range(2))] == [1, 1]


def test_the_first_error_is_the_one_that_is_told() -> None:
    def failing(number: int) -> None:
        raise ValueError(str(number))

    with side_by_side(2), pytest.raises(ValueError, match="1"):
        each(failing, (1, 2))
