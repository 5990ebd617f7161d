"""`study`: six phantoms, two simulated readers and an adjudicator, blind, through a browser."""

import csv
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from lab.benchmark.study.browser import PATIENCE_S, Reader, browser, served
from lab.benchmark.study.simulated import ADJUDICATOR, READERS, SimulatedReader
from lab.benchmark.study.sitting import Sitting
from lab.benchmark.study.subjects import FIRST_SEED, Truths, measured_study
from mri_bme.findings import CONSENSUS
from mri_bme.reading_room.links import room_key
from mri_bme.reading_room.room import Room
from mri_bme.readings.shelf import find_readings
from mri_bme.readings.task import read_task

TASK = """readers = ["R1", "R2"]
visits = "hidden"
outlines = "after"
ask = ["masks", "sparcc", "impression"]
repeat_share = 1.0  # within-reader figures need six subjects read twice
adjudicator = "A1"
adjudicate_beyond_ml = 0.5
adjudicate_beyond_sparcc = 5
seed = 3
"""
MEASURES = {"edema_ml": "volume", "sparcc": "SPARCC", "impression": "impression"}


def study(
    out: Annotated[Path, typer.Argument(help="Folder for scans, results and pictures.")],
    first_seed: Annotated[int, typer.Option(help="Of the subjects.")] = FIRST_SEED,
    seed: Annotated[int, typer.Option(help="Of the readers' errors.")] = 1,
) -> None:
    """Hold a blinded reading study: six phantoms, two simulated readers, a real browser.

    Readers paint what is true with an error of their own, score SPARCC and a global impression,
    and sign; an adjudicator judges where they differ. Prints seconds per case and agreement, and
    leaves pictures of the room in OUT/pictures.
    """
    results, truths = measured_study(out, first_seed)
    pictures = out / "pictures"
    pictures.mkdir(exist_ok=True)
    path = out / "TASK.toml"
    path.write_text(TASK)
    with browser() as chromium, served(results, "--task", str(path)) as room:
        whole = Room(results, read_task(path), key=room_key(results))

        def sitting(who: SimulatedReader) -> Sitting:
            return Sitting(
                reader=Reader(chromium, room.links[who.code]),
                who=who,
                dealt={one.code: one for one in whole.dealt_to(who.code)},
                truths=truths,
                pictures=pictures,
                seed=seed,
            )

        seconds = {who.code: sitting(who).read_all() for who in READERS}
        n_judged = sitting(ADJUDICATOR).adjudicate_all()
        _picture_managers_page(chromium, room.links["manager"], pictures)
    command = [sys.executable, "-m", "mri_bme", "agreement", str(results)]
    subprocess.run(command, check=True)  # noqa: S603
    for line in (*_times(results, seconds), f"{n_judged} cases adjudicated", *_told(results)):
        typer.echo(line)
    for line in against_truth(results, truths):
        typer.echo(line)


def _picture_managers_page(chromium: Any, link: str, pictures: Path) -> None:
    page = chromium.new_context(viewport={"width": 1200, "height": 900}).new_page()
    page.goto(link)
    whole = "!document.body.innerText.includes('still being measured')"
    page.wait_for_function(whole, timeout=1000 * PATIENCE_S)
    page.screenshot(path=pictures / "manager.png", full_page=True)


def _times(results: Path, seconds: dict[str, list[float]]) -> Iterator[str]:
    """Seconds per case, as the room kept them and by the clock of this command."""
    kept: dict[str, list[float]] = {}
    for place, summary in find_readings(results):
        kept.setdefault(place.reader, []).append(float(summary["seconds"]))
    for reader, own in seconds.items():
        yield (
            f"{reader}: {len(own)} cases, {np.median(own):.1f} s per case by the clock "
            f"({min(own):.1f} to {max(own):.1f}), {np.median(kept[reader]):.1f} s as the room kept"
        )


def _told(results: Path) -> Iterator[str]:
    folder = results / "agreement"
    rows = list(csv.DictReader((folder / "agreement.csv").open(newline="")))
    yield from agreement_lines(rows)
    yield from mask_lines(list(csv.DictReader((folder / "masks.csv").open(newline=""))))


def agreement_lines(rows: Sequence[dict[str, str]]) -> Iterator[str]:
    """Say each ICC, smallest detectable change and kappa in words, with its interval."""
    without: list[str] = []
    for row in rows:
        if row["statistic"] not in ("icc_2_1", "sdc", "kappa"):
            continue
        what = " ".join(
            part
            for part in (
                MEASURES.get(row["measure"], row["measure"]),
                row["region"],
                row["followup"],
                row["against"],
            )
            if part
        )
        if not row["value"]:
            without.append(row["against"])
            continue
        value, low, high = (
            f"{float(row[name]):.2f}" if row[name] else "?"
            for name in ("value", "ci_low", "ci_high")
        )
        yield f"{row['statistic']:8s} {what}: {value} ({low} to {high}), n = {row['n']}"
    if without:
        yield f"no figure for some of: {', '.join(dict.fromkeys(without))}; the table says why"


def mask_lines(rows: Sequence[dict[str, str]]) -> Iterator[str]:
    """Say the mean Dice and surface distance of every two readers."""
    for pair in dict.fromkeys((row["first"], row["second"]) for row in rows):
        told = [row for row in rows if (row["first"], row["second"]) == pair]
        dice = [float(row["dice"]) for row in told if row["dice"]]
        away = [float(row["surface_mean_mm"]) for row in told if row["surface_mean_mm"]]
        if dice and away:
            yield (
                f"masks    {' with '.join(pair)}: Dice {np.mean(dice):.2f} ({min(dice):.2f} to "
                f"{max(dice):.2f}), surfaces {np.mean(away):.2f} mm apart, n = {len(dice)}"
            )


def against_truth(results: Path, truths: Truths) -> Iterator[str]:
    """Say how far each reader's and the consensus' volumes are from the true ones, mL."""
    errors: dict[str, list[float]] = {}
    for place, summary in find_readings(results):
        if not place.is_first and place.reader != CONSENSUS:
            continue
        for label, held in summary["visits"].items():
            if "edema_ml" in held:
                true_ml = truths[place.folder, label].edema_ml
                errors.setdefault(place.reader, []).append(float(held["edema_ml"]) - true_ml)
    for reader, found in sorted(errors.items()):
        yield (
            f"truth    {reader}: {np.mean(found):+.2f} mL on average, {np.abs(found).mean():.2f} "
            f"mL off, {max(map(abs, found)):.2f} at most, n = {len(found)} scans"
        )
