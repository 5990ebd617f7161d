"""A cohort holds every scenario, and its clinical scores follow the edema."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from mri_bme.cli import app_with
from mri_bme.cli.phantom import _plans
from mri_bme.errors import InvalidSettings
from mri_bme.export.phantom_cohort import PhantomOrder, write_cohort
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


def test_a_cohort_has_the_same_bytes_whatever_the_jobs(tmp_path: Path) -> None:
    orders = [
        PhantomOrder(scenario=name, seed=11 + i, protocol=TINY, fineness=4.0, vendor="ge")
        for i, name in enumerate(("letter", "healthy"))
    ]
    for jobs in (1, 2):
        lines = list(write_cohort(tmp_path / str(jobs), orders, jobs=jobs))
        assert [line.split()[:2] for line in lines] == [
            ["phantom0011", "letter:"],
            ["phantom0012", "healthy:"],
        ]
    one, two = (
        {path.relative_to(root): path.read_bytes() for path in root.rglob("*") if path.is_file()}
        for root in (tmp_path / "1", tmp_path / "2")
    )
    assert one == two
    assert {path.name for path in one} >= {"truth.json", "clinical.csv"}


def test_edema_is_ordered_by_quadrant_volume_depth_and_brightness(tmp_path: Path) -> None:
    arguments = ["phantom", str(tmp_path), "--seed", "3"]
    arguments += ["--lesion", "left_ilium_upper:2", "--lesion", "right_sacrum_lower:1:6:1.4"]
    outcome = CliRunner().invoke(app_with("phantom"), arguments)
    assert outcome.exit_code == 0, outcome.output
    before, after = json.loads((tmp_path / "truth.json").read_text())["visits"]
    assert before["edema_ml"]["left_ilium"] == pytest.approx(2.0, abs=0.05)
    assert before["edema_ml"]["right_sacrum_lower"] > 0.8
    assert before["lesions"][1]["peak_ratio"] == 1.4
    assert after["edema_ml"]["total"] == 0
    for wrong in ("left_ilium:2", "left_ilium_upper", "left_ilium_upper:2:8:9", "x:1"):
        with pytest.raises(InvalidSettings, match="a lesion is ordered as"):
            _plans([wrong], seed=1)


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


@pytest.mark.parametrize("scenario", sorted(SCENARIOS))
def test_each_scenario_tells_its_story(scenario: str) -> None:
    subject = make_phantom(scenario, seed=3, anatomy=make_anatomy(3, fineness=3.0), protocol=TINY)
    before, after = (visit.truth_ml for visit in subject.visits)
    expected = {
        "letter": before["right"] == 0 and after["total"] < 0.1 * before["total"],
        "partial": 0.2 < after["total"] / max(before["total"], 1e-9) < 0.7,
        "unchanged": before == after and before["total"] > 3,
        "worse": after["total"] > 1.5 * before["total"] > 0,
        "new_contralateral": before["right"] == 0 and after["right"] > 2,
        "healthy": before["total"] == after["total"] == 0,
        "bilateral_severe": min(before["left"], before["right"]) > 8,
        "tiny": 0 < before["total"] < 0.5,
        "shifted_slab": before["total"] > 3,
    }
    assert expected[scenario]


def test_the_shifted_slab_sees_seventy_percent_of_the_joint() -> None:
    protocol = Protocol(n_slices=15, matrix=90, pixel_mm=2.2, thickness_mm=4.0, spacing_mm=5.0)
    anatomy = make_anatomy(3, fineness=3.0)
    subject = make_phantom("shifted_slab", seed=3, anatomy=anatomy, protocol=protocol)
    joints = np.concatenate(list(anatomy.joints.values()))
    place = (joints - anatomy.grid.first_mm) / anatomy.geometry.spacing_mm
    seen = []
    for visit in subject.visits:
        lps = visit.lps_from_subject.apply(anatomy.geometry.points_lps(place))
        slices = visit.volume.geometry.indices_of(lps)[:, 0]
        seen.append(np.mean((slices > -0.5) & (slices < protocol.n_slices - 0.5)))
    assert seen[0] > 0.9
    assert seen[1] == pytest.approx(0.7, abs=0.03)
