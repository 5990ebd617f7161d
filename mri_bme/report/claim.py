"""The page of `mri-bme stats --claim`: the CLAIM checklist, for a journal's form."""

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from mri_bme.files import write_text
from mri_bme.record.claim import SOURCES, ClaimItem
from mri_bme.report.html import render


def claim_html(items: Sequence[ClaimItem]) -> str:
    """Render the checklist as one HTML document; what the authors must fill in stands out."""
    sections = [(name, list(found)) for name, found in groupby(items, key=lambda i: i.section)]
    return render(
        "claim.html.j2",
        sections=sections,
        n_items=len(items),
        n_blank=sum(bool(item.for_the_authors) for item in items),
        sources=SOURCES,
    )


def write_claim_page(items: Sequence[ClaimItem], path: Path) -> None:
    """Write the page, one file that fetches nothing."""
    write_text(path, claim_html(items))
