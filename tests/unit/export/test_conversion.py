"""File names and tables of a conversion."""

import csv
import io

import numpy as np
import pytest

from mri_bme.errors import InvalidVoxels
from mri_bme.export.conversion import (
    COLUMNS,
    ConvertedSeries,
    check_finite,
    compact,
    file_names,
    series_table,
)
from mri_bme.study import Contrast, Plane, Series


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([0, 32767], np.int16),
        ([-5, 100], np.int16),
        ([0, 65535], np.uint16),
        ([0, 65536], np.float32),
        ([-1, 65535], np.float32),
        ([0, 1.5], np.float32),
    ],
)
def test_whole_numbers_become_the_smallest_integers_that_hold_them(values, kind) -> None:
    voxels = np.array(values, dtype=np.float32)
    stored = compact(voxels)
    assert stored.dtype == kind
    np.testing.assert_array_equal(stored, voxels)


def test_codes_that_look_alike_in_a_file_name_are_told_apart() -> None:
    names = file_names(["02-01", "0201", "A1", "a1", "B7"])
    assert len({name.lower() for name in names.values()}) == 5
    assert names["B7"] == "B7"
    assert names["02-01"].startswith("0201")
    assert all(name.isalnum() for name in names.values())


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_intensities_that_overflowed_are_refused(bad: float) -> None:
    check_finite(np.array([1.0, 2.0], dtype=np.float32))
    with pytest.raises(InvalidVoxels, match="NaN or infinite"):
        check_finite(np.array([1.0, bad], dtype=np.float32))


@pytest.mark.parametrize("text", ["=cmd()", "+1", "-1", "@x", "t2_stir, cor"])
def test_no_description_becomes_a_formula_or_breaks_the_table(text: str) -> None:
    series = Series(
        series_id="x",
        study_id="y",
        number=3,
        description=text,
        contrast=Contrast.STIR,
        plane=Plane.CORONAL,
        geometry=None,
        instances=(),
    )
    item = ConvertedSeries(
        subject="s1", visit="baseline", day=0, series=series, status="refused", reason="cut"
    )
    header, row = csv.reader(io.StringIO(series_table([item])))
    assert tuple(header) == COLUMNS
    told = dict(zip(header, row, strict=True))["description"]
    assert told.lstrip("'") == text
    assert not told.startswith(("=", "+", "-", "@"))
