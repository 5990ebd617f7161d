"""From how a scan looks to how much further its volumes may be off.

Between a scan that looks as usual and one that is refused lie those that can be measured, less
surely: what noise, blur and bright fat hide grows as they do. The amounts were set on phantoms that
were spoiled degree by degree, and are quoted on others (``docs/appearance.md``).
"""

from collections.abc import Mapping
from math import hypot

import numpy as np

from mri_bme.check_appearance.checks import Appearance, Check
from mri_bme.measurement_error import SURE_LOOK, UnsureLook
from mri_bme.signal.common_field import ALONE_BEGINS, BEGINS

HIDES: Mapping[str, tuple[float, float, float]] = {
    "marrow_snr": (3.7, 2.4, 0.9),
    "sharpness": (0.125, 0.085, 0.5),
    "fat": (1.72, 2.0, 0.7),
    "uneven_field": (BEGINS, 0.6, 0.4),
    "field_without_t1": (ALONE_BEGINS, 0.5, 0.5),
    "snr_without_t1": (5.4, 2.4, 1.2),
    "fat_without_t1": (2.0, 4.0, 0.9),
    "void_without_t1_ml": (2.0, 20.0, 0.5),
}
"""By check: where it begins to hide edema, where it hides most, and then how much of it."""
FALSE_ALONE: Mapping[str, tuple[float, float, float]] = {
    "sharpness": (0.105, 0.085, 0.6),
    "field_without_t1": (0.18, 0.6, 0.4),
    "fat_without_t1": (2.0, 4.0, 0.5),
}
"""The same of what is no edema, where there is no T1W, on which it would be bright, to tell it."""
HIDDEN_ALONE = 0.3
"""Without T1W faint edema is missed on a scan that looks well, too: in people 17 % of the volume on
average (``docs/how-good.md``)."""
ALONE = "snr_without_t1"  # is checked where there is no T1W
HIDDEN_BY_BONES = (1.0, 0.9, 0.5)
"""The same by the confidence of bones that were found."""
HIDES_ALL = frozenset({"marrow_snr", "sharpness"})  # of a faint lesion, so that nothing shows
FAINT_ML, FAINT_FROM = 2.4, 0.15  # mL for all of what these hide, and from how much on
JOINTS_OF_PEOPLE_MM = (91.0, 114.0)  # between the joints; phantoms and people, docs/appearance.md
JOINTS_APART = "between_joints_mm"


def unsure_look(look: Appearance, *, confidence: float = 1.0) -> UnsureLook:
    """Tell what the look of a scan, and the bones found on it, add to the errors of volumes.

    Nothing is known of the errors of a scan that cannot be what it is said to be, and nothing is
    added: it is refused, or measured since the settings say so.

    Parameters
    ----------
    look : Appearance
        Checks of the scan and of its regions.
    confidence : float
        Of bones that were found, 0 to 1; 1 for bones that were given.
    """
    if look.impossible:
        return SURE_LOOK
    shares = {c.name: _ramp(c.value, *HIDES[c.name]) for c in look.checks if c.name in HIDES}
    names = {check.name for check in look.checks}
    alone = HIDDEN_ALONE if ALONE in names else 0.0
    false = [_ramp(c.value, *FALSE_ALONE[c.name]) for c in look.checks if c.name in FALSE_ALONE]
    faint = hypot(*(share for name, share in shares.items() if name in HIDES_ALL))
    apart = next((c for c in look.checks if c.name == JOINTS_APART), None)
    return UnsureLook(
        hidden=hypot(_ramp(confidence, *HIDDEN_BY_BONES), alone, *shares.values()),
        faint_ml=FAINT_ML * max(faint - FAINT_FROM, 0.0),
        sizes=_sizes(apart),
        surplus=hypot(*false) if alone else 0.0,
    )


def _ramp(value: float, begins: float, most_at: float, most: float) -> float:
    return most * float(np.clip((value - begins) / (most_at - begins), 0, 1))


def _sizes(apart: Check | None) -> tuple[float, float]:
    """Volumes that voxels of another size would give, so that the joints lie as in people."""
    if apart is None or apart.value <= 0 or not apart.words:
        return SURE_LOOK.sizes
    least, most = (float((mm / apart.value) ** 3) for mm in JOINTS_OF_PEOPLE_MM)
    return least, most
