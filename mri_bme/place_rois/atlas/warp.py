"""Bring an annotated scan of one person onto a scan of another one.

Two people do not fit rigidly. Both volumes are normalised locally (so gain and shading
do not matter), aligned by shifts, then a similarity and an affine transform,
and the rest is left to symmetric-forces demons [1]_ on a grid of a few millimetres.

References
----------
.. [1] Vercauteren et al., NeuroImage 45:S61-S72, 2009.
"""

from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import SimpleITK as sitk  # noqa: N813 - the name everyone uses
from numpy.typing import NDArray

from mri_bme.signal.blocks import block_means
from mri_bme.signal.contrast import normalise_locally
from mri_bme.volume import FloatArray, Volume, VolumeGeometry

FloatBlock = NDArray[np.float32]

SPACING_MM = 3.0  # in plane; slices keep theirs
SHADING_MM = 25.0  # bones must stay different from muscle
CLIP = 2.5  # local SDs
START_SHIFTS_MM = (
    (-15.0, 0.0, 15.0),  # across
    (-45.0, -30.0, -15.0, 0.0, 15.0, 30.0, 45.0),  # along the height: tables differ
    (-20.0, -10.0, 0.0, 10.0, 20.0),  # in depth
)
N_STARTS = 3
START_BLUR_MM, AFFINE_BLUR_MM = 3.0, 2.0
START_SHRINK = (3, 3, 2)
SIMILARITY_STEPS, AFFINE_STEPS = 40, 60
AFFINE_SAMPLED = 0.3  # of the voxels
MIN_TURN_COSINE = 0.94  # planes within 20 degrees are laid on each other, headers or not
DEMONS = ((3.0, 2.5, 50), (1.2, 1.7, 30))  # blur mm, smoothness of the field in voxels, steps
MAX_STEP_VOXELS = 2.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Coarse:
    """A locally normalised volume of a few millimetres, as a SimpleITK image.

    `factors` says how many voxels of `fine` were averaged along each of its axes.
    """

    image: Any
    fine: VolumeGeometry
    factors: tuple[int, int, int]

    @property
    def voxels(self) -> FloatBlock:
        """Normalised voxels (slice, row, column)."""
        return np.asarray(sitk.GetArrayFromImage(self.image), dtype=np.float32)

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Distances between voxel centres."""
        slices, rows, columns = (
            s * f for s, f in zip(self.fine.spacing_mm, self.factors, strict=True)
        )
        return slices, rows, columns


def coarse(volume: Volume) -> Coarse:
    """Average a volume to about `SPACING_MM` and normalise it in a Gaussian neighbourhood."""
    factors = coarse_factors(volume.geometry)
    spacing = [s * f for s, f in zip(volume.geometry.spacing_mm, factors, strict=True)]
    even = normalise_locally(block_means(volume.voxels, factors), spacing, sigma_mm=SHADING_MM)
    image = as_image(np.clip(even, -CLIP, CLIP), volume.geometry, factors)
    return Coarse(image=image, fine=volume.geometry, factors=factors)


def coarse_factors(geometry: VolumeGeometry) -> tuple[int, int, int]:
    """How many voxels along each axis make about `SPACING_MM`."""
    slices, rows, columns = (max(1, int(SPACING_MM / s + 0.25)) for s in geometry.spacing_mm)
    return slices, rows, columns


def as_image(voxels: FloatBlock, fine: VolumeGeometry, factors: tuple[int, int, int]) -> Any:
    """Make a SimpleITK image of blocks of voxels of `fine`."""
    image = sitk.GetImageFromArray(np.ascontiguousarray(voxels))
    spacing = [s * f for s, f in zip(fine.spacing_mm, factors, strict=True)]
    image.SetSpacing(spacing[::-1])
    image.SetDirection(fine.directions[:, ::-1].ravel().tolist())
    image.SetOrigin(fine.points_lps((np.array(factors) - 1) / 2).tolist())
    return image


def find_warp(target: Coarse, scan: Coarse) -> Any:
    """Find the transform that takes points of `target` to the same place of `scan`.

    Raises
    ------
    RuntimeError
        If the two cannot be laid on each other at all.
    """
    start, similarity = _best_similarity(target.image, scan.image)
    linear = sitk.CompositeTransform(3)
    linear.AddTransform(start)
    linear.AddTransform(_affine(target.image, scan.image, start, similarity))
    field = _demons(target.image, scan.image, linear)
    found = sitk.CompositeTransform(linear)
    found.AddTransform(sitk.DisplacementFieldTransform(sitk.Cast(field, sitk.sitkVectorFloat64)))
    return found


def resampled(image: Any, like: Any, transform: Any) -> FloatBlock:
    """Values of `image` at the voxels of `like`, linearly, 0 outside."""
    filter_ = sitk.ResampleImageFilter()
    filter_.SetReferenceImage(like)
    filter_.SetTransform(transform)
    filter_.SetInterpolator(sitk.sitkLinear)
    filter_.SetNumberOfThreads(1)
    return np.asarray(sitk.GetArrayFromImage(filter_.Execute(image)), dtype=np.float32)


def identity() -> Any:
    """Map every point to itself."""
    return sitk.Transform(3, sitk.sitkIdentity)


def _starts(fixed: Any, moving: Any) -> list[Any]:
    """Both grids laid on each other; and by their headers, where their planes differ."""
    axes_f, axes_m = _axes(fixed), _axes(moving)
    turns = [axes_m @ axes_f.T]
    if float((np.trace(turns[0]) - 1) / 2) < MIN_TURN_COSINE or np.linalg.det(turns[0]) < 0:
        turns.append(np.eye(3))
    starts = []
    for turn in turns:
        if np.linalg.det(turn) < 0:
            continue
        start = sitk.AffineTransform(3)
        start.SetMatrix(turn.ravel().tolist())
        start.SetCenter(_centre(fixed).tolist())
        start.SetTranslation((_centre(moving) - _centre(fixed)).tolist())
        starts.append(start)
    return starts


def _axes(image: Any) -> FloatArray:
    return np.array(image.GetDirection(), dtype=np.float64).reshape(3, 3)


def _centre(image: Any) -> FloatArray:
    middle = [(n - 1) / 2 for n in image.GetSize()]
    return np.array(image.TransformContinuousIndexToPhysicalPoint(middle), dtype=np.float64)


def _best_similarity(fixed: Any, moving: Any) -> tuple[Any, Any]:
    """Try shifts, refine the best of them, and keep the most similar."""
    still = sitk.Shrink(sitk.SmoothingRecursiveGaussian(fixed, START_BLUR_MM), START_SHRINK)
    turning = sitk.SmoothingRecursiveGaussian(moving, START_BLUR_MM)
    axes = _axes(fixed)
    tried: list[tuple[float, int, Any, Any]] = []
    for start in _starts(fixed, moving):
        method = _method(start)
        for shift in product(*START_SHIFTS_MM):
            similarity = sitk.Similarity3DTransform()
            similarity.SetCenter(_centre(fixed).tolist())
            similarity.SetTranslation((axes @ np.array(shift)).tolist())
            method.SetInitialTransform(similarity, inPlace=False)
            try:
                tried.append((method.MetricEvaluate(still, turning), len(tried), start, similarity))
            except RuntimeError:  # too little in common
                continue
    if not tried:
        raise RuntimeError("the scans have too little in common")
    best = []
    for _, n, start, similarity in sorted(tried, key=lambda found: found[:2])[:N_STARTS]:
        method = _method(start)
        method.SetOptimizerAsRegularStepGradientDescent(
            4.0, 0.05, SIMILARITY_STEPS, gradientMagnitudeTolerance=1e-5
        )
        method.SetOptimizerScalesFromPhysicalShift()
        method.SetInitialTransform(similarity, inPlace=True)
        method.Execute(still, turning)
        best.append((method.GetMetricValue(), n, start, similarity))
    _, _, start, similarity = min(best, key=lambda found: found[:2])
    return start, similarity


def _affine(fixed: Any, moving: Any, start: Any, similarity: Any) -> Any:
    affine = sitk.AffineTransform(3)
    affine.SetCenter(similarity.GetCenter())
    affine.SetMatrix(similarity.GetMatrix())
    affine.SetTranslation(similarity.GetTranslation())
    method = _method(start)
    method.SetOptimizerAsRegularStepGradientDescent(2.0, 0.02, AFFINE_STEPS)
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetMetricSamplingStrategy(method.REGULAR)
    method.SetMetricSamplingPercentage(AFFINE_SAMPLED)
    method.SetInitialTransform(affine, inPlace=True)
    method.Execute(
        sitk.SmoothingRecursiveGaussian(fixed, AFFINE_BLUR_MM),
        sitk.SmoothingRecursiveGaussian(moving, AFFINE_BLUR_MM),
    )
    return affine


def _method(start: Any) -> Any:
    method = sitk.ImageRegistrationMethod()
    method.SetNumberOfThreads(1)  # sums in one order, so one result
    method.SetMetricAsCorrelation()
    method.SetInterpolator(sitk.sitkLinear)
    method.SetMovingInitialTransform(start)
    return method


def _demons(fixed: Any, moving: Any, linear: Any) -> Any:
    field = None
    for blur_mm, smoothness, n_steps in DEMONS:
        still = sitk.SmoothingRecursiveGaussian(fixed, blur_mm)
        blurred = sitk.SmoothingRecursiveGaussian(moving, blur_mm)
        turning = as_like(resampled(blurred, still, linear), still)
        demons = sitk.FastSymmetricForcesDemonsRegistrationFilter()
        demons.SetNumberOfThreads(1)
        demons.SetNumberOfIterations(n_steps)
        demons.SetStandardDeviations(smoothness)
        demons.SmoothUpdateFieldOn()
        demons.SetUpdateFieldStandardDeviations(1.0)
        demons.SetMaximumUpdateStepLength(MAX_STEP_VOXELS)
        given = (still, turning) if field is None else (still, turning, field)
        field = demons.Execute(*given)
    return field


def as_like(voxels: FloatBlock, like: Any) -> Any:
    """Make an image of voxels on the grid of another one."""
    image = sitk.GetImageFromArray(voxels)
    image.CopyInformation(like)
    return image
