"""A listener stays up, and loses nothing, whoever calls."""

import socket
import ssl
import struct
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from pydicom.dataset import FileDataset
from pynetdicom import AE
from pynetdicom.sop_class import MRImageStorage
from small_archive import free_port, images

from mri_bme.pacs.listener import Limits, Listener, ListenOptions
from mri_bme.pacs.nodes import Tls, tls_context

HUGE = struct.pack(">BBI", 4, 0, 0xFFFFFFFF)  # a P-DATA-TF of 4 GiB
REQUEST = struct.pack(">BBI", 1, 0, 68) + struct.pack(">HH", 1, 0)
ATTACKS: dict[str, bytes] = {
    "nothing": b"",
    "noise": bytes(range(256)) * 40,
    "another protocol": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "a length of 4 GiB": HUGE,
    "a request with a huge length": struct.pack(">BBI", 1, 0, 0xFFFFFFF0) + b"\0" * 100,
    "half a request": REQUEST + b"MRI_BME         ",
    "an item that is longer than its request": REQUEST
    + b"MRI_BME         "
    + b"X" * 16
    + b"\0" * 32
    + struct.pack(">BBH", 0x10, 0, 0xFFFF),
}


def good_send(port: int, dataset: FileDataset, context: ssl.SSLContext | None = None) -> bool:
    ae = AE(ae_title="SCANNER")
    ae.connection_timeout = ae.acse_timeout = 5
    ae.add_requested_context(MRImageStorage)
    tls = None if context is None else (context, "localhost")
    found = ae.associate("127.0.0.1", port, ae_title="MRI_BME", tls_args=tls)
    if not found.is_established:
        return False
    answer = found.send_c_store(dataset)
    found.release()
    return "Status" in answer and answer.Status == 0


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("attack", ATTACKS)
def test_what_is_no_dicom_costs_nobody_else(attack: str, tmp_path: Path) -> None:
    port = free_port()
    limits = Limits(idle_s=2)
    listener = Listener(tmp_path, ListenOptions(port=port, host="127.0.0.1", limits=limits))
    listener.start()
    try:
        sockets = [socket.create_connection(("127.0.0.1", port)) for _ in range(3)]
        for one in sockets:
            one.sendall(ATTACKS[attack])
        (dataset, *_) = images()
        assert good_send(port, dataset)
        for one in sockets:
            one.close()
    finally:
        listener.stop()
    assert len(list(tmp_path.rglob("*.dcm"))) == 1


def test_silent_callers_do_not_take_all_places_for_good(tmp_path: Path) -> None:
    port = free_port()
    limits = Limits(idle_s=1, max_associations=2)
    listener = Listener(tmp_path, ListenOptions(port=port, host="127.0.0.1", limits=limits))
    listener.start()
    sockets = [socket.create_connection(("127.0.0.1", port)) for _ in range(6)]
    try:
        (dataset, *_) = images()
        until = time.monotonic() + 30
        while not good_send(port, dataset) and time.monotonic() < until:
            time.sleep(0.2)
        assert listener.counts["received"] == 1
    finally:
        for one in sockets:
            one.close()
        listener.stop()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., tuple[Path, Path]]:
    """Make a certificate of our own authority, or of another, valid or not any more."""
    place = tmp_path_factory.mktemp("tls")

    def openssl(*words: object) -> None:
        try:
            subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)
        except FileNotFoundError:
            pytest.skip("openssl is not installed")

    def authority(name: str) -> tuple[Path, Path]:
        key, crt = place / f"{name}.key", place / f"{name}.pem"
        if not crt.is_file():
            names = ("-subj", f"/CN={name}", "-addext", "basicConstraints=critical,CA:TRUE")
            openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", 2, "-keyout", key,
                    "-out", crt, *names)  # fmt: skip
        return crt, key

    def make(name: str, *, by: str = "site", days: int = 2) -> tuple[Path, Path]:
        ca, ca_key = authority(by)
        key, crt, request = (place / f"{name}.{s}" for s in ("key", "pem", "csr"))
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", request, "-subj",
                "/CN=localhost", "-addext", "subjectAltName=DNS:localhost")  # fmt: skip
        openssl("x509", "-req", "-in", request, "-CA", ca, "-CAkey", ca_key, "-CAcreateserial",
                "-copy_extensions", "copy", "-out", crt, "-days", days)  # fmt: skip
        return crt, key

    return make


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_only_callers_with_a_valid_certificate_are_heard(
    certificate: Callable[..., tuple[Path, Path]], tmp_path: Path
) -> None:
    ours, ours_key = certificate("listener")
    ca = ours.with_name("site.pem")
    port = free_port()
    tls = Tls(ca=ca, certificate=ours, key=ours_key)
    listener = Listener(tmp_path, ListenOptions(port=port, host="127.0.0.1", tls=tls))
    listener.start()
    (one, two, three, *_) = images()
    try:
        good, good_key = certificate("caller")
        known = tls_context(Tls(ca=ca, certificate=good, key=good_key), as_server=False)
        assert good_send(port, one, known)
        assert not good_send(port, two)  # without TLS
        assert not good_send(port, two, tls_context(Tls(ca=ca), as_server=False))
        strange, strange_key = certificate("stranger", by="elsewhere")
        stranger = tls_context(Tls(ca=ca, certificate=strange, key=strange_key), as_server=False)
        assert not good_send(port, two, stranger)
        old, old_key = certificate("expired", days=-1)
        expired = tls_context(Tls(ca=ca, certificate=old, key=old_key), as_server=False)
        assert not good_send(port, two, expired)
        assert good_send(port, three, known)
    finally:
        listener.stop()
    assert len(list(tmp_path.rglob("*.dcm"))) == 2
