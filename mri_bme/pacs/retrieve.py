"""Bring series from a node, resuming where an earlier attempt was cut off."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from pydicom.dataset import Dataset
from pynetdicom import AE, evt
from pynetdicom.pdu_primitives import SCP_SCU_RoleSelectionNegotiation
from pynetdicom.presentation import build_context, build_role
from pynetdicom.sop_class import (
    EnhancedMRImageStorage,
    LegacyConvertedEnhancedMRImageStorage,
    MRImageStorage,
    StudyRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelGet,
    StudyRootQueryRetrieveInformationModelMove,
)

from mri_bme.errors import InvalidSettings, MriBmeError, NodeUnavailable
from mri_bme.files import file_sha256, is_whole
from mri_bme.pacs.association import associated
from mri_bme.pacs.filing import FiledObject, file_object
from mri_bme.pacs.nodes import Node
from mri_bme.pacs.query import PENDING, OfferedSeries
from mri_bme.pacs.syntaxes import IMAGE_SYNTAXES
from mri_bme.pacs.web import web_client

MR_CLASSES = (MRImageStorage, EnhancedMRImageStorage, LegacyConvertedEnhancedMRImageStorage)
OUT_OF_RESOURCES, CANNOT_UNDERSTAND = 0xA700, 0xC000
SUCCESS = 0x0000

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedSeries:
    """What came of one series: files below the destination with their SHA-256."""

    offered: OfferedSeries
    n_expected: int
    files: tuple[tuple[str, str], ...]
    reason: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether every image that the node has is there."""
        return not self.reason and len(self.files) == self.n_expected


def fetch_series(
    node: Node, offered: OfferedSeries, dest: Path, *, known: Mapping[str, str] | None = None
) -> FetchedSeries:
    """Bring the images of a series that are not in `dest` yet, and count what is there.

    `known` holds the SHA-256 of files that arrived before: one that is another now is asked for
    again.

    What goes wrong becomes the reason of the result; what arrived stays and is not asked for
    again.

    Raises
    ------
    OutputRefused
        If `dest` cannot be written to or is full.
    """
    reason, wanted = "", []
    try:
        wanted = _images(node, offered)
        missing = [u for u in wanted if not _is_intact(dest, _place(offered, u), known or {})]
        if missing or not wanted:
            _bring(node, offered, missing, dest)
    except NodeUnavailable as error:
        reason = str(error)
    folder = dest / Path(_place(offered, "any")).parent
    files = sorted(filter(is_whole, folder.glob("*.dcm"))) if folder.is_dir() else []
    n_expected = len(wanted) or offered.n_images or len(files)
    if not reason and len(files) < n_expected:
        reason = f"{len(files)} of {n_expected} images arrived; fetch again to bring the rest"
    return FetchedSeries(
        offered=offered,
        n_expected=n_expected,
        files=tuple((p.relative_to(dest).as_posix(), file_sha256(p)) for p in files),
        reason=reason,
    )


def _is_intact(dest: Path, name: str, known: Mapping[str, str]) -> bool:
    path = dest / name
    return path.is_file() and known.get(name) in (None, file_sha256(path))


def _place(offered: OfferedSeries, uid: str) -> str:
    return FiledObject(study=offered.study, series=offered.series, instance=uid).name


def _images(node: Node, offered: OfferedSeries) -> list[str]:
    """List the images of a series; empty where the node does not tell."""
    if node.retrieve == "wado":
        with web_client(node) as client:
            found = client.search_for_instances(offered.study, offered.series)
        return [str(Dataset.from_json(one).SOPInstanceUID) for one in found]
    query = _identifier("IMAGE", offered)
    query.SOPInstanceUID = ""
    model = StudyRootQueryRetrieveInformationModelFind
    with associated(node, [build_context(model)]) as association:
        answers = list(association.send_c_find(query, model))
    return [
        str(answer.SOPInstanceUID)
        for status, answer in answers
        if status and status.Status in PENDING and answer is not None
    ]


def _identifier(level: str, offered: OfferedSeries) -> Dataset:
    asked = Dataset()
    asked.QueryRetrieveLevel = level
    asked.StudyInstanceUID, asked.SeriesInstanceUID = offered.study, offered.series
    return asked


