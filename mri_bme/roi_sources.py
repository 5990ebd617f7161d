"""Where ROIs can come from: one entry for each source, which everything else reads.

The setting `rois.sources`, the columns of the manifest, the options of ``mri-bme rois``, what a
visit is read with, how the bones are found, what a reader is told and how uncertain the edge
is: all of it follows from the entry. A new source is one function in `place_rois` and one entry.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from mri_bme.regions import PlacedBy


class GivenForm(StrEnum):
    """What a file that is given for a visit holds; `intake.given` reads each form."""

    LABELS = "labels"
    QUADRANTS = "quadrants"
    JOINT_LINES = "joint lines"
    ANNOTATED_SCANS = "annotated scans"


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What must be given for a source.

    Parameters
    ----------
    role : str
        Column of the manifest, option of ``mri-bme rois``, key of `place_rois(given=...)`.
    form : GivenForm
        What the file holds.
    what : str
        What messages call it, as in ``the bone map``.
    description : str
        One line for the help of the command.
    """

    role: str
    form: GivenForm
    what: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoiSource:
    """One way to obtain ROIs.

    Parameters
    ----------
    name : str
        In `rois.sources` and in what was tried.
    placed_by : PlacedBy or None
        Decides how uncertain the edge of the ROIs is (`measurement_error.roi_edge_mm`); None
        where ROIs keep what they had.
    words : str
        What a reader is told, after "Regions of interest were the subchondral marrow ...".
    finder : str, callable or None
        `place_rois.sources.Finder`, or ``module:function`` for one, so that to know the sources
        need not load a network. None where the source is no single visit's.
    given : Given or None
        What must be given; None for what is found in the volume itself.
    variants : mapping from str to str
        Further values of `SacroiliacRois.source` that it leads to, with their words.
    """

    name: str
    placed_by: PlacedBy | None
    words: str
    finder: "str | Callable[[Any, Any], Any] | None"
    given: Given | None = None
    variants: Mapping[str, str] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """The name as it stands in sentences and in `SacroiliacRois.source`."""
        return self.name.replace("_", " ")


OTHER_VISIT = "other_visit"

ROI_SOURCES: tuple[RoiSource, ...] = (
    RoiSource(
        name="manual",
        placed_by=PlacedBy.GIVEN,
        words="drawn by hand",
        finder="mri_bme.place_rois.drawn:take_quadrants",
        given=Given(
            role="rois",
            form=GivenForm.QUADRANTS,
            what="the ROI map",
            description="Corrected quadrants 1 to 8, taken as they are: NIfTI, NRRD, DICOM SEG.",
        ),
    ),
    RoiSource(
        name="joint_lines",
        placed_by=PlacedBy.GIVEN,
        words="beside joints that were drawn as lines",
        finder="mri_bme.place_rois.lines:find_beside_lines",
        given=Given(
            role="joint",
            form=GivenForm.JOINT_LINES,
            what="the joint lines",
            description="Joints as lines: .mrk.json or CSV.",
        ),
    ),
    RoiSource(
        name="bones",
        placed_by=PlacedBy.GIVEN,
        words="from a bone map that was given",
        variants={"marrow mask": "from a marrow mask that was given, split along the joint"},
        finder="mri_bme.place_rois.labels:take_bones",
        given=Given(
            role="bones",
            form=GivenForm.LABELS,
            what="the bone map",
            description="Bone labels or one marrow mask: NIfTI, NRRD, DICOM SEG.",
        ),
    ),
    RoiSource(
        name=OTHER_VISIT, placed_by=None, words="carried over from the other visit", finder=None
    ),
    RoiSource(
        name="atlas",
        placed_by=PlacedBy.ATLAS,
        words="voted for by annotated scans of others",
        finder="mri_bme.place_rois.atlas:find_by_vote",
        given=Given(
            role="atlas",
            form=GivenForm.ANNOTATED_SCANS,
            what="the atlas",
            description="Folder of annotated scans: NAME/volume.nii.gz, NAME/bones.nii.gz (labels "
            "or one marrow mask) and perhaps NAME/t1.nii.gz; or flat, NAME_volume.nii.gz and so "
            "on.",
        ),
    ),
    RoiSource(
        name="automatic",
        placed_by=PlacedBy.NETWORK,
        words="found automatically",
        finder="mri_bme.place_rois.automatic:find_by_network",
    ),
)
"""Every source, in the order in which the settings try them unless told otherwise."""


def source_names() -> tuple[str, ...]:
    """Name of every source, in the order of `ROI_SOURCES`."""
    return tuple(source.name for source in ROI_SOURCES)


def source_named(name: str) -> RoiSource:
    """Find the entry of a source; KeyError where there is none."""
    return {source.name: source for source in ROI_SOURCES}[name]


def given_by_role() -> dict[str, Given]:
    """List what can be given for a visit to place ROIs with, by its role."""
    return {s.given.role: s.given for s in ROI_SOURCES if s.given is not None}


def carried_from_visit(source: str) -> str:
    """Name what ROIs carried from another visit come from, as `SacroiliacRois.source`."""
    return f"other visit ({_without_carrying(source)})"


def source_words(source: str) -> str:
    """Tell a reader how ROIs, or reference marrow, were obtained.

    Parameters
    ----------
    source : str
        `SacroiliacRois.source` or `reference_source`.
    """
    first = _without_carrying(source)
    if first != source:
        return f"{source_named(OTHER_VISIT).words}, there {source_words(first)}"
    words = {"": "not recorded"}
    for entry in ROI_SOURCES:
        words |= {entry.name: entry.words, entry.label: entry.words, **entry.variants}
    return words.get(source, source)


def _without_carrying(source: str) -> str:
    return source.removeprefix("other visit (").removesuffix(")")
