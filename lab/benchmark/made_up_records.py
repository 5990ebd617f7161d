"""Records of subjects that nobody scanned, every cell of every table filled as the schema has it.

Volumes are those of a trial: many zeros, a long tail, half of those with edema improving.
Checks and sources of error are those that the program has. What a column is not known for is
filled by its unit, so that a column or table that is added later is measured as well.
"""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from mri_bme.batch.code_version import code_version
from mri_bme.batch.inputs import Source, SubjectUnit, VisitUnit, stamped_inputs, unit_sha256
from mri_bme.batch.pages import REPORT_NAME, THUMBNAIL_NAME
from mri_bme.batch.plan import with_folders
from mri_bme.batch.resolve import settings_sha256, write_settings
from mri_bme.batch.scan_weeks import write_scan_weeks
from mri_bme.batch.status import Effort, StageRecord, SubjectStatus, write_status
from mri_bme.check_appearance import Check
from mri_bme.check_appearance.checks import LIMITS
from mri_bme.findings import Interval, Verdict
from mri_bme.measurement_error import SOURCES
from mri_bme.measurement_error.sensitivity import CHOICE, READER, REGISTRATION
from mri_bme.record.lesions import LESIONS
from mri_bme.record.looked import told_of_check
from mri_bme.record.quality import QUALITY, VisitCheck
from mri_bme.record.scan_weeks import ScanWeek
from mri_bme.record.schema import Column, Table
from mri_bme.record.sensitivity import SENSITIVITY, Moved
from mri_bme.record.subjects import TABLES
from mri_bme.record.tables import Cell, Row
from mri_bme.record.visits import WHOLE
from mri_bme.sacroiliac import REGIONS
from mri_bme.settings import Settings

FIRST_NEW = 1_000_000  # subjects from here on join later
VISITS_OF = (("baseline", 0), ("week14", 98))
MARROW_ML = 240.0
DETECTABLE = 0.3  # of the mean volume, and `LEAST_DETECTABLE_ML`
LEAST_DETECTABLE_ML = 0.25
SHARE_WITHOUT, SHARE_FAILED, SHARE_FLAGGED = 0.25, 0.02, 0.12
CHECKS = tuple(name for name in LIMITS if name not in {
    "t1_mirror_gain", "on_marrow", "field_without_t1", "lost_field_without_t1",
    "snr_without_t1", "void_without_t1_ml", "fat_without_t1", "field_left_over", "folded_signal",
    "fold_over_mm"})  # fmt: skip  # these only where something is wrong, or regions were given
