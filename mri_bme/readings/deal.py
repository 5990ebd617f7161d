"""Deal cases to readers, to each in an order of their own, under names that say nothing."""

import hashlib
import hmac
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mri_bme.readings.task import Task

CODE_DIGITS = 12
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dealt:
    """One case of one reader.

    `code` is what the reader's browser knows it by; it tells neither the subject nor whether it
    was seen before. `visits` are labels in the order in which they are shown; `shown_as` what
    each is called. `repeat` counts from 1.
    """

    code: str
    reader: str
    folder: str
    repeat: int
    visits: tuple[str, ...]
    shown_as: tuple[str, ...]

    @property
    def name(self) -> str:
        """Name of the folder of its reading."""
        return self.folder if self.repeat == 1 else f"{self.folder}_again{self.repeat}"


def deal(
    task: Task, reader: str, visits_of: Mapping[str, Sequence[str]], *, key: bytes
) -> tuple[Dealt, ...]:
    """Deal the cases of a task to one reader.

    Parameters
    ----------
    task : Task
        Whether visits are hidden, how many cases come twice, and the seed.
    reader : str
        Code of the reader.
    visits_of : mapping
        Labels of the visits of each subject folder, in order of time.
    key : bytes
        Secret of the room, so that codes cannot be worked out from names of subjects.

    Returns
    -------
    tuple of Dealt
        The same for the same task, seed and subjects. Second readings come after all first
        ones, in the same order, so that as much as possible lies between the two.
    """
    shuffled = _random(task, reader, "order")
    folders = sorted(visits_of)
    shuffled.shuffle(folders)
    n_repeated = round(task.repeat_share * len(folders))
    # of the whole task, not of a reader: all readers repeat the same cases
    again = sorted(visits_of)
    _random(task, "", "repeats").shuffle(again)
    again = sorted(again[:n_repeated], key=folders.index)
    rounds = [(1, folder) for folder in folders] + [(2, folder) for folder in again]
    return tuple(
        _dealt(task, reader=reader, folder=folder, repeat=repeat, visits=visits_of[folder], key=key)
        for repeat, folder in rounds
    )


def _dealt(
    task: Task, *, reader: str, folder: str, repeat: int, visits: Sequence[str], key: bytes
) -> Dealt:
    said = "\n".join((reader, folder, str(repeat)))
    code = hmac.new(key, said.encode(), hashlib.sha256).hexdigest()[:CODE_DIGITS]
    shown = list(visits)
    if task.visits == "hidden":
        _random(task, reader, f"visits {folder} {repeat}").shuffle(shown)
    return Dealt(
        code=code,
        reader=reader,
        folder=folder,
        repeat=repeat,
        visits=tuple(shown),
        shown_as=tuple(_names(task, shown)),
    )


def _names(task: Task, visits: Sequence[str]) -> Iterator[str]:
    """Call visits by their place: letters where it must not be known, else first to last."""
    if task.is_blind or task.visits == "hidden":
        for number, _ in enumerate(visits):
            yield f"visit {LETTERS[number] if number < len(LETTERS) else number + 1}"
    else:
        yield from visits


def _random(task: Task, *words: str) -> random.Random:
    """Random numbers of a purpose; the same on every machine."""
    text = "\n".join((str(task.seed), *words))
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
    return random.Random(seed)  # noqa: S311  an order, not a secret
