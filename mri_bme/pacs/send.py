"""Send objects to a node: each is confirmed by it, or named with the reason."""

import csv
import io
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pydicom
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError
from pydicom.uid import UID
from pynetdicom import AE, evt
from pynetdicom.association import Association
from pynetdicom.presentation import build_context
from pynetdicom.sop_class import StorageCommitmentPushModel

from mri_bme.errors import NodeUnavailable, UnreadableInput
from mri_bme.files import file_sha256, is_whole, write_text
from mri_bme.pacs.association import associated
from mri_bme.pacs.nodes import Node
from mri_bme.pacs.web import web_client

TABLE_NAME = "sent.csv"
COLUMNS = ("file", "sha256", "node", "status", "reason")
CONFIRMED, COMMITTED, FAILED = "confirmed", "committed", "failed"
COMMITMENT_INSTANCE = UID("1.2.840.10008.1.20.1.1")
WARNINGS = range(0xB000, 0xC000)
COMMITMENT_WAIT_S = 10.0
MAX_CONTEXTS = 120
ShowFiles = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class SentObject:
    """One row of ``sent.csv``; `file` is relative to the folder that was sent."""

    file: str
    sha256: str
    node: str
    status: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outgoing:
    file: str
    path: Path
    sha256: str
    sop_class: UID
    syntax: UID
    instance: UID


def send_folder(
    folder: Path, name: str, node: Node, *, show: ShowFiles | None = None
) -> tuple[SentObject, ...]:
    """Send every DICOM object below a folder that `node` has not confirmed before.

    Rows of all objects are written to ``sent.csv`` there, so that a second attempt sends
    only what is left. Files are told by their content: one that changed is sent again.

    Raises
    ------
    NodeUnavailable
        If the node cannot be spoken with at all.
    """
    before = _sent_before(folder, name)
    rows: dict[str, SentObject] = {}
    todo: list[_Outgoing] = []
    for path in sorted(filter(is_whole, folder.rglob("*.dcm"))):
        file = path.relative_to(folder).as_posix()
        try:
            one = _outgoing(file, path)
        except UnreadableInput as error:
            rows[file] = _row(file, "", name, FAILED, str(error))
            continue
        done = before.get(file)
        if done is not None and done.sha256 == one.sha256 and done.status != FAILED:
            rows[file] = done
        else:
            todo.append(one)
    try:
        for n_done, row in enumerate(_send(todo, name, node), start=1):
            rows[row.file] = row
            if show is not None:
                show(n_done, len(todo))
    finally:
        ordered = [rows[file] for file in sorted(rows)]
        if ordered:
            write_text(folder / TABLE_NAME, _table(ordered, _of_others(folder, name)))
    return tuple(ordered)


def _send(todo: Sequence[_Outgoing], name: str, node: Node) -> Iterator[SentObject]:
    if not todo:
        return
    if node.host:
        yield from _by_dimse(todo, name, node)
    else:
        yield from _by_web(todo, name, node)


def _by_dimse(todo: Sequence[_Outgoing], name: str, node: Node) -> Iterator[SentObject]:
    kinds = list(dict.fromkeys((one.sop_class, one.syntax) for one in todo))[:MAX_CONTEXTS]
    contexts = [build_context(sop_class, syntax) for sop_class, syntax in kinds]
    stored: list[_Outgoing] = []
    rows: list[SentObject] = []
    with associated(node, contexts) as association:
        for one in todo:
            row = _store(association, one, name)
            if row.status == CONFIRMED:
                stored.append(one)
            rows.append(row)
            if not association.is_established:
                break
    left = todo[len(rows) :]
    rows += [
        _row(one.file, one.sha256, name, FAILED, "the node broke off; send again") for one in left
    ]
    committed = _commitment(node, stored)
    for row, one in zip(rows, todo, strict=True):
        told = committed.get(str(one.instance)) if row.status == CONFIRMED else None
        if told is None:
            yield row
        else:
            yield _row(row.file, row.sha256, name, *told)


def _store(association: Association, one: _Outgoing, name: str) -> SentObject:
    try:
        status = association.send_c_store(one.path)
    except (ValueError, RuntimeError, AttributeError, OSError):
        return _row(one.file, one.sha256, name, FAILED, "the node takes no objects of this kind")
    if not status:
        return _row(one.file, one.sha256, name, FAILED, "the node did not answer; send again")
    if status.Status == 0:
        return _row(one.file, one.sha256, name, CONFIRMED)
    if status.Status in WARNINGS:
        note = f"with a warning (status 0x{status.Status:04X})"
        return _row(one.file, one.sha256, name, CONFIRMED, note)
    return _row(
        one.file, one.sha256, name, FAILED, f"the node refused it (status 0x{status.Status:04X})"
    )


