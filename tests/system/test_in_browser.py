"""Pages are opened, clicked, sorted and resized in a headless browser, without a network."""

import base64
import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mri_bme.findings import Interval
from mri_bme.pipeline import SubjectResult
from mri_bme.report import (
    CohortPage,
    CohortRow,
    SubjectPage,
    subject_page,
    write_cohort_page,
    write_subject_page,
)

selenium = pytest.importorskip("selenium")
from selenium.webdriver import Chrome, ChromeOptions  # noqa: E402
from selenium.webdriver.chrome.service import Service  # noqa: E402
from selenium.webdriver.common.action_chains import ActionChains  # noqa: E402
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.support.ui import WebDriverWait  # noqa: E402

HOSTILE = "O'Neil\"'><script>window.harmed = 1</script>\r\n<img src=x onerror='window.harmed=1'>"
DESKTOP, PHONE, FOUR_K = (1440, 900), (390, 844), (3840, 2160)


@pytest.fixture(scope="module")
def browser() -> Iterator[Chrome]:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    chromedriver = shutil.which("chromedriver")
    if chromium is None or chromedriver is None:
        pytest.skip("no Chromium with its driver here (Debian: apt-get install chromium-driver)")
    options = ChromeOptions()
    options.binary_location = chromium
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = Chrome(options=options, service=Service(chromedriver))
    yield driver
    driver.quit()


def opened(browser: Chrome, path: Path, size: tuple[int, int] = DESKTOP) -> None:
    resize(browser, size)
    browser.get_log("browser")
    browser.get_log("performance")
    browser.get(path.resolve().as_uri())
    WebDriverWait(browser, 30).until(is_settled)


def is_settled(browser: Chrome) -> bool:
    """Whether the slices of a page, if it has any, are open: until then pictures stand there."""
    return bool(
        browser.execute_script(
            "const v = document.querySelector('#viewer');"
            "return !v || v.matches('.v-open, .v-failed');"
        )
    )


def resize(browser: Chrome, size: tuple[int, int]) -> None:
    metrics = {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def fetched(browser: Chrome) -> set[str]:
    """Addresses that left the page since it was opened, apart from the disk and itself."""
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    addresses = {
        message["params"]["request"]["url"]
        for message in messages
        if message["method"] == "Network.requestWillBeSent"
    }
    return {a for a in addresses if not a.startswith(("file:", "data:"))}


def check_quiet(browser: Chrome) -> None:
    assert browser.get_log("browser") == []
    assert fetched(browser) == set()


@pytest.fixture(scope="module")
def subject_file(drawn_page: SubjectPage, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pages") / "sub-1" / "report.html"
    write_subject_page(drawn_page, path)
    return path


def press(browser: Chrome, key: str) -> None:
    ActionChains(browser).send_keys(key).perform()


def test_dark_room_and_copy_work(browser: Chrome, subject_file: Path) -> None:
    opened(browser, subject_file)
    colour = "return getComputedStyle(document.body).backgroundColor"
    light = browser.execute_script(colour)
    press(browser, "d")
    assert browser.execute_script(colour) != light
    browser.find_element(By.ID, "copy").click()
    assert browser.find_element(By.ID, "copied").text
    check_quiet(browser)


@pytest.mark.parametrize("size", [PHONE, DESKTOP, FOUR_K])
def test_subject_page_fits_every_screen(
    browser: Chrome, subject_file: Path, size: tuple[int, int]
) -> None:
    opened(browser, subject_file, size)
    width, inner = browser.execute_script(
        "return [document.documentElement.scrollWidth, innerWidth]"
    )
    assert width <= inner == size[0]
    pictures = browser.find_elements(By.CSS_SELECTOR, ".v-canvas, .pic")
    picture = next(e for e in pictures if e.is_displayed())
    assert picture.size["width"] > 0.25 * min(size[0], 2600)
    font = float(
        browser.execute_script("return parseFloat(getComputedStyle(document.body).fontSize)")
    )
    assert font >= (24 if size == FOUR_K else 15)
    check_quiet(browser)


def test_subject_page_prints_whole(browser: Chrome, subject_file: Path) -> None:
    opened(browser, subject_file)
    pdf = browser.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})["data"]
    content = base64.b64decode(pdf)
    assert content.startswith(b"%PDF")
    assert 2 <= content.count(b"/Type /Page\n") + content.count(b"/Type /Page ") <= 8
    check_quiet(browser)


