"""Pictures and documents join the patient and study of the images."""

import numpy as np
from measured_visits import identified, measured_visit

from mri_bme.export.objects.capture import capture, encapsulated_pdf
from mri_bme.export.objects.equipment import OF_PATIENT_AND_STUDY
from mri_bme.export.objects.source_images import original_images, pseudonymous_images


def test_a_picture_keeps_its_pixels_and_says_that_text_is_burned_in() -> None:
    visit = measured_visit()
    picture = np.random.default_rng(1).integers(0, 256, (9, 7, 3), dtype=np.uint8)
    made = capture(visit, pseudonymous_images(visit), picture, number=2)
    np.testing.assert_array_equal(made.pixel_array, picture)
    assert made.BurnedInAnnotation == "YES"
    assert made.InstanceNumber == 2


def test_a_document_holds_the_pdf_and_its_length() -> None:
    visit = measured_visit()
    made = encapsulated_pdf(visit, pseudonymous_images(visit), b"%PDF-1.4 odd")
    length = made.EncapsulatedDocumentLength
    assert made.EncapsulatedDocument[:length] == b"%PDF-1.4 odd"
    assert len(made.EncapsulatedDocument) % 2 == 0


def test_an_identified_object_is_that_of_the_patient() -> None:
    visit = measured_visit()
    datasets = identified(pseudonymous_images(visit).datasets)
    source = original_images(datasets, visit.volume.geometry, frames=None, key=b"k" * 32)
    picture = np.zeros((4, 4, 3), dtype=np.uint8)
    made = capture(visit, source, picture, number=1), encapsulated_pdf(visit, source, b"%PDF")
    for dataset in made:
        for keyword in OF_PATIENT_AND_STUDY:
            assert str(dataset.get(keyword) or "") == str(datasets[0].get(keyword) or "")
        assert "PatientIdentityRemoved" not in dataset
