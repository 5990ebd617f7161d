"""The page of the checklist marks what the authors must fill in, and escapes what is told."""

from mri_bme.record.claim import StudyFacts, claim_items
from mri_bme.report.claim import claim_html


def test_blanks_are_counted_and_marked_and_words_are_text() -> None:
    items = claim_items(StudyFacts(n_subjects=1, reasons={"<b>bold</b>": 1}))
    html = claim_html(items)
    n_blank = sum(bool(item.for_the_authors) for item in items)
    assert f"{n_blank} of 44 items need the authors" in html
    assert html.count("<mark>") == n_blank
    assert "<b>bold</b>" not in html
    assert html.count('scope="row"') == 44
