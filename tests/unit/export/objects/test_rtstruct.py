"""Contours enclose the voxels that they were drawn around."""

import numpy as np
import pytest
from measured_visits import ORIENTATIONS, grid, healthy_visit, measured_visit
from skimage.measure import points_in_poly

from mri_bme.export.objects.rtstruct import structure_set
from mri_bme.export.objects.source_images import pseudonymous_images


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_a_contour_encloses_the_voxels_of_its_lesion(orientation: str) -> None:
    geometry = grid(orientation)
    visit = measured_visit(geometry)
    made = structure_set(visit, pseudonymous_images(visit))
    assert visit.lesion_labels is not None
    for label, roi in zip((1, 2), made.ROIContourSequence, strict=True):
        enclosed = np.zeros(geometry.shape, dtype=bool)
        for contour in roi.ContourSequence:
            points = np.array(contour.ContourData, dtype=float).reshape(-1, 3)
            index = geometry.indices_of(points)
            k = round(float(index[0, 0]))
            np.testing.assert_allclose(index[:, 0], k, atol=0.01)
            pixels = np.argwhere(np.ones(geometry.shape[1:]))
            inside = points_in_poly(pixels, index[:, 1:])
            enclosed[k] |= inside.reshape(geometry.shape[1:])
        np.testing.assert_array_equal(enclosed, visit.lesion_labels == label)


def test_a_contour_names_the_image_it_lies_on() -> None:
    visit = measured_visit()
    source = pseudonymous_images(visit)
    places = {d.SOPInstanceUID: k for k, d in enumerate(source.datasets)}
    for contour in structure_set(visit, source).ROIContourSequence[0].ContourSequence:
        points = np.array(contour.ContourData, dtype=float).reshape(-1, 3)
        k = round(float(visit.volume.geometry.indices_of(points[0])[0]))
        assert places[contour.ContourImageSequence[0].ReferencedSOPInstanceUID] == k


def test_no_edema_is_a_structure_without_contours() -> None:
    visit = healthy_visit()
    made = structure_set(visit, pseudonymous_images(visit))
    (roi,) = made.StructureSetROISequence
    assert roi.ROIName == "no edema"
    assert "ContourSequence" not in made.ROIContourSequence[0]
