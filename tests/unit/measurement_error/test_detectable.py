"""The smallest detectable change of a region, looked up by its volume and kind."""

import pytest

from mri_bme.measurement_error import smallest_detectable_change_ml
from mri_bme.sacroiliac import RegionKind
from mri_bme.settings import CompareSettings


def test_the_smallest_detectable_change_grows_with_the_volume() -> None:
    settings = CompareSettings(detectable_at_ml=(0, 10), detectable_ml=(1, 3))
    found = [smallest_detectable_change_ml(ml, settings) for ml in (0, 5, 10, 20)]
    assert found == [1, 2, 3, 6]


def test_below_the_first_volume_of_the_table_it_is_that_of_the_first() -> None:
    settings = CompareSettings(detectable_at_ml=(2, 10), detectable_ml=(1, 3))
    assert [smallest_detectable_change_ml(ml, settings) for ml in (0, 1, 2)] == [1, 1, 1]


def test_a_table_of_one_volume_at_zero_holds_for_all() -> None:
    settings = CompareSettings(detectable_at_ml=(0.0,), detectable_ml=(0.5,))
    assert [smallest_detectable_change_ml(ml, settings) for ml in (0, 3, 300)] == [0.5] * 3


@pytest.mark.parametrize("kind", list(RegionKind))
def test_each_kind_of_region_has_its_own_table(kind: RegionKind) -> None:
    settings = CompareSettings(
        detectable_at_ml=(0.0, 1.0), detectable_ml=(0.5, 0.7), detectable_lesion_ml=(0.1, 0.2)
    )
    expected = 0.2 if kind is RegionKind.LESION else 0.7
    assert smallest_detectable_change_ml(1.0, settings, kind=kind) == pytest.approx(expected)
