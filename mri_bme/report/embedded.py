"""The viewer inside a document of somebody else: a notebook, or a page of one's own."""

import base64
import hashlib
from dataclasses import dataclass, replace
from html import escape

import numpy as np
from markupsafe import Markup

from mri_bme.errors import NothingUsable
from mri_bme.findings import EdemaSegmentation
from mri_bme.pipeline import SubjectResult, VisitInput, VisitResult
from mri_bme.report import words
from mri_bme.report.charts.subject import shown_visits
from mri_bme.report.display import display_of
from mri_bme.report.html import fragment
from mri_bme.report.page import SubjectPage, subject_page
from mri_bme.report.viewer import Scene, viewer_scene, viewer_script, viewer_style
from mri_bme.sacroiliac import SacroiliacRois
from mri_bme.volume import Mask, Volume, check_same_grid

HEIGHT_PX = 760
LABEL = "volume"


@dataclass(frozen=True, slots=True, kw_only=True)
class SlicesView:
    """Slices to look at; a notebook shows them by `_repr_html_`.

    `document` is a page of its own, which asks nobody for anything.
    """

    document: str
    height_px: int = HEIGHT_PX

    def _repr_html_(self) -> str:
        """Put the page in a frame: nothing of it can reach the notebook around it."""
        return (
            f'<iframe srcdoc="{escape(self.document, quote=True)}" sandbox="allow-scripts" '
            f'title="Slices" style="width:100%;height:{self.height_px}px;border:0"></iframe>'
        )


def view(
    what: SubjectResult | Volume,
    mask: Mask | None = None,
    *,
    t1: Volume | None = None,
    rois: SacroiliacRois | None = None,
    edema: EdemaSegmentation | None = None,
    height_px: int = HEIGHT_PX,
) -> SlicesView:
    """Look at slices as they were acquired, in the viewer of the pages.

    Parameters
    ----------
    what : SubjectResult or Volume
        A subject that was analyzed, both visits linked; or one volume, to which the rest
        belongs.
    mask : Mask or None
        Outlined on the volume.
    t1 : Volume or None
        T1W of the same visit, on any grid.
    rois : SacroiliacRois or None
        Quadrants and joints.
    edema : EdemaSegmentation or None
        Lesions, and why each voxel counts or not; needs `rois`.
    height_px : int
        Height in the notebook.

    Raises
    ------
    NothingUsable
        If the subject has no volume to show.
    GeometryMismatch
        If the mask lies on another grid than the volume.
    """
    if isinstance(what, SubjectResult):
        page = subject_page(what, subject_id="this subject")
    else:
        page = _page_of(what, mask, t1=t1, rois=rois, edema=edema)
    return SlicesView(document=_document(_scene(page)), height_px=height_px)


def _page_of(
    volume: Volume,
    mask: Mask | None,
    *,
    t1: Volume | None,
    rois: SacroiliacRois | None,
    edema: EdemaSegmentation | None,
) -> SubjectPage:
    visit = VisitInput(label=LABEL, day=None, volume=volume, t1=t1)
    result = VisitResult(visit=visit, rois=rois, segmentation=edema)
    page = subject_page(SubjectResult(visits=(result,)), subject_id="this volume")
    if mask is None:
        return page
    check_same_grid("the mask", mask.geometry, volume.geometry)
    outlined = replace(page.pixels[LABEL], lesion_labels=mask.voxels.astype(np.int32))
    return replace(page, pixels={LABEL: outlined})


def _scene(page: SubjectPage) -> Scene:
    visits = shown_visits(page)
    display = display_of(page, visits)
    if display is None:
        raise NothingUsable("no visit has a volume to show; see the reasons of its visits")
    return viewer_scene(visits, display, words.main_change(page))


def _document(scene: Scene) -> str:
    script = viewer_script()
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    return fragment(
        "embedded.html.j2",
        scene=scene,
        script=Markup(script),  # noqa: S704  (ours, shipped in the package)
        style=Markup(viewer_style()),  # noqa: S704
        policy=f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'",
    )
