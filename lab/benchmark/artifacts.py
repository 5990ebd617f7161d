"""What goes wrong in a scanner, degree by degree: what the number loses, and what is said of it."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from lab.labelled_scans import labelled_folders, read_labelled_scan
from mri_bme.check_appearance import Appearance, Verdict, check_rois, check_scan, unsure_look
from mri_bme.errors import NotEvaluable
from mri_bme.findings import Interval
from mri_bme.measurement_error import volume_interval
from mri_bme.phantom import Artifacts, Protocol, make_anatomy
from mri_bme.phantom.anatomy import Anatomy
from mri_bme.phantom.artifacts import NONE
from mri_bme.phantom.lesions import TrueEdema, make_edema
from mri_bme.phantom.prescription import Pose
from mri_bme.phantom.scanner import Scan, scan, slab_geometry
from mri_bme.pipeline import bones_confidence
from mri_bme.place_rois import place_rois
from mri_bme.segment_edema import segment_edema
from mri_bme.verify.design import spread_lesions

FINENESS = 1.8
SET_ON, JUDGED_ON, JUDGED_ALONE = 72_000, 76_000, 78_000
"""First seeds: cut-offs are set on one lot, quoted on the others, with T1W and without."""
EDEMA_ML = 5.0
PROTOCOL = Protocol(n_slices=16, matrix=180, pixel_mm=1.1, thickness_mm=4.4, spacing_mm=5.0)
FULL = "none"
DEGREES: Mapping[str, Mapping[str, Artifacts]] = {
    FULL: {"": NONE},
    "motion": {f"{mm:g} mm": Artifacts(motion_mm=mm) for mm in (0.4, 1.0, 2.0)},
    "ghosting": {f"{rad:g} rad": Artifacts(ghosting=rad) for rad in (0.3, 0.8, 1.3)},
    "wrap": {f"{share:.0%}": Artifacts(wrap=share) for share in (0.15, 0.3, 0.45)},
    "failed fat suppression": {
        f"{share:.0%}": Artifacts(failed_fat_suppression=share) for share in (0.2, 0.5, 1.0)
    },
    "metal": {f"{mm:g} mm": Artifacts(metal_mm=mm) for mm in (8.0, 15.0, 25.0)},
    "noise": {f"{1 + more:g} times": Artifacts(noisier=more) for more in (1.0, 2.5, 5.0)},
    "B1 shading": {f"{loss:.0%}": Artifacts(transmit_loss=loss) for loss in (0.25, 0.5, 0.75)},
    "bowel gas": {f"{mm:g} mm": Artifacts(gas_mm=mm) for mm in (20.0, 30.0, 40.0)},
}
"""Every artifact by degrees, from what is often seen to what nobody would read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoiled:
    """One scan with one artifact: the truth, what was measured, and what was said."""

    artifact: str
    degree: str
    seed: int
    true_ml: float
    found_ml: float | None = None
    interval_ml: Interval | None = None
    flagged: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    values: tuple[tuple[str, float], ...] = ()

    @property
    def holds(self) -> bool:
        """Whether the interval holds the truth; a scan that was refused errs in nothing."""
        return self.interval_ml is None or (
            self.interval_ml.low <= self.true_ml <= self.interval_ml.high
        )

    @property
    def is_said(self) -> bool:
        """Whether the scan was flagged or refused."""
        return bool(self.flagged or self.refused)


def artifacts(
    data: Annotated[Path | None, typer.Argument(help="Folder of real scans.")] = None,
    subjects: Annotated[int, typer.Option(min=1, help="Each another one.")] = 2,
    found: Annotated[bool, typer.Option(help="With bones that are found, not given.")] = False,
    alone: Annotated[bool, typer.Option(help="Without T1W.")] = False,
    calibrate: Annotated[
        bool, typer.Option(help="On seeds that cut-offs are set on, with every value.")
    ] = False,
) -> None:
    """Spoil scans degree by degree: error, interval, and whether it was flagged or refused."""
    first_seed = SET_ON if calibrate else JUDGED_ALONE if alone else JUDGED_ON
    rows: list[Spoiled] = []
    for seed in range(first_seed, first_seed + subjects):
        rows += spoiled_scans(seed, is_given=not found, has_t1=not alone)
    for line in told(rows):
        typer.echo(line)
    if calibrate:
        for line in values_of(rows):
            typer.echo(line)
    for line in people(data) if data is not None else ():
        typer.echo(line)


def spoiled_scans(seed: int, *, is_given: bool = True, has_t1: bool = True) -> Iterator[Spoiled]:
    """Scan one subject with every artifact at every degree, in one pose, and measure it."""
    anatomy = make_anatomy(seed, fineness=FINENESS)
    edema = make_edema(anatomy, spread_lesions(EDEMA_ML, np.random.default_rng(seed)), seed=seed)
    pose = Pose.draw(np.random.default_rng([seed, 5]))
    for artifact, degrees in DEGREES.items():
        for degree, wrong in degrees.items():
            seen = _scanned(anatomy, edema, pose, wrong, seed)
            row = measured(seen, seed, is_given=is_given, has_t1=has_t1)
            yield replace(row, artifact=artifact, degree=degree)
        sys.stderr.write(f"{seed} {artifact}\n")


