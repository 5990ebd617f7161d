"""An archive in this process: answers queries, gives images, keeps what it is sent."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from measured_visits import grid, identified, measured_visit
from pydicom.dataset import Dataset, FileDataset
from pynetdicom import AE, StoragePresentationContexts, evt
from pynetdicom.sop_class import (
    MRImageStorage,
    StudyRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelGet,
    Verification,
)

from mri_bme.export.objects.source_images import pseudonymous_images
from mri_bme.pacs.nodes import Node
from mri_bme.volume import Volume

TITLE = "ARCHIVE"


def images(*, n_series: int = 1, first: int = 0) -> list[FileDataset]:
    """Series of five slices of one patient, each in a study of its own."""
    made = []
    for number in range(first, first + n_series):
        voxels = np.random.default_rng(number).integers(1, 400, grid().shape).astype(np.float32)
        visit = measured_visit(volume=Volume(geometry=grid(), voxels=voxels))
        made += list(identified(pseudonymous_images(visit).datasets))
    return made


@dataclass
class Archive:
    """What it holds, and how it misbehaves: `give` images before it breaks off."""

    held: list[Dataset] = field(default_factory=list)
    received: dict[str, Dataset] = field(default_factory=dict)
    refuse_store: int | None = None
    give: int | None = None
    port: int = 0

    @property
    def node(self) -> Node:
        return Node(ae_title=TITLE, host="127.0.0.1", port=self.port)

    def find(self, event: evt.Event) -> Iterator[tuple[int, Dataset | None]]:
        asked = event.identifier
        told: dict[str, Dataset] = {}
        for one in self.held:
            if all(
                not asked.get(k) or str(asked.get(k)) == str(one.get(k))
                for k in ("StudyInstanceUID", "SeriesInstanceUID", "PatientID")
            ):
                key = {"STUDY": "StudyInstanceUID", "SERIES": "SeriesInstanceUID"}.get(
                    asked.QueryRetrieveLevel, "SOPInstanceUID"
                )
                told.setdefault(str(one[key].value), one)
        for one in told.values():
            answer = Dataset()
            for element in asked:
                if element.keyword in one:
                    answer[element.keyword] = one[element.keyword]
            if asked.QueryRetrieveLevel == "SERIES":
                same = [d for d in self.held if d.SeriesInstanceUID == one.SeriesInstanceUID]
                answer.NumberOfSeriesRelatedInstances = len(same)
            yield 0xFF00, answer

    def get(self, event: evt.Event) -> Iterator[Any]:
        asked = event.identifier
        uids = asked.get("SOPInstanceUID") or []
        wanted = {str(uids)} if isinstance(uids, str) else {str(u) for u in uids}
        chosen = [
            d
            for d in self.held
            if d.SeriesInstanceUID == asked.SeriesInstanceUID
            and (not wanted or d.SOPInstanceUID in wanted)
        ]
        yield len(chosen)
        for n_given, one in enumerate(chosen):
            if self.give is not None and n_given >= self.give:
                yield 0xA702, None
                return
            yield 0xFF00, one

    def store(self, event: evt.Event) -> int:
        if self.refuse_store is not None:
            return self.refuse_store
        dataset = event.dataset
        dataset.file_meta = event.file_meta
        self.received[str(dataset.SOPInstanceUID)] = dataset
        return 0


@contextmanager
def archive(**told: Any) -> Iterator[Archive]:
    """Run an archive on a free port of the loopback."""
    held = Archive(**told)
    ae = AE(ae_title=TITLE)
    ae.require_called_aet = True
    for context in StoragePresentationContexts:
        ae.add_supported_context(context.abstract_syntax)
    ae.add_supported_context(MRImageStorage, scu_role=True, scp_role=True)
    ae.add_supported_context(StudyRootQueryRetrieveInformationModelFind)
    ae.add_supported_context(StudyRootQueryRetrieveInformationModelGet)
    ae.add_supported_context(Verification)
    handlers = [
        (evt.EVT_C_FIND, held.find),
        (evt.EVT_C_GET, held.get),
        (evt.EVT_C_STORE, held.store),
    ]
    server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
    held.port = server.server_address[1]
    try:
        yield held
    finally:
        server.shutdown()


def free_port() -> int:
    """Find a port of the loopback at which nobody listens."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def save(datasets: list[FileDataset], folder: Path) -> list[Path]:
    """Write data sets as files."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number, dataset in enumerate(datasets):
        paths.append(folder / f"{number:03d}.dcm")
        dataset.save_as(paths[-1], enforce_file_format=True)
    return paths
