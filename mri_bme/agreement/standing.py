"""Who stands behind the number of a subject once several readers have read it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mri_bme.agreement.readers import ReadVisit, cases_to_adjudicate
from mri_bme.findings import AUTO, CONSENSUS

ADJUDICATED = "adjudicated"
VOLUME = "edema_ml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Whose volumes count for a subject: those of these readers, or of none, for a reason.

    `how` says it in the words of the tables, as in ``mean of R1, R2``.
    """

    readers: tuple[str, ...] = ()
    how: str = ""
    reason: str = ""


def mean_of(readers: Sequence[str]) -> Standing:
    """Let the mean of some readers count; of one, that reader alone."""
    named = ", ".join(readers)
    return Standing(
        readers=tuple(readers), how=f"mean of {named}" if len(readers) > 1 else f"{named} alone"
    )


def who_stands_behind(
    read: Sequence[ReadVisit], limits: Mapping[str, float], *, readers: Sequence[str] = ()
) -> Standing:
    """Decide what the readers of one subject have come to, volume by volume.

    What was adjudicated stands. Without that the readers must be two or more, have measured the
    same visits, and differ by no more than the limits at any of them; then their mean stands, as
    studies of SPARCC take the mean of two readers and ask a third only where they differ [1]_. A
    reading alone is none of several readers, and the program counts for nothing here.

    Parameters
    ----------
    read : sequence of ReadVisit
        Signed first readings of one subject, the adjudicator's as those of the consensus. Only
        readings with masks have volumes.
    limits : mapping
        Largest difference between two readers that needs no adjudication, by measure.
    readers : sequence of str
        Who was to read, where that is known, for the reason.

    References
    ----------
    .. [1] van den Berg et al., J Rheumatol 42:1186-1193, 2015.
    """
    visits: dict[str, set[str]] = {}
    for one in read:
        if VOLUME in one.values and one.reader != AUTO:
            visits.setdefault(one.reader, set()).add(one.visit)
    if visits.pop(CONSENSUS, None):
        return Standing(readers=(CONSENSUS,), how=ADJUDICATED)
    found = sorted(visits)
    if len(found) < 2:
        nobody = f"not read by {', '.join(readers)}" if readers else "not read"
        who = f"read by {found[0]} only" if found else nobody
        return Standing(reason=f"{who}: a consensus needs two readers, or an adjudicator")
    if len({frozenset(seen) for seen in visits.values()}) > 1:
        return Standing(reason=f"not every visit was measured by each of {', '.join(found)}")
    people = [one for one in read if one.reader in visits]
    differing = [why for reasons in cases_to_adjudicate(people, limits).values() for why in reasons]
    if differing:
        return Standing(reason=f"readers differ, not adjudicated yet: {'; '.join(differing)}")
    return mean_of(found)
