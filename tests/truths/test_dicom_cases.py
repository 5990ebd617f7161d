"""Awkward exports: every volume is right, or refused, or flagged; none is wrong."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from mri_bme.intake.dicom import StudyIndex, index_study, read_stack_voxels, series_storage_geometry
from mri_bme.select_series import select_series
from mri_bme.study import Contrast, Series

CASES = (
    "03_ge_three_plane_localizer",
    "05_ge_temporal_positions",
    "06_philips_classic_vs_enhanced",
    "07_philips_two_echo_mag_phase_one_series",
    "09_uih_3d_sag",
    "11_toshiba_one_volume",
    "14_siemens_xa30_enhanced",
    "15_philips_enhanced_mag_and_b0",
    "17_siemens_mosaic",
    "18_siemens_mag_phase_two_echo",
    "23_multi_fragment_jpegll_j2k",
    "25_same_voxels_every_syntax",
    "29_non_image_and_junk",
    "31_missing_slice",
    "32_two_contrasts_one_series_uid",
    "34_truncated_files",
    "37_jittered_iop_wrong_spacing_tag",
    "41_character_sets",
    "43_dixon_four_contrasts_one_series",
    "45_variable_matrix",
    "52_sheared_stack",
    "54_duplicates_same_folder",
)
NOT_MEASURABLE = {"29_non_image_and_junk": 1}  # a segmentation, in the truth but no MR image
RAS_FROM_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
AFFINE_TOLERANCE_MM = 2e-3  # jittered and rounded positions of the cases


def index_case(real_data: Path, case: str) -> StudyIndex:
    return index_study(real_data / "dicom_cases" / case, keep_key=False)


def voxel_hash(series: Series) -> str:
    voxels = read_stack_voxels(series).transpose(2, 1, 0)
    return hashlib.sha256(np.ascontiguousarray(voxels).tobytes()).hexdigest()


def is_forbidden(volume: dict[str, object]) -> bool:
    gaps = volume["slice_gap_min_max"]
    return bool(gaps) and gaps[1] / gaps[0] > 1.1  # type: ignore[index]


@pytest.mark.parametrize("case", CASES)
def test_every_volume_is_right_or_refused(real_data: Path, case: str) -> None:
    expected = json.loads((real_data / "dicom_cases" / "expected.json").read_text())
    truths = list(expected[case]["volumes"])
    index = index_case(real_data, case)
    good = [series for series in index.series if series.refused is None]
    for series in good:
        found_hash = voxel_hash(series)
        truth = next((v for v in truths if v["sha256_f32"] == found_hash), None)
        assert truth is not None, f"{case}: a volume that does not exist was made"
        truths.remove(truth)
        assert not is_forbidden(truth)
        stored = series_storage_geometry(series)
        assert list(stored.shape) == truth["shape_ijk"]
        found = RAS_FROM_LPS @ stored.lps_from_index
        n_columns = 4 if series.n_slices > 1 else 2  # one slice has no spacing of its own
        wanted = np.array(truth["affine_ras"])
        np.testing.assert_allclose(
            found[:, [*range(n_columns), 3]],
            wanted[:, [*range(n_columns), 3]],
            rtol=0,
            atol=AFFINE_TOLERANCE_MM,
        )
    n_refused = sum(series.refused is not None for series in index.series)
    assert len(truths) <= n_refused + NOT_MEASURABLE.get(case, 0), "a volume was lost silently"


def test_a_missing_slice_is_refused_with_its_position(real_data: Path) -> None:
    (series,) = index_case(real_data, "31_missing_slice").series
    assert "between slices 6 and 7 (10.00 mm" in str(series.refused)


def test_both_truncated_files_are_named(real_data: Path) -> None:
    index = index_case(real_data, "34_truncated_files")
    (series,) = index.series
    assert "IM0004" in " ".join(index.defects)
    assert "IM0009" in " ".join(index.defects)
    assert series.refused is not None


def test_no_original_identifier_is_shown(real_data: Path) -> None:
    index = index_case(real_data, "34_truncated_files")
    assert "1.2.840" not in "".join(f"{s.series_id}{s.study_id}{s.geometry}" for s in index.series)


@pytest.mark.parametrize(
    ("case", "contrast"),
    [
        ("32_two_contrasts_one_series_uid", Contrast.STIR),
        ("43_dixon_four_contrasts_one_series", Contrast.DIXON_WATER),
        ("54_duplicates_same_folder", Contrast.STIR),
    ],
)
def test_the_fluid_sensitive_series_is_chosen(
    real_data: Path, case: str, contrast: Contrast
) -> None:
    index = index_case(real_data, case)
    choice = select_series(index.subjects[0].visits[0])
    assert choice.chosen is not None
    assert choice.chosen.contrast is contrast
    assert len(choice.ranking) == len(index.series)
    assert all(item.reason for item in choice.ranking)


def test_an_echo_planar_series_is_not_eligible(real_data: Path) -> None:
    (visit,) = index_case(real_data, "05_ge_temporal_positions").subjects[0].visits
    assert select_series(visit).chosen is None
