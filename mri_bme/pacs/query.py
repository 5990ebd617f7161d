"""Ask a node for studies and their series, before any pixel travels."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from pydicom.dataset import Dataset
from pynetdicom.association import Association
from pynetdicom.presentation import build_context
from pynetdicom.sop_class import (
    StudyRootQueryRetrieveInformationModelFind,
)

from mri_bme.errors import NodeUnavailable
from mri_bme.intake.dicom.contrast import named_aside
from mri_bme.pacs.association import associated
from mri_bme.pacs.nodes import Node
from mri_bme.pacs.web import web_client

MIN_SLICES = 4  # fewer cannot show both joints
PENDING = (0xFF00, 0xFF01)
STUDY_KEYS = ("StudyInstanceUID", "StudyDate", "PatientID", "ModalitiesInStudy")
SERIES_KEYS = (
    *("StudyInstanceUID", "SeriesInstanceUID", "Modality", "SeriesDescription"),
    *("SeriesNumber", "NumberOfSeriesRelatedInstances"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is looked for: studies by UID, or those of a patient, from one day to another."""

    study: str = ""
    patient: str = ""
    since: date | None = None
    until: date | None = None

    @property
    def keys(self) -> dict[str, str]:
        """Matching keys of a study query."""
        span = ""
        if self.since or self.until:
            span = "-".join("" if d is None else d.strftime("%Y%m%d") for d in self._ends)
        keys = {"StudyInstanceUID": self.study, "PatientID": self.patient, "StudyDate": span}
        return {name: value for name, value in keys.items() if value}

    @property
    def _ends(self) -> tuple[date | None, date | None]:
        return self.since, self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedSeries:
    """A series as a node describes it; `n_images` is None where it does not count."""

    study: str
    series: str
    modality: str
    description: str
    number: int | None
    n_images: int | None

    @property
    def unwanted(self) -> str:
        """Why it is not worth fetching; empty when it is."""
        if self.modality != "MR":
            return f"modality {self.modality or 'not told'}"
        if self.n_images is not None and self.n_images < MIN_SLICES:
            return f"{self.n_images} image(s) only"
        return named_aside(self.description)


def find_series(node: Node, wanted: Wanted) -> tuple[OfferedSeries, ...]:
    """List the series of the studies that match.

    Raises
    ------
    NodeUnavailable
        If the node does not answer, or refuses to be asked.
    """
    if node.retrieve == "wado":
        return tuple(_by_web(node, wanted))
    return tuple(_by_dimse(node, wanted))


def _by_dimse(node: Node, wanted: Wanted) -> Iterator[OfferedSeries]:
    context = build_context(StudyRootQueryRetrieveInformationModelFind)
    with associated(node, [context]) as association:
        studies = _answers(association, "STUDY", STUDY_KEYS, wanted.keys)
        uids = dict.fromkeys(str(study.get("StudyInstanceUID", "")) for study in studies)
        for uid in uids:
            keys = {"StudyInstanceUID": uid}
            for found in _answers(association, "SERIES", SERIES_KEYS, keys):
                yield _offered(found, uid)


def _answers(
    association: Association, level: str, asked: tuple[str, ...], keys: Mapping[str, str]
) -> list[Dataset]:
    query = Dataset()
    query.QueryRetrieveLevel = level
    for keyword in asked:
        setattr(query, keyword, keys.get(keyword, None if keyword.startswith("Number") else ""))
    found = []
    model = StudyRootQueryRetrieveInformationModelFind
    for status, answer in association.send_c_find(query, model):
        if not status:
            raise NodeUnavailable("the node stopped answering the query; try again")
        if status.Status in PENDING:
            found.append(answer)
        elif status.Status != 0:
            raise NodeUnavailable(f"the node refused the query (status 0x{status.Status:04X})")
    return found


def _by_web(node: Node, wanted: Wanted) -> Iterator[OfferedSeries]:
    with web_client(node) as client:
        filters = wanted.keys
        for study in client.search_for_studies(search_filters=filters):
            uid = str(Dataset.from_json(study).StudyInstanceUID)
            fields = ["NumberOfSeriesRelatedInstances", "SeriesDescription"]
            for found in client.search_for_series(uid, fields=fields):
                yield _offered(Dataset.from_json(found), uid)


def _offered(found: Dataset, study: str) -> OfferedSeries:
    return OfferedSeries(
        study=study,
        series=str(found.get("SeriesInstanceUID", "")),
        modality=str(found.get("Modality", "")),
        description=str(found.get("SeriesDescription", "")),
        number=_whole(found.get("SeriesNumber")),
        n_images=_whole(found.get("NumberOfSeriesRelatedInstances")),
    )


def _whole(value: object) -> int | None:
    try:
        return int(str(value))
    except ValueError:
        return None
