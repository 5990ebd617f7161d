"""The cohort page is gone through by keys, filtered, sorted, and left for the next subject."""

from pathlib import Path
from typing import Any

import pytest
from chromium import PHONE, Open
from every_page import N_SUBJECTS
from fabricated_cohort import leave_cohort

from mri_bme.batch.pages import INDEX_NAME, write_index
from mri_bme.batch.status import read_statuses
from mri_bme.pipeline import SubjectResult

STUB = '<!DOCTYPE html><title>{name}</title><p><a id="next" href="../index.html#after={name}">'


def shown(page: Any) -> list[str]:
    """Subjects whose rows can be seen, from above."""
    return page.locator("#subjects tbody tr:visible .name").all_inner_texts()


def focused(page: Any) -> str:
    return page.evaluate("document.activeElement.textContent")


@pytest.fixture(scope="module")
def linked(tmp_path_factory: pytest.TempPathFactory, drawn_result: SubjectResult) -> Path:
    """A cohort whose measured subjects have pages that do nothing but lead to the next."""
    out = tmp_path_factory.mktemp("linked")
    leave_cohort(out, drawn_result, N_SUBJECTS)
    statuses = list(read_statuses(out))
    for status in statuses:
        if status.status == "ok":
            text = STUB.format(name=status.subject) + "next</a>"
            (out / status.folder / "report.html").write_text(text)
    write_index(out, statuses)
    return out / INDEX_NAME


def test_keys_go_from_subject_to_subject_and_show_each_large(linked: Path, open_page: Open) -> None:
    page = open_page(linked)
    page.keyboard.press("j")
    assert focused(page) == "P000"
    assert page.locator("#preview-name").inner_text() == "P000"
    assert page.locator("#preview img").evaluate("one => one.naturalWidth") > 100
    assert page.locator("svg .hot, svg [data-of].hot").count() >= 3, "no mark of it in the plots"
    page.keyboard.press("ArrowDown")
    assert focused(page) == "P001"
    assert "slice 7 of 25 is missing" in page.locator("#preview-said").inner_text()
    assert page.locator("#preview img").count() == 0, "there is no picture of a failed subject"
    page.keyboard.press("k")
    page.keyboard.press("k")
    assert focused(page) == "P000"
    page.keyboard.press("End")
    assert focused(page) == f"P{N_SUBJECTS - 1:03d}"


def test_enter_opens_a_subject_and_its_page_leads_to_the_next_in_this_order(
    linked: Path, open_page: Open
) -> None:
    page = open_page(linked)
    page.get_by_role("button", name="Change, mL").click()
    page.get_by_role("button", name="decreased").click()
    order = shown(page)
    assert len(order) >= 2
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/sub-{order[0]}/report.html*")
    choice = page.url.partition("#")[2]
    assert choice == "sort=5&show=verdict%3Adecreased"
    page.evaluate("part => { document.querySelector('#next').href += '&' + part; }", choice)
    page.locator("#next").click()
    page.wait_for_url(f"**/sub-{order[1]}/report.html*")


def test_after_the_last_subject_the_table_says_so(linked: Path, open_page: Open) -> None:
    page = open_page(linked, part=f"#after=P{N_SUBJECTS - 1:03d}")
    assert page.locator("#shown").inner_text() == "That was the last."
    assert focused(page) == f"P{N_SUBJECTS - 1:03d}"


def test_keys_on_the_page_of_a_subject_lead_to_its_neighbours(pages: Path, open_page: Open) -> None:
    page = open_page(pages / "sub-1" / "report.html")
    page.keyboard.press("n")
    page.wait_for_url("**/index.html*")
    assert page.locator("#shown").inner_text() == "That was the last."
    assert page.locator("tr.current .name").inner_text() == "sub-1"
    page.keyboard.press("Enter")
    page.wait_for_url("**/sub-1/report.html*")
    page.keyboard.press("p")
    page.wait_for_url("**/index.html*")
    assert page.locator("#shown").inner_text() == "That was the first."


def test_a_mark_in_a_plot_leads_to_its_row(linked: Path, open_page: Open) -> None:
    page = open_page(linked)
    page.locator("svg").nth(1).locator('[data-of="P005"]').first.click(force=True)
    assert focused(page).startswith("P0")
    assert page.locator("tr.current").count() == 1


def test_subjects_are_chosen_by_doubt_correction_and_words(linked: Path, open_page: Open) -> None:
    page = open_page(linked)
    everybody = shown(page)
    page.get_by_role("button", name="corrected").click()
    assert shown(page) == ["P003"]
    page.get_by_role("button", name="all").click()
    page.locator("#doubt").select_option(label="the reference marrow is uneven (2)")
    assert shown(page) == ["P004", "P013"]
    page.locator("#doubt").select_option("")
    page.keyboard.press("/")
    page.keyboard.type("slab misses")
    assert shown(page) == ["P002"]
    page.locator("#find").fill("")
    assert shown(page) == everybody
    page.get_by_role("button", name="unlike the others").click()
    assert "P007" in shown(page)
    assert len(shown(page)) < len(everybody) / 2


def test_a_finger_chooses_a_subject(linked: Path, open_page: Open) -> None:
    page = open_page(linked, size=PHONE)
    page.locator("#subjects tbody tr").nth(3).locator(".thumb").tap()
    assert page.locator("#preview-name").inner_text() == "P003"


def test_a_long_table_is_paged_and_keys_filters_and_sorting_know_all_of_it(
    tmp_path: Path, drawn_result: SubjectResult, open_page: Open, monkeypatch
) -> None:
    monkeypatch.setattr("mri_bme.report.cohort_html.ROWS_PER_PAGE", 8)
    leave_cohort(tmp_path, drawn_result, N_SUBJECTS)
    write_index(tmp_path, list(read_statuses(tmp_path)))
    page = open_page(tmp_path / INDEX_NAME)
    first = shown(page)
    assert first == [f"P{k:03d}" for k in range(8)]
    assert page.locator("#page-at").inner_text() == f"1 to 8 of {N_SUBJECTS}"
    page.locator("#page-after").click()
    assert shown(page)[0] == "P008"
    assert page.locator(".chip[aria-pressed=true]").inner_text().startswith("all")
    page.keyboard.press("End")  # outside the table: no key of it
    assert shown(page)[0] == "P008"
    for _ in range(9):
        page.keyboard.press("j")
    assert focused(page) == "P008", "the ninth subject lies on the second page"
    page.get_by_role("button", name="Subject").click()
    assert shown(page)[0] == f"P{N_SUBJECTS - 1:03d}", "sorting leads to the first page"
    page.locator("#find").fill("slab misses")
    assert shown(page) == ["P002"]
    assert page.locator("#pager").is_hidden()


def test_three_hundred_subjects_are_a_small_page_that_opens_at_once(
    tmp_path: Path, drawn_result: SubjectResult, open_page: Open
) -> None:
    leave_cohort(tmp_path, drawn_result, 300)
    write_index(tmp_path, list(read_statuses(tmp_path)))
    assert (tmp_path / INDEX_NAME).stat().st_size < 3e6
    page = open_page(tmp_path / INDEX_NAME)
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    page.reload()
    assert page.locator("#subjects tbody tr").count() == 300
    metrics = {m["name"]: m["value"] for m in session.send("Performance.getMetrics")["metrics"]}
    assert metrics["TaskDuration"] < 2.0, "in processor time of the page"
