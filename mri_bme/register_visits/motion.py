"""Rigid motions near each other: small twists, and distances in mm."""

import numpy as np

from mri_bme.volume import FloatArray, RigidTransform, rotation_of


def matrix_of(rotation: FloatArray, translation: FloatArray) -> FloatArray:
    """Homogeneous matrix of a rotation, made exactly orthogonal, and a translation."""
    u, _, vt = np.linalg.svd(rotation)
    matrix = np.eye(4)
    matrix[:3, :3] = u @ vt
    matrix[:3, 3] = translation
    return matrix


def inverse_of(matrix: FloatArray) -> FloatArray:
    """Inverse of a rigid matrix."""
    rotation = matrix[:3, :3].T
    return matrix_of(rotation, -rotation @ matrix[:3, 3])


def twist_matrix(twist: FloatArray) -> FloatArray:
    """Rigid matrix of a small (rotation vector, translation) step."""
    return matrix_of(rotation_of(twist[:3]), twist[3:])


def distances_mm(a: RigidTransform, b: RigidTransform, points_mm: FloatArray) -> FloatArray:
    """How far apart two motions take each of (n, 3) points."""
    return np.asarray(np.linalg.norm(a.apply(points_mm) - b.apply(points_mm), axis=-1))


def moved(matrix: FloatArray, points: FloatArray) -> FloatArray:
    """Map (3, n) points; written out so that threads cannot change the last bits."""
    shift = matrix[:3, 3]
    return turned(matrix[:3, :3], points) + (shift[:, None] if points.ndim == 2 else shift)


def turned(rotation: FloatArray, vectors: FloatArray) -> FloatArray:
    """Turn (3, n) vectors."""
    x, y, z = vectors
    return np.stack([row[0] * x + row[1] * y + row[2] * z for row in rotation])
