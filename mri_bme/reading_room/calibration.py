"""Practice on cases whose consensus is known: how far a reader is from it, and from the target."""

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from mri_bme.agreement import measure_name
from mri_bme.findings import CONSENSUS
from mri_bme.readings.scores import sparcc_total
from mri_bme.readings.shelf import Place
from mri_bme.summarize_cohort.agreement import intraclass_correlation

Summaries = list[tuple[Place, Mapping[str, Any]]]
ASKED = {"masks": "edema_ml", "sparcc": "sparcc"}
"""What a task asks, and the measure that is compared with the consensus."""


def consensus_of(
    summaries: Summaries, folder: str, *, asked: Collection[str] = tuple(ASKED)
) -> Mapping[str, Mapping[str, float]]:
    """Give what the consensus says of each visit of a subject; empty where there is none."""
    for place, summary in summaries:
        if place.reader == CONSENSUS and place.folder == folder and summary["signed"]:
            return {visit: _values(held, asked) for visit, held in summary["visits"].items()}
    return {}


def progress(
    summaries: Summaries, reader: str, *, target: float, asked: Collection[str] = tuple(ASKED)
) -> dict[str, Any]:
    """Tell a reader how far they agree with the consensus over what they have signed.

    ICC(2,1) with its interval over all scans of the cases that both have signed, of each measure
    that the task asks for; second readings of a case do not count. A reader is calibrated when
    every ICC that can be had has reached the target.

    Parameters
    ----------
    summaries : list of (Place, mapping)
        Every reading, as `find_readings` gives them.
    reader : str
        Who practises.
    target : float
        The ICC to reach.
    asked : collection of str
        What the task asks: ``masks``, ``sparcc``; a reading without masks has no volume.
    """
    pairs: dict[str, list[tuple[float, float]]] = {}
    n_cases = 0
    for place, summary in summaries:
        if place.reader != reader or not summary["signed"] or not place.is_first:
            continue
        truth = consensus_of(summaries, place.folder, asked=asked)
        if not truth:
            continue
        n_cases += 1
        for visit, held in summary["visits"].items():
            for measure, value in _values(held, asked).items():
                if measure in truth.get(visit, {}):
                    pairs.setdefault(measure, []).append((value, truth[visit][measure]))
    found = {name: intraclass_correlation(np.array(values)) for name, values in pairs.items()}
    known = {name: one for name, one in sorted(found.items()) if one.value is not None}
    icc = {name: float(one.value) for name, one in known.items() if one.value is not None}
    return {
        "n_cases": n_cases,
        "target": target,
        "icc": {name: round(value, 3) for name, value in icc.items()},
        "interval": {
            name: [round(one.ci_low, 3), round(one.ci_high, 3)]
            for name, one in known.items()
            if one.ci_low is not None and one.ci_high is not None
        },
        "is_reached": bool(icc) and all(value >= target for value in icc.values()),
    }


def practice_in_words(found: Mapping[str, Any]) -> str:
    """Say what `progress` tells in a line, for the study manager."""
    told = []
    for name, icc in found["icc"].items():
        ends = found["interval"].get(name)
        interval = f" ({ends[0]:.2f} to {ends[1]:.2f})" if ends else ""
        told.append(f"{measure_name(name)} {icc:.2f}{interval}")
    reached = "reached" if found["is_reached"] else "not reached"
    n_cases, so_far = found["n_cases"], ", ".join(told) or "not yet"
    return (
        f"{n_cases} case{'' if n_cases == 1 else 's'} with a consensus, ICC {so_far}; the target "
        f"of {found['target']:g} is {reached}"
    )


def _values(held: Mapping[str, Any], asked: Collection[str]) -> dict[str, float]:
    told = {"edema_ml": held.get("edema_ml"), "sparcc": sparcc_total(held["scores"].get("sparcc"))}
    wanted = {measure for ask, measure in ASKED.items() if ask in asked}
    return {
        name: float(value) for name, value in told.items() if value is not None and name in wanted
    }
