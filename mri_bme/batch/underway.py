"""Which subjects are being measured now, at which stage, and how much of each is done.

Known from the markers that stages leave in the folders of subjects (`batch.stages`), so that it
holds for workers on this machine and on others alike.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mri_bme.batch.inputs import SubjectUnit
from mri_bme.batch.stages import MARKER_NAME

SHARE_OF_STAGE = {
    "read": 3.0,
    "appearance": 2.0,
    "t1": 5.0,
    "rois": 30.0,
    "marrow": 20.0,
    "regions": 2.0,
    "registration": 10.0,
    "edema": 4.0,
    "score": 1.0,
    "change": 2.0,
    "write": 8.0,
    "report": 8.0,
}
"""How long stages take, relative to each other; measured on the sample, for display only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Underway:
    """A subject that is being measured; `share` of its work, 0 to 1, is done."""

    subject: str
    stage: str
    share: float


class Watch:
    """Looks at the subjects that can be in work: those handed out and not finished.

    Parameters
    ----------
    units : sequence of SubjectUnit
        In the order in which they are handed out.
    out : Path
        The folder of their folders.
    n_workers : int
        How many can be in work at once.
    """

    def __init__(self, units: Sequence[SubjectUnit], out: Path, *, n_workers: int) -> None:
        self._units = units
        self._out = out
        self._n_workers = n_workers
        self._finished: set[int] = set()
        self._shares: dict[str, float] = {}

    def finished(self, index: int) -> None:
        """Note that a subject needs no more looking at."""
        self._finished.add(index)

    def now(self) -> tuple[Underway, ...]:
        """Look at the markers; a subject that has none has not started."""
        last = min(len(self._units), len(self._finished) + self._n_workers)
        waiting = [i for i in range(last) if i not in self._finished]
        return tuple(found for i in waiting if (found := self._look(self._units[i])) is not None)

    def _look(self, unit: SubjectUnit) -> Underway | None:
        try:
            stage = (self._out / unit.folder / MARKER_NAME).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return None
        share = max(share_done(stage, unit), self._shares.get(unit.folder, 0.0))
        self._shares[unit.folder] = share  # a stage that is not known does not go back
        return Underway(subject=unit.subject, stage=stage, share=share)


def share_done(stage: str, unit: SubjectUnit) -> float:
    """Share of a subject's work that lies before a stage begins; 0 for one that is not known."""
    before = 0.0
    steps = tuple(_steps([visit.label for visit in unit.visits]))
    total = sum(SHARE_OF_STAGE[step.split()[0]] for step in steps)
    for step in steps:
        if step == stage:
            return before / total
        before += SHARE_OF_STAGE[step.split()[0]]
    return 0.0


def _steps(labels: Sequence[str]) -> Iterator[str]:
    """Name the stages of a subject in their order, as its marker does."""
    yield "read"
    yield from (f"read {label}" for label in labels)
    for label in labels:
        yield from (f"{what} {label}" for what in ("appearance", "t1", "rois", "regions"))
    yield from (f"registration {labels[0]} {label}" for label in labels[1:])
    for label in labels:
        yield from (f"edema {label}", f"score {label}")
    yield from (f"change {labels[0]} {label}" for label in labels[1:])
    yield from ("write", "report")
