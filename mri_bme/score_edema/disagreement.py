"""Why one estimated reader's score counts edema that another one does not."""

from collections.abc import Iterator

import numpy as np

from mri_bme.findings import EdemaBurden
from mri_bme.score_edema.reader_view import ReaderView
from mri_bme.settings import ScoreSettings


def disagreements(
    burden: EdemaBurden, view: ReaderView, settings: ScoreSettings
) -> tuple[str, ...]:
    """Name the rules by which scores of the same mask differ, in plain words."""
    return tuple(_reasons(burden, view, settings))


def _reasons(burden: EdemaBurden, view: ReaderView, settings: ScoreSettings) -> Iterator[str]:
    sparcc, berlin = burden.sparcc_estimate, burden.berlin_estimate
    active = burden.asas_positive_estimate
    if not view.edema.any():
        return
    if sparcc is not None:
        yield from _beside_the_scored(burden, view)
    if sparcc == 0 and (berlin or active):
        yield "SPARCC is 0 although there is edema: none of it is seen on the slices that it scores"
    if sparcc and not berlin:
        yield (
            f"Berlin is 0: its quadrants end {settings.berlin_depth_mm:g} mm from the joint, and "
            "the edema lies deeper"
        )
    if (sparcc or berlin) and not active:
        yield (
            "ASAS: not active, since edema at the joint is neither one lesion on two consecutive "
            "slices nor two lesions on one slice"
        )
    if not sparcc and not berlin and not active:
        yield (
            "every score is 0 although there is edema: on no slice do "
            f"{settings.min_visible_mm2:g} mm² of it, the least that a reader is taken to see, "
            "lie in one quadrant"
        )


def _beside_the_scored(burden: EdemaBurden, view: ReaderView) -> Iterator[str]:
    scored = [one.index for one in burden.sparcc_slices]
    others = np.setdiff1d(np.flatnonzero(view.edema.any(axis=(1, 2))), scored)
    if others.size:
        yield (
            f"SPARCC scores slices {scored[0] + 1} to {scored[-1] + 1} from the front; edema on "
            f"{others.size} other slice{'' if others.size == 1 else 's'} counts for Berlin and "
            "ASAS, not for SPARCC"
        )
