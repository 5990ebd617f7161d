"""No page is lost: what the navigation does not name is picked up."""

from lab.site.navigation import with_all_pages


def test_a_new_page_is_listed_in_the_section_of_its_folder() -> None:
    nav = ["README.md", {"Change it": ["how-to/README.md"]}]
    found = with_all_pages(nav, ["README.md", "how-to/README.md", "how-to/new.md"])
    assert found == ["README.md", {"Change it": ["how-to/README.md", "how-to/new.md"]}]


def test_a_page_of_no_section_is_listed_at_the_end() -> None:
    assert with_all_pages([{"Start": "a.md"}], ["a.md", "b.md"]) == [
        {"Start": "a.md"},
        {"More": ["b.md"]},
    ]


def test_what_was_given_is_not_changed() -> None:
    nav = [{"Change it": ["a.md"]}]
    with_all_pages(nav, ["a.md", "how-to/b.md"])
    assert nav == [{"Change it": ["a.md"]}]
