"""Judge whether a scan looks as it must, before anything is measured on it.

`check_scan` looks at the pictures alone, `check_rois` at where edema will be looked for. Each
check compares one number with what scans of people have; beyond it a scan is doubtful, and
far beyond it cannot be what it is said to be. `unsure_look` says what lies between: how much less
surely a scan is measured that looks less well.
"""

from mri_bme.check_appearance.checks import Appearance, Check, Verdict
from mri_bme.check_appearance.rois import check_rois
from mri_bme.check_appearance.scan import check_same_scan, check_scan, check_t1_fit
from mri_bme.check_appearance.unsure import unsure_look

__all__ = [
    "Appearance",
    "Check",
    "Verdict",
    "check_rois",
    "check_same_scan",
    "check_scan",
    "check_t1_fit",
    "unsure_look",
]
