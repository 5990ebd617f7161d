"""Times of a sequence in milliseconds, whatever unit a header has them in."""

from dataclasses import dataclass

SHORTEST_TR_MS = 20.0  # of a spin echo; its TR in seconds is below
SHORTEST_ANY_TR_MS, SHORTEST_TE_MS = 1.0, 1.0
SHORTEST_TI_MS = 10.0  # the longest TI in seconds, a FLAIR's, is below 4


@dataclass(frozen=True, slots=True)
class Times:
    """Echo, repetition and inversion time; `were_seconds` when one was written in seconds."""

    echo_ms: float | None
    repetition_ms: float | None
    inversion_ms: float | None
    were_seconds: bool


def times_of(
    echo: float | None,
    repetition: float | None,
    inversion: float | None,
    *,
    is_gradient_echo: bool,
) -> Times:
    """Take times that no scanner reaches in milliseconds for seconds.

    DICOM wants milliseconds (PS3.3 C.8.3.1); converters that keep times in seconds write
    them back as they are. Gradient echoes can be so short that only a repetition time
    tells. A time below zero, which stands for none in some exports, is none.
    """
    echo, repetition, inversion = map(_not_negative, (echo, repetition, inversion))
    limit = SHORTEST_ANY_TR_MS if is_gradient_echo else SHORTEST_TR_MS
    tr_s = repetition is not None and 0 < repetition < limit
    te_s = echo is not None and 0 < echo < SHORTEST_TE_MS
    te = te_s and (tr_s or not is_gradient_echo)
    ti = inversion is not None and 0 < inversion < SHORTEST_TI_MS
    return Times(
        echo_ms=_scaled(echo, te),
        repetition_ms=_scaled(repetition, tr_s),
        inversion_ms=_scaled(inversion, ti),
        were_seconds=te or tr_s or ti,
    )


def _not_negative(value: float | None) -> float | None:
    return None if value is not None and value < 0 else value


def _scaled(value: float | None, is_seconds: bool) -> float | None:
    return value if value is None or not is_seconds else value * 1000
