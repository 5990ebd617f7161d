"""Three readers at once in one room: each reading on the disk is its reader's, and nothing else.

The gate reads 4 subjects each; ``MRI_BME_NIGHTLY=1`` fills the room with 300 and reads 100 each,
and its report (``--junitxml``) has how long requests took.
"""

import json
import os
import shutil
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from read_study import SHAPE
from reading_browser import served

from mri_bme.batch.read_by import all_readings
from mri_bme.batch.recall import recall_subject
from mri_bme.batch.status import STATUS_NAME
from mri_bme.readings.audit import read_audit
from mri_bme.readings.shelf import AUDIT_NAME, find_readings, signed_masks

pytest.importorskip("starlette")
httpx = pytest.importorskip("httpx")

NIGHTLY = bool(os.environ.get("MRI_BME_NIGHTLY"))
N_SUBJECTS, N_READ = (300, 100) if NIGHTLY else (6, 4)
READERS = ("R1", "R2", "R3")
TASK = f"readers = {json.dumps(READERS)}\nvisits = 'known'\noutlines = 'before'\nask = ['masks']\n"


def many(out: Path, n_subjects: int) -> None:
    """Fill results of two subjects up, by links to their files under other names."""
    known = sorted(path for path in out.glob("sub-*") if path.is_dir())
    for number in range(len(known) + 1, n_subjects + 1):
        source, name = known[(number - 1) % len(known)], f"{number:03d}"
        folder = out / f"sub-{name}"
        shutil.copytree(source, folder, copy_function=os.link)
        status = json.loads((source / STATUS_NAME).read_text())
        (folder / STATUS_NAME).unlink()
        (folder / STATUS_NAME).write_text(
            json.dumps({**status, "subject": name, "folder": folder.name})
        )


def own_place(reader: str, folder: str) -> int:
    """A voxel that no other reader paints in this subject, nor this one in another."""
    return 9000 + 700 * READERS.index(reader) + int(folder.removeprefix("sub-"))


@dataclass
class Client:
    """A reader's browser, without its pictures; `took` are seconds by what was asked."""

    reader: str
    http: Any
    took: dict[str, list[float]] = field(default_factory=dict)
    read: list[str] = field(default_factory=list)

    def asked(self, what: str, path: str, act: dict[str, Any] | None = None) -> Any:
        began = time.perf_counter()
        answer = self.http.get(path) if act is None else self.http.post(path, json=act)
        self.took.setdefault(what, []).append(time.perf_counter() - began)
        assert answer.status_code == 200, (self.reader, what, answer.text)
        return answer

    def read_all(self, link: str) -> "Client":
        """Enter, and read so many cases: look, paint, measure, and sign."""
        self.http.get(link)
        me = self.http.get("/api/me").json()
        self.http.headers["x-reading-room"] = me["token"]
        assert me["reader"] == self.reader
        assert len(me["cases"]) == N_SUBJECTS
        for case in me["cases"][:N_READ]:
            self.read_case(f"/api/case/{case['code']}", case["name"])
        return self

    def read_case(self, address: str, folder: str) -> None:
        told = self.asked("a case is told", address).json()
        for visit in told["visits"]:
            self.asked("a volume", f"/{visit['volume']}")
        self.asked("numbers", f"{address}/numbers")
        version, at = 0, own_place(self.reader, folder)
        acts = [
            {"what": "stroke", "visit": 0, "on": [at, 1], "off": []},
            *({"what": "score", "visit": n, "name": "read", "value": True} for n in (0, 1)),
        ]
        for act in acts:
            kept = self.asked("an act is kept", f"{address}/act", {**act, "version": version})
            version = kept.json()["version"]
        numbers = self.asked("numbers", f"{address}/numbers").json()
        assert numbers["version"] == version
        self.asked("a case is signed", f"{address}/act", {"what": "sign", "version": version})
        self.read.append(folder)


def test_three_readers_at_once_get_in_nobodys_way(
    study: Path, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    many(study, N_SUBJECTS)
    task = tmp_path / "TASK.toml"
    task.write_text(TASK)
    with served(study, "--task", str(task)) as room:
        clients = [
            Client(reader, httpx.Client(base_url=room.address, timeout=120, follow_redirects=True))
            for reader in READERS
        ]
        for client in clients:
            client.http.headers["origin"] = room.address
        began = time.perf_counter()
        with ThreadPoolExecutor(len(clients)) as threads:
            done = list(threads.map(lambda c: c.read_all(room.links[c.reader]), clients))
        record_property("seconds", round(time.perf_counter() - began, 1))
        record_property("server MB", _peak_mb(room.process.pid))
    for what in done[0].took:
        took = [s for client in done for s in client.took[what]]
        record_property(what, f"{np.median(took):.3f} s (most {max(took):.2f})")
    check_readings(study, {client.reader: client.read for client in done})


def check_readings(out: Path, read: dict[str, list[str]]) -> None:
    """Every reading is signed, holds its reader's voxel beside the outlines, and no other."""
    found = list(find_readings(out))
    assert {(p.reader, p.folder) for p, _ in found} == {
        (reader, folder) for reader, folders in read.items() for folder in folders
    }
    starts = {}
    for place, summary in found:
        assert (summary["reader"], summary["signed"], summary["version"]) == (place.reader, True, 4)
        kind = int(place.folder.removeprefix("sub-")) % 2
        if kind not in starts:
            starts[kind] = recall_subject(out, place.folder)
        subject = starts[kind]
        mask = signed_masks(place, subject.grids)["baseline"].voxels
        outline = subject.result.visits[0].segmentation.mask.voxels
        assert np.flatnonzero(mask != outline).tolist() == [own_place(place.reader, place.folder)]
        log = read_audit(place.path / AUDIT_NAME)
        assert [line["on"] for line in log if line["what"] == "stroke"] == [
            [own_place(place.reader, place.folder), 1]
        ]
    both = {p.folder for p, _ in found if sum(q.folder == p.folder for q, _ in found) > 1}
    assert both  # subjects that several read at once are what this is about
    one = sorted(both)[0]
    assert len(list(all_readings(out, one))) == sum(p.folder == one for p, _ in found)


def _peak_mb(pid: int) -> int | None:
    try:
        told = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return None
    return int(told.split("VmHWM:")[1].split()[0]) // 1024


def test_every_reader_has_a_voxel_of_their_own() -> None:
    places = [own_place(r, f"sub-{n:03d}") for r in READERS for n in range(1, 301)]
    assert len(set(places)) == len(places)
    assert max(places) < np.prod(SHAPE)
