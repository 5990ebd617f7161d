"""What identifies an exported visit."""

import numpy as np
from measured_visits import measured_visit

from mri_bme.volume import Volume


def test_images_are_known_by_their_voxels_and_results_by_their_content() -> None:
    visit, again = measured_visit(), measured_visit(content="2")
    assert visit.image_key == again.image_key
    assert visit.result_key != again.result_key
    brighter = Volume(geometry=visit.volume.geometry, voxels=visit.volume.voxels + 1)
    assert measured_visit(volume=brighter).image_key != visit.image_key


def test_a_lesion_is_known_by_subject_and_name() -> None:
    visit = measured_visit()
    assert visit.lesion_key(1) == measured_visit(content="2").lesion_key(1)
    assert visit.lesion_key(1) != visit.lesion_key(2)
    assert visit.lesion_key(1) != measured_visit(subject="S02").lesion_key(1)


def test_only_quadrants_that_are_there_are_counted() -> None:
    visit = measured_visit()
    assert visit.quadrants is not None
    assert visit.quadrant_counts() == {1: 5 * 7 * 8, 7: 5 * 7 * 6}
    assert measured_visit(quadrants=np.zeros_like(visit.quadrants)).quadrant_counts() == {}
