"""Pelvis shapes: closed surfaces that grow and change as the model says."""

import numpy as np
import pytest

from mri_bme.phantom.shape_model import (
    LANDMARKS,
    MAX_MODE_SD,
    SURFACES,
    VERTICES_PER_BONE,
    n_modes,
    pelvis_shape,
)

MEAN = np.zeros(n_modes())


def volume_ml(vertices: np.ndarray, faces: np.ndarray) -> float:
    """Volume inside a closed surface of triangles."""
    a, b, c = np.moveaxis(vertices[faces], 1, 0)
    return abs(float(np.einsum("ij,ij->", a, np.cross(b, c)))) / 6000


def test_surfaces_are_closed_and_hold_bones_of_an_adult() -> None:
    shape = pelvis_shape(MEAN)
    assert set(shape.surfaces) == set(SURFACES)
    assert set(shape.landmarks) == set(LANDMARKS)
    for name, (vertices, faces) in shape.surfaces.items():
        assert len(vertices) == VERTICES_PER_BONE
        edges = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), 1)
        _, n_faces = np.unique(edges, axis=0, return_counts=True)
        assert np.mean(n_faces == 2) > 0.99, name
        assert 80 < volume_ml(vertices, faces) < 500, name
    left, right = (shape.surfaces[side][0][:, 0].mean() for side in ("left", "right"))
    assert left > 0 > right  # LPS: x grows to the patient's left


def test_volume_grows_with_the_cube_of_size() -> None:
    vertices, faces = pelvis_shape(MEAN).surfaces["sacrum"]
    larger, _ = pelvis_shape(MEAN, scale=1.1).surfaces["sacrum"]
    assert volume_ml(larger, faces) == pytest.approx(1.1**3 * volume_ml(vertices, faces))


def test_modes_add_up_and_are_cut_where_the_model_knows_no_more() -> None:
    def places(weights: np.ndarray) -> np.ndarray:
        return pelvis_shape(weights).surfaces["left"][0]

    first, second = np.eye(n_modes())[:2]
    there = places(first) + places(second) - places(MEAN)
    np.testing.assert_allclose(places(first + second), there, atol=1e-9)
    np.testing.assert_array_equal(places(10 * first), places(MAX_MODE_SD * first))
