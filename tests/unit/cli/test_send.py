"""``mri-bme send`` tells how many objects were confirmed."""

from pathlib import Path

import pytest
from small_archive import archive, images, save

from mri_bme.cli import main


def ended(*words: object) -> int:
    with pytest.raises(SystemExit) as ending:
        main(["send", *map(str, words)])
    code = ending.value.code
    return code if isinstance(code, int) else 0


def test_confirmed_objects_are_counted_and_failures_are_an_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save(images(), tmp_path / "objects")
    with archive() as there:
        nodes = tmp_path / "nodes.toml"
        nodes.write_text(
            f'[nodes.a]\nae_title = "ARCHIVE"\nhost = "127.0.0.1"\nport = {there.port}\n'
        )
        words = (tmp_path / "objects", "--to", "a", "--nodes", nodes)
        there.refuse_store = 0xC000
        assert ended(*words) == 4
        assert "0xC000" in capsys.readouterr().err
        there.refuse_store = None
        assert ended(*words) == 0
    assert "5 of 5 objects confirmed by a" in capsys.readouterr().out


def test_a_folder_without_objects_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nodes = tmp_path / "nodes.toml"
    nodes.write_text('[nodes.a]\nae_title = "A"\nhost = "127.0.0.1"\n')
    (tmp_path / "empty").mkdir()
    assert ended(tmp_path / "empty", "--to", "a", "--nodes", nodes) == 3
    assert "mri-bme export" in capsys.readouterr().err
