"""Series are chosen by what the archive says of them, before any pixel travels."""

from datetime import date

import pytest
from small_archive import archive, images

from mri_bme.pacs.query import OfferedSeries, Wanted, find_series


def offered(**told: object) -> OfferedSeries:
    known: dict[str, object] = {
        "study": "1",
        "series": "2",
        "modality": "MR",
        "description": "t2_tirm_cor_obl",
        "number": 3,
        "n_images": 20,
    }
    return OfferedSeries(**{**known, **told})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({}, ""),
        ({"description": ""}, ""),
        ({"n_images": None}, ""),
        ({"modality": "CT"}, "modality CT"),
        ({"n_images": 3}, "3 image"),
        ({"description": "Localizer 3-plane"}, "a localizer"),
        ({"description": "ep2d_diff_b50"}, "diffusion"),
    ],
)
def test_what_is_never_measured_stays_there(told: dict[str, object], why: str) -> None:
    assert (why in offered(**told).unwanted) if why else offered(**told).unwanted == ""


def test_every_series_of_a_patient_is_found_with_its_count() -> None:
    held = images(n_series=2)
    with archive(held=held) as there:
        found = find_series(there.node, Wanted(patient="4711"))
        assert {one.series for one in found} == {d.SeriesInstanceUID for d in held}
        assert [one.n_images for one in found] == [5, 5]
        assert find_series(there.node, Wanted(patient="nobody")) == ()


def test_days_become_a_span() -> None:
    since, until = date(2024, 3, 1), date(2024, 4, 1)
    assert Wanted(patient="1", since=since, until=until).keys["StudyDate"] == "20240301-20240401"
    assert Wanted(patient="1", until=until).keys["StudyDate"] == "-20240401"
    assert "StudyDate" not in Wanted(study="1.2").keys
