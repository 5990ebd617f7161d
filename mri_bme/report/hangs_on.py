"""What a verdict hangs on, in a sentence: for the page, and below the figure."""

from collections.abc import Iterable

from mri_bme.findings import ChangeReport, EdemaBurden, Verdict
from mri_bme.measurement_error.sensitivity import LOOK


def hangs_on(change: ChangeReport | None) -> str:
    """Say which sources of error alone call a change otherwise; empty without any moved.

    Another direction (less, more, no change) is another verdict; another name of the same
    direction, as ``resolved`` for ``decreased``, is told apart from that.
    """
    if change is None or not change.sensitivity:
        return ""
    if change.flips:
        return (
            f"The verdict hangs on {', '.join(change.flips)}: at an end the change is called "
            "otherwise."
        )
    named: dict[Verdict, list[str]] = {}
    for one in change.sensitivity:
        for verdict in dict.fromkeys(one.verdicts):
            if verdict is not change.verdict:
                named.setdefault(verdict, []).append(one.source)
    if not named:
        return "No single source changes the verdict."
    own = change.verdict.value
    called = "; ".join(
        f"{verdict.value} rather than {own} at an end of {' and of '.join(sources)}"
        for verdict, sources in named.items()
    )
    return f"No single source changes the direction; it is called {called}."


def wider_without_doubt(burdens: Iterable[EdemaBurden | None]) -> str:
    """Say that intervals are wider for how a scan looks; empty where none is.

    A scan that passes every check may still be noisier, or its bones harder to find, than
    those of people: nothing is flagged, and the interval says so alone.
    """
    if not any(burden is not None and LOOK in burden.sensitivity for burden in burdens):
        return ""
    return f"Intervals are wider all the same for the {LOOK} or of its bones, or for want of T1W. "
