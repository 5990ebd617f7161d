"""Signal equations of fast spin echo, inversion recovery, fat suppression and Dixon.

Solutions of the Bloch equations for a train of refocused echoes whose effective echo time is TE,
after Bernstein, King & Zhou, Handbook of MRI Pulse Sequences, 2004, chapters 14.2 (inversion
recovery), 16.4 (echo trains), 4.3 and 17.3 (fat). Times are in ms; the equilibrium is 1.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from math import exp, log
from typing import Any

from mri_bme.errors import InvalidSettings

FIELDS_TESLA = (1.5, 3.0)
OLEFINIC = 0.086
"""Share of fat's protons that resonate by water (5.3 and 4.2 ppm), which neither a spectral
pulse nor a Dixon separation tells from it (Hamilton et al., NMR Biomed 24:784, 2011)."""


class SequenceKind(StrEnum):
    """Sequences of sacroiliac imaging."""

    STIR = "stir"
    T2_FS = "t2fs"
    SPAIR = "spair"
    DIXON = "dixon"
    T1W = "t1w"


@dataclass(frozen=True, slots=True, kw_only=True)
class PulseSequence:
    """One sequence as prescribed.

    Parameters
    ----------
    kind : SequenceKind
        How it is weighted and how fat is dealt with.
    field_tesla : float
        1.5 or 3.
    tr_ms, te_ms, ti_ms : float
        Repetition, effective echo and inversion time; `ti_ms` of STIR alone, else 0.
    n_echoes, echo_spacing_ms : int, float
        Length of the train, and time from one echo to the next.
    suppression : float
        Share of fat (but for what resonates by water) that is gone at the excitation, where it is
        suppressed spectrally: 0.92 to 0.95 of a CHESS pulse and 0.97 of an adiabatic one (SPAIR)
        where the field is even; an assumption.
    """

    kind: SequenceKind
    field_tesla: float
    tr_ms: float
    te_ms: float
    ti_ms: float = 0.0
    n_echoes: int = 15
    echo_spacing_ms: float = 10.0
    suppression: float = 0.0

    def __post_init__(self) -> None:
        if self.field_tesla not in FIELDS_TESLA:
            raise InvalidSettings(
                f"relaxation times are known at 1.5 and 3 T; found {self.field_tesla:g} T"
            )
        if (self.kind is SequenceKind.STIR) != (self.ti_ms > 0):
            raise InvalidSettings("STIR has an inversion time above 0, and no other sequence has")
        if self.te_ms <= 0 or self.tr_ms <= self.ti_ms + max(self.train_ms, self.te_ms):
            raise InvalidSettings(
                f"TR must hold the inversion time and the echo train: found TR {self.tr_ms:g}, "
                f"TI {self.ti_ms:g}, TE {self.te_ms:g} and {self.n_echoes} echoes every "
                f"{self.echo_spacing_ms:g} ms"
            )

    @property
    def train_ms(self) -> float:
        """Length of the echo train, at whose end no magnetization is left along the field."""
        return self.n_echoes * self.echo_spacing_ms


def _both(
    kind: SequenceKind, low: dict[str, Any], high: dict[str, Any]
) -> dict[str, PulseSequence]:
    """Prescribe a sequence at 1.5 and at 3 T."""
    inverted = float(kind is SequenceKind.STIR)
    empty = PulseSequence(kind=kind, field_tesla=1.5, tr_ms=9000, te_ms=1, ti_ms=inverted)
    return {
        f"{kind.value} {field:g} T": replace(empty, field_tesla=field, **values)
        for field, values in zip(FIELDS_TESLA, (low, high), strict=True)
    }


SEQUENCES: dict[str, PulseSequence] = {
    **_both(
        SequenceKind.STIR,
        {"tr_ms": 4200, "te_ms": 62, "ti_ms": 150},
        {"tr_ms": 4500, "te_ms": 55, "ti_ms": 210},
    ),
    **_both(
        SequenceKind.T2_FS,
        {"tr_ms": 3800, "te_ms": 60, "suppression": 0.92},
        {"tr_ms": 4000, "te_ms": 60, "suppression": 0.95},
    ),
    **_both(
        SequenceKind.SPAIR,
        {"tr_ms": 3800, "te_ms": 60, "suppression": 0.97},
        {"tr_ms": 4000, "te_ms": 60, "suppression": 0.97},
    ),
    **_both(SequenceKind.DIXON, {"tr_ms": 3800, "te_ms": 60}, {"tr_ms": 4000, "te_ms": 60}),
    **_both(
        SequenceKind.T1W,
        {"tr_ms": 550, "te_ms": 11, "n_echoes": 3},
        {"tr_ms": 650, "te_ms": 11, "n_echoes": 3},
    ),
}
"""Usual prescriptions, by kind and field."""


def sequence_of(
    kind: SequenceKind,
    field_tesla: float,
    *,
    tr_ms: float | None = None,
    te_ms: float | None = None,
    ti_ms: float | None = None,
) -> PulseSequence:
    """Take the usual prescription of a sequence, with other times where they are given.

    Raises
    ------
    InvalidSettings
        If relaxation times are not known at that field, or the times do not fit each other.
    """
    usual = SEQUENCES.get(f"{kind.value} {field_tesla:g} T")
    if usual is None:
        raise InvalidSettings(f"relaxation times are known at 1.5 and 3 T; found {field_tesla:g} T")
    given: dict[str, Any] = {"tr_ms": tr_ms, "te_ms": te_ms, "ti_ms": ti_ms}
    return replace(usual, **{name: ms for name, ms in given.items() if ms is not None})


def spin_echo(t1_ms: float, t2_ms: float, sequence: PulseSequence) -> float:
    """Signal of an echo train: ``(1 - exp(-(TR - train) / T1)) exp(-TE / T2)``.

    The train leaves no magnetization along the field, which recovers for what is left of TR.
    """
    recovered = 1 - exp(-(sequence.tr_ms - sequence.train_ms) / t1_ms)
    return recovered * exp(-sequence.te_ms / t2_ms)


def inversion_recovery(t1_ms: float, t2_ms: float, sequence: PulseSequence) -> float:
    """Signed signal of an echo train behind an inversion.

    ``(1 - (2 - E) exp(-TI / T1)) exp(-TE / T2)`` with ``E = exp(-(TR - TI - train) / T1)``: what
    recovered before the inversion (1 - E) is turned over and recovers for TI. Without a train this
    is the usual ``1 - 2 exp(-TI / T1) + exp(-TR / T1)``.
    """
    missing = exp(-(sequence.tr_ms - sequence.ti_ms - sequence.train_ms) / t1_ms)
    along = 1 - (2 - missing) * exp(-sequence.ti_ms / t1_ms)
    return along * exp(-sequence.te_ms / t2_ms)


def null_point_ms(t1_ms: float, *, recovery_ms: float) -> float:
    """Inversion time at which a tissue gives no signal: ``T1 ln(2 - exp(-recovery / T1))``.

    `recovery_ms` is from the end of the train to the inversion; when long, this is T1 ln 2.
    """
    return t1_ms * log(2 - exp(-recovery_ms / t1_ms))


def water_and_fat(water: float, fat: float, sequence: PulseSequence) -> float:
    """Magnitude of a voxel from the signed signals of its water and its fat.

    An echo brings both into phase. Fat that resonates by water stays whatever is done to the rest:
    spectral suppression leaves ``1 - suppression`` of that; two-point Dixon halves the sum of the
    images in phase, W + F, and opposed, W - F, with its sign known, and leaves none.
    """
    if sequence.kind in {SequenceKind.STIR, SequenceKind.T1W}:
        return abs(water + fat)
    by_water, other = OLEFINIC * fat, (1 - OLEFINIC) * fat
    if sequence.kind is SequenceKind.DIXON:
        in_phase, opposed = water + by_water + other, water + by_water - other
        return abs(in_phase + opposed) / 2
    return abs(water + by_water + (1 - sequence.suppression) * other)
