"""``mri-bme fetch`` says what arrived, and what it was not told."""

from pathlib import Path

import pytest
from small_archive import Archive, archive, images

from mri_bme.cli import main


def nodes_of(there: Archive, tmp_path: Path) -> Path:
    path = tmp_path / "nodes.toml"
    path.write_text(
        f'[nodes.a]\nae_title = "{there.node.ae_title}"\nhost = "127.0.0.1"\nport = {there.port}\n'
    )
    return path


def ended(*words: object) -> int:
    with pytest.raises(SystemExit) as ending:
        main(["fetch", *map(str, words)])
    code = ending.value.code
    return code if isinstance(code, int) else 0


def test_images_arrive_and_the_next_step_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with archive(held=images()) as there:
        nodes = nodes_of(there, tmp_path)
        words = (tmp_path / "dest", "--from", "a", "--nodes", nodes, "--patient", "4711")
        assert ended(*words, "--dry-run") == 0
        assert ": fetch" in capsys.readouterr().out
        assert not (tmp_path / "dest").exists()
        assert ended(*words) == 0
    assert "5 images in dest" in capsys.readouterr().out
    assert len(list((tmp_path / "dest").rglob("*.dcm"))) == 5


def test_a_list_names_studies_and_what_is_not_whole_is_an_exit_code(tmp_path: Path) -> None:
    held = images()
    wanted = tmp_path / "list.csv"
    wanted.write_text(f"study\n{held[0].StudyInstanceUID}\n9.9.9\n")
    with archive(held=held) as there:
        nodes = nodes_of(there, tmp_path)
        words = (tmp_path / "dest", "--from", "a", "--nodes", nodes)
        assert ended(*words, "--list", wanted) == 4
        assert ended(tmp_path / "none", "--from", "a", "--nodes", nodes, "--study", "9.9") == 3


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--patient", "1", "--since", "March"),
        ("--list", "missing.csv"),
    ],
)
def test_what_cannot_be_meant_is_a_usage_error(tmp_path: Path, words: tuple[str, ...]) -> None:
    nodes = tmp_path / "nodes.toml"
    nodes.write_text('[nodes.a]\nae_title = "A"\nhost = "127.0.0.1"\n')
    assert ended(tmp_path / "dest", "--from", "a", "--nodes", nodes, *words) == 2
    assert ended(tmp_path / "dest", "--from", "b", "--nodes", nodes, "--patient", "1") == 2