def _scanned(anatomy: Anatomy, edema: TrueEdema, pose: Pose, wrong: Artifacts, seed: int) -> Scan:
    geometry = slab_geometry(anatomy, PROTOCOL, pose)
    return scan(anatomy, edema, PROTOCOL, pose, geometry=geometry, seed=seed, artifacts=wrong)


def measured(seen: Scan, seed: int, *, is_given: bool = True, has_t1: bool = True) -> Spoiled:
    """Judge and measure a scan with its true bones, or with those that are found."""
    t1 = seen.t1 if has_t1 else None
    voxel_ml = seen.stir.geometry.voxel_volume_ml
    row = Spoiled(
        artifact=FULL,
        degree="",
        seed=seed,
        true_ml=float(seen.edema_fraction.sum(dtype=np.float64)) * voxel_ml,
    )
    look = check_scan(seen.stir, t1)
    try:
        bones = seen.bone_labels if is_given else None
        rois = place_rois(seen.stir, t1=t1, bones=bones)
        look += check_rois(seen.stir, rois, t1=t1)
        row = _said(row, look)
        if row.refused:
            return row
        unsure = unsure_look(look, confidence=bones_confidence(rois))
        found = segment_edema(seen.stir, rois, t1=t1, look=unsure)
    except NotEvaluable as error:
        return replace(_said(row, look), refused=(str(error),))
    total = found.quadrant_draws_ml.sum(axis=1)
    return replace(
        row,
        found_ml=found.edema_ml,
        interval_ml=volume_interval(total, found.edema_ml),
        flagged=(*row.flagged, *found.flags),
    )


def _said(row: Spoiled, look: Appearance) -> Spoiled:
    """Keep the values of all checks, and the names of what was doubted and refused."""

    def named(verdict: Verdict) -> tuple[str, ...]:
        return tuple(check.name for check in look.checks if check.verdict is verdict)

    return replace(
        row,
        flagged=named(Verdict.DOUBTFUL),
        refused=named(Verdict.IMPOSSIBLE),
        values=tuple((check.name, check.value) for check in look.checks),
    )


def told(rows: Sequence[Spoiled]) -> Iterator[str]:
    """One line of a table per artifact and degree."""
    yield "| Artifact | Degree | error | interval holds the truth | flagged | refused | said by |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for artifact, degree in dict.fromkeys((row.artifact, row.degree) for row in rows):
        own = [row for row in rows if (row.artifact, row.degree) == (artifact, degree)]
        errors = [100 * (r.found_ml / r.true_ml - 1) for r in own if r.found_ml is not None]
        error = f"{min(errors):+.0f} to {max(errors):+.0f} %" if errors else ""
        kept = [row for row in own if not row.refused]
        names = dict.fromkeys(n.split(":")[0][:40] for r in own for n in (*r.refused, *r.flagged))
        yield (
            f"| {artifact} | {degree} | {error} | {sum(r.holds for r in kept)} of {len(kept)} | "
            f"{sum(bool(r.flagged) for r in kept)} of {len(kept)} | "
            f"{len(own) - len(kept)} of {len(own)} | {', '.join(names)} |"
        )
    missed = [row for row in rows if not row.holds]
    anyway = {row.seed for row in missed if row.artifact == FULL}
    yield (
        f"beyond the interval: {sum(not row.is_said for row in missed)} of {len(rows)} scans with "
        f"nothing said, {sum(row.is_said for row in missed)} flagged; "
        f"{sum(bool(row.refused) for row in rows)} refused; of those beyond "
        f"{sum(row.seed in anyway for row in missed)} of subjects that are so without any artifact"
    )


def values_of(rows: Sequence[Spoiled]) -> Iterator[str]:
    """Every value of the gates of marrow, to set cut-offs by."""
    for row in rows:
        found = dict(row.values)
        shown = " ".join(f"{name} {found[name]:.3g}" for name in GATES if name in found)
        yield f"{row.seed} {row.artifact} {row.degree}: {shown}, holds {row.holds}"


GATES = (
    "marrow_snr",
    "sharpness",
    "common_shading",
    "uneven_field",
    "field_without_t1",
    "fold_over_mm",
    "fat",
    "joint_seen_mm",
)


def people(data: Path) -> Iterator[str]:
    """Real scans with their drawn bones: nothing of them may be refused."""
    for folder in labelled_folders(data):
        real = read_labelled_scan(folder)
        if real.stir is None:
            continue
        look = check_scan(real.stir, real.t1)
        rois = place_rois(real.stir, t1=real.t1, bones=real.bones)
        look += check_rois(real.stir, rois, t1=real.t1)
        none = Spoiled(artifact=FULL, degree="", seed=0, true_ml=0.0)
        said = _said(none, look)
        found = dict(said.values)
        shown = " ".join(f"{name} {found[name]:.3g}" for name in GATES if name in found)
        yield f"{folder.name}: {shown}; flagged {said.flagged}, refused {said.refused}"
