"""What it costs to change the protocol between two visits: errors of pairs without a change.

Every subject is scanned once as a baseline, again alike, and again with one part of the protocol
changed at a time. What a changed pair differs by, over what the tables of smallest detectable
changes allow for, is what limits have to be widened by. Other scanners, fields and sequences are
models of how much noise, shading, blur and contrast differ, not of physics.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from scipy import stats

from lab.benchmark.protocols import SPECTRAL
from lab.benchmark.retests import Scanned, ScannedVisit, keep_stages, read_or_scan, remembering
from mri_bme.findings import Interval
from mri_bme.measurement_error import judge_change, smallest_detectable_change_ml
from mri_bme.phantom import LesionPlan, Protocol, make_anatomy
from mri_bme.phantom.anatomy import Anatomy
from mri_bme.phantom.artifacts import Artifacts
from mri_bme.phantom.lesions import TrueEdema, make_edema
from mri_bme.phantom.prescription import Pose
from mri_bme.phantom.scanner import scan, slab_geometry
from mri_bme.pipeline import analyze_subject
from mri_bme.sacroiliac import RegionKind
from mri_bme.settings import CompareSettings, Settings
from mri_bme.study import ProtocolPart, ScannedWith
from mri_bme.verify.design import spread_lesions
from mri_bme.verify.regions import Difference, differences
from mri_bme.volume import FloatArray

FINENESS = 1.4
SET_ON, JUDGED_ON = 53_000, 63_000  # first seeds: factors are set on one lot, quoted on the other
ALIKE = "alike"
LEVELS_ML = (1.0, 6.0, 0.5, 12.0, 2.0, 20.0, 4.0, 0.0)  # of the subjects in turn
CONFIDENCE = 0.95
SDS_OF_DETECTABLE = 1.96  # of a difference
NOT_CALLED = frozenset({"unchanged", "none", "stable", "merged", "split"})
USUAL = Protocol(n_slices=19, noise=0.09, shading=0.18)


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """One changed protocol: what it changes, and how the phantom is scanned then."""

    part: ProtocolPart
    protocol: Protocol = USUAL
    power: float = 1.0
    unsuppressed: float = 0.0
    tilt_degrees: float = 0.0


DEPARTURES: Mapping[str, Departure] = {
    "another scanner": Departure(
        part=ProtocolPart.SCANNER,
        protocol=replace(USUAL, noise=0.07, deep_noise=0.0, shading=0.3, resolution_mm=(1.1, 1.5)),
    ),
    "a scanner that is noisier": Departure(
        part=ProtocolPart.SCANNER,
        protocol=replace(USUAL, noise=0.12, shading=0.1, resolution_mm=(0.8, 1.0)),
    ),
    "1.5 T instead of 3 T": Departure(
        part=ProtocolPart.FIELD, protocol=replace(USUAL, noise=0.14, shading=0.12), power=0.92
    ),
    "3 T instead of 1.5 T": Departure(
        part=ProtocolPart.FIELD, protocol=replace(USUAL, noise=0.06, shading=0.28), power=1.08
    ),
    "T2 FS instead of STIR": Departure(
        part=ProtocolPart.SEQUENCE,
        protocol=replace(USUAL, noise=0.07),
        power=SPECTRAL,
        unsuppressed=0.15,
    ),
    "Dixon water instead of STIR": Departure(
        part=ProtocolPart.SEQUENCE, protocol=replace(USUAL, noise=0.06), power=SPECTRAL
    ),
    "pixels of 1.1 mm": Departure(
        part=ProtocolPart.RESOLUTION,
        protocol=replace(USUAL, pixel_mm=1.1, matrix=191, noise=0.08, resolution_mm=(1.1, 1.5)),
    ),
    "pixels of 0.6 mm": Departure(
        part=ProtocolPart.RESOLUTION,
        protocol=replace(USUAL, pixel_mm=0.6, matrix=350, noise=0.1, resolution_mm=(0.7, 0.9)),
    ),
    "slices of 3 mm": Departure(
        part=ProtocolPart.SLICES,
        protocol=replace(USUAL, thickness_mm=3.0, spacing_mm=3.3, n_slices=25, noise=0.11),
    ),
    "slices of 5 mm": Departure(
        part=ProtocolPart.SLICES,
        protocol=replace(USUAL, thickness_mm=5.0, spacing_mm=6.0, n_slices=14, noise=0.07),
    ),
    "slab tilted by 20 degrees": Departure(part=ProtocolPart.SLAB, tilt_degrees=20.0),
    "slab of 14 slices": Departure(part=ProtocolPart.SLAB, protocol=replace(USUAL, n_slices=14)),
}
"""Follow-ups of a baseline with 0.82 mm pixels and 4.0 mm slices every 4.4 mm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One region or lesion of a subject without a change, at two visits."""

    seed: int
    departure: str
    difference: Difference
    wider_by: float = 1.0

    @property
    def part(self) -> str:
        """Part of the protocol that the visits do not share."""
        return ALIKE if self.departure == ALIKE else DEPARTURES[self.departure].part.value


def changed_protocols(
    subjects: Annotated[int, typer.Option(min=1, help="Each another one.")] = 8,
    calibrate: Annotated[
        bool, typer.Option(help="Find factors, on seeds that are never judged on.")
    ] = False,
    keep: Annotated[
        Path | None, typer.Option(help="Folder in which scans are kept for next time.")
    ] = None,
) -> None:
    """Scan subjects again with a changed protocol: factors, false verdicts, intervals."""
    first_seed = SET_ON if calibrate else JUDGED_ON
    pairs: list[Pair] = []
    for number in range(subjects):
        pairs += measured(first_seed + number, number, keep=keep)
        sys.stderr.write(f"{number + 1}/{subjects}\n")
    for line in factors(pairs) if calibrate else judged(pairs):
        typer.echo(line)


def measured(seed: int, number: int, *, keep: Path | None) -> Iterator[Pair]:
    """Measure one subject at all its visits against the baseline, as a run would."""
    scanned = read_or_scan(keep, seed, number, scan=scan_with_departures)
    look = Settings().appearance.model_copy(update={"compare_given": False})  # for speed alone
    result = analyze_subject(
        [
            replace(visit.input("automatic"), scanned_with=told_of(visit.label))
            for visit in scanned.visits
        ],
        settings=Settings().model_copy(update={"appearance": look}),
        run_stage=remembering(scanned, "automatic"),
    )
    keep_stages(keep, scanned, number)
    for label, report in result.changes.items():
        for difference in differences(report):
            yield Pair(seed=seed, departure=label, difference=difference, wider_by=report.wider_by)
        if not report.evaluable:
            typer.echo(f"{seed} {label}: {'; '.join(report.reasons)}")


def told_of(label: str) -> ScannedWith:
    """Tell what the header of a visit says that its voxels do not."""
    part = DEPARTURES[label].part if label in DEPARTURES else None
    return ScannedWith(
        manufacturer="GE" if part is ProtocolPart.SCANNER else "Siemens",
        field_tesla=1.5 if part is ProtocolPart.FIELD else 3.0,
        sequence="T2-FS" if part is ProtocolPart.SEQUENCE else "STIR",
    )


def scan_with_departures(seed: int, number: int) -> Scanned:
    """Scan one subject as a baseline, alike, and by every departure, each in a pose of its own."""
    rng = np.random.default_rng([seed, 41])
    level_ml = LEVELS_ML[number % len(LEVELS_ML)]
    anatomy = make_anatomy(seed, fineness=FINENESS)
    plans = spread_lesions(level_ml, rng)
    usual = Departure(part=ProtocolPart.SCANNER)
    wanted = {"baseline": usual, ALIKE: usual, **departures_of(number)}
    edema = {p: _edema(anatomy, plans, p, seed) for p in {d.power for d in wanted.values()}}
    visits = [
        _scanned(anatomy, edema[one.power], one, label, seed=100 * seed + n, rng=rng)
        for n, (label, one) in enumerate(wanted.items())
    ]
    return Scanned(seed=seed, level_ml=level_ml, protocol="changed", visits=tuple(visits))


def departures_of(number: int) -> dict[str, Departure]:
    """One departure of every part of a protocol for each subject, in turn."""
    by_part: dict[ProtocolPart, list[str]] = {}
    for name, one in DEPARTURES.items():
        by_part.setdefault(one.part, []).append(name)
    names = [of_part[number % len(of_part)] for of_part in by_part.values()]
    return {name: DEPARTURES[name] for name in names}


def _edema(anatomy: Anatomy, plans: tuple[LesionPlan, ...], power: float, seed: int) -> TrueEdema:
    """Paint the same edema, as bright as the contrast shows it."""
    seen = tuple(replace(plan, peak_ratio=plan.peak_ratio**power) for plan in plans)
    return make_edema(anatomy, seen, seed=seed)


def _scanned(
    anatomy: Anatomy,
    edema: TrueEdema,
    one: Departure,
    label: str,
    *,
    seed: int,
    rng: np.random.Generator,
) -> ScannedVisit:
    pose = Pose.draw(rng)
    along, across = pose.tilt_degrees
    pose = replace(pose, tilt_degrees=(along + one.tilt_degrees, across))
    found = scan(
        replace(anatomy, stir=np.maximum(anatomy.stir, 0) ** np.float32(one.power)),
        edema,
        one.protocol,
        pose,
        geometry=slab_geometry(anatomy, one.protocol, pose),
        seed=seed,
        artifacts=Artifacts(failed_fat_suppression=one.unsuppressed),
    )
    return ScannedVisit(
        label=label,
        volume=found.stir,
        t1=found.t1,
        bones=found.bone_labels,
        edema_fraction=found.edema_fraction,
        lps_from_subject=pose.lps_from_subject,
    )


def factors(pairs: Sequence[Pair]) -> Iterator[str]:
    """Say by how much limits have to be widened, by part of the protocol and kind of region.

    What a pair differs by is divided by the SD that the smallest detectable change of its volume
    stands for (it is 1.96 of them); a factor is the upper 95 % bound of the root mean square, as
    the tables themselves are, bias included, and 1 where that is less.
    """
    yield "part, kind, pairs, subjects, mean in SDs, root mean square, upper bound"
    for part in dict.fromkeys(pair.part for pair in pairs):
        bounds = []
        for kind in RegionKind:
            own = [p for p in pairs if p.part == part and p.difference.kind is kind]
            spread, n_subjects = in_sds(own)
            if not len(spread):
                continue
            size = float(np.sqrt(np.mean(spread**2)))
            freedom = n_subjects / stats.chi2.ppf(1 - CONFIDENCE, n_subjects)
            bounds.append(size * float(np.sqrt(freedom)))
            yield (
                f"{part}, {kind.value}, {len(spread)}, {n_subjects}, {spread.mean():+.2f}, "
                f"{size:.2f}, {bounds[-1]:.2f}"
            )
        yield f"{part}: factor {max([1.0, *bounds]):.2f}"


def in_sds(pairs: Sequence[Pair]) -> tuple[FloatArray, int]:
    """Give differences of pairs with edema in SDs of the shipped tables, and their subjects."""
    settings = CompareSettings()
    filled = [p for p in pairs if max(p.difference.baseline_ml, p.difference.followup_ml) > 0]
    sds = [
        (d.followup_ml - d.baseline_ml)
        * SDS_OF_DETECTABLE
        / smallest_detectable_change_ml((d.baseline_ml + d.followup_ml) / 2, settings, kind=d.kind)
        for d in (p.difference for p in filled)
    ]
    return np.array(sds, dtype=np.float64), len({p.seed for p in filled})


def judged(pairs: Sequence[Pair]) -> Iterator[str]:
    """Say how many pairs with edema are called changed, and how many intervals hold no change.

    By the limits as they are, and by those of visits that were scanned alike.
    """
    yield "part, kind, called, by usual limits, of; interval holds 0, usual one, of"
    for part in dict.fromkeys(pair.part for pair in pairs):
        for kind in RegionKind:
            own = [
                p
                for p in pairs
                if p.part == part
                and p.difference.kind is kind
                and max(p.difference.baseline_ml, p.difference.followup_ml) > 0
            ]
            if not own:
                continue
            held = [p for p in own if p.difference.interval_ml is not None]
            yield (
                f"{part}, {kind.value}, {sum(_is_called(p) for p in own)}, "
                f"{sum(_is_called(p, usual=True) for p in own)}, {len(own)}; "
                f"{sum(_holds_none(p) for p in held)}, "
                f"{sum(_holds_none(p, usual=True) for p in held)}, {len(held)}"
            )


def _is_called(pair: Pair, *, usual: bool = False) -> bool:
    d = pair.difference
    if not usual or d.kind is RegionKind.LESION:
        return d.verdict not in NOT_CALLED
    verdict = judge_change(
        d.baseline_ml,
        d.followup_ml,
        interval_ml=_usual_interval(pair),
        kind=d.kind,
        settings=CompareSettings(),
    )
    return verdict.value not in NOT_CALLED


def _holds_none(pair: Pair, *, usual: bool = False) -> bool:
    interval = _usual_interval(pair) if usual else pair.difference.interval_ml
    return interval is not None and interval.low <= 0 <= interval.high


def _usual_interval(pair: Pair) -> Interval | None:
    """Take the widening back."""
    d, interval = pair.difference, pair.difference.interval_ml
    if interval is None:
        return None
    change_ml = d.followup_ml - d.baseline_ml
    return Interval(
        low=change_ml + (interval.low - change_ml) / pair.wider_by,
        high=change_ml + (interval.high - change_ml) / pair.wider_by,
    )
