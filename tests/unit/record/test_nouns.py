"""Findings become plain values and come back; nothing else does."""

import json
from collections import Counter
from dataclasses import dataclass, is_dataclass
from enum import Enum

import numpy as np
import pytest

from mri_bme.findings import Fate, Interval, LesionFate, RegionChange, Verdict
from mri_bme.record.nouns import NOUN_MODULES, decode, encode
from mri_bme.sacroiliac import Side


def keep(array):
    return array.tolist()


def there_and_back(value):
    return decode(json.loads(json.dumps(encode(value, keep))), np.array)


CHANGE = RegionChange(
    verdict=Verdict.DECREASED, change_ml=-1 / 3, interval_ml=Interval(low=-0.5, high=-0.1)
)
FATE = LesionFate(
    visit="week14",
    label=1,
    lesion_id="L1",
    fate=Fate.SHRUNK,
    matched=(1, 2),
    volume_ml=0.1 + 0.2,
    change_ml=-0.2,
)


@pytest.mark.parametrize(
    "value",
    [
        CHANGE,
        FATE,
        {("a", 1): CHANGE, Side.LEFT: (True, None, "x")},
        (1, 2.5, -0.0, "", ()),
    ],
)
def test_what_is_told_comes_back_equal(value) -> None:
    assert there_and_back(value) == value


def test_enumerations_come_back_as_such_and_lists_as_tuples() -> None:
    back = there_and_back([Verdict.NEW, np.float64(0.5), np.int16(3)])
    assert back == (Verdict.NEW, 0.5, 3)
    assert isinstance(back[0], Verdict)


def test_a_mapping_that_looks_like_a_noun_stays_a_mapping() -> None:
    told = {"noun": "Interval", "fields": {"low": 0, "high": 1}}
    assert there_and_back(told) == told


@dataclass(frozen=True)
class Stranger:
    name: str


@dataclass(frozen=True)
class Interval2:
    low: float


Interval2.__name__ = "Interval"


@pytest.mark.parametrize("value", [Stranger("x"), Interval2(1.0), {1, 2}, b"x", object()])
def test_only_nouns_of_the_project_can_be_told(value) -> None:
    with pytest.raises(TypeError, match="cannot hold"):
        encode(value, keep)


@pytest.mark.parametrize(
    "tree",
    [
        {"noun": "Popen", "fields": {"args": ["true"]}},
        {"noun": "Interval", "fields": {"low": 0}},
        {"enum": "Verdict", "value": "better"},
        {"something": 1},
    ],
)
def test_a_record_that_tells_of_anything_else_is_not_built(tree) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        decode(tree, np.array)


def test_no_two_nouns_share_a_name() -> None:
    nouns = {
        value
        for module in NOUN_MODULES
        for value in vars(module).values()
        if isinstance(value, type) and (is_dataclass(value) or issubclass(value, Enum))
    }
    counts = Counter(noun.__name__ for noun in nouns)
    assert max(counts.values()) == 1
