"""Phantoms through the whole pipeline, small enough for every day."""

from dataclasses import replace
from pathlib import Path

import pytest

from mri_bme.phantom import Protocol, make_anatomy, make_edema, scan, slab_geometry
from mri_bme.phantom.scanner import Pose
from mri_bme.settings import Settings
from mri_bme.verify import design_cases, measure_cases, protocol_like, verification_of
from mri_bme.verify.writing import provenance_of, write_verification

SMALL = Protocol(n_slices=15, matrix=110, pixel_mm=1.9, thickness_mm=4.5, spacing_mm=5.0)


def test_two_cases_go_through_and_are_written(tmp_path: Path) -> None:
    designed = design_cases(SMALL, quick=True)
    chosen = [case for case in designed if case.level_ml in (0.0, 20.0)][:2]
    cases = [replace(case, fineness=2.4) for case in chosen]
    rows = measure_cases(cases, settings=Settings(), true_bones=True)
    assert len(rows) == 4
    large = [row for row in rows if row.level_ml == 20.0]
    for row in large:
        assert row.found_ml == pytest.approx(row.true_ml, rel=0.4)
    write_verification(
        tmp_path,
        verification_of(rows),
        rows,
        protocol=SMALL,
        provenance=provenance_of(SMALL, len(rows), true_bones=True),
    )
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"scans.csv", "figures.csv", "detectable.toml", "verify.html"}


@pytest.mark.parametrize("noise", [0.03, 0.09])
def test_the_noise_of_a_scan_is_found_again(noise: float) -> None:
    anatomy = make_anatomy(3, fineness=2.8)
    edema = make_edema(anatomy, (), seed=1)
    protocol = Protocol(
        n_slices=10, matrix=240, pixel_mm=0.8, thickness_mm=3.6, spacing_mm=4.0, noise=noise
    )
    geometry = slab_geometry(anatomy, protocol, Pose())
    volume = scan(anatomy, edema, protocol, Pose(), geometry=geometry, seed=1).stir
    found = protocol_like(volume)
    assert found.noise == pytest.approx(noise, rel=0.35)
    assert found.pixel_mm == pytest.approx(0.8)
    assert found.spacing_mm == pytest.approx(4.0)
    assert found.n_slices == 10
