"""The words of a BIDS App are those of the command line, said otherwise."""

import sys

import pytest

from mri_bme.cli import bids_app
from mri_bme.cli.bids_app import words_of


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("in out participant", "run in out"),
        ("in out participant --participant-label 01 sub-02",
         "run in out --subjects 01 --subjects 02"),
        ("in out participant --participant_label 01 --n_cpus 3 --skip_bids_validation",
         "run in out --subjects 01 --jobs 3"),
        ("in out group --clinical scores.csv", "stats out --clinical scores.csv"),
    ],
)  # fmt: skip
def test_each_form_is_understood(given: str, meant: str) -> None:
    assert words_of(given.split()) == meant.split()


def test_another_level_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        words_of(["in", "out", "session"])
    assert ended.value.code == 2
    assert "participant" in capsys.readouterr().err


def test_errors_are_those_of_the_command_line(monkeypatch, tmp_path, capsys) -> None:
    monkeypatch.setattr(sys, "argv", ["mri-bme-bids", "no_such_tree", "out", "participant"])
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        bids_app.main()
    assert ended.value.code == 3
    assert capsys.readouterr().err == "mri-bme: input no_such_tree does not exist; check the path\n"
