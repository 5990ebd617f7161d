"""Settings come from TOML and assignments; what is misspelt is answered with what comes near."""

import pytest

from mri_bme.batch.resolve import resolve_settings
from mri_bme.errors import InvalidSettings


def test_an_assignment_wins_over_the_file() -> None:
    found = resolve_settings({"segment": {"n_sd": 4.0}}, ["segment.n_sd=6"])
    assert found.segment.n_sd == 6.0


@pytest.mark.parametrize(
    ("config", "near"),
    [
        ({"segment": {"n_ds": 4.0}}, "there is no setting segment.n_ds; did you mean segment.n_sd"),
        ({"segments": {}}, "there is no setting segments; did you mean segment"),
    ],
)
def test_a_misspelt_setting_is_refused_with_the_nearest(
    config: dict[str, dict[str, float]], near: str
) -> None:
    with pytest.raises(InvalidSettings, match=near):
        resolve_settings(config)


def test_a_value_outside_its_limits_is_refused_by_its_name() -> None:
    with pytest.raises(InvalidSettings, match=r"segment\.n_sd: .*greater than 0"):
        resolve_settings({"segment": {"n_sd": -1.0}})


def test_a_setting_without_its_section_is_named_with_it() -> None:
    with pytest.raises(InvalidSettings, match=r"found n_sd=4; did you mean segment\.n_sd\?"):
        resolve_settings({}, ["n_sd=4"])
