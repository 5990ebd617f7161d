"""`mri-bme agreement` says what it made, or what is missing."""

from pathlib import Path

import pytest
from read_study import LESION, drawn, sign

from mri_bme.cli import main


def test_it_says_where_to_look(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sign(study, "R1", "sub-01", {"baseline": drawn(LESION)})
    with pytest.raises(SystemExit) as ending:
        main(["agreement", str(study)])
    assert not ending.value.code
    assert "1 signed readings were compared; open" in capsys.readouterr().out
    assert (study / "agreement" / "agreement.html").is_file()


def test_without_readings_there_is_nothing_usable(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ending:
        main(["agreement", str(study)])
    assert ending.value.code == 3
    assert "no reading has been signed" in capsys.readouterr().err
