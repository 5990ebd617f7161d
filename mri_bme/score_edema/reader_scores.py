"""Reader scores, estimated from the mask: Berlin and the ASAS flag.

A reader judges pictures; these functions apply the published rules to a mask, and are
named estimates for that reason.
"""

import numpy as np
from scipy import ndimage

from mri_bme.sacroiliac import QUADRANTS
from mri_bme.score_edema.reader_view import IN_PLANE, ReaderView, Slices, is_seen
from mri_bme.settings import ScoreSettings

BERLIN_STEPS = (0.33, 0.66)  # Song 2011


def estimate_berlin(view: ReaderView, settings: ScoreSettings) -> int:
    """Estimate the Berlin score of the sacroiliac joints, 0 to 24.

    Each of the eight quadrants gets 0 without edema, 1 when less than 33 % of it is
    edematous, 2 from 33 %, 3 from 66 %, over all slices that show the joint [1]_. The
    quadrant is its marrow within `berlin_depth_mm` of the joint, since a reader's quadrant
    ends near the foramina, while ours holds all marrow.

    References
    ----------
    .. [1] Song et al., Ann Rheum Dis 70:590-596, 2011, doi 10.1136/ard.2010.147033.
    """
    shown = view.shows_joint[:, None, None] & (view.depth_mm <= settings.berlin_depth_mm)
    least = view.least_pixels(settings)
    return sum(_berlin_grade(view.edema, shown & (view.quadrants == n), least) for n in QUADRANTS)


def _berlin_grade(edema: Slices, quadrant: Slices, least: float) -> int:
    found = edema & quadrant
    if not any(is_seen(plane, least) for plane in found):
        return 0
    share = np.count_nonzero(found) / np.count_nonzero(quadrant)
    return 1 + sum(bool(share >= step) for step in BERLIN_STEPS)


def estimate_asas_positive(view: ReaderView, settings: ScoreSettings) -> bool:
    """Estimate whether a reader would call the scan positive for active sacroiliitis.

    Edema of subchondral or periarticular marrow, as one lesion on two consecutive slices
    or as two lesions on one slice [1]_ [2]_. Whether it looks "highly suggestive" of
    spondyloarthritis, as the definition also asks, cannot be told from a mask.

    References
    ----------
    .. [1] Rudwaleit et al., Ann Rheum Dis 68:1520-1527, 2009, doi 10.1136/ard.2009.110767.
    .. [2] Lambert et al., Ann Rheum Dis 75:1958-1963, 2016,
       doi 10.1136/annrheumdis-2015-208642.
    """
    least = view.least_pixels(settings)
    previous: set[int] = set()
    for index in range(len(view.edema)):
        seen = _periarticular_parts(view, index, least, settings.subchondral_mm)
        lesions = set(seen)
        if len(seen) >= 2 or lesions & previous:
            return True
        previous = lesions
    return False


def _periarticular_parts(
    view: ReaderView, index: int, least: float, subchondral_mm: float
) -> list[int]:
    """Lesion number of every connected part on a slice that is large and near enough."""
    parts, n_parts = ndimage.label(view.edema[index], structure=IN_PLANE)
    found: list[int] = []
    for number in range(1, n_parts + 1):
        part = parts == number
        near = view.depth_mm[index][part].min() <= subchondral_mm
        if near and is_seen(part, least):
            found.append(int(np.bincount(view.lesions[index][part]).argmax()))
    return found
