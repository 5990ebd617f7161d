"""Agreement of readers over a study: status and change, between and within, and the program."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

import numpy as np

from mri_bme.agreement.quadrants import agreement_by_chance_corrected
from mri_bme.findings import AUTO, CONSENSUS
from mri_bme.sacroiliac import QUADRANTS
from mri_bme.summarize_cohort import Statistic
from mri_bme.summarize_cohort.agreement import (
    bland_altman,
    intraclass_correlation,
    smallest_detectable_change,
)

CHANGE = "change to"
BETWEEN, WITHIN = "between readers", "within a reader"
PROGRAM, AGREED = "with the program", "with the consensus"

Scan = tuple[str, str]
"""Subject and visit."""
Values = Mapping[Scan, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadVisit:
    """What one reader said of one visit; `reader` is `AUTO` for the program.

    `values` are numbers by measure (``edema_ml``, ``sparcc``, ``berlin``, ``impression``), and
    `quadrants` names those with edema; None where quadrants were not read. `repeat` is 2 where
    the reader read the case a second time.
    """

    reader: str
    subject: str
    visit: str
    values: Mapping[str, float] = field(default_factory=dict)
    quadrants: frozenset[str] | None = None
    repeat: int = 1


def reader_agreement(read: Sequence[ReadVisit], *, baseline: str) -> tuple[Statistic, ...]:
    """Compute every figure of agreement that a study supports.

    For each measure, at each visit (status) and for the change from the baseline: ICC(2,1) of
    all readers together and of every two, Bland-Altman bias and limits, the smallest
    detectable change between two readers and, where cases were read twice, within one; kappa of
    every two over all quadrants, and of each quadrant over the scans. The program and the
    consensus, which comes from the readers, are compared with each of them, never counted
    among them.

    Parameters
    ----------
    read : sequence of ReadVisit
        Every signed reading, and what the program found.
    baseline : str
        Label of the visit that changes are taken from.
    """
    found: list[Statistic] = []
    for measure in dict.fromkeys(name for one in read for name in one.values):
        by_reader = _by_reader(read, measure)
        found += _all_together(by_reader, measure, baseline)
        for first, second in combinations(by_reader, 2):
            group = _group(first, second)
            pair = (by_reader[first], by_reader[second])
            for part in _pair(*pair, baseline=baseline):
                found.append(_named(part, measure, f"{first} with {second}", group))
        for reader, (once, again) in _twice(read, measure).items():
            for part in _pair(once, again, baseline=baseline):
                found.append(_named(part, measure, f"{reader} again", WITHIN))
    return (*found, *_kappas(read))


def _group(first: str, second: str) -> str:
    if AUTO in (first, second):
        return PROGRAM
    return AGREED if CONSENSUS in (first, second) else BETWEEN


def cases_to_adjudicate(
    read: Sequence[ReadVisit], beyond: Mapping[str, float]
) -> dict[str, tuple[str, ...]]:
    """Find subjects on which readers differ by more than a limit.

    Parameters
    ----------
    read : sequence of ReadVisit
        Signed readings; those of the program do not count.
    beyond : mapping
        Largest difference between two readers that is let pass, by measure.

    Returns
    -------
    dict
        For each such subject the reasons, as in ``week14: volume differs by 0.81 mL``, visit by
        visit.
    """
    reasons: dict[str, list[tuple[str, str]]] = {}
    for measure, limit in beyond.items():
        by_reader = _by_reader([one for one in read if one.reader != AUTO], measure)
        scans = sorted({scan for values in by_reader.values() for scan in values})
        for subject, visit in scans:
            told = [v[subject, visit] for v in by_reader.values() if (subject, visit) in v]
            spread = max(told) - min(told)
            if spread > limit:
                said = f"{measure_name(measure)} differs by {in_unit(measure, spread)}"
                reasons.setdefault(subject, []).append((visit, said))
    return {
        subject: tuple(f"{visit}: {said}" for visit, said in sorted(told, key=lambda one: one[0]))
        for subject, told in sorted(reasons.items())
    }


NAMES = {"edema_ml": "volume", "sparcc": "SPARCC", "berlin": "Berlin", "impression": "impression"}


def measure_name(measure: str) -> str:
    """Call a measure by its name in a sentence."""
    return NAMES.get(measure, measure)


def in_unit(measure: str, value: float) -> str:
    """Say a value of a measure with its unit."""
    return f"{value:.3g} mL" if measure.endswith("_ml") else f"{value:.3g}"


def _by_reader(read: Sequence[ReadVisit], measure: str) -> dict[str, dict[Scan, float]]:
    """Values of first readings, by reader; the program last."""
    found: dict[str, dict[Scan, float]] = {}
    for one in read:
        if one.repeat == 1 and measure in one.values:
            found.setdefault(one.reader, {})[one.subject, one.visit] = one.values[measure]
    return dict(sorted(found.items(), key=lambda item: (item[0] == AUTO, item[0])))


def _twice(
    read: Sequence[ReadVisit], measure: str
) -> dict[str, tuple[dict[Scan, float], dict[Scan, float]]]:
    rounds: dict[str, dict[int, dict[Scan, float]]] = {}
    for one in read:
        if measure in one.values and one.reader != AUTO:
            by_round = rounds.setdefault(one.reader, {})
            by_round.setdefault(one.repeat, {})[one.subject, one.visit] = one.values[measure]
    return {reader: (r.get(1, {}), r[2]) for reader, r in sorted(rounds.items()) if 2 in r}


def _questions(scans: Sequence[Scan], baseline: str) -> list[str]:
    visits = list(dict.fromkeys(visit for _, visit in sorted(scans)))
    visits.sort(key=lambda visit: (visit != baseline, visit))
    changes = [f"{CHANGE} {visit}" for visit in visits if visit != baseline]
    return [*visits, *(changes if baseline in visits else ())]


def _answer(values: Values, question: str, baseline: str) -> dict[str, float]:
    """Values of one visit, or of the change to it, by subject."""
    if not question.startswith(CHANGE):
        return {subject: value for (subject, visit), value in values.items() if visit == question}
    visit = question.removeprefix(f"{CHANGE} ")
    later = _answer(values, visit, baseline)
    earlier = _answer(values, baseline, baseline)
    return {subject: later[subject] - earlier[subject] for subject in later if subject in earlier}


def _matched(sides: Sequence[Values], question: str, baseline: str) -> np.ndarray:
    """Values of subjects that all have, shape (n_subjects, n_sides)."""
    told = [_answer(side, question, baseline) for side in sides]
    subjects = sorted(set.intersection(*(set(one) for one in told)))
    return np.array([[one[s] for one in told] for s in subjects], np.float64).reshape(
        len(subjects), len(sides)
    )


def _pair(first: Values, second: Values, *, baseline: str) -> Iterator[Statistic]:
    scans = [scan for scan in first if scan in second]
    for question in _questions(scans, baseline):
        both = _matched((first, second), question, baseline)
        for found in (
            intraclass_correlation(both),
            *bland_altman(both[:, 0], both[:, 1]),
            smallest_detectable_change(both[:, 0], both[:, 1]),
        ):
            yield replace(found, followup=question)


def _all_together(
    by_reader: Mapping[str, Values], measure: str, baseline: str
) -> Iterator[Statistic]:
    readers = [reader for reader in by_reader if reader not in (AUTO, CONSENSUS)]
    if len(readers) < 3:
        return
    sides = [by_reader[reader] for reader in readers]
    for question in _questions([scan for side in sides for scan in side], baseline):
        found = intraclass_correlation(_matched(sides, question, baseline))
        yield _named(
            replace(found, followup=question), measure, f"all {len(readers)} readers", BETWEEN
        )


def _named(found: Statistic, measure: str, against: str, group: str) -> Statistic:
    return replace(found, measure=measure, against=against, group=group)


def _kappas(read: Sequence[ReadVisit]) -> Iterator[Statistic]:
    told: dict[str, dict[Scan, frozenset[str]]] = {}
    for one in read:
        if one.quadrants is not None and one.repeat == 1:
            told.setdefault(one.reader, {})[one.subject, one.visit] = one.quadrants
    readers = sorted(told, key=lambda reader: (reader == AUTO, reader))
    names = [quadrant.name for quadrant in QUADRANTS.values()]
    for first, second in combinations(readers, 2):
        scans = sorted(set(told[first]) & set(told[second]))
        group = _group(first, second)
        for region, asked in (("", names), *((name, [name]) for name in names)):
            answers = [
                [name in told[reader][scan] for scan in scans for name in asked]
                for reader in (first, second)
            ]
            found = replace(agreement_by_chance_corrected(*answers), region=region)
            yield _named(found, "quadrants", f"{first} with {second}", group)
