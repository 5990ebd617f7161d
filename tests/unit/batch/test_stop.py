"""One signal finishes what runs, two abandon it."""

import signal

from mri_bme.batch.stop import Stop, listening


def test_the_first_interrupt_finishes_and_the_second_abandons() -> None:
    said: list[str] = []
    before = signal.getsignal(signal.SIGINT)
    with listening(Stop(), said.append) as stop:
        assert not stop.finish
        signal.raise_signal(signal.SIGINT)
        assert (stop.finish, stop.abandon) == (True, False)
        signal.raise_signal(signal.SIGINT)
        assert stop.abandon
    assert len(said) == 2
    assert stop.signal_number == signal.SIGINT
    assert signal.getsignal(signal.SIGINT) is before


def test_a_request_to_terminate_abandons_at_once() -> None:
    with listening(Stop(), lambda _: None) as stop:
        signal.raise_signal(signal.SIGTERM)
        assert stop.abandon
