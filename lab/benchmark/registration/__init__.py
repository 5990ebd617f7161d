"""Accuracy and time of registration, ours and the installed peers', on real scans."""

import itertools
import os
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import typer

from lab.benchmark.registration.attempts import (
    Row,
    known_rows,
    memory_rows,
    quality_cells,
    warm_up,
)
from lab.benchmark.registration.peers import OURS, Engine, installed_engines
from lab.benchmark.registration.real_pairs import pair_rows, stranger_rows
from lab.benchmark.registration.scans import Scan, read_scans
from lab.benchmark.registration.simulate import CASES, moved_header, simulate_followup
from lab.benchmark.registration.tables import tables
from mri_bme.phantom import make_phantom
from mri_bme.phantom.scenarios import PhantomSubject
from mri_bme.register_visits import register_visits
from mri_bme.volume import Mask, Volume

DATA_FOLDER = Path(os.environ.get("MRI_BME_DATA", "../shared/data"))
PHANTOMS = (("letter", 1), ("shifted_slab", 2), ("bilateral_severe", 3), ("tiny", 4))
PHANTOM_FINENESS = 1.5
PARTS = ("simulated", "capture", "pairs", "strangers", "phantoms", "memory")
PEER_CASES = ("repositioned", "header 30 cm apart", "70 % of the slices")
N_STARTS_TRIED = 12
CAPTURE_DEGREES, CAPTURE_MM = 20.0, 40.0


