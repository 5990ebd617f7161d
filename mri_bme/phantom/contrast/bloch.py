"""Brightness of every tissue relative to normal marrow, from tissue and sequence.

How wet a lesion is follows from how far it stands out on the reference STIR, on which phantoms'
lesions are ordered (`LesionPlan.peak_ratio`): a share of its marrow is taken as exudate. The same
share then gives its signal in any sequence.
"""

from collections.abc import Mapping

from mri_bme.phantom.contrast.brightness import Brightness
from mri_bme.phantom.contrast.signal import SEQUENCES, PulseSequence, SequenceKind
from mri_bme.phantom.contrast.tissues import TISSUES, Tissue
from mri_bme.phantom.tissue.canvas import SIGNAL

REFERENCE = SEQUENCES["stir 1.5 T"]


def bloch_contrast(
    sequence: PulseSequence,
    t1w: PulseSequence | None = None,
    *,
    tissues: Mapping[str, Tissue] = TISSUES,
) -> Brightness:
    """Say how bright tissues and edema are in a fluid-sensitive sequence and in T1W.

    Parameters
    ----------
    sequence : PulseSequence
        STIR, T2 FS, SPAIR or Dixon water.
    t1w : PulseSequence or None
        T1W beside it; None is the usual one at its field.
    tissues : mapping from str to Tissue
        What tissues are made of; ``exudate`` takes the place of marrow in edema.
    """
    t1w = t1w or SEQUENCES[f"{SequenceKind.T1W.value} {sequence.field_tesla:g} T"]

    def over_marrow(name: str, one: PulseSequence) -> float:
        return tissues[name].signal(one) / tissues["marrow"].signal(one)

    ratios = {name: (over_marrow(name, sequence), over_marrow(name, t1w)) for name in tissues}
    signal = {name: ratios[name] for name in SIGNAL if name in ratios}
    fat, muscle = signal["fat"], signal["muscle"]
    signal["streak"] = (fat[0] - muscle[0], fat[1] - muscle[1])
    # Exudate in place of a share u of marrow adds u (E - 1), E over marrow; u is (gain on the
    # reference) / (E there - 1).
    gained = over_marrow("exudate", REFERENCE) - 1
    wet, healed = ratios["exudate"], ratios["healed"]
    return Brightness(
        signal=signal,
        edema_gain=(wet[0] - 1) / gained,
        edema_t1_loss=(1 - wet[1]) / gained,
        healed=healed,
        sequence=sequence,
        t1w=t1w,
    )
