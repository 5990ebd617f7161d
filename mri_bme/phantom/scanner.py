"""A scanner: slices with a profile and a gap, noise, coil shading, gain, positioning."""

from dataclasses import dataclass, fields, replace
from functools import cached_property

import numpy as np
import SimpleITK
from numpy.typing import NDArray
from scipy import ndimage

from mri_bme.phantom.anatomy import Anatomy
from mri_bme.phantom.artifacts import (
    NONE,
    Artifacts,
    around_metal,
    folded,
    ghosted,
    seen_geometry,
    with_fat,
)
from mri_bme.phantom.lesions import TrueEdema
from mri_bme.phantom.solids import Field
from mri_bme.volume import FloatArray, RigidTransform, Volume, VolumeGeometry

PROFILE_SAMPLES = 5  # across one slice
PROFILE_SIGMA = 0.36  # of the nominal thickness; a refocused slice is nearly Gaussian
EDEMA_T1_LOSS = 0.45  # T1W signal lost per unit of STIR signal gained, up to full fluid
T1_NOISE = 0.4  # T1W noise relative to that of the STIR
FWHM_PER_SD = 2.3548  # of a Gaussian
SHARPEST_PIXELS = 1.0  # a reconstruction shows no more than one pixel
USUAL_TURN_DEGREES = -12.0  # on a scanner's cushion the sacrum stands steeper than in the CT atlas
MAX_STORED = 4095.0  # 12 bits


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """One semicoronal series as prescribed.

    Parameters
    ----------
    resolution_mm : pair of float
        Width at half maximum of the point spread, head to foot and left to right, mm. The
        second is the phase-encoding direction, which scanners resolve less well; pixels
        are interpolated to be smaller. Noise has the same correlation as the signal.
    noise : float
        SD of each channel, in units of normal marrow signal, in the middle of the slab.
    deep_noise : float
        How its logarithm grows from the middle to the front, away from the spine coil:
        scanners that even out the signal amplify noise there.
    shading : float
        SD of the logarithm of the sensitivity over the slab.
    marrow_level : float
        Stored value of normal marrow.

    Notes
    -----
    `resolution_mm` and `noise` are from the autocorrelation of psoas, fat and reference
    marrow in five scans of 0.6 mm pixels (Hepburn et al. 2023): noise falls to half at
    0.7 mm along rows and at 1.3 mm along columns, and its SD is 0.04 of marrow in
    subcutaneous fat, 0.06 to 0.10 in marrow and 0.1 to 0.15 in psoas.
    """

    n_slices: int = 20
    matrix: int = 256
    pixel_mm: float = 0.82
    thickness_mm: float = 4.0
    spacing_mm: float = 4.4
    resolution_mm: tuple[float, float] = (0.9, 1.2)
    noise: float = 0.09
    deep_noise: float = 0.3
    shading: float = 0.18
    marrow_level: float = 300.0

    @property
    def blur_pixels(self) -> tuple[float, float]:
        """SD of the point spread along rows and columns; never sharper than the pixels."""
        sharpest = SHARPEST_PIXELS * self.pixel_mm
        row, column = (max(mm, sharpest) / FWHM_PER_SD / self.pixel_mm for mm in self.resolution_mm)
        return row, column


SAMPLE = Protocol(n_slices=15, matrix=188, pixel_mm=1.1, thickness_mm=4.0, spacing_mm=5.0)
SCANNER_AXIAL = np.array([[0, 0, 1], [0, 1, 0], [-1, 0, 0]], dtype=np.float64)
AXIAL = Protocol(n_slices=16, matrix=128, pixel_mm=1.56, thickness_mm=5.0, spacing_mm=6.0)
SCOUT = Protocol(n_slices=3, matrix=96, pixel_mm=2.4, thickness_mm=8.0, spacing_mm=20.0, noise=0.12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pose:
    """How the subject lay, and how the slab was put on the sacrum, at one visit.

    The subject is turned by `turn_degrees` about x, y, z and moved by `shift_mm`; the slab
    follows the sacrum up to `tilt_degrees` (about x, s) and `offset_mm` (along n, s, x).
    """

    turn_degrees: tuple[float, float, float] = (0.0, 0.0, 0.0)
    shift_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)
    tilt_degrees: tuple[float, float] = (0.0, 0.0)
    offset_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)

    @classmethod
    def draw(cls, rng: np.random.Generator) -> "Pose":
        """Draw a usual repositioning."""
        turn = rng.normal((USUAL_TURN_DEGREES, 0, 0), (4.0, 2.0, 2.5))
        shift = rng.normal(0, (8.0, 6.0, 15.0))
        tilt = rng.normal(0, (4.0, 1.5))
        offset = rng.normal(0, (2.5, 5.0, 3.0))
        return cls(
            turn_degrees=(float(turn[0]), float(turn[1]), float(turn[2])),
            shift_mm=(float(shift[0]), float(shift[1]), float(shift[2])),
            tilt_degrees=(float(tilt[0]), float(tilt[1])),
            offset_mm=(float(offset[0]), float(offset[1]), float(offset[2])),
        )

    def towards(self, other: "Pose", share: float) -> "Pose":
        """Go a share of the way to another pose: 0 stays, 1 is the other itself."""
        if share == 1.0:
            return other
        moved = {
            field.name: tuple(
                a + share * (b - a)
                for a, b in zip(getattr(self, field.name), getattr(other, field.name), strict=True)
            )
            for field in fields(self)
        }
        return Pose(**moved)

    @property
    def lps_from_subject(self) -> RigidTransform:
        """Where the subject's own space lay in the scanner."""
        matrix = np.eye(4)
        matrix[:3, :3] = rotation(self.turn_degrees)
        matrix[:3, 3] = self.shift_mm
        return RigidTransform(b_from_a=matrix)


