"""Subjects with a story: known edema at baseline, known edema at week 14."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from mri_bme.errors import InvalidSettings
from mri_bme.finding_kind import FindingKind
from mri_bme.nearest import did_you_mean
from mri_bme.phantom.anatomy import Anatomy, make_anatomy
from mri_bme.phantom.artifacts import NONE, Artifacts
from mri_bme.phantom.contrast import ASSIGNED, Brightness
from mri_bme.phantom.lesions import LesionPlan, TrueEdema, make_edema, true_region_ml
from mri_bme.phantom.prescription import Pose, Protocol
from mri_bme.phantom.scanner import Scan, scan, slab_geometry
from mri_bme.phantom.shape_model import PelvisShape
from mri_bme.sacroiliac import REGIONS, Bone, Side
from mri_bme.study import BASELINE, WEEK14
from mri_bme.volume import RigidTransform, Volume

WEEK14_DAY = 98
Plans = tuple[LesionPlan, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class PhantomVisit:
    """One visit of a synthetic subject: what the scanner gave, and the truth.

    Parameters
    ----------
    label, day : str, int
        ``baseline`` at day 0, ``week14`` at day 98.
    volume, t1 : Volume
        Semicoronal STIR and T1W, LPS mm of the scanner.
    bone_labels : uint8 array
        `BoneLabel` at voxel centres, on the grid of `volume`; half of the cortex counts.
    quadrants : uint8 array
        Label of `QUADRANTS` at voxel centres.
    joint_distance_mm : float32 array
        Signed distance to the joint: negative in the sacrum, positive in the ilium.
    edema_fraction : float32 array
        True edematous share of every voxel.
    edema : TrueEdema
        Truth on the fine grid of the anatomy, whatever the slab covered.
    lps_from_subject : RigidTransform
        Where the subject's own space lay in the scanner.
    protocol, pose, artifacts : Protocol, Pose, Artifacts
        How it was scanned, and what went wrong.
    """

    label: str
    day: int
    volume: Volume
    t1: Volume
    bone_labels: NDArray[np.uint8]
    quadrants: NDArray[np.uint8]
    joint_distance_mm: NDArray[np.float32]
    edema_fraction: NDArray[np.float32]
    edema: TrueEdema
    lps_from_subject: RigidTransform
    protocol: Protocol
    pose: Pose
    artifacts: Artifacts = NONE

    def region_ml(self, region: str) -> float:
        """Sum the true edema of one region of `sacroiliac.REGIONS`, mL."""
        return self.edema.region_ml(region)

    @property
    def truth_ml(self) -> dict[str, float]:
        """True edema of every region, mL."""
        return {region: self.region_ml(region) for region in REGIONS}


@dataclass(frozen=True, kw_only=True, eq=False)
class PhantomSubject:
    """A synthetic subject with known edema at every visit.

    `others_ml` holds the true volume of every other kind of finding, by its name and region.
    """

    subject_id: str
    scenario: str
    seed: int
    anatomy: Anatomy
    visits: tuple[PhantomVisit, ...]
    others_ml: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    @property
    def surfaces_sha256(self) -> str:
        """Hash of the surfaces that somebody gave as its bones; empty for the shape model's."""
        return self.anatomy.surfaces_sha256

    @property
    def baseline(self) -> PhantomVisit:
        """The first visit."""
        return self.visits[0]

    @property
    def followup(self) -> PhantomVisit:
        """The second visit."""
        return self.visits[1]

    @property
    def followup_from_baseline(self) -> RigidTransform:
        """True motion of the pelvis between the two visits, LPS mm."""
        return self.followup.lps_from_subject @ self.baseline.lps_from_subject.inverse()


