"""How bright normal tissue would be here: by the joint it is often darker than elsewhere.

Beside the joint lie cortex, cartilage, sclerosis and erosions, all dark on both contrasts.
Inflamed tissue among them is as bright as normal marrow, or less, and yet readers see it,
because they compare it with what is around it and with T1W. What is bright on both contrasts
is more likely fat that is not quite suppressed, or the coil's field, than water.
"""

import numpy as np
from numpy.typing import NDArray

from mri_bme.segment_edema.evidence import smooth_in_plane
from mri_bme.settings import SegmentSettings
from mri_bme.signal.shading import fit_shading, shading_gain
from mri_bme.volume import FloatArray, VolumeGeometry

BRIGHTEST_T1 = np.float32(
    1.3
)  # in medians of marrow; brighter is fat, and raises the level no further
BRIGHT_CAP = 1.2  # edema must not make its own surroundings look bright


def relative_t1(
    t1: NDArray[np.float32],
    marrow: NDArray[np.bool_],
    reference: NDArray[np.bool_],
    geometry: VolumeGeometry,
    *,
    smoothing_mm: float,
) -> NDArray[np.float32] | None:
    """T1W of a box, without shading, in medians of reference marrow.

    None where T1W does not cover the reference or is not positive there.
    """
    if not reference.any() or np.median(t1[reference]) <= 0:
        return None
    even = t1 / shading_gain(fit_shading(t1, marrow, reference, geometry), geometry)
    relative = even / np.float32(np.median(even[reference]))
    return smooth_in_plane(relative, smoothing_mm, np.array(geometry.spacing_mm))


def normal_level(
    smooth: NDArray[np.float32],
    t1: NDArray[np.float32] | None,
    distance_mm: NDArray[np.float32],
    spacing_mm: FloatArray,
    settings: SegmentSettings,
) -> NDArray[np.float32]:
    """Estimate how bright tissue without edema would be: 1 in marrow, less where it is dark.

    A little more than 1 where T1W is brighter than marrow: ``t1 ** bright_exponent``, up to
    a T1W of `BRIGHTEST_T1`.

    Within `dark_tissue_mm` of the joint two things say that tissue is not marrow: it is
    dark on T1W (fat replaced), and its in-plane neighbourhood is dark on the
    fluid-sensitive series. The level is ``(t1 * around) ** dark_exponent``; without T1W
    the neighbourhood stands in for it. Both are held between `darkest_normal` and 1, so
    a fringe of edema, whose neighbourhood is bright, is lowered half as much.

    Parameters
    ----------
    smooth : float32 array
        Relative intensity after smoothing.
    t1 : float32 array or None
        T1W in medians of reference marrow.
    distance_mm : float32 array
        Distance to the joint.
    spacing_mm : array of shape (3,)
        Voxel spacing.
    settings : SegmentSettings
        Exponent, reach and floor.
    """
    darkest = np.float32(settings.darkest_normal)
    around = np.clip(_around(smooth, spacing_mm, settings), darkest, 1)
    fat = around if t1 is None else np.clip(t1, darkest, 1)
    level = (fat * around) ** np.float32(settings.dark_exponent)
    near = np.abs(distance_mm) < settings.dark_tissue_mm
    level = np.where(near, level, np.float32(1))
    if t1 is not None:
        level = level * np.clip(t1, 1, BRIGHTEST_T1) ** np.float32(settings.bright_exponent)
    return np.asarray(level, dtype=np.float32)


def _around(
    smooth: NDArray[np.float32], spacing_mm: FloatArray, settings: SegmentSettings
) -> NDArray[np.float32]:
    return smooth_in_plane(
        np.minimum(smooth, np.float32(BRIGHT_CAP)), settings.around_mm, spacing_mm
    )
