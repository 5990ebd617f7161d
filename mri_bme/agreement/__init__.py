"""How far readers agree: with each other, with themselves, and with the program."""

from mri_bme.agreement.consensus import majority, staple
from mri_bme.agreement.masks import MaskAgreement, compare_masks
from mri_bme.agreement.overruled import Overruled, overruled_lesions
from mri_bme.agreement.quadrants import agreement_by_chance_corrected
from mri_bme.agreement.readers import (
    ReadVisit,
    cases_to_adjudicate,
    in_unit,
    measure_name,
    reader_agreement,
)

__all__ = [
    "MaskAgreement",
    "Overruled",
    "ReadVisit",
    "agreement_by_chance_corrected",
    "cases_to_adjudicate",
    "compare_masks",
    "in_unit",
    "majority",
    "measure_name",
    "overruled_lesions",
    "reader_agreement",
    "staple",
]
