"""Why names in a user's table are not those of the results."""

import pytest

from mri_bme.intake.matching import hint, shown, why_no_match

SUBJECTS, VISITS = ("S001", "S002"), ("baseline", "week14")


@pytest.mark.parametrize(
    ("names", "guess"),
    [
        (["s001", "s002"], "capital letters"),
        (["1", "2"], "leading zeros"),
        (["S099"], ""),
        (["x"], ""),
    ],
)
def test_the_likely_reason_is_guessed(names, guess) -> None:
    found = hint(names, SUBJECTS)
    assert guess in found
    assert bool(found) == bool(guess)


@pytest.mark.parametrize(
    ("visit", "guess"),
    [("wek14", " (did you mean week14?)"), ("month9", ""), ("basline", "baseline?")],
)
def test_a_mistyped_visit_is_told_the_nearest(visit: str, guess: str) -> None:
    assert guess in hint([visit], VISITS, are_words=True)
    assert bool(hint([visit], VISITS, are_words=True)) == bool(guess)
    assert guess in why_no_match([("S001", visit)], SUBJECTS, VISITS)


def test_it_is_said_whether_subjects_or_visits_do_not_match() -> None:
    assert "no rows" in why_no_match([], SUBJECTS, VISITS)
    assert "no subject in common: it has 7, the results S001, S002" in why_no_match(
        [("7", "baseline")], SUBJECTS, VISITS
    )
    assert "no visit in common: it has month9" in why_no_match(
        [("S001", "month9")], SUBJECTS, VISITS
    )


def test_what_is_repeated_is_only_text_and_not_much_of_it() -> None:
    assert shown("\x1b[31mred\x07") == "?[31mred?"
    assert len(shown("x" * 5000)) < 50
