"""How a series is prescribed, and how the subject lies: protocol and pose."""

from dataclasses import dataclass, fields

import numpy as np

from mri_bme.volume import FloatArray, RigidTransform

FWHM_PER_SD = 2.3548  # of a Gaussian
SHARPEST_PIXELS = 1.0  # a reconstruction shows no more than one pixel
USUAL_TURN_DEGREES = -12.0  # on a scanner's cushion the sacrum stands steeper than in the CT atlas


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


def rotation(degrees_xyz: tuple[float, float, float]) -> FloatArray:
    """Rotate about x, then y, then z."""
    a, b, c = np.radians(degrees_xyz)
    about_x = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    about_y = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
    about_z = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    return np.asarray(about_z @ about_y @ about_x, dtype=np.float64)
