"""Leave no cache of a library in the user's home: a command writes only where it was told to."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

MATPLOTLIB_CACHE = "MPLCONFIGDIR"


@contextmanager
def caches_of_its_own() -> Iterator[None]:
    """Let matplotlib, here and in worker processes, keep its list of fonts in a temporary folder.

    The list takes a tenth of a second to make. A folder that the user chose is kept.
    """
    if MATPLOTLIB_CACHE in os.environ:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="mri_bme-", ignore_cleanup_errors=True) as folder:
        os.environ[MATPLOTLIB_CACHE] = folder
        try:
            yield
        finally:
            del os.environ[MATPLOTLIB_CACHE]
