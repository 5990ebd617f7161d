"""One page of every kind that the program writes, beside one another as a run leaves them."""

from pathlib import Path

import pytest
from fabricated_cohort import leave_cohort
from made_up_agreement import made_up_agreement
from made_up_cohort import SETTINGS, made_up
from written_run import leave

from mri_bme.batch.pages import write_index
from mri_bme.batch.status import read_statuses
from mri_bme.files import write_text
from mri_bme.pipeline import SubjectResult
from mri_bme.record.claim import StudyFacts, claim_items
from mri_bme.report import SubjectPage
from mri_bme.report.agreement_page import write_agreement_page
from mri_bme.report.charts.trial import identity_chart
from mri_bme.report.claim import write_claim_page
from mri_bme.report.document import Document, Paragraph, Section, Table, document_html
from mri_bme.report.stats_page import StatsPage, write_stats_page
from mri_bme.summarize_cohort import summarize_cohort

N_SUBJECTS = 14
VERIFICATION = Document(
    kind="Verification",
    about="20 scans of subjects with known edema",
    title="A change beyond 0.2 mL is larger than measurement error",
    lead=("3 phantom scans.",),
    sections=(
        Section(
            title="Bias and linearity",
            blocks=(
                Paragraph(text="Found minus true."),
                identity_chart(((1.0, 1.1), (5.0, 4.8))),
                Table(
                    heading=("edema", "bones", "bias"),
                    rows=(("5 mL", "given", "0.12 mL"),),
                    n_text=2,
                ),
            ),
        ),
    ),
    back="../index.html",
)

NAMES = (
    "index.html",
    "sub-1/report.html",
    "stats/stats.html",
    "stats/CLAIM.html",
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
    write_claim_page(claim_items(StudyFacts(n_subjects=9)), out / "stats" / "CLAIM.html")
    write_agreement_page(made_up_agreement(), out / "agreement" / "agreement.html")
    write_text(out / "verify" / "verify.html", document_html(VERIFICATION))
    write_index(out, list(read_statuses(out)))
    return out
