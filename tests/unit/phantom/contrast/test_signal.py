"""Signal equations against numbers worked by hand and against the magnetization step by step."""

from dataclasses import replace
from math import exp, log

import pytest

from mri_bme.errors import InvalidSettings
from mri_bme.phantom.contrast.signal import (
    OLEFINIC,
    SEQUENCES,
    PulseSequence,
    SequenceKind,
    inversion_recovery,
    null_point_ms,
    sequence_of,
    spin_echo,
    water_and_fat,
)

STIR = PulseSequence(
    kind=SequenceKind.STIR,
    field_tesla=1.5,
    tr_ms=1250,
    te_ms=50,
    ti_ms=150,
    n_echoes=10,
    echo_spacing_ms=10,
)
FSE = replace(STIR, kind=SequenceKind.T2_FS, tr_ms=1100, ti_ms=0, suppression=0.9)


def test_a_spin_echo_has_the_signal_of_the_textbook() -> None:
    """(1 - 1/e) x 1/e: TR less the train is T1, and TE is T2."""
    assert spin_echo(1000, 50, FSE) == pytest.approx(0.232544, abs=1e-6)


def test_inversion_recovery_has_the_signal_worked_by_hand() -> None:
    """T1 500: E = exp(-2) = 0.135335; 1 - 1.864665 x exp(-0.3) = -0.381378; x 1/e."""
    assert inversion_recovery(500, 50, STIR) == pytest.approx(-0.140301, abs=1e-6)


def test_without_a_train_inversion_recovery_is_the_usual_formula() -> None:
    bare = replace(STIR, n_echoes=0)
    usual = (1 - 2 * exp(-150 / 500) + exp(-1250 / 500)) * exp(-1)
    assert inversion_recovery(500, 50, bare) == pytest.approx(usual)


@pytest.mark.parametrize("t1_ms", [200, 500, 900, 3000])
def test_the_steady_state_is_where_magnetization_ends_up(t1_ms: float) -> None:
    """Invert, wait, read out until nothing is left, wait; again and again."""

    def recovered(along: float, ms: float) -> float:
        return 1 - (1 - along) * exp(-ms / t1_ms)

    along = 1.0
    for _ in range(30):
        read = recovered(-along, STIR.ti_ms)
        along = recovered(0.0, STIR.tr_ms - STIR.ti_ms - STIR.train_ms)
    assert inversion_recovery(t1_ms, 50, STIR) == pytest.approx(read * exp(-1))


def test_fat_is_nulled_at_t1_ln_2_when_tr_is_long() -> None:
    assert null_point_ms(288, recovery_ms=1e6) == pytest.approx(288 * log(2))
    assert null_point_ms(288, recovery_ms=1000) == pytest.approx(195.15, abs=0.05)
    recovery = STIR.tr_ms - STIR.ti_ms - STIR.train_ms
    null = null_point_ms(288, recovery_ms=recovery)
    at_null = replace(STIR, ti_ms=null, tr_ms=STIR.tr_ms - STIR.ti_ms + null)
    assert inversion_recovery(288, 165, at_null) == pytest.approx(0, abs=1e-12)


def test_spectral_suppression_leaves_what_resonates_by_water() -> None:
    """Of fat alone: 0.086 + 0.1 x 0.914; of water all is left."""
    assert water_and_fat(0.0, 1.0, FSE) == pytest.approx(0.1774)
    assert water_and_fat(0.4, 0.0, FSE) == pytest.approx(0.4)
    perfect = replace(FSE, suppression=1.0)
    assert water_and_fat(0.0, 1.0, perfect) == pytest.approx(OLEFINIC)


def test_dixon_water_is_half_the_sum_of_both_images() -> None:
    """In phase 0.3 + 0.5; opposed 0.3 + 0.043 - 0.457: even where there is more fat than water."""
    dixon = replace(FSE, kind=SequenceKind.DIXON, suppression=0)
    assert water_and_fat(0.3, 0.5, dixon) == pytest.approx((0.8 + 0.343 - 0.457) / 2)
    assert water_and_fat(0.3, 0.5, dixon) == pytest.approx(0.3 + OLEFINIC * 0.5)


def test_inverted_water_and_fat_take_from_each_other() -> None:
    assert water_and_fat(-0.3, 0.1, STIR) == pytest.approx(0.2)


def test_a_prescription_is_the_usual_one_but_for_what_is_given() -> None:
    usual = SEQUENCES["stir 3 T"]
    assert sequence_of(SequenceKind.STIR, 3.0) == usual
    given = sequence_of(SequenceKind.STIR, 3.0, ti_ms=190, te_ms=70)
    assert given == replace(usual, ti_ms=190, te_ms=70)
    assert len(SEQUENCES) == 10


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"field_tesla": 7.0}, "at 1.5 and 3 T; found 7 T"),
        ({"tr_ms": 200}, "TR must hold"),
        ({"te_ms": 0}, "TR must hold"),
        ({"ti_ms": 0}, "STIR has an inversion time"),
        ({"kind": SequenceKind.SPAIR}, "STIR has an inversion time"),
    ],
)
def test_what_cannot_be_prescribed_is_refused(wrong: dict[str, object], words: str) -> None:
    with pytest.raises(InvalidSettings, match=words):
        replace(STIR, **wrong)
    with pytest.raises(InvalidSettings, match=r"found 0\.5 T"):
        sequence_of(SequenceKind.STIR, 0.5)
