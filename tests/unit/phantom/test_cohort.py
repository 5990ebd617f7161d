"""A cohort holds every scenario, and its clinical scores follow the edema."""

from collections import Counter
from pathlib import Path

import numpy as np

from mri_bme.export.phantom_files import truth_of, write_cohort_tables, write_phantom
from mri_bme.phantom import SCENARIOS, LesionPlan, Protocol, make_anatomy, make_phantom
from mri_bme.phantom.cohort import SHARES, clinical_rows, cohort_scenarios
from mri_bme.sacroiliac import Bone, Side

TINY = Protocol(n_slices=6, matrix=24, pixel_mm=8.0, thickness_mm=12.0, spacing_mm=14.0)


def test_every_scenario_is_dealt_in_its_share() -> None:
    dealt = Counter(cohort_scenarios(200, seed=1))
    assert set(dealt) == set(SCENARIOS) == set(SHARES)
    assert all(abs(dealt[name] - 200 * share) <= 1 for name, share in SHARES.items())
    assert cohort_scenarios(200, seed=1) == cohort_scenarios(200, seed=1)
    assert cohort_scenarios(200, seed=1) != cohort_scenarios(200, seed=2)


def test_clinical_scores_follow_the_edema() -> None:
    anatomy = make_anatomy(2, fineness=3.0)
    edema, crp, basdai = [], [], []
    for seed in range(16):
        ml = 0.6 * seed
        plan = LesionPlan(side=Side.LEFT, bone=Bone.ILIUM, volume_ml=ml, peak_ratio=2.0)
        subject = make_phantom(
            "unchanged", seed=seed, anatomy=anatomy, protocol=TINY, plans=((plan,), (plan,))
        )
        first = clinical_rows(subject)[0]
        edema.append(subject.baseline.region_ml("total"))
        crp.append(first.crp)
        basdai.append(first.basdai)
        assert 0 <= first.basdai <= 10
        assert 0 <= first.back_pain <= 10
        assert first.crp > 0
    assert np.corrcoef(np.log1p(edema), np.log(crp))[0, 1] > 0.5
    assert 0.2 < np.corrcoef(np.log1p(edema), basdai)[0, 1] < 0.95


def test_a_cohort_of_the_same_seed_has_the_same_bytes(tmp_path: Path) -> None:
    anatomy = make_anatomy(2, fineness=3.0)
    for name in ("one", "two"):
        made = [
            make_phantom(scenario, seed=11 + i, anatomy=anatomy, protocol=TINY)
            for i, scenario in enumerate(cohort_scenarios(3, seed=11))
        ]
        for subject in made:
            write_phantom(subject, tmp_path / name, extras=False, with_truth=False)
        clinical = [row for subject in made for row in clinical_rows(subject)]
        write_cohort_tables(tmp_path / name, [truth_of(subject) for subject in made], clinical)
    files = sorted(p.relative_to(tmp_path / "one") for p in (tmp_path / "one").rglob("*"))
    assert {path.name for path in files} >= {"truth.json", "clinical.csv", "phantom0011"}
    for path in files:
        if (tmp_path / "one" / path).is_file():
            assert (tmp_path / "one" / path).read_bytes() == (tmp_path / "two" / path).read_bytes()
