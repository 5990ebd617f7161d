"""List of the benchmarks."""

from collections.abc import Callable

import typer

from lab.benchmark.appearance import appearance
from lab.benchmark.artifacts import artifacts
from lab.benchmark.batch import batch
from lab.benchmark.body_size import body_size
from lab.benchmark.changed_protocols import changed_protocols
from lab.benchmark.contrast import contrast
from lab.benchmark.edema import edema
from lab.benchmark.edema_retest import edema_retest
from lab.benchmark.intake import intake
from lab.benchmark.memory import memory
from lab.benchmark.no_edema import no_edema
from lab.benchmark.one_subject import one_subject
from lab.benchmark.protocols import protocols
from lab.benchmark.registration import registration
from lab.benchmark.rois import rois
from lab.benchmark.room import room
from lab.benchmark.scale import scale
from lab.benchmark.segmentation import segmentation
from lab.benchmark.slope import slope
from lab.benchmark.statistics import statistics
from lab.benchmark.study import study
from lab.benchmark.surfaces import surfaces
from lab.benchmark.tissue import tissue
from lab.benchmark.verdicts import calibrate, verdicts

BENCHMARKS: tuple[Callable[..., None], ...] = (
    appearance,
    artifacts,
    batch,
    body_size,
    changed_protocols,
    contrast,
    edema,
    edema_retest,
    intake,
    memory,
    no_edema,
    one_subject,
    protocols,
    registration,
    rois,
    room,
    scale,
    segmentation,
    verdicts,
    calibrate,
    slope,
    statistics,
    study,
    surfaces,
    tissue,
)

app = typer.Typer(name="lab.benchmark", no_args_is_help=True, add_completion=False)


@app.callback()
def options() -> None:
    """Measure accuracy and speed against installed peers, on phantoms and real data."""


for benchmark in BENCHMARKS:
    app.command()(benchmark)

if __name__ == "__main__":
    app()
