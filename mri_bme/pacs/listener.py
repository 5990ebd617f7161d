"""Take MR images from nodes that are known, and put them on the disk before saying so."""

import logging
import threading
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from pynetdicom import AE, evt
from pynetdicom.presentation import build_context
from pynetdicom.sop_class import Verification
from pynetdicom.transport import ThreadedAssociationServer

from mri_bme.errors import NodeUnavailable, OutputRefused, UnreadableInput
from mri_bme.files import remove_unfinished, write_text
from mri_bme.pacs.filing import file_object
from mri_bme.pacs.nodes import DEFAULT_AE_TITLE, Tls, tls_context
from mri_bme.pacs.retrieve import MR_CLASSES
from mri_bme.pacs.syntaxes import IMAGE_SYNTAXES

log = logging.getLogger(__name__)

SUCCESS, OUT_OF_RESOURCES, CANNOT_UNDERSTAND = 0x0000, 0xA700, 0xC000
ARRIVING, SENDERS = "arriving", "senders"
"""Folders of an inbox: images of studies that may not be complete, and who sent them."""
MIB = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one sender may ask of the listener."""

    max_associations: int = 10
    max_object_mib: int = 512
    idle_s: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenOptions:
    """How the listener is reached and by whom.

    `callers` are calling AE titles that are let in; empty lets in all. `addresses` likewise.
    """

    port: int
    host: str = ""
    ae_title: str = DEFAULT_AE_TITLE
    callers: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    tls: Tls | None = None
    limits: Limits = field(default_factory=Limits)


class Listener:
    """A C-STORE SCP that files what arrives below an inbox.

    Parameters
    ----------
    inbox : Path
        Its folder `ARRIVING` receives a folder per study, with a folder per series in it.
    options : ListenOptions
        How it is reached.
    """

    def __init__(self, inbox: Path, options: ListenOptions) -> None:
        self._inbox = inbox
        self._options = options
        self._server: ThreadedAssociationServer | None = None
        self._lock = threading.Lock()
        self._received: dict[object, int] = {}
        self.counts: Counter[str] = Counter()

    def start(self) -> None:
        """Begin to listen; what a listener that was killed left half-written is removed.

        Raises
        ------
        NodeUnavailable
            If the port cannot be listened at.
        InvalidSettings
            If TLS is asked for and its files cannot be used.
        """
        told, limits = self._options, self._options.limits
        remove_unfinished(self._inbox, below=True)
        ae = AE(ae_title=told.ae_title)
        ae.require_called_aet = True
        ae.require_calling_aet = list(told.callers)
        ae.maximum_associations = limits.max_associations
        ae.network_timeout = ae.dimse_timeout = ae.acse_timeout = limits.idle_s
        ae.supported_contexts = [build_context(c, IMAGE_SYNTAXES) for c in MR_CLASSES]
        ae.add_supported_context(Verification)
        context = None if told.tls is None else tls_context(told.tls, as_server=True)
        try:
            self._server = ae.start_server(
                (told.host, told.port),
                block=False,
                ssl_context=context,
                evt_handlers=[
                    (evt.EVT_C_STORE, self._keep),
                    (evt.EVT_REQUESTED, self._admit),
                    (evt.EVT_DATA_RECV, self._weigh),
                    (evt.EVT_CONN_CLOSE, self._forget),
                ],
            )
        except OSError as error:
            raise NodeUnavailable(
                f"port {told.port} cannot be listened at: {error.strerror}; choose another"
            ) from error

    def stop(self) -> None:
        """Take nothing more; what was confirmed is on the disk."""
        if self._server is not None:
            self._server.shutdown()
            self._server = None

    def _admit(self, event: evt.Event) -> None:
        allowed = self._options.addresses
        if allowed and event.assoc.requestor.address not in allowed:
            self._count("refused address")
            event.assoc.abort()

    def _weigh(self, event: evt.Event) -> None:
        """Break off a sender whose object grows beyond the limit, before memory does."""
        with self._lock:
            n_bytes = self._received.get(event.assoc, 0) + len(event.data)
            self._received[event.assoc] = n_bytes
        if n_bytes > self._options.limits.max_object_mib * MIB:
            self._count("too large")
            event.assoc.abort()

    def _forget(self, event: evt.Event) -> None:
        with self._lock:
            self._received.pop(event.assoc, None)

    def _keep(self, event: evt.Event) -> int:
        with self._lock:
            self._received[event.assoc] = 0
        uid = str(event.request.AffectedSOPInstanceUID)
        try:
            path = file_object(self._inbox / ARRIVING, event.encoded_dataset(), expected=uid)
            study = path.parents[1].name
            _note_sender(self._inbox, study, str(event.assoc.requestor.ae_title).strip())
        except UnreadableInput as error:
            self._count(f"refused: {error}")
            return CANNOT_UNDERSTAND
        except OutputRefused as error:
            log.error("%s", error)
            self._count("no space")
            return OUT_OF_RESOURCES
        self._count("received")
        return SUCCESS

    def _count(self, what: str) -> None:
        with self._lock:
            self.counts[what] += 1


def _note_sender(inbox: Path, study: str, ae_title: str) -> None:
    """Remember who sent a study, for where its results go."""
    path = inbox / SENDERS / study
    if not path.is_file():
        write_text(path, ae_title + "\n")


def sender_of(inbox: Path, study: str) -> str:
    """AE title of who sent a study, by the name of its folder; empty when it is not known."""
    try:
        return (inbox / SENDERS / study).read_text(encoding="utf-8").strip()
    except OSError:
        return ""
