"""Synthetic subjects on disk, one or a cohort, in one process or several."""

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from mri_bme.export.phantom_files import truth_of, write_cohort_tables, write_phantom
from mri_bme.phantom import Artifacts, LesionPlan, make_phantom
from mri_bme.phantom.artifacts import NONE
from mri_bme.phantom.cohort import ClinicalRow, clinical_rows
from mri_bme.phantom.contrast import ASSIGNED, Brightness
from mri_bme.phantom.prescription import SAMPLE, Protocol
from mri_bme.phantom.shape_model import PelvisShape

Plans = tuple[LesionPlan, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PhantomOrder:
    """One subject to be made; `plans` replaces the edema of the scenario, `pelvis` its bones."""

    scenario: str
    seed: int
    vendor: str = "siemens"
    artifacts: tuple[Artifacts, Artifacts] = (NONE, NONE)
    plans: tuple[Plans, Plans] | None = None
    protocol: Protocol = SAMPLE
    fineness: float = 1.0
    pelvis: PelvisShape | None = None
    contrast: Brightness = ASSIGNED


Made = tuple[dict[str, Any], tuple[ClinicalRow, ...], str]


def write_cohort(root: Path, orders: Sequence[PhantomOrder], *, jobs: int = 1) -> Iterator[str]:
    """Make and write every subject, and yield a line on each as it is done.

    One subject gets a ``truth.json`` of its own; several share one, beside ``clinical.csv``.
    The files are the same whatever `jobs` is.
    """
    truths: list[dict[str, Any]] = []
    clinical: list[ClinicalRow] = []
    for truth, rows, line in _made(root, orders, jobs):
        truths.append(truth)
        clinical += rows
        yield line
    if len(orders) > 1:
        write_cohort_tables(root, truths, clinical)


def _made(root: Path, orders: Sequence[PhantomOrder], jobs: int) -> Iterator[Made]:
    make = partial(_write_one, root, alone=len(orders) == 1)
    if jobs <= 1 or len(orders) == 1:
        yield from map(make, orders)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=jobs, mp_context=context) as pool:
        yield from pool.map(make, orders)


def _write_one(root: Path, order: PhantomOrder, *, alone: bool) -> Made:
    made = make_phantom(
        order.scenario,
        seed=order.seed,
        protocol=order.protocol,
        plans=order.plans,
        artifacts=order.artifacts,
        fineness=order.fineness,
        pelvis=order.pelvis,
        contrast=order.contrast,
    )
    write_phantom(made, root, vendor=order.vendor, with_truth=alone)
    found = ", ".join(f"{v.label} {v.region_ml('total'):.2f} mL" for v in made.visits)
    return truth_of(made), clinical_rows(made), f"{made.subject_id} {order.scenario}: {found}"
