"""Which kinds of findings are measured beside edema; each is one module of this room."""

from mri_bme.finding_kind import FindingKind

KINDS: tuple[FindingKind, ...] = ()
"""One entry a kind; from it come its measurement, its table, and its part of the page."""
