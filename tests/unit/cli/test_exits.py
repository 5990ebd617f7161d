"""The exit code says what kind of trouble it was."""

import pytest

from mri_bme.cli.exits import exit_code_of
from mri_bme.errors import (
    GeometryMismatch,
    InvalidSettings,
    InvalidVoxels,
    MriBmeError,
    NothingUsable,
    OutputRefused,
    RegistrationFailed,
    RoiNotFound,
    UnreadableInput,
)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InvalidSettings, 2),
        (NothingUsable, 3),
        (UnreadableInput, 3),
        (InvalidVoxels, 3),
        (GeometryMismatch, 3),
        (RoiNotFound, 4),
        (RegistrationFailed, 4),
        (OutputRefused, 1),
        (MriBmeError, 1),
    ],
)
def test_every_error_has_the_code_of_the_contract(error: type[MriBmeError], code: int) -> None:
    assert exit_code_of(error("x")) == code
