"""What a source of ROIs receives and returns, and which sources a visit has."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mri_bme.place_rois.axes import PelvisAxes, pelvis_axes
from mri_bme.resample import coverage_mask, resample_volume
from mri_bme.roi_sources import RoiSource, source_named
from mri_bme.sacroiliac import PlacedBy, SacroiliacRois
from mri_bme.settings import RoiSettings
from mri_bme.volume import Mask, Volume

MIN_T1_COVERAGE = 0.9  # of the volume's voxels
MIN_PARALLEL_COSINE = 0.94  # slices within 20 degrees of the volume's
MAX_T1_SLICE_RATIO = 1.6


@dataclass(frozen=True, kw_only=True, eq=False)
class Scene:
    """What is known of one visit before its ROIs are placed.

    Parameters
    ----------
    volume : Volume
        Fluid-sensitive volume.
    t1 : Volume or None
        T1W volume on the grid of `volume` (`on_grid_of`).
    given : mapping from role to what it holds
        What was given for the visit, by `roi_sources.Given.role`.
    reference : Mask or None
        Normal marrow drawn by hand.
    settings : RoiSettings
        Every number of placing ROIs.
    """

    volume: Volume
    t1: Volume | None
    given: Mapping[str, Any]
    reference: Mask | None
    settings: RoiSettings

    @cached_property
    def axes(self) -> PelvisAxes:
        """Axes of the volume; RoiNotFound where its slices cannot show both joints."""
        return pelvis_axes(self.volume.geometry)


@dataclass(frozen=True, kw_only=True, eq=False)
class FoundBones:
    """A bone map (`BoneLabel`) on the volume's grid, where it came from, and who placed it.

    `placed_by` is left to the source's entry unless a finder knows better.
    """

    labels: NDArray[np.uint8]
    source: str
    placed_by: PlacedBy | None = None
    confidence: float = 1.0
    notes: tuple[str, ...] = ()


Finder = Callable[[Scene, Any], FoundBones | SacroiliacRois]
"""Finds bones, or takes whole ROIs, from a scene and what was given for the source.

Raises RoiNotFound, with the reason in plain words, where it cannot.
"""


def sources_of(scene: Scene) -> Iterator[RoiSource]:
    """Go through the sources that can be tried, in the order of the settings."""
    for source in map(source_named, scene.settings.sources):
        is_given = source.given is None or source.given.role in scene.given
        if source.finder is not None and is_given:
            yield source


def look(source: RoiSource, scene: Scene) -> FoundBones | SacroiliacRois:
    """Let one source look for bones; its entry says who placed them."""
    finder = source.finder
    if isinstance(finder, str):
        module, _, name = finder.partition(":")
        finder = getattr(import_module(module), name)
    if finder is None:
        raise TypeError(f"{source.label} is no source that looks at a single visit")
    given = None if source.given is None else scene.given[source.given.role]
    found: FoundBones | SacroiliacRois = finder(scene, given)
    who = source.placed_by
    if who is None or (isinstance(found, FoundBones) and found.placed_by is not None):
        return found
    return replace(found, placed_by=who)


def on_grid_of(volume: Volume, t1: Volume | None) -> Volume | None:
    """Bring T1W to the grid of `volume`, to find bones in; None where it covers too little."""
    if t1 is None or t1.geometry.matches(volume.geometry):
        return t1
    covered = coverage_mask(t1.geometry, volume.geometry)
    across_slices = t1.geometry.spacing_mm[0] / volume.geometry.spacing_mm[0]
    parallel = abs(float(t1.geometry.directions[:, 0] @ volume.geometry.directions[:, 0]))
    too_coarse = parallel < MIN_PARALLEL_COSINE or across_slices > MAX_T1_SLICE_RATIO
    if too_coarse or covered.n_voxels < MIN_T1_COVERAGE * covered.voxels.size:
        return None
    return resample_volume(t1, volume.geometry)