def _lesions(
    rng: np.random.Generator, side: Side, sizes: tuple[tuple[Bone, float, float], ...]
) -> Plans:
    """Plan lesions of (bone, height, mL) on one side."""
    return tuple(
        LesionPlan(
            side=side,
            bone=bone,
            volume_ml=volume * float(rng.uniform(0.85, 1.15)),
            peak_ratio=float(rng.uniform(1.9, 2.7)),
            along=float(rng.uniform(0.35, 0.65)),
            height=float(np.clip(height + rng.uniform(-0.1, 0.1), 0.05, 0.95)),
            depth_ratio=float(rng.uniform(0.55, 0.9)),
        )
        for bone, height, volume in sizes
    )


LARGE = ((Bone.ILIUM, 0.35, 5.0), (Bone.SACRUM, 0.6, 4.0), (Bone.ILIUM, 0.8, 1.5))
MEDIUM = ((Bone.ILIUM, 0.6, 3.0), (Bone.SACRUM, 0.35, 2.5))
SMALL = ((Bone.SACRUM, 0.5, 0.8), (Bone.ILIUM, 0.7, 0.9))


def _all(plans: Plans, volume: float, contrast: float = 1.0) -> Plans:
    return tuple(plan.scaled(volume, contrast_factor=contrast) for plan in plans)


def _letter(rng: np.random.Generator) -> tuple[Plans, Plans]:
    plans = _lesions(rng, Side.LEFT, LARGE)
    return plans, (plans[0].scaled(0.06, contrast_factor=0.6),)


def _partial(rng: np.random.Generator) -> tuple[Plans, Plans]:
    plans = _lesions(rng, Side.LEFT, LARGE) + _lesions(rng, Side.RIGHT, SMALL)
    return plans, _all(plans, 0.45, 0.85)


def _unchanged(rng: np.random.Generator) -> tuple[Plans, Plans]:
    plans = _lesions(rng, Side.RIGHT, LARGE) + _lesions(rng, Side.LEFT, SMALL)
    return plans, plans


def _worse(rng: np.random.Generator) -> tuple[Plans, Plans]:
    plans = _lesions(rng, Side.RIGHT, MEDIUM)
    return plans, _all(plans, 2.2, 1.1)


def _new_contralateral(rng: np.random.Generator) -> tuple[Plans, Plans]:
    plans = _lesions(rng, Side.LEFT, MEDIUM)
    return plans, _all(plans, 0.2, 0.8) + _lesions(rng, Side.RIGHT, MEDIUM)


def _healthy(_rng: np.random.Generator) -> tuple[Plans, Plans]:
    return (), ()


def _bilateral_severe(rng: np.random.Generator) -> tuple[Plans, Plans]:
    wide = tuple((bone, height, 2.2 * volume) for bone, height, volume in LARGE)
    plans = _lesions(rng, Side.LEFT, wide) + _lesions(rng, Side.RIGHT, wide)
    return plans, _all(plans, 0.6, 0.9)


def _tiny(rng: np.random.Generator) -> tuple[Plans, Plans]:
    return _lesions(rng, Side.LEFT, ((Bone.ILIUM, 0.6, 0.35),)), ()


SCENARIOS: dict[str, Callable[[np.random.Generator], tuple[Plans, Plans]]] = {
    "letter": _letter,
    "partial": _partial,
    "unchanged": _unchanged,
    "worse": _worse,
    "new_contralateral": _new_contralateral,
    "healthy": _healthy,
    "bilateral_severe": _bilateral_severe,
    "tiny": _tiny,
    "shifted_slab": _partial,
}
"""Edema at baseline and at week 14 of every scenario."""

SHIFTED_SLAB_SEES = 0.7  # of the joint; the second slab lies too far back