@dataclass(frozen=True, kw_only=True, eq=False)
class Scan:
    """What a visit's slab saw: two contrasts, and the truth on the same grid."""

    stir: Volume
    t1: Volume
    bone_labels: NDArray[np.uint8]
    quadrants: NDArray[np.uint8]
    joint_distance_mm: NDArray[np.float32]
    edema_fraction: NDArray[np.float32]


def rotation(degrees_xyz: tuple[float, float, float]) -> FloatArray:
    """Rotate about x, then y, then z."""
    a, b, c = np.radians(degrees_xyz)
    about_x = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    about_y = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
    about_z = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    return np.asarray(about_z @ about_y @ about_x, dtype=np.float64)


def slab_geometry(anatomy: Anatomy, protocol: Protocol, pose: Pose) -> VolumeGeometry:
    """Lay the slab of a protocol on a subject in a pose: LPS mm of the scanner."""
    axes = _tilted(anatomy.geometry.directions, pose)
    first = np.array(anatomy.grid.first_mm)
    origin = anatomy.geometry.lps_from_index[:3, 3] - anatomy.geometry.directions @ first
    in_subject = np.array([-2.0, 10.0, 0.0]) * anatomy.build.size + pose.offset_mm
    centre = origin + anatomy.geometry.directions @ in_subject
    spacing = np.array([protocol.spacing_mm, protocol.pixel_mm, protocol.pixel_mm])
    shape = (protocol.n_slices, protocol.matrix, protocol.matrix)
    matrix = np.eye(4)
    matrix[:3, :3] = axes * spacing
    matrix[:3, 3] = centre - matrix[:3, :3] @ ((np.array(shape) - 1) / 2)
    return VolumeGeometry(shape=shape, lps_from_index=pose.lps_from_subject.b_from_a @ matrix)


def _tilted(axes: FloatArray, pose: Pose) -> FloatArray:
    about_x, about_s = pose.tilt_degrees
    turn_x = _about(axes[:, 2], about_x)
    return np.asarray(_about(turn_x @ axes[:, 1], about_s) @ turn_x @ axes, dtype=np.float64)


def _about(axis: FloatArray, degrees: float) -> FloatArray:
    angle = np.radians(degrees)
    x, y, z = axis
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.asarray(
        np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross, dtype=np.float64
    )


def scan(
    anatomy: Anatomy,
    edema: TrueEdema,
    protocol: Protocol,
    pose: Pose,
    *,
    geometry: VolumeGeometry,
    seed: int,
    artifacts: Artifacts = NONE,
) -> Scan:
    """Scan a subject in STIR and T1W on the same slab, with the truth on its grid.

    Artifacts change what is seen and never the truth; wrap cuts the field of view.
    """
    rng = np.random.default_rng([seed, 11])
    stir = anatomy.stir * (1 + edema.gain)
    loss = np.minimum(EDEMA_T1_LOSS * edema.gain, 0.6)
    view = _View(anatomy=anatomy, pose=pose, geometry=geometry)
    quieter = replace(protocol, noise=protocol.noise * T1_NOISE)
    fluid = _near_metal(view.average(stir, protocol), view, artifacts)
    fatty = _near_metal(view.average(anatomy.t1 * (1 - loss), protocol), view, artifacts)
    fluid = with_fat(fluid, fatty, geometry, artifacts.failed_fat_suppression)
    seen = replace(view, geometry=seen_geometry(geometry, artifacts.wrap))
    return Scan(
        stir=_acquired(fluid, geometry, protocol, rng, artifacts),
        t1=_acquired(fatty, geometry, quieter, rng, artifacts),
        bone_labels=seen.labels(anatomy.bone_labels),
        quadrants=seen.labels(anatomy.quadrants),
        joint_distance_mm=seen.sample(anatomy.joint_distance_mm),
        edema_fraction=np.clip(seen.average(edema.share, protocol), 0, 1),
    )


