"""`mri-bme sample-size` says subjects per arm, and keeps them in a table."""

import csv
import re
from pathlib import Path

import pytest

from mri_bme.cli import main

EXPECTED = ("--baseline", "6", "--baseline-sd", "8", "--treated", "60", "--control", "15")


def told(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["sample-size", *EXPECTED, *map(str, words)])
    assert not ended.value.code
    said = capsys.readouterr()
    return said.out, said.err


def test_every_analysis_is_told_and_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "plan.csv"
    said, beside = told(capsys, "--without-edema", 30, "--dropout", 10, "--out", path)
    with path.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert {row["population"] for row in rows} == {"as enrolled", "without a floor"}
    assert len(rows) == 10
    for row in rows:
        assert int(row["n_enrolled_per_arm"]) >= int(row["n_per_arm"]) / 0.9
        assert f"{row['analysis']}: {row['n_per_arm']} " in said
    assert "have edema enough to respond" in said
    assert "precision: bones given or found automatically" in beside


def test_who_is_enrolled_is_the_same_with_and_without_a_floor(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Of those with 5 mL and more hardly anybody is near the floor: it makes no difference."""
    said, _ = told(capsys, "--least-baseline", 5)
    with_floor, without = re.findall(r"before and after.*?; (.*?) mL", said)
    assert with_floor == without


def test_the_precision_is_that_of_the_table_given(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "detectable.toml"
    config.write_text("[compare]\ndetectable_at_ml = [0.0]\ndetectable_ml = [9.0]\n")
    plain, _ = told(capsys)
    poor, _ = told(capsys, "--config", config)
    paired = re.compile(r"paired t\): (\d+)")
    assert int(paired.findall(poor)[0]) > int(paired.findall(plain)[0])


def test_a_table_that_holds_something_else_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "plan.csv"
    told(capsys, "--out", path)
    header = path.read_text().splitlines()[0]
    path.write_text(header + "\nmine")
    _, beside = told(capsys, "--out", path)
    assert (tmp_path / "plan.csv.changed").read_text() == header + "\nmine"
    assert "it is kept as plan.csv.changed" in beside


def test_a_share_in_the_place_of_per_cent_is_asked_about(
    capsys: pytest.CaptureFixture[str],
) -> None:
    said, beside = told(capsys, "--treated", 0.6, "--control", 0.6)
    assert "--treated 0.6 is 0.6 %; was 60 (per cent) meant?" in beside
    assert "ANCOVA: no difference is expected" in said
    _, beside = told(capsys)
    assert "meant?" not in beside
