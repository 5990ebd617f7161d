"""How much a command says on standard error while it works."""

from enum import StrEnum


class Loudness(StrEnum):
    """Errors are said in any case, and so is what a command was asked for."""

    QUIET = "quiet"
    NORMAL = "normal"
    VERBOSE = "verbose"
