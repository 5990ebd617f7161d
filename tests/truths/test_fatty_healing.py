"""A phantom whose lesions heal into fat is told from one whose lesions heal into marrow."""

from mri_bme.findings import Fate
from mri_bme.phantom import LesionPlan, Protocol, make_anatomy, make_phantom
from mri_bme.pipeline import SubjectResult, VisitInput, analyze_subject
from mri_bme.sacroiliac import Bone, Side

COARSE = Protocol(n_slices=18, matrix=100, pixel_mm=2.0, thickness_mm=4.0, spacing_mm=5.0)
SEED = 5
FRAGMENT_ML = 0.2
BEFORE = (
    LesionPlan(side=Side.LEFT, bone=Bone.ILIUM, volume_ml=4.0, peak_ratio=2.4, height=0.35),
    LesionPlan(side=Side.RIGHT, bone=Bone.SACRUM, volume_ml=3.0, peak_ratio=2.2, height=0.6),
)


def analyzed(*after: LesionPlan) -> SubjectResult:
    anatomy = make_anatomy(SEED, fineness=2.4)
    subject = make_phantom(
        "letter", seed=SEED, protocol=COARSE, anatomy=anatomy, plans=(BEFORE, after)
    )
    assert subject.followup.region_ml("total") == 0.0
    return analyze_subject(
        [
            VisitInput(label=v.label, day=v.day, volume=v.volume, t1=v.t1, bones=v.bone_labels)
            for v in subject.visits
        ]
    )


def resolved(result: SubjectResult) -> list[str]:
    """What lesions became that resolved; fragments that outlines left beside them do not count."""
    fates = result.changes["week14"].fates
    return [
        f.became
        for f in fates
        if f.visit == "baseline" and f.fate is Fate.RESOLVED and f.volume_ml > FRAGMENT_ML
    ]


def test_lesions_that_heal_into_fat_are_said_so() -> None:
    found = resolved(analyzed(*(plan.turned_to_fat() for plan in BEFORE)))
    assert found == ["resolved, fatty"] * len(BEFORE)


def test_lesions_that_heal_into_marrow_are_not() -> None:
    assert resolved(analyzed()) == ["resolved"] * len(BEFORE)
