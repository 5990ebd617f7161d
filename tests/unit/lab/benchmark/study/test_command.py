"""What a study prints is what its tables hold, with interval and number of subjects."""

from lab.benchmark.study.command import agreement_lines, mask_lines

ROW = {
    "statistic": "icc_2_1",
    "measure": "edema_ml",
    "against": "R1 with R2",
    "region": "",
    "followup": "baseline",
    "n": "6",
    "value": "0.912345",
    "ci_low": "0.5",
    "ci_high": "0.99",
    "note": "",
}


def test_a_figure_has_its_interval_and_its_number() -> None:
    (line,) = agreement_lines([ROW])
    assert line == "icc_2_1  volume baseline R1 with R2: 0.91 (0.50 to 0.99), n = 6"


def test_what_there_is_no_figure_for_is_named() -> None:
    short = {**ROW, "statistic": "sdc", "value": "", "note": "too few"}
    (line,) = agreement_lines([short, {**ROW, "statistic": "bias"}])
    assert line == "no figure for some of: R1 with R2; the table says why"


def test_masks_are_told_as_means_over_scans_with_edema() -> None:
    pair = {"first": "R1", "second": "R2"}
    rows = [
        {**pair, "dice": "0.8", "surface_mean_mm": "1.0"},
        {**pair, "dice": "0.6", "surface_mean_mm": "3.0"},
        {**pair, "dice": "", "surface_mean_mm": ""},
    ]
    (line,) = mask_lines(rows)
    assert "R1 with R2: Dice 0.70 (0.60 to 0.80), surfaces 2.00 mm apart, n = 2" in line
