"""How a scan looks is told with its cut-offs, and what is unknown is told too."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from compared_boxes import boxes_subject

from mri_bme.check_appearance import Appearance, Check
from mri_bme.check_appearance.checks import LIMITS
from mri_bme.pipeline import VisitResult
from mri_bme.record.looked import GATE, UNKNOWN, Looked, looked_at
from mri_bme.record.nouns import decode, encode
from mri_bme.record.subject import subject_findings

ROOT = Path(__file__).parents[3]


def visit(**values: float) -> VisitResult:
    checks = tuple(Check(name=name, value=value) for name, value in values.items())
    return replace(boxes_subject().visits[0], appearance=Appearance(checks=checks))


def by_name(result: VisitResult) -> dict[str, Looked]:
    return {one.name: one for one in looked_at(result)}


@pytest.mark.parametrize(
    ("made", "is_refused", "why"),
    [
        ({"darkest": 0.9}, True, {"marrow_snr": "the visit was refused before"}),
        ({"darkest": 0.1}, False, {"sharpness": "no regions were found"}),
        ({"marrow_ml": 200.0}, False, {"sharpness": "cannot be told of this scan"}),
        ({"marrow_ml": 200.0}, False, {"fat": "there is no T1W", "t1_fit": "there is no T1W"}),
        ({"t1_covered": 0.5, "marrow_ml": 200.0}, False, {"fat": "T1W was left out"}),
    ],
)
def test_what_cannot_be_known_is_told_with_the_reason(
    made: dict[str, float], is_refused: bool, why: dict[str, str]
) -> None:
    told = by_name(replace(visit(**made), is_refused=is_refused))
    assert set(GATE) <= set(told), "noise, sharpness, suppression, coverage, alignment"
    for name, reason in why.items():
        assert (told[name].value, told[name].verdict, told[name].reason) == (None, UNKNOWN, reason)


def test_what_was_made_is_told_once_in_the_order_in_which_it_was_made() -> None:
    told = looked_at(visit(slab_mm=75.0, marrow_snr=3.0, marrow_ml=200.0))
    assert [one.name for one in told][:3] == ["slab_mm", "marrow_snr", "marrow_ml"]
    assert len({one.name for one in told}) == len(told)
    assert told[1].verdict == "doubtful"


def test_of_a_visit_that_was_not_looked_at_nothing_is_told() -> None:
    assert looked_at(visit()) == ()


@pytest.mark.parametrize(
    ("name", "refusing"),
    [
        ("marrow_snr", (2.4, None)),
        ("sides_mm", (0.0, None)),
        ("body_size", (None, None)),
        ("on_marrow", (0.55, None)),
        ("slab_mm", (15.0, 400.0)),
    ],
)
def test_an_end_of_a_scale_is_no_cutoff(name: str, refusing: tuple[float | None, ...]) -> None:
    assert by_name(visit(**{name: 1.0}))[name].possible == refusing


def test_it_is_kept_in_the_record_of_a_subject() -> None:
    result = boxes_subject()
    first = replace(result.visits[0], appearance=visit(marrow_snr=3.0, marrow_ml=90.0).appearance)
    findings = subject_findings(replace(result, visits=(first,)), subject_id="01")
    again = decode(encode(findings, lambda a: a.tolist()), lambda a: a)
    assert again.visits[0].looked == looked_at(first)


def documented() -> dict[str, tuple[str, str]]:
    """Read the table of limits: by check, outside of what it is doubtful and refused."""
    found = {}
    for line in (ROOT / "docs" / "appearance.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        names = re.findall(r"`(\w+)`", cells[0])
        if len(cells) == 4 and names and set(names) <= set(LIMITS):
            doubtful, refused = (
                [part.strip() for part in cell.split(",")] if cell else [""] * len(names)
                for cell in cells[2:]
            )
            found.update(zip(names, zip(doubtful, refused, strict=True), strict=True))
    return found


def as_documented(limits: tuple[float | None, float | None]) -> str:
    low, high = limits
    if low is None or high is None:
        return "" if low == high else f"to {high:g}" if low is None else f"{low:g} up"
    return f"{low:g} to {high:g}"


@pytest.mark.parametrize("name", LIMITS)
def test_the_documented_limits_are_those_that_are_told(name: str) -> None:
    told = by_name(visit(**{name: 1.0}))[name]
    doubtful, refused = documented()[name]
    low, high = told.usual
    usual = (None if low == 0 and doubtful.startswith("to ") else low, high)
    if usual != told.possible or doubtful:  # refused where it would be doubtful
        assert as_documented(usual) == doubtful
    possible = told.possible[0], 1.0 if refused.endswith(" to 1") else told.possible[1]
    assert as_documented(possible) == refused
