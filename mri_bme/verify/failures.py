"""What was done to a scan, and what the software said.

A measurement may be as wrong as its interval says, and what cannot be measured has to be refused.
A number beyond its interval is an error: a silent one where nothing was said, and one that was
flagged where something was, for a flag warns of a number and does not mend it. Every manipulation
is one function from a scene (a subject that can be scanned) to what is measured; further ones are
added to a table.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache, partial

import numpy as np

from mri_bme.findings import Interval
from mri_bme.phantom import (
    ARTIFACTS,
    Artifacts,
    PelvisShape,
    PhantomVisit,
    Protocol,
    make_phantom,
)
from mri_bme.phantom.artifacts import NONE
from mri_bme.pipeline import SubjectResult, VisitInput, analyze_subject
from mri_bme.sacroiliac import BoneLabel
from mri_bme.settings import Settings
from mri_bme.verify.design import CONDITION_ML, FIRST_SEED, dealt, spread_lesions
from mri_bme.verify.measure import anatomy_of
from mri_bme.volume import Volume, VolumeGeometry

N_SCENE_SEEDS, N_QUICK_SCENE_SEEDS = 2, 1
OTHER_SEED = 77  # of another person
MIDDLE = slice(3, 5)  # eighths of the field of view that a cropped scan keeps: 2 of 8
SWAPPED_BONES = np.array(
    [BoneLabel.BACKGROUND, BoneLabel.SACRUM, BoneLabel.RIGHT_ILIUM, BoneLabel.LEFT_ILIUM, 4],
    dtype=np.uint8,
)
"""Label of the other side's bone, by bone label."""


class Outcome(StrEnum):
    """What became of a scan that is not as it must be."""

    REFUSED = "refused"
    INSIDE = "inside its interval"
    FLAGGED = "inside its interval, flagged"
    FLAGGED_ERROR = "beyond its interval, flagged"
    SILENT = "silent error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One subject that can be scanned, with something wrong or not."""

    seed: int
    protocol: Protocol
    fineness: float = 1.0
    pelvis: PelvisShape | None = None

    def scanned(
        self, artifacts: Artifacts = NONE, *, protocol: Protocol | None = None
    ) -> PhantomVisit:
        """Scan it as a baseline."""
        return _scanned(self, artifacts, protocol or self.protocol)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What was done to one scan and what was found; None where it was refused.

    `said` are reasons and flags that the scan as it is does not have.
    """

    name: str
    seed: int
    true_ml: float
    found_ml: float | None
    interval_ml: Interval | None
    said: tuple[str, ...]

    @property
    def outcome(self) -> Outcome:
        """Refused; or inside the interval or beyond it, and whether anything was said."""
        if self.found_ml is None:
            return Outcome.REFUSED
        held = self.interval_ml
        if held is not None and held.low <= self.true_ml <= held.high:
            return Outcome.FLAGGED if self.said else Outcome.INSIDE
        return Outcome.FLAGGED_ERROR if self.said else Outcome.SILENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One manipulation of one scene, to be carried out."""

    name: str
    manipulation: str
    scene: Scene


Manipulation = Callable[[Scene], tuple[PhantomVisit, VisitInput]]
"""From a scene to the truth and to what is measured."""


def trials(
    protocol: Protocol, *, quick: bool = False, pelves: Sequence[PelvisShape] = ()
) -> tuple[Trial, ...]:
    """Lay out what is done to which scenes, those of one subject next to each other."""
    names = [n for n in MANIPULATIONS if n in QUICK or not quick]
    n_seeds = N_QUICK_SCENE_SEEDS if quick else N_SCENE_SEEDS
    return tuple(
        Trial(
            name=f"{FIRST_SEED + i}-wrong-{list(MANIPULATIONS).index(name):02d}",
            manipulation=name,
            scene=Scene(
                seed=FIRST_SEED + i, protocol=protocol, pelvis=dealt(pelves, FIRST_SEED + i)
            ),
        )
        for i in range(n_seeds)
        for name in names
    )


