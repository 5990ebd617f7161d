"""A reader's masks are measured by the code that measured the program's."""

import numpy as np
import pytest
from read_study import LESION, add_t1

from mri_bme.batch.recall import recall_subject
from mri_bme.readings.measured import measured_as_read, numbers_of, prepare_to_measure
from mri_bme.record.subjects import rows_of
from mri_bme.remembered import NOTHING, Remembered


@pytest.fixture(scope="module")
def recalled(measured_study):
    return recall_subject(measured_study, "sub-01")


def masks_of(recalled) -> dict[str, np.ndarray]:
    return {v.label: v.segmentation.mask.voxels.copy() for v in recalled.result.visits}


def measured(recalled, masks, *, from_outlines=True, remembered=NOTHING):
    return measured_as_read(
        recalled.result,
        masks,
        from_outlines=from_outlines,
        settings=recalled.settings,
        remembered=remembered,
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


@pytest.mark.parametrize("from_outlines", [True, False])
def test_what_is_remembered_changes_no_number_of_any_stroke(study, from_outlines) -> None:
    """Strokes at both visits, T1W beside, some taken back: as measured anew from nothing."""
    for visit in ("baseline", "week14"):
        add_t1(study, "sub-01", visit)
    recalled = recall_subject(study, "sub-01")
    remembered, rng, masks = Remembered(most=12), np.random.default_rng(8), masks_of(recalled)
    prepare_to_measure(recalled.result, settings=recalled.settings, remembered=remembered)
    states = [dict(masks)]
    for number in range(6):
        visit = ("baseline", "week14")[number % 2]
        mask = masks[visit].copy()
        row, column = rng.integers(10, 40), rng.integers(62, 70)
        mask[rng.integers(1, 6), row : row + 6, column : column + 6] ^= True
        masks = {**masks, visit: mask}
        states.append(masks)
    for state in (*states, *states[-3::-1]):
        quick, slow = (
            measured(recalled, state, from_outlines=from_outlines, remembered=memory)
            for memory in (remembered, NOTHING)
        )
        assert rows_of("01", quick) == rows_of("01", slow)
        assert numbers_of(quick) == numbers_of(slow)
        assert [change.fates for change in quick.changes.values()] == [
            change.fates for change in slow.changes.values()
        ]


def test_a_stroke_leaves_the_other_visit_as_it_was_measured(recalled) -> None:
    remembered, masks = Remembered(most=20), masks_of(recalled)
    masks["week14"][LESION] = True
    before = measured(recalled, masks, remembered=remembered)
    masks["baseline"] = np.zeros_like(masks["baseline"])
    after = measured(recalled, masks, remembered=remembered)
    assert after.visits[1].segmentation is before.visits[1].segmentation
    assert after.visits[1].burden is before.visits[1].burden
    assert after.visits[0].segmentation is not before.visits[0].segmentation
