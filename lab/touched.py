"""Sockets and files that commands touch, seen by tracing their system calls.

``python -m lab.touched`` runs `run`, `rois`, `doctor` and `read` on the sample under strace, with
an empty home, and writes one row for each between the markers of docs/robustness.md.
"""

import http.client
import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "robustness.md"
SAMPLE = ROOT / "sample_data"
STIR = SAMPLE / "phantom0001" / "2024-03-04" / "03_t2_tirm_cor_obl"
BEGIN, END = "<!-- touched: written by lab.touched -->", "<!-- end of touched -->"
CALLS = "trace=socket,connect,bind,open,openat,creat,mkdir,rename,renameat,unlink,unlinkat"

SOCKET = re.compile(r"\bsocket\((AF_\w+)")
PLACE = re.compile(
    r"\b(?:connect|bind)\(.*?(?:sun_path=(?P<name>@?\"[^\"]*\")|"
    r"inet_addr\(\"(?P<four>[^\"]+)\"|inet_pton\(AF_INET6, \"(?P<six>[^\"]+)\")"
)
FILE = re.compile(
    r"\b(?P<call>open|openat|creat|mkdir|rename|renameat|unlink|unlinkat)"
    r"\((?:(?:AT_FDCWD|\d+)(?:<(?P<at>[^>]*)>)?, )?\"(?P<path>[^\"]*)\"(?P<rest>.*)"
)
FAILED = re.compile(r"= -1 E")
WRITES = re.compile(r"O_(?:WRONLY|RDWR|CREAT)")


@dataclass(frozen=True, slots=True)
class Touched:
    """What one command did: numbers of files by kind, and sockets in words."""

    read: Mapping[str, int]
    written: Mapping[str, int]
    sockets: tuple[str, ...]


def touched(trace: str, kinds: Sequence[tuple[str, str]]) -> Touched:
    """Sort what a trace tells by kind of place.

    Parameters
    ----------
    trace : str
        As strace writes it. Calls that failed touched nothing.
    kinds : sequence of (start of a path, kind)
        The first that fits says what kind of file it is.
    """
    read: dict[str, set[str]] = defaultdict(set)
    written: dict[str, set[str]] = defaultdict(set)
    sockets: set[str] = set()
    for line in trace.splitlines():
        if FAILED.search(line):
            continue
        if family := SOCKET.search(line):
            sockets.add(family[1])
        if place := PLACE.search(line):
            sockets.add(_place_in_words(place))
        if (found := FILE.search(line)) and found["path"]:
            writes = found["call"] not in {"open", "openat"} or WRITES.search(found["rest"])
            path = os.path.join(found["at"] or "", found["path"])  # noqa: PTH118  (text alone)
            kind = next((kind for start, kind in kinds if path.startswith(start)), "other")
            (written if writes else read)[kind].add(path)
    return Touched(
        read={kind: len(paths) for kind, paths in read.items()},
        written={kind: len(paths) for kind, paths in written.items()},
        sockets=tuple(sorted(sockets)),
    )


def _place_in_words(place: re.Match[str]) -> str:
    if place["name"] is not None:
        return "between its own processes"
    address = place["four"] or place["six"]
    return "this machine" if address in {"127.0.0.1", "::1"} else address


def table(found: Mapping[str, Touched]) -> str:
    """Write one row per command."""
    lines = ["| Command | Files read | Files written | Sockets |", "| --- | --- | --- | --- |"]
    for command, one in found.items():
        cells = (_counts(one.read), _counts(one.written), "; ".join(one.sockets) or "none")
        lines.append(f"| `{command}` | {' | '.join(cells)} |")
    return "\n".join(lines)


def _counts(files: Mapping[str, int]) -> str:
    return ", ".join(f"{n} of {kind}" for kind, n in sorted(files.items())) or "none"


@dataclass(frozen=True, slots=True)
class World:
    """Folders of one trial below a temporary folder; nothing else is the user's."""

    top: Path

    @property
    def environment(self) -> dict[str, str]:
        """What commands find: an empty home, a temporary folder and a place for the key."""
        home = self.top / "home"
        for folder in (home, self.top / "tmp"):
            folder.mkdir(exist_ok=True)
        return os.environ | {
            "HOME": str(home),
            "XDG_CACHE_HOME": str(home / "cache"),
            "TMPDIR": str(self.top / "tmp"),
            "MRI_BME_KEY_FILE": str(self.top / "key" / "pseudonym.key"),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": str(ROOT),
        }

    def kinds(self, *, rest: Mapping[str, Path]) -> list[tuple[str, str]]:
        """Places by what they are for, the narrowest first."""
        libraries = {Path(sysconfig.get_path(name)) for name in ("stdlib", "purelib", "platlib")}
        named = [(str(path), what) for what, path in rest.items()]
        named += [
            (str(self.top / "key"), "the key's folder"),
            (str(self.top / "tmp"), "the temporary folder"),
            (str(self.top / "home"), "the home folder"),
            (str(SAMPLE), "INPUT"),
            *((str(ROOT / name), "the program") for name in ("mri_bme", "pyproject.toml")),
            *((str(path), "Python and its libraries") for path in libraries),
            (sys.prefix, "Python and its libraries"),
            (sys.base_prefix + "/lib/python", "Python and its libraries"),
        ]
        system = ("/lib", "/usr", "/etc", "/opt", "/var/cache")
        named += [(start, "the system") for start in system]
        return [*named, *((start, "devices and the process itself") for start in DEVICES)]


DEVICES = ("/dev", "/proc", "/sys")


def trace_all(top: Path) -> dict[str, Touched]:
    """Trace every command on the sample."""
    world, out, rois = World(top), top / "out", top / "rois"
    rois.mkdir()
    kinds = world.kinds(rest={"OUT": out, "the file named by --out, and its sidecar": rois})
    commands = {
        "run": ("run", str(SAMPLE), str(out), "--jobs", "2"),
        "rois": ("rois", str(STIR), "--out", str(rois / "rois.nii.gz")),
        "doctor": ("doctor",),
        "read": ("read", str(out), "--port", "0"),
    }
    found = {}
    for name, words in commands.items():
        log = top / f"{name}.trace"
        command = [
            *(shutil.which("strace") or "strace", "-f", "-qq", "-y", "-s", "400", "-o", str(log)),
            *("-e", CALLS, sys.executable, "-m", "mri_bme", *words),
        ]
        process = subprocess.Popen(  # noqa: S603  our own program
            command, env=world.environment, stdout=subprocess.PIPE, text=True
        )
        if name == "read":
            _visit_and_leave(process)
        process.communicate()
        found[name] = touched(log.read_text(errors="replace"), kinds)
    return found


def _visit_and_leave(room: "subprocess.Popen[str]") -> None:
    """Open the link that the reading room prints, then end it as Ctrl-C would."""
    assert room.stdout is not None  # noqa: S101  (asked for)
    link = next(line for line in room.stdout if "http://" in line)
    address, _, path = link.split("http://")[1].strip().partition("/")
    visitor = http.client.HTTPConnection(address, timeout=600)
    visitor.request("GET", f"/{path}")
    visitor.getresponse().read()
    children = Path(f"/proc/{room.pid}/task/{room.pid}/children").read_text().split()
    time.sleep(1)
    for child in children:
        os.kill(int(child), signal.SIGINT)


def main() -> None:
    """Trace, print and write the page."""
    with tempfile.TemporaryDirectory() as name:
        text = table(trace_all(Path(name)))
    sys.stdout.write(f"{text}\n")
    before, rest = PAGE.read_text().split(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.split(END)[1]}")


if __name__ == "__main__":
    main()
