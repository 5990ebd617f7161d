"""The table of detectable changes holds together, or is refused."""

import pytest
from pydantic import ValidationError

from mri_bme.settings import CompareSettings


@pytest.mark.parametrize(
    ("at", "change", "is_table"),
    [
        ((0.0, 1.0), (0.1, 0.2), True),
        ((0.0, 1.0), (0.1,), False),
        ((0.0, 0.0), (0.1, 0.2), False),
        ((1.0, 0.5), (0.1, 0.2), False),
        ((0.0, 1.0), (0.0, 0.2), False),
        ((-1.0, 1.0), (0.1, 0.2), False),
        ((), (), False),
    ],
)
def test_volumes_increase_and_each_has_a_change_above_none(at, change, is_table: bool) -> None:
    table = {"detectable_at_ml": at, "detectable_ml": change}
    if is_table:
        assert CompareSettings(**table).detectable_ml == change
    else:
        with pytest.raises(ValidationError):
            CompareSettings(**table)
