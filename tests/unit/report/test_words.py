"""Numbers in the words of readers."""

import pytest

from mri_bme.report.words import n_subjects, visit_name


@pytest.mark.parametrize(("n", "text"), [(0, "0 subjects"), (1, "1 subject"), (2, "2 subjects")])
def test_subjects_are_counted_in_words(n: int, text: str) -> None:
    assert n_subjects(n) == text


@pytest.mark.parametrize("label", ["baseline", "week14", "day30"])
def test_a_visit_is_named_as_it_would_be_said(label: str) -> None:
    assert visit_name(label).lower().replace(" ", "") == label
    assert visit_name("week14") == "Week 14"
