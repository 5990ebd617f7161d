"""Pelvis shapes drawn from the statistics of 26 CT pelvises.

Mean and leading modes were computed from the I-STAR pelvis atlas [1]_ (CC BY 4.0);
the surfaces themselves are not shipped. Hip bones are whole, the sacrum ends at S3.

References
----------
.. [1] R. Han et al., Phys Med Biol 2019, doi 10.1088/1361-6560/ab1456.
"""

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mri_bme.volume import FloatArray, frozen_array

UNITS_PER_MM = 100.0  # the mean is stored in hundredths of a millimetre
MAX_MODE_SD = 2.0  # 26 subjects say little about shapes further out
VERTICES_PER_BONE = 5000
SURFACES = ("left", "right", "sacrum")
LANDMARKS = ("endplate", "posterior_wall", "promontory", "lower_end")


@dataclass(frozen=True, kw_only=True, eq=False)
class PelvisShape:
    """Closed surfaces of both hip bones and the sacrum, LPS mm.

    `surfaces` maps each of `SURFACES` to (vertices, faces); `landmarks` maps each of
    `LANDMARKS` (midline points of the sacrum) to an LPS point. Of a pelvis that was given rather
    than drawn, `size` is relative to the mean and `sha256` the hash of its surfaces: two with one
    hash are one pelvis.
    """

    surfaces: dict[str, tuple[FloatArray, NDArray[np.int64]]]
    landmarks: dict[str, FloatArray]
    size: float = 1.0
    sha256: str = ""

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return self.is_given and isinstance(other, PelvisShape) and self.sha256 == other.sha256

    def __hash__(self) -> int:
        return hash(self.sha256) if self.is_given else id(self)

    def __repr__(self) -> str:
        return f"PelvisShape({self.sha256 or 'of the shape model'}, size={self.size:.3f})"

    @property
    def is_given(self) -> bool:
        """Whether somebody gave these surfaces."""
        return bool(self.sha256)


@cache
def _statistics() -> dict[str, NDArray[Any]]:
    path = resources.files("mri_bme.phantom") / "pelvis_shape.npz"
    with path.open("rb") as stream, np.load(stream) as stored:
        return {name: frozen_array(stored[name], stored[name].dtype) for name in stored.files}


def n_modes() -> int:
    """Count the shape modes that are shipped."""
    return len(_statistics()["mode_scale_mm"])


def pelvis_shape(mode_sd: FloatArray, *, scale: float = 1.0) -> PelvisShape:
    """Build the pelvis that lies `mode_sd` standard deviations along each mode.

    Parameters
    ----------
    mode_sd : array of shape (n,)
        Weights of the first n modes; clipped to ``±MAX_MODE_SD``.
    scale : float
        Size relative to the shape model.
    """
    stored = _statistics()
    weights = np.clip(mode_sd, -MAX_MODE_SD, MAX_MODE_SD)
    scaled = weights * stored["mode_scale_mm"][: len(weights)]
    vertices = stored["mean_um10"] / UNITS_PER_MM
    vertices = vertices + np.tensordot(scaled, stored["modes"][: len(weights)], axes=1)
    vertices = scale * vertices
    starts = np.concatenate([[0], np.cumsum(stored["n_faces"])])
    surfaces = {}
    for i, name in enumerate(SURFACES):
        own = vertices[i * VERTICES_PER_BONE : (i + 1) * VERTICES_PER_BONE]
        surfaces[name] = (own, stored["faces"][starts[i] : starts[i + 1]].astype(np.int64))
    landmarks = {name: vertices[stored[name]].mean(axis=0) for name in LANDMARKS}
    return PelvisShape(surfaces=surfaces, landmarks=landmarks)
