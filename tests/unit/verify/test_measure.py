"""Phantoms through the whole pipeline, small enough for every day."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mri_bme.intake.source import slice_thickness_mm
from mri_bme.phantom import Protocol, make_anatomy, make_edema
from mri_bme.settings import Settings
from mri_bme.verify import Case, Measurement, design_cases, measure_case
from mri_bme.verify.design import spread_lesions
from mri_bme.verify.measure import _reaching, scanned_subject

SMALL = Protocol(n_slices=13, matrix=96, pixel_mm=2.1, thickness_mm=5.0, spacing_mm=5.5)


def tiny_cases() -> list[Case]:
    designed = design_cases(SMALL, quick=True)
    chosen = [case for case in designed if case.level_ml in (0.0, 20.0)][:2]
    return [replace(case, fineness=3.0) for case in chosen]


@pytest.fixture(scope="module")
def rows() -> tuple[Measurement, ...]:
    return tuple(
        row
        for case in tiny_cases()
        for row in measure_case(case, settings=Settings(), true_bones=True)
    )


def test_both_scans_of_a_case_are_measured_lesion_by_lesion(rows: tuple[Measurement, ...]) -> None:
    assert len(rows) == 4
    for row in rows:
        if row.level_ml == 20.0:
            assert row.found_ml == pytest.approx(row.true_ml, rel=0.4)
            assert sum(lesion.true_ml for lesion in row.lesions) == pytest.approx(
                row.true_ml, rel=0.1
            )
            assert any(lesion.is_found and lesion.contrast for lesion in row.lesions)
        else:
            assert row.lesions == ()


def test_a_retest_that_is_not_scanned_alike_shows_the_same_edema() -> None:
    """Thinner slices at the second visit; what is true in the slab is within a tenth the same."""
    case = next(c for c in design_cases(SMALL, quick=True) if c.retest.startswith("other slices"))
    subject = scanned_subject(replace(case, fineness=3.0))
    first, second = (visit.volume.geometry for visit in subject.visits)
    assert second.spacing_mm[0] == pytest.approx(0.75 * first.spacing_mm[0])
    assert second.extent_mm[0] == pytest.approx(first.extent_mm[0], rel=0.05)
    held = [
        float(v.edema_fraction.sum()) * v.volume.geometry.voxel_volume_ml for v in subject.visits
    ]
    assert held[1] == pytest.approx(held[0], rel=0.1)


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
