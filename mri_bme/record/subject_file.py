"""The record of a subject as plain values, and back: what ``page.json`` holds."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mri_bme.errors import UnreadableInput
from mri_bme.record.nouns import decode, encode
from mri_bme.record.subject import SubjectFindings

LAYOUT = 2
"""Goes up when a record of before can no longer be read."""


def subject_record(findings: SubjectFindings) -> dict[str, Any]:
    """Turn all that is told of a subject into plain values that JSON can hold."""
    return {
        "layout": LAYOUT,
        "version": findings.version,
        "subject": encode(findings, lambda array: array.tolist()),
    }


def restore_subject(record: Mapping[str, Any]) -> SubjectFindings:
    """Build again what `subject_record` was made from.

    Raises
    ------
    UnreadableInput
        If the record is of another layout, or does not hold what it should.
    """
    if record.get("layout") != LAYOUT:
        by = record.get("version", "another version")
        raise UnreadableInput(
            f"the record was written by mri_bme {by}, whose layout this version does not read; "
            "run this subject again"
        )
    try:
        found = decode(record["subject"], _array)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise UnreadableInput("the record is damaged; run this subject again") from error
    if not isinstance(found, SubjectFindings):
        raise UnreadableInput("the record is damaged; run this subject again")
    return found


def _array(values: Any) -> NDArray[np.float64]:
    return np.array(values, dtype=np.float64)
