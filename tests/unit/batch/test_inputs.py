"""Inputs are known by content, never by name."""

from pathlib import Path

import pytest

from mri_bme.batch.inputs import (
    MISSING,
    Source,
    SubjectUnit,
    VisitUnit,
    hashed_inputs,
    inputs_sha256,
    stamped_inputs,
    unit_sha256,
)


def unit_of(path: Path, **more: object) -> SubjectUnit:
    visit = VisitUnit(label="baseline", day=0, volume=Source(path=path), **more)
    return SubjectUnit(subject="01", folder="sub-01", visits=(visit,))


def series_in(folder: Path) -> Path:
    folder.mkdir()
    for name in ("b", "a"):
        (folder / name).write_bytes(name.encode())
    return folder


def test_a_folder_of_a_series_is_all_of_its_files(tmp_path: Path) -> None:
    folder = series_in(tmp_path / "series")
    (found,) = hashed_inputs(unit_of(folder))
    assert (found.visit, found.role, found.n_files, found.n_bytes) == ("baseline", "volume", 2, 2)
    (folder / "a").write_bytes(b"z")
    (changed,) = hashed_inputs(unit_of(folder))
    assert changed.sha256 != found.sha256
    assert changed.stamp != found.stamp


def test_a_copy_elsewhere_is_the_same_input(tmp_path: Path) -> None:
    one, other = (hashed_inputs(unit_of(series_in(tmp_path / n))) for n in ("one", "other"))
    assert inputs_sha256(one) == inputs_sha256(other)


def test_a_file_that_is_gone_is_missing_and_does_not_stop_the_rest(tmp_path: Path) -> None:
    reference = Source(path=series_in(tmp_path / "r"))
    found = hashed_inputs(unit_of(tmp_path / "gone.nii", reference=reference))
    assert {i.role: i.sha256 == MISSING for i in found} == {"volume": True, "reference": False}
    assert not any(i.sha256 for i in stamped_inputs(unit_of(tmp_path / "gone.nii")))


@pytest.mark.parametrize("change", [{"day": 3}, {"reason": "x"}, {"doubts": ("y",)}])
def test_what_is_known_beside_the_files_counts_too(tmp_path: Path, change: dict) -> None:
    facts = {"label": "baseline", "day": 0, "volume": None}
    one, same, other = (
        SubjectUnit(subject="01", folder="sub-01", visits=(VisitUnit(**f),))
        for f in (facts, facts, {**facts, **change})
    )
    assert unit_sha256(one) == unit_sha256(same) != unit_sha256(other)


def test_a_sidecar_that_tells_how_a_file_was_scanned_is_part_of_it(tmp_path: Path) -> None:
    path = tmp_path / "stir.nii.gz"
    path.write_bytes(b"voxels")
    (alone,) = hashed_inputs(unit_of(path))
    (tmp_path / "stir.json").write_text('{"MagneticFieldStrength": 3}')
    (beside,) = hashed_inputs(unit_of(path))
    assert (alone.n_files, beside.n_files) == (1, 2)
    assert alone.sha256 != beside.sha256
