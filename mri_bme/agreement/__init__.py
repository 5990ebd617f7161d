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
from mri_bme.agreement.standing import Standing, mean_of, who_stands_behind

__all__ = [
    "MaskAgreement",
    "Overruled",
    "ReadVisit",
    "Standing",
    "agreement_by_chance_corrected",
    "cases_to_adjudicate",
    "compare_masks",
    "in_unit",
    "majority",
    "mean_of",
    "measure_name",
    "overruled_lesions",
    "reader_agreement",
    "staple",
    "who_stands_behind",
]
