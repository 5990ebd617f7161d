"""A pelvis of surfaces that somebody gives: checked, and laid on the axes of a phantom.

Bones stay as they are given. From the mean of the shape model comes only where the axes of the
sacrum run and where its landmarks are, after that mean was moved, turned and scaled onto the
given bones; soft tissue, disc and L5 are placed by these.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from mri_bme.errors import InvalidSettings
from mri_bme.phantom.shape_model import SURFACES, PelvisShape, n_modes, pelvis_shape
from mri_bme.phantom.solids import surface_occupancy
from mri_bme.phantom.surface_distance import Surface, points_on
from mri_bme.volume import FloatArray, VolumeGeometry, frozen_array

NAMES = {"sacrum": "sacrum", "left": "left ilium", "right": "right ilium"}
LENGTH_MM = (50.0, 400.0)  # of a bone along the axes; hip bones reach to the ischium
OVERLAP_SPACING_MM = 1.0
MAX_OVERLAP_ML = 0.2  # what smoothing of neighbouring masks may do; more is a mistake
N_POINTS, N_COARSE_POINTS = 1500, 300  # per bone
N_STEPS, N_COARSE_STEPS = 100, 10
KEPT = 0.75  # share of points that are matched: given bones may end elsewhere than the mean
TILTS_DEGREES = (-40.0, -20.0, 0.0, 20.0, 40.0)
SCALES = (0.7, 1.4)
MAX_DEPARTURE_MM = 8.0
"""Of the kept points from the mean pelvis, RMS. Pelves of 26 people lie within 3 mm, plain solids
put together within 7, the same turned head down beyond 9."""


def pelvis_of(surfaces: Mapping[str, Surface]) -> PelvisShape:
    """Check three given surfaces and lay them on a phantom's axes.

    Parameters
    ----------
    surfaces : mapping from str
        (vertices of shape (n, 3) in LPS mm, faces of shape (m, 3)) of ``sacrum``, ``left`` and
        ``right`` (ilium or hip bone). Outer surfaces of bone, cortex included.

    Returns
    -------
    PelvisShape
        The same bones, moved and turned as a whole, never scaled or smoothed.

    Raises
    ------
    InvalidSettings
        If a surface is missing, open, inside out or not as large as a bone in mm, if the sides
        are exchanged, if two bones overlap, or if they do not look like a pelvis.
    """
    missing = [NAMES[name] for name in SURFACES if name not in surfaces]
    if missing:
        raise InvalidSettings(f"a pelvis needs sacrum and both ilia; {', '.join(missing)} missing")
    welded = {name: _welded(*surfaces[name]) for name in SURFACES}
    for name, surface in welded.items():
        check_closed(surface, NAMES[name])
        _check_size(surface, NAMES[name])
    _check_sides(welded)
    _check_apart(welded)
    fit = _fit(welded)
    moved = {
        name: (frozen_array(fit.undone(vertices), np.float64), faces)
        for name, (vertices, faces) in welded.items()
    }
    mean = pelvis_shape(np.zeros(n_modes()), scale=fit.scale)
    return PelvisShape(
        surfaces=moved, landmarks=mean.landmarks, size=fit.scale, sha256=_sha256(welded)
    )


def _welded(vertices: FloatArray, faces: NDArray[np.int64]) -> Surface:
    """Make one vertex of those in one place, as in STL; drop faces without an area."""
    _, first, index = np.unique(
        np.round(vertices, 4), axis=0, return_index=True, return_inverse=True
    )
    renamed = index.ravel()[faces]
    a, b, c = renamed.T
    kept = renamed[(a != b) & (b != c) & (c != a)]
    return np.asarray(vertices[first], dtype=np.float64), np.asarray(kept, dtype=np.int64)


def check_closed(surface: Surface, name: str) -> None:
    """Refuse a surface that does not part inside from outside.

    In a closed surface whose faces all turn the same way every edge is walked as often in one
    direction as in the other; seen from outside, faces run counter-clockwise.

    Raises
    ------
    InvalidSettings
        If it is open, turned both ways, or inside out.
    """
    vertices, faces = surface
    if not len(faces):
        raise InvalidSettings(f"the surface of the {name} has no triangle; export it again")
    edges = faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2)
    ahead, back = (np.sort(e[:, 0] * len(vertices) + e[:, 1]) for e in (edges, edges[:, ::-1]))
    _, n_faces = np.unique(np.sort(edges, axis=1), axis=0, return_counts=True)
    n_open = int(np.count_nonzero(n_faces == 1))
    if n_open:
        raise InvalidSettings(
            f"the surface of the {name} is open: {n_open} of its {len(n_faces)} edges border a "
            "hole; close it (fill holes) and export it again"
        )
    n_shared = int(np.count_nonzero(n_faces > 2))
    if n_shared and not np.array_equal(ahead, back):
        raise InvalidSettings(
            f"{n_shared} edges of the {name} belong to more than two faces: faces lie there twice "
            "or within the bone; remove them (repair non-manifold edges) and export it again"
        )
    if not np.array_equal(ahead, back):
        raise InvalidSettings(
            f"faces of the {name} turn both ways; orient its normals alike and export it again"
        )
    if volume_ml(surface) <= 0:
        raise InvalidSettings(
            f"the surface of the {name} is inside out; flip its normals and export it again"
        )


def volume_ml(surface: Surface) -> float:
    """Volume inside a closed surface, by the divergence theorem; negative when inside out."""
    a, b, c = np.moveaxis(surface[0][surface[1]] - surface[0].mean(axis=0), 1, 0)
    return float((a * np.cross(b, c)).sum() / 6 / 1000)


def _check_size(surface: Surface, name: str) -> None:
    longest = float(np.ptp(surface[0], axis=0).max())
    if not LENGTH_MM[0] <= longest <= LENGTH_MM[1]:
        raise InvalidSettings(
            f"the {name} is {longest:.3g} mm long; surfaces are given in mm, and a bone is "
            f"{LENGTH_MM[0]:g} to {LENGTH_MM[1]:g} mm long{_advice(longest)}"
        )


def _advice(longest: float) -> str:
    """Name the unit in which a bone would be of the right size."""
    for unit, mm in (("m", 1000.0), ("cm", 10.0), ("inches", 25.4), ("micrometres", 0.001)):
        if LENGTH_MM[0] <= longest * mm <= LENGTH_MM[1]:
            return f"; as it is, it may be in {unit}: scale it by {mm:g}"
    return ""


def _check_sides(surfaces: Mapping[str, Surface]) -> None:
    """Left is where x is larger: LPS."""
    x = {name: float(points_on(surface, 500)[:, 0].mean()) for name, surface in surfaces.items()}
    if not x["left"] > x["sacrum"] > x["right"]:
        raise InvalidSettings(
            "the left ilium is not to the left of the sacrum, and the right to its right: exchange "
            "the files, or say in which axes their points are given (LPS, RAS)"
        )


def _check_apart(surfaces: Mapping[str, Surface]) -> None:
    for one, other in combinations(SURFACES, 2):
        shared = overlap_ml(surfaces[one], surfaces[other])
        if shared > MAX_OVERLAP_ML:
            raise InvalidSettings(
                f"{NAMES[one]} and {NAMES[other]} overlap by {shared:.1f} mL; bones may touch, not "
                "run into each other"
            )


def overlap_ml(one: Surface, other: Surface) -> float:
    """Volume that lies inside both of two closed surfaces, on a grid of 1 mm."""
    low = np.maximum(one[0].min(axis=0), other[0].min(axis=0))
    high = np.minimum(one[0].max(axis=0), other[0].max(axis=0))
    if (low >= high).any():
        return 0.0
    spacing = OVERLAP_SPACING_MM
    n = [int(v) + 2 for v in (high - low) / spacing]
    matrix = np.eye(4)
    matrix[:3, :3] *= spacing
    matrix[:3, 3] = low
    grid = VolumeGeometry(shape=(n[0], n[1], n[2]), lps_from_index=matrix)
    inside = [surface_occupancy(grid.indices_of(v), faces, grid.shape) for v, faces in (one, other)]
    return float(np.count_nonzero(inside[0] & inside[1])) * grid.voxel_volume_ml


@dataclass(frozen=True, kw_only=True, eq=False)
class _Fit:
    """Where the mean pelvis came to lie: ``given = scale * rotation @ mean + shift``."""

    scale: float
    rotation: FloatArray
    shift: FloatArray
    departure_mm: float = np.inf

    def undone(self, points: FloatArray) -> FloatArray:
        """Bring points into the mean's axes, at their own size."""
        return np.asarray((points - self.shift) @ self.rotation, dtype=np.float64)


