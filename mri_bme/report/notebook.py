"""How objects show themselves in a notebook: a picture and the key numbers.

The nouns know nothing of pictures. Importing `mri_bme` inside IPython registers
`object_html` for them, and outside does nothing.
"""

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import singledispatch
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mri_bme.findings import (
    ChangeReport,
    EdemaBurden,
    EdemaSegmentation,
    Registration,
)
from mri_bme.pipeline import SubjectResult
from mri_bme.record import numbers
from mri_bme.report import words
from mri_bme.report.charts.subject import CHART_REGIONS, shown_visits
from mri_bme.report.display import WINDOW_TOP, display_of
from mri_bme.report.html import data_uri, fragment, outlined, thumbnail
from mri_bme.report.page import subject_page
from mri_bme.roi_sources import source_words
from mri_bme.sacroiliac import QUADRANTS, Bone, Level, SacroiliacRois, Side
from mri_bme.volume import Mask, RigidTransform, Volume, VolumeGeometry

N_SLICES = 5
ROI_SHADE = 0.55
BONE_COLOURS = {  # Okabe & Ito; one colour per side and bone, lower quadrants darker
    (Side.LEFT, Bone.SACRUM): (86, 180, 233),
    (Side.LEFT, Bone.ILIUM): (230, 159, 0),
    (Side.RIGHT, Bone.SACRUM): (0, 158, 115),
    (Side.RIGHT, Bone.ILIUM): (204, 121, 167),
}

Rows = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What a notebook shows of an object: a title, a picture, and a table."""

    title: str
    rows: Rows
    picture: NDArray[np.uint8] | None = None
    alt: str = ""
    header: tuple[str, ...] = ()


@singledispatch
def card_of(noun: Any) -> Card:
    """Describe an object; `TypeError` for one that has no card."""
    raise TypeError(f"a {type(noun).__name__} has no card")


def object_html(noun: Any) -> str:
    """Render an object for a notebook."""
    card = card_of(noun)
    uri = None if card.picture is None else data_uri(card.picture)
    return fragment("object.html.j2", card=card, uri=uri)


def show_objects() -> None:
    """Let IPython show the objects of `mri_bme`; does nothing without IPython."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    if shell is None:
        return
    register: Callable[..., Any] = shell.display_formatter.formatters["text/html"].for_type
    for noun in card_of.registry:
        if noun is not object:
            register(noun, object_html)


@card_of.register
def _(noun: VolumeGeometry) -> Card:
    return Card(title="VolumeGeometry", rows=_grid_rows(noun))


@card_of.register
def _(noun: Volume) -> Card:
    low, high = (float(v) for v in np.percentile(noun.voxels, (0.5, 99.5)))
    return Card(
        title="Volume",
        rows=(*_grid_rows(noun.geometry), ("intensity, 0.5 to 99.5 %", f"{low:.4g} to {high:.4g}")),
        picture=_strip(_grey(noun.voxels, low, max(high, low + 1e-6)), _spread(noun.geometry)),
        alt="slices from front to back",
    )


@card_of.register
def _(noun: Mask) -> Card:
    shown = _fullest(noun.voxels)
    return Card(
        title="Mask",
        rows=(
            ("volume", f"{noun.volume_ml:.2f} mL, {noun.n_voxels} voxels"),
            *_grid_rows(noun.geometry),
        ),
        picture=_strip(np.where(noun.voxels, 255, 0).astype(np.uint8), shown),
        alt="slices with most of the mask",
    )


@card_of.register
def _(noun: RigidTransform) -> Card:
    x, y, z = noun.b_from_a[:3, 3]
    return Card(
        title="RigidTransform",
        rows=(
            ("rotation", f"{noun.rotation_degrees:.2f}°"),
            ("translation", f"{x:.2f}, {y:.2f}, {z:.2f} mm (left, back, head)"),
        ),
    )


@card_of.register
def _(noun: SacroiliacRois) -> Card:
    regions = ("total", "left_sacrum", "left_ilium", "right_sacrum", "right_ilium")
    reference = "none" if noun.reference is None else f"{noun.reference.volume_ml:.1f} mL"
    return Card(
        title="SacroiliacRois",
        rows=(
            ("source", f"{source_words(noun.source)}, confidence {noun.confidence:.2f}"),
            *((words.region_name(r), f"{noun.region(r).volume_ml:.1f} mL") for r in regions),
            ("reference marrow", f"{reference}, {source_words(noun.reference_source)}"),
            *(("note", note) for note in noun.notes),
        ),
        picture=_strip(_coloured(noun.quadrants), _fullest(noun.quadrants > 0)),
        alt="quadrants, lower ones darker; the patient's right is on the left",
    )


