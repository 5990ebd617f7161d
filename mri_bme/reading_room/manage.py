"""The study manager's page: how far readers are, and how far they agree, as things stand.

Only the manager's link opens it. Readers, who may be blind, get none of it.
"""

import threading
from collections.abc import Iterator

from mri_bme.batch.agreement import AgreementMemory, agreement_page
from mri_bme.findings import CONSENSUS
from mri_bme.reading_room.calibration import practice_in_words
from mri_bme.reading_room.room import Room
from mri_bme.reading_room.told import tell_progress
from mri_bme.report.agreement_page import agreement_html
from mri_bme.report.agreement_summary import Progress

EVERY_S = 30
POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Sent with the page, whose own policy lets it run its one script and nothing else."""


class ManagersPage:
    """Makes the page anew from what is signed; safe to use from several threads."""

    def __init__(self, room: Room) -> None:
        self._room, self._memory, self._lock = room, AgreementMemory(), threading.Lock()

    def html(self) -> str:
        """Give the page as it is now: the figures of `mri-bme agreement`.

        Raises
        ------
        UnreadableInput
            If a mask or log is not what was signed.
        """
        with self._lock:
            page = agreement_page(
                self._room.out, limits=self._room.task.limits, memory=self._memory
            )
        return agreement_html(
            page,
            progress=list(self._progress()),
            practice=list(self._practice()),
            every_s=EVERY_S,
        )

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
