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


LARGE = ("SimpleITK", "highdicom", "matplotlib", "pandas", "scipy.stats", "statsmodels", "torch")


def test_a_worker_holds_no_library_that_a_subject_does_not_need() -> None:
    """Together they take more memory than a small scan."""
    program = f"import sys, mri_bme.batch.chain; print([n for n in {LARGE} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout.strip() == b"[]"