def carry_out(trial: Trial, *, settings: Settings) -> Failure:
    """Manipulate a scene, measure it as a run would, and tell what was said."""
    truth, given = MANIPULATIONS[trial.manipulation](trial.scene)
    result = analyze_subject([given], settings=settings)
    visit = result.visits[0]
    total = None if visit.burden is None else visit.burden.regions["total"]
    usual = said_as_it_is(trial.scene, settings.model_dump_json())
    return Failure(
        name=trial.manipulation,
        seed=trial.scene.seed,
        true_ml=_true_ml(truth),
        found_ml=None if total is None else total.edema_ml,
        interval_ml=None if total is None else total.interval_ml,
        said=tuple(words for words in _said(result) if words not in usual),
    )


@lru_cache(maxsize=1)
def said_as_it_is(scene: Scene, settings_json: str) -> frozenset[str]:
    """Keep what is said of a scene that nothing was done to."""
    settings = Settings.model_validate_json(settings_json)
    return frozenset(_said(analyze_subject([_input(scene.scanned())], settings=settings)))


def _said(result: SubjectResult) -> tuple[str, ...]:
    """Everything that a run says of one visit: why not, and what is doubtful."""
    visit = result.visits[0]
    found = () if visit.segmentation is None else visit.segmentation.flags
    said = (visit.reason, *visit.appearance.doubts, *found, *result.flags)
    return tuple(dict.fromkeys(words for words in said if words))


@lru_cache(maxsize=2)
def _scanned(scene: Scene, artifacts: Artifacts, protocol: Protocol) -> PhantomVisit:
    plans = spread_lesions(CONDITION_ML, np.random.default_rng([scene.seed, 23]))
    subject = make_phantom(
        "unchanged",
        seed=scene.seed,
        protocol=protocol,
        anatomy=anatomy_of(scene.seed, scene.fineness, None, scene.pelvis),
        plans=(plans, ()),
        artifacts=(artifacts, NONE),
        n_visits=1,
    )
    return subject.baseline


def _true_ml(visit: PhantomVisit) -> float:
    voxel_ml = visit.volume.geometry.voxel_volume_ml
    return float(np.asarray(visit.edema_fraction).sum(dtype=float)) * voxel_ml


def _input(visit: PhantomVisit) -> VisitInput:
    return VisitInput(label=visit.label, day=visit.day, volume=visit.volume, t1=visit.t1)


def with_artifact(scene: Scene, *, artifacts: Artifacts) -> tuple[PhantomVisit, VisitInput]:
    """Scan a scene with something wrong in the scanner."""
    visit = scene.scanned(artifacts)
    return visit, _input(visit)


def with_voxels(
    scene: Scene, *, change: Callable[[Volume], Volume], drops_t1: bool = True
) -> tuple[PhantomVisit, VisitInput]:
    """Change the fluid-sensitive series of a scene."""
    visit = scene.scanned()
    changed = replace(_input(visit), volume=change(visit.volume))
    return visit, replace(changed, t1=None) if drops_t1 else changed


def _few_slices(scene: Scene) -> tuple[PhantomVisit, VisitInput]:
    visit = scene.scanned(protocol=replace(scene.protocol, n_slices=3))
    return visit, _input(visit)


def _t1_for_stir(scene: Scene) -> tuple[PhantomVisit, VisitInput]:
    visit = scene.scanned()
    return visit, replace(_input(visit), volume=visit.t1, t1=visit.volume)


def _t1_of_another(scene: Scene) -> tuple[PhantomVisit, VisitInput]:
    visit, other = scene.scanned(), replace(scene, seed=OTHER_SEED, pelvis=None).scanned()
    return visit, replace(_input(visit), t1=other.t1)


def _exchanged_sides(scene: Scene) -> tuple[PhantomVisit, VisitInput]:
    visit = scene.scanned()
    return visit, replace(_input(visit), bones=SWAPPED_BONES[visit.bone_labels])


