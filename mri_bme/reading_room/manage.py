"""The study manager's page: how far readers are, and how far they agree, as things stand.

Only the manager's link opens it. Readers, who may be blind, get none of it.
"""

import threading
import time
from collections.abc import Iterator

from mri_bme.batch.agreement import AgreementMemory, agreement_page
from mri_bme.errors import MriBmeError
from mri_bme.findings import CONSENSUS
from mri_bme.reading_room.calibration import practice_in_words
from mri_bme.reading_room.room import Room
from mri_bme.reading_room.told import tell_progress
from mri_bme.report.agreement_page import agreement_html
from mri_bme.report.agreement_summary import Progress

EVERY_S, SOON_S = 30, 5
WAIT_S = 3.0
LONGEST_REST_S = 2.0
POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Sent with the page, whose own policy lets it run its one script and nothing else."""


class ManagersPage:
    """Makes the page anew from what is signed; safe to use from several threads.

    Readings are measured in the background, a subject at a time with a rest after each, so that
    readers who draw meanwhile are not held up; the page tells of what is measured.

    Parameters
    ----------
    room : Room
        Whose readings they are.
    wait_s : float
        How long the page waits for readings that are not measured yet.
    """

    def __init__(self, room: Room, *, wait_s: float = WAIT_S) -> None:
        self._room, self._wait_s = room, wait_s
        self._memory, self._lock = AgreementMemory(), threading.Lock()
        self._worker: threading.Thread | None = None
        self._trouble: MriBmeError | None = None

    def html(self) -> str:
        """Give the page as it is now: the figures of `mri-bme agreement`.

        Raises
        ------
        UnreadableInput
            If a mask or log is not what was signed.
        """
        self._measuring().join(self._wait_s)
        with self._lock:
            trouble, self._trouble = self._trouble, None
        if trouble is not None:
            raise trouble
        page = agreement_page(self._room.out, limits=self._room.task.limits, memory=self._memory)
        return agreement_html(
            page,
            progress=list(self._progress()),
            practice=list(self._practice()),
            every_s=SOON_S if page.n_left else EVERY_S,
        )

    def _measuring(self) -> threading.Thread:
        """Give the thread that measures; one at a time."""
        with self._lock:
            if self._worker is None or not self._worker.is_alive():
                self._worker = threading.Thread(target=self._measure, daemon=True)
                self._worker.start()
            return self._worker

    def _measure(self) -> None:
        try:
            began = time.monotonic()
            for _ in self._memory.collect(self._room.out):
                time.sleep(min(time.monotonic() - began, LONGEST_REST_S))
                began = time.monotonic()
        except MriBmeError as error:
            with self._lock:
                self._trouble = error

    def _practice(self) -> Iterator[str]:
        """Tell of each reader who practises how near the consensus they are."""
        for reader in self._room.task.readers:
            found = tell_progress(self._room, reader)
            if found is not None:
                yield f"{reader}: {practice_in_words(found)}"

    def _progress(self) -> Iterator[Progress]:
        for reader in self._room.readers:
            states = [self._room.state_of(dealt) for dealt in self._room.dealt_to(reader)]
            yield Progress(
                reader=reader,
                n_cases=len(states),
                n_open=states.count("open"),
                n_signed=states.count("signed"),
                reads_as=CONSENSUS if self._room.is_adjudicator(reader) else "",
            )
