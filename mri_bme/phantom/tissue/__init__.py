"""Signal of every tissue, painted from the back to the front with soft edges.

`canvas` holds what tissues look like, `body`, `midline` and `bones` where they are.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from mri_bme.phantom.tissue.body import paint_body, paint_cavity
from mri_bme.phantom.tissue.bones import paint_bones, paint_joints
from mri_bme.phantom.tissue.canvas import SIGNAL, Scene, Tissues, Traits
from mri_bme.phantom.tissue.midline import paint_canal, paint_discs, paint_sac, paint_vessels

__all__ = ["SIGNAL", "Scene", "Tissues", "Traits", "paint_subject"]


def paint_subject(
    scene: Scene,
    traits: Any,
    rng: np.random.Generator,
    *,
    signal: Mapping[str, tuple[float, float]] = SIGNAL,
) -> Tissues:
    """Paint body, muscle, cavity, nerves, vessels, discs, bones and joints."""
    shape = scene.grid.shape
    stir, t1 = (np.zeros(shape, np.float32) for _ in range(2))
    tissues = Tissues(stir=stir, t1=t1, signal=signal)
    paint_body(tissues, scene, traits, rng)
    paint_cavity(tissues, scene, traits, rng)
    paint_canal(tissues, scene, traits, rng)
    paint_discs(tissues, scene, traits)
    paint_sac(tissues, scene, traits, rng)
    paint_vessels(tissues, scene, traits, rng)
    paint_joints(tissues, scene, traits, rng)
    paint_bones(tissues, scene, traits, rng)
    return tissues
