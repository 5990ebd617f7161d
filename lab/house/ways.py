"""Four ways through the house, each walked by the program itself on a small phantom.

A *stop* is a call that enters another module than the one that calls it; a *return* is a stop
in a module where one has been before. A call is followed the first time only, and going back
to the caller is not counted.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

HERE = Path(__file__).parent
NUMBER = "4.8125"  # an unlikely value of `segment.n_sd`, which can be recognised on its way
VISIT = "phantom0001/2024-03-04"
STIR, T1 = f"{VISIT}/03_t2_tirm_cor_obl", f"{VISIT}/02_t1_tse_cor_obl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """Modules in the order in which calls enter them; the first is where the way begins."""

    name: str
    stops: tuple[str, ...]

    @property
    def n_modules(self) -> int:
        """Different modules that are entered."""
        return len(set(self.stops))

    @property
    def n_returns(self) -> int:
        """Stops in a module where one has been before."""
        return len(self.stops) - self.n_modules


def walk_all(checkout: Path, scratch: Path) -> tuple[Way, ...]:
    """Walk the ways of a volume, a file, a setting and a mask through a checkout.

    Parameters
    ----------
    checkout : Path
        Folder that holds `mri_bme` and `sample_data`.
    scratch : Path
        Empty folder for what is written on the way.
    """
    sample = checkout / "sample_data"
    config = scratch / "settings.toml"
    config.write_text(f"[segment]\nn_sd = {NUMBER}\n", encoding="utf-8")
    volume = dedent(f"""
        import mri_bme as bme
        stir, t1 = bme.read_volume({str(sample / STIR)!r}), bme.read_volume({str(sample / T1)!r})
        place = bme.place_rois
        place(stir, t1=t1)  # whatever is loaded when first needed
        follow()
        place(stir, t1=t1)
    """)
    file = dedent(f"""
        import mri_bme as bme
        read = bme.read_volume
        follow()
        read({str(sample / STIR)!r})
    """)
    run = ["-m", "mri_bme", "run", str(sample), "--jobs", "1"]
    setting = [*run, str(scratch / "setting"), "--config", str(config)]
    return (
        _walk("a volume through place_rois", ["-c", volume], "everything", checkout, scratch),
        _walk("a DICOM series to a Volume", ["-c", file], "everything", checkout, scratch),
        _walk("a setting from TOML to where it acts", setting, f"text:{NUMBER}", checkout, scratch),
        _walk(
            "an edema mask to table, page and NIfTI",
            [*run, str(scratch / "mask")],
            "noun:EdemaSegmentation",
            checkout,
            scratch,
        ),
    )


def _walk(name: str, command: Sequence[str], what: str, checkout: Path, scratch: Path) -> Way:
    log = scratch / "calls.tsv"
    log.unlink(missing_ok=True)
    hook = scratch / "hook"
    hook.mkdir(exist_ok=True)
    start = f"follow(Path({str(checkout / 'mri_bme')!r}), Path({str(log)!r}), {what!r})"
    begins_at_once = command[0] == "-m"
    (hook / "sitecustomize.py").write_text(
        "import builtins, sys\nfrom pathlib import Path\n"
        f"sys.path.append({str(HERE)!r})\nfrom calls import follow\nsys.path.pop()\n"
        + (start if begins_at_once else f"builtins.follow = lambda: {start}")
        + "\n",
        encoding="utf-8",
    )
    paths = os.pathsep.join((str(hook), str(checkout)))
    ended = subprocess.run(  # noqa: S603  (this interpreter, on a checkout named by the user)
        [sys.executable, *command],
        env={**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=scratch,
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode or not log.exists():
        raise RuntimeError(f"{name} could not be walked: {ended.stderr.strip()[-500:]}")
    return Way(name=name, stops=stops_of(log.read_text(encoding="utf-8")))


def stops_of(log: str) -> tuple[str, ...]:
    """Modules that were entered from another one, in order of time."""
    calls = sorted((int(time), caller, called) for time, caller, called, _ in _rows(log))
    return tuple(called for _, caller, called in calls if called != caller)


def _rows(log: str) -> list[list[str]]:
    return [line.split("\t") for line in log.splitlines()]
