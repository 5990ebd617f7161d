"""Which code computed a result: the version and a hash of the package's own files."""

from functools import cache
from pathlib import Path

from mri_bme.batch.inputs import combined_sha256
from mri_bme.io.files import file_sha256
from mri_bme.version import __version__

PACKAGE = Path(__file__).parents[1]
SHOWN_DIGITS = 12


@cache
def code_version() -> str:
    """Version and hash, as in ``0.1.0+3f2a...``; any change of code or tables changes it."""
    files = sorted(
        path
        for path in PACKAGE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc"
    )
    digest = combined_sha256(
        f"{path.relative_to(PACKAGE).as_posix()} {file_sha256(path)}" for path in files
    )
    return f"{__version__}+{digest[:SHOWN_DIGITS]}"
