"""Pages of the drawn subject, rendered once."""

from collections.abc import Callable

import pytest
from drawn_subject import drawn_change, drawn_visit, moved_week14

from mri_bme.findings import Registration, RegistrationQuality
from mri_bme.pipeline import SubjectResult, VisitInput, VisitResult
from mri_bme.report import SubjectPage, subject_page, subject_page_html
from mri_bme.volume import RigidTransform


@pytest.fixture(scope="session")
def drawn_result() -> SubjectResult:
    rigid = moved_week14()
    first = drawn_visit("baseline", 0, RigidTransform.identity(), 14.0)
    last = drawn_visit("week14", 98, rigid, 7.0)
    quality = RegistrationQuality(accepted=True, reason="", inverse_consistency_mm=0.2)
    return SubjectResult(
        visits=(first, last),
        registrations={"week14": Registration(moving_from_fixed=rigid, quality=quality)},
        changes={"week14": drawn_change(first, last, rigid)},
    )


@pytest.fixture(scope="session")
def unmeasured_result() -> Callable[[str], SubjectResult]:
    def make(reason: str) -> SubjectResult:
        visit = VisitInput(label="baseline", day=0, volume=None, reason=reason)
        return SubjectResult(visits=(VisitResult(visit=visit, reason=reason),))

    return make


@pytest.fixture(scope="session")
def drawn_page(drawn_result: SubjectResult) -> SubjectPage:
    return subject_page(drawn_result, subject_id="sub-1", facts=(("settings", "default"),))


@pytest.fixture(scope="session")
def drawn_html(drawn_page: SubjectPage) -> str:
    return subject_page_html(drawn_page)
