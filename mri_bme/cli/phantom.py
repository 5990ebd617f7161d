"""`mri-bme phantom`: a synthetic subject or cohort with known edema."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from mri_bme.errors import InvalidSettings
from mri_bme.io.phantom_files import VENDORS, truth_of, write_cohort_tables, write_phantom
from mri_bme.phantom import ARTIFACTS, SCENARIOS, Artifacts, artifacts_named, make_phantom
from mri_bme.phantom.cohort import ClinicalRow, clinical_rows, cohort_scenarios
from mri_bme.phantom.scanner import SAMPLE


def phantom(  # noqa: PLR0917  (options, each by its name)
    out: Annotated[Path, typer.Argument(help="Folder for the DICOM files and truth.json.")],
    scenario: Annotated[str, typer.Option(help=f"One of: {', '.join(SCENARIOS)}.")] = "letter",
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same bytes.")] = 1,
    vendor: Annotated[
        str, typer.Option(help=f"Tags of: {', '.join(VENDORS)}; `any` mixes them.")
    ] = "siemens",
    n: Annotated[
        int, typer.Option("--n", min=1, help="Subjects; above 1, a cohort of all scenarios.")
    ] = 1,
    artifact: Annotated[
        list[str] | None,
        typer.Option(help=f"What goes wrong in the scanner (repeat): {', '.join(ARTIFACTS)}."),
    ] = None,
    artifact_at: Annotated[
        str, typer.Option(help="Visit with artifacts: both, baseline or week14.")
    ] = "both",
) -> None:
    """Make a synthetic subject: DICOM of both visits and truth.json."""
    if vendor != "any" and vendor not in VENDORS:
        raise InvalidSettings(
            f"there is no vendor {vendor!r}; choose one of {', '.join(VENDORS)}, any"
        )
    wrong = _artifacts(tuple(artifact or ()), artifact_at)
    scenarios = (scenario,) if n == 1 else cohort_scenarios(n, seed=seed)
    truths: list[dict[str, Any]] = []
    clinical: list[ClinicalRow] = []
    for i, name in enumerate(scenarios):
        made = make_phantom(name, seed=seed + i, protocol=SAMPLE, artifacts=wrong)
        tags = list(VENDORS)[(seed + i) % len(VENDORS)] if vendor == "any" else vendor
        write_phantom(made, out, vendor=tags, with_truth=n == 1)
        truths.append(truth_of(made))
        clinical += clinical_rows(made)
        found = ", ".join(f"{v.label} {v.region_ml('total'):.2f} mL" for v in made.visits)
        sys.stderr.write(f"{i + 1}/{n} {made.subject_id} {name}: {found}\n")
    if n > 1:
        write_cohort_tables(out, truths, clinical)


def _artifacts(names: tuple[str, ...], at: str) -> tuple[Artifacts, Artifacts]:
    places = {"both": (1, 1), "baseline": (1, 0), "week14": (0, 1)}
    if at not in places:
        raise InvalidSettings(f"artifacts come at {', '.join(places)}; found {at!r}")
    first, second = (artifacts_named(names if on else ()) for on in places[at])
    return first, second