def _fit(surfaces: Mapping[str, Surface]) -> _Fit:
    """Fit the mean pelvis by iterated closest points, rotation and scale in closed form.

    Besl & McKay, IEEE TPAMI 14:239, 1992; Umeyama, IEEE TPAMI 13:376, 1991; trimmed as in
    Chetverikov et al., Image Vis Comput 23:299, 2005. Of several first tilts, the best goes on.
    """
    mean = pelvis_shape(np.zeros(n_modes()))
    trees = {name: KDTree(mean.surfaces[name][0]) for name in SURFACES}
    few = {name: points_on(surfaces[name], N_COARSE_POINTS) for name in SURFACES}
    many = {name: points_on(surfaces[name], N_POINTS) for name in SURFACES}
    tried = [_closer(few, trees, _start(few, mean, tilt), N_COARSE_STEPS) for tilt in TILTS_DEGREES]
    best = _closer(many, trees, min(tried, key=lambda fit: fit.departure_mm), N_STEPS)
    if best.departure_mm > MAX_DEPARTURE_MM:
        raise InvalidSettings(
            f"the bones lie {best.departure_mm:.0f} mm (RMS) from any pelvis of the usual shape, "
            f"however it is turned; {MAX_DEPARTURE_MM:g} mm at most are expected: check that all "
            "three are of one subject, in mm, and with z to the head"
        )
    return best