OF_VOLUME = tuple(name for name in SOURCES if name not in {READER, CHOICE, REGISTRATION})
OF_CHANGE = (*OF_VOLUME, REGISTRATION)  # a program's reading; a reader's has fewer
SHARE_DOUBTFUL = 0.01  # of checks
FLAGS = ("week14: the reference marrow is uneven", "baseline: T1W is 3.2 mm off")
WORDS: Mapping[str, Cell] = {
    "reason": "", "protocol_change": "", "read_from": None, "fate": "stable", "became": "stable",
    "matched_lesion": "L1", "side": "left", "bone": "ilium", "quadrant": "left_ilium_upper",
}  # fmt: skip
SCANNERS = (("Siemens", "Aera", 1.5), ("Philips", "Ingenia", 3.0), ("GE", "Discovery MR750", 3.0))
FILES = 25  # per visit that resuming looks for, as many as a run writes


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What one subject has: edema of every region at both visits, in mL."""

    subject: str
    volumes_ml: tuple[dict[str, float], dict[str, float]]
    numbers: np.random.Generator


def units_of(folder: Path, n_subjects: int, *, first: int = 0) -> tuple[SubjectUnit, ...]:
    """Units of work whose volumes are all one file, which is never read as a scan."""
    source = folder / "nothing.txt"
    if not source.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        source.write_text("nothing")
    visits = tuple(
        VisitUnit(label=label, day=day, volume=Source(path=source)) for label, day in VISITS_OF
    )
    return with_folders(
        SubjectUnit(subject=f"P{number:07d}", folder="", visits=visits)
        for number in range(first, first + n_subjects)
    )


def leave_records(out: Path, n_subjects: int, *, seed: int) -> None:
    """Leave what a run leaves of every subject, but for its images."""
    out.mkdir(parents=True)
    write_settings(out, Settings())
    digest, version = settings_sha256(Settings()), code_version()
    picture = out / "thumbnail.jpg"
    Image.new("L", (96, 72), 96).save(picture)
    weeks = []
    for number, unit in enumerate(units_of(out.parent, n_subjects)):
        rng = np.random.default_rng([seed, number])
        status = _status(unit, rng, version=version, digest=digest)
        write_status(out, status)
        _leave_files(out / unit.folder, picture, rng)
        start = int(rng.integers(0, 150))
        weeks += [ScanWeek(subject=unit.subject, visit=v, week=start + d // 7)
                  for v, d in VISITS_OF]  # fmt: skip
    write_scan_weeks(out, weeks)


def _leave_files(folder: Path, picture: Path, rng: np.random.Generator) -> None:
    os.link(picture, folder / THUMBNAIL_NAME)
    for label, _ in VISITS_OF:
        (folder / f"ses-{label}" / "anat").mkdir(parents=True)
    for name in _outputs():
        (folder / name).touch()
    (folder / REPORT_NAME).write_text("<p>not measured")
    maker, model, tesla = SCANNERS[int(rng.integers(len(SCANNERS)))]
    sidecar = folder / "ses-baseline" / "anat" / "made_up_T2w.json"
    header = {"Manufacturer": maker, "ManufacturersModelName": model}
    sidecar.write_text(json.dumps({**header, "MagneticFieldStrength": tesla}))


def _outputs() -> Iterator[str]:
    yield THUMBNAIL_NAME
    for label, _ in VISITS_OF:
        yield from (f"ses-{label}/anat/image{number}.nii.gz" for number in range(FILES))


def _status(
    unit: SubjectUnit, rng: np.random.Generator, *, version: str, digest: str
) -> SubjectStatus:
    is_failed = rng.random() < SHARE_FAILED
    made = Made(subject=unit.subject, volumes_ml=_volumes(rng), numbers=rng)
    flags = tuple(flag for flag in FLAGS if rng.random() < SHARE_FLAGGED)
    return SubjectStatus(
        subject=unit.subject,
        folder=unit.folder,
        visits=tuple(label for label, _ in VISITS_OF),
        unit_sha256=unit_sha256(unit),
        status="not_evaluable" if is_failed else "ok",
        reason="week14: the slab misses the joint" if is_failed else "",
        flags=() if is_failed else flags,
        code_version=version,
        settings_sha256=digest,
        inputs=stamped_inputs(unit),
        stages=tuple(
            StageRecord(stage=stage, visits=(label,), key="0" * 64, remembered=False, seconds=1.0)
            for label, _ in VISITS_OF
            for stage in ("appearance", "t1", "rois", "registration", "edema", "score", "change")
        ),
        outputs=dict.fromkeys(_outputs(), "0" * 64),
        rows={} if is_failed else {table.name: _rows(table, made) for table in TABLES},
        effort=Effort(seconds=20.0, cpu_seconds=20.0, peak_memory_mb=700.0),
    )  # fmt: skip


def _volumes(rng: np.random.Generator) -> tuple[dict[str, float], dict[str, float]]:
    """Edema per region, quadrants adding up to the whole."""
    quadrants = [name for name in REGIONS if name.count("_") == 2]
    has_edema = rng.random() >= SHARE_WITHOUT
    shares = rng.dirichlet(np.full(len(quadrants), 0.4))
    whole = float(np.exp(rng.normal(0.9, 1.1))) if has_edema else 0.0
    kept = float(np.exp(rng.normal(-0.7, 0.7)))
    before = {name: whole * float(s) for name, s in zip(quadrants, shares, strict=True)}
    return _all_regions(before), _all_regions({n: v * kept for n, v in before.items()})


def _all_regions(quadrants: dict[str, float]) -> dict[str, float]:
    """Sum quadrants up to the regions that hold them, by the words of their names."""
    return {
        region: sum(
            ml
            for name, ml in quadrants.items()
            if region == WHOLE or set(region.split("_")) <= set(name.split("_"))
        )
        for region in REGIONS
    }


def _rows(table: Table[Any], made: Made) -> tuple[Row, ...]:
    if table is QUALITY:
        return tuple(_checked(made))
    if table is SENSITIVITY:
        return tuple(_moved(made))
    names = table.names
    kinds: list[dict[str, Cell]]
    if table is LESIONS:
        kinds = [{"visit": label, "lesion": f"L{n}"} for label, _ in VISITS_OF for n in range(3)]
    elif "followup" in names:
        kinds = [{"region": region, **_compared(made, region)} for region in REGIONS]
    elif "region" in names:
        kinds = [
            {"visit": label, "day": day, "region": region, **_seen(made.volumes_ml[n][region])}
            for n, (label, day) in enumerate(VISITS_OF)
            for region in REGIONS
        ]
    else:
        kinds = [{"visit": label} for label, _ in VISITS_OF]
    return tuple(_filled(table, made, known) for known in kinds)


def _checked(made: Made) -> Iterator[Row]:
    """Every check of both visits; a few are doubtful."""
    for label, _ in VISITS_OF:
        for name in CHECKS:
            looked = told_of_check(Check(name=name, value=_looks(name, made.numbers)))
            yield QUALITY.row(VisitCheck(subject=made.subject, visit=label, looked=looked))


def _looks(name: str, rng: np.random.Generator) -> float:
    """Draw a value that is usual, but for a few a tenth beyond the end, none of them impossible."""
    low, high = LIMITS[name].usual
    low, high = (high - 1 if low == -inf else low), (low + 1 if high == inf else high)
    share = 1.1 if rng.random() < SHARE_DOUBTFUL else rng.random()
    least, most = LIMITS[name].possible
    return float(min(max(high - share * (high - low), least), most))


def _moved(made: Made) -> Iterator[Row]:
    """Move both volumes, and the change, by every source of error."""
    before, after = (volumes[WHOLE] for volumes in made.volumes_ml)
    ends = (Verdict.DECREASED, Verdict.UNCHANGED)
    for label, compared_with, ml, sources, verdicts in (
        ("baseline", None, before, OF_VOLUME, None),
        ("week14", None, after, OF_VOLUME, None),
        ("week14", "baseline", after - before, OF_CHANGE, ends),
    ):
        for source in sources:
            half = abs(ml) * made.numbers.random() / 5
            yield SENSITIVITY.row(Moved(
                subject=made.subject, visit=label, compared_with=compared_with, source=source,
                value_ml=ml, ends_ml=Interval(low=ml - half, high=ml + half), verdicts=verdicts,
                flips=None if verdicts is None else bool(made.numbers.random() < SHARE_FLAGGED),
            ))  # fmt: skip


def _seen(ml: float) -> dict[str, Cell]:
    return {
        "edema_ml": ml,
        "edema_ci_low_ml": 0.85 * ml,
        "edema_ci_high_ml": 1.2 * ml + 0.05,
        "evaluable": True,
    }


def _compared(made: Made, region: str) -> dict[str, Cell]:
    before, after = (volumes[region] for volumes in made.volumes_ml)
    detectable = max(LEAST_DETECTABLE_ML, DETECTABLE * (before + after) / 2)
    change = after - before
    moved = "decreased" if change < 0 else "increased"
    verdict = "none" if before + after == 0 else moved if abs(change) > detectable else "unchanged"
    return {
        "baseline": "baseline",
        "followup": "week14",
        "days": 98,
        "baseline_ml": before,
        "followup_ml": after,
        "change_ml": change,
        "change_ci_low_ml": change - detectable,
        "change_ci_high_ml": change + detectable,
        "change_percent": 100 * change / before if before else None,
        "verdict": verdict,
        "evaluable": True,
        "detectable_ml": detectable,
    }


def _filled(table: Table[Any], made: Made, known: dict[str, Cell]) -> Row:
    told: dict[str, Cell] = {"subject": made.subject, "read_by": "auto", "evaluable": True}
    told |= known
    return {c.name: told[c.name] if c.name in told else _any(c, made.numbers)
            for c in table.columns}  # fmt: skip


def _any(column: Column[Any], rng: np.random.Generator) -> Cell:
    """Fill a cell that nothing is computed from, by what its column is called."""
    name = column.name
    if name in WORDS:
        return WORDS[name]
    if name == "centroid_lps_mm":
        return tuple(float(v) for v in rng.normal(0, 40, 3))
    if name == "roi_ml" or name.endswith("roi_ml"):
        return MARROW_ML
    if name.startswith("n_") or name == "sparcc_estimate":
        return int(rng.integers(0, 20))
    return float(rng.normal(1.0, 0.1))
