"""What goes wrong in a scanner: ghosts, wrap, fat that shines, metal. All off by default.

The phase-encoding direction runs across the columns, from the patient's right to left, as
is usual for semicoronal scans of the sacroiliac joints.
"""

from dataclasses import dataclass, fields, replace
from math import inf

import numpy as np
from numpy.typing import NDArray

from mri_bme.errors import InvalidSettings
from mri_bme.nearest import did_you_mean
from mri_bme.phantom.solids import Field
from mri_bme.volume import FloatArray, RigidTransform, VolumeGeometry

FAT_SIGNAL = 4.0  # of fat without suppression in a T2-weighted FSE, over suppressed marrow
WATER_T1W, FAT_T1W = 0.6, 1.75  # T1W over normal marrow: muscle, and fat
FAT_REACH_MM = 45.0  # SD of the place where the main field is off
WAVE_REACH_MM = 35.0  # SD of the place where the transmit field is weak
N_TRAINS = 12
RIM_MM = 2.0  # of piled-up signal around a void
RIM_GAIN = 2.5
STRENGTH = {
    "ghosting": "ghosting",
    "wrap": "wrap",
    "failed_fat_suppression": "failed_fat_suppression",
    "metal": "metal_mm",
    "motion": "motion_mm",
    "noise": "noisier",
    "transmit": "transmit_loss",
    "gas": "gas_mm",
}
"""Which field says how strong an artifact is, by its name."""
MOST = {"wrap": 0.45, "failed_fat_suppression": 1.0, "transmit_loss": 1.0}
"""Beyond that an artifact is none, or nothing of the picture is left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifacts:
    """How strong each artifact of a scan is; zero is off.

    Parameters
    ----------
    ghosting : float
        Amplitude (radians) of a periodic phase error along the phase-encoding steps, as
        motion gives. Ghost k has the amplitude of the Bessel function J_k of it.
    ghost_spacing : float
        Distance of the ghosts, in fields of view.
    wrap : float
        Share of the field of view that is saved along the phase-encoding direction; what
        lies there folds in from the other side.
    failed_fat_suppression : float
        Share of fat's signal that comes back where the field is worst, behind and to one
        side. Of the fluid-sensitive series only.
    metal_mm : float
        Radius of the void around metal; the signal that it misplaces piles up at its rim.
    metal_at_mm : tuple of float
        Where, in the sacrum's axes (front to back, head to foot, right to left) from S1/S2
        at the size of the mean pelvis: the left pedicle of S1.
    motion_mm : float
        SD by which the subject lies elsewhere along the phase-encoding direction from one
        echo train to the next, at random: a blur with smeared ghosts.
    noisier : float
        How much noise is added, in multiples of the protocol's own.
    transmit_loss : float
        Share of the signal that is lost in the middle of the field, where a standing wave
        of the transmit field turns spins too little.
    gas_mm : float
        Radius of the void around gas in the bowel, in front of the left joint.
    gas_at_mm : tuple of float
        Where, as `metal_at_mm`.
    """

    ghosting: float = 0.0
    ghost_spacing: float = 0.2
    wrap: float = 0.0
    failed_fat_suppression: float = 0.0
    metal_mm: float = 0.0
    metal_at_mm: tuple[float, float, float] = (4.0, -18.0, 30.0)
    motion_mm: float = 0.0
    noisier: float = 0.0
    transmit_loss: float = 0.0
    gas_mm: float = 0.0
    gas_at_mm: tuple[float, float, float] = (-32.0, 5.0, 28.0)

    def __post_init__(self) -> None:
        others = self.ghosting, self.metal_mm, self.motion_mm, self.noisier, self.gas_mm
        shares = self.failed_fat_suppression, self.transmit_loss
        if min(others) < 0 or not all(0 <= share <= 1 for share in shares):
            raise InvalidSettings(f"artifacts are switched off by 0 and never negative: {self}")
        if not 0 <= self.wrap < 0.5 or not 0 < self.ghost_spacing < 1:
            raise InvalidSettings(
                f"wrap takes less than half of the field of view, and ghosts lie within it; "
                f"found wrap {self.wrap:g} and ghost spacing {self.ghost_spacing:g}"
            )

    @property
    def names(self) -> tuple[str, ...]:
        """Names of what is switched on, as in `ARTIFACTS`."""
        return tuple(name for name, field in STRENGTH.items() if getattr(self, field) > 0)

    def stronger(self, factor: float) -> "Artifacts":
        """Multiply the strength of whatever is switched on, up to the most there can be."""
        return replace(
            self,
            **{
                field: min(getattr(self, field) * factor, MOST.get(field, inf))
                for field in STRENGTH.values()
            },
        )


NONE = Artifacts()
ARTIFACTS: dict[str, Artifacts] = {
    "ghosting": Artifacts(ghosting=0.6),
    "wrap": Artifacts(wrap=0.2),
    "failed_fat_suppression": Artifacts(failed_fat_suppression=0.7),
    "metal": Artifacts(metal_mm=11.0),
    "motion": Artifacts(motion_mm=0.5),
    "noise": Artifacts(noisier=1.0),
    "transmit": Artifacts(transmit_loss=0.4),
    "gas": Artifacts(gas_mm=25.0),
}
"""Each artifact alone, as strong as is seen in practice."""


def artifacts_named(names: tuple[str, ...]) -> Artifacts:
    """Switch on the artifacts of these names.

    Raises
    ------
    InvalidSettings
        If there is no such artifact.
    """
    found = NONE
    for name in names:
        if name not in ARTIFACTS:
            raise InvalidSettings(
                f"there is no artifact {name!r}; "
                + did_you_mean(name, ARTIFACTS, otherwise=f"choose from {', '.join(ARTIFACTS)}")
            )
        changed = {
            field.name: getattr(ARTIFACTS[name], field.name)
            for field in fields(Artifacts)
            if getattr(ARTIFACTS[name], field.name) != getattr(NONE, field.name)
        }
        found = replace(found, **changed)
    return found


def n_folded(n_columns: int, wrap: float) -> int:
    """Columns that fold in on each side."""
    return round(n_columns * wrap / 2)


def seen_geometry(geometry: VolumeGeometry, wrap: float) -> VolumeGeometry:
    """Cut the field of view along the phase-encoding direction, about its middle."""
    cut = n_folded(geometry.shape[2], wrap)
    matrix = geometry.lps_from_index.copy()
    matrix[:3, 3] += cut * matrix[:3, 2]
    shape = (geometry.shape[0], geometry.shape[1], geometry.shape[2] - 2 * cut)
    return VolumeGeometry(shape=shape, lps_from_index=matrix)


def folded(signal: Field, wrap: float) -> Field:
    """Cut the field of view; what lay outside appears at the other side."""
    cut = n_folded(signal.shape[2], wrap)
    if not cut:
        return signal
    kept = signal[:, :, cut:-cut].copy()
    kept[:, :, -cut:] += signal[:, :, :cut]
    kept[:, :, :cut] += signal[:, :, -cut:]
    return kept


def ghosted(signal: Field, artifacts: Artifacts) -> NDArray[np.complex64]:
    """Repeat the picture along the phase-encoding direction, as periodic motion does.

    Every phase-encoding step k carries the phase error ``ghosting * cos(2 pi k spacing)``;
    a ghost that leaves the field of view comes back at the other side.
    """
    n = signal.shape[2]
    shift = round(artifacts.ghost_spacing * n)
    error = artifacts.ghosting * np.cos(2 * np.pi * shift * np.fft.fftfreq(n))
    steps = np.fft.fft(signal, axis=2) * np.exp(1j * error)
    return np.asarray(np.fft.ifft(steps, axis=2), dtype=np.complex64)


def moved(signal: Field, motion_mm: float, pixel_mm: float, seed: int) -> NDArray[np.complex64]:
    """Let the subject move between echo trains, each of which fills every `N_TRAINS`-th step.

    A shift by d along the phase-encoding direction turns step k by ``2 pi k d``.
    """
    n = signal.shape[2]
    shifts = np.random.default_rng([seed, 29]).normal(0, motion_mm / pixel_mm, N_TRAINS)
    of_step = shifts[np.arange(n) % N_TRAINS]
    turned = np.exp(-2j * np.pi * np.fft.fftfreq(n) * of_step)
    steps = np.fft.fft(signal, axis=2) * turned
    return np.asarray(np.fft.ifft(steps, axis=2), dtype=np.complex64)


def less_in_the_middle(signal: Field, geometry: VolumeGeometry, loss: float) -> Field:
    """Take signal away about the middle of the field, as a standing wave does."""
    if loss <= 0:
        return signal
    _, row_mm, column_mm = geometry.spacing_mm
    _, rows, columns = geometry.shape
    down = (np.arange(rows) - 0.5 * rows)[None, :, None] * row_mm
    across = (np.arange(columns) - 0.4 * columns)[None, None, :] * column_mm
    gain = 1 - loss * np.exp(-(down**2 + across**2) / (2 * WAVE_REACH_MM**2))
    return np.asarray(signal * gain, dtype=np.float32)


def with_fat(stir: Field, t1: Field, geometry: VolumeGeometry, strength: float) -> Field:
    """Let fat shine where its suppression fails: behind and to the patient's left."""
    if strength <= 0:
        return stir
    fat = np.clip((t1 - WATER_T1W) / (FAT_T1W - WATER_T1W), 0, 1)
    _, row_mm, column_mm = geometry.spacing_mm
    _, rows, columns = geometry.shape
    down = (np.arange(rows) - 0.8 * rows)[None, :, None] * row_mm
    across = (np.arange(columns) - 0.85 * columns)[None, None, :] * column_mm
    place = np.exp(-(down**2 + across**2) / (2 * FAT_REACH_MM**2))
    return np.asarray(stir + np.float32(strength * FAT_SIGNAL) * place * fat, dtype=np.float32)


def around_metal(
    signal: Field,
    geometry: VolumeGeometry,
    lps_from_subject: RigidTransform,
    *,
    centre_mm: FloatArray,
    radius_mm: float,
) -> Field:
    """Take the signal away around metal and pile it up at the rim.

    The pile lies along the frequency-encoding direction (head to foot), where spins are
    misplaced.
    """
    if radius_mm <= 0:
        return signal
    metal = geometry.indices_of(lps_from_subject.apply(centre_mm))
    n, s, x = (
        (np.arange(size) - at) * mm
        for size, at, mm in zip(geometry.shape, metal, geometry.spacing_mm, strict=True)
    )
    squared = n[:, None, None] ** 2 + s[None, :, None] ** 2 + x[None, None, :] ** 2
    distance = np.sqrt(np.maximum(squared, 1e-6))
    left = np.clip(0.5 + (distance - radius_mm), 0, 1)
    along = (s[None, :, None] / distance) ** 2
    rim = np.exp(-(((distance - radius_mm - RIM_MM) / RIM_MM) ** 2))
    gain = left * (1 + RIM_GAIN * (0.3 + 0.7 * along) * rim)
    return np.asarray(signal * gain, dtype=np.float32)