def _bring(node: Node, offered: OfferedSeries, missing: Sequence[str], dest: Path) -> None:
    ways = {"get": _by_get, "move": _by_move, "wado": _by_web}
    ways[node.retrieve](node, offered, missing, dest)


def _asked(offered: OfferedSeries, missing: Sequence[str]) -> Dataset:
    if not missing:
        return _identifier("SERIES", offered)
    asked = _identifier("IMAGE", offered)
    asked.SOPInstanceUID = list(missing)
    return asked


def _by_get(node: Node, offered: OfferedSeries, missing: Sequence[str], dest: Path) -> None:
    model = StudyRootQueryRetrieveInformationModelGet
    contexts = [build_context(model), *(build_context(c, IMAGE_SYNTAXES) for c in MR_CLASSES)]
    roles: list[SCP_SCU_RoleSelectionNegotiation] = [
        build_role(c, scp_role=True) for c in MR_CLASSES
    ]
    keeper = _Keeper(dest)
    handlers = [(evt.EVT_C_STORE, keeper.keep)]
    with (
        keeper.watched(),
        associated(node, contexts, roles=roles, handlers=handlers) as association,
    ):
        _until_done(association.send_c_get(_asked(offered, missing), model))


def _by_move(node: Node, offered: OfferedSeries, missing: Sequence[str], dest: Path) -> None:
    if node.move_port is None:
        raise InvalidSettings(
            'retrieve = "move" needs move_port, at which the node knows '
            f'{node.calling_ae_title}; or use "get"'
        )
    model = StudyRootQueryRetrieveInformationModelMove
    keeper = _Keeper(dest)
    with (
        keeper.watched(),
        _receiving(node, node.move_port, keeper),
        associated(node, [build_context(model)]) as association,
    ):
        asked = _asked(offered, missing)
        _until_done(association.send_c_move(asked, node.calling_ae_title, model))


@contextmanager
def _receiving(node: Node, port: int, keeper: "_Keeper") -> Iterator[None]:
    ae = AE(ae_title=node.calling_ae_title)
    ae.require_called_aet = True
    ae.supported_contexts = [build_context(c, IMAGE_SYNTAXES) for c in MR_CLASSES]
    server = ae.start_server(
        ("", port),
        block=False,
        evt_handlers=[(evt.EVT_C_STORE, keeper.keep)],
        ssl_context=node.ssl_context(as_server=True),
    )
    try:
        yield
    finally:
        server.shutdown()


def _until_done(answers: Iterator[tuple[Dataset, Dataset | None]]) -> None:
    for status, _ in answers:
        if not status:
            raise NodeUnavailable("the node stopped sending; fetch again to bring the rest")
        if status.Status not in (*PENDING, SUCCESS, 0xB000):
            raise NodeUnavailable(
                f"the node could not send (status 0x{status.Status:04X}); see its log"
            )


def _by_web(node: Node, offered: OfferedSeries, missing: Sequence[str], dest: Path) -> None:
    with web_client(node) as client:
        for uid in missing:
            dataset = client.retrieve_instance(offered.study, offered.series, uid)
            buffer = BytesIO()
            dataset.save_as(buffer, enforce_file_format=True)
            file_object(dest, buffer.getvalue(), expected=uid)


class _Keeper:
    """Files what a node sends; remembers the first thing that went wrong on this side."""

    def __init__(self, dest: Path) -> None:
        self._dest = dest
        self._failed: MriBmeError | None = None
        self._lock = threading.Lock()

    def keep(self, event: evt.Event) -> int:
        """Answer a C-STORE: success once the object is on the disk."""
        try:
            uid = str(event.request.AffectedSOPInstanceUID)
            file_object(self._dest, event.encoded_dataset(), expected=uid)
        except MriBmeError as error:
            with self._lock:
                self._failed = self._failed or error
            return OUT_OF_RESOURCES
        return SUCCESS

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Raise what went wrong here, rather than what the node makes of it."""
        try:
            yield
        except NodeUnavailable:
            if self._failed is None:
                raise
        if self._failed is not None:
            raise self._failed
