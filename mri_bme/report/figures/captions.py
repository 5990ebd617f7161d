"""What stands below a figure in a paper: what is shown, of whom, and how it was made."""

from collections.abc import Callable, Mapping

from mri_bme.report import words
from mri_bme.report.charts.cohort import COHORT_CHARTS
from mri_bme.report.charts.subject import SUBJECT_CHARTS, shown_visits, visit_title
from mri_bme.report.cohort import CohortPage, changed_rows
from mri_bme.report.hangs_on import hangs_on
from mri_bme.report.page import SubjectPage
from mri_bme.version import __version__

HALF_WAY = (
    "Both visits were moved half-way towards each other for display; volumes were measured on "
    "the slices as acquired."
)
SIDES = "The patient's right is on the left."
INTERVALS = "Whiskers are 95 % intervals of propagated uncertainty."


def subject_caption(name: str, page: SubjectPage) -> str:
    """Caption of a figure of `SUBJECT_FIGURES`."""
    describe = SUBJECT_CAPTIONS.get(name)
    told = _of_charts(name, page) if describe is None else describe(page)
    return f"Subject {page.subject_id}. {told} Made with mri_bme {page.version}."


def cohort_caption(name: str, page: CohortPage) -> str:
    """Caption of a figure of `COHORT_FIGURES`."""
    rows = changed_rows(page)
    lost = len(page.rows) - len(rows)
    chart = COHORT_CHARTS[name](page)
    key = "; ".join(f"{text}" for _, text in chart.key)
    without = f"; {lost} of {len(page.rows)} had no measured change" if lost else ""
    return (
        f"{chart.alt} (n = {len(rows)}{without}). Colours: {key}. {words.VERDICT_RULE} "
        f"Made with mri_bme {__version__}."
    )


def _visits(page: SubjectPage) -> str:
    return " and ".join(visit_title(visit).lower() for visit in shown_visits(page))


def _found(page: SubjectPage) -> str:
    """Say the volumes and the change in one sentence."""
    return " ".join(words.summary(page))


def _change(page: SubjectPage) -> str:
    circles = " Dotted circles: what changed." if words.main_change(page) else ""
    moved = f" {HALF_WAY}" if len(shown_visits(page)) == 2 else ""
    return (
        f"Fluid-sensitive MRI of the sacroiliac joints at {_visits(page)}, on the slice that shows "
        f"most. Orange: outline of edema.{circles} Bar: 20 mm. {SIDES}{moved} {_found(page)}"
    )


def _slices(page: SubjectPage) -> str:
    moved = f" {HALF_WAY}" if len(shown_visits(page)) == 2 else ""
    return (
        f"Slices with most edema, counted from the front, at {_visits(page)}. Orange: outline of "
        f"edema. {SIDES}{moved} {_found(page)}"
    )


def _registration(page: SubjectPage) -> str:
    told = " ".join(words.registration_sentence(r) for r in page.registrations.values())
    return (
        "Both visits before and after registration: first visit, last visit, squares of either in "
        f"turn, and edges of the last on the first. {told}"
    )


def _volumes(page: SubjectPage) -> str:
    rule = f" Grey: changes within measurement error. {words.VERDICT_RULE}"
    if words.main_change(page) is None:
        return f"Edema by region at {_visits(page)}. {INTERVALS} {_found(page)}"
    return f"Edema by region at {_visits(page)}, and its change. {INTERVALS}{rule} {_found(page)}"


def _quadrants(page: SubjectPage) -> str:
    return f"Edema (mL) in the eight quadrants at {_visits(page)}; darker is more. {SIDES}"


def _threshold(page: SubjectPage) -> str:
    told = " ".join(words.threshold_sentence(visit) for visit in shown_visits(page))
    return f"Signal of normal marrow and of the measured marrow at {_visits(page)}. {told}"


def _sensitivity(page: SubjectPage) -> str:
    change = words.main_change(page)
    what = "Edema" if change is None else "Change of edema"
    return (
        f"{what} at {_visits(page)} with one source of error at a time moved to both ends of what "
        "it is uncertain by (95 %), all others left as they are; at the top the 95 % interval, "
        "which draws all together; dashed: as measured. "
        f"{hangs_on(change)}"
    ).strip()


def _tissue(page: SubjectPage) -> str:
    return (
        f"T1W at {_visits(page)} the place of each lesion, in multiples of reference marrow. Bars: "
        "95 of 100 places of the same shape in marrow without edema, at the later visit. A "
        "resolved lesion is fatty when its T1W rose beyond the error of such places and lies "
        "above theirs."
    )


def _of_charts(name: str, page: SubjectPage) -> str:
    """Say what the charts of a figure say of themselves."""
    charts = SUBJECT_CHARTS[name](page)
    return " ".join(f"{chart.alt}." for chart in charts)


SUBJECT_CAPTIONS: Mapping[str, Callable[[SubjectPage], str]] = {
    "change": _change,
    "slices": _slices,
    "registration": _registration,
    "volumes": _volumes,
    "quadrants": _quadrants,
    "threshold": _threshold,
    "tissue": _tissue,
    "sensitivity": _sensitivity,
}
"""Captions by figure; one that was added since says what its charts say."""