def test_every_control_has_a_name_and_every_picture_a_text(
    browser: Chrome, subject_file: Path
) -> None:
    opened(browser, subject_file)
    for picture in browser.find_elements(By.TAG_NAME, "img"):
        assert len(picture.get_attribute("alt") or "") > 10
    nameless = browser.execute_script(
        "return Array.from(document.querySelectorAll('button,input,a')).filter(e => "
        "!(e.textContent.trim() || (e.labels && e.labels.length) || e.getAttribute('aria-label')))"
        ".map(e => e.outerHTML)"
    )
    assert nameless == []


def test_hostile_header_text_is_shown_and_not_run(
    browser: Chrome, drawn_result: SubjectResult, tmp_path: Path
) -> None:
    page = subject_page(
        drawn_result,
        subject_id=HOSTILE,
        facts=((HOSTILE, HOSTILE),),
        visit_facts={"baseline": (("Series", HOSTILE),)},
    )
    path = tmp_path / "report.html"
    write_subject_page(replace(page, findings=replace(page.findings, flags=(HOSTILE,))), path)
    opened(browser, path)
    assert browser.execute_script("return window.harmed") is None
    text = " ".join(browser.find_element(By.CSS_SELECTOR, ".facts").text.split())
    assert " ".join(HOSTILE.split()) in text
    check_quiet(browser)


def hostile_cohort(n: int) -> CohortPage:
    rows = [
        CohortRow(
            subject_id=f"sub-{k}",
            status="ok",
            verdict="decreased" if k % 2 else "unchanged",
            baseline_ml=float(k),
            followup_ml=k / 2,
            change_ml=-k / 2,
            interval_ml=Interval(low=-k / 2 - 1, high=-k / 2 + 1),
            flags=("low confidence",) if k % 5 == 0 else (),
        )
        for k in range(n - 1)
    ]
    return CohortPage(rows=(*rows, CohortRow(subject_id=HOSTILE, status="failed", reason=HOSTILE)))


def first_column(browser: Chrome) -> list[str]:
    rows: Any = browser.execute_script(
        "return Array.from(document.querySelectorAll('#subjects tbody tr'))"
        ".filter(r => !r.hidden).map(r => r.cells[1].textContent)"
    )
    return list(rows)


def test_cohort_table_sorts_and_filters(browser: Chrome, tmp_path: Path) -> None:
    path = tmp_path / "index.html"
    write_cohort_page(hostile_cohort(12), path)
    opened(browser, path)
    change = browser.find_element(By.XPATH, "//button[text()='Change, mL']")
    change.click()
    assert first_column(browser)[:3] == ["sub-10", "sub-9", "sub-8"]
    change.click()
    assert first_column(browser)[:3] == ["sub-0", "sub-1", "sub-2"]
    assert first_column(browser)[-1].startswith("O'Neil"), "a missing number sorts last both ways"
    browser.find_element(By.XPATH, "//button[text()='Subject']").click()
    assert first_column(browser)[2:5] == ["sub-1", "sub-2", "sub-3"], "numbers in names count"
    browser.find_element(By.XPATH, "//button[text()='decreased 5']").click()
    assert first_column(browser) == [f"sub-{k}" for k in (1, 3, 5, 7, 9)]
    browser.find_element(By.XPATH, "//button[text()='doubtful 3']").click()
    assert first_column(browser) == ["sub-0", "sub-5", "sub-10"]
    browser.find_element(By.XPATH, "//button[text()='no result 1']").click()
    assert len(first_column(browser)) == 1
    assert browser.execute_script("return window.harmed") is None
    check_quiet(browser)


@pytest.mark.parametrize("size", [PHONE, FOUR_K])
def test_cohort_page_fits_every_screen(
    browser: Chrome, tmp_path: Path, size: tuple[int, int]
) -> None:
    path = tmp_path / "index.html"
    write_cohort_page(hostile_cohort(12), path)
    opened(browser, path, size)
    width = browser.execute_script("return document.documentElement.scrollWidth")
    assert width <= size[0]
    check_quiet(browser)


def test_five_hundred_subjects_open_within_two_seconds(browser: Chrome, tmp_path: Path) -> None:
    """In processor time of the page, which a busy machine does not change."""
    path = tmp_path / "index.html"
    write_cohort_page(hostile_cohort(500), path)
    opened(browser, tmp_path)  # a folder: wakes the process that will show the page
    browser.execute_cdp_cmd("Performance.enable", {})
    before = processor_seconds(browser)
    opened(browser, path)
    assert len(first_column(browser)) == 500
    after = processor_seconds(browser)
    assert 0 < after - (before if before < after else 0) < 2.0


def processor_seconds(browser: Chrome) -> float:
    metrics = browser.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
    return next(float(metric["value"]) for metric in metrics if metric["name"] == "ProcessTime")
