"""Subjects with known edema scanned three times: as they are, again, and after a real change."""

import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

import mri_bme
from mri_bme.phantom import LesionPlan, PhantomVisit, Protocol, make_anatomy, make_phantom
from mri_bme.phantom.prescription import SAMPLE
from mri_bme.pipeline import VisitInput
from mri_bme.resample import coverage_mask
from mri_bme.sacroiliac import REGIONS
from mri_bme.verify.design import LEVELS_ML, spread_lesions
from mri_bme.volume import RigidTransform, Volume

BASELINE, RETEST, CHANGED = "baseline", "retest", "changed"
FINENESS = 1.4
N_LABELS = 9
BEFORE_EDEMA = (
    "align_t1.py",
    "place_rois",
    "register_visits",
    "check_appearance",
    "signal",
    "resample.py",
)
Plans = tuple[LesionPlan, ...]
Found = TypeVar("Found")


@dataclass(frozen=True, kw_only=True, eq=False)
class ScannedVisit:
    """One scan of a phantom, with its true bones and edema."""

    label: str
    volume: Volume
    t1: Volume
    bones: NDArray[np.uint8]
    edema_fraction: NDArray[np.float32]
    lps_from_subject: RigidTransform

    def input(self, bones: str) -> VisitInput:
        """Build what the pipeline is given, with the phantom's own bones or without."""
        given = self.bones if bones == "given" else None
        return VisitInput(label=self.label, day=None, volume=self.volume, t1=self.t1, bones=given)

    def true_ml(
        self, quadrants: NDArray[np.uint8], seen_by: "ScannedVisit | None" = None
    ) -> dict[str, float]:
        """Sum the true edema of every region inside the slab, and inside that of another visit.

        `quadrants` says which quadrant each voxel counts in.
        """
        share = self.edema_fraction
        if seen_by is not None:
            other_from_own = seen_by.lps_from_subject @ self.lps_from_subject.inverse()
            own, other = self.volume.geometry, seen_by.volume.geometry
            share = share * coverage_mask(other, own, other_from_own).voxels
        sums = np.bincount(quadrants.ravel(), weights=share.ravel(), minlength=N_LABELS)
        ml = sums.astype(np.float64) * self.volume.geometry.voxel_volume_ml
        return {name: float(ml[list(labels)].sum()) for name, labels in REGIONS.items()}


@dataclass(frozen=True, kw_only=True, eq=False)
class Scanned:
    """A subject's scans, and what is found before edema is looked for, by source of bones."""

    seed: int
    level_ml: float
    protocol: str
    visits: tuple[ScannedVisit, ...]
    stages: dict[tuple[str, str, tuple[str, ...]], list[Any]] = field(default_factory=dict)


PROTOCOLS: Mapping[str, Protocol] = {"default": Protocol(), "sample": SAMPLE}


def scan_subject(seed: int, number: int) -> Scanned:
    """Scan one subject; levels go by its number in turn, every fourth has the sample's protocol."""
    rng = np.random.default_rng([seed, 37])
    level_ml = LEVELS_ML[number % len(LEVELS_ML)]
    protocol = "sample" if number % 4 == 3 else "default"
    anatomy = make_anatomy(seed, fineness=FINENESS)
    plans = spread_lesions(level_ml, rng)
    visits: list[PhantomVisit] = []
    for later in (plans, after_change(plans, rng)):
        both = make_phantom(
            "unchanged",
            seed=seed,
            protocol=PROTOCOLS[protocol],
            anatomy=anatomy,
            plans=(plans, later),
        ).visits
        visits += both[len(visits) > 0 :]
    labels = (BASELINE, RETEST, CHANGED)
    return Scanned(
        seed=seed,
        level_ml=level_ml,
        protocol=protocol,
        visits=tuple(_kept(v, name) for v, name in zip(visits, labels, strict=True)),
    )


def after_change(plans: Plans, rng: np.random.Generator) -> Plans:
    """Heal, worsen or move the edema of a subject, as treatment and its lack do."""
    new = spread_lesions(float(rng.uniform(0.3, 3.0)), rng)
    if not plans:
        return new
    course = int(rng.integers(4))
    if course == 0:  # healed but for a remnant
        return tuple(
            p.scaled(rng.uniform(0.03, 0.3), contrast_factor=rng.uniform(0.6, 0.9)) for p in plans
        )
    if course == 1:
        return tuple(
            p.scaled(rng.uniform(0.4, 0.7), contrast_factor=rng.uniform(0.8, 1.0)) for p in plans
        )
    if course == 2:  # worse
        return tuple(p.scaled(rng.uniform(1.4, 2.2)) for p in plans)
    return (*(p for p in plans[1:]), *new)  # one healed, another came


def _kept(visit: PhantomVisit, label: str) -> ScannedVisit:
    return ScannedVisit(
        label=label,
        volume=visit.volume,
        t1=visit.t1,
        bones=visit.bone_labels,
        edema_fraction=visit.edema_fraction,
        lps_from_subject=visit.lps_from_subject,
    )


def remembering(
    scanned: Scanned, bones: str
) -> Callable[[str, tuple[str, ...], Callable[[], Any]], Any]:
    """Run stages of the pipeline, and take those before edema from what is remembered."""
    n_asked: dict[tuple[str, str, tuple[str, ...]], int] = {}

    def run_stage(stage: str, labels: tuple[str, ...], compute: Callable[[], Found]) -> Found:
        if stage not in {"appearance", "t1", "rois", "marrow", "regions", "registration"}:
            return compute()
        key = (bones, stage, labels)
        known, n = scanned.stages.setdefault(key, []), n_asked.get(key, 0)
        n_asked[key] = n + 1
        if n == len(known):
            known.append(compute())
        answer: Found = known[n]
        return answer

    return run_stage


def read_or_scan(
    keep: Path | None,
    seed: int,
    number: int,
    scan: Callable[[int, int], Scanned] = scan_subject,
) -> Scanned:
    """Take a subject from the folder of kept scans, or scan it."""
    if keep is None:
        return scan(seed, number)
    scans = keep / f"{seed}-{number % 20}.{_hash('phantom')}.scans"
    scanned: Scanned | None = _read(scans)
    if scanned is None:
        scanned = scan(seed, number)
        _write(scans, scanned)
    stages = _read(_stages(keep, seed, number))
    scanned.stages.update(stages or {})
    return scanned


def keep_stages(keep: Path | None, scanned: Scanned, number: int) -> None:
    """Remember what was found before edema was looked for, for as long as that code stands."""
    path = None if keep is None else _stages(keep, scanned.seed, number)
    if path is not None and not path.exists():
        _write(path, scanned.stages)


def _stages(keep: Path, seed: int, number: int) -> Path:
    return keep / f"{seed}-{number % 20}.{_hash('phantom', *BEFORE_EDEMA)}.stages"


def _read(path: Path) -> Any:
    return pickle.loads(path.read_bytes()) if path.exists() else None  # noqa: S301  (our own)


def _write(path: Path, what: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_bytes(pickle.dumps(what, protocol=5))
    part.rename(path)


def _hash(*parts: str) -> str:
    package = Path(mri_bme.__file__).parent
    files = [p for part in parts for p in [package / part, *sorted((package / part).rglob("*"))]]
    digest = sha256()
    for path in files:
        if path.is_file() and path.suffix in {".py", ".onnx", ".npz"}:
            digest.update(path.read_bytes())
    return digest.hexdigest()[:10]
