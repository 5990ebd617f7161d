"""What of the edema lies by a hole of the signal, to whose rim metal or gas has moved signal."""

import numpy as np
from numpy.typing import NDArray

from mri_bme.errors import NotEvaluable
from mri_bme.sacroiliac import QUADRANTS
from mri_bme.segment_edema.evidence import Evidence
from mri_bme.signal.voids import BESIDE_MM, beside_voids
from mri_bme.volume import FloatArray, cropped_geometry

N_LABELS = len(QUADRANTS) + 1
MOST_BESIDE = 0.7  # of the edema: beyond, most of what was found is something else
REFUSED_FROM_ML = 5.0


def edema_by_voids_ml(fraction: NDArray[np.float32], evidence: Evidence) -> FloatArray:
    """Sum up by quadrant label (9,) what of the edema may be piled-up signal.

    On T1W piled-up signal is as bright, and edema dark, so that with T1W this is asked there
    (`bright.bright_on_t1`), and nothing is doubted for where it lies.

    Parameters
    ----------
    fraction : float32 array
        Share of each voxel that is edema.
    evidence : Evidence
        Whose intensities are relative to marrow.

    Raises
    ------
    NotEvaluable
        If most of much edema lies there.
    """
    if evidence.t1 is not None or not fraction.any():
        return np.zeros(N_LABELS)
    _, beside = beside_voids(evidence.relative, cropped_geometry(evidence.geometry, evidence.crop))
    shares = np.where(beside, fraction, 0).ravel()
    by_voids = np.bincount(evidence.quadrants.ravel(), weights=shares, minlength=N_LABELS)
    by_voids_ml = np.asarray(by_voids * evidence.geometry.voxel_volume_ml, dtype=np.float64)
    edema_ml = float(fraction.sum(dtype=np.float64)) * evidence.geometry.voxel_volume_ml
    if edema_ml >= REFUSED_FROM_ML and by_voids_ml.sum() > MOST_BESIDE * edema_ml:
        raise NotEvaluable(
            f"{by_voids_ml.sum() / edema_ml:.0%} of {edema_ml:.0f} mL that would count lie within "
            f"{BESIDE_MM:g} mm of a hole of the signal, at most {MOST_BESIDE:.0%} can be measured: "
            "metal or gas moves signal there; give T1W, which tells it from edema"
        )
    return by_voids_ml
