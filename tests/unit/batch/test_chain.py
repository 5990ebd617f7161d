"""One subject from its files to its rows."""

import subprocess
import sys

from mri_bme.batch.chain import rows_of_failed
from mri_bme.batch.inputs import SubjectUnit, VisitUnit
from mri_bme.sacroiliac import REGIONS


def test_a_failed_subject_has_a_row_for_every_visit_region_and_change() -> None:
    visits = tuple(VisitUnit(label=v, day=None, volume=None) for v in ("baseline", "week14"))
    rows = rows_of_failed(SubjectUnit(subject="9", folder="sub-9", visits=visits), "out of time")
    assert len(rows["visits"]) == 2 * len(REGIONS)
    assert len(rows["changes"]) == len(REGIONS)
    assert {row["reason"] for row in rows["visits"]} == {"out of time"}
    assert {row["verdict"] for row in rows["changes"]} == {"not_evaluable"}
    assert {row.get("edema_ml") for row in rows["visits"]} == {None}


LARGE = (
    *("SimpleITK", "highdicom", "matplotlib", "pandas", "scipy.stats", "statsmodels", "torch"),
    *("scipy.fft", "scipy.linalg", "scipy.optimize", "scipy.sparse", "scipy.spatial"),
)


def test_libraries_are_loaded_when_they_are_first_used() -> None:
    """Together they take more memory than a small scan, and as long to load as all the rest."""
    program = f"import sys, mri_bme.batch.chain; print([n for n in {LARGE} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout.strip() == b"[]"
