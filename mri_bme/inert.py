"""Text from outside, made inert for what shows it: a terminal, or a spreadsheet.

Pages escape by themselves (jinja2 with autoescape).
"""

FORMULA = "=+-@"
"""First letters that a spreadsheet takes for a formula."""


def for_terminal(text: str) -> str:
    """Put a question mark for every character that a terminal would act on, but line ends."""
    return "".join(letter if letter.isprintable() or letter == "\n" else "?" for letter in text)


def for_cell(text: str) -> str:
    """Make text that no spreadsheet takes for a formula, without controls but line ends."""
    plain = for_terminal(text)
    return f"'{plain}" if plain.lstrip().startswith(tuple(FORMULA)) else plain
