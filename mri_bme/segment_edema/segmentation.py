"""From a volume and its ROIs to edema, lesion by lesion."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mri_bme.errors import NotEvaluable, ReferenceTooSmall
from mri_bme.findings import EdemaSegmentation, Lesion, Threshold, credited_lesions
from mri_bme.measurement_error import (
    SURE_LOOK,
    Doubtful,
    UnsureLook,
    division_mm,
    ingredients,
    quadrant_draws,
    roi_edge_mm,
    source_ends_ml,
)
from mri_bme.resample import coverage_mask, resample_volume
from mri_bme.sacroiliac import QUADRANTS, SacroiliacRois
from mri_bme.segment_edema.beside_void import edema_by_voids_ml
from mri_bme.segment_edema.bright import bright_on_t1
from mri_bme.segment_edema.candidates import (
    Candidate,
    CutOff,
    candidate_features,
    grown_from,
)
from mri_bme.segment_edema.evidence import (
    Crop,
    Evidence,
    brightest_beyond,
    crop_around,
    depth_in_plane,
    smooth_in_plane,
    without_rim,
)
from mri_bme.segment_edema.mixture import doubt_about_mixture
from mri_bme.segment_edema.partial_volume import against_normal, edema_fractions
from mri_bme.segment_edema.quality import doubts_about
from mri_bme.segment_edema.reference import ReferenceStatistics, reference_statistics
from mri_bme.segment_edema.select import JUDGE, Judged, asked, lowered, select
from mri_bme.segment_edema.surroundings import normal_level, relative_t1
from mri_bme.segment_edema.thresholds import marrow_threshold
from mri_bme.segment_edema.uneven import without_common_field
from mri_bme.settings import SegmentSettings
from mri_bme.signal.fluid import fluid_level
from mri_bme.signal.shading import fit_shading, shading_gain
from mri_bme.volume import (
    FloatArray,
    Mask,
    Volume,
    VolumeGeometry,
    check_same_grid,
    cropped_geometry,
)

DEFAULTS = SegmentSettings()
N_LABELS = len(QUADRANTS) + 1
CHANCE_LEFT_OUT = {"single_slice": 0.8}
"""How likely a candidate that a rule leaves out is edema, if it says of none what else it is."""
CHANCE_OF_LARGEST_SPECK = 0.5  # half were, by the joints of phantoms; the smallest less often
HALF = 0.5  # share of a voxel from which on the mask holds it


def segment_edema(
    volume: Volume,
    rois: SacroiliacRois,
    *,
    t1: Volume | None = None,
    look: UnsureLook = SURE_LOOK,
    settings: SegmentSettings = DEFAULTS,
) -> EdemaSegmentation:
    """Find the marrow of the sacroiliac joints that is bright because it is inflamed.

    Parameters
    ----------
    volume : Volume
        STIR or T2-FS volume, arbitrary units.
    rois : SacroiliacRois
        Marrow to search and reference marrow, on the grid of `volume`.
    t1 : Volume or None
        T1-weighted volume of the same visit, on any grid in the same space.
    look : UnsureLook
        What the look of the scan adds to the errors (`check_appearance.unsure_look`).
    settings : SegmentSettings
        Threshold rule, selectivity rules and their numbers.

    Returns
    -------
    EdemaSegmentation
        An empty mask is a valid result: no edema.

    Raises
    ------
    GeometryMismatch
        If the ROIs lie on another grid.
    ReferenceTooSmall
        If there is no reference marrow, or too little.
    NotEvaluable
        If the ROIs are empty or the voxels cannot be measured.

    Examples
    --------
    >>> import mri_bme as bme
    >>> volume = bme.read_volume("sample_data/phantom0001/2024-03-04/03_t2_tirm_cor_obl")
    >>> rois = bme.place_rois(volume)
    >>> edema = bme.segment_edema(volume, rois)
    >>> left, right = (
    ...     bme.score_edema(edema, rois).regions[side].edema_ml for side in ("left", "right")
    ... )
    >>> left > 5 > right  # the sample has edema beside its left joint
    True
    """
    check_same_grid("the ROI map", rois.geometry, volume.geometry)
    evidence, statistics = gather_evidence(volume, rois, t1, settings)
    return judge_evidence(evidence, statistics, settings, look=look)


def judge_evidence(
    evidence: Evidence,
    statistics: ReferenceStatistics,
    settings: SegmentSettings,
    *,
    look: UnsureLook = SURE_LOOK,
) -> EdemaSegmentation:
    """Put the cut-off, judge what lies above it, and sum up what is kept."""
    threshold = marrow_threshold(
        statistics, evidence.smooth[evidence.searched] * statistics.median, settings=settings
    )
    if evidence.probability is not None:
        threshold = lowered(threshold, settings)
    above = evidence.searched & (evidence.smooth > threshold.value * evidence.normal)
    local = grown_cutoff(threshold, evidence, settings)
    wide = evidence.searched & (evidence.smooth > local)
    cut = CutOff(threshold=threshold, local=local, above=grown_from(above, wide))
    judged = select(cut, evidence, settings)
    return _assemble(evidence, cut, judged, statistics, settings, look=look)


def gather_evidence(
    volume: Volume, rois: SacroiliacRois, t1: Volume | None, settings: SegmentSettings
) -> tuple[Evidence, ReferenceStatistics]:
    """Crop to the ROIs, undo shading, and put intensities in units of reference marrow."""
    reference = _reference_mask(rois)
    if not rois.quadrants.any():
        raise NotEvaluable("the ROIs are empty: there is no marrow to search; draw or place them")
    crop = crop_around(rois.mask.voxels | reference)
    quadrants, distance = rois.quadrants[crop], rois.joint_distance_mm[crop]
    box = cropped_geometry(volume.geometry, crop)
    spacing = np.array(box.spacing_mm)
    inner = without_rim(quadrants > 0, distance, spacing, settings.rim_mm)
    reference = reference[crop]
    even = volume.voxels[crop]
    t1_seen = _t1_on(box, t1, grid=volume.geometry, crop=crop, marrow=quadrants > 0)
    acquired = reference_statistics_of(even, reference, volume, settings)
    doubts = doubts_about(even, quadrants > 0, acquired.median)
    if settings.correct_shading:
        even, t1_seen = without_common_field(
            even,
            t1_seen,
            marrow=quadrants > 0,
            reference=reference,
            joint_distance_mm=distance,
            geometry=box,
        )
        even = even / shading_gain(fit_shading(even, quadrants > 0, reference, box), box)
    statistics = reference_statistics_of(even, reference, volume, settings)
    relative = even / np.float32(statistics.median)
    del even
    smooth = smooth_in_plane(relative, settings.smoothing_mm, spacing)
    cut_from = reference_statistics_of(smooth * statistics.median, reference, volume, settings)
    doubts = (*doubts, *filter(None, [doubt_about_mixture(smooth[reference])]))
    fat = None
    if t1_seen is not None:
        fat = relative_t1(
            t1_seen, quadrants > 0, reference, box, smoothing_mm=settings.smoothing_mm
        )
    evidence = Evidence(
        geometry=volume.geometry,
        crop=crop,
        relative=relative,
        smooth=smooth,
        normal=normal_level(smooth, fat, distance, spacing, settings),
        quadrants=quadrants,
        searched=inner & (np.abs(distance) <= settings.depth_limit_mm),
        rim=(quadrants > 0) & ~inner,
        distance_mm=distance,
        edge_mm=depth_in_plane(inner, spacing),
        beyond=brightest_beyond(smooth, quadrants > 0, inner, spacing),
        t1=fat,
        fluid=fluid_level(smooth, inner),
        roi_edge_mm=roi_edge_mm(rois.placed_by),
        division_mm=division_mm(rois.placed_by),
        doubts=doubts,
    )
    for scan in (volume, t1):
        if scan is not None:
            scan.rest()
    return asked(evidence, settings), cut_from


EVIDENCE_SETTINGS = frozenset(
    {
        "judge",
        "correct_shading",
        "smoothing_mm",
        "bright_exponent",
        "dark_exponent",
        "around_mm",
        "dark_tissue_mm",
        "darkest_normal",
        "depth_limit_mm",
        "rim_mm",
        "min_reference_ml",
        "max_reference_cv",
    }
)
"""Settings that `gather_evidence` looks at; all others only change how it is judged."""


def _t1_on(
    box: VolumeGeometry,
    t1: Volume | None,
    *,
    grid: VolumeGeometry,
    crop: Crop,
    marrow: NDArray[np.bool_],
) -> NDArray[np.float32] | None:
    """T1W on the crop of the grid; evidence only, so it may be resampled."""
    if t1 is None:
        return None
    if t1.geometry.matches(grid):
        return t1.voxels[crop]
    if coverage_mask(t1.geometry, box).voxels[marrow].all():
        return resample_volume(t1, box).voxels
    return None


def _reference_mask(rois: SacroiliacRois) -> NDArray[np.bool_]:
    if rois.reference is None:
        raise ReferenceTooSmall(
            "there is no reference marrow; give a mask of normal interforaminal sacral marrow"
        )
    return rois.reference.voxels


def reference_statistics_of(
    voxels: NDArray[np.float32],
    reference: NDArray[np.bool_],
    volume: Volume,
    settings: SegmentSettings,
) -> ReferenceStatistics:
    """Summarize reference marrow of a crop, or refuse it."""
    return reference_statistics(
        voxels[reference],
        voxel_volume_ml=volume.geometry.voxel_volume_ml,
        min_ml=settings.min_reference_ml,
        max_cv=settings.max_reference_cv,
    )


def grown_cutoff(
    threshold: Threshold, evidence: Evidence, settings: SegmentSettings
) -> NDArray[np.float32]:
    """Cut-off of voxels beside brighter ones: `grow_to` of the way up from normal tissue."""
    height = np.float32(1 + settings.grow_to * (threshold.value - 1))
    return np.asarray(height * evidence.normal, dtype=np.float32)


def _assemble(
    evidence: Evidence,
    cut: CutOff,
    judged: tuple[list[Judged], list[Judged]],
    statistics: ReferenceStatistics,
    settings: SegmentSettings,
    *,
    look: UnsureLook,
) -> EdemaSegmentation:
    kept, dropped = judged
    fraction, owner = edema_fractions(
        against_normal(evidence.relative, evidence.normal),
        paint(kept, evidence),
        evidence.searched,
        evidence.rim,
        evidence.spacing_mm,
    )
    kept = _redrawn(kept, np.where(fraction >= HALF, owner, 0), cut, evidence)
    labels = paint(kept, evidence)
    in_plane_mm = float(evidence.spacing_mm[1:].mean())
    sums = ingredients(
        fraction, owner, evidence.quadrants, voxel_volume_ml=evidence.geometry.voxel_volume_ml
    )
    bright = bright_on_t1(labels > 0, fraction, evidence, settings)
    known: dict[str, Any] = {
        "reference_cv": statistics.sd / statistics.median,
        "roi_edge_voxels": evidence.roi_edge_mm / in_plane_mm,
        "likeliest": _likeliest(kept),
        "doubtful": _doubtful(dropped, evidence, settings),
        "bright_ml": bright.may_be_none_ml + edema_by_voids_ml(fraction, evidence),
        "look": look,
    }
    return EdemaSegmentation(
        mask=Mask(geometry=evidence.geometry, voxels=evidence.uncrop(labels > 0)),
        edema_fraction=evidence.uncrop(fraction),
        lesion_labels=evidence.uncrop(labels),
        relative_intensity=Volume(
            geometry=evidence.geometry, voxels=evidence.uncrop(evidence.relative)
        ),
        threshold=cut.threshold,
        lesions=_credited(_lesions(kept, evidence), labels, fraction, evidence),
        dropped=_lesions(dropped, evidence),
        flags=(*evidence.doubts, *bright.doubts),
        local_cutoff=evidence.uncrop(cut.local),
        dropped_labels=evidence.uncrop(paint(dropped, evidence)),
        probability=None if evidence.probability is None else evidence.uncrop(evidence.probability),
        quadrant_draws_ml=quadrant_draws(
            sums,
            **known,
            division_voxels=evidence.division_mm / in_plane_mm,
            n_draws=settings.n_draws,
        ),
        source_ends_ml=source_ends_ml(sums, **known, heights=_heights(kept)),
    )


def _heights(kept: list[Judged]) -> FloatArray:
    """How many times its cut-off the brightest part of each lesion is."""
    return np.array([one.candidate.features["ratio_to_cutoff"] for one in kept], dtype=np.float64)


def _likeliest(kept: list[Judged]) -> FloatArray | None:
    chances = [one.candidate.features.get("probability_max") for one in kept]
    known = [chance for chance in chances if chance is not None]
    return np.array(known, dtype=np.float64) if len(known) == len(kept) else None


def _doubtful(dropped: list[Judged], evidence: Evidence, settings: SegmentSettings) -> Doubtful:
    """Gather candidates by the joint that were left out, but for nothing that they are instead."""
    near = [
        one
        for one in dropped
        if one.candidate.features["distance_to_joint_mm"] <= settings.periarticular_mm
        and _chance_left_out(one, settings) > 0
    ]
    volumes_ml = np.zeros((len(near), N_LABELS))
    for one, of_quadrants in zip(near, volumes_ml, strict=True):
        labels = evidence.quadrants[one.candidate.box][one.candidate.voxels]
        of_quadrants[:] = np.bincount(labels, minlength=N_LABELS)
    return Doubtful(
        volumes_ml=volumes_ml * evidence.geometry.voxel_volume_ml,
        chances=np.array([_chance_left_out(one, settings) for one in near], dtype=np.float64),
        by_judge=np.array([one.rule == JUDGE for one in near], dtype=bool),
    )


def _chance_left_out(one: Judged, settings: SegmentSettings) -> float:
    """Chance that what was left out is edema: of a small one, or both of two readers call it so."""
    features = one.candidate.features
    if one.rule == JUDGE:
        return features["probability_max"] ** 2
    if one.rule == "speck":
        return CHANCE_OF_LARGEST_SPECK * features["counted_ml"] / settings.min_volume_ml
    return CHANCE_LEFT_OUT.get(one.rule, 0.0)


def _redrawn(
    kept: list[Judged], outlined: NDArray[np.int32], cut: CutOff, evidence: Evidence
) -> list[Judged]:
    """Give every lesion the voxels that are half edema or more, and measure it again.

    One too faint to fill half a voxel anywhere keeps those that were above the cut-off.
    """
    boxes = ndimage.find_objects(outlined, max_label=len(kept))
    return [
        one if box is None else _with_voxels(one, outlined[box] == number, box, cut, evidence)
        for number, (one, box) in enumerate(zip(kept, boxes, strict=True), start=1)
    ]


def _with_voxels(
    one: Judged, voxels: NDArray[np.bool_], box: Crop, cut: CutOff, evidence: Evidence
) -> Judged:
    features = candidate_features(voxels, box, cut, evidence)
    label = one.candidate.label
    return replace(one, candidate=Candidate(label=label, box=box, voxels=voxels, features=features))


def paint(judged: list[Judged], evidence: Evidence) -> NDArray[np.int32]:
    """Give candidates numbers from 1, in their order."""
    labels = np.zeros(evidence.relative.shape, dtype=np.int32)
    for number, one in enumerate(judged, start=1):
        labels[one.candidate.box][one.candidate.voxels] = number
    return labels


def _lesions(judged: list[Judged], evidence: Evidence) -> tuple[Lesion, ...]:
    return tuple(_lesion(number, one, evidence) for number, one in enumerate(judged, start=1))


def _credited(
    lesions: tuple[Lesion, ...],
    labels: NDArray[np.int32],
    fraction: NDArray[np.float32],
    evidence: Evidence,
) -> tuple[Lesion, ...]:
    """Give lesions the volume that is credited to them, partial voxels around them included."""
    owners = credited_lesions(labels, fraction, evidence.geometry.spacing_mm)
    owned = owners > 0
    shares = np.bincount(
        owners[owned], weights=fraction[owned].astype(np.float64), minlength=len(lesions) + 1
    )
    voxel_ml = evidence.geometry.voxel_volume_ml
    return tuple(replace(one, volume_ml=float(shares[one.label]) * voxel_ml) for one in lesions)


def _lesion(number: int, judged: Judged, evidence: Evidence) -> Lesion:
    candidate = judged.candidate
    features = candidate.features
    quadrants = evidence.quadrants[candidate.box][candidate.voxels]
    start = [c.start + b.start for c, b in zip(evidence.crop, candidate.box, strict=True)]
    centre = np.argwhere(candidate.voxels).mean(axis=0) + start
    x, y, z = (float(v) for v in evidence.geometry.points_lps(centre))
    return Lesion(
        label=number,
        quadrant=int(np.bincount(quadrants, minlength=len(QUADRANTS) + 1).argmax()),
        volume_ml=features["counted_ml"],
        counted_ml=features["counted_ml"],
        depth_mm=features["depth_mm"],
        distance_to_joint_mm=features["distance_to_joint_mm"],
        relative_intensity_mean=features["relative_intensity_mean"],
        cutoff=features["cutoff"],
        ratio_to_cutoff=features["ratio_to_cutoff"],
        probability=features.get("probability"),
        centroid_lps_mm=(x, y, z),
        reason=judged.reason,
        rule=judged.rule,
        features=features,
    )
