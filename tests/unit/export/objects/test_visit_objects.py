"""Which objects are made of a visit."""

import numpy as np
from measured_visits import healthy_visit, measured_visit, unmeasured_visit

from mri_bme.export.objects.measured import MeasuredVisit
from mri_bme.export.objects.source_images import pseudonymous_images
from mri_bme.export.objects.visit_objects import contour_objects, copied_images, dicom_objects


def names(visit: MeasuredVisit) -> list[str]:
    picture = np.zeros((4, 4, 3), dtype=np.uint8)
    source = pseudonymous_images(visit)
    return [name for name, _ in dicom_objects(visit, source, pictures=[picture], pdf=b"%PDF")]


def test_a_measured_visit_has_them_all() -> None:
    expected = ["seg_edema", "seg_quadrants", "report", "capture_1", "document"]
    assert names(measured_visit()) == expected
    assert names(healthy_visit()) == expected


def test_what_was_not_evaluable_has_a_report_and_no_segmentation() -> None:
    visit = unmeasured_visit()
    assert names(visit) == ["report", "capture_1", "document"]
    assert list(contour_objects(visit, pseudonymous_images(visit))) == []


def test_every_object_has_a_uid_of_its_own() -> None:
    visit = measured_visit()
    source = pseudonymous_images(visit)
    made = [*dicom_objects(visit, source), *contour_objects(visit, source), *copied_images(source)]
    uids = [dataset.SOPInstanceUID for _, dataset in made]
    assert len(set(uids)) == len(uids)