def _commitment(node: Node, stored: Sequence[_Outgoing]) -> Mapping[str, tuple[str, str]]:
    """Ask the node to answer for what it stored, where it offers that (PS3.4, annex J).

    Nodes answer on an association of their own, so we must be known to them at `move_port`.
    Without an answer objects stay confirmed, and nothing is claimed of their commitment.
    """
    if not stored or node.move_port is None:
        return {}
    told: dict[str, tuple[str, str]] = {}
    answered = threading.Event()

    def on_report(event: evt.Event) -> tuple[int, Dataset | None]:
        report = event.event_information
        for item in report.get("ReferencedSOPSequence", []):
            told[str(item.ReferencedSOPInstanceUID)] = (COMMITTED, "")
        for item in report.get("FailedSOPSequence", []):
            cause = f"the node does not answer for it (0x{int(item.FailureReason):04X})"
            told[str(item.ReferencedSOPInstanceUID)] = (FAILED, cause)
        answered.set()
        return 0, None

    handlers = [(evt.EVT_N_EVENT_REPORT, on_report)]
    ae = AE(ae_title=node.calling_ae_title)
    ae.add_supported_context(StorageCommitmentPushModel, scu_role=True, scp_role=True)
    server = ae.start_server(
        ("", node.move_port),
        block=False,
        evt_handlers=handlers,
        ssl_context=node.ssl_context(as_server=True),
    )
    context = build_context(StorageCommitmentPushModel)
    try:
        with associated(node, [context], handlers=handlers) as association:
            status, _ = association.send_n_action(
                _commitment_request(stored), 1, StorageCommitmentPushModel, COMMITMENT_INSTANCE
            )
        if status and status.Status == 0:
            answered.wait(COMMITMENT_WAIT_S)
    except (NodeUnavailable, ValueError):
        return {}  # not offered
    finally:
        server.shutdown()
    return told


def _commitment_request(stored: Sequence[_Outgoing]) -> Dataset:
    request = Dataset()
    request.TransactionUID = pydicom.uid.generate_uid()
    items = []
    for one in stored:
        item = Dataset()
        item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = one.sop_class, one.instance
        items.append(item)
    request.ReferencedSOPSequence = items
    return request


def _by_web(todo: Sequence[_Outgoing], name: str, node: Node) -> Iterator[SentObject]:
    with web_client(node) as client:
        for one in todo:
            answer = client.store_instances([pydicom.dcmread(one.path)])
            failed = answer.get("FailedSOPSequence") if isinstance(answer, Dataset) else None
            status = FAILED if failed else CONFIRMED
            reason = "the node refused it" if failed else ""
            yield _row(one.file, one.sha256, name, status, reason)


def _outgoing(file: str, path: Path) -> _Outgoing:
    try:
        head = pydicom.dcmread(path, stop_before_pixels=True)
        return _Outgoing(
            file=file,
            path=path,
            sha256=file_sha256(path),
            sop_class=UID(head.SOPClassUID),
            syntax=UID(head.file_meta.TransferSyntaxUID),
            instance=UID(head.SOPInstanceUID),
        )
    except (InvalidDicomError, AttributeError, EOFError, ValueError, OSError) as error:
        raise UnreadableInput("it cannot be read as DICOM") from error


def confirmed(folder: Path, name: str) -> tuple[str, ...]:
    """Name the files of a folder that a node has confirmed."""
    return tuple(file for file, row in _sent_before(folder, name).items() if row.status != FAILED)


def _sent_before(folder: Path, name: str) -> dict[str, SentObject]:
    return {row.file: row for row in _rows(folder) if row.node == name}


def _of_others(folder: Path, name: str) -> list[SentObject]:
    return [row for row in _rows(folder) if row.node != name]


def _rows(folder: Path) -> list[SentObject]:
    try:
        with (folder / TABLE_NAME).open(newline="", encoding="utf-8") as stream:
            return [SentObject(**{n: row[n] for n in COLUMNS}) for row in csv.DictReader(stream)]
    except (OSError, KeyError, UnicodeDecodeError):
        return []


def _row(file: str, sha256: str, node: str, status: str, reason: str = "") -> SentObject:
    return SentObject(file=file, sha256=sha256, node=node, status=status, reason=reason)


def _table(rows: Sequence[SentObject], others: Sequence[SentObject]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in sorted((*rows, *others), key=lambda r: (r.node, r.file)):
        writer.writerow([getattr(row, name) for name in COLUMNS])
    return stream.getvalue()
