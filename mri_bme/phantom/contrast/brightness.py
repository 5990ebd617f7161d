"""How bright tissues and edema are in the two series of a visit."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mri_bme.phantom.contrast.signal import PulseSequence
from mri_bme.phantom.tissue.canvas import SIGNAL

EDEMA_T1_LOSS = 0.45  # T1W signal lost per unit of STIR signal gained, up to full fluid
FATTY_T1 = 0.5  # T1W gained where marrow turned to fat: between marrow (1) and fat (1.75)
FATTY_STIR = 0.3  # STIR lost there, since fat is suppressed


@dataclass(frozen=True, kw_only=True, eq=False)
class Brightness:
    """Brightness relative to normal marrow.

    Parameters
    ----------
    signal : mapping from str
        (fluid-sensitive, T1W) of each tissue of `tissue.canvas.SIGNAL`.
    edema_gain : float
        What edema gains over marrow, per unit of what it gains on STIR as assigned.
    edema_t1_loss : float
        T1W signal lost per unit of that.
    healed : pair of float
        Marrow that turned to fat, over marrow: fluid-sensitive, T1W.
    sequence, t1w : PulseSequence or None
        The fluid-sensitive sequence and T1W, where physics say how bright tissues are.
    """

    signal: Mapping[str, tuple[float, float]] = field(default_factory=lambda: SIGNAL)
    edema_gain: float = 1.0
    edema_t1_loss: float = EDEMA_T1_LOSS
    healed: tuple[float, float] = (1 - FATTY_STIR, 1 + FATTY_T1)
    sequence: PulseSequence | None = None
    t1w: PulseSequence | None = None


ASSIGNED = Brightness()
"""As measured on STIR and T1W of five people (`tissue.canvas`)."""
