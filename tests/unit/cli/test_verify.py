"""`mri-bme verify` designs, measures, writes, and says what is detectable."""

import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from bone_surfaces import bone_surfaces, write_surfaces
from coronal_grid import coronal_grid

from mri_bme.batch.resolve import read_config, resolve_settings
from mri_bme.batch.verification import Done
from mri_bme.cli import exits, main
from mri_bme.cli import verify as module
from mri_bme.export.nifti import dicom_storage_geometry, write_nifti
from mri_bme.findings import Interval
from mri_bme.report.document import paper
from mri_bme.sacroiliac import RegionKind
from mri_bme.settings import Settings
from mri_bme.verify import Case, Measurement
from mri_bme.verify.regions import Difference
from mri_bme.verify.repeats import Repeat


def measured(case: int, level_ml: float, visit: str) -> Measurement:
    error = 0.1 * ((case * 7 + (visit == "week14") * 3) % 5 - 2)
    found = max(level_ml + error, 0.0)
    return Measurement(
        case=f"{case}-{level_ml}",
        seed=case,
        level_ml=level_ml,
        condition="as given",
        visit=visit,
        bones="given",
        true_ml=level_ml,
        found_ml=found,
        interval_ml=Interval(low=max(found - 1, 0), high=found + 1),
        registration_error_mm=0.2,
        change_verdict="unchanged",
        reason="",
    )


def total(first_ml: float, second_ml: float) -> Difference:
    return Difference(
        region="total",
        kind=RegionKind.TOTAL,
        baseline_ml=first_ml,
        followup_ml=second_ml,
        interval_ml=None,
        verdict="unchanged",
    )


ROWS = tuple(
    measured(case, level_ml, visit)
    for case in range(8)
    for level_ml in (0.0, 4.0)
    for visit in ("baseline", "week14")
)


DONE = Done(rows=ROWS, failures=(), left=(), lost=(), seconds=60.0)


def call(monkeypatch, *words: object, done: Done = DONE, code: int = 0) -> dict[str, object]:
    """Run the command with measurements made up; give what it asked to be measured."""
    asked: dict[str, object] = {}

    def do_items(items, out, **options):
        asked.update(options, cases=items)
        options["show"](1, 2, "case 1")
        return done

    monkeypatch.setattr(module, "do_items", do_items)
    monkeypatch.setattr(paper, "document_pdf", lambda document, footer: b"%PDF")  # for speed
    with pytest.raises(SystemExit) as ended:
        main(["verify", *map(str, words)])
    assert (ended.value.code or 0) == code
    return asked


