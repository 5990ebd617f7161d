"""Rooms, their sizes and arrows are read from the code."""

from pathlib import Path

import pytest

from lab.house.rooms import Room, drawing, rooms_of, shortest_arrows, storeys, with_house

FILES = {
    "__init__.py": "",
    "errors.py": "class Wrong(Exception):\n    pass\n",
    "volume.py": '"""Where\nit is.\n\nMore.\n"""\nfrom mri_bme.errors import Wrong\n',
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
    assert drawn.splitlines()[1:4] == ["  subgraph storey3[ ]", "    cli", "  end"]


def test_a_page_tells_of_every_room_in_its_own_words(checkout: Path) -> None:
    page = "A\n<!-- from the code: drawing -->\nold\n<!-- end -->\nB\n"
    page += "<!-- from the code: rooms --><!-- end -->\nC\n"
    made = with_house(page, rooms_of(checkout))
    assert "| `volume` | Where it is. |" in made
    assert "old" not in made
    assert [line for line in made.splitlines() if line in set("ABC")] == ["A", "B", "C"]
    assert with_house(made, rooms_of(checkout)) == made
    with pytest.raises(ValueError, match="no part between"):
        with_house("nothing", rooms_of(checkout))


def test_a_circle_is_named(checkout: Path) -> None:
    (checkout / "mri_bme" / "errors.py").write_text("import mri_bme.volume\n")
    with pytest.raises(ValueError, match=r"errors, .*volume"):
        storeys(rooms_of(checkout))
