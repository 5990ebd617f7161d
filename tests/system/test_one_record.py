"""One number, told once: every output of a run holds the same digits."""

import csv
import json
import re
from pathlib import Path

import numpy as np
import pytest

from mri_bme.batch.pages import read_page
from mri_bme.cli import main
from mri_bme.export.nifti import dicom_storage_geometry, write_nifti
from mri_bme.phantom import Protocol, make_phantom
from mri_bme.record.numbers import millilitres
from mri_bme.report.charts.subject import CHART_REGIONS
from mri_bme.report.notebook import object_html
from mri_bme.sacroiliac import REGIONS

VISITS = ("baseline", "week14")
DOUBTS = "doubts_about_scan"  # a run tells of the scan in quality.csv
ONLY_IN_A_RUN = {"Sources", "InputSHA256", "Description", "Type", "SpatialReference"}


def call(*arguments: object) -> object:
    with pytest.raises(SystemExit) as stopped:
        main([str(argument) for argument in arguments])
    return stopped.value.code


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two visits on pixels fine enough for voxels to be edema in part."""
    protocol = Protocol(n_slices=14, matrix=176, pixel_mm=1.1, thickness_mm=4.0, spacing_mm=5.0)
    phantom = make_phantom("letter", seed=5, fineness=2.4, protocol=protocol)
    folder = tmp_path_factory.mktemp("source")
    rows = ["subject,visit,path,t1,bones,date"]
    for visit, date in zip(phantom.visits, ("2024-01-01", "2024-04-08"), strict=True):
        grid = visit.volume.geometry
        arrays = {
            "stir": visit.volume.voxels,
            "t1": visit.t1.voxels,
            "bones": visit.bone_labels.astype(np.uint8),
        }
        for name, voxels in arrays.items():
            path = folder / f"{visit.label}_{name}.nii.gz"
            write_nifti(path, voxels, grid, stored=dicom_storage_geometry(grid))
        label = visit.label
        rows.append(f"01,{label},{label}_stir.nii.gz,{label}_t1.nii.gz,{label}_bones.nii.gz,{date}")
    (folder / "visits.csv").write_text("\n".join(rows) + "\n")
    return folder


@pytest.fixture(scope="module")
def out(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run") / "out"
    assert call("run", source, folder, "--manifest", source / "visits.csv") == 0
    return folder


def beside_mask(out: Path, visit: str) -> dict[str, object]:
    (path,) = (out / "sub-01").glob(f"ses-{visit}/anat/*_label-BME_desc-auto_mask.json")
    told: dict[str, object] = json.loads(path.read_text())
    return told


def test_the_json_beside_a_mask_holds_the_digits_of_the_tables(out: Path) -> None:
    visits, lesions = table(out / "visits.csv"), table(out / "lesions.csv")
    assert len(lesions) > 1
    told = beside_mask(out, "baseline")
    assert millilitres(told["edema_ml"]) != millilitres(told["counted_ml"])
    for visit in VISITS:
        told = beside_mask(out, visit)
        for row in visits:
            if row["visit"] == visit:
                region = told["regions"][row["region"]]
                for name, cell in row.items():
                    if name in region:
                        assert region[name] == (float(cell) if cell else None), name
        listed = [row for row in lesions if row["visit"] == visit]
        assert len(listed) == told["n_lesions"] == len(told["lesions"])
        for row, lesion in zip(listed, told["lesions"], strict=True):
            for name in ("volume_ml", "depth_mm", "distance_to_joint_mm"):
                assert lesion[name] == float(row[name])
        assert sum(x["volume_ml"] for x in told["lesions"]) == pytest.approx(
            told["edema_ml"], abs=1e-5
        )
        assert sum(x["counted_ml"] for x in told["lesions"]) == pytest.approx(
            told["counted_ml"], abs=1e-5
        )


def test_the_page_shows_the_volumes_of_the_tables(out: Path) -> None:
    page = (out / "sub-01" / "report.html").read_text(encoding="utf-8")
    shown = re.search(r'<table class="lesions" id="lesions">.*?</table>', page, re.DOTALL)
    assert shown is not None
    cells = re.findall(r"<tr[^>]*>\s*(.*?)</tr>", shown.group(), re.DOTALL)[1:]
    volumes = [re.findall(r'<td class="n">(.*?)</td>', row)[0] for row in cells]
    lesions = table(out / "lesions.csv")
    assert volumes == [millilitres(float(row["volume_ml"])) for row in lesions]
    (total,) = (r for r in table(out / "changes.csv") if r["region"] == "total")
    for name in ("baseline_ml", "followup_ml"):
        assert f"{millilitres(float(total[name]))} mL" in page
    assert millilitres(float(total["change_ml"]), signed=True) in page
    index = (out / "index.html").read_text(encoding="utf-8")
    assert millilitres(float(total["change_ml"]), signed=True) in index


def test_a_page_restored_from_its_record_is_the_page(out: Path) -> None:
    page = out / "sub-01" / "report.html"
    drawn = page.read_bytes()
    page.unlink()
    assert call("report", out) == 0
    assert page.read_bytes() == drawn


def test_a_notebook_and_the_terminal_show_the_volumes_of_the_tables(
    out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert call("run", out, "--explain", "01") == 0
    said = capsys.readouterr().out
    for visit in read_page(out / "sub-01").visits:
        burden = visit.findings.burden
        assert burden is not None
        card = object_html(burden)
        rows = {
            row["region"]: row for row in table(out / "visits.csv") if row["visit"] == visit.label
        }
        for region in CHART_REGIONS:
            assert f">{millilitres(float(rows[region]['edema_ml']))}<" in card
        total = told_interval(rows["total"])
        assert (
            f"{visit.label}: {millilitres(float(rows['total']['edema_ml']))} mL ({total})" in said
        )


def told_interval(row: dict[str, str]) -> str:
    low, high = (millilitres(float(row[f"edema_ci_{end}_ml"])) for end in ("low", "high"))
    return f"{low} to {high}"


def test_segment_and_rois_leave_the_same_record_as_a_run(
    source: Path, out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    volume, rois = source / "baseline_stir.nii.gz", tmp_path / "rois.nii.gz"
    reference, edema = tmp_path / "ref.nii.gz", tmp_path / "edema.nii.gz"
    bones, t1 = source / "baseline_bones.nii.gz", source / "baseline_t1.nii.gz"
    more = ("--bones", bones, "--t1", t1, "--reference-out", reference)
    assert call("rois", volume, "--out", rois, *more) == 0
    for part, path in (("desc-quadrants_dseg", rois), ("desc-reference_mask", reference)):
        (beside,) = (out / "sub-01").glob(f"ses-baseline/anat/*_{part}.json")
        in_run = json.loads(beside.read_text())
        alone = json.loads(path.with_name(path.name.replace(".nii.gz", ".json")).read_text())
        alone.pop(DOUBTS, None)
        assert alone == {k: v for k, v in in_run.items() if k not in ONLY_IN_A_RUN}
    capsys.readouterr()
    assert call("segment", volume, "--rois", rois, "--out", edema) == 0
    told, run = json.loads((tmp_path / "edema.json").read_text()), beside_mask(out, "baseline")
    told.pop(DOUBTS)
    assert told == {name: value for name, value in run.items() if name not in ONLY_IN_A_RUN}
    assert list(told["regions"]) == list(REGIONS)
    said = capsys.readouterr().out
    assert said.startswith(f"{millilitres(told['edema_ml'])} mL of edema")
