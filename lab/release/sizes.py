"""What each package of an installation takes on disk, and what would go with it."""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from pathlib import Path

from packaging.requirements import Requirement

OURS = "mri-bme"
MB = 1e6
WHERE = "import sysconfig; print(sysconfig.get_path('purelib'))"


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """What a requirement of the program takes.

    Parameters
    ----------
    name : str
        The package, as the program names it among its requirements.
    own_mb : float
        Its own files, compiled modules included, in units of 1e6 bytes.
    goes_mb : float
        What would go if nothing needed it any more: its own files and those of packages that
        only it brings along.
    brings : tuple of str
        Those packages.
    """

    name: str
    own_mb: float
    goes_mb: float
    brings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """Packages of an environment: bytes on disk, and what each needs."""

    n_bytes: Mapping[str, int]
    needs: Mapping[str, frozenset[str]]

    def closure(self, roots: Iterable[str]) -> frozenset[str]:
        """Give `roots` with all that they need, directly or not, as far as it is installed."""
        found: set[str] = set()
        waiting = [root for root in roots if root in self.n_bytes]
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += [need for need in self.needs[name] if need in self.n_bytes]
        return frozenset(found)

    def megabytes(self, names: Iterable[str]) -> float:
        """Size of some packages together."""
        return sum(self.n_bytes[name] for name in names) / MB


def installed_in(folder: Path, extras: frozenset[str] = frozenset()) -> Installed:
    """Measure every package of a ``site-packages``; the program is taken with `extras`."""
    found = {_key(one.metadata["Name"]): one for one in distributions(path=[str(folder)])}
    return Installed(
        n_bytes={name: _n_bytes(one) for name, one in found.items()},
        needs={
            name: frozenset(_needs(one, extras if name == OURS else frozenset()))
            for name, one in found.items()
        },
    )


def weights(installed: Installed, root: str = OURS) -> tuple[Weight, ...]:
    """Weigh each requirement of `root`, the heaviest first."""
    wanted = installed.needs[root] & installed.n_bytes.keys()
    everything = installed.closure(wanted)
    found = []
    for name in wanted:
        goes = everything - installed.closure(wanted - {name})
        found.append(
            Weight(
                name=name,
                own_mb=installed.megabytes([name]),
                goes_mb=installed.megabytes(goes),
                brings=tuple(sorted(goes - {name})),
            )
        )
    return tuple(sorted(found, key=lambda one: (-one.goes_mb, one.name)))


def sizes_page(installed: Installed, root: str = OURS) -> str:
    """Write the weights as a table in Markdown, with the whole in its last lines."""
    lines = [
        "| Package | alone, MB | with what only it brings, MB | brings |",
        "| --- | ---: | ---: | --- |",
    ]
    for one in weights(installed, root):
        brings = ", ".join(one.brings)
        lines.append(f"| {one.name} | {one.own_mb:.0f} | {one.goes_mb:.0f} | {brings} |")
    lines.append(f"| {root} itself | {installed.megabytes([root]):.0f} | | |")
    names = installed.closure([root])
    lines.append(f"| all {len(names)} packages | {installed.megabytes(names):.0f} | | |")
    return "\n".join(lines) + "\n"


def fresh_environment(source: Path, extras: str, folder: Path) -> Path:
    """Install the program from `source` into a new environment; give its ``site-packages``."""
    _call(sys.executable, "-m", "venv", str(folder))
    python = next(
        path for path in (folder / "bin/python", folder / "Scripts/python.exe") if path.is_file()
    )
    _call(
        str(python), "-m", "pip", "install", "-q", f"{source}[{extras}]" if extras else str(source)
    )
    return site_packages(str(python))


def site_packages(python: str) -> Path:
    """Where the packages of an interpreter lie."""
    return Path(_call(python, "-c", WHERE).strip())


def measured(source: Path, python: str | None, extras: frozenset[str]) -> Installed:
    """Measure the environment of `python`; None makes a fresh one for it."""
    if python is not None:
        return installed_in(site_packages(python), extras)
    with tempfile.TemporaryDirectory() as scratch:
        folder = fresh_environment(source, ",".join(sorted(extras)), Path(scratch) / "fresh")
        return installed_in(folder, extras)


def _n_bytes(one: Distribution) -> int:
    places = (Path(str(one.locate_file(file))) for file in one.files or ())
    return sum(place.stat().st_size for place in places if place.is_file())


def _needs(one: Distribution, extras: frozenset[str]) -> Iterator[str]:
    for need in map(Requirement, one.requires or ()):
        markers = [{"extra": extra} for extra in ("", *extras)]
        if need.marker is None or any(need.marker.evaluate(marker) for marker in markers):
            yield _key(need.name)


def _key(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _call(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise ValueError(f"{Path(command[0]).name} failed:\n{done.stdout}{done.stderr}")
    return done.stdout
