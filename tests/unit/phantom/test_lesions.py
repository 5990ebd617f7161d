"""A lesion has the volume, the depth and the place that were ordered."""

from dataclasses import replace

import numpy as np
import pytest

from mri_bme.phantom import (
    Anatomy,
    LesionPlan,
    PhantomSubject,
    make_edema,
)
from mri_bme.sacroiliac import Bone, Side

LESION = LesionPlan(
    side=Side.LEFT, bone=Bone.ILIUM, volume_ml=4.0, peak_ratio=2.2, along=0.5, height=0.5
)


@pytest.fixture(scope="module")
def anatomy(small_phantom: PhantomSubject) -> Anatomy:
    return small_phantom.anatomy


@pytest.mark.parametrize("volume_ml", [0.3, 2.0, 8.0])
def test_a_lesion_has_the_volume_that_was_ordered(anatomy: Anatomy, volume_ml: float) -> None:
    edema = make_edema(anatomy, (replace(LESION, volume_ml=volume_ml),), seed=1)
    assert edema.region_ml("total") == pytest.approx(volume_ml, rel=0.02, abs=0.01)
    assert edema.region_ml("left_ilium") == pytest.approx(volume_ml, rel=0.03, abs=0.02)
    assert edema.region_ml("right") == 0


def test_edema_hugs_the_joint(anatomy: Anatomy) -> None:
    edema = make_edema(anatomy, (LESION,), seed=1)
    distance = np.abs(anatomy.joint_distance_mm[edema.share > 0.5])
    assert distance.min() < 5
    assert np.median(distance) < 10


def test_a_lesion_is_as_deep_as_was_ordered(anatomy: Anatomy) -> None:
    """To the deepest point of an outline that wavers by 1 to 1.6 mm; the volume stays."""
    shallow, deep = (
        make_edema(anatomy, (replace(LESION, volume_ml=2.0, depth_mm=depth),), seed=1)
        for depth in (5.0, 12.0)
    )
    assert shallow.lesions[0].depth_mm == pytest.approx(5.0, abs=3.0)
    assert deep.lesions[0].depth_mm == pytest.approx(12.0, abs=3.0)
    assert deep.lesions[0].depth_mm > shallow.lesions[0].depth_mm + 4
    assert shallow.region_ml("total") == pytest.approx(deep.region_ml("total"), rel=0.02)


def test_lesions_that_overlap_do_not_add_up(anatomy: Anatomy) -> None:
    alone = make_edema(anatomy, (LESION,), seed=1)
    twice = make_edema(anatomy, (LESION, LESION), seed=1)
    assert len(twice.lesions) == 2
    assert alone.region_ml("total") <= twice.region_ml("total") < 1.5 * alone.region_ml("total")
    assert (twice.share <= anatomy.marrow + 1e-6).all()


def test_no_lesion_is_no_edema(anatomy: Anatomy) -> None:
    edema = make_edema(anatomy, (replace(LESION, volume_ml=0.0),), seed=1)
    assert edema.lesions == ()
    assert edema.region_ml("total") == 0
    assert not edema.gain.any()


@pytest.mark.parametrize(
    ("changes", "is_possible"),
    [
        ({"peak_ratio": 5.0}, True),
        ({"peak_ratio": 5.1}, False),
        ({"peak_ratio": 1.0}, False),
        ({"volume_ml": -0.1}, False),
        ({"depth_mm": 0.0}, False),
        ({"depth_mm": 4.0}, True),
    ],
)
def test_a_lesion_that_cannot_be_is_refused(changes: dict[str, float], is_possible: bool) -> None:
    if is_possible:
        replace(LESION, **changes)
    else:
        with pytest.raises(ValueError, match="a lesion"):
            replace(LESION, **changes)


def test_treatment_scales_volume_and_contrast() -> None:
    after = LESION.scaled(0.25, contrast_factor=0.5)
    assert after.volume_ml == pytest.approx(1.0)
    assert after.peak_ratio == pytest.approx(1.6)
    assert LESION.scaled(1.0, contrast_factor=0.0).peak_ratio == 1.05  # still a lesion
