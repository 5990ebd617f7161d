"""From a PACS and back into it, with a real one: Orthanc on the loopback."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

import pydicom
import pytest
from measured_visits import measured_visit
from pydicom.dataset import FileDataset
from pynetdicom import AE
from pynetdicom.sop_class import MRImageStorage
from small_archive import free_port, images, save

from mri_bme.export.objects.source_images import pseudonymous_images
from mri_bme.export.objects.visit_objects import dicom_objects
from mri_bme.pacs.fetch import fetch
from mri_bme.pacs.nodes import Node
from mri_bme.pacs.query import Wanted
from mri_bme.pacs.send import send_folder

DICOMWEB = Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")
START_S = 60.0


@dataclass(frozen=True)
class Orthanc:
    dicom: int
    http: int
    ours: int

    def node(self, **told: object) -> Node:
        known: dict[str, object] = {
            "ae_title": "ORTHANC",
            "host": "127.0.0.1",
            "port": self.dicom,
            "move_port": self.ours,
            "dicomweb": f"http://127.0.0.1:{self.http}/dicom-web",
        }
        return Node(**{**known, **told})  # type: ignore[arg-type]

    def ask(self, path: str, content: bytes | None = None) -> object:
        request = Request(f"http://127.0.0.1:{self.http}{path}", data=content)
        with urlopen(request) as answer:
            return json.load(answer)

    def instances(self) -> set[str]:
        found = self.ask("/instances?expand&requestedTags=SOPInstanceUID")
        assert isinstance(found, list)
        return {one["MainDicomTags"]["SOPInstanceUID"] for one in found}


@pytest.fixture(scope="module")
def orthanc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orthanc]:
    program = shutil.which("Orthanc") or shutil.which("Orthanc", path="/usr/sbin")
    if program is None or not DICOMWEB.is_file():
        pytest.skip("Orthanc with its DICOMweb plugin is not installed")
    place = tmp_path_factory.mktemp("orthanc")
    there = Orthanc(dicom=free_port(), http=free_port(), ours=free_port())
    config = {
        "StorageDirectory": str(place / "db"),
        "IndexDirectory": str(place / "db"),
        "HttpPort": there.http,
        "DicomPort": there.dicom,
        "DicomAet": "ORTHANC",
        "DicomCheckCalledAet": True,
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": False,
        "DicomAlwaysAllowGet": True,
        "DicomAlwaysAllowMove": True,
        "DicomModalities": {"us": ["MRI_BME", "127.0.0.1", there.ours]},
        "Plugins": [str(DICOMWEB)],
    }
    (place / "orthanc.json").write_text(json.dumps(config))
    log = (place / "log").open("w")
    with subprocess.Popen([program, str(place / "orthanc.json")], stderr=log) as process:
        wait_for(there, place / "log")
        yield there
        process.terminate()
    log.close()


def wait_for(there: Orthanc, log: Path) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        try:
            there.ask("/system")
        except (URLError, ConnectionError):
            time.sleep(0.2)
        else:
            return
    pytest.fail(f"Orthanc did not start: {log.read_text()[-500:]}")


@pytest.fixture(scope="module")
def held(orthanc: Orthanc, tmp_path_factory: pytest.TempPathFactory) -> list[FileDataset]:
    made = images(n_series=2)
    for path in save(made, tmp_path_factory.mktemp("scans")):
        orthanc.ask("/instances", path.read_bytes())
    return made


@pytest.mark.parametrize("way", ["get", "move", "wado"])
def test_images_come_as_they_are_in_the_pacs(
    way: str, orthanc: Orthanc, held: list[FileDataset], tmp_path: Path
) -> None:
    rows = fetch(orthanc.node(retrieve=way), [Wanted(patient="4711")], tmp_path)
    assert [(row.status, row.n_images) for row in rows] == [("fetched", 5)] * 2
    read = {d.SOPInstanceUID: d for d in map(pydicom.dcmread, tmp_path.rglob("*.dcm"))}
    assert set(read) == {d.SOPInstanceUID for d in held}
    for one in held:
        assert read[one.SOPInstanceUID].PixelData == one.PixelData


@pytest.mark.parametrize("by_web", [False, True], ids=["C-STORE", "STOW-RS"])
def test_results_are_in_the_pacs_once_they_are_confirmed(
    by_web: bool, orthanc: Orthanc, tmp_path: Path
) -> None:
    visit = measured_visit(subject=f"S{by_web}")
    made = [dataset for _, dataset in dicom_objects(visit, pseudonymous_images(visit))]
    save(made, tmp_path)
    node = orthanc.node(host="", port=104) if by_web else orthanc.node()
    rows = send_folder(tmp_path, "orthanc", node)
    assert {row.status for row in rows} == {"confirmed" if by_web else "committed"}
    assert {d.SOPInstanceUID for d in made} <= orthanc.instances()


@contextmanager
def listener(out: Path, port: int, *words: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "mri_bme", "listen", str(out), "--port", str(port), *words]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert "listens at" in process.stderr.readline()
        threading.Thread(target=process.stderr.read, daemon=True).start()
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)


def push(port: int, datasets: list[FileDataset], confirmed: set[str]) -> None:
    """Send until all is confirmed, calling again whenever the listener is gone."""
    left = list(datasets)
    until = time.monotonic() + 120
    while left and time.monotonic() < until:
        ae = AE(ae_title="SCANNER")
        ae.connection_timeout = 2
        ae.add_requested_context(MRImageStorage)
        found = ae.associate("127.0.0.1", port, ae_title="MRI_BME")
        while found.is_established and left:
            answer = found.send_c_store(left[0])
            if "Status" not in answer or answer.Status != 0:
                break
            confirmed.add(str(left.pop(0).SOPInstanceUID))
        if found.is_established:
            found.release()
        time.sleep(0.05)


def test_nothing_that_was_confirmed_is_lost_when_the_listener_is_killed(tmp_path: Path) -> None:
    n_series = 100 if os.environ.get("MRI_BME_NIGHTLY") else 5  # of five images, per sender
    port = free_port()
    out = tmp_path / "out"
    loads = [images(n_series=n_series, first=number * n_series) for number in range(4)]
    confirmed: set[str] = set()
    senders = [threading.Thread(target=push, args=(port, load, confirmed)) for load in loads]
    quiet = ("--quiet-s", "3600")
    with listener(out, port, *quiet) as first:
        for sender in senders:
            sender.start()
        until = time.monotonic() + 60
        while len(confirmed) < n_series and time.monotonic() < until:
            time.sleep(0.02)
        first.kill()
    with listener(out, port, *quiet):
        for sender in senders:
            sender.join()
    sent = {str(d.SOPInstanceUID) for load in loads for d in load}
    assert confirmed == sent
    arrived = [pydicom.dcmread(path) for path in (tmp_path / "out.inbox").rglob("*.dcm")]
    assert {str(d.SOPInstanceUID) for d in arrived} == sent
    assert len(arrived) == len(sent)
