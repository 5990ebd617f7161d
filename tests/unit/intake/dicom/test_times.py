"""Times of a sequence, written in milliseconds or, wrongly, in seconds."""

import pytest

from mri_bme.intake.dicom.times import times_of


@pytest.mark.parametrize(
    ("written", "is_gradient", "milliseconds"),
    [
        ((0.084, 5.0, 0.14), False, (84, 5000, 140)),
        ((84.0, 5000.0, 0.14), False, (84, 5000, 140)),
        ((0.0046, 0.012, None), True, (4.6, 12, None)),
        ((84.0, 5000.0, 140.0), False, (84, 5000, 140)),
        ((0.07, 4.0, None), True, (0.07, 4.0, None)),  # an ultrashort echo, in milliseconds
        ((1.2, 3.5, None), True, (1.2, 3.5, None)),
        ((None, None, None), False, (None, None, None)),
        ((0.0, 0.0, 0.0), False, (0, 0, 0)),
    ],
)
def test_seconds_are_told_from_milliseconds(
    written: tuple[float | None, ...], is_gradient: bool, milliseconds: tuple[float | None, ...]
) -> None:
    found = times_of(*written, is_gradient_echo=is_gradient)
    assert (found.echo_ms, found.repetition_ms, found.inversion_ms) == pytest.approx(milliseconds)
    assert found.were_seconds is (written != milliseconds)


def test_times_below_zero_are_none() -> None:
    found = times_of(-1.0, 4000.0, -150.0, is_gradient_echo=False)
    assert (found.echo_ms, found.repetition_ms, found.inversion_ms) == (None, 4000, None)
    assert not found.were_seconds
