"""The scores of the intake benchmark mean what their names say."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from lab.benchmark.intake_cases import Made, score_case
from lab.benchmark.intake_exports import write_enhanced, write_export
from mri_bme.intake.dicom import index_study

SHAPE = (4, 3, 5)
VOXELS = np.arange(60.0).reshape(SHAPE)
LPS = np.diag([0.5, 0.5, 4.0, 1.0])


def truth(shift_mm: float = 0.0) -> dict[str, object]:
    affine = np.diag([-1.0, -1.0, 1.0, 1.0]) @ LPS
    affine[2, 3] += shift_mm
    return {
        "shape_ijk": list(SHAPE),
        "affine_ras": affine.tolist(),
        "slice_gap_min_max": [4.0, 4.0],
        "sum": float(VOXELS.sum()),
        "min": 0.0,
        "max": 59.0,
    }


def made(*shifts_mm: float, flip: bool = False) -> Callable[[Path, Path], Iterator[Made]]:
    def convert(case: Path, scratch: Path) -> Iterator[Made]:
        for shift in shifts_mm:
            matrix, voxels = LPS.copy(), VOXELS
            matrix[2, 3] = shift
            if flip:
                voxels = VOXELS[:, ::-1]
                matrix[:3, 3] += matrix[:3, 1] * (SHAPE[1] - 1)
                matrix[:3, 1] *= -1
            yield Made(lps_from_index=matrix, voxels=voxels)

    return convert


@pytest.mark.parametrize(
    ("convert", "score"),
    [
        (made(0.0, 40.0), "right"),
        (made(40.0, 0.0, flip=True), "right"),
        (made(0.0), "partly"),
        (made(), "nothing"),
        (made(0.0, 41.0), "wrong"),
        (made(0.0, 40.0, 40.0), "wrong"),
    ],
)
def test_scores(convert: Callable[[Path, Path], Iterator[Made]], score: str) -> None:
    volumes = [truth(), truth(shift_mm=40.0)]
    assert score_case(convert, Path("case"), {"volumes": volumes}) == score


def test_a_volume_with_a_hole_must_not_be_made() -> None:
    with_hole = {"volumes": [{**truth(), "slice_gap_min_max": [4.0, 8.0]}]}
    assert score_case(made(0.0), Path("case"), with_hole) == "wrong"
    assert score_case(made(), Path("case"), with_hole) == "right"


def test_the_export_that_is_timed_is_what_it_says(tmp_path: Path) -> None:
    index = index_study(write_export(tmp_path / "export", 60, side=4), keep_key=False)
    assert sorted(s.n_slices for s in index.series) == [10, 25, 25]
    assert all(s.refused is None for s in index.series)


@pytest.mark.parametrize("undefined", [False, True])
def test_the_enhanced_objects_that_are_timed_are_what_they_say(
    tmp_path: Path, undefined: bool
) -> None:
    index = index_study(write_enhanced(tmp_path / "e", 2, 7, undefined=undefined), keep_key=False)
    assert [s.n_slices for s in index.series] == [7, 7]
    assert {s.contrast.value for s in index.series} == {"STIR"}
    assert all(s.refused is None for s in index.series)
