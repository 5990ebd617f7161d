"""Phantoms through the whole pipeline, small enough for every day."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mri_bme.intake.source import slice_thickness_mm
from mri_bme.phantom import Protocol, make_anatomy, make_edema
from mri_bme.settings import Settings
from mri_bme.verify import (
    Case,
    Measurement,
    design_cases,
    measure_cases,
    verification_of,
)
from mri_bme.verify.design import spread_lesions
from mri_bme.verify.measure import _reaching
from mri_bme.verify.writing import provenance_of, write_verification

SMALL = Protocol(n_slices=13, matrix=96, pixel_mm=2.1, thickness_mm=5.0, spacing_mm=5.5)


def tiny_cases() -> list[Case]:
    designed = design_cases(SMALL, quick=True)
    chosen = [case for case in designed if case.level_ml in (0.0, 20.0)][:2]
    return [replace(case, fineness=3.0) for case in chosen]


@pytest.fixture(scope="module")
def rows() -> tuple[Measurement, ...]:
    return measure_cases(tiny_cases(), settings=Settings(), true_bones=True)


def test_two_cases_go_through_and_are_written(
    rows: tuple[Measurement, ...], tmp_path: Path
) -> None:
    assert len(rows) == 4
    for row in rows:
        if row.level_ml == 20.0:
            assert row.found_ml == pytest.approx(row.true_ml, rel=0.4)
    verification = verification_of(rows)
    write_verification(
        tmp_path,
        verification,
        rows,
        protocol=SMALL,
        provenance=provenance_of(SMALL, verification),
    )
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"scans.csv", "figures.csv", "detectable.toml", "verify.html"}
    page = (tmp_path / "verify.html").read_text()
    for words in ("By volume", "20 mL", "repeatability coefficient", "truth inside the interval"):
        assert words in page


def test_two_processes_measure_what_one_does(rows: tuple[Measurement, ...]) -> None:
    seen: list[int] = []
    again = measure_cases(
        tiny_cases(),
        settings=Settings(),
        jobs=2,
        true_bones=True,
        progress=lambda done, _total, _name: seen.append(done),
    )
    assert again == rows
    assert seen == [1, 2]


def test_the_highest_level_holds_what_it_is_called() -> None:
    """Eight lesions of 60 mL together overlap; what they share counts once."""
    anatomy = make_anatomy(3, fineness=2.6)
    planned = spread_lesions(60.0, np.random.default_rng(1))
    held = [
        make_edema(anatomy, plans, seed=1).region_ml("total")
        for plans in (planned, _reaching(60.0, anatomy, planned, 1))
    ]
    assert held[0] < 58
    assert held[1] == pytest.approx(60, rel=0.04)


def test_the_nominal_thickness_is_read_where_it_is_told(tmp_path: Path, real_data: Path) -> None:
    """4 mm slices every 5 mm: not 90 % of the spacing, where the header says so."""
    assert slice_thickness_mm(real_data / "sij_dicom" / "STIR") == pytest.approx(4.0)
    nifti = tmp_path / "scan.nii.gz"
    nifti.write_bytes((real_data / "sij_nifti" / "sub-1007" / "stir.nii.gz").read_bytes())
    assert slice_thickness_mm(nifti) is None
    (tmp_path / "scan.json").write_text('{"SliceThickness": 3}')
    assert slice_thickness_mm(nifti) == 3
