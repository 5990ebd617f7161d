"""Parts of the program that are installed on their own."""

from collections.abc import Iterator
from contextlib import contextmanager

from mri_bme.errors import InvalidSettings


@contextmanager
def needing(extra: str) -> Iterator[None]:
    """Say how to install what a command needs, when it is not there.

    Raises
    ------
    InvalidSettings
        If an import in the block finds nothing.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise InvalidSettings(
            f"this needs {error.name}, which is not installed: pip install 'mri-bme[{extra}]', "
            f"or in a copy of the repository pip install '.[{extra}]'"
        ) from error
