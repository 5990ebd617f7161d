"""Statistics as tables and in words: names, numbers, captions, methods."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from mri_bme.record.numbers import DASH, fixed
from mri_bme.report.charts.trial import measure_name
from mri_bme.report.words import visit_name
from mri_bme.summarize_cohort import EDEMA, WHOLE, Statistic

NAMES = {
    "mean": "Mean",
    "sd": "SD",
    "median": "Median",
    "mean_change": "Mean change",
    "median_change": "Median change",
    "sd_change": "SD of change",
    "srm": "Standardized response mean",
    "paired_t_test": "Paired t test (t)",
    "wilcoxon_test": "Signed-rank test (W)",
    "adjusted_change": "Change at the mean baseline",
    "ancova_difference": "Difference, adjusted for baseline (ANCOVA)",
    "guyatt": "Guyatt's effect size",
    "hodges_lehmann_change": "Shift (Hodges-Lehmann)",
    "mmrm_change": "Change at the mean baseline, all follow-ups (MMRM)",
    "mmrm_difference": "Difference of change, all follow-ups (MMRM)",
    "rank_sum_test": "Rank-sum test (U)",
    "hodges_lehmann_difference": "Shift between arms (Hodges-Lehmann)",
    "rank_ancova_difference": "Difference in ranks, adjusted for baseline (rank ANCOVA)",
    "cube_root_difference": "Difference in cube root of mL, adjusted (ANCOVA)",
    "tobit_difference": "Difference in cube root of mL, zeros censored (Tobit)",
    "proportion_difference": "Difference of the shares of responders",
    "proportion_zero": "Share without edema",
    "share_resolved": "Resolved",
    "share_decreased": "Decreased",
    "share_unchanged": "Unchanged",
    "share_increased": "Increased",
    "share_new": "New edema",
    "share_none": "No edema at either visit",
    "share_responder": "Resolved or decreased, of those with edema",
    "spearman": "Spearman",
    "pearson": "Pearson",
    "spearman_of_changes": "Spearman, changes",
    "pearson_of_changes": "Pearson, changes",
    "bias": "Bias",
    "limit_of_agreement_low": "Limit of agreement, lower",
    "limit_of_agreement_high": "Limit of agreement, upper",
    "icc_2_1": "ICC(2,1), absolute agreement",
    "sdc": "Smallest detectable change",
    "subjects_per_arm": "Subjects per arm, two arms",
    "subjects_before_after": "Subjects, one arm before and after",
}
CHANGE = (
    "mean_change",
    "median_change",
    "sd_change",
    "srm",
    "paired_t_test",
    "wilcoxon_test",
    "hodges_lehmann_change",
    "adjusted_change",
    "mmrm_change",
)
ARMS = (
    "guyatt",
    "ancova_difference",
    "mmrm_difference",
    "rank_sum_test",
    "hodges_lehmann_difference",
    "rank_ancova_difference",
    "cube_root_difference",
    "tobit_difference",
    "proportion_difference",
)
LEVELS = ("mean", "sd", "median", "proportion_zero")
CORRELATION = ("spearman", "pearson", "spearman_of_changes", "pearson_of_changes")
AGREEMENT = ("bias", "limit_of_agreement_low", "limit_of_agreement_high", "icc_2_1", "sdc")
PLANNING = ("subjects_per_arm", "subjects_before_after")
IN_UNITS = frozenset(
    {
        *("mean", "sd", "median", "mean_change", "median_change", "sd_change", "adjusted_change"),
        *("hodges_lehmann_change", "hodges_lehmann_difference", "mmrm_change", "mmrm_difference"),
        *("ancova_difference", "bias", "limit_of_agreement_low", "limit_of_agreement_high", "sdc"),
    }
)
"""Statistics in the units of what was measured."""
SCORES = frozenset({"sparcc", "sparcc_estimate", "berlin", "impression"})
OF_RANKS = frozenset({"wilcoxon_test", "rank_sum_test", "rank_ancova_difference"})
MOST_NAMED = 4  # subjects beside a number; left_out.csv has them all
METHODS = (
    (
        ("paired_t_test", "wilcoxon_test"),
        "Change was tested with Student's paired t test and with Wilcoxon's signed-rank test, "
        "zeros ranked after Pratt; its p value counts all signs that the changes could have had. "
        "The shift and its interval are Hodges and Lehmann's.",
    ),
    (
        ("ancova_difference", "adjusted_change"),
        "Change at one follow-up was adjusted for the baseline by analysis of covariance.",
    ),
    (
        ("mmrm_difference", "mmrm_change"),
        "All follow-ups together were analysed by a mixed model for repeated measures (MMRM): "
        "change by visit, by arm at each visit and by baseline at each visit, an unstructured "
        "covariance between visits, restricted maximum likelihood, and Satterthwaite's degrees "
        "of freedom; missing visits are taken as missing at random. Where the likelihood has no "
        "clear maximum, or it lies where one visit follows from the others, there is the reason "
        "and neither an estimate nor a p value.",
    ),
    (
        ("rank_sum_test", "cube_root_difference", "tobit_difference"),
        "Edema volumes pile up at 0 and trail off above, so that means rest on few subjects. "
        "Beside the analysis of volumes as measured stand four that do not: the "
        "rank-sum test of change (Mann & Whitney; all ways to share the ranks are counted, up to "
        "100 subjects) with Hodges and Lehmann's shift; the rank analysis of covariance of "
        "Quade; analysis of covariance of cube roots; and Tobit's model of cube roots, which "
        "takes a 0 as lying at or below what can be seen. Name the one that counts before "
        "looking.",
    ),
    (
        ("spearman", "spearman_of_changes"),
        "The p value of Spearman's correlation counts all orders up to nine subjects, and is "
        "Student's above.",
    ),
)
"""What was done, in words, where one of the statistics was computed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of numbers under a caption, and whom most of them leave out."""

    caption: str
    rows: tuple[Statistic, ...]
    left_out: str = ""


def digits_of(found: Statistic) -> int:
    """Count the digits behind the point, of which a kind of figure has the same on every page.

    Subjects are whole. Scores of readers, and the statistics of rank tests, have one; volumes
    (mL), coefficients, shares, and all else two.
    """
    if found.statistic in PLANNING:
        return 0
    is_score = found.statistic in IN_UNITS and found.measure in SCORES
    return 1 if is_score or found.statistic in OF_RANKS else 2


def number(found: Statistic) -> str:
    """Write the value of a statistic, or a dash when it is missing."""
    return fixed(found.value, digits_of(found))


def interval(found: Statistic) -> str:
    """Write the interval of a statistic, with the digits of its value."""
    if found.ci_low is None or found.ci_high is None:
        return DASH
    digits = digits_of(found)
    return f"{fixed(found.ci_low, digits)} to {fixed(found.ci_high, digits)}"


def p_value(found: Statistic) -> str:
    """Write a p value with three digits behind the point, and no smaller than 0.001."""
    if found.p_value is None:
        return DASH
    return "< 0.001" if found.p_value < 0.001 else fixed(found.p_value, 3)


def statistic_name(found: Statistic) -> str:
    """Name a statistic in words."""
    share = found.statistic.removeprefix("share_")
    return NAMES.get(found.statistic, f"Share {share}" if share != found.statistic else share)


def left_out_text(found: Statistic) -> str:
    """Say whom a statistic leaves out and why; empty when nobody."""
    if not found.left_out:
        return ""
    named = [f"{lost.subject} ({lost.reason})" for lost in found.left_out[:MOST_NAMED]]
    n_more = len(found.left_out) - len(named)
    more = f" and {n_more} more, in left_out.csv" if n_more else ""
    return f"{len(found.left_out)} left out: {', '.join(named)}{more}"


def methods_text(statistics: Sequence[Statistic]) -> tuple[str, ...]:
    """Say how what is on the page was computed, in paragraphs for a paper."""
    computed = {found.statistic for found in statistics}
    return tuple(text for names, text in METHODS if computed & set(names))


def stats_tables(statistics: Sequence[Statistic]) -> dict[str, tuple[Table, ...]]:
    """Sort statistics into the tables of the page."""
    of_whole = [s for s in statistics if s.region in ("", WHOLE)]
    of_all = [s for s in of_whole if s.group in ("", "all")]
    of_parts = [s for s in of_whole if s.group not in ("", "all")]
    return {
        "levels": _split([s for s in of_all if s.measure == EDEMA], LEVELS),
        "change": _split(of_all, CHANGE),
        "change_of_groups": _split(of_parts, CHANGE),
        "arms": _split(of_whole, ARMS),
        "responders": _split([s for s in of_all if s.statistic.startswith("share_")], ()),
        "responders_of_groups": _split(
            [s for s in of_parts if s.statistic.startswith("share_")], ()
        ),
        "correlation": _split(of_whole, CORRELATION),
        "agreement": _split(of_whole, AGREEMENT),
        "planning": _split(of_whole, PLANNING),
    }


def _split(statistics: Sequence[Statistic], names: Sequence[str]) -> tuple[Table, ...]:
    """Group statistics into tables by visit, measure, comparison and group."""
    tables: dict[str, list[Statistic]] = {}
    for found in statistics:
        if not names or found.statistic in names:
            tables.setdefault(caption(found), []).append(found)
    order = {name: k for k, name in enumerate(names)}
    return tuple(
        Table(
            caption=title,
            rows=tuple(sorted(rows, key=lambda s: order.get(s.statistic, 0))),
            left_out=_usual_left_out(rows),
        )
        for title, rows in tables.items()
    )


def _usual_left_out(rows: Sequence[Statistic]) -> str:
    counted = Counter(left_out_text(row) for row in rows if row.left_out is not None)
    return counted.most_common(1)[0][0] if counted else ""


def caption(found: Statistic) -> str:
    """Say what a table of statistics is about: when, what, and in whom."""
    measure = {"verdict": "verdict", "responder": "responders"}.get(
        found.measure, measure_name(found.measure)
    )
    visit = found.followup.removeprefix("change ")
    when = ("Change at " if visit != found.followup else "") + visit_name(visit)
    joined = ", " if " with " in found.against else " and "  # two readers, or one and the program
    about = f"{measure}{joined}{found.against}" if found.against else measure
    group = "" if found.group in ("", "all") else f", {found.group}"
    return f"{when}: {about}{group}"
