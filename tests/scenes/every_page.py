"""One page of every kind that the program writes, beside one another as a run leaves them."""

from pathlib import Path

import pytest
from fabricated_cohort import leave_cohort
from made_up_agreement import made_up_agreement
from made_up_cohort import SETTINGS, made_up
from written_run import leave

from mri_bme.batch.pages import write_index
from mri_bme.batch.status import read_statuses
from mri_bme.pipeline import SubjectResult
from mri_bme.report import SubjectPage
from mri_bme.report.agreement_page import write_agreement_page
from mri_bme.report.stats_page import StatsPage, write_stats_page
from mri_bme.report.verification import VerificationPage, write_verification_page
from mri_bme.summarize_cohort import summarize_cohort

N_SUBJECTS = 14
VERIFICATION = VerificationPage(
    provenance="3 phantom scans",
    protocol=(("pixel mm", "0.6"),),
    figures=(("linearity, slope", "all", "given", "0.987", "0.95 to 1.02", "20"),),
    levels=(("edema", "bones", "bias"), ("5 mL", "given", "0.12 mL")),
    conditions=(("departure", "wSD"), ("more noise", "0.2 mL")),
    kinds=(("edema", "total"), ("5 mL", "0.9 mL")),
    detectable=((0.0, 0.2), (5.0, 0.9)),
    detection_limit_ml=0.12,
    n_scans=20,
    n_not_evaluable=1,
    points=((1.0, 1.1), (5.0, 4.8)),
    reasons=("the slab misses the joint",),
    back="../index.html",
)

NAMES = (
    "index.html",
    "sub-1/report.html",
    "stats/stats.html",
    "verify/verify.html",
    "agreement/agreement.html",
)
"""Where each page lies in the folder."""


@pytest.fixture(scope="session")
def pages(
    tmp_path_factory: pytest.TempPathFactory, drawn_page: SubjectPage, drawn_result: SubjectResult
) -> Path:
    """Folder with a cohort of `N_SUBJECTS` and one, whose page is there, and the other pages."""
    out = tmp_path_factory.mktemp("pages")
    leave_cohort(out, drawn_result, N_SUBJECTS)
    leave(out, "sub-1", drawn_page, drawn_result)
    cohort = made_up(6, followups=("week14",))
    statistics = tuple(summarize_cohort(cohort, settings=SETTINGS))
    stats = StatsPage(cohort=cohort, statistics=statistics, pairs=(), settings=SETTINGS)
    write_stats_page(stats, out / "stats" / "stats.html")
    write_agreement_page(made_up_agreement(), out / "agreement" / "agreement.html")
    write_verification_page(VERIFICATION, out / "verify" / "verify.html")
    write_index(out, list(read_statuses(out)))
    return out
