"""A verification on disk: tables, a page, and settings that can be run with."""

import csv
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from mri_bme.findings import Interval
from mri_bme.phantom import Protocol
from mri_bme.settings import Settings
from mri_bme.verify import Failure, Figure, Measurement, Verification
from mri_bme.verify.lesions import FalseLesion, LesionSeen
from mri_bme.verify.writing import NO_LIMIT, provenance_of, settings_text, write_verification

FIGURES = (
    Figure(
        name="lesion sensitivity", at="1 to 2 mL", value=95.0, unit="%", n=20, bones="automatic"
    ),
    Figure(name="bias", at="5 mL", value=-0.004, low=-0.3, high=0.2, n=8, bones="automatic"),
    Figure(name="wSD", at="5 mL", value=0.25, n=8, bones="automatic"),
    Figure(name="shift of the volume", at="more noise", value=None, n=0, bones="automatic"),
    Figure(
        name="linearity, slope",
        at="all",
        value=0.987,
        low=0.747,
        high=1.227,
        unit="",
        n=20,
        bones="automatic",
        n_subjects=3,
    ),
)
VERIFICATION = Verification(
    figures=FIGURES,
    detectable_at_ml=(0.0, 5.0),
    detectable_ml=(0.2, 0.9),
    detection_limit_ml=0.123456,
    n_scans=3,
    n_not_evaluable=1,
    bones="automatic",
    failures=(
        Failure(
            name="voxels <wrong>",
            seed=7,
            true_ml=6.0,
            found_ml=None,
            interval_ml=None,
            said=("no",),
        ),
    ),
)
SCAN = Measurement(
    case="7",
    seed=7,
    level_ml=5.0,
    condition="as given",
    visit="baseline",
    bones="automatic",
    true_ml=5.0,
    found_ml=4.75,
    interval_ml=Interval(low=4.0, high=5.5),
    registration_error_mm=None,
    change_verdict="unchanged",
    reason="",
)
USUAL_ML = Settings().compare.detection_limit_ml
LOST = replace(SCAN, case="8", found_ml=None, interval_ml=None, reason="the slab <misses> it")


SEEN = replace(
    SCAN,
    case="9",
    lesions=(LesionSeen(true_ml=1.5, contrast=2.0, shared=0.8, found_ml=1.25),),
    false_lesions=(FalseLesion(found_ml=0.12, contrast=1.625),),
)


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("verify")
    protocol = Protocol()
    provenance = provenance_of(protocol, VERIFICATION)
    rows = [SCAN, LOST, SEEN]
    write_verification(folder, VERIFICATION, rows, protocol=protocol, provenance=provenance)
    return folder


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_a_scan_that_was_not_evaluable_is_empty_with_its_reason_never_zero(out: Path) -> None:
    found, lost, _ = table(out / "scans.csv")
    assert (found["found_ml"], found["ci_low_ml"], found["ci_high_ml"]) == ("4.75", "4", "5.5")
    assert (found["registration_error_mm"], found["evaluable"]) == ("", "true")
    assert (lost["found_ml"], lost["ci_low_ml"], lost["ci_high_ml"]) == ("", "", "")
    assert (lost["evaluable"], lost["reason"]) == ("false", "the slab <misses> it")


def test_every_figure_is_a_row(out: Path) -> None:
    rows = table(out / "figures.csv")
    assert [row["name"] for row in rows] == [figure.name for figure in FIGURES]
    assert [row["value"] for row in rows] == ["95", "-0.004", "0.25", "", "0.987"]


def test_the_settings_that_follow_are_those_that_were_found(out: Path) -> None:
    text = (out / "detectable.toml").read_text(encoding="utf-8")
    compare = Settings.model_validate(tomllib.loads(text)).compare
    assert (compare.detectable_at_ml, compare.detectable_ml) == ((0.0, 5.0), (0.2, 0.9))
    assert compare.detection_limit_ml == pytest.approx(0.123, abs=0)
    assert compare.detectable_source == provenance_of(Protocol(), VERIFICATION)


def test_without_a_detection_limit_that_of_the_settings_stays_and_the_file_says_so() -> None:
    text = settings_text(replace(VERIFICATION, detection_limit_ml=None), "here")
    compare = tomllib.loads(text)["compare"]
    assert "detection_limit_ml" not in compare
    assert compare["detectable_source"] == f"here; {NO_LIMIT}"
    assert Settings.model_validate(tomllib.loads(text)).compare.detection_limit_ml == USUAL_ML


def test_the_page_tells_figures_by_volume_apart_from_the_rest(out: Path) -> None:
    page = (out / "verify.html").read_text(encoding="utf-8")
    assert ">0.00 mL (−0.30 to 0.20)" in page  # a bias that rounds to nothing has no sign
    assert "0.987" in page
    assert "the slab &lt;misses&gt; it" in page
    assert "<misses>" not in page


@pytest.mark.parametrize(
    ("bones", "words"),
    [("given", "given (true) bones"), ("automatic", "bones found automatically")],
)
def test_the_source_of_the_figures_says_whose_bones_and_which_protocol(bones, words) -> None:
    said = provenance_of(Protocol(pixel_mm=0.6), replace(VERIFICATION, bones=bones))
    assert words in said
    assert "3 phantom scans of 0.60 mm pixels" in said


def test_lesions_failures_and_criteria_are_tables(out: Path) -> None:
    (lesion,) = table(out / "lesions.csv")
    assert (lesion["case"], lesion["signal_ratio"], lesion["is_found"]) == ("9", "2", "true")
    (false,) = table(out / "false_lesions.csv")
    assert (false["case"], false["found_ml"], false["signal_ratio"]) == ("9", "0.12", "1.625")
    (failure,) = table(out / "failures.csv")
    assert (failure["found_ml"], failure["outcome"], failure["said"]) == ("", "refused", "no")
    criteria = {row["figure"]: row for row in table(out / "acceptance.csv")}
    assert criteria["lesion sensitivity"]["verdict"] == "pass"
    slope = criteria["linearity, slope"]
    assert (slope["verdict"], slope["decided_by"]) == (
        "not decided",
        "about 5 subjects in place of 3",
    )
    assert criteria["limit of blank"]["verdict"] == "not measured"


def test_the_report_is_a_page_and_a_pdf(out: Path) -> None:
    page = (out / "verify.html").read_text(encoding="utf-8")
    for title in ("Acceptance criteria", "Conditions that were tried", "Bias and linearity"):
        assert f"<h2>{title}</h2>" in page
    assert "voxels &lt;wrong&gt;" in page
    assert (out / "verify.pdf").read_bytes().startswith(b"%PDF")
