"""Rigid motions near each other: small twists, halves, and distances in mm."""

import numpy as np

from mri_bme.volume import FloatArray, RigidTransform

SMALL_ANGLE = 1e-8


def rotation_of(vector: FloatArray) -> FloatArray:
    """Rotation matrix about `vector` by its length in radians (Rodrigues)."""
    angle = float(np.sqrt(np.sum(vector * vector)))
    x, y, z = vector
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    if angle < SMALL_ANGLE:
        return np.asarray(np.eye(3) + cross)
    return np.asarray(
        np.eye(3) + np.sin(angle) / angle * cross + (1 - np.cos(angle)) / angle**2 * (cross @ cross)
    )


def vector_of(rotation: FloatArray) -> FloatArray:
    """Rotation vector (radians) of a rotation matrix by less than half a turn."""
    axis = 0.5 * np.array(
        [
            rotation[2, 1] - rotation[1, 2],
            rotation[0, 2] - rotation[2, 0],
            rotation[1, 0] - rotation[0, 1],
        ]
    )
    sine = float(np.sqrt(np.sum(axis * axis)))
    angle = float(np.arctan2(sine, (np.trace(rotation) - 1) / 2))
    return np.asarray(axis if sine < SMALL_ANGLE else axis * (angle / sine))


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


def half_of(matrix: FloatArray) -> FloatArray:
    """Find the rigid matrix that, applied twice, is `matrix` (rotation below half a turn).

    As `RigidTransform.half`, without its checks: this runs at every step.
    """
    half = np.eye(4)
    half[:3, :3] = rotation_of(vector_of(matrix[:3, :3]) / 2)
    half[:3, 3] = np.linalg.solve(half[:3, :3] + np.eye(3), matrix[:3, 3])
    return half


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
