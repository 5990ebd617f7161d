"""Tables of agreement say what they hold."""

from pathlib import Path

from mri_bme.agreement import MaskAgreement
from mri_bme.record.agreement import MASKS, READ, MaskPair, ReadRow, write_to_adjudicate

ROW = ReadRow(
    reader="R1", subject="S1", case="sub-S1", visit="baseline", repeat=1, edema_ml=1.25, sparcc=7,
    berlin=None, asas=True, impression=4, quality="good", seconds=61.24, n_amendments=1,
)  # fmt: skip
PAIR = MaskPair(
    subject="S1", visit="baseline", first="R1", second="R2",
    masks=MaskAgreement(
        dice=0.5, surface_mean_mm=1.5, surface_95_mm=4.0, n_first=3, n_second=2,
        n_first_matched=2, n_second_matched=1, first_ml=1.0, second_ml=0.5,
    ),
)  # fmt: skip


def test_a_reading_is_a_row(tmp_path: Path) -> None:
    READ.write(tmp_path / "readings.csv", READ.rows([ROW]))
    assert (tmp_path / "readings.csv").read_text().splitlines()[1] == (
        "R1,S1,baseline,1,1.25,7,,true,4,good,61.2,1"
    )


def test_a_pair_of_masks_is_a_row(tmp_path: Path) -> None:
    MASKS.write(tmp_path / "masks.csv", MASKS.rows([PAIR]))
    assert (tmp_path / "masks.csv").read_text().splitlines()[1] == (
        "S1,baseline,R1,R2,0.5,1.5,4,1,0.5,3,2,2,1"
    )


def test_cases_to_adjudicate_have_their_reasons(tmp_path: Path) -> None:
    write_to_adjudicate(tmp_path / "a.csv", {"S1": ("baseline: SPARCC differs by 7", "more")})
    assert (tmp_path / "a.csv").read_text() == (
        "subject,reason\nS1,baseline: SPARCC differs by 7; more\n"
    )
