"""A part that is not installed says how to install it."""

import pytest

from mri_bme.errors import InvalidSettings
from mri_bme.extras import needing


def test_what_is_missing_is_named_with_the_way_to_it() -> None:
    with (
        pytest.raises(InvalidSettings, match=r"needs no_such_part.*mri-bme\[pacs\]"),
        needing("pacs"),
    ):
        import no_such_part  # type: ignore[import-not-found]  # noqa: F401, PLC0415


def test_what_is_there_is_used() -> None:
    with needing("pacs"):
        import json  # noqa: PLC0415
    assert json.dumps(1) == "1"