def test_tables_page_and_settings_are_written_and_changes_said(
    tmp_path: Path, monkeypatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = call(monkeypatch, tmp_path, "--quick", "--true-bones")
    assert asked["true_bones"] is True
    assert {path.name for path in tmp_path.iterdir()} == {
        *("verify.html", "verify.pdf", "detectable.toml", ".made.json"),
        *("figures.csv", "scans.csv", "lesions.csv", "false_lesions.csv", "failures.csv"),
        "acceptance.csv",
    }
    said = capsys.readouterr()
    assert [line.split(":")[0] for line in said.out.splitlines()][:2] == ["at 0 mL", "at 4 mL"]
    last = said.out.splitlines()[-1]
    assert "of 17 acceptance criteria are met. Not met: Limit of detection; " in last
    assert "Not decided: " in last
    assert "Not measured: " in last
    assert "1/2 case 1" in said.err


def test_a_design_too_small_for_a_detection_limit_leaves_that_of_the_settings(
    tmp_path: Path, monkeypatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is found in any blank: a run that is given the file keeps its limit, not 0."""
    rows = tuple(row if row.level_ml else replace(row, found_ml=0.0) for row in ROWS)
    limit = ("--set", "compare.detection_limit_ml=0.08")
    call(monkeypatch, tmp_path, "--quick", *limit, done=replace(DONE, rows=rows))
    assert "too few scans to tell a detection limit" in capsys.readouterr().err
    assert "a run keeps that of its settings, 0.08 mL" in (tmp_path / "verify.html").read_text()
    settings = resolve_settings(read_config(tmp_path / "detectable.toml"), ())
    assert settings.compare.detection_limit_ml == Settings().compare.detection_limit_ml
    assert settings.compare.detectable_at_ml == (0.0, 4.0)


def test_it_measures_with_the_settings_of_the_run_and_says_so(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "mine.toml").write_text("[segment]\nn_sd = 4.0\n")
    mine = ("--config", tmp_path / "mine.toml", "--set", "segment.judge=rules")
    settings = call(monkeypatch, tmp_path / "out", "--quick", *mine)["settings"]
    assert isinstance(settings, Settings)
    assert (settings.segment.n_sd, settings.segment.judge) == (4.0, "rules")
    made = tomllib.loads((tmp_path / "out" / "detectable.toml").read_text("utf-8"))
    assert "segment.n_sd = 4.0 (default 5.0)" in made["compare"]["detectable_source"]


def test_a_quick_verification_measures_fewer_cases(tmp_path: Path, monkeypatch) -> None:
    quick = call(monkeypatch, tmp_path / "a", "--quick")["cases"]
    whole = call(monkeypatch, tmp_path / "b")["cases"]
    assert len(quick) < len(whole)


def test_the_protocol_is_that_of_the_scan(tmp_path: Path, monkeypatch) -> None:
    grid = coronal_grid().geometry
    voxels = np.ones(grid.shape, np.float32)
    write_nifti(tmp_path / "scan.nii.gz", voxels, grid, stored=dicom_storage_geometry(grid))
    monkeypatch.setattr(module, "reference_of", lambda volume: None)
    monkeypatch.setattr(module, "marrow_texture_like", lambda *_, **__: 0.125)
    monkeypatch.setattr(
        module,
        "protocol_like",
        lambda volume, reference, thickness_mm: module.Protocol(n_slices=volume.geometry.shape[0]),
    )
    cases = call(monkeypatch, tmp_path / "out", "--quick", "--like", tmp_path / "scan.nii.gz")[
        "cases"
    ]
    assert {case.texture for case in cases if isinstance(case, Case)} == {0.125}
    page = (tmp_path / "out" / "verify.html").read_text(encoding="utf-8")
    assert "0.125" in page


def test_bones_that_were_given_are_those_of_every_case(tmp_path: Path, monkeypatch) -> None:
    bones = write_surfaces(tmp_path / "bones", bone_surfaces())
    items = call(monkeypatch, tmp_path / "out", "--quick", "--surfaces", bones)["cases"]
    of_cases = {item.pelvis for item in items if isinstance(item, Case)}
    of_scenes = {item.scene.pelvis for item in items if not isinstance(item, Case)}
    assert of_cases == of_scenes
    assert len(of_cases) == 1
    page = (tmp_path / "out" / "verify.html").read_text(encoding="utf-8")
    assert "of 1 given pelvis" in page
    assert "given pelvis" in (tmp_path / "out" / "detectable.toml").read_text(encoding="utf-8")


def test_a_part_is_no_report(tmp_path: Path, monkeypatch, capsys) -> None:
    """One of two shards: its cases are kept, and nothing is written that looks whole."""
    half = Done(rows=ROWS, failures=(), left=("a", "b"), lost=("a: ended",), seconds=1.0)
    asked = call(monkeypatch, tmp_path, "--shard", "1/2", done=half, code=exits.NOT_ALL_EVALUABLE)
    assert asked["shard"].name == "1of2"
    assert not list(tmp_path.iterdir())
    said = capsys.readouterr().err
    assert "a: ended" in said
    assert "2 cases are left" in said


def test_real_pairs_are_measured_and_pooled(tmp_path: Path, monkeypatch, capsys) -> None:
    """Ten patients differ by 3 mL at 4 mL: the table that a run takes is theirs."""
    (tmp_path / "pairs.csv").write_text("subject,first,second\np,pairs.csv,other.csv\n")
    (tmp_path / "other.csv").touch()
    repeats = tuple(
        Repeat(subject=f"p{n}", alike=True, differences=(total(4.0, 7.0 if n % 2 else 1.0),))
        for n in range(10)
    )
    lost = Repeat(subject="q", alike=True, reason="no joint")
    done = replace(DONE, repeats=(*repeats, lost))
    asked = call(monkeypatch, tmp_path / "v", "--repeats", tmp_path / "pairs.csv", done=done)
    assert asked["cases"][-1].subject == "p"
    table = tomllib.loads((tmp_path / "v" / "detectable.toml").read_text())["compare"]
    assert table["detectable_ml"][-1] > 4
    assert "pooled with 10 real subjects" in table["detectable_source"]
    assert "Repeated scans of real subjects" in (tmp_path / "v" / "verify.html").read_text()
    assert "q is no pair: no joint" in capsys.readouterr().err


def test_what_was_edited_in_a_verification_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "provenance.json").write_text('{"settings_sha256": "0"}')  # as after a run
    call(monkeypatch, tmp_path, "--quick")
    table = tmp_path / "scans.csv"
    header = table.read_text().splitlines()[0]
    table.write_text(header + "\nmine")
    call(monkeypatch, tmp_path, "--quick")
    assert (tmp_path / "scans.csv.changed").read_text() == header + "\nmine"
    assert [path.name for path in tmp_path.rglob("*.changed*")] == ["scans.csv.changed"]
    assert "it is kept as scans.csv.changed" in capsys.readouterr().err
