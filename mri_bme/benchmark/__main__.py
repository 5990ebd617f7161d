"""List of the benchmarks."""

from collections.abc import Callable

import typer

from mri_bme.benchmark.batch import batch
from mri_bme.benchmark.intake import intake
from mri_bme.benchmark.registration import registration
from mri_bme.benchmark.rois import rois
from mri_bme.benchmark.segmentation import segmentation

BENCHMARKS: tuple[Callable[..., None], ...] = (batch, intake, registration, rois, segmentation)

app = typer.Typer(name="mri_bme.benchmark", no_args_is_help=True, add_completion=False)


@app.callback()
def options() -> None:
    """Measure accuracy and speed against installed peers, on phantoms and real data."""


for benchmark in BENCHMARKS:
    app.command()(benchmark)

if __name__ == "__main__":
    app()
