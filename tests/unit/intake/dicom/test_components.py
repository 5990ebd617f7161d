"""Words of ImageType in their place and sense."""

import pytest

from mri_bme.intake.dicom.components import component_of


@pytest.mark.parametrize(
    ("image_type", "component"),
    [
        (("ORIGINAL", "PRIMARY", "MPR"), "magnitude"),  # an acquired oblique
        (("DERIVED", "SECONDARY", "MPR"), "projection"),
        (("DERIVED", "PRIMARY", "MIP"), "projection"),
        (("ORIGINAL", "PRIMARY", "M", "ND", "F"), "magnitude"),  # a filter
        (("ORIGINAL", "PRIMARY", "F"), "fat"),
        (("ORIGINAL", "PRIMARY", "M_IR", "M", "IR"), "magnitude"),
        (("ORIGINAL", "PRIMARY", "R_IR", "R", "IR"), "real"),
    ],
)
def test_words_count_in_their_place(image_type: tuple[str, ...], component: str) -> None:
    assert component_of(image_type) == component