def make_phantom(
    scenario: str,
    *,
    seed: int,
    protocol: Protocol | None = None,
    followup_protocol: Protocol | None = None,
    fineness: float = 1.0,
    size: float | None = None,
    anatomy: Anatomy | None = None,
    pelvis: PelvisShape | None = None,
    contrast: Brightness = ASSIGNED,
    plans: tuple[Plans, Plans] | None = None,
    artifacts: tuple[Artifacts, Artifacts] = (NONE, NONE),
    positioning: float = 1.0,
    kinds: Sequence[FindingKind] = (),
    n_visits: int = 2,
) -> PhantomSubject:
    """Make a synthetic subject with two visits 98 days apart and known edema.

    Parameters
    ----------
    scenario : str
        One of `SCENARIOS`.
    seed : int
        Same seed, same subject, same voxels.
    protocol : Protocol or None
        How both visits are scanned; None is 20 slices of 4 mm every 4.4 mm.
    followup_protocol : Protocol or None
        How the second visit is scanned, where it is not scanned as the first.
    fineness : float
        Above 1, a coarser anatomy (faster, for tests).
    size : float or None
        Size of the subject relative to the mean; volumes scale with its cube.
    anatomy : Anatomy or None
        A subject made before.
    pelvis : PelvisShape or None
        Bones that somebody gave, instead of ones drawn from the shape model; edema is as large as
        ordered, whatever their size.
    contrast : Brightness
        How bright tissues are, of a subject that is made here.
    plans : pair of tuples of LesionPlan or None
        Edema at both visits, instead of the scenario's.
    artifacts : pair of Artifacts
        What goes wrong at either visit; the truth is the same with or without.
    positioning : float
        How differently subject and slab lie at the two visits, relative to usual practice.
    kinds : sequence of FindingKind
        Kinds of findings other than edema to put into the subject, the same at both visits.
    n_visits : int
        1 scans the baseline alone.

    Raises
    ------
    InvalidSettings
        If there is no such scenario.
    """
    if scenario not in SCENARIOS:
        raise InvalidSettings(
            f"there is no scenario {scenario!r}; "
            + did_you_mean(scenario, SCENARIOS, otherwise=f"choose one of {', '.join(SCENARIOS)}")
        )
    if anatomy is None:
        anatomy = make_anatomy(seed, fineness=fineness, size=size, pelvis=pelvis, contrast=contrast)
    anatomy, others_ml = _with_others(anatomy, kinds, seed)
    rng = np.random.default_rng([seed, 3])
    planned = SCENARIOS[scenario](rng)
    cube = 1.0 if size is None else size**3
    planned = planned if plans is None else plans
    protocol = Protocol() if protocol is None else protocol
    protocols = (protocol, protocol if followup_protocol is None else followup_protocol)
    poses = [Pose.draw(rng), Pose.draw(rng)]
    poses[1] = poses[0].towards(poses[1], positioning)
    if scenario == "shifted_slab":
        poses[1] = _too_far_back(anatomy, protocols[1], poses[1])
    visits = tuple(
        _visit(
            anatomy,
            _all(plan, cube),
            _Conditions(protocol=_retuned(used, rng), pose=pose, artifacts=wrong),
            seed=seed,
            number=i,
        )
        for i, (plan, used, pose, wrong) in enumerate(
            list(zip(planned, protocols, poses, artifacts, strict=True))[:n_visits]
        )
    )
    return PhantomSubject(
        subject_id=f"phantom{seed:04d}",
        scenario=scenario if plans is None else f"{scenario}, edema as ordered",
        seed=seed,
        anatomy=anatomy,
        visits=visits,
        others_ml=others_ml,
    )


def _with_others(
    anatomy: Anatomy, kinds: Sequence[FindingKind], seed: int
) -> tuple[Anatomy, dict[str, dict[str, float]]]:
    """Put other kinds of findings into a subject; say how much of each there is by region."""
    others_ml = {}
    for kind in kinds:
        if kind.paint is None:
            raise InvalidSettings(f"there is no phantom of {kind.words}; give its kind a `paint`")
        anatomy, share = kind.paint(anatomy, seed)
        others_ml[kind.name] = true_region_ml(anatomy, share)
    return anatomy, others_ml


