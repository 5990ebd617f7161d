"""Text from outside does nothing: no formula, no terminal sequence."""

import pytest

from mri_bme.inert import for_cell, for_terminal


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "+1", "-1+2", "@SUM(A1)", "\n=1", " =1"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert for_cell(text).startswith("'")
    assert for_cell(for_cell(text)) == for_cell(text)


@pytest.mark.parametrize("text", ["", "decreased", "1.5 mL - as before", "Müller’s — line"])
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert for_cell(text) == for_terminal(text) == text


@pytest.mark.parametrize("control", ["\x1b]0;owned\x07", "\x9b31m", "\r", "\u202e", "\x00"])
def test_no_control_character_is_left(control: str) -> None:
    for inert in (for_cell, for_terminal):
        assert inert(f"a{control}b").isprintable()


def test_a_message_keeps_its_lines() -> None:
    assert for_terminal("first\nsecond") == "first\nsecond"
