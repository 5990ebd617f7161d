"""Many subjects on disk, in one process or several."""

from pathlib import Path

from mri_bme.export.phantom_cohort import PhantomOrder, write_cohort
from mri_bme.phantom import Protocol

TINY = Protocol(n_slices=6, matrix=24, pixel_mm=8.0, thickness_mm=12.0, spacing_mm=14.0)


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


def test_a_single_subject_has_a_truth_of_its_own_and_no_clinical_table(tmp_path: Path) -> None:
    order = PhantomOrder(scenario="healthy", seed=12, protocol=TINY, fineness=4.0)
    (line,) = write_cohort(tmp_path, [order], jobs=4)
    assert line == "phantom0012 healthy: baseline 0.00 mL, week14 0.00 mL"
    names = {path.name for path in tmp_path.rglob("*.*")}
    assert "truth.json" in names
    assert "clinical.csv" not in names
