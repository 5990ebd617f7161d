"""A figure that documents quote has one value: that of the file it comes from, everywhere."""

import json
import re
from collections.abc import Iterator
from itertools import starmap
from pathlib import Path

import pytest

from mri_bme.batch.plan import MEMORY_MB_PER_WORKER
from mri_bme.measurement_error.sensitivity import REGISTRATION_MM
from mri_bme.report.viewer.script import viewer_script
from mri_bme.settings import CompareSettings

ROOT = Path(__file__).parents[2]
SAMPLE = json.loads((ROOT / "sample_data" / "expected.json").read_text())
JUDGE, BONES = "mri_bme/segment_edema", "mri_bme/place_rois"


def words(page: str) -> str:
    """A document as one line, so that a figure is found wherever its lines break."""
    return " ".join((ROOT / page).read_text(encoding="utf-8").split())


def rows(page: str, start: str) -> Iterator[list[str]]:
    """Cells of the rows of a document's tables that start so."""
    for line in (ROOT / page).read_text(encoding="utf-8").splitlines():
        if line.startswith(f"| {start}"):
            yield [cell.strip() for cell in line.strip("|").split("|")]


def row(page: str, start: str) -> list[str]:
    (found,) = rows(page, start)
    return found


def numbers(text: str) -> list[float]:
    return [float(one) for one in re.findall(r"-?\d+(?:\.\d+)?", text.replace("−", "-"))]


def quotes(text: str, *values: float) -> bool:
    """Tell whether a text has these values one after the other, each rounded as it stands there."""
    there = re.findall(r"-?\d+(?:\.\d+)?", text.replace("−", "-"))
    return any(
        all(starmap(is_rounded, zip(there[i : i + len(values)], values, strict=True)))
        for i in range(len(there) - len(values) + 1)
    )


def is_rounded(text: str, value: float) -> bool:
    """Allow for a value that is pinned with three decimals itself."""
    unit = 10.0 ** -len(text.partition(".")[2])
    return abs(float(text) - value) <= 0.5 * unit + 0.0005


def test_what_is_told_of_the_sample_is_what_is_pinned() -> None:
    """`tests/truths/test_sample_regression.py` holds the pins against a run."""
    found, change = SAMPLE["bones_found"], SAMPLE["bones_found"]["change"]
    figure = row("docs/how-good.md", "the sample (synthetic")[1]
    for visit in ("baseline", "week14"):
        pins, truth_ml = found[visit], SAMPLE["visits"][visit]["truth_ml"]
        assert quotes(figure, pins["edema_ml"], *pins["interval_95_ml"], truth_ml)
        assert pins["right_ml"] == 0
        assert pins["right_interval_95_ml"][1] <= 0.05
    assert "(0.00 to 0.05 at most) in the joint without edema" in figure
    assert quotes(figure, change["change_ml"], *change["interval_95_ml"])
    assert f"), {change['verdict']}" in figure


def test_what_is_told_of_the_sample_with_true_bones_is_what_is_pinned() -> None:
    figure = row("docs/how-good.md", "the sample, true bones")[1]
    for pins in SAMPLE["visits"].values():
        assert quotes(figure, pins["edema_ml"]["total"], *pins["interval_95_ml"], pins["truth_ml"])


@pytest.mark.parametrize("values", [(8.376, 6.53, 12.05), (6.53, 12.05, 8.37), (8.37, 6.53, 12.06)])
def test_another_figure_is_noticed(values: tuple[float, ...]) -> None:
    assert not quotes("8.37 mL (6.53 to 12.05)", *values)
    assert quotes("8.37 mL (6.53 to 12.05)", 8.369, 6.529, 12.05)


def test_smallest_detectable_changes_are_those_that_ship() -> None:
    ships = CompareSettings()
    at = dict(zip(ships.detectable_at_ml, ships.detectable_ml, strict=True))
    how_good = words("docs/how-good.md")
    for volume, said in ((0, "from none"), (6, "near 6"), (20, "near 20"), (60, "near 60")):
        assert f"{short_change(at[volume])} mL {said}" in how_good
    shipped = row("docs/measurement_error.md", "shipped: the larger")[1:]
    assert shipped == [short_change(at[volume]) for volume in (0.5, 2, 6, 20, 60)]
    full = dict(row_of_number(cells) for cells in rows("docs/verification.md", "") if is_sdc(cells))
    assert all(at[volume] >= ml - 0.05 for volume, ml in full.items())
    assert len(full) == 9


def short_change(ml: float) -> str:
    return f"{ml:.2f}" if ml < 1 else f"{ml:.1f}"


def is_sdc(cells: list[str]) -> bool:
    """Tell a row of the full design's figures by volume."""
    return len(cells) == 5 and cells[4].endswith(" mL") and cells[0].replace(".", "").isdigit()


def row_of_number(cells: list[str]) -> tuple[float, float]:
    return float(cells[0]), float(cells[4].removesuffix(" mL"))


@pytest.mark.parametrize(
    ("line", "rois"), [("edema against four reads", "drawn"), ("the same with automatic", "found")]
)
@pytest.mark.parametrize("contrast", ["T1W", "no T1W"])
def test_the_judge_is_as_good_as_its_card_says(line: str, rois: str, contrast: str) -> None:
    """Dice, share of the readers' own, volume and how often it is in range, one after the other."""
    with_t1, without = re.split("[Ww]ithout T1W", row("docs/how-good.md", line)[1], maxsplit=2)[:2]
    figure = with_t1 if contrast == "T1W" else without
    start = f"{rois} ROIs, {contrast}, held out"
    dice, over_readers, *_, volume, in_range, _ = row(f"{JUDGE}/MODEL_CARD.md", start)[1:]
    assert numbers(figure)[0] == float(dice)
    assert re.search(rf"(?:\)|{dice}), {over_readers} of (?:what )?the readers", figure)
    more = abs(numbers(volume)[0])
    assert f"{more:.0f} % {'more' if volume.startswith('+') else 'less'}" in figure
    assert re.search(rf" in {in_range[0]}(?: of 4)?\b", figure)


