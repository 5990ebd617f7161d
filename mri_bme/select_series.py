"""Choose the fluid-sensitive series of a visit, with a reason for every series."""

import math
from dataclasses import dataclass

import numpy as np

from mri_bme.settings import SelectSettings
from mri_bme.study import FLUID_SENSITIVE, Contrast, Plane, Series, Visit
from mri_bme.volume import VolumeGeometry

CONTRAST_ORDER = (Contrast.STIR, Contrast.T2_FS, Contrast.DIXON_WATER, Contrast.PD_FS)
PLANE_ORDER = (Plane.SEMICORONAL, Plane.CORONAL, Plane.AXIAL, Plane.UNKNOWN)
ALONG_THE_JOINT = frozenset({Plane.SEMICORONAL, Plane.CORONAL})
MEASURABLE_COMPONENTS = frozenset({"magnitude", "water"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedSeries:
    """One series, whether it could be measured, and why it is where it is."""

    series: Series
    eligible: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesChoice:
    """The series to measure at a visit, and its T1.

    `ranking` holds every series of the visit, best first; `doubts` what a reader should
    check.
    """

    chosen: Series | None
    t1: Series | None
    ranking: tuple[RankedSeries, ...]
    doubts: tuple[str, ...] = ()


def select_series(visit: Visit, *, settings: SelectSettings = SelectSettings()) -> SeriesChoice:  # noqa: B008
    """Rank the series of a visit by how well they show edema along the joints.

    Series whose header confirms that fat is dark come before those that only a name says
    so of. Series along the joint (semicoronal, coronal) come before others, then slabs that
    cover at least half of what covers both joints, then STIR, T2-FS, Dixon water and
    PD-FS in this order, then the slab that covers more, the finer voxel, and the later
    series (a repeat is made because the first was poor).

    Parameters
    ----------
    visit : Visit
        One examination.
    settings : SelectSettings
        `pin` names a series that is taken whatever its rank.

    Returns
    -------
    SeriesChoice
        `chosen` is None when no series can be measured, or when the only one left is
        known by its name alone where a confirmed one was refused; the ranking says why.
    """
    pinned = [series for series in visit.series if _is_pinned(series, settings.pin)]
    barred = {series.series_id: _why_not(series, settings) for series in visit.series}
    notes = _bar_stand_ins(visit, barred, settings)
    eligible = [series for series in visit.series if not barred[series.series_id]]
    ranked = sorted(eligible, key=lambda series: _rank(series, settings))
    chosen, doubts = _choose(ranked, pinned, settings)
    ranking = [
        RankedSeries(series=s, eligible=True, reason=_reason(s, chosen, place))
        for place, s in enumerate(ranked, start=1)
    ] + [
        RankedSeries(series=s, eligible=False, reason=barred[s.series_id])
        for s in visit.series
        if barred[s.series_id]
    ]
    if chosen is not None:
        ranking.sort(key=lambda item: item.series.series_id != chosen.series_id)
    return SeriesChoice(
        chosen=chosen,
        t1=_choose_t1(visit, chosen),
        ranking=tuple(ranking),
        doubts=doubts if chosen in pinned else (*notes, *doubts),
    )


def _bar_stand_ins(
    visit: Visit, barred: dict[str, str], settings: SelectSettings
) -> tuple[str, ...]:
    """Bar series that are fat-suppressed by name only, where a confirmed one was refused."""
    eligible = [series for series in visit.series if not barred[series.series_id]]
    lost = [series for series in visit.series if _is_lost(series, settings)]
    if not lost or not eligible or not all(series.is_named_only for series in eligible):
        return ()
    (name,) = _names(lost[:1])
    for series in eligible:
        barred[series.series_id] = (
            f"fat-suppressed by its name only; it does not replace series {name}, which is refused"
        )
    return (
        f"series {name} is refused; what is fat-suppressed by its name only does not replace it",
    )


def _choose(
    ranked: list[Series], pinned: list[Series], settings: SelectSettings
) -> tuple[Series | None, tuple[str, ...]]:
    usable = [series for series in pinned if series.refused is None and series.geometry]
    if settings.pin and len(usable) == 1:
        return usable[0], _doubts(usable[0], [], settings)
    notes: tuple[str, ...] = ()
    if settings.pin:
        n = len(usable)
        notes = (f"the pinned series is found {n} times among those that can be read; ignored",)
    if not ranked:
        return None, notes
    return ranked[0], (*notes, *_doubts(ranked[0], ranked[1:], settings))


def _is_lost(series: Series, settings: SelectSettings) -> bool:
    """Find a refused series whose header confirms fat suppression: it would have been measured."""
    return (
        series.refused is not None
        and series.contrast in FLUID_SENSITIVE
        and not series.is_named_only
        and series.component in MEASURABLE_COMPONENTS
        and series.plane is not Plane.SAGITTAL
        and series.n_slices >= settings.min_slices
    )


def _is_pinned(series: Series, pin: str) -> bool:
    wanted = pin.strip().lower()
    if not wanted:
        return False
    names = {series.series_id.lower(), str(series.number)}
    return wanted in names or (not wanted.isdigit() and wanted in series.description.lower())


def _why_not(series: Series, settings: SelectSettings) -> str:
    """Reason why a series cannot be measured, empty when it can."""
    if series.refused is not None or series.geometry is None:
        return f"refused: {series.refused or 'it has no geometry'}"
    if series.contrast not in FLUID_SENSITIVE:
        return f"not fluid-sensitive: {series.contrast_reason or series.contrast.value}"
    if series.component not in MEASURABLE_COMPONENTS:
        return f"a {series.component} image holds no edema signal"
    if series.n_slices < settings.min_slices:
        return f"{series.n_slices} slice(s); at least {settings.min_slices} are needed"
    if series.plane is Plane.SAGITTAL:
        return "sagittal slices run along the spine, not across both joints"
    return ""


def _rank(series: Series, settings: SelectSettings) -> tuple[float, ...]:
    covered = min(slab_mm(series), settings.enough_slab_mm)
    voxel = series.geometry.voxel_volume_ml if series.geometry else math.inf
    return (
        series.is_named_only,
        0 if series.plane in ALONG_THE_JOINT else 1,
        0 if covered >= settings.enough_slab_mm / 2 else 1,
        CONTRAST_ORDER.index(series.contrast),
        PLANE_ORDER.index(series.plane),
        -round(covered),
        series.is_uncorrected,
        len(series.contrast_doubts),
        round(voxel, 5),
        series.repeat[0],
        -(series.number or 0),
    )


def slab_mm(series: Series) -> float:
    """Extent of a series across its slices."""
    if series.geometry is None:
        return 0.0
    return series.geometry.spacing_mm[0] * series.geometry.shape[0]


def _reason(series: Series, chosen: Series | None, place: int) -> str:
    plane = f"{series.plane.value}, {slab_mm(series):.0f} mm slab"
    state = "chosen" if chosen and chosen.series_id == series.series_id else f"rank {place}"
    return f"{state}: {series.contrast.value} ({series.contrast_reason}), {plane}"


def _doubts(chosen: Series, others: list[Series], settings: SelectSettings) -> tuple[str, ...]:
    doubts = [*chosen.contrast_doubts]
    if chosen.plane not in ALONG_THE_JOINT:
        doubts.append(f"only {chosen.plane.value} slices: measured, but not comparable to SPARCC")
    if slab_mm(chosen) < settings.enough_slab_mm / 2:
        doubts.append(f"its slices cover {slab_mm(chosen):.0f} mm, too little for both joints")
    alike = [
        other
        for other in others
        if other.contrast is chosen.contrast
        and other.plane is chosen.plane
        and other.is_uncorrected is chosen.is_uncorrected
    ]
    if alike:
        first, *rest = _names([chosen, *alike])
        doubts.append(
            f"series {first} and {', '.join(rest)} are alike; {first} was taken (coverage, voxel "
            "size, later scan)"
        )
    return (*doubts, *chosen.defects)


def _names(series: list[Series]) -> list[str]:
    """Name series by their numbers, and by their ids too where numbers do not tell them apart."""
    numbers = [one.number for one in series]
    return [
        str(one.number) if numbers.count(one.number) == 1 else f"{one.number} ({one.series_id})"
        for one in series
    ]


def _choose_t1(visit: Visit, chosen: Series | None) -> Series | None:
    candidates = [
        s
        for s in visit.series
        if s.contrast is Contrast.T1
        and s.refused is None
        and s.geometry is not None
        and s.component in MEASURABLE_COMPONENTS
        and s.n_slices > 1
    ]
    if not candidates:
        return None
    return min(candidates, key=lambda s: _t1_rank(s, chosen))


def _t1_rank(series: Series, chosen: Series | None) -> tuple[float, ...]:
    plane = PLANE_ORDER.index(series.plane) if series.plane in PLANE_ORDER else len(PLANE_ORDER)
    if chosen is None or chosen.geometry is None or series.geometry is None:
        return (0, 0, plane, 0, series.number or 0)
    ours, theirs = series.geometry, chosen.geometry
    frames = {ours.frame_of_reference, theirs.frame_of_reference}
    cosine = abs(float(ours.directions[:, 0] @ theirs.directions[:, 0]))
    tilt = math.degrees(math.acos(min(1.0, cosine)))
    return (
        len(frames) - 1,
        round(tilt / 5),
        plane,
        -round(_shared(ours, theirs), 2),
        series.number or 0,
    )


def _shared(a: VolumeGeometry, b: VolumeGeometry) -> float:
    """Share of b's voxel corners' range that lies inside a, sampled on a coarse lattice."""
    steps = [np.linspace(0, n - 1, 5) for n in b.shape]
    points = b.points_lps(np.stack(np.meshgrid(*steps, indexing="ij"), axis=-1))
    indices = a.indices_of(points)
    inside = (indices >= -0.5) & (indices <= np.array(a.shape) - 0.5)
    return float(inside.all(axis=-1).mean())
