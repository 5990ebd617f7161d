"""Render pages: one file each, nothing fetched, every text from outside escaped."""

import base64
import hashlib
import io
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from mri_bme.files import write_bytes, write_text
from mri_bme.findings import ChangeReport
from mri_bme.measurement_error.sensitivity import SOURCES
from mri_bme.record import numbers
from mri_bme.report import context, looked, words
from mri_bme.report.charts import subject as charts
from mri_bme.report.charts.svg import chart_key, chart_svg, strip_svg, strip_ticks
from mri_bme.report.charts.tissue import tissue_charts, tissue_fates
from mri_bme.report.display import (
    Display,
    acquired_slice,
    display_of,
    key_slice,
    printed_slices,
)
from mri_bme.report.fusion import overlays, page_pair
from mri_bme.report.hangs_on import hangs_on, wider_without_doubt
from mri_bme.report.outlines import (
    Circle,
    LesionOutline,
    change_circles,
    joint_path,
    lesion_outlines,
    quadrant_path,
)
from mri_bme.report.page import PageVisit, SubjectPage
from mri_bme.report.sparcc import slice_marks, sparcc_tables
from mri_bme.report.viewer import viewer_scene, viewer_script, viewer_style

JPEG_QUALITY = 82
THUMBNAIL_WIDTH = 240
THUMBNAIL_QUALITY = 80
EDEMA_COLOUR = (240, 176, 0)
SHARED_SCRIPT = "page.js"
FROM_INSIDE = "data:"
FROM_BESIDE = "data: 'self' file:"
"""Where a page may take pictures from: out of itself, or from files beside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One visit on one slice; `where` says which of those acquired it shows."""

    uri: str
    alt: str
    where: str
    lesions: tuple[LesionOutline, ...]
    quadrants: str
    joint: str
    cutoffs: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fused:
    """Both visits on one slice: a checkerboard, and edges of one on the other."""

    caption: str
    checkerboard: str
    edges: str
    width: int
    height: int
    pixel_mm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One slice on paper: a picture per visit and circles around changes."""

    is_key: bool
    pictures: tuple[Picture, ...]
    circles: tuple[Circle, ...]


def jpeg(picture: NDArray[np.uint8], *, quality: int = JPEG_QUALITY) -> bytes:
    """Encode a grey (row, column) or coloured (row, column, 3) picture."""
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(picture)).save(
        buffer, format="JPEG", quality=quality, optimize=True
    )
    return buffer.getvalue()


def data_uri(picture: NDArray[np.uint8]) -> str:
    """Encode a picture as a JPEG that lives inside the page."""
    return "data:image/jpeg;base64," + base64.b64encode(jpeg(picture)).decode("ascii")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("mri_bme.report"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {
        "words": words,
        "numbers": numbers,
        "charts": charts,
        "context": context,
        "looked": looked,
        "hangs_on": hangs_on,
        "wider_without_doubt": wider_without_doubt,
        "moved_by": SOURCES,
        "tissue_fates": tissue_fates,
        "tissue_charts": tissue_charts,
    }
    environment.filters |= {
        "ml": numbers.millilitres,
        "interval": numbers.interval_ml,
        "visit_name": words.visit_name,
        "region_name": words.region_name,
        "percent": numbers.percent,
        "svg": chart_svg,
        "key": chart_key,
        "strip": strip_svg,
        "strip_ticks": strip_ticks,
    }
    return environment


def _asset(name: str) -> str:
    return resources.files("mri_bme.report").joinpath("templates", name).read_text("utf-8")


def render(
    template: str,
    *,
    script: str = "",
    images: str = FROM_INSIDE,
    with_viewer: bool = False,
    **context: Any,
) -> str:
    """Render a template with its style and scripts inside it.

    `script` comes after what every page shares (theme and printing) and may use it; `images`
    is `FROM_INSIDE` or `FROM_BESIDE`; `with_viewer` adds what shows a scene.

    A content security policy lets the page run this very script and fetch nothing, so that
    not even a mistake in escaping could do harm.
    """
    code = _asset(SHARED_SCRIPT) + (_asset(script) if script else "")
    style = _asset("style.css")
    if with_viewer:
        code += viewer_script()
        style += viewer_style()
    digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode("ascii")
    return (
        _environment()
        .get_template(template)
        .render(
            style=Markup(style),  # noqa: S704  (ours, shipped in the package)
            script=Markup(code),  # noqa: S704
            policy=f"default-src 'none'; img-src {images}; style-src 'unsafe-inline'; "
            f"script-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'",
            **context,
        )
    )


def fragment(template: str, **context: Any) -> str:
    """Render a piece of HTML that goes into a document of somebody else."""
    return _environment().get_template(template).render(**context)


def subject_page_html(page: SubjectPage) -> str:
    """Render a subject's page as one HTML document."""
    visits = charts.shown_visits(page)
    return _subject_html(page, visits, display_of(page, visits))