def test_the_bone_network_is_as_good_as_its_card_says() -> None:
    figure = row("docs/how-good.md", "automatic bones on STIR")[1]
    card = f"{BONES}/MODEL_CARD.md"
    region, sacrum, left, right, _, joint, precise = numbers(" ".join(row(card, "mean STIR |")))[:7]
    threshold = row(card, "mean STIR |")[-1].lstrip("+")
    scans = [numbers(" ".join(c[1:7])) for c in rows(card, "sub-") if c[0].endswith(" STIR")]
    worst = [min(values) for values in zip(*scans, strict=True)]
    assert f"{left:.2f} and {right:.2f} each ilium ({min(worst[2:4]):.2f})" in figure
    assert f"{sacrum:.2f} sacrum ({worst[1]:.2f})" in figure
    assert f"{region:.2f} whole region ({worst[0]:.2f})" in figure
    assert f"{joint} % of the drawn joint found within 3 mm ({worst[5]} %" in figure
    assert f"{precise:.0f} % of the found joint right" in figure
    assert f"edema threshold {threshold} above" in figure


@pytest.mark.parametrize(("folder", "name"), [(BONES, "bones.onnx"), (JUDGE, "edema.onnx")])
def test_networks_are_as_large_as_their_cards_say(folder: str, name: str) -> None:
    mb = (ROOT / folder / name).stat().st_size / 1e6
    assert f"parameters, {mb:.1f} MB" in words(f"{folder}/MODEL_CARD.md")


def test_attempts_add_up() -> None:
    page = words("docs/robustness.md")
    n = [int(cell) for cell in re.findall(r"\| (\d+) \| held \|", page)]
    faults = sum(
        int(cells[1])
        for start in ("a resumed run gives", "a run that is struck", "an input that fails")
        for cells in rows("docs/robustness.md", start)
    )
    assert f"{sum(n)} attempts in all" in page
    assert f"{faults:,} in all" in page


def test_a_worker_is_given_the_memory_that_the_documents_ask_for() -> None:
    asked = f"{MEMORY_MB_PER_WORKER / 1000:.0f} GB"
    for page, said in (
        ("docs/install.md", "and {} of memory per worker"),
        (
            "docs/clusters.md",
            "A worker needs {} of memory (3 GB for isotropic scans of less than 1",
        ),
        ("docs/questions.md", "{} each are enough for most scans, 3 GB for isotropic ones of less"),
        (
            "docs/robustness.md",
            "Give a worker {}, and 3 GB where there are isotropic scans of less",
        ),
    ):
        assert said.format(asked) in words(page), page
    largest = max(
        float(cells[2].removesuffix(" GB"))
        for start in ("25 x 672", "60 x 512", "200 x 400")
        for cells in rows("docs/robustness.md", start)
    )
    assert largest * 1000 < MEMORY_MB_PER_WORKER


def test_the_registration_errs_as_the_sensitivity_of_a_change_takes_it() -> None:
    figure = row("docs/how-good.md", "registration of real STIR")[1]
    assert f"worst point {REGISTRATION_MM} mm" in figure
    cells = row("docs/measurement_error.md", "`registration`")
    assert cells[1].startswith(f"{1.96 * REGISTRATION_MM:.1f} mm")


def test_an_installation_is_as_large_everywhere() -> None:
    total = int(row("docs/install.md", "all 37 packages")[1])
    assert f"fills {total / 1000:.1f} GB" in words("README.md")
    assert "800 MB of disk" in words("docs/install.md")
    assert abs(total - 800) < 10
    fetched = {
        page: set(re.findall(r"fetches (\d+) MB", words(page)))
        for page in ("README.md", "docs/install.md", "docs/first-hour.md")
    }
    assert set(map(frozenset, fetched.values())) == {frozenset({"190"})}


def test_spoiled_scans_are_counted_alike_everywhere() -> None:
    """How good, limits and the page of looks tell one table; here its rows are counted."""
    text = (ROOT / "docs/appearance.md").read_text(encoding="utf-8")
    table = text.partition("| Artifact | Degree |")[2].partition("\n\n")[0]
    cells = [line.strip("|").split("|") for line in table.splitlines()[2:]]
    of = [[list(map(int, one[i].split(" of "))) for i in (3, 5)] for one in cells]
    n_refused = sum(refused[0] for _, refused in of)
    n_beyond = sum(measured - holds for (holds, measured), _ in of)
    n_scans = sum(refused[1] for _, refused in of)
    number = {5: "five"}.get(n_beyond, str(n_beyond))
    assert f"Of {n_scans} scans {n_refused} were refused, and {n_beyond} of the rest" in text
    assert f"{n_refused} refused, {n_beyond} beyond their interval" in words("docs/how-good.md")
    limits = words("docs/limits.md")
    assert f"of {n_scans} scans of phantoms spoiled by degrees {n_refused} were refused" in limits
    assert f"and {number} of the rest" in limits


def test_the_viewer_is_as_small_as_its_page_says() -> None:
    said = float(row("docs/viewer.md", "Code inside a page")[2].removesuffix(" MB"))
    assert len(viewer_script()) / 1e6 == pytest.approx(said, rel=0.15)
