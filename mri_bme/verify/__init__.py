"""How far the pipeline's volumes can be trusted, measured on subjects with known edema.

Phantoms are scanned with a given protocol and measured by the whole pipeline; bias,
linearity, repeatability and the smallest detectable change are named as quantitative
imaging names them (Raunig et al., Stat Methods Med Res 24:27, 2015; Obuchowski & Bullen,
Stat Methods Med Res 27:3139, 2018).
"""

from mri_bme.verify.design import Case, design_cases
from mri_bme.verify.failures import Failure, carry_out, trials
from mri_bme.verify.figure import Figure
from mri_bme.verify.figures import Verification, verification_of
from mri_bme.verify.measure import Measurement, measure_case
from mri_bme.verify.protocol import protocol_like

__all__ = [
    "Case",
    "Failure",
    "Figure",
    "Measurement",
    "Verification",
    "carry_out",
    "design_cases",
    "measure_case",
    "protocol_like",
    "trials",
    "verification_of",
]
