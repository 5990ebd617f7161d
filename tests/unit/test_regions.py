"""Names of regions: what settings and messages know before a library is loaded."""

import subprocess
import sys

import pytest

from mri_bme import regions, sacroiliac
from mri_bme.regions import QUADRANTS, REGIONS, RegionKind, region_kind


def test_they_need_no_library() -> None:
    program = "import sys, mri_bme.regions, mri_bme.settings; print('numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout.split() == [b"False"]


@pytest.mark.parametrize(
    ("region", "kind", "n_quadrants"),
    [
        ("total", RegionKind.TOTAL, 8),
        ("left", RegionKind.SIDE, 4),
        ("sacrum", RegionKind.BONE, 4),
        ("right_ilium", RegionKind.SIDE_BONE, 2),
        ("right_ilium_lower", RegionKind.QUADRANT, 1),
    ],
)
def test_a_region_is_made_up_of_the_quadrants_of_its_name(
    region: str, kind: RegionKind, n_quadrants: int
) -> None:
    assert region_kind(region) is kind
    assert len(REGIONS[region]) == n_quadrants
    assert region == "total" or all(
        set(region.split("_")) <= set(QUADRANTS[label].name.split("_")) for label in REGIONS[region]
    )


def test_the_joints_have_the_same_names() -> None:
    assert sacroiliac.REGIONS is regions.REGIONS
