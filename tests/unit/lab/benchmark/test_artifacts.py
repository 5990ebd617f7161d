"""What is told of spoiled scans: errors, intervals, and whether anything was said."""

from lab.benchmark.artifacts import DEGREES, Spoiled, told, values_of
from mri_bme.findings import Interval
from mri_bme.phantom import ARTIFACTS

HELD = Interval(low=4.0, high=6.0)


def row(found_ml: float | None, **more: object) -> Spoiled:
    interval = None if found_ml is None else Interval(low=found_ml - 1, high=found_ml + 1)
    told = {"artifact": "metal", "degree": "8 mm", "seed": 1, "true_ml": 5.0, **more}
    return Spoiled(found_ml=found_ml, interval_ml=interval, **told)  # type: ignore[arg-type]


def test_every_artifact_of_the_phantom_is_tried_by_degrees() -> None:
    tried = {name for degrees in DEGREES.values() for one in degrees.values() for name in one.names}
    assert tried == set(ARTIFACTS)


def test_a_line_tells_errors_intervals_and_who_said_something() -> None:
    rows = [
        row(5.5),
        row(2.0, flagged=("sharpness",)),
        row(None, refused=("marrow_snr",)),
    ]
    line = next(line for line in told(rows) if line.startswith("| metal"))
    assert line == (
        "| metal | 8 mm | -60 to +10 % | 1 of 2 | 1 of 2 | 1 of 3 | sharpness, marrow_snr |"
    )


def test_what_errs_beyond_its_interval_and_was_not_said_is_counted() -> None:
    rows = [row(2.0), row(2.0, flagged=("fat",)), row(5.0), row(None, refused=("wrap",))]
    assert list(told(rows))[-1] == (
        "beyond the interval: 1 of 4 scans with nothing said, 1 flagged; 1 refused; of those "
        "beyond 0 of subjects that are so without any artifact"
    )
    plain = row(2.0, artifact="none")
    assert list(told([*rows, plain]))[-1].endswith(
        "beyond 3 of subjects that are so without any artifact"
    )


def test_values_of_the_gates_are_listed() -> None:
    (line,) = values_of([row(5.0, values=(("sharpness", 0.123), ("slab_mm", 80.0)))])
    assert "sharpness 0.123" in line
    assert "slab_mm" not in line