def _bones_of_another(scene: Scene) -> tuple[PhantomVisit, VisitInput]:
    visit = scene.scanned()
    shifted = np.roll(visit.bone_labels, visit.bone_labels.shape[1] // 4, axis=1)
    return visit, replace(_input(visit), bones=shifted)


def scaled(volume: Volume, *, size: float) -> Volume:
    """Give a scan voxels of another size in its header, in every direction."""
    matrix = np.array(volume.geometry.lps_from_index)
    matrix[:3, :3] *= size
    geometry = VolumeGeometry(shape=volume.geometry.shape, lps_from_index=matrix)
    return Volume(geometry=geometry, voxels=volume.voxels)


def _inverted(volume: Volume) -> Volume:
    top = np.float32(np.percentile(volume.voxels, 99.5))
    return replace(volume, voxels=np.maximum(top - volume.voxels, 0))


def _with_constant(volume: Volume) -> Volume:
    return replace(volume, voxels=volume.voxels + np.float32(np.median(volume.voxels)) * 2)


def _cropped(volume: Volume) -> Volume:
    _, rows, columns = volume.geometry.shape
    first, last = MIDDLE.start * columns // 8, MIDDLE.stop * columns // 8
    matrix = np.array(volume.geometry.lps_from_index)
    matrix[:3, 3] += first * matrix[:3, 2]
    geometry = VolumeGeometry(
        shape=(volume.geometry.shape[0], rows, last - first), lps_from_index=matrix
    )
    return Volume(geometry=geometry, voxels=volume.voxels[:, :, first:last])


def _interpolated(volume: Volume) -> Volume:
    """Put the mean of two neighbours between each of the slices."""
    n, rows, columns = volume.geometry.shape
    voxels = np.empty((2 * n - 1, rows, columns), np.float32)
    voxels[::2] = volume.voxels
    voxels[1::2] = (volume.voxels[1:] + volume.voxels[:-1]) / 2
    matrix = np.array(volume.geometry.lps_from_index)
    matrix[:3, 0] /= 2
    geometry = VolumeGeometry(shape=voxels.shape, lps_from_index=matrix)
    return Volume(geometry=geometry, voxels=voxels)


MILD = "half as strong as is seen"
DEGREES = {MILD: 0.5, "as strong as is seen": 1.0, "twice as strong": 2.0}

MANIPULATIONS: Mapping[str, Manipulation] = {
    "T1W given as the fluid-sensitive series": _t1_for_stir,
    "contrast inverted": partial(with_voxels, change=_inverted),
    "a constant added to every voxel": partial(with_voxels, change=_with_constant),
    "header: voxels 0.7 times as large": partial(with_voxels, change=partial(scaled, size=0.7)),
    "header: voxels 1.35 times as large": partial(with_voxels, change=partial(scaled, size=1.35)),
    "cropped to a quarter of the width": partial(with_voxels, change=_cropped),
    "slices interpolated between": partial(with_voxels, change=_interpolated),
    "three slices only": _few_slices,
    "T1W of another person": _t1_of_another,
    "given bones with exchanged sides": _exchanged_sides,
    "given bones shifted by a quarter": _bones_of_another,
    **{
        f"{name.replace('_', ' ')}, {degree}": partial(
            with_artifact, artifacts=artifacts.stronger(factor)
        )
        for name, artifacts in ARTIFACTS.items()
        for degree, factor in DEGREES.items()
    },
}
"""Everything that is done to a scan, in the order of the table."""

HOPELESS = frozenset(
    {
        "T1W given as the fluid-sensitive series",
        "contrast inverted",
        "a constant added to every voxel",
        "three slices only",
        "given bones with exchanged sides",
        "given bones shifted by a quarter",
    }
)
"""What leaves nothing to measure: the only right answer is to refuse."""

QUICK = frozenset(
    {
        "T1W given as the fluid-sensitive series",
        "header: voxels 1.35 times as large",
        "three slices only",
        "given bones with exchanged sides",
        "noise, twice as strong",
        "ghosting, as strong as is seen",
        "failed fat suppression, as strong as is seen",
        "metal, as strong as is seen",
        f"motion, {MILD}",
        "wrap, as strong as is seen",
    }
)
"""What a quick verification does."""


def is_mild(name: str) -> bool:
    """Tell whether a manipulation is an artifact of which a reader would still make something."""
    return name.endswith(f", {MILD}")


def n_of(failures: Sequence[Failure], outcome: Outcome) -> int:
    """Count what came to this end."""
    return sum(failure.outcome is outcome for failure in failures)
