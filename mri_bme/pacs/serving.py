"""Measure what has arrived, and send the results where the sender's entry says."""

import hashlib
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mri_bme.batch.discover import find_input
from mri_bme.batch.export import ExportOptions, Format, export_results
from mri_bme.batch.inputs import SubjectUnit
from mri_bme.batch.resolve import read_settings
from mri_bme.batch.status import read_statuses
from mri_bme.errors import MriBmeError
from mri_bme.pacs.listener import sender_of
from mri_bme.pacs.nodes import Node
from mri_bme.pacs.send import FAILED, confirmed, send_folder
from mri_bme.pacs.studies import (
    STUDIES,
    ReceivedStudy,
    due_studies,
    settle_studies,
    write_journal,
)
from mri_bme.settings import Settings

MEASURED_CODES = (0, 4)  # all done; some not evaluable, which is a result
INBOX_SUFFIX, OUTBOX_SUFFIX = ".inbox", ".outbox"
Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Serving:
    """Where studies arrive, where results go, and how they are made.

    `run_options` are further words for ``mri-bme run``, as ``("--jobs", "2")``.
    """

    out: Path
    inbox: Path
    outbox: Path
    nodes: Mapping[str, Node] = field(default_factory=dict)
    quiet_s: float = 60.0
    run_options: Sequence[str] = ()
    say: Say = print


def serve_once(serving: Serving) -> int:
    """Measure studies that have been quiet for long enough, and send what came of them.

    A study is marked as measured only after its results are in OUT, and in the state that it
    was in before, so that neither a restart nor an image that comes late loses it.

    Returns
    -------
    int
        How many studies were measured.
    """
    settle_studies(serving.inbox, quiet_s=serving.quiet_s)
    ready = due_studies(serving.inbox)
    if ready and _measure(serving, ready):
        write_journal(serving.inbox, ready)
    else:
        ready = ()
    send_waiting(serving)
    return len(ready)


def _measure(serving: Serving, ready: Sequence[ReceivedStudy]) -> bool:
    serving.say(f"measuring {len(ready)} studies, {sum(s.n_files for s in ready)} images")
    before = _results(serving.out)
    source = serving.inbox / STUDIES
    command = [sys.executable, "-m", "mri_bme", "run", str(source), str(serving.out)]
    done = subprocess.run(  # noqa: S603  (this very program, no shell)
        [*command, *serving.run_options], capture_output=True, text=True, check=False
    )
    told = (done.stderr or done.stdout).strip().splitlines()
    serving.say(told[-1] if told else f"run ended with code {done.returncode}")
    if done.returncode not in MEASURED_CODES:
        return False
    after = _results(serving.out)
    changed = [name for name, result in after.items() if before.get(name) != result]
    _put_out(serving, changed)
    return True


def _results(out: Path) -> dict[str, str]:
    """Hash what was measured of each subject."""
    return {
        status.subject: hashlib.sha256(
            "".join(f"{k} {v}" for k, v in sorted(status.outputs.items())).encode()
            + status.status.encode()
        ).hexdigest()
        for status in read_statuses(out)
    }


def _put_out(serving: Serving, subjects: Iterable[str]) -> None:
    """Lay results of subjects out for the nodes that want them."""
    if not any(node.results_to for node in serving.nodes.values()):
        return
    settings = read_settings(serving.out) or Settings()
    units = {u.subject: u for u in find_input(serving.inbox / STUDIES, settings=settings).units}
    wanted: dict[str, list[str]] = defaultdict(list)
    for subject in subjects:
        for name in _destinations(serving, units.get(subject)):
            wanted[name].append(subject)
    for name, chosen in wanted.items():
        identified = serving.nodes[name].identified
        options = ExportOptions(
            format=Format.DICOM,
            units=units if identified else None,
            with_images=not identified,
            subjects=chosen,
        )
        rows = export_results(serving.out, serving.outbox / name, options)
        for row in rows:
            if not row.file:
                serving.say(f"{row.subject} {row.visit}: {row.reason}")


def _destinations(serving: Serving, unit: SubjectUnit | None) -> tuple[str, ...]:
    if unit is None:
        return ()
    studies = serving.inbox / STUDIES
    senders = {
        sender_of(serving.inbox, path.relative_to(studies).parts[0])
        for visit in unit.visits
        if visit.volume is not None
        for path in visit.volume.files[:1]
    }
    return tuple(
        dict.fromkeys(
            node.results_to
            for node in serving.nodes.values()
            if node.results_to and node.ae_title in senders
        )
    )


def send_waiting(serving: Serving) -> None:
    """Send what no node has confirmed yet; what fails is tried again the next time."""
    for name, node in serving.nodes.items():
        folder = serving.outbox / name
        if not folder.is_dir():
            continue
        n_before = len(confirmed(folder, name))
        try:
            rows = send_folder(folder, name, node)
        except MriBmeError as error:
            serving.say(f"results wait for {name}: {error}")
            continue
        failed = [row for row in rows if row.status == FAILED]
        if failed:
            serving.say(f"{name}: {len(failed)} objects not confirmed: {failed[0].reason}")
        n_new = len(confirmed(folder, name)) - n_before
        if n_new > 0:
            serving.say(f"{name} confirmed {n_new} objects")
