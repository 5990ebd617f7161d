"""`mri-bme verify`: what this pipeline and this protocol can measure."""

import time
from pathlib import Path
from typing import Annotated

import typer

from mri_bme.batch.made_with import changed_settings
from mri_bme.batch.plan import Shard
from mri_bme.batch.repeats import check_measured_alike, read_pairs
from mri_bme.batch.resolve import read_config, resolve_settings
from mri_bme.batch.verification import Done, Show, check_any, do_items
from mri_bme.cli import exits
from mri_bme.cli.places import check_results, own_files
from mri_bme.cli.voice import remark
from mri_bme.intake.source import read_volume, slice_thickness_mm
from mri_bme.intake.surfaces import SurfaceAxes, read_pelves
from mri_bme.phantom import Protocol
from mri_bme.verify import design_cases, protocol_like, trials, verification_of
from mri_bme.verify.acceptance import read_acceptance
from mri_bme.verify.design import expected_minutes
from mri_bme.verify.protocol import marrow_texture_like, reference_of
from mri_bme.verify.repeats import pooled_words
from mri_bme.verify.report.framing import counted_words
from mri_bme.verify.report.repeats import with_section
from mri_bme.verify.report.tables import rounded
from mri_bme.verify.writing import (
    FILES,
    NO_LIMIT,
    PDF_NAME,
    provenance_of,
    write_verification,
)


def verify(
    out: Annotated[Path, typer.Argument(help="Folder for the page and the tables.")],
    *,
    like: Annotated[
        Path | None, typer.Option("--like", help="Scan whose protocol is simulated.")
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Fewer subjects: five minutes of one core.")
    ] = False,
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="Processes.")] = 1,
    scheduler: Annotated[
        str | None, typer.Option(help="Dask scheduler, as in tcp://host:8786.")
    ] = None,
    shard: Annotated[str | None, typer.Option(help="This part of the cases only: i/n.")] = None,
    true_bones: Annotated[
        bool,
        typer.Option(
            "--true-bones", help="Only with the phantoms' own bones, not with bones found as well."
        ),
    ] = False,
    repeats: Annotated[
        Path | None,
        typer.Option(
            help="CSV of real subjects scanned twice without a change: subject,first,second"
            "[,first_t1,second_t1,first_visit,second_visit,alike]; volumes, or folders of `run`."
        ),
    ] = None,
    surfaces: Annotated[
        Path | None,
        typer.Option(
            help="Folder of closed bone surfaces in mm (STL, OBJ, PLY or VTP: sacrum, left_ilium, "
            "right_ilium), or of folders of such, whose bones the subjects get in turn."
        ),
    ] = None,
    surface_axes: Annotated[
        SurfaceAxes,
        typer.Option(help="Axes of their points: x grows to the left (lps) or right (ras)."),
    ] = SurfaceAxes.LPS,
    acceptance: Annotated[
        Path | None, typer.Option(help="TOML of acceptance criteria, instead of those shipped.")
    ] = None,
    config: Annotated[Path | None, typer.Option(help="Settings as TOML, as for `run`.")] = None,
    assignments: Annotated[
        list[str] | None,
        typer.Option("--set", help="One setting, as section.name=value; may be repeated."),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Write over files that mri-bme did not make.")
    ] = False,
) -> None:
    """Measure bias, linearity, precision and detection on phantoms; hold them against criteria.

    Cases that are done are kept in OUT/cases: the same line again goes on where it was stopped.
    With --shard, parts are done on many machines; the line without it writes the report. With
    --repeats, detectable.toml is of phantoms and real subjects together.
    """
    check_results(out, FILES, force=force)
    settings = resolve_settings(read_config(config), assignments or ())
    criteria = read_acceptance(acceptance)
    part = Shard.parse(shard) if shard else None
    protocol, texture = (Protocol(), None) if like is None else _protocol_of(like)
    pelves = () if surfaces is None else read_pelves(surfaces, axes=surface_axes)
    cases = design_cases(protocol, quick=quick, texture=texture, pelves=pelves)
    scenes = trials(protocol, quick=quick, pelves=pelves)
    pairs = () if repeats is None else read_pairs(repeats)
    check_measured_alike(pairs, settings)
    minutes = expected_minutes(cases, len(scenes), jobs=jobs)
    remark(f"{len(cases) + len(scenes)} cases, about {minutes:.0f} min on {jobs} quiet core(s)")
    done = do_items(
        (*cases, *scenes, *pairs),
        out,
        settings=settings,
        true_bones=true_bones,
        jobs=jobs,
        scheduler=scheduler,
        shard=part,
        show=_progress(),
        announce=remark,
    )
    if done.left:
        _tell_left(done)
    check_any(done)
    verification = verification_of(
        done.rows, done.failures, usual_limit_ml=settings.compare.detection_limit_ml
    )
    provenance = provenance_of(protocol, verification, n_pelves=len(pelves))
    if changed := changed_settings(settings):
        provenance += f"; settings: {', '.join(changed)}"
    section = None
    if done.repeats:
        verification, section = with_section(verification, done.rows, done.repeats)
        provenance += f"; {pooled_words(done.repeats)}"
        for one in done.repeats:
            if one.total is None:
                remark(f"{one.subject} is no pair: {one.reason}")
    with own_files(out, force=force) as written:
        judged = write_verification(
            out,
            verification,
            done.rows,
            protocol=protocol,
            provenance=provenance,
            texture=texture,
            n_pelves=len(pelves),
            acceptance=criteria,
            repeats=section,
        )
        written.extend(FILES)
    for at, change in zip(verification.detectable_at_ml, verification.detectable_ml, strict=True):
        typer.echo(f"at {at:g} mL: a change beyond {rounded(change, 'mL')} mL is detectable")
    if verification.detection_limit_ml is None:
        remark(f"detectable.toml: {NO_LIMIT}")
    typer.echo(counted_words(judged))
    if not (out / PDF_NAME).is_file():
        remark(f"no {PDF_NAME}: pip install 'mri-bme[figures]', then run the same command again")
    remark(f"{done.seconds / 60:.1f} CPU minutes; open {out / 'verify.html'}")


def _tell_left(done: Done) -> None:
    """Say what is not done, and leave: a report of a part would pass for the whole."""
    for words in done.lost:
        remark(words)
    remark(f"{len(done.left)} cases are left; run the same command again, without --shard")
    raise SystemExit(exits.NOT_ALL_EVALUABLE)


def _protocol_of(path: Path) -> tuple[Protocol, float]:
    volume, thickness_mm = read_volume(path), slice_thickness_mm(path)
    reference = reference_of(volume)
    protocol = protocol_like(volume, reference=reference, thickness_mm=thickness_mm)
    return protocol, marrow_texture_like(volume, protocol, reference=reference)


def _progress() -> Show:
    started = time.monotonic()

    def show(done: int, total: int, name: str) -> None:
        left = (time.monotonic() - started) * (total - done) / done / 60
        remark(f"{done}/{total} {name}, about {left:.0f} min left")

    return show
