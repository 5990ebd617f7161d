"""The less well a scan looks, the less surely it is measured; people lie where nothing is added."""

import pytest

from mri_bme.check_appearance import unsure_look
from mri_bme.check_appearance.checks import appearance_of
from mri_bme.measurement_error import SURE_LOOK

PEOPLE = {"marrow_snr": 4.1, "sharpness": 0.137, "fat": 1.70, "between_joints_mm": 108.0}
PEOPLE |= {"uneven_field": 0.142, "field_without_t1": 0.183}
"""The least favourable of the public scans of people, but for fields that are evened out."""


def look_of(**values: float):
    return unsure_look(appearance_of(values.items()))


def test_nothing_is_added_to_scans_that_look_as_those_of_people() -> None:
    assert look_of(**PEOPLE) == SURE_LOOK
    assert look_of() == SURE_LOOK


def test_of_what_is_no_scan_of_a_pelvis_no_errors_are_known() -> None:
    assert look_of(between_joints_mm=20.0, marrow_snr=3.0) == SURE_LOOK


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("marrow_snr", (3.5, 3.0, 2.5)),
        ("sharpness", (0.12, 0.1, 0.09)),
        ("fat", (1.8, 1.9, 2.0)),
        ("uneven_field", (0.2, 0.3, 0.6)),
        ("field_without_t1", (0.24, 0.3, 0.6)),
    ],
)
def test_more_is_hidden_the_less_well_a_scan_looks(name: str, values: tuple[float, ...]) -> None:
    hidden = [look_of(**{name: value}).hidden for value in values]
    assert 0 < hidden[0] < hidden[1] < hidden[2]


def test_without_t1w_more_is_hidden_and_what_shows_may_be_false() -> None:
    alone = {**PEOPLE, "snr_without_t1": 5.43, "fat_without_t1": 1.9, "void_without_t1_ml": 0.0}
    usual = look_of(**alone)
    assert usual.hidden == pytest.approx(0.3)
    assert (usual.surplus, usual.faint_ml) == (pytest.approx(0, abs=0.01), 0)
    for name, values in (
        ("snr_without_t1", (4.8, 4.0, 3.0)),
        ("fat_without_t1", (2.3, 3.0, 3.9)),
        ("void_without_t1_ml", (5.0, 10.0, 19.0)),
    ):
        hidden = [look_of(**{**alone, name: value}).hidden for value in values]
        assert 0.3 < hidden[0] < hidden[1] < hidden[2]
    for name, value in (("sharpness", 0.09), ("field_without_t1", 0.4), ("fat_without_t1", 3.0)):
        assert look_of(**{**alone, name: value}).surplus > 0.1
        assert look_of(**{name: value}).surplus == 0


def test_noise_and_blur_may_hide_a_faint_lesion_whole_and_bright_fat_does_not() -> None:
    assert look_of(marrow_snr=3.0).faint_ml > 0.5
    assert look_of(sharpness=0.09).faint_ml > 0.3
    assert look_of(fat=3.0).faint_ml == 0
    assert look_of(marrow_snr=3.6).faint_ml == 0


def test_bones_that_were_hard_to_find_hide_edema() -> None:
    sure, doubtful = (unsure_look(appearance_of([]), confidence=c) for c in (1.0, 0.6))
    assert sure == SURE_LOOK
    assert doubtful.hidden == pytest.approx(0.5)


def test_a_pelvis_of_no_persons_size_may_have_voxels_of_another_size() -> None:
    large, small = look_of(between_joints_mm=138.0), look_of(between_joints_mm=71.0)
    assert large.sizes == pytest.approx(((91 / 138) ** 3, (114 / 138) ** 3))
    assert small.sizes[0] < (1 / 0.7) ** 3 < small.sizes[1]
