"""The page of `mri-bme agreement`: how far readers agree, and with whom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from mri_bme.agreement import ReadVisit, in_unit, measure_name
from mri_bme.agreement.readers import BETWEEN
from mri_bme.files import write_text
from mri_bme.findings import CONSENSUS
from mri_bme.record.agreement import MaskPair, OverruledRow, ReadRow
from mri_bme.record.numbers import DASH, hundredths
from mri_bme.report.agreement_summary import (
    FIRST_WAITING,
    Progress,
    ShownTable,
    at_a_glance,
    counts_of,
    reader_heads,
    reader_lines,
    waiting_cases,
)
from mri_bme.report.charts.chart import Chart
from mri_bme.report.charts.trial import agreement_chart
from mri_bme.report.html import render
from mri_bme.report.stats_tables import interval, number, statistic_name
from mri_bme.summarize_cohort import AgreementPair, Statistic

SHOWN = ("icc_2_1", "bias", "limit_of_agreement_low", "limit_of_agreement_high", "sdc", "kappa")
MEASURES = {
    "edema_ml": "Edema, mL",
    "sparcc": "SPARCC (readers by eye, the program's estimate)",
    "berlin": "Berlin (readers by eye, the program's estimate)",
    "impression": "Global impression, 0 to 10",
    "quadrants": "Quadrants with edema, all visits",
}


@dataclass(frozen=True, kw_only=True, eq=False)
class AgreementPage:
    """What the page shows.

    `to_adjudicate` holds the reasons by subject, `limits` beyond which differences they arose.
    `n_left` counts subjects with signed readings that are not measured yet.
    """

    statistics: Sequence[Statistic]
    read: Sequence[ReadVisit]
    rows: Sequence[ReadRow]
    masks: Sequence[MaskPair]
    overruled: Sequence[OverruledRow]
    to_adjudicate: Mapping[str, tuple[str, ...]]
    limits: Mapping[str, float]
    baseline: str
    n_left: int = 0


@dataclass(frozen=True, kw_only=True, eq=False)
class ShownChart:
    """A picture and what it shows."""

    caption: str
    chart: Chart
    is_between: bool


def write_agreement_page(page: AgreementPage, path: Path) -> None:
    """Write the page, one file that fetches nothing."""
    write_text(path, agreement_html(page))


def agreement_html(
    page: AgreementPage,
    *,
    progress: Sequence[Progress] = (),
    practice: Sequence[str] = (),
    every_s: int | None = None,
) -> str:
    """Render the page.

    Parameters
    ----------
    page : AgreementPage
        What it shows.
    progress : sequence of Progress
        How far readers are, while a study runs.
    practice : sequence of str
        How near readers who practise are to the consensus, a line for each.
    every_s : int or None
        Seconds after which a browser asks for the page again; None for a page that stays.
    """
    adjudicated = {row.subject for row in page.rows if row.reader == CONSENSUS}
    waiting = waiting_cases(page.to_adjudicate, adjudicated)
    charts = _charts(page)
    return render(
        "agreement.html.j2",
        script="agreement.js",
        every_s=every_s,
        n_left=page.n_left,
        heads=reader_heads(progress),
        practice=practice,
        readers=reader_lines(page.rows, progress),
        counts=counts_of(page.rows, page.to_adjudicate),
        glance=at_a_glance(page.statistics),
        n_readers=len({row.reader for row in page.rows} - {CONSENSUS}),
        figures=_figures(page.statistics),
        masks=_masks(page.masks),
        charts=[one for one in charts if one.is_between],
        further_charts=[one for one in charts if not one.is_between],
        overruled=_overruled(page.overruled),
        waiting=waiting[:FIRST_WAITING],
        further_waiting=waiting[FIRST_WAITING:],
        adjudicated=[
            (subject, "; ".join(why))
            for subject, why in page.to_adjudicate.items()
            if subject in adjudicated
        ],
        limits=[
            f"{measure_name(name)} by more than {in_unit(name, limit)}"
            for name, limit in page.limits.items()
        ],
    )


def _figures(statistics: Sequence[Statistic]) -> list[ShownTable]:
    tables = []
    whole = [s for s in statistics if not s.region and s.statistic in SHOWN]
    for key in dict.fromkeys((s.measure, s.followup) for s in whole):
        chosen = [s for s in whole if (s.measure, s.followup) == key]
        rows: list[tuple[str, ...]] = [("Who", "Statistic", "n", "Value", "95 % interval")]
        for against in dict.fromkeys(one.against for one in chosen):
            rows += _figures_of(against, [one for one in chosen if one.against == against])
        name = MEASURES.get(key[0], key[0].replace("_", " "))
        caption = f"{name}, {key[1]}" if key[1] else name
        tables.append(ShownTable(caption=caption, rows=tuple(rows)))
    by_quadrant = _kappas(statistics)
    return [*tables, by_quadrant] if by_quadrant else tables


def _figures_of(against: str, chosen: Sequence[Statistic]) -> list[tuple[str, ...]]:
    """Rows of two readers; one alone where there is too little for any figure."""
    if len(chosen) > 1 and all(one.value is None for one in chosen):
        return [(against, "all", str(chosen[0].n), chosen[0].note, "")]
    return [
        (
            against,
            statistic_name(replace(one, measure="")) if one.statistic != "kappa" else "Kappa",
            str(one.n),
            number(one) if one.value is not None else one.note,
            interval(one),
        )
        for one in chosen
    ]


def _kappas(statistics: Sequence[Statistic]) -> ShownTable | None:
    """Kappa of each quadrant, a column for every two readers."""
    told = {(s.region, s.against): s for s in statistics if s.statistic == "kappa" and s.region}
    if not told:
        return None
    pairs = list(dict.fromkeys(against for _, against in told))
    rows = [("Quadrant", *pairs)]
    for region in dict.fromkeys(region for region, _ in told):
        cells = [_kappa(told[region, pair]) for pair in pairs]
        rows.append((region.replace("_", " "), *cells))
    return ShownTable(caption="Kappa by quadrant, all visits", rows=tuple(rows))


def _kappa(found: Statistic) -> str:
    """Value and interval; a dash where kappa is not defined, as the table of files says why."""
    if found.value is None:
        return DASH
    value = number(found)
    return value if found.ci_low is None else f"{value} ({interval(found)})"


def _masks(pairs: Sequence[MaskPair]) -> ShownTable:
    rows = [
        (
            "Who",
            "Scans with edema",
            "Median Dice",
            "Median surface distance, mm",
            "Lesions of the first also in the second",
            "Lesions of the second also in the first",
        )
    ]
    for first, second in dict.fromkeys((pair.first, pair.second) for pair in pairs):
        chosen = [p.masks for p in pairs if (p.first, p.second) == (first, second)]
        dice = [m.dice for m in chosen if m.dice is not None]
        distance = [m.surface_mean_mm for m in chosen if m.surface_mean_mm is not None]
        rows.append(
            (
                f"{first} with {second}",
                str(len(dice)),
                _median(dice),
                _median(distance),
                f"{sum(m.n_first_matched for m in chosen)} of {sum(m.n_first for m in chosen)}",
                f"{sum(m.n_second_matched for m in chosen)} of {sum(m.n_second for m in chosen)}",
            )
        )
    return ShownTable(caption="Masks, two by two", rows=tuple(rows))


def _overruled(rows: Sequence[OverruledRow]) -> ShownTable | None:
    """Sum up by rule and reason: what readers overrule most comes first."""
    if not rows:
        return None
    groups: dict[tuple[str, str], list[float]] = {}
    for row in rows:
        one = row.overruled
        why = one.reason or one.rule or "no reason given"
        groups.setdefault((one.what, why), []).append(one.volume_ml)
    told = [("What readers did", "Reason, or rule of the program", "Lesions", "Volume, mL")]
    told += [
        (what, why.replace("_", " "), str(len(volumes)), hundredths(sum(volumes)))
        for (what, why), volumes in sorted(groups.items(), key=lambda g: -sum(g[1]))
    ]
    return ShownTable(caption="Where readers overruled the program", rows=tuple(told))


def _median(values: Sequence[float]) -> str:
    return hundredths(float(np.median(values))) if values else DASH


def _charts(page: AgreementPage) -> list[ShownChart]:
    told: dict[tuple[str, str], dict[tuple[str, str], float]] = {}
    for one in page.read:
        for measure, value in one.values.items():
            if one.repeat == 1 and one.visit == page.baseline:
                told.setdefault((measure, one.reader), {})[one.subject, one.visit] = value
    charts = []
    for statistic in page.statistics:
        if statistic.statistic != "bias" or statistic.followup != page.baseline:
            continue
        if statistic.value is None:  # too few for limits
            continue
        first, _, second = statistic.against.partition(" with ")
        a, b = told.get((statistic.measure, first)), told.get((statistic.measure, second))
        if not a or not b or a == b:
            continue
        pairs = [
            AgreementPair(
                subject=subject,
                visit=visit,
                measure=statistic.measure,
                against=statistic.against,
                first=a[subject, visit],
                second=b[subject, visit],
            )
            for subject, visit in sorted(set(a) & set(b))
        ]
        key = (statistic.measure, statistic.against, statistic.followup)
        lines = [s for s in page.statistics if (s.measure, s.against, s.followup) == key]
        name = MEASURES.get(statistic.measure, statistic.measure)
        caption = f"{name}, {statistic.followup}: {statistic.against}"
        charts.append(
            ShownChart(
                caption=caption,
                chart=agreement_chart(pairs, lines),
                is_between=statistic.group == BETWEEN,
            )
        )
    return charts
