"""Dates that may be told, and the version that measured."""

from datetime import UTC, datetime

from measured_visits import identified, measured_visit
from pydicom.dataset import Dataset

from mri_bme.export.objects.equipment import settle, versions
from mri_bme.export.objects.source_images import original_images, pseudonymous_images


def test_a_pseudonymous_object_has_the_made_up_date_of_its_study() -> None:
    made = Dataset()
    settle(made, pseudonymous_images(measured_visit()))
    assert made.ContentDate == made.InstanceCreationDate == "19000101"
    assert made.PatientIdentityRemoved == "YES"


def test_an_identified_object_has_the_day_on_which_it_was_made() -> None:
    visit = measured_visit()
    datasets = identified(pseudonymous_images(visit).datasets)
    source = original_images(datasets, visit.volume.geometry, frames=None, key=b"k" * 32)
    made = Dataset()
    settle(made, source, now=datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC))
    assert (made.ContentDate, made.ContentTime) == ("20260304", "050607")
    assert "PatientIdentityRemoved" not in made


def test_a_version_fits_into_its_attribute() -> None:
    assert versions(measured_visit(made_by="x" * 99)) == "x" * 64
    assert versions(measured_visit(made_by="")) == "unknown"
