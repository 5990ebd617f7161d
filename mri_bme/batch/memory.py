"""How much memory a subject took at its peak."""

import ctypes
import sys
from contextlib import suppress
from pathlib import Path

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

_trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
KILOBYTES_PER_MB = 1024
PROCESS = Path("/proc/self")
RESET_PEAK = "5"  # proc(5): the peak of resident memory starts again from what is held now


def forget_peak() -> None:
    """Let the peak start again from what this process holds now, where the system allows it.

    Linux does. Elsewhere, and where ``/proc`` is closed, a peak stays that of the process: the
    largest of all the subjects that it did so far.
    """
    with suppress(OSError):
        (PROCESS / "clear_refs").write_text(RESET_PEAK)


def give_back_memory() -> None:
    """Let the C library give what was freed back to the system, where it can be asked to."""
    if _trim is not None:
        _trim(0)


def peak_memory_mb() -> float:
    """Most resident memory since `forget_peak`; 0 where the system does not tell."""
    with suppress(OSError, ValueError, IndexError):
        for line in (PROCESS / "status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / KILOBYTES_PER_MB
    if resource is None:
        return 0.0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / KILOBYTES_PER_MB / (KILOBYTES_PER_MB if sys.platform == "darwin" else 1)
