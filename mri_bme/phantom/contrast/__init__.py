"""How bright tissues are: as measured, or from relaxation times and a sequence.

`brightness` holds what a phantom needs, `signal` the equations, `tissues` what tissues are made of
and where that is from, `bloch` the brightness that follows.
"""

from mri_bme.phantom.contrast.bloch import bloch_contrast
from mri_bme.phantom.contrast.brightness import ASSIGNED, Brightness
from mri_bme.phantom.contrast.signal import SEQUENCES, PulseSequence, SequenceKind, sequence_of

__all__ = [
    "ASSIGNED",
    "SEQUENCES",
    "Brightness",
    "PulseSequence",
    "SequenceKind",
    "bloch_contrast",
    "sequence_of",
]
