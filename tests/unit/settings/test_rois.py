"""Sources of ROIs are known ones, each once, in an order that the user may choose."""

import pytest
from pydantic import ValidationError

from mri_bme.roi_sources import source_names
from mri_bme.settings import RoiSettings


def test_every_source_is_tried_unless_told_otherwise() -> None:
    assert RoiSettings().sources == source_names()


def test_the_order_is_the_users() -> None:
    backwards = source_names()[::-1]
    assert RoiSettings(sources=backwards).sources == backwards
    assert RoiSettings(sources=("automatic",)).sources == ("automatic",)


@pytest.mark.parametrize(
    ("sources", "words"),
    [
        (("atlas", "atlass"), "no source of ROIs 'atlass'; choose from manual"),
        (("atlas", "bones", "atlas"), "named only once"),
        ((), "at least 1 item"),
    ],
)
def test_a_source_that_is_unknown_or_named_twice_is_refused(sources, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        RoiSettings(sources=sources)


def test_only_bones_that_are_used_can_have_numbers() -> None:
    assert RoiSettings(bone_numbers={"sacrum": (25, 26)}).bone_numbers == {"sacrum": (25, 26)}
    with pytest.raises(ValidationError, match="bone_numbers"):
        RoiSettings(bone_numbers={"femur": (75,)})
