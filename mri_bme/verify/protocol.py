"""Estimate the protocol of a scan: voxel size, slices, noise, and how uneven marrow is."""

from dataclasses import replace

import numpy as np
from scipy import ndimage

from mri_bme.errors import InvalidVoxels, NotEvaluable
from mri_bme.phantom import Protocol
from mri_bme.place_rois import place_rois
from mri_bme.signal.spread import robust_sd
from mri_bme.volume import Mask, Volume

HIGH_PASS_MM = 0.9
# Residual of marrow after the high pass, squared, against the phantom's noise, squared:
# intercept and slope of a line through 48 scans of three phantoms (noise 0.03 to 0.14,
# pixels 0.6 to 1.2 mm). The noise is found again to 7 %, or to 10 % with pixels of 1.2 mm.
RESIDUAL_OF_TEXTURE = 0.00038
RESIDUAL_PER_NOISE = 0.66
# What is left of reference marrow between two blurs: fine enough that the coil's field is gone,
# coarse enough that noise is mostly gone. Its variance over the median squared: what is there
# anyway, and the parts of texture and noise, squared; least squares over 72 scans of three
# phantoms (texture 0.05 to 0.2, noise 0.04 to 0.13, pixels 0.6 and 1 mm). A texture of 0.09 is
# found again to 33 %, one of 0.14 to 13 %, one of 0.05 hardly.
BAND_MM = (0.9, 2.4)
BAND_AT_LEAST = 0.00031
BAND_PER_TEXTURE = 0.0515
BAND_PER_NOISE = 0.114
TEXTURE_RANGE = (0.03, 0.30)
NOISE_RANGE = (0.01, 0.30)
THICKNESS_PER_SPACING = 0.9  # the gap is not known from a volume; 10 % is usual
MAX_FIELD_OF_VIEW_MM = 260.0


def protocol_like(
    volume: Volume, *, reference: Mask | None = None, thickness_mm: float | None = None
) -> Protocol:
    """Describe how `volume` was scanned, in a phantom's terms.

    Parameters
    ----------
    volume : Volume
        Fluid-sensitive, in reading order.
    reference : Mask or None
        Normal marrow on its grid; found automatically, or taken as the middle of the
        volume where that fails.
    thickness_mm : float or None
        Slice thickness; None takes 90 % of the distance between slices.

    Raises
    ------
    InvalidVoxels
        If the marrow has no signal.
    """
    slices, rows, columns = volume.geometry.spacing_mm
    pixel = float(np.sqrt(rows * columns))
    matrix = min(max(volume.geometry.shape[1:]), int(MAX_FIELD_OF_VIEW_MM / pixel))
    marrow = (reference_of(volume) if reference is None else reference).voxels
    level = float(np.median(volume.voxels[marrow]))
    if level <= 0:
        raise InvalidVoxels("normal marrow has no signal in this volume; give a STIR or T2-FS")
    return replace(
        Protocol(),
        n_slices=volume.geometry.shape[0],
        matrix=matrix,
        pixel_mm=pixel,
        spacing_mm=slices,
        thickness_mm=slices * THICKNESS_PER_SPACING if thickness_mm is None else thickness_mm,
        noise=_noise(volume, marrow, level),
        marrow_level=float(np.clip(level, 50, 600)),
    )


def marrow_texture_like(volume: Volume, protocol: Protocol, *, reference: Mask) -> float:
    """Tell how uneven normal marrow is, in the terms of a phantom's `Build.texture`.

    Fine differences only, without the noise of `protocol`: what changes slowly is the coil's
    field, which phantoms have besides. Five real subjects have 0.12 to 0.15 in drawn reference
    marrow, or 0.23 (data of Hepburn et al., PLOS ONE 2023).
    """
    level = float(np.median(volume.voxels[reference.voxels]))
    fine, coarse = (_blurred(volume, mm) for mm in BAND_MM)
    spread = robust_sd((fine - coarse)[reference.voxels]) / max(level, 1e-6)
    rest = spread**2 - BAND_AT_LEAST - BAND_PER_NOISE * protocol.noise**2
    return float(np.clip(np.sqrt(max(rest, 0.0) / BAND_PER_TEXTURE), *TEXTURE_RANGE))


def reference_of(volume: Volume) -> Mask:
    """Find the normal marrow of a scan, or take what shines in its middle."""
    try:
        found = place_rois(volume).reference
    except NotEvaluable:
        found = None
    if found is not None and found.n_voxels:
        return found
    middle = np.zeros(volume.geometry.shape, dtype=bool)
    middle[tuple(slice(n // 3, max(n // 3 + 1, 2 * n // 3)) for n in middle.shape)] = True
    inside = volume.voxels > np.median(volume.voxels[middle]) / 3
    return Mask(geometry=volume.geometry, voxels=middle & inside)


def _noise(volume: Volume, marrow: np.ndarray, level: float) -> float:
    """Noise SD over marrow signal, from what is left after a high pass in plane."""
    residual = robust_sd((volume.voxels - _blurred(volume, HIGH_PASS_MM))[marrow]) / level
    squared = max(residual**2 - RESIDUAL_OF_TEXTURE, 0.0) / RESIDUAL_PER_NOISE
    return float(np.clip(np.sqrt(squared), *NOISE_RANGE))


def _blurred(volume: Volume, sd_mm: float) -> np.ndarray:
    sigma = [sd_mm / mm for mm in volume.geometry.spacing_mm[1:]]
    return np.asarray(ndimage.gaussian_filter(volume.voxels, (0, *sigma)))
