"""Solid bodies: volumes and distances that geometry knows."""

import numpy as np
import pytest

from mri_bme.phantom.solids import (
    Grid,
    distance_from,
    ellipsoid,
    ellipsoid_box,
    random_field,
    share_inside,
    signed_distance,
    smooth_union,
    surface_occupancy,
    tube,
    tube_box,
)
from mri_bme.volume import VolumeGeometry


def grid(spacing: float = 1.0, n: int = 41) -> Grid:
    matrix = np.diag([spacing, spacing, spacing, 1.0])
    geometry = VolumeGeometry(shape=(n, n, n), lps_from_index=matrix)
    return Grid(geometry=geometry, first_mm=(-spacing * (n // 2),) * 3)


def test_a_ball_has_the_volume_of_a_ball() -> None:
    g = grid()
    share = share_inside(ellipsoid(g, (0, 0, 0), (12, 12, 12)))
    assert share.sum() == pytest.approx(4 / 3 * np.pi * 12**3, rel=0.005)
    egg = share_inside(ellipsoid(g, (0, 0, 0), (8, 12, 16)))
    assert egg.sum() == pytest.approx(4 / 3 * np.pi * 8 * 12 * 16, rel=0.02)


def test_a_box_of_a_body_holds_all_of_it() -> None:
    g = grid()
    whole = share_inside(ellipsoid(g, (3, -4, 5), (6, 7, 8)))
    box = ellipsoid_box(g, (3, -4, 5), (6, 7, 8))
    assert share_inside(ellipsoid(g, (3, -4, 5), (6, 7, 8), box)).sum() == pytest.approx(
        whole.sum(), rel=1e-5
    )
    assert grid().box((-100, 0, 0), (100, 5, 5)) == (slice(0, 41), slice(20, 26), slice(20, 26))


def test_a_tube_is_a_cylinder_with_round_ends() -> None:
    g = grid()
    path = [(0, -10, 0), (0, 10, 0)]
    distance = tube(g, path, [4, 4], tube_box(g, path, 6))
    volume = np.pi * 4**2 * 20 + 4 / 3 * np.pi * 4**3
    assert share_inside(distance).sum() == pytest.approx(volume, rel=0.02)


def test_distance_is_in_millimetres_and_negative_inside() -> None:
    inside = np.zeros((21, 21, 21), dtype=bool)
    inside[:, :, :10] = True
    distance = signed_distance(inside, (3.0, 1.0, 2.0))
    assert distance[10, 10, 15] == pytest.approx(5.5 * 2, abs=1.1)
    assert distance[10, 10, 4] == pytest.approx(-5.5 * 2, abs=1.1)
    assert distance_from(inside, (3.0, 1.0, 2.0)).min() == 0


def test_a_cube_of_triangles_is_filled() -> None:
    corners = np.array([(i, j, k) for i in (4.2, 9.8) for j in (3.2, 7.8) for k in (2.2, 6.8)])
    faces = [(0, 1, 3), (0, 3, 2), (4, 5, 7), (4, 7, 6), (0, 1, 5), (0, 5, 4)]
    faces += [(2, 3, 7), (2, 7, 6), (0, 2, 6), (0, 6, 4), (1, 3, 7), (1, 7, 5)]
    inside = surface_occupancy(corners, np.array(faces), (14, 12, 10))
    expected = np.zeros_like(inside)
    expected[5:10, 4:8, 3:7] = True
    np.testing.assert_array_equal(inside, expected)


def test_bodies_flow_into_each_other_where_both_are_near_and_nowhere_else() -> None:
    one, other = np.array([1.0, 1.0, -2.0]), np.array([1.0, 9.0, 9.0])
    joined = smooth_union(one, other, 4.0)
    assert joined[0] == pytest.approx(1.0 - 4.0 / 4)
    assert joined[1:] == pytest.approx([1.0, -2.0])


@pytest.mark.parametrize("correlation_mm", [4.0, 8.0])
def test_a_random_field_has_its_spread_and_its_correlation(correlation_mm: float) -> None:
    rng = np.random.default_rng(0)
    field = random_field(rng, (80, 80, 80), (1.0, 1.0, 1.0), correlation_mm)
    assert abs(float(field.mean())) < 0.1
    assert 0.7 < field.std() < 1.05
    step = int(correlation_mm)
    near = np.corrcoef(field[:, :, 1:].ravel(), field[:, :, :-1].ravel())[0, 1]
    far = np.corrcoef(field[:, :, 2 * step :].ravel(), field[:, :, : -2 * step].ravel())[0, 1]
    assert near > 0.9
    assert abs(far) < 0.2