@card_of.register
def _(noun: EdemaSegmentation) -> Card:
    cut = noun.threshold
    grey = _grey(noun.relative_intensity.voxels, 0.0, WINDOW_TOP)
    shown = _fullest(noun.mask.voxels)
    picture = np.stack([outlined(grey[k], noun.mask.voxels[k]) for k in shown])
    return Card(
        title="EdemaSegmentation",
        rows=(
            ("edema", f"{numbers.millilitres(noun.edema_ml)} mL in {len(noun.lesions)} lesions"),
            ("counted voxels", f"{numbers.millilitres(noun.counted_ml)} mL"),
            ("cut-off", f"{cut.value:.2f} times normal marrow ({cut.rule.replace('_', ' ')})"),
            ("normal marrow", f"median {cut.reference_median:.4g}, SD {cut.reference_sd:.3g}"),
            ("look-alikes dropped", str(len(noun.dropped))),
            *(("doubt", flag) for flag in noun.flags),
        ),
        picture=_strip(picture, range(len(shown))),
        alt="slices with most edema, outlined",
    )


@card_of.register
def _(noun: EdemaBurden) -> Card:
    found = [(name, noun.regions[name]) for name in CHART_REGIONS if name in noun.regions]
    return Card(
        title=f"EdemaBurden: SPARCC estimate {words.score(noun.sparcc_estimate)}",
        header=("region", "mL", "95 % interval", "of marrow, mL"),
        rows=tuple(
            (
                words.region_name(name),
                numbers.millilitres(region.edema_ml),
                numbers.interval_ml(region.interval_ml),
                f"{region.roi_ml:.1f}",
            )
            for name, region in found
        ),
    )


@card_of.register
def _(noun: Registration) -> Card:
    return Card(title="Registration", rows=(("quality", words.registration_sentence(noun)),))


@card_of.register
def _(noun: ChangeReport) -> Card:
    found = [(name, noun.regions[name]) for name in CHART_REGIONS if name in noun.regions]
    return Card(
        title=f"ChangeReport: {words.VERDICT_WORDS[noun.verdict]}",
        header=("region", noun.baseline, noun.followup, "change, mL", "95 % interval", "verdict"),
        rows=tuple(
            (
                words.region_name(name),
                numbers.millilitres(change.baseline_ml),
                numbers.millilitres(change.followup_ml),
                numbers.millilitres(change.change_ml, signed=True),
                numbers.interval_ml(change.interval_ml, signed=True),
                change.verdict.value.replace("_", " "),
            )
            for name, change in found
        ),
    )


@card_of.register
def _(noun: SubjectResult) -> Card:
    page = subject_page(noun, subject_id="this subject")
    display = display_of(page, shown_visits(page))
    return Card(
        title=f"SubjectResult: {words.headline(page)}",
        rows=(
            *(("finding", sentence) for sentence in words.summary(page)),
            *((doubt.where, doubt.text) for doubt in words.doubts(page)),
        ),
        picture=None if display is None else thumbnail(display),
        alt="the level that shows most, edema outlined",
    )


def _grid_rows(geometry: VolumeGeometry) -> Rows:
    slices, rows, columns = geometry.shape
    spacing = " × ".join(f"{mm:.2f}" for mm in geometry.spacing_mm)
    extent = np.array(geometry.shape) * geometry.spacing_mm
    return (
        ("grid", f"{slices} slices of {rows} × {columns}"),
        ("spacing", f"{spacing} mm (slices, rows, columns)"),
        ("extent", " × ".join(f"{mm:.0f}" for mm in extent) + " mm"),
        ("voxel", f"{1000 * geometry.voxel_volume_ml:.2f} µL"),
    )


def _grey(voxels: NDArray[np.float32], low: float, high: float) -> NDArray[np.uint8]:
    scaled = np.clip((voxels - low) / (high - low), 0, 1)
    return np.asarray(np.rint(255 * scaled), dtype=np.uint8)


def _spread(geometry: VolumeGeometry) -> list[int]:
    n_slices = geometry.shape[0]
    n_shown = min(N_SLICES, n_slices)
    return [round((k + 0.5) * n_slices / n_shown - 0.5) for k in range(n_shown)]


def _fullest(inside: NDArray[np.bool_]) -> list[int]:
    counts = inside.sum(axis=(1, 2))
    return sorted(int(k) for k in np.argsort(-counts, kind="stable")[:N_SLICES])


def _coloured(quadrants: NDArray[np.uint8]) -> NDArray[np.uint8]:
    table = np.zeros((max(QUADRANTS) + 1, 3), dtype=np.uint8)
    for label, quadrant in QUADRANTS.items():
        shade = 1.0 if quadrant.level is Level.UPPER else ROI_SHADE
        table[label] = np.array(BONE_COLOURS[quadrant.side, quadrant.bone]) * shade
    return table[quadrants]


def _strip(picture: NDArray[np.uint8], shown: Iterable[int]) -> NDArray[np.uint8]:
    """Join slices side by side, made coarser when large."""
    slices = [picture[k] for k in shown]
    step = max(slices[0].shape[0] // 160, 1)
    return np.concatenate([one[::step, ::step] for one in slices], axis=1)
