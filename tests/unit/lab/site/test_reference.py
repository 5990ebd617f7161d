"""The page of the Python interface holds every public name, once."""

import re

import mri_bme
from lab.site.reference import homes, reference_page


def test_every_public_name_stands_on_the_page_once() -> None:
    named = re.findall(r"^::: (\S+)$", reference_page(), re.MULTILINE)
    assert sorted(named) == sorted(homes().values())
    assert len(named) == len(mri_bme.__all__) - 1  # the version is no object to describe
