"""`mri-bme stats` on the command line: what it says and how it ends."""

import pytest

from mri_bme.cli import main
from mri_bme.record.changes import CHANGES
from mri_bme.record.visits import VISITS


@pytest.fixture
def out(tmp_path):
    """Folder of a run of eight subjects."""
    folder = tmp_path / "results"
    visits, changes = [], []
    for k in range(8):
        for visit, day, ml in (("baseline", 0, 3.0 + k), ("week14", 98, 1.0 + k % 3)):
            visits.append(
                {"subject": f"S{k}", "visit": visit, "day": day, "region": "total",
                 "edema_ml": ml, "sparcc_estimate": 5 + k, "evaluable": True}
            )  # fmt: skip
        changes.append(
            {"subject": f"S{k}", "baseline": "baseline", "followup": "week14", "days": 98,
             "region": "total", "baseline_ml": 3.0 + k, "followup_ml": 1.0 + k % 3,
             "change_ml": k % 3 - 2.0 - k, "verdict": "decreased", "evaluable": True}
        )  # fmt: skip
    VISITS.write(folder / "visits.csv", visits)
    CHANGES.write(folder / "changes.csv", changes)
    return folder


def ending(*arguments):
    with pytest.raises(SystemExit) as ended:
        main(["stats", *map(str, arguments)])
    return ended.value.code or 0


def test_it_ends_well_and_says_where_to_look(out, capsys) -> None:
    assert ending(out) == 0
    assert capsys.readouterr().out.splitlines()[-1].endswith("results/stats/stats.html")
    assert (out / "stats/stats.html").is_file()


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ("subject,visit,sparcc\ns0,baseline,3\n", "capital letters"),
        ("subject,visit,sparcc\nS0,baseline,300\n", "sparcc 300 in row 2"),
        ("subject,visit,CRP\nS0,baseline,3\n", "needs a column sparcc"),
    ],
)
def test_a_table_that_does_not_fit_is_a_wrong_use_told_in_one_line(
    out, tmp_path, capsys, table, says
) -> None:
    (tmp_path / "reader.csv").write_text(table)
    assert ending(out, "--against", tmp_path / "reader.csv") == 2
    told = capsys.readouterr().err
    assert says in told
    assert len(told.splitlines()) == 1
    assert str(tmp_path) not in told


def test_a_folder_without_results_is_nothing_usable(tmp_path, capsys) -> None:
    assert ending(tmp_path) == 3
    assert "mri-bme run" in capsys.readouterr().err
