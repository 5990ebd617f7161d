"""Which code computed a result: the version and a hash of what can change a result."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from mri_bme.batch.inputs import combined_sha256
from mri_bme.files import file_sha256
from mri_bme.version import __version__

PACKAGE = Path(__file__).parents[1]
SHOWN_DIGITS = 12
NO_RESULT_DEPENDS_ON = frozenset(
    {
        "__init__",
        "__main__",
        "agreement",
        "batch",
        "cli",
        "export",
        "loudness",
        "nearest",
        "phantom",
        "reading_room",
        "readings",
        "report",
        "summarize_cohort",
        "verify",
    }
)
"""Parts of the package that start, show or test a measurement; all others make one."""


@cache
def code_version() -> str:
    """Version and hash, as in ``0.1.0+3f2a...``.

    Code and data files of every part that a number passes through count; new parts do
    until they are named in `NO_RESULT_DEPENDS_ON`.
    """
    digest = combined_sha256(
        f"{path.relative_to(PACKAGE).as_posix()} {file_sha256(path)}"
        for path in sorted(measuring_files(PACKAGE))
    )
    return f"{__version__}+{digest[:SHOWN_DIGITS]}"


def measuring_files(package: Path) -> Iterator[Path]:
    """Files of a package folder that can change a result."""
    for path in package.rglob("*"):
        part = path.relative_to(package).parts[0].removesuffix(".py")
        kept = "__pycache__" not in path.parts and path.suffix not in {".pyc", ".md"}
        if path.is_file() and kept and part not in NO_RESULT_DEPENDS_ON:
            yield path
