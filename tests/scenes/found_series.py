"""Series of which only the header counts."""

from typing import Any

from mri_bme.intake.dicom.frames import Acquisition
from mri_bme.intake.dicom.people import FoundSeries
from mri_bme.study import Contrast, Plane, Series


def found_series(number: int = 1, **values: Any) -> FoundSeries:
    """A series of TRIAL-07; keyword values are fields of `Acquisition`."""
    known = {"patient_id": "TRIAL-07", "study_uid": "1.1"}
    made = Series(
        series_id=f"s{number}",
        study_id="study",
        number=number,
        description="",
        contrast=Contrast.STIR,
        plane=Plane.UNKNOWN,
        geometry=None,
        instances=(),
    )
    return FoundSeries(series=made, acquisition=Acquisition(**(known | values)))
