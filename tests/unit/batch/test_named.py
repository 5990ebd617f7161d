"""A file of a DICOM series in a manifest stands for the series: what is read is what is hashed."""

from pathlib import Path

import pytest
from dicom_files import one_slice, save, uid

from mri_bme.batch.discover import units_of_manifest
from mri_bme.batch.inputs import SubjectUnit, hashed_inputs
from mri_bme.intake.manifest import read_manifest

N_SLICES = 6


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two series beside each other, and a file that is none."""
    for i in range(N_SLICES):
        save(one_slice(i), tmp_path / f"a{i}.dcm")
        other = one_slice(i, SeriesInstanceUID=uid(7), SOPInstanceUID=uid(8, i), SeriesNumber=9)
        save(other, tmp_path / f"b{i}.dcm")
    (tmp_path / "notes.txt").write_text("no DICOM")
    return tmp_path


def units(folder: Path, *rows: str) -> tuple[SubjectUnit, ...]:
    manifest = folder / "manifest.csv"
    manifest.write_text("\n".join(["subject,visit,path,t1", *rows]) + "\n")
    return units_of_manifest(read_manifest(manifest))


def test_one_file_stands_for_all_of_its_series_and_for_no_other(folder: Path) -> None:
    (unit,) = units(folder, "01,baseline,a3.dcm,b0.dcm")
    sources = dict(unit.visits[0].sources)
    assert {p.name for p in sources["volume"].files} == {f"a{i}.dcm" for i in range(N_SLICES)}
    assert {p.name for p in sources["t1"].files} == {f"b{i}.dcm" for i in range(N_SLICES)}


def test_a_change_in_another_file_of_the_series_is_a_change_of_the_input(folder: Path) -> None:
    def hashes() -> list[str]:
        return [one.sha256 for one in hashed_inputs(units(folder, "01,baseline,a3.dcm,")[0])]

    before = hashes()
    assert hashes() == before
    changed = one_slice(0)
    changed.PixelData = bytes(len(changed.PixelData))
    save(changed, folder / "a0.dcm")
    assert hashes() != before


def test_a_row_whose_file_is_no_dicom_says_so_and_others_stay(folder: Path) -> None:
    lost, kept = units(folder, "01,baseline,notes.txt,", "02,baseline,a0.dcm,")
    assert lost.visits[0].problem.startswith("manifest line 2: no MR series there")
    assert kept.visits[0].volume is not None
    assert "notes" not in lost.visits[0].problem
