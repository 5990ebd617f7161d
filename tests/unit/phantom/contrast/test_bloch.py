"""Published relaxation times give the brightness that was measured in people."""

import numpy as np
import pytest

from mri_bme.phantom import LesionPlan, PhantomSubject, make_edema
from mri_bme.phantom.contrast import ASSIGNED, SEQUENCES, bloch_contrast, sequence_of
from mri_bme.phantom.contrast.signal import SequenceKind
from mri_bme.phantom.tissue.canvas import SIGNAL
from mri_bme.sacroiliac import Bone, Side

MEASURED = {  # relative to marrow, five people: fluid-sensitive and T1W (`tissue.canvas`)
    "muscle": ((0.35, 0.67), (0.53, 0.60)),
    "fat": ((0.7, 1.5), (1.6, 2.2)),
    "fluid": ((5.0, 6.0), (0.46, 0.51)),
}


def test_stir_and_t1w_look_as_in_people() -> None:
    """Within a fifth of the range of five people; none of these numbers was put in."""
    found = bloch_contrast(SEQUENCES["stir 1.5 T"])
    for tissue, ranges in MEASURED.items():
        for ratio, (low, high) in zip(found.signal[tissue], ranges, strict=True):
            assert 0.8 * low < ratio < 1.2 * high, tissue


@pytest.mark.parametrize("name", [n for n in SEQUENCES if "t1w" not in n])
def test_every_sequence_paints_every_tissue(name: str) -> None:
    found = bloch_contrast(SEQUENCES[name])
    assert set(found.signal) == set(SIGNAL)
    assert found.signal["marrow"] == pytest.approx((1, 1))
    assert found.signal["fluid"][0] > 4
    assert found.sequence == SEQUENCES[name]


def test_edema_stands_out_as_ordered_on_the_reference_and_more_on_water_alone() -> None:
    gains = {name: bloch_contrast(one).edema_gain for name, one in SEQUENCES.items()}
    assert gains["stir 1.5 T"] == pytest.approx(1)
    for field in ("1.5", "3"):
        rising = [gains[f"{kind} {field} T"] for kind in ("stir", "t2fs", "spair", "dixon")]
        assert rising == sorted(rising)


def test_fat_shines_when_the_inversion_time_is_wrong() -> None:
    right, wrong = (
        bloch_contrast(sequence_of(SequenceKind.STIR, 1.5, ti_ms=ti)).signal["fat"][0]
        for ti in (190, 110)
    )
    assert wrong > 3 * right


def test_a_lesion_has_the_same_volume_and_the_contrast_of_the_sequence(
    small_phantom: PhantomSubject,
) -> None:
    plan = LesionPlan(side=Side.LEFT, bone=Bone.ILIUM, volume_ml=3.0, peak_ratio=2.0)
    edema = make_edema(small_phantom.anatomy, (plan,), seed=3)
    dixon = bloch_contrast(SEQUENCES["dixon 3 T"])
    measured, physical = (edema.on_stir(one) - 1 for one in (ASSIGNED, dixon))
    np.testing.assert_allclose(physical, dixon.edema_gain * measured, rtol=1e-4, atol=1e-5)
    assert edema.on_t1(dixon).min() > edema.on_t1(ASSIGNED).min() > 0.3
