"""Practice on cases whose consensus is known: how far a reader is from it, and from the target."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from mri_bme.findings import CONSENSUS
from mri_bme.readings.scores import sparcc_total
from mri_bme.readings.shelf import Place
from mri_bme.summarize_cohort.agreement import intraclass_correlation

Summaries = list[tuple[Place, Mapping[str, Any]]]


def consensus_of(summaries: Summaries, folder: str) -> Mapping[str, Mapping[str, float]]:
    """Give what the consensus says of each visit of a subject; empty where there is none."""
    for place, summary in summaries:
        if place.reader == CONSENSUS and place.folder == folder and summary["signed"]:
            return {visit: _values(held) for visit, held in summary["visits"].items()}
    return {}


def progress(summaries: Summaries, reader: str, *, target: float) -> dict[str, Any]:
    """Tell a reader how far they agree with the consensus over what they have signed.

    ICC(2,1) over all scans of the cases that both have signed, of each measure. A reader is
    calibrated when every one that can be had has reached the target.
    """
    pairs: dict[str, list[tuple[float, float]]] = {}
    n_cases = 0
    for place, summary in summaries:
        truth = consensus_of(summaries, place.folder)
        if place.reader != reader or not summary["signed"] or not truth:
            continue
        n_cases += 1
        for visit, held in summary["visits"].items():
            for measure, value in _values(held).items():
                if measure in truth.get(visit, {}):
                    pairs.setdefault(measure, []).append((value, truth[visit][measure]))
    found = {name: intraclass_correlation(np.array(values)) for name, values in pairs.items()}
    known = {name: one.value for name, one in found.items() if one.value is not None}
    return {
        "n_cases": n_cases,
        "target": target,
        "icc": {name: round(value, 3) for name, value in sorted(known.items())},
        "is_reached": bool(known) and all(value >= target for value in known.values()),
    }


def _values(held: Mapping[str, Any]) -> dict[str, float]:
    told = {"edema_ml": held.get("edema_ml"), "sparcc": sparcc_total(held["scores"].get("sparcc"))}
    return {name: float(value) for name, value in told.items() if value is not None}