def _near_metal(signal: Field, view: "_View", artifacts: Artifacts) -> Field:
    anatomy = view.anatomy
    first = np.array(anatomy.grid.first_mm)
    in_axes = np.array(artifacts.metal_at_mm) * anatomy.build.size - first
    corner = anatomy.geometry.lps_from_index[:3, 3]
    return around_metal(
        signal,
        view.geometry,
        view.pose.lps_from_subject,
        centre_mm=np.asarray(corner + anatomy.geometry.directions @ in_axes, dtype=np.float64),
        radius_mm=artifacts.metal_mm,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class _View:
    """A slab laid on a subject: samples fields of the fine grid."""

    anatomy: Anatomy
    pose: Pose
    geometry: VolumeGeometry

    @cached_property
    def matrix(self) -> FloatArray:
        """From the slab's indices to the fine grid's."""
        subject_from_lps = self.pose.lps_from_subject.inverse().b_from_a
        index_from_subject = self.anatomy.geometry.index_from_lps
        return np.asarray(
            index_from_subject @ subject_from_lps @ self.geometry.lps_from_index, dtype=np.float64
        )

    def labels(self, values: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Labels at voxel centres."""
        found = ndimage.affine_transform(
            values,
            self.matrix[:3, :3],
            self.matrix[:3, 3],
            output_shape=self.geometry.shape,
            order=0,
            mode="nearest",
        )
        return np.asarray(found, dtype=np.uint8)

    def sample(self, values: Field) -> Field:
        """Interpolate at voxel centres."""
        return self._planes(SimpleITK.GetImageFromArray(values), 0.0)

    def average(self, values: Field, protocol: Protocol) -> Field:
        """Average over the slice profile: partial volume, gaps left out."""
        image = SimpleITK.GetImageFromArray(values)
        places = np.linspace(-0.75, 0.75, PROFILE_SAMPLES)
        weights = np.exp(-0.5 * (places / PROFILE_SIGMA) ** 2)
        weights /= weights.sum()
        total = np.zeros(self.geometry.shape, dtype=np.float32)
        for place, weight in zip(places, weights, strict=True):
            along = place * protocol.thickness_mm / protocol.spacing_mm
            total += np.float32(weight) * self._planes(image, along)
        return total

    def _planes(self, image: SimpleITK.Image, along: float) -> Field:
        """Interpolate in planes `along` slices behind the slice centres, one thread."""
        offset = self.matrix[:3, 3] + along * self.matrix[:3, 0]
        index_from_index = SimpleITK.AffineTransform(3)
        index_from_index.SetMatrix(self.matrix[2::-1, 2::-1].ravel().tolist())
        index_from_index.SetTranslation(offset[::-1].tolist())
        sampler = SimpleITK.ResampleImageFilter()
        sampler.SetNumberOfThreads(1)
        sampler.SetSize([int(n) for n in self.geometry.shape[::-1]])
        sampler.SetTransform(index_from_index)
        sampler.UseNearestNeighborExtrapolatorOn()
        return np.asarray(SimpleITK.GetArrayFromImage(sampler.Execute(image)), dtype=np.float32)


def _acquired(
    signal: Field,
    geometry: VolumeGeometry,
    protocol: Protocol,
    rng: np.random.Generator,
    artifacts: Artifacts = NONE,
) -> Volume:
    """Blur, shade, add complex noise, take the magnitude and scale to 12 bits."""
    shaded = signal * shading_field(geometry, protocol.shading, rng)
    point_spread = (0.0, *protocol.blur_pixels)
    blurred = folded(ndimage.gaussian_filter(shaded, point_spread), artifacts.wrap)
    seen = seen_geometry(geometry, artifacts.wrap) if artifacts.wrap else geometry
    received = ghosted(blurred, artifacts) if artifacts.ghosting else blurred
    strength = protocol.noise * _noise_growth(seen, protocol.deep_noise)
    real = received.real + strength * _noise(seen, point_spread, rng)
    imaginary = received.imag + strength * _noise(seen, point_spread, rng)
    level = np.float32(protocol.marrow_level)
    voxels = np.rint(np.clip(np.hypot(real, imaginary) * level, 0, MAX_STORED))
    return Volume(geometry=seen, voxels=voxels)


def _noise(
    geometry: VolumeGeometry, point_spread: tuple[float, float, float], rng: np.random.Generator
) -> Field:
    """White noise that went through the same reconstruction as the signal, SD 1."""
    noise = rng.standard_normal(geometry.shape, dtype=np.float32)
    smooth = ndimage.gaussian_filter(noise, point_spread, mode="wrap")
    return np.asarray(smooth / max(float(smooth.std()), 1e-6), dtype=np.float32)


def _noise_growth(geometry: VolumeGeometry, growth: float) -> Field:
    """Noise relative to the middle of the slab: more in front and above, less behind."""
    n, s = (np.linspace(1, -1, size, dtype=np.float32) for size in geometry.shape[:2])
    log = np.float32(growth) * (0.5 * n[:, None, None] + s[None, :, None])
    return np.asarray(np.exp(log), dtype=np.float32)


def shading_field(geometry: VolumeGeometry, strength: float, rng: np.random.Generator) -> Field:
    """Receive sensitivity of a spine coil: brighter towards the back, uneven sideways.

    `strength` is the SD of its logarithm over the slab.
    """
    axes = [np.linspace(-1, 1, n, dtype=np.float32) for n in geometry.shape]
    n, s, x = np.meshgrid(*axes, indexing="ij", sparse=True)
    weights = rng.normal(0, 1, 6).astype(np.float32)
    log = (0.8 + 0.3 * weights[0]) * s + (0.5 + 0.3 * weights[1]) * n + 0.35 * weights[2] * x
    log = log + 0.3 * weights[3] * s * x + 0.35 * weights[4] * x**2 + 0.3 * weights[5] * s**2
    log = (log - log.mean()) / max(float(log.std()), 1e-6)
    return np.asarray(np.exp(np.float32(strength) * log), dtype=np.float32)


def scan_axial(
    anatomy: Anatomy, edema: TrueEdema, pose: Pose, *, seed: int, level: float
) -> Volume:
    """Scan the axial STIR that most sacroiliac studies also hold."""
    protocol = replace(AXIAL, marrow_level=level)
    geometry = _stack(anatomy, protocol, pose, SCANNER_AXIAL)
    stir = anatomy.stir * (1 + edema.gain)
    seen = _View(anatomy=anatomy, pose=pose, geometry=geometry).average(stir, protocol)
    return _acquired(seen, geometry, protocol, np.random.default_rng([seed, 13]))


def scan_localizer(anatomy: Anatomy, pose: Pose, *, seed: int, level: float) -> tuple[Volume, ...]:
    """Scan the three-plane localizer: axial, coronal and sagittal stacks, T1-like."""
    rng = np.random.default_rng([seed, 17])
    protocol = replace(SCOUT, marrow_level=level)
    planes = np.array(  # slice, row, column directions as columns of each matrix, LPS
        [
            [[0, 0, 1], [0, 1, 0], [-1, 0, 0]],
            [[0, 0, 1], [1, 0, 0], [0, -1, 0]],
            [[1, 0, 0], [0, 0, 1], [0, -1, 0]],
        ],
        dtype=np.float64,
    )
    stacks = []
    for axes in planes:
        geometry = _stack(anatomy, protocol, pose, axes)
        view = _View(anatomy=anatomy, pose=pose, geometry=geometry)
        seen = view.average(anatomy.t1, protocol)
        stacks.append(_acquired(seen, geometry, protocol, rng))
    return tuple(stacks)


def _stack(anatomy: Anatomy, protocol: Protocol, pose: Pose, axes: FloatArray) -> VolumeGeometry:
    """Lay a stack along the scanner's own axes, around the middle of the anatomy."""
    shape = (protocol.n_slices, protocol.matrix, protocol.matrix)
    spacing = np.array([protocol.spacing_mm, protocol.pixel_mm, protocol.pixel_mm])
    matrix = np.eye(4)
    matrix[:3, :3] = axes * spacing
    centre = pose.lps_from_subject.apply(anatomy.geometry.centre_lps_mm)
    matrix[:3, 3] = centre - matrix[:3, :3] @ ((np.array(shape) - 1) / 2)
    return VolumeGeometry(shape=shape, lps_from_index=matrix)
