"""Readers' tables: whose numbers they are, and that they are never the program's own."""

import pytest

from mri_bme.errors import InvalidSettings
from mri_bme.intake.readings import read_readings
from mri_bme.summarize_cohort import Cohort, Measurement

EDEMA_ML = [2.4928, 3.1505, 0.0, 1.2345, 7.5001, 0.75, 4.2, 5.5551]
SPARCC = [7, 9, 0, 4, 21, 2, 12, 15]


@pytest.fixture
def cohort():
    return Cohort(
        measurements=tuple(
            Measurement(subject=f"S{k}", visit="baseline", day=0, measure=measure, value=value)
            for k in range(8)
            for measure, value in (
                ("edema_ml", EDEMA_ML[k]),
                ("sparcc_estimate", float(SPARCC[k])),
            )
        ),
        changes=(),
        baseline="baseline",
        followups=("week14",),
        known=frozenset((f"S{k}", visit) for k in range(8) for visit in ("baseline", "week14")),
    )


def table(tmp_path, columns, rows):
    path = tmp_path / "reader.csv"
    lines = [",".join(map(str, row)) for row in rows]
    path.write_text("\n".join([f"subject,visit,{columns}", *lines]) + "\n")
    return path


def values(readings, name="reader"):
    return [m.value for m in readings.measurements[name]]


def test_the_readers_column_is_taken_and_the_programs_own_left_out(tmp_path, cohort) -> None:
    rows = [(f"S{k}", "baseline", SPARCC[k] + k % 3, EDEMA_ML[k], SPARCC[k]) for k in range(8)]
    found = read_readings(table(tmp_path, "sparcc,edema_ml,sparcc_estimate", rows), cohort)
    assert values(found) == [SPARCC[k] + k % 3 for k in range(8)]
    assert found.copied == ("edema_ml of reader", "sparcc_estimate of reader")


@pytest.mark.parametrize("digits", [4, 2, 1])
def test_the_programs_own_volumes_are_known_when_rounded(tmp_path, cohort, digits) -> None:
    rows = [(f"S{k}", "baseline", round(EDEMA_ML[k], digits)) for k in range(8)]
    with pytest.raises(InvalidSettings, match="nothing but the program's own"):
        read_readings(table(tmp_path, "edema_ml", rows), cohort)


def test_a_reader_who_differs_once_is_a_reader(tmp_path, cohort) -> None:
    rows = [(f"S{k}", "baseline", round(EDEMA_ML[k], 2) + 0.4 * (k == 5)) for k in range(8)]
    assert len(values(read_readings(table(tmp_path, "edema_ml", rows), cohort))) == 8


def test_a_reader_who_saw_no_edema_either_is_a_reader(tmp_path, cohort) -> None:
    healthy = Cohort(
        measurements=tuple(
            Measurement(subject=f"S{k}", visit="baseline", day=0, measure="edema_ml", value=0.0)
            for k in range(8)
        ),
        changes=(),
        baseline="baseline",
        followups=(),
        known=cohort.known,
    )
    rows = [(f"S{k}", "baseline", 0) for k in range(8)]
    assert values(read_readings(table(tmp_path, "edema_ml", rows), healthy)) == [0.0] * 8


def test_two_columns_of_one_measure_are_refused_when_neither_is_the_programs(
    tmp_path, cohort
) -> None:
    rows = [(f"S{k}", "baseline", SPARCC[k] + 1, SPARCC[k] + 2) for k in range(8)]
    with pytest.raises(InvalidSettings, match="sparcc and sparcc_estimate, which are one measure"):
        read_readings(table(tmp_path, "sparcc,sparcc_estimate", rows), cohort)


def test_each_reader_is_judged_alone(tmp_path, cohort) -> None:
    rows = [(f"S{k}", "baseline", EDEMA_ML[k], "copyist") for k in range(8)]
    rows += [(f"S{k}", "baseline", EDEMA_ML[k] + 0.3, "ann") for k in range(8)]
    found = read_readings(table(tmp_path, "edema_ml,reader", rows), cohort)
    assert list(found.measurements) == ["reader reader ann"]
    assert found.copied == ("edema_ml of reader reader copyist",)


def test_a_table_without_a_readers_column_is_refused(tmp_path, cohort) -> None:
    rows = [(f"S{k}", "baseline", 3) for k in range(8)]
    with pytest.raises(InvalidSettings, match="needs a column sparcc or edema_ml"):
        read_readings(table(tmp_path, "BASDAI", rows), cohort)
