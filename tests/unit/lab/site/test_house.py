"""The house is shown without a script."""

from lab.house.rooms import drawing, rooms_of
from lab.site.house import with_storeys
from lab.site.places import ROOT


def test_every_room_is_shown_in_its_storey() -> None:
    rooms = rooms_of(ROOT)
    shown = with_storeys(f"before\n\n```mermaid\n{drawing(rooms)}```\n\nafter")
    assert all(f"<span>{name}</span>" in shown for name in rooms)
    assert "mermaid" not in shown
    assert shown.index("<span>cli</span>") < shown.index("<span>volume</span>")
    assert shown.startswith("before")
    assert shown.endswith("after")


def test_a_page_without_a_drawing_stays_as_it_is() -> None:
    assert with_storeys("```sh\nls\n```") == "```sh\nls\n```"
