"""A reader's masks are measured by the code that measured the program's."""

import numpy as np
import pytest
from read_study import LESION

from mri_bme.batch.recall import recall_subject
from mri_bme.readings.measured import measured_as_read, numbers_of


@pytest.fixture(scope="module")
def recalled(measured_study):
    return recall_subject(measured_study, "sub-01")


def masks_of(recalled) -> dict[str, np.ndarray]:
    return {v.label: v.segmentation.mask.voxels.copy() for v in recalled.result.visits}


def measured(recalled, masks, *, from_outlines=True):
    return measured_as_read(
        recalled.result, masks, from_outlines=from_outlines, settings=recalled.settings
    )


def test_accepting_everything_gives_the_numbers_of_the_run(recalled) -> None:
    assert numbers_of(measured(recalled, masks_of(recalled))) == numbers_of(recalled.result)


def test_a_lesion_found_at_the_follow_up_is_no_longer_resolved(recalled) -> None:
    before = numbers_of(recalled.result)
    assert before["changes"]["week14"]["verdict"] == "resolved"
    masks = masks_of(recalled)
    masks["week14"][LESION] = True
    after = numbers_of(measured(recalled, masks))
    assert after["changes"]["week14"]["verdict"] == "unchanged"
    assert after["visits"]["week14"]["edema_ml"] == pytest.approx(3 * 12 * 12 * 4 / 1000, rel=0.01)
    assert after["visits"]["baseline"] == before["visits"]["baseline"]


def test_rejecting_all_lesions_is_a_reading_of_no_edema(recalled) -> None:
    masks = {label: np.zeros_like(mask) for label, mask in masks_of(recalled).items()}
    after = numbers_of(measured(recalled, masks))
    assert after["visits"]["baseline"]["edema_ml"] == 0
    assert after["changes"]["week14"]["verdict"] == "none"
    assert after["visits"]["baseline"]["sparcc_estimate"] == 0


def test_the_change_is_the_difference_of_what_was_drawn(recalled) -> None:
    masks = {label: np.zeros_like(mask) for label, mask in masks_of(recalled).items()}
    masks["baseline"][2, 10:20, 62:72] = True
    masks["week14"][2, 10:20, 62:65] = True
    after = numbers_of(measured(recalled, masks, from_outlines=False))
    assert after["changes"]["week14"]["change_ml"] == pytest.approx(-70 * 0.004)
