"""A scanner: slices with a profile and a gap, noise, coil shading, gain, positioning."""

from dataclasses import dataclass, replace
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
    less_in_the_middle,
    moved,
    seen_geometry,
    with_fat,
)
from mri_bme.phantom.lesions import TrueEdema
from mri_bme.phantom.prescription import AXIAL, SCOUT, Pose, Protocol
from mri_bme.phantom.solids import Field
from mri_bme.volume import FloatArray, Volume, VolumeGeometry

PROFILE_SAMPLES = 5  # across one slice
PROFILE_SIGMA = 0.36  # of the nominal thickness; a refocused slice is nearly Gaussian
T1_NOISE = 0.4  # T1W noise relative to that of the STIR
SCANNER_AXIAL = np.array([[0, 0, 1], [0, 1, 0], [-1, 0, 0]], dtype=np.float64)
MAX_STORED = 4095.0  # 12 bits


@dataclass(frozen=True, kw_only=True, eq=False)
class Scan:
    """What a visit's slab saw: two contrasts, and the truth on the same grid."""

    stir: Volume
    t1: Volume
    bone_labels: NDArray[np.uint8]
    quadrants: NDArray[np.uint8]
    joint_distance_mm: NDArray[np.float32]
    edema_fraction: NDArray[np.float32]


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
    stir = anatomy.stir * edema.on_stir(anatomy.contrast)
    view = _View(anatomy=anatomy, pose=pose, geometry=geometry)
    quieter = replace(protocol, noise=protocol.noise * T1_NOISE)
    fluid = _near_metal(view.average(stir, protocol), view, artifacts)
    t1 = anatomy.t1 * edema.on_t1(anatomy.contrast)
    fatty = _near_metal(view.average(t1, protocol), view, artifacts)
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
    corner = anatomy.geometry.lps_from_index[:3, 3]
    for at_mm, radius_mm in (
        (artifacts.metal_at_mm, artifacts.metal_mm),
        (artifacts.gas_at_mm, artifacts.gas_mm),
    ):
        in_axes = np.array(at_mm) * anatomy.build.size - first
        signal = around_metal(
            signal,
            view.geometry,
            view.pose.lps_from_subject,
            centre_mm=np.asarray(corner + anatomy.geometry.directions @ in_axes, dtype=np.float64),
            radius_mm=radius_mm,
        )
    return signal


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
    shaded = less_in_the_middle(shaded, geometry, artifacts.transmit_loss)
    point_spread = (0.0, *protocol.blur_pixels)
    blurred = folded(ndimage.gaussian_filter(shaded, point_spread), artifacts.wrap)
    seen = seen_geometry(geometry, artifacts.wrap) if artifacts.wrap else geometry
    received = ghosted(blurred, artifacts) if artifacts.ghosting else blurred
    if artifacts.motion_mm:
        n = protocol.n_slices
        received = moved(received, artifacts.motion_mm, seen.spacing_mm[2], seed=n)
    noise = protocol.noise * (1 + artifacts.noisier)
    strength = noise * _noise_growth(seen, protocol.deep_noise)
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
    stir = anatomy.stir * edema.on_stir(anatomy.contrast)
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
