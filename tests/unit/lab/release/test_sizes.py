"""What a package takes, against an environment of three made-up ones."""

from pathlib import Path

import pytest

from lab.release.sizes import installed_in, sizes_page, weights


def package(folder: Path, name: str, n_bytes: int, *needs: str) -> None:
    """Install a package that is one file."""
    info = folder / f"{name}-1.dist-info"
    info.mkdir(parents=True)
    lines = [f"Requires-Dist: {need}" for need in needs]
    (info / "METADATA").write_text("\n".join(["Metadata-Version: 2.1", f"Name: {name}", *lines]))
    (folder / f"{name}.py").write_bytes(b"#" * n_bytes)
    (info / "RECORD").write_text(f"{name}.py,,\n{name}_gone.py,,\n")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    package(tmp_path, "mri_bme", 1_000_000, "pictures", "sums", "wind ; extra == 'weather'")
    package(tmp_path, "pictures", 3_000_000, "Fonts>=2", "shared")
    package(tmp_path, "fonts", 2_000_000, "shared", "absent")
    package(tmp_path, "sums", 6_000_000, "shared")
    package(tmp_path, "shared", 4_000_000)
    package(tmp_path, "wind", 500_000)
    return tmp_path


def test_what_two_need_goes_with_neither(site: Path) -> None:
    sums, pictures = weights(installed_in(site))
    assert (sums.name, sums.own_mb, sums.goes_mb, sums.brings) == ("sums", 6, 6, ())
    assert (pictures.own_mb, pictures.goes_mb, pictures.brings) == (3, 5, ("fonts",))


def test_an_extra_counts_where_it_is_taken_along(site: Path) -> None:
    assert {one.name for one in weights(installed_in(site))} == {"sums", "pictures"}
    taken = weights(installed_in(site, frozenset({"weather"})))
    assert "wind" in {one.name for one in taken}


def test_the_page_counts_everything_once(site: Path) -> None:
    assert sizes_page(installed_in(site)).endswith("| all 5 packages | 16 | | |\n")
