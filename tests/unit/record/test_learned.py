"""Tables of what was learned say what they hold, the largest volume first."""

from pathlib import Path

from mri_bme.record.learned import RULES, TRIED, RuleRow, SettingRow


def rule(why: str, n_judged: int | None, ml: float) -> RuleRow:
    return RuleRow(
        what="taken back", why=why, n_judged=n_judged, n_overruled=2, n_subjects=1, overruled_ml=ml
    )


def test_what_is_overruled_most_comes_first(tmp_path: Path) -> None:
    rows = RULES.rows([rule("rim", 9, 0.5), rule("below the cut-off", None, 1.25)])
    RULES.write(tmp_path / "rules.csv", rows)
    assert (tmp_path / "rules.csv").read_text().splitlines()[1:] == [
        "taken back,below the cut-off,,2,1,1.25",
        "taken back,rim,9,2,1,0.5",
    ]


def test_values_that_were_tried_keep_their_order(tmp_path: Path) -> None:
    tried = [
        SettingRow(
            setting="segment.n_sd", value=v, in_use=v == 5, mean_error_ml=v / 10, chosen=v == 4
        )
        for v in (5.0, 4.0)
    ]
    TRIED.write(tmp_path / "settings.csv", TRIED.rows(tried))
    assert (tmp_path / "settings.csv").read_text().splitlines()[1:] == [
        "segment.n_sd,5,true,0.5,false",
        "segment.n_sd,4,false,0.4,true",
    ]
