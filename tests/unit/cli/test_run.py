"""The last line of `mri-bme run` says what the index says."""

import pytest

from mri_bme.batch.run import RunOutcome
from mri_bme.cli.run import _closing
from mri_bme.record.rows import ONE_VISIT
from mri_bme.report.cohort import CohortPage, CohortRow, verdict_counts


@pytest.mark.parametrize(
    ("n_ok", "n_single", "words"),
    [
        (3, 0, "mri-bme: 3 measured\n"),
        (3, 1, "mri-bme: 3 measured (1 of them one visit: no change to measure)\n"),
        (2, 2, "mri-bme: 2 measured (one visit: no change to measure)\n"),
    ],
)
def test_subjects_with_one_visit_are_named_as_such(n_ok: int, n_single: int, words: str) -> None:
    assert _closing(RunOutcome(counts={"ok": n_ok}, n_single=n_single)).endswith(words)


def test_the_index_counts_them_apart() -> None:
    rows = [
        CohortRow(subject_id=str(n), status="ok", verdict=verdict)
        for n, verdict in enumerate(("decreased", ONE_VISIT, ONE_VISIT))
    ]
    assert verdict_counts(CohortPage(rows=tuple(rows))) == (("decreased", 1), (ONE_VISIT, 2))
