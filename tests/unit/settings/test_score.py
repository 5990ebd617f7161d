"""Depth bands lie one behind the other, or are refused."""

import pytest
from pydantic import ValidationError

from mri_bme.score_edema.burden import depth_bands
from mri_bme.settings import ScoreSettings


@pytest.mark.parametrize("edges", [(5.0, 10.0, 20.0), (0.1,), ()])
def test_bands_whose_limits_increase_from_the_joint_are_taken(edges) -> None:
    settings = ScoreSettings(depth_band_edges_mm=edges)
    assert len(depth_bands(settings.depth_band_edges_mm)) == len(edges) + 1


@pytest.mark.parametrize("edges", [(0.0, 5.0), (-1.0,), (5.0, 5.0), (10.0, 5.0)])
def test_bands_that_overlap_or_are_empty_are_refused(edges) -> None:
    with pytest.raises(ValidationError, match="must be positive and increase"):
        ScoreSettings(depth_band_edges_mm=edges)


@pytest.mark.parametrize("wrong", [{"intense_least": 1.0}, {"intense_percentile": 100.0}])
def test_a_lesion_as_bright_as_normal_marrow_can_never_be_intense(wrong) -> None:
    with pytest.raises(ValidationError):
        ScoreSettings(**wrong)
