"""``mri-bme listen`` is closed to strangers, and ends when it is told to."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pynetdicom import AE
from pynetdicom.sop_class import Verification
from small_archive import free_port

from mri_bme.cli import main


@pytest.mark.parametrize(
    "words",
    [
        ("--host", "0.0.0.0"),
        ("--inbox", "OUT/in"),
        ("--tls-key", "key.pem"),
        ("--tls-ca", "missing.pem"),
    ],
)
def test_what_would_be_unsafe_is_a_usage_error(tmp_path: Path, words: tuple[str, ...]) -> None:
    given = [word.replace("OUT", str(tmp_path / "out")) for word in words]
    with pytest.raises(SystemExit) as ending:
        main(["listen", str(tmp_path / "out"), "--port", str(free_port()), *given])
    assert ending.value.code == 2


def test_it_answers_an_echo_and_ends_in_order(tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "mri_bme", "listen", str(tmp_path / "out")]
    with subprocess.Popen(
        [*command, "--port", str(port), "--allow", "ME"], stderr=subprocess.PIPE, text=True
    ) as listening:
        assert listening.stderr is not None
        first = listening.stderr.readline()
        assert "listens at 127.0.0.1" in first
        ae = AE(ae_title="ME")
        ae.add_requested_context(Verification)
        found = ae.associate("127.0.0.1", port, ae_title="MRI_BME")
        assert found.is_established
        assert found.send_c_echo().Status == 0
        found.release()
        time.sleep(0.1)
        listening.send_signal(signal.SIGTERM)
        _, rest = listening.communicate(timeout=60)
    assert listening.returncode == 0
    assert "stopped; nothing received" in rest
    assert (tmp_path / "out.inbox").is_dir()
    assert not (tmp_path / "out").exists()
