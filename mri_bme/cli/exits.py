"""Exit codes of every command."""

from mri_bme.errors import (
    GeometryMismatch,
    InvalidGeometry,
    InvalidSettings,
    InvalidVoxels,
    MriBmeError,
    NodeUnavailable,
    NotEvaluable,
    NothingUsable,
    UnreadableInput,
)

UNEXPECTED = 1
USAGE = 2
NOTHING_USABLE = 3
NOT_ALL_EVALUABLE = 4

_CODES: tuple[tuple[tuple[type[MriBmeError], ...], int], ...] = (
    ((InvalidSettings,), USAGE),
    (
        (
            *(NothingUsable, UnreadableInput, NodeUnavailable),
            *(InvalidGeometry, InvalidVoxels, GeometryMismatch),
        ),
        NOTHING_USABLE,
    ),
    ((NotEvaluable,), NOT_ALL_EVALUABLE),
)


def exit_code_of(error: MriBmeError) -> int:
    """Exit code that says what kind of trouble it was."""
    return next((code for kinds, code in _CODES if isinstance(error, kinds)), UNEXPECTED)
