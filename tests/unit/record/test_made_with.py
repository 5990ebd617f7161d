"""What results were made with, as a methods section has it."""

import pytest

from mri_bme.record.made_with import (
    BONE_NETWORK,
    CHANGED_SETTINGS,
    NONE_CHANGED,
    MadeWith,
    made_with_in_words,
    made_with_of,
)


def test_version_networks_settings_and_readers_are_named() -> None:
    made = MadeWith(
        version="1.0+ab",
        networks={BONE_NETWORK: "0123456789abcdef"},
        changed=("segment.n_sd = 4 (default 6)", "rois.depth_mm = 12 (default 15)"),
        read_by=("auto", "R1"),
    )
    assert made_with_in_words(made) == (
        "The software was mri_bme 1.0+ab; the bone network has the SHA-256 0123456789ab; settings "
        "that differ from the defaults: segment.n_sd = 4 (default 6), rois.depth_mm = 12 (default "
        "15). Edema is that of the program, reader R1."
    )


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ((), "The software was mri_bme 1.0."),
        (((CHANGED_SETTINGS, NONE_CHANGED),), "all settings had their defaults"),
        (((CHANGED_SETTINGS, "a.b = 1 (default 2)"),), "the defaults: a.b = 1 (default 2)."),
    ],
)
def test_what_a_page_did_not_keep_is_not_made_up(facts, says) -> None:
    words = made_with_in_words(made_with_of(facts, version="1.0"))
    assert says in words
    assert ("defaults" in words) == bool(facts)
    assert "Edema is" not in words
