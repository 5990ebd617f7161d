"""No command calls anybody, or writes where it was not told to: its system calls are traced."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from mri_bme.export.phantom_files import write_phantom
from mri_bme.phantom import PhantomSubject

STRACE = shutil.which("strace")
NETWORK = re.compile(r"sa_family=AF_INET6?, .*?(?:inet_addr\(\"|inet_pton\(AF_INET6, \")([^\"]+)\"")
LOOPBACK = re.compile(r"^(127\.|::1$|::ffff:127\.)")
WRITING = re.compile(r"open(?:at)?\((?:AT_FDCWD, )?\"([^\"]+)\", [^)]*O_(?:WRONLY|RDWR|CREAT)")
DEVICES = ("/dev/", "/proc/")
SAMPLE = Path(__file__).parents[2] / "sample_data"
STIR = SAMPLE / "phantom0001" / "2024-03-04" / "03_t2_tirm_cor_obl"

pytestmark = pytest.mark.skipif(
    STRACE is None, reason="no strace here (Debian: apt-get install strace)"
)


@dataclass(frozen=True)
class Traced:
    """What a command did to the world."""

    called: set[str]
    wrote: set[Path]


Trace = Callable[..., Traced]


@pytest.fixture
def trace(tmp_path: Path) -> Trace:
    """Run `python ARGUMENTS` with an empty home and an environment that asks for telemetry."""
    home, temporary = tmp_path / "home", tmp_path / "tmp"
    home.mkdir()
    temporary.mkdir()
    environment = {k: v for k, v in os.environ.items() if k not in {"CI", "MPLCONFIGDIR"}} | {
        "HOME": str(home),
        "XDG_CACHE_HOME": str(home / "cache"),
        "TMPDIR": str(temporary),
        "MRI_BME_KEY_FILE": str(tmp_path / "key" / "pseudonym.key"),
        "ORT_DISABLE_TELEMETRY": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
    }

    def run(*arguments: str) -> Traced:
        log = tmp_path / "trace"
        command = [
            *(str(STRACE), "-f", "-qq", "--seccomp-bpf", "-o", str(log)),
            *("-e", "trace=%network,open,openat,creat", sys.executable, *arguments),
        ]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        text = log.read_text(errors="replace")
        assert not list(temporary.iterdir()), "temporary files were left behind"
        return Traced(
            called={found for found in NETWORK.findall(text) if not LOOPBACK.match(found)},
            wrote={Path(p) for p in WRITING.findall(text) if not p.startswith(DEVICES)},
        )

    return run


def outside(found: Traced, *allowed: Path) -> set[Path]:
    """Files that were written, or opened for it, outside some folders."""
    return {path for path in found.wrote if not any(path.is_relative_to(a) for a in allowed)}


def test_the_trace_sees_a_call_and_a_file(trace: Trace, tmp_path: Path) -> None:
    program = (
        "import socket, pathlib\n"
        "with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s: s.connect(('192.0.2.1', 9))\n"
        f"pathlib.Path({str(tmp_path / 'home' / 'x')!r}).write_text('x')"
    )
    found = trace("-c", program)
    assert found.called == {"192.0.2.1"}
    assert tmp_path / "home" / "x" in found.wrote


def test_a_run_calls_nobody_and_writes_into_its_output_only(
    trace: Trace, small_phantom: PhantomSubject, tmp_path: Path
) -> None:
    write_phantom(small_phantom, tmp_path / "in")
    out = tmp_path / "out"
    found = trace("-m", "mri_bme", "run", str(tmp_path / "in"), str(out), "--jobs", "2")
    assert (out / "index.html").is_file()
    assert found.called == set()
    assert not outside(found, out, tmp_path / "key", tmp_path / "tmp")


def test_finding_rois_and_the_doctor_call_nobody(trace: Trace, tmp_path: Path) -> None:
    rois = tmp_path / "rois" / "rois.nii.gz"
    found = trace("-m", "mri_bme", "rois", str(STIR), "--out", str(rois))
    assert rois.is_file()
    doctor = trace("-m", "mri_bme", "doctor")
    assert found.called | doctor.called == set()
    allowed = (rois.parent, tmp_path / "key", tmp_path / "tmp")
    assert not outside(found, *allowed) | outside(doctor, *allowed)


ROOM = """
import http.client, os, sys, threading
from pathlib import Path
from mri_bme.reading_room.serve import open_room
from mri_bme.readings.task import Task

told = []
is_told = threading.Event()


def tell(line):
    told.append(line)
    is_told.set()


options = {"tell": tell, "port": 0}
place = (Path(sys.argv[1]), Task())
threading.Thread(target=open_room, args=place, kwargs=options, daemon=True).start()
assert is_told.wait(120)
address, _, link = told[0].split("http://")[1].partition("/")
room = http.client.HTTPConnection(address, timeout=120)
room.request("GET", "/" + link)
answer = room.getresponse()
assert answer.status == 303, answer.status
sys.stdout.flush()
os._exit(0)
"""


def test_a_reading_room_answers_this_machine_alone(
    trace: Trace, study: Path, tmp_path: Path
) -> None:
    pytest.importorskip("uvicorn")
    program = tmp_path / "open.py"
    program.write_text(ROOM)
    found = trace(str(program), str(study))
    assert found.called == set()
    assert not outside(found, study, tmp_path / "tmp", tmp_path / "key")
