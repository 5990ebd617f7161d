"""How far a number can be trusted: the one yardstick of volumes, changes and verdicts.

`draws` varies a visit's volumes by what is uncertain about them, and `intervals` turns that into
95 % intervals of a volume and of a change. `repeatability` measures on scans taken twice how
large a change must be to be detected, `detectable` looks that up, and `verdict` calls a change.
`sensitivity` moves one source of error at a time, `wider` says how much further visits may differ
that were not scanned alike, and `unsure` how much further a volume may be off for its scan's look.
"""

from mri_bme.measurement_error.detectable import smallest_detectable_change_ml
from mri_bme.measurement_error.doubtful import Doubtful
from mri_bme.measurement_error.draws import (
    division_mm,
    ingredients,
    quadrant_draws,
    roi_edge_mm,
)
from mri_bme.measurement_error.intervals import change_interval, volume_interval
from mri_bme.measurement_error.repeatability import (
    RC_PER_WSD,
    Repetition,
    change_beyond_bias,
    detectable_table,
    limit_of_blank,
    pairs_for_bound,
    precision_profile,
    reproducibility_coefficient,
    upper_bound_factor,
    within_subject_cv,
    within_subject_sd,
    wsds_apart,
)
from mri_bme.measurement_error.sensitivity import (
    CHOICE,
    REACH,
    REGISTRATION,
    REGISTRATION_MM,
    SOURCES,
    source_ends_ml,
)
from mri_bme.measurement_error.unsure import SURE_LOOK, UnsureLook
from mri_bme.measurement_error.verdict import (
    CHANGE_IS_NOT_RESPONSE,
    VERDICT_RULE,
    is_detectable,
    judge_change,
)
from mri_bme.measurement_error.wider import WIDER, wider_by

__all__ = [
    "CHANGE_IS_NOT_RESPONSE",
    "CHOICE",
    "RC_PER_WSD",
    "REACH",
    "REGISTRATION",
    "REGISTRATION_MM",
    "SOURCES",
    "SURE_LOOK",
    "VERDICT_RULE",
    "WIDER",
    "Doubtful",
    "Repetition",
    "UnsureLook",
    "change_beyond_bias",
    "change_interval",
    "detectable_table",
    "division_mm",
    "ingredients",
    "is_detectable",
    "judge_change",
    "limit_of_blank",
    "pairs_for_bound",
    "precision_profile",
    "quadrant_draws",
    "reproducibility_coefficient",
    "roi_edge_mm",
    "smallest_detectable_change_ml",
    "source_ends_ml",
    "upper_bound_factor",
    "volume_interval",
    "wider_by",
    "within_subject_cv",
    "within_subject_sd",
    "wsds_apart",
]