def _too_far_back(anatomy: Anatomy, protocol: Protocol, pose: Pose) -> Pose:
    """Move the slab until it sees `SHIFTED_SLAB_SEES` of both joints' surfaces."""
    joints = np.concatenate([anatomy.joints[side] for side in Side])
    indices = (joints - anatomy.grid.first_mm) / anatomy.geometry.spacing_mm
    lps = pose.lps_from_subject.apply(anatomy.geometry.points_lps(indices))
    slices = slab_geometry(anatomy, protocol, pose).indices_of(lps)[:, 0]
    first_seen = float(np.quantile(slices, 1 - SHIFTED_SLAB_SEES))
    n, s, x = pose.offset_mm
    return replace(pose, offset_mm=(n + (first_seen + 0.5) * protocol.spacing_mm, s, x))


def _retuned(protocol: Protocol, rng: np.random.Generator) -> Protocol:
    """Vary gain, noise and shading from visit to visit."""
    return replace(
        protocol,
        marrow_level=protocol.marrow_level * float(rng.uniform(0.7, 1.4)),
        noise=protocol.noise * float(rng.uniform(0.9, 1.15)),
        shading=protocol.shading * float(rng.uniform(0.7, 1.3)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Conditions:
    protocol: Protocol
    pose: Pose
    artifacts: Artifacts = NONE


def _visit(
    anatomy: Anatomy, plans: Plans, conditions: _Conditions, *, seed: int, number: int
) -> PhantomVisit:
    edema = make_edema(anatomy, plans, seed=seed)
    protocol, pose = conditions.protocol, conditions.pose
    found: Scan = scan(
        anatomy,
        edema,
        protocol,
        pose,
        geometry=slab_geometry(anatomy, protocol, pose),
        seed=2 * seed + number,
        artifacts=conditions.artifacts,
    )
    return PhantomVisit(
        label=WEEK14 if number else BASELINE,
        day=WEEK14_DAY * number,
        volume=found.stir,
        t1=found.t1,
        bone_labels=found.bone_labels,
        quadrants=found.quadrants,
        joint_distance_mm=found.joint_distance_mm,
        edema_fraction=found.edema_fraction,
        edema=edema,
        lps_from_subject=pose.lps_from_subject,
        protocol=protocol,
        pose=pose,
        artifacts=conditions.artifacts,
    )


def random_visit(
    seed: int, *, fineness: float = 1.4, anatomy: Anatomy | None = None
) -> PhantomVisit:
    """Scan a random subject with a random protocol, for training and stress tests.

    Resolution, slice thickness and gap, noise, shading, gain, slab position, build and
    edema (none to severe) all vary by `seed`, more widely than a trial's protocol would.
    """
    rng = np.random.default_rng([seed, 19])
    anatomy = make_anatomy(seed, fineness=fineness) if anatomy is None else anatomy
    pixel_mm = float(rng.uniform(0.6, 1.2))
    thickness_mm = float(rng.uniform(2.8, 5.0))
    spacing_mm = thickness_mm * float(rng.uniform(1.0, 1.3))
    protocol = Protocol(
        n_slices=int(np.clip(round(rng.uniform(62, 95) / spacing_mm), 12, 32)),
        matrix=round(rng.uniform(190, 250) / pixel_mm),
        pixel_mm=pixel_mm,
        thickness_mm=thickness_mm,
        spacing_mm=spacing_mm,
        noise=float(rng.uniform(0.02, 0.13)),
        shading=float(rng.uniform(0.05, 0.35)),
        marrow_level=float(rng.uniform(80, 500)),
        resolution_mm=(float(rng.uniform(0.8, 1.3)), float(rng.uniform(0.9, 2.0))),
        deep_noise=float(rng.uniform(0.0, 0.5)),
    )
    plans: Plans = ()
    for side in Side:
        if rng.random() < 0.6:
            sizes = (LARGE, MEDIUM, SMALL)[int(rng.integers(3))]
            plans += _all(_lesions(rng, side, sizes), float(rng.uniform(0.3, 2.0)))
    conditions = _Conditions(protocol=protocol, pose=Pose.draw(rng))
    return _visit(anatomy, plans, conditions, seed=seed, number=0)
