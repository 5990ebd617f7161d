"""True lesions beside found ones, on boxes."""

from types import SimpleNamespace

import numpy as np
import pytest

from mri_bme.verify.lesions import (
    FalseLesion,
    class_name,
    classes_of,
    false_in_classes,
    false_lesions,
    in_class,
    seen_lesions,
)
from mri_bme.volume import RigidTransform, Volume, VolumeGeometry

SHAPE = (8, 40, 60)
GEOMETRY = VolumeGeometry(shape=SHAPE, lps_from_index=np.diag([4.0, 1.0, 1.0, 1.0]))
FIRST = np.s_[2:4, 10:20, 10:20]  # 200 voxels of 4 mm3: 0.8 mL
SECOND = np.s_[2:4, 10:15, 40:50]  # 0.4 mL


def visit(*boxes, contrasts=(1.7, 2.5)):
    fraction = np.zeros(SHAPE, np.float32)
    for box in boxes:
        fraction[box] = 1
    lesions = [
        SimpleNamespace(
            centroid_mm=tuple(
                GEOMETRY.points_lps([[(s.start + s.stop - 1) / 2 for s in box]])[0].tolist()
            ),
            plan=SimpleNamespace(peak_ratio=contrast),
        )
        for box, contrast in zip(boxes, contrasts, strict=False)
    ]
    return SimpleNamespace(
        edema_fraction=fraction,
        volume=Volume(geometry=GEOMETRY, voxels=np.zeros(SHAPE, np.float32)),
        edema=SimpleNamespace(lesions=lesions),
        lps_from_subject=RigidTransform.identity(),
    )


def found(*boxes, relative=1.0):
    labels = np.zeros(SHAPE, np.int32)
    for n, box in enumerate(boxes, start=1):
        labels[box] = n
    return SimpleNamespace(
        lesion_labels=labels,
        edema_fraction=(labels > 0).astype(np.float32),
        relative_intensity=Volume(
            geometry=GEOMETRY, voxels=np.broadcast_to(np.float32(relative), SHAPE)
        ),
    )


def false_ml(visit, found):
    return [lesion.found_ml for lesion in false_lesions(visit, found)]


def test_a_lesion_that_was_found_and_one_that_was_not() -> None:
    first, second = seen_lesions(visit(FIRST, SECOND), found(np.s_[2:4, 10:20, 10:15]))
    assert (first.true_ml, first.contrast, first.shared) == pytest.approx((0.8, 1.7, 0.5))
    assert first.found_ml == pytest.approx(0.4)
    assert first.is_found
    assert (second.true_ml, second.contrast, second.shared) == pytest.approx((0.4, 2.5, 0.0))
    assert not second.is_found


def test_a_tenth_is_enough_and_less_is_not() -> None:
    for n_columns, is_found in ((1, True), (0, False)):
        (lesion,) = seen_lesions(visit(FIRST), found(np.s_[2:4, 10:20, 10 : 10 + n_columns]))
        assert lesion.is_found is is_found


def test_what_is_found_beside_edema_is_false() -> None:
    beside = np.s_[5:6, 30:35, 30:40]  # 50 voxels, 0.2 mL
    grazing = np.s_[2:4, 10:20, 19:50]  # 620 voxels, of which 20 + 100 are edema
    assert false_ml(visit(FIRST), found(FIRST, beside)) == pytest.approx([0.2])
    assert false_ml(visit(FIRST, SECOND), found(grazing)) == []
    assert false_ml(visit(FIRST), found(grazing)) == pytest.approx([2.48])
    assert false_ml(visit(), found()) == []


def test_the_contrast_of_a_false_lesion_is_the_upper_quartile_over_reference_marrow() -> None:
    beside = np.s_[5:6, 30:31, 30:39]  # nine voxels, of 1.1 to 1.9 times the reference marrow
    relative = np.full(SHAPE, 9.0)
    relative[beside] = np.linspace(1.1, 1.9, 9)
    (lesion,) = false_lesions(visit(FIRST), found(beside, relative=relative))
    assert lesion.contrast == pytest.approx(1.7)


def test_false_lesions_are_counted_by_size_and_contrast() -> None:
    made = [
        FalseLesion(found_ml=0.1, contrast=0.9),
        FalseLesion(found_ml=0.2, contrast=1.7),
        FalseLesion(found_ml=0.3, contrast=2.0),
        FalseLesion(found_ml=7.0, contrast=2.2),
    ]
    counts = {name: n for name, n in false_in_classes(made) if n}
    assert counts == {
        "any size": 4,
        "0 to 0.25 mL": 2,
        "0 to 0.25 mL, signal ratio 1 to 1.8": 2,
        "0.25 to 0.5 mL": 1,
        "0.25 to 0.5 mL, signal ratio 1.8 to 2.2": 1,
        "5 mL or more": 1,
        "5 mL or more, signal ratio 2.2 or more": 1,
        "signal ratio 1 to 1.8": 2,
        "signal ratio 1.8 to 2.2": 1,
        "signal ratio 2.2 or more": 1,
    }


def test_without_edema_there_is_no_lesion_to_find() -> None:
    assert seen_lesions(visit(), found(FIRST)) == ()


def test_classes_hold_their_lower_end() -> None:
    assert in_class(0.5, (0.5, 1.0))
    assert not in_class(1.0, (0.5, 1.0))
    assert class_name((5.0, float("inf")), "mL") == "5 mL or more"
    seen = seen_lesions(visit(FIRST, SECOND), found(FIRST))
    sorted_ = dict(classes_of([(1, lesion) for lesion in seen]))
    by_name = {name: [x for _, x in own] for name, own in sorted_.items()}
    assert [x.true_ml for x in by_name["0.5 to 1 mL"]] == pytest.approx([0.8])
    assert [x.true_ml for x in by_name["signal ratio 2.2 or more"]] == pytest.approx([0.4])
    assert len(by_name["0.25 to 0.5 mL, signal ratio 1 to 1.8"]) == 0
    assert len(by_name["any size"]) == 2
