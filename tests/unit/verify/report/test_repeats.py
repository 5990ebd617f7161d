"""The section on real pairs, and the tables that take the place of those of phantoms."""

from dataclasses import replace

import numpy as np

from mri_bme.report.document import Table
from mri_bme.sacroiliac import RegionKind
from mri_bme.verify import Measurement, verification_of
from mri_bme.verify.regions import Difference
from mri_bme.verify.repeats import Repeat
from mri_bme.verify.report.repeats import with_section


def pair(first: float, second: float) -> tuple[Difference, ...]:
    return tuple(
        Difference(
            region=region,
            kind=kind,
            baseline_ml=first,
            followup_ml=second,
            interval_ml=None,
            verdict="unchanged",
        )
        for region, kind in (("total", RegionKind.TOTAL), ("left", RegionKind.SIDE))
    )


def rows(rng: np.random.Generator) -> list[Measurement]:
    made = []
    for seed in range(12):
        for level in (2.0, 10.0):
            found = level * (1 + 0.03 * rng.standard_normal(2))
            first = Measurement(
                case=f"{seed}-{level}",
                seed=seed,
                level_ml=level,
                condition="as given",
                visit="baseline",
                bones="automatic",
                true_ml=level,
                found_ml=float(found[0]),
                interval_ml=None,
                registration_error_mm=None,
                change_verdict="unchanged",
                reason="",
                differences=pair(*map(float, found)),
            )
            made += [
                first,
                replace(first, visit="week14", found_ml=float(found[1]), differences=()),
            ]
    return made


def test_patients_who_scatter_more_widen_the_tables_and_the_report_says_so() -> None:
    rng = np.random.default_rng(5)
    measured = rows(rng)
    verification = verification_of(measured)
    repeats = [
        Repeat(subject=f"p{n}", alike=True, differences=pair(5.0, 5.0 + (1.5 if n % 2 else -1.5)))
        for n in range(10)
    ]
    repeats.append(Repeat(subject="lost", alike=True, reason="no joint"))
    pooled, section = with_section(verification, measured, repeats)
    assert pooled.detectable_ml[-1] > 2 * verification.detectable_ml[-1]
    assert pooled.detectable_by_kind[RegionKind.SIDE][-1] > 2 * verification.detectable_ml[-1]
    assert {f.name for f in pooled.figures} >= {"wSD of repeats"}
    assert "10 of 11 pairs" in section.blocks[0].text
    assert "of 10 subjects; 10 pairs were scanned alike" in section.blocks[0].text
    assert "lost: no joint" in section.blocks[0].text
    tables = [block for block in section.blocks if isinstance(block, Table)]
    sources = next(t for t in tables if t.heading[0] == "region")
    assert sources.rows[0][0] == "total"
    assert sources.rows[0][1].startswith("repeats, which scatter more")
    assert "10 of these differ by at least the smallest detectable change" in section.blocks[0].text
    assert "(p0, p1, " in section.blocks[0].text


def test_two_patients_leave_the_tables_of_phantoms() -> None:
    measured = rows(np.random.default_rng(5))
    verification = verification_of(measured)
    few = [Repeat(subject=f"{n}", alike=True, differences=pair(5.0, 9.0)) for n in range(2)]
    pooled, _ = with_section(verification, measured, few)
    assert pooled.detectable_ml == verification.detectable_ml


def test_of_pairs_that_phantoms_explain_none_is_doubted() -> None:
    measured = rows(np.random.default_rng(5))
    same = [Repeat(subject=f"{n}", alike=True, differences=pair(5.0, 5.01)) for n in range(4)]
    _, section = with_section(verification_of(measured), measured, same)
    assert "differ by at least" not in section.blocks[0].text
