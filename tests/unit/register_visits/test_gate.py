"""Each limit of the gate, alone: a motion just within it passes, one just beyond it does not."""

from dataclasses import replace

import numpy as np
import pytest
from moved_anatomy import anatomy

from mri_bme.findings import RegistrationQuality
from mri_bme.register_visits.gate import overlap_fraction, refusal
from mri_bme.register_visits.levels import LevelPair, make_level
from mri_bme.register_visits.region import joint_region
from mri_bme.settings import RegisterSettings
from mri_bme.volume import Volume, VolumeGeometry

LIMITS = RegisterSettings()
GOOD = RegistrationQuality(
    accepted=False,
    reason="",
    inverse_consistency_mm=0.0,
    overlap_fraction=1.0,
    similarity=1.0,
    details={"permuted_similarity_max": 0.0, "rotation_degrees": 0.0},
)


def rated(**changes: float) -> str:
    details = {k: changes.pop(k) for k in tuple(changes) if k in GOOD.details}
    return refusal(replace(GOOD, **changes, details={**GOOD.details, **details}), LIMITS)


@pytest.mark.parametrize(
    ("name", "limit", "beyond", "words"),
    [
        ("overlap_fraction", LIMITS.min_overlap, -0.01, "share only"),
        ("similarity", LIMITS.min_similarity, -0.01, "do not look alike"),
        ("rotation_degrees", LIMITS.max_rotation_degrees, 0.1, "would have turned"),
        ("inverse_consistency_mm", LIMITS.max_inconsistency_mm, 0.01, "both directions disagree"),
        ("permuted_similarity_max", 1.0 - LIMITS.min_margin, 0.01, "do not look alike"),
    ],
)
def test_a_limit_is_kept_or_named(name: str, limit: float, beyond: float, words: str) -> None:
    assert rated(**{name: limit - beyond}) == ""
    assert words in rated(**{name: limit + beyond})


def test_overlap_is_the_share_that_the_other_visit_saw() -> None:
    scan = anatomy(1)
    level = make_level(scan, joint_region(scan, None), spacing_mm=4.0, n_points=2000, seed=0)
    pair = LevelPair(fixed=level, moving=level)
    assert overlap_fraction(np.eye(4), pair) == 1.0
    away = np.eye(4)
    away[:3, 3] = scan.geometry.directions[:, 2] * 300.0
    assert overlap_fraction(away, pair) == 0.0
    half = np.eye(4)
    half[:3, 3] = scan.geometry.directions[:, 2] * 96.0  # half of 96 columns of 2 mm
    assert 0.3 < overlap_fraction(half, pair) < 0.7


def test_overlap_with_a_smaller_field_is_judged_by_the_larger_one() -> None:
    """The middle half of the columns: all of it was seen, of the whole only a part."""
    whole = anatomy(1)
    first = np.eye(4)
    first[2, 3] = 24
    cut = VolumeGeometry(shape=(24, 96, 48), lps_from_index=whole.geometry.lps_from_index @ first)
    part = Volume(geometry=cut, voxels=whole.voxels[:, :, 24:72])
    one, other = (
        make_level(x, joint_region(x, None), spacing_mm=4.0, n_points=2000, seed=0)
        for x in (whole, part)
    )
    index = cut.indices_of(one.points.T)[:, 2]
    seen = np.mean((index > -1) & (index < 48))
    assert 0.4 < seen < 0.8
    for pair in (LevelPair(fixed=one, moving=other), LevelPair(fixed=other, moving=one)):
        assert overlap_fraction(np.eye(4), pair) == pytest.approx(seen, abs=0.03)