def _subject_html(page: SubjectPage, visits: tuple[PageVisit, ...], display: Display | None) -> str:
    change = words.main_change(page)
    return render(
        "subject.html.j2",
        script="subject.js",
        with_viewer=display is not None,
        page=page,
        visits=visits,
        change=change,
        fusion=_fusion(page, visits),
        display=display,
        scene=None if display is None else viewer_scene(visits, display, change),
        levels=() if display is None else _levels(display, visits, change),
        sparcc=sparcc_tables(visits),
    )


def _levels(
    display: Display, visits: tuple[PageVisit, ...], change: ChangeReport | None
) -> tuple[Level, ...]:
    """Slices for paper, and for a browser that cannot run the viewer; the key slice first."""
    circles = change_circles(display)
    key = key_slice(display)
    shown = [visit for visit in visits if visit.pixels is not None]
    return tuple(
        Level(
            is_key=k == key,
            pictures=tuple(
                _picture(display, number, visit, k, change) for number, visit in enumerate(shown)
            ),
            circles=circles[k],
        )
        for k in (key, *printed_slices(display))
    )


def _picture(
    display: Display, number: int, visit: PageVisit, k: int, change: ChangeReport | None
) -> Picture:
    pane = display.panes[number]
    lesions = lesion_outlines(pane, k)
    shown = {outline.label for outline in lesions}
    where = _where(display, number, visit, k)
    found = _edema_words(pane.edema[k] > 0.5, display)
    return Picture(
        uri=data_uri(pane.grey[k]),
        alt=f"{words.visit_name(visit.label)}, {where}: {found}",
        where=where,
        lesions=lesions,
        quadrants=quadrant_path(pane, k),
        joint=joint_path(pane, k, display.geometry.spacing_mm[1]),
        cutoffs=words.cutoff_words(
            (words.lesion_name(change, visit.label, lesion.label), lesion)
            for lesion in visit.findings.lesions
            if lesion.label in shown
        ),
    )


def _where(display: Display, number: int, visit: PageVisit, k: int) -> str:
    """Say which acquired slice a picture shows, or is nearest to."""
    if visit.pixels is None:
        return ""
    nearest = acquired_slice(display, number, visit.pixels, k)
    n_slices = visit.pixels.volume.geometry.shape[0]
    mark = slice_marks(visit).get(nearest)
    return f"slice {nearest + 1} of {n_slices}" + (f" · {mark}" if mark else "")


def _edema_words(inside: NDArray[np.bool_], display: Display) -> str:
    volume_ml = float(np.count_nonzero(inside)) * display.geometry.voxel_volume_ml
    if volume_ml == 0:
        return "no edema outlined"
    return f"edema outlined, {numbers.millilitres(volume_ml)} mL on this slice"


def _fusion(page: SubjectPage, visits: tuple[PageVisit, ...]) -> tuple[Fused, ...]:
    """Both visits over each other, before and after; none for one visit."""
    pair = page_pair(page, visits)
    if pair is None:
        return ()
    return tuple(
        Fused(
            caption=f"{overlay.when}, slice {overlay.k + 1}",
            checkerboard=data_uri(overlay.checkerboard),
            edges=data_uri(overlay.edges),
            width=overlay.edges.shape[1],
            height=overlay.edges.shape[0],
            pixel_mm=overlay.pixel_mm,
        )
        for overlay in overlays(pair)
    )


def thumbnail(display: Display) -> NDArray[np.uint8]:
    """Small coloured picture of the slice that shows most, visits side by side."""
    k = key_slice(display)
    panes = [outlined(pane.grey[k], pane.edema[k] > 0.5) for pane in display.panes]
    gap = np.zeros((panes[0].shape[0], 4, 3), dtype=np.uint8)
    joined = np.concatenate([part for pane in panes for part in (gap, pane)][1:], axis=1)
    picture = Image.fromarray(joined)
    width = THUMBNAIL_WIDTH * len(panes)
    height = round(width * joined.shape[0] / joined.shape[1])
    return np.asarray(picture.resize((width, height), Image.Resampling.LANCZOS))


def outlined(grey: NDArray[np.uint8], inside: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Draw the outer edge of `inside` on a grey picture, in colour."""
    colours = np.repeat(grey[..., None], 3, axis=2)
    edge = ndimage.binary_dilation(inside, iterations=2) & ~inside
    colours[edge] = EDEMA_COLOUR
    return colours


def write_subject_page(
    page: SubjectPage, path: Path, *, thumbnail_path: Path | None = None
) -> None:
    """Write a subject's page, one file that can be mailed; with a thumbnail if wanted.

    Without a picture no thumbnail is written.
    """
    visits = charts.shown_visits(page)
    display = display_of(page, visits)
    write_text(path, _subject_html(page, visits, display))
    if thumbnail_path is not None and display is not None:
        write_bytes(thumbnail_path, jpeg(thumbnail(display), quality=THUMBNAIL_QUALITY))
