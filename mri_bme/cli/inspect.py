"""``mri-bme inspect``: what an export holds, and what would be measured."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from mri_bme.batch.resolve import read_config, resolve_settings
from mri_bme.cli.intake_progress import counting
from mri_bme.errors import NothingUsable
from mri_bme.intake.dicom import StudyIndex, index_study
from mri_bme.intake.dicom.ids import read_ids
from mri_bme.intake.dicom.key import read_key
from mri_bme.intake.dicom.nothing import counted, no_series_message
from mri_bme.intake.dicom.pseudonyms import is_pseudonym
from mri_bme.intake.listed import listed_visits
from mri_bme.intake.manifest import manifest_header
from mri_bme.select_series import SeriesChoice, select_series
from mri_bme.settings import Settings
from mri_bme.study import Series, Visit

Notes = Mapping[tuple[str, str], str]
PLAIN_WIDTH = 200  # without a terminal lines are not cut


def inspect(  # noqa: PLR0917  typer makes options of parameters
    source: Annotated[Path, typer.Argument(metavar="INPUT", help="Folder of an export.")],
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
    manifest: Annotated[Path | None, typer.Option(help=f"CSV: {manifest_header()}.")] = None,
    pattern: Annotated[
        list[str] | None,
        typer.Option(
            help="Naming rule of NIfTI, repeated for 't1=...': '{subject}/{visit}/stir.nii.gz'."
        ),
    ] = None,
    config: Annotated[Path | None, typer.Option(help="Settings as TOML, as for `run`.")] = None,
    assignments: Annotated[
        list[str] | None,
        typer.Option("--set", help="One setting, as section.name=value; may be repeated."),
    ] = None,
    orientation: Annotated[
        str | None,
        typer.Option(help="How axes run (as RAS) in NIfTI whose header does not say it."),
    ] = None,
    ids: Annotated[
        str | None, typer.Option(help="`keep` PatientIDs, or a CSV: patient_id,subject.")
    ] = None,
) -> None:
    """Show subjects, visits and series; which series is chosen, and why not the others."""
    settings = resolve_settings(read_config(config), assignments or ())
    notes: Notes = {}
    rows = listed_visits(
        source, settings=settings.visits, manifest=manifest, patterns=pattern or ()
    )
    if rows is None:
        with counting("files") as progress:
            index = index_study(
                source, settings=settings, progress=progress, ids=read_ids(ids), keep_key=False
            )
    else:
        from mri_bme.intake.manifest_index import index_manifest  # noqa: PLC0415  (loads nibabel)

        found = index_manifest(rows, settings=settings, orientation=orientation)
        index, notes = found.index, found.notes
    if as_json:
        typer.echo(json.dumps(described(index, settings, notes), indent=2, allow_nan=False))
    if not as_json and (index.series or notes):
        show(index, settings, notes)
    if rows is not None and set(notes) <= found.problems and not index.series:
        listed = "BIDS tree or naming rule" if manifest is None else manifest.name
        raise NothingUsable(f"no row of {listed} names a volume that can be read")
    if rows is None and not index.series:
        raise NothingUsable(no_series_message(index.n_files, index.skipped))


def described(index: StudyIndex, settings: Settings, notes: Notes) -> dict[str, Any]:
    """Everything that `inspect` knows, ready for JSON."""
    return {
        "n_files": index.n_files,
        "skipped": index.skipped,
        "defects": list(index.defects),
        "unread": [
            {"subject": one.subject or None, "n_files": one.n_files, "reason": one.reason}
            for one in index.unread
        ],
        "subjects": [
            {
                "subject": subject.subject_id,
                "defects": list(subject.defects),
                "visits": [
                    {
                        **_visit(visit, settings),
                        "note": notes.get((subject.subject_id, visit.label)),
                    }
                    for visit in subject.visits
                ],
            }
            for subject in index.subjects
        ],
    }


def _visit(visit: Visit, settings: Settings) -> dict[str, Any]:
    choice = select_series(visit, settings=settings.select)
    return {
        "visit": visit.label,
        "day": visit.day,
        "chosen": choice.chosen.series_id if choice.chosen else None,
        "t1": choice.t1.series_id if choice.t1 else None,
        "doubts": list(choice.doubts),
        "series": [
            {**_series(item.series), "eligible": item.eligible, "reason": item.reason}
            for item in choice.ranking
        ],
    }


def _series(series: Series) -> dict[str, Any]:
    geometry = series.geometry
    return {
        "series": series.series_id,
        "number": series.number,
        "description": series.description,
        "contrast": series.contrast.value,
        "plane": series.plane.value,
        "component": series.component,
        "repeat": f"{series.repeat[0]}/{series.repeat[1]}",
        "n_slices": series.n_slices,
        "shape": None if geometry is None else list(geometry.shape),
        "spacing_mm": None if geometry is None else [round(v, 4) for v in geometry.spacing_mm],
        "refused": series.refused,
        "defects": list(series.defects),
    }


def show(index: StudyIndex, settings: Settings, notes: Notes) -> None:
    """Print one table per visit; texts from headers are printed as they are, never as markup."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=PLAIN_WIDTH)
    for subject in index.subjects:
        for visit in subject.visits:
            choice = select_series(visit, settings=settings.select)
            day = "" if visit.day is None else f", day {visit.day}"
            console.print(Text(f"subject {subject.subject_id}, {visit.label}{day}", style="bold"))
            if (subject.subject_id, visit.label) in notes:
                console.print(Text(f"  {notes[subject.subject_id, visit.label]}"))
                continue
            console.print(_table(choice))
            for doubt in choice.doubts:
                console.print(Text(f"  check: {doubt}"))
            if choice.chosen is None:
                console.print(Text("  nothing to measure at this visit"))
        for defect in subject.defects:
            console.print(Text(f"  note: {defect}"))
    for line in _remarks(index):
        console.print(Text(line))


def _remarks(index: StudyIndex) -> Iterator[str]:
    """Say what stands below all subjects."""
    for defect in index.defects:
        yield f"defect: {defect}"
    for one in index.unread:
        if one.subject:
            yield f"subject {one.subject}: {one.n_files} file(s) {one.reason}"
    if read_key() is None and any(is_pseudonym(s.subject_id) for s in index.subjects):
        yield "there is no key yet: these pseudonyms hold for this look only"
    yield f"{index.n_files} files; not MR images: {counted(index.skipped) or 'none'}"


def _table(choice: SeriesChoice) -> Table:
    table = Table(box=None, pad_edge=True)
    for name in ("no.", "description", "contrast", "plane", "slices", "verdict"):
        table.add_column(name, overflow="fold", justify="right" if name == "slices" else "left")
    for item in choice.ranking:
        s = item.series
        reason = item.reason + (" [T1 of the visit]" if s is choice.t1 else "")
        repeat = "" if s.repeat[1] == 1 else f" {s.repeat[0]}/{s.repeat[1]}"
        cells = (
            "" if s.number is None else str(s.number),
            s.description + repeat,
            *(s.contrast.value, s.plane.value, str(s.n_slices), "; ".join((reason, *s.defects))),
        )
        table.add_row(*(Text(cell) for cell in cells))
    return table
