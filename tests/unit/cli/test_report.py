"""`mri-bme report` on what a run left."""

from pathlib import Path

import pytest
from written_run import main_returns_quietly

from mri_bme.cli import main


def test_the_command_draws_from_what_a_run_left(
    out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main_returns_quietly(["report", str(out), "--figure", "change", "--format", "pdf"])
    assert capsys.readouterr().out == "figures/sub-1_change.pdf\n"
    assert (out / "figures" / "sub-1_change.pdf").read_bytes().startswith(b"%PDF")
    main_returns_quietly(["report", str(out), "--figure", "waterfall"])
    assert (out / "figures" / "waterfall.svg").is_file()
    with pytest.raises(SystemExit) as ending:
        main(["report", str(out), "--figure", "pie"])
    assert ending.value.code == 2
    assert "no figure 'pie'" in capsys.readouterr().err


def test_the_last_line_says_what_was_written_and_what_to_open(
    out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main_returns_quietly(["report", str(out)])
    assert capsys.readouterr().err == f"mri-bme: wrote pages; open {out / 'index.html'}\n"
    main_returns_quietly(["report", str(out), "--read-by", "auto"])
    said = capsys.readouterr().err
    assert said == f"mri-bme: wrote tables and pages as auto has them; open {out / 'index.html'}\n"
    main_returns_quietly(["report", str(out), "--quiet"])
    assert capsys.readouterr().err == ""


def test_a_figure_and_a_caption_that_were_edited_are_kept(
    out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ["report", str(out), "--figure", "change"]
    main_returns_quietly(line)
    main_returns_quietly(line)
    assert not list(out.rglob("*.changed"))
    for suffix in (".svg", ".txt"):
        (out / "figures" / f"sub-1_change{suffix}").write_text("mine")
    capsys.readouterr()
    main_returns_quietly(line)
    kept = {path.name: path.read_text() for path in out.rglob("*.changed")}
    assert kept == {"sub-1_change.svg.changed": "mine", "sub-1_change.txt.changed": "mine"}
    assert "it is kept as sub-1_change.svg.changed" in capsys.readouterr().err
