"""A Ctrl-C while the program still loads is one line, and processes started then do not hear it."""

import signal
import sys

import pytest

import mri_bme.cli
from mri_bme.__main__ import INTERRUPTED, main
from mri_bme.batch.pool import deaf_to_interrupts


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, INTERRUPTED), (signal.SIGTERM, 128 + signal.SIGTERM)]
)
def test_an_interrupt_is_one_line_and_the_code_of_shells(
    number: signal.Signals,
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(mri_bme.cli, "main", lambda: signal.raise_signal(number))
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == code
    assert signal.getsignal(signal.SIGTERM) is before
    assert capsys.readouterr().err.splitlines() == [
        "mri-bme: interrupted; run the same command again to go on"
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signal masks")
def test_interrupts_are_heard_again_after_a_process_was_started() -> None:
    with deaf_to_interrupts():
        assert signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ())
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())
