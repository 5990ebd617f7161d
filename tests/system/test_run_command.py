"""`mri-bme run` by its contract: the tree, the tables, the exit codes, one line per mistake."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from mri_bme.batch.chain import analyze_unit
from mri_bme.batch.corrections import given_corrections, with_corrections
from mri_bme.batch.discover import find_input, units_of_manifest
from mri_bme.batch.inputs import Source, SubjectUnit, VisitUnit
from mri_bme.batch.plan import State, plan, with_folders
from mri_bme.batch.resolve import resolve_settings
from mri_bme.batch.stages import StageMemory
from mri_bme.cli import main
from mri_bme.errors import InvalidSettings, NothingUsable
from mri_bme.export.nifti import write_nifti
from mri_bme.intake.manifest import read_manifest
from mri_bme.intake.nifti import read_nifti_geometry
from mri_bme.settings import Settings
from mri_bme.volume import VolumeGeometry

RUN_GRID = VolumeGeometry(shape=(6, 40, 50), lps_from_index=np.diag([-4.0, -1.5, 1.5, 1.0]))


def volume_file(path: Path, *, bad: bool = False, grid: VolumeGeometry = RUN_GRID) -> Path:
    voxels = np.random.default_rng(0).uniform(90, 110, grid.shape).astype(np.float32)
    if bad:
        voxels[0, 0, 0] = np.nan
    write_nifti(path, voxels, grid, stored=grid)
    return path


def manifest_of(folder: Path, *rows: str) -> Path:
    path = folder / "manifest.csv"
    path.write_text("\n".join(["subject,visit,path,bones", *rows]) + "\n")
    return path


def run_cli(*arguments: object) -> int:
    try:
        main(["run", *map(str, arguments)])
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def analyze(unit: SubjectUnit, folder: Path):
    folder.mkdir(parents=True, exist_ok=True)
    memory = StageMemory(
        folder=folder, settings=Settings(), settings_sha256="", code_version="", inputs=()
    )
    return analyze_unit(unit, folder, Settings(), memory)


def test_what_cannot_be_read_is_a_reason_for_its_visit_only(tmp_path: Path) -> None:
    volume_file(tmp_path / "nan.nii.gz", bad=True)
    volume_file(tmp_path / "good.nii.gz")
    other = VolumeGeometry(shape=(3, 40, 50), lps_from_index=RUN_GRID.lps_from_index)
    volume_file(tmp_path / "bones.nii.gz", grid=other)
    rows = ("01,baseline,nan.nii.gz,", "01,week14,good.nii.gz,bones.nii.gz", "01,week52,gone.nii,")
    (unit,) = with_folders(units_of_manifest(read_manifest(manifest_of(tmp_path, *rows))))
    done = analyze(unit, tmp_path / "out" / unit.folder)
    assert (done.status, done.kind, done.stage) == ("failed", "input", "read baseline")
    reasons = {r["visit"]: r["reason"] for r in done.rows["visits"] if r["region"] == "total"}
    assert "NaN or infinite" in str(reasons["baseline"])
    assert "the bone map" in str(reasons["week14"])
    assert "does not exist" in str(reasons["week52"])
    assert not any(row["evaluable"] for row in (*done.rows["visits"], *done.rows["changes"]))


def test_images_in_the_output_lie_on_the_grid_of_the_input(tmp_path: Path) -> None:
    path = volume_file(tmp_path / "stir.nii.gz")
    visit = VisitUnit(label="baseline", day=0, volume=Source(path=path))
    (unit,) = with_folders([SubjectUnit(subject="sub-7", folder="", visits=(visit,))])
    done = analyze(unit, tmp_path / "out")
    name = "ses-baseline/anat/sub-7_ses-baseline_acq-STIR_T2w.nii.gz"
    assert name in done.outputs
    found, given = read_nifti_geometry(tmp_path / "out" / name), read_nifti_geometry(path)
    assert found.shape == given.shape
    np.testing.assert_allclose(found.lps_from_index, given.lps_from_index, atol=1e-5)
    sidecar = json.loads((tmp_path / "out" / name.replace(".nii.gz", ".json")).read_text())
    assert sidecar["Modality"] == "MR"


def test_nothing_usable_is_exit_code_3_and_leaves_no_output(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in").mkdir()
    assert run_cli(tmp_path / "in", tmp_path / "out") == 3
    (tmp_path / "in" / "letter.txt").write_text("no image")
    assert run_cli(tmp_path / "in", tmp_path / "out") == 3
    assert not (tmp_path / "out").exists()
    errors = capsys.readouterr().err
    assert "Traceback" not in errors
    assert str(tmp_path) not in errors


@pytest.mark.parametrize(
    "arguments",
    [
        ("--shard", "3/2"),
        ("--shard", "a"),
        ("--set", "segment"),
        ("--set", "segment.no_such=1"),
        ("--config", "absent.toml"),
        ("--rois-dir", "absent"),
        ("--subjects", "nobody"),
        ("--jobs", "0"),
    ],
)
def test_a_mistaken_flag_is_exit_code_2(arguments: tuple[str, str], tmp_path: Path) -> None:
    volume_file(tmp_path / "stir.nii.gz")
    manifest = manifest_of(tmp_path, "01,baseline,stir.nii.gz,")
    assert run_cli(tmp_path, tmp_path / "out", "--manifest", manifest, *arguments) == 2
    assert not (tmp_path / "out").exists()


def test_input_and_output_must_differ(tmp_path: Path) -> None:
    assert run_cli(tmp_path, tmp_path) == 2


def test_dry_run_lists_subjects_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    volume_file(tmp_path / "stir.nii.gz")
    manifest = manifest_of(tmp_path, "01,baseline,stir.nii.gz,", "02,baseline,gone.nii.gz,")
    assert run_cli(tmp_path, tmp_path / "out", "--manifest", manifest, "--dry-run") == 0
    listed = capsys.readouterr().out
    assert "01 [to do] baseline: NIfTI file" in listed
    assert "02 [to do] baseline: nothing to measure" in listed
    assert "2 subjects: 2 to do" in listed
    assert not (tmp_path / "out").exists()


def test_run_leaves_the_tables_of_the_contract_and_explains_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    volume_file(tmp_path / "stir.nii.gz")
    manifest = manifest_of(tmp_path, "01,baseline,stir.nii.gz,", "01,week14,stir.nii.gz,")
    out = tmp_path / "out"
    flags = ("--manifest", manifest, "--jobs", 1, "--parquet")
    assert run_cli(tmp_path, out, *flags) == 4
    expected = {"index.html", "visits.csv", "changes.csv", "lesions.csv", "subjects.csv"}
    expected |= {"settings.toml", "provenance.json", "dataset_description.json", "visits.parquet"}
    assert expected <= {path.name for path in out.iterdir()}
    assert {"report.html", "status.json"} <= {path.name for path in (out / "sub-01").iterdir()}
    with (out / "subjects.csv").open(newline="") as stream:
        (row,) = csv.DictReader(stream)
    assert row["status"] == "not_evaluable"
    assert row["reason"]
    assert str(tmp_path) not in (out / "provenance.json").read_text()
    assert run_cli(out, "--explain", "sub-01") == 0
    assert "volume     " in capsys.readouterr().out


def test_flags_win_over_the_config() -> None:
    config = {"compare": {"min_covered_fraction": 0.3}, "run": {"jobs": 3}}
    assert resolve_settings(config).compare.min_covered_fraction == 0.3
    settings = resolve_settings(config, ["compare.min_covered_fraction=0.4"])
    assert settings.compare.min_covered_fraction == 0.4
    with pytest.raises(InvalidSettings, match="min_covered_fraction"):
        resolve_settings(config, ["compare.min_covered_fraction=7"])


def test_corrected_rois_make_a_subject_due_again(tmp_path: Path) -> None:
    stir = volume_file(tmp_path / "stir.nii.gz")
    visit = VisitUnit(label="baseline", day=0, volume=Source(path=stir))
    units = with_folders([SubjectUnit(subject="01", folder="", visits=(visit,))])
    corrected = tmp_path / "rois" / "sub-01_ses-baseline_acq-STIR_desc-quadrants_dseg.nii.gz"
    write_nifti(corrected, np.ones(RUN_GRID.shape, np.uint8), RUN_GRID, stored=RUN_GRID)
    (changed,) = with_corrections(units, given_corrections(tmp_path / "rois", units))
    assert changed.visits[0].given["rois"] == Source(path=corrected)
    (planned,) = plan([changed], tmp_path / "out", code_version="", settings_sha256="")
    assert planned.state is State.TODO


def test_a_manifest_without_one_usable_row_is_refused(tmp_path: Path) -> None:
    manifest = manifest_of(tmp_path, "01,baseline,gone.nii.gz,")
    with pytest.raises(NothingUsable, match="does not exist"):
        find_input(tmp_path, settings=Settings(), manifest=manifest)
