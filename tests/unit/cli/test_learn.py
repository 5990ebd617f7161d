"""`mri-bme learn` says what readers overrule, and what it does not propose."""

from pathlib import Path

import pytest
from read_study import LESION, drawn, sign

from mri_bme.cli import main


def test_it_says_what_was_read_and_that_few_support_no_proposal(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sign(study, "R1", "sub-02", {"baseline": drawn(LESION), "week14": drawn()})
    with pytest.raises(SystemExit) as ending:
        main(["learn", str(study)])
    assert not ending.value.code
    told = capsys.readouterr().out
    assert "1 signed reading: on average the program gives 0.86 mL less than R1 (2 scans, " in told
    assert "0.86 mL off)" in told
    assert "no rule was overruled; readers who are blind overrule none" in told
    assert "fewer than 6 support no proposal" in told
    assert "no setting is proposed" in told


def test_without_readings_there_is_nothing_usable(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ending:
        main(["learn", str(study)])
    assert ending.value.code == 3
    assert "no first reading is signed" in capsys.readouterr().err


def test_tables_that_were_edited_are_kept(study: Path) -> None:
    sign(study, "R1", "sub-02", {"baseline": drawn(LESION), "week14": drawn()})
    table = study / "learn" / "rules.csv"
    for n in range(3):
        with pytest.raises(SystemExit) as ending:
            main(["learn", str(study)])
        assert not ending.value.code
        if n == 1:
            assert not list(study.rglob("*.changed"))
            header = table.read_text().splitlines()[0]
            table.write_text(header + "\nmine")
    assert (study / "learn" / "rules.csv.changed").read_text() == header + "\nmine"
    assert "mine" not in table.read_text()
