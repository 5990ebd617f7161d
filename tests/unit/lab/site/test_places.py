"""A link that works in the repository works on the site."""

import pytest

from lab.site.places import BESIDE, ROOT, pages_beside, with_links_of_site


@pytest.mark.parametrize(
    ("document", "link", "page", "moved"),
    [
        ("docs/README.md", "install.md", "README.md", "install.md"),
        ("docs/README.md", "../CHANGELOG.md", "README.md", "project/changelog.md"),
        ("docs/how-to/a.md", "../../CHANGELOG.md", "how-to/a.md", "../project/changelog.md"),
        (
            "CONTRIBUTING.md",
            "docs/architecture.md",
            "project/contributing.md",
            "../architecture.md",
        ),
        ("docs/first.md", "../sample_data/change.jpg", "first.md", "assets/change.jpg"),
    ],
)
def test_a_link_leads_where_its_target_lies_on_the_site(
    document: str, link: str, page: str, moved: str
) -> None:
    text = with_links_of_site(f"see [it]({link}#part)", document=document, page=page)
    assert text == f"see [it]({moved}#part)"


def test_a_link_to_what_the_site_does_not_have_becomes_words() -> None:
    text = with_links_of_site("see [the code](../lab/x.py).", document="docs/a.md", page="a.md")
    assert text == "see the code."


@pytest.mark.parametrize("link", ["https://example.org/x", "#part"])
def test_other_links_stay(link: str) -> None:
    assert with_links_of_site(f"[a]({link})", document="docs/a.md", page="a.md") == f"[a]({link})"


def test_every_file_beside_the_documents_is_there() -> None:
    found = {path for _, path in pages_beside()}
    assert {"CHANGELOG.md", "CONTRIBUTING.md", "sample_data/change.jpg"} <= found
    assert found <= set(BESIDE)
    assert all((ROOT / path).is_file() for path in found)
