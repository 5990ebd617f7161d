"""Rooms, their sizes and arrows are read from the code."""

from pathlib import Path

import pytest

from lab.house.rooms import Room, drawing, rooms_of, shortest_arrows, storeys

FILES = {
    "__init__.py": "",
    "errors.py": "class Wrong(Exception):\n    pass\n",
    "volume.py": "from mri_bme.errors import Wrong\n",
    "place/__init__.py": "from mri_bme import volume\n",
    "place/far.py": "def late():\n    import mri_bme.errors\n    from mri_bme.place import near\n",
    "cli.py": "import numpy\nimport mri_bme.place.far\nfrom mri_bme.volume import x\n",
}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / "mri_bme" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def test_a_room_knows_its_size_and_what_it_imports_from_other_rooms(checkout: Path) -> None:
    found = rooms_of(checkout)
    assert found["place"] == Room(
        name="place", n_modules=2, n_lines=4, imports=frozenset({"volume", "errors"})
    )
    assert found["cli"].imports == {"place", "volume"}
    assert found["errors"].imports == frozenset()


def test_rooms_stand_above_what_they_import(checkout: Path) -> None:
    assert storeys(rooms_of(checkout)) == [["errors"], ["volume"], ["place"], ["cli"]]


def test_an_arrow_that_others_imply_is_left_out_of_the_drawing(checkout: Path) -> None:
    found = rooms_of(checkout)
    assert shortest_arrows(found) == {
        "cli": ["place"],
        "place": ["volume"],
        "volume": ["errors"],
        "errors": [],
    }
    drawn = drawing(found)
    assert "cli --> place" in drawn
    assert "cli --> volume" not in drawn
    assert 'place["place<br/>2 modules, 4 lines"]' in drawn


def test_a_circle_is_named(checkout: Path) -> None:
    (checkout / "mri_bme" / "errors.py").write_text("import mri_bme.volume\n")
    with pytest.raises(ValueError, match=r"errors, .*volume"):
        storeys(rooms_of(checkout))