def _start(points: Mapping[str, FloatArray], mean: PelvisShape, tilt_degrees: float) -> _Fit:
    angle = np.radians(tilt_degrees)
    cosine, sine = np.cos(angle), np.sin(angle)
    rotation = np.array([[1, 0, 0], [0, cosine, -sine], [0, sine, cosine]])
    centre = rotation @ mean.surfaces["sacrum"][0].mean(axis=0)
    return _Fit(scale=1.0, rotation=rotation, shift=points["sacrum"].mean(axis=0) - centre)


def _closer(
    points: Mapping[str, FloatArray], trees: Mapping[str, KDTree], fit: _Fit, n_steps: int
) -> _Fit:
    given = np.concatenate([points[name] for name in SURFACES])
    for _ in range(n_steps):
        places = [trees[name].query(fit.undone(points[name]) / fit.scale) for name in SURFACES]
        distance = np.concatenate([far for far, _ in places])
        nearest = np.concatenate(
            [trees[n].data[i] for n, (_, i) in zip(SURFACES, places, strict=True)]
        )
        kept = distance <= np.quantile(distance, KEPT)
        departure = float(np.sqrt((distance[kept] ** 2).mean())) * fit.scale
        fit = _similarity(nearest[kept], given[kept], departure)
    return fit


def _similarity(source: FloatArray, target: FloatArray, departure_mm: float) -> _Fit:
    """Rotation, scale and shift with the least squares from `source` to `target`."""
    a, b = source - source.mean(axis=0), target - target.mean(axis=0)
    u, s, vt = np.linalg.svd(b.T @ a)
    handed = np.array([1.0, 1.0, np.sign(np.linalg.det(u @ vt))])
    rotation = (u * handed) @ vt
    scale = float(np.clip((s * handed).sum() / (a**2).sum(), *SCALES))
    shift = target.mean(axis=0) - scale * rotation @ source.mean(axis=0)
    return _Fit(scale=scale, rotation=rotation, shift=shift, departure_mm=departure_mm)


def _sha256(surfaces: Mapping[str, Surface]) -> str:
    digest = hashlib.sha256()
    for name in SURFACES:
        vertices, faces = surfaces[name]
        digest.update(name.encode() + np.ascontiguousarray(vertices).tobytes() + faces.tobytes())
    return digest.hexdigest()