def registration(
    *,
    folder: Annotated[
        Path, typer.Option("--scans", help="Folder with sij_nifti and sij_t1w_pairs.")
    ] = DATA_FOLDER,
    engines: Annotated[
        str, typer.Option(help="Comma-separated engines, or 'all' that are installed.")
    ] = "all",
    parts: Annotated[str, typer.Option(help="Comma-separated parts to run.")] = ",".join(PARTS),
    subjects: Annotated[int, typer.Option(help="STIR scans that are moved.")] = 5,
    full: Annotated[
        bool, typer.Option("--full", help="Run peers on every pair, which takes an hour.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="CSV with every single result.")] = None,
) -> None:
    """Compare motions found with known ones, and with each other on real pairs.

    Simulated: STIR scans moved, rescanned on another grid, with healed lesions, gain,
    gamma, shading and noise; errors in mm over the bone. Capture: headers turned and
    shifted at random. Pairs: T1W before and after treatment, judged by bones found in each
    visit alone. Strangers: different people, who must be refused. Peers run on some of the
    simulated pairs and on every real one; ours runs on all.
    """
    chosen = _chosen(engines)
    scans = list(itertools.islice(read_scans(folder), subjects))
    if scans:
        warm_up(chosen, scans[0].volume)
    rows: list[Row] = []
    for part in parts.split(","):
        rows += _part_rows(part, scans, folder, chosen, full=full)
    table = pd.DataFrame(rows)
    if out is not None:
        table.to_csv(out, index=False)
    for title, shown in tables(table):
        typer.echo(f"{title}\n{shown.to_string(float_format='%.3f')}\n")


def _chosen(engines: str) -> Mapping[str, Engine]:
    installed = installed_engines()
    wanted = list(installed) if engines == "all" else engines.split(",")
    missing = [name for name in wanted if name not in installed]
    if missing:
        raise typer.BadParameter(
            f"no such engine here: {', '.join(missing)}; there are {', '.join(installed)}"
        )
    return {name: installed[name] for name in wanted}


def _part_rows(
    part: str, scans: list[Scan], folder: Path, engines: Mapping[str, Engine], *, full: bool
) -> Iterator[Row]:
    ours = {name: run for name, run in engines.items() if name == OURS}
    if part == "phantoms":
        yield from _phantom_rows(engines if full else ours)
    elif part == "simulated":
        for n, scan in enumerate(scans):
            some = PEER_CASES if n == 0 else ()
            beside = tuple(case.name for case in CASES) if full else some
            yield from _simulated_rows(scan, engines, beside)
    elif part == "capture":
        for scan in scans[:1]:
            yield from _capture_rows(scan, ours)
    elif part == "pairs":
        yield from pair_rows(folder, engines)
    elif part == "strangers":
        yield from _stranger_rows([(scan.name, scan.volume) for scan in scans])
        yield from stranger_rows(folder, masked=False)
        yield from stranger_rows(folder, masked=True)
    elif part == "memory" and scans:
        yield from memory_rows((scans[0].volume, scans[0].volume), engines)
    else:
        raise typer.BadParameter(f"there is no part {part!r}; parts are {', '.join(PARTS)}")


def _simulated_rows(
    scan: Scan, engines: Mapping[str, Engine], beside: Collection[str]
) -> Iterator[Row]:
    """Move one scan in every way; peers run beside ours on the named cases."""
    for n, case in enumerate(CASES):
        rng = np.random.default_rng(n)
        followup, truth = simulate_followup(scan.volume, scan.lesions, case, rng)
        used = {name: run for name, run in engines.items() if case.name in beside or name == OURS}
        row: Row = {"part": "simulated", "subject": scan.name, "case": case.name}
        yield from known_rows(row, (scan.volume, followup), scan.bone, truth, used)


def _capture_rows(scan: Scan, ours: Mapping[str, Engine]) -> Iterator[Row]:
    """Turn and shift the header of a follow-up at random, up to the limits."""
    rng = np.random.default_rng(0)
    followup, truth = simulate_followup(scan.volume, scan.lesions, CASES[0], rng)
    for n in range(N_STARTS_TRIED):
        moved, by = moved_header(followup, CAPTURE_DEGREES, CAPTURE_MM, rng)
        row: Row = {"part": "capture", "subject": f"{scan.name} {n}", "case": "header moved"}
        yield from known_rows(row, (scan.volume, moved), scan.bone, by @ truth, ours)


def _phantom_rows(engines: Mapping[str, Engine]) -> Iterator[Row]:
    """Phantoms with known motion, errors over true bone; then each with the next one's visit."""
    subjects = [make_phantom(name, seed=seed, fineness=PHANTOM_FINENESS) for name, seed in PHANTOMS]
    for subject in subjects:
        row: Row = {"part": "phantoms", "subject": str(subject.seed), "case": subject.scenario}
        pair = subject.baseline.volume, subject.followup.volume
        truth = subject.followup_from_baseline
        yield from known_rows(row, pair, true_bone(subject, 0), truth, engines)
    for first, second in zip(subjects, [*subjects[1:], subjects[0]], strict=True):
        for masked in (False, True):
            yield _swapped_row(first, second, masked=masked)


def _swapped_row(first: PhantomSubject, second: PhantomSubject, *, masked: bool) -> Row:
    masks = (true_bone(first, 0), true_bone(second, 1)) if masked else (None, None)
    pair = first.baseline.volume, second.followup.volume
    return {
        "part": "strangers",
        "subject": f"{first.seed} {second.seed}",
        "case": "phantoms, bones" if masked else "phantoms",
        "engine": OURS,
    } | quality_cells(register_visits(*pair, fixed_mask=masks[0], moving_mask=masks[1]))


def true_bone(subject: PhantomSubject, which: int) -> Mask:
    """Bone of a phantom at one visit."""
    visit = subject.visits[which]
    return Mask(geometry=visit.volume.geometry, voxels=visit.bone_labels > 0)


def _stranger_rows(scans: list[tuple[str, Volume]]) -> Iterator[Row]:
    for (first, fixed), (second, moving) in itertools.combinations(scans, 2):
        row: Row = {"part": "strangers", "subject": f"{first} {second}", "case": "STIR"}
        yield row | {"engine": OURS} | quality_cells(register_visits(fixed, moving))
