"""One signal finishes what runs, two abandon it."""

import signal

import pytest

from mri_bme.batch.stop import Stop, listening


@pytest.mark.parametrize(
    ("number", "how"),
    [(signal.SIGINT, "press Ctrl-C again"), (signal.SIGTERM, "send SIGTERM again")],
)
def test_the_first_signal_finishes_and_the_second_abandons(
    number: signal.Signals, how: str
) -> None:
    said: list[str] = []
    before = signal.getsignal(number)
    with listening(Stop(), said.append) as stop:
        assert not stop.finish
        signal.raise_signal(number)
        assert (stop.finish, stop.abandon) == (True, False)
        assert how in said[0]
        signal.raise_signal(number)
        assert stop.abandon
    assert len(said) == 2
    assert stop.signal_number == number
    assert signal.getsignal(number) is before
