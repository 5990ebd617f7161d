"""What tissues look like, and the canvas that they are painted on.

Values are relative to normal sacral marrow, STIR and T1W, measured on semicoronal scans
of five subjects with axial spondyloarthritis (Hepburn et al., PLOS ONE 2023; medians in
hand-placed boxes, range over subjects): psoas 0.35-0.67 STIR and 0.53-0.60 T1W, gluteal
muscle with its fat 0.75-0.81 and 0.8-1.0, subcutaneous fat 0.7-1.5 and 1.6-2.2,
cerebrospinal fluid 5-6 and 0.46-0.51, consensus edema 1.3-2.4 and 0.5-1.0.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mri_bme.phantom.solids import EVERYWHERE, Box, Field, Grid, share_inside, tube, tube_box
from mri_bme.sacroiliac import BoneLabel, Side

SIGNAL: dict[str, tuple[float, float]] = {
    "marrow": (1.0, 1.0),
    "cortex": (0.15, 0.12),
    "cartilage": (0.50, 0.42),
    "ligament": (0.55, 0.70),
    "fat": (1.00, 1.75),
    "muscle": (0.58, 0.60),
    "fluid": (5.6, 0.48),
    "nerve": (2.4, 0.60),
    "vein": (3.0, 0.55),
    "artery": (0.3, 0.25),
    "disc": (0.38, 0.68),
    "nucleus": (1.4, 0.58),
    "bowel_wall": (1.8, 0.7),
    "gas": (0.1, 0.15),
    "stool": (0.8, 0.9),
    "chyme": (2.4, 0.6),
    "skin": (1.2, 0.9),
    "fatty_marrow": (0.7, 1.6),
    "sclerosis": (0.5, 0.4),
    "marrow_vein": (2.0, 0.7),
    "streak": (0.55, 1.2),
}
"""(STIR, T1W) of each tissue, relative to normal marrow; a streak of fat adds to muscle."""


class Traits(Protocol):
    """The part of a subject's build that the paint needs."""

    size: float
    cortex_mm: float
    texture: float
    fat_islands: float
    sclerosis: float
    disc_signal: float
    facet_fluid: float
    joint_fluid: float
    cyst: bool
    fat_mm: float
    vessels: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Scene:
    """The bones and joints around which everything is painted."""

    grid: Grid
    bones: dict[BoneLabel, Field]
    joint_sheets: dict[Side, NDArray[np.bool_]]
    joint_distance_mm: Field

    @property
    def hips(self) -> Field:
        """Signed distance to the nearer ilium."""
        return np.minimum(self.bones[BoneLabel.LEFT_ILIUM], self.bones[BoneLabel.RIGHT_ILIUM])


@dataclass(frozen=True, kw_only=True, eq=False)
class Tissues:
    """Signal of a subject, painted in place; `signal` says how bright each tissue is."""

    stir: Field
    t1: Field
    signal: Mapping[str, tuple[float, float]] = field(default_factory=lambda: SIGNAL)

    def paint(self, share: Field, tissue: str | tuple[Any, Any], box: Box = EVERYWHERE) -> None:
        """Cover what is there with a tissue, by the share of each voxel that it fills."""
        values = self.signal[tissue] if isinstance(tissue, str) else tissue
        for canvas, value in zip((self.stir, self.t1), values, strict=True):
            part = canvas[box]
            part += share * (value - part)

    def paint_tube(self, grid: Grid, path: ArrayLike, radius_mm: float, tissue: str) -> None:
        """Paint a tube of one width along a path; what lies outside the grid is left out."""
        points = np.asarray(path)
        box = tube_box(grid, points, radius_mm + 1)
        if any(part.start >= part.stop for part in box):
            return
        body = tube(grid, points, np.full(len(points), radius_mm), box)
        self.paint(share_inside(body), tissue, box)
