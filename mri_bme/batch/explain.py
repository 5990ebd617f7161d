"""Trace the numbers of one subject back to files, settings and versions."""

from pathlib import Path

from mri_bme.batch.inputs import inputs_sha256
from mri_bme.batch.plan import subject_folder
from mri_bme.batch.resolve import read_settings, settings_sha256
from mri_bme.batch.stages import CHEAP
from mri_bme.batch.status import SubjectStatus, read_status, read_statuses
from mri_bme.errors import InvalidSettings
from mri_bme.nearest import did_you_mean
from mri_bme.record.numbers import interval_ml, millilitres
from mri_bme.record.rows import interval_of, number_of
from mri_bme.record.tables import Row

DIGITS = 16


def explain(out: Path, subject: str) -> str:
    """Say, line by line, what the results of a subject were made from.

    Parameters
    ----------
    out : Path
        Output of a run.
    subject : str
        Its name, or its folder (``sub-01``).

    Raises
    ------
    InvalidSettings
        If there is no such subject.
    """
    status = _find(out, subject)
    lines = [
        f"{status.subject}: {status.status}{_because(status)}",
        f"  code      {status.code_version}",
        f"  settings  {status.settings_sha256[:DIGITS]} ({_settings_state(out, status)})",
        f"  input     {inputs_sha256(status.inputs)[:DIGITS]} (SHA-256 over all of:)",
    ]
    lines += [
        f"    {i.visit:<10} {i.role:<10} {i.n_files:>3} file(s), {i.n_bytes} bytes, "
        f"{i.sha256[:DIGITS] or 'not read'}"
        for i in status.inputs
    ]
    lines.append("  stages    (what each was computed from, as one hash)")
    lines += [
        f"    {stage.stage:<13} {' '.join(stage.visits):<18} {stage.key[:DIGITS]} "
        f"{'remembered' if stage.remembered else _computed(stage.stage, stage.seconds)}"
        for stage in status.stages
    ]
    lines.append("  numbers")
    lines += [_number(row) for row in status.rows.get("visits", ()) if row["region"] == "total"]
    lines.append("  files     (SHA-256)")
    lines += [f"    {digest[:DIGITS]} {name}" for name, digest in status.outputs.items()]
    return "\n".join(lines) + "\n"


def _find(out: Path, subject: str) -> SubjectStatus:
    for folder in (subject, subject_folder(subject)):
        status = read_status(out, folder) if Path(folder).name == folder else None
        if status is not None:
            return status
    statuses = {status.subject: status for status in read_statuses(out)}
    if not statuses:
        raise InvalidSettings(
            f"{out.name} holds no subject that was measured; name the OUT of an earlier "
            "`mri-bme run INPUT OUT`"
        )
    if subject in statuses:
        return statuses[subject]
    advice = did_you_mean(subject, statuses, otherwise="subjects.csv lists those it has")
    raise InvalidSettings(f"this output has no subject {subject}; {advice}")


def _because(status: SubjectStatus) -> str:
    where = f" at {status.stage}" if status.stage else ""
    return f"{where}: {status.reason}" if status.reason else where


def _settings_state(out: Path, status: SubjectStatus) -> str:
    settings = read_settings(out)
    if settings is None:
        return "settings.toml is gone"
    same = settings_sha256(settings) == status.settings_sha256
    return "settings.toml" if same else "no longer those of settings.toml"


def _computed(stage: str, seconds: float) -> str:
    return "computed" if stage in CHEAP else f"computed in {seconds:.2f} s"


def _number(row: Row) -> str:
    visit, found = row["visit"], number_of(row, "edema_ml")
    if found is None:
        return f"    {visit}: not evaluable: {row.get('reason')}"
    return f"    {visit}: {millilitres(found)} mL ({interval_ml(interval_of(row, 'edema'))})"
