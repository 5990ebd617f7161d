"""What makes one synthetic subject differ from the next."""

from dataclasses import dataclass

import numpy as np

from mri_bme.phantom.shape_model import n_modes


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """What makes one subject differ from the next, drawn by seed."""

    size: float = 1.0
    mode_sd: tuple[float, ...] = ()
    joint_mm: tuple[float, float] = (2.2, 2.2)  # left, right
    cortex_mm: float = 0.9
    texture: float = 0.13
    fat_islands: float = 0.5
    sclerosis: float = 0.0
    disc_signal: float = 1.0
    facet_fluid: float = 0.5
    joint_fluid: float = 0.2
    cyst: bool = False
    transitional: bool = False
    fat_mm: float = 22.0
    vessels: float = 1.0

    @classmethod
    def of(cls, seed: int, *, size: float | None = None) -> "Build":
        """Draw the traits of the subject that `make_anatomy` makes of a seed."""
        return cls.draw(np.random.default_rng([seed, 1]), size=size)

    @classmethod
    def draw(cls, rng: np.random.Generator, *, size: float | None = None) -> "Build":
        """Draw a plausible adult."""
        return cls(
            size=float(rng.uniform(0.94, 1.06)) if size is None else size,
            mode_sd=tuple(float(v) for v in rng.normal(0, 0.7, n_modes())),
            joint_mm=(float(rng.uniform(1.7, 2.9)), float(rng.uniform(1.7, 2.9))),
            cortex_mm=float(rng.uniform(0.7, 1.2)),
            texture=float(rng.uniform(0.10, 0.16)),
            fat_islands=float(rng.uniform(0, 1)),
            sclerosis=float(max(0.0, rng.normal(0, 0.4))),
            disc_signal=float(rng.uniform(0.5, 1.8)),
            facet_fluid=float(rng.uniform(0, 1)),
            joint_fluid=float(max(0.0, rng.normal(0.1, 0.3))),
            cyst=bool(rng.random() < 0.25),
            transitional=bool(rng.random() < 0.08),
            fat_mm=float(rng.uniform(14, 34)),
            vessels=float(rng.uniform(0.5, 1.4)),
        )
