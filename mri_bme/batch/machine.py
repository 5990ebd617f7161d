"""How many workers this machine can run, and what it is, for the provenance."""

import importlib.metadata
import os
import platform
from pathlib import Path

from mri_bme.batch.plan import MEMORY_MB_PER_WORKER

PACKAGES = (
    "numpy",
    "scipy",
    "scikit-image",
    "SimpleITK",
    "pydicom",
    "highdicom",
    "nibabel",
    "onnxruntime",
    "matplotlib",
    "distributed",
)
BYTES_PER_MB = 1 << 20


def n_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def available_memory_mb() -> float:
    """Memory still free for programs, on the machine or in its container, whichever is less."""
    limits = [m for m in (_machine_memory_mb(), _container_memory_mb()) if m is not None]
    return min(limits, default=MEMORY_MB_PER_WORKER)


def default_jobs() -> int:
    """Count the workers that cores and memory allow."""
    by_memory = int(available_memory_mb() // MEMORY_MB_PER_WORKER)
    return max(1, min(n_cores(), by_memory))


def describe_machine() -> dict[str, str | int]:
    """Describe the machine, without its name."""
    return {
        "system": platform.system(),
        "release": platform.release(),
        "architecture": platform.machine(),
        "cores": n_cores(),
    }


def describe_versions(code_version: str) -> dict[str, str]:
    """Versions of the code and of the libraries that it uses."""
    versions = {"mri_bme": code_version, "python": platform.python_version()}
    for package in PACKAGES:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions


def _machine_memory_mb() -> float | None:
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / BYTES_PER_MB
    except (AttributeError, ValueError, OSError):
        return None


def _container_memory_mb() -> float | None:
    group = Path("/sys/fs/cgroup")
    try:
        limit = (group / "memory.max").read_text().strip()
        used = int((group / "memory.current").read_text())
    except (OSError, ValueError):
        return None
    return None if limit == "max" else max(int(limit) - used, 0) / BYTES_PER_MB
