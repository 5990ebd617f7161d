"""Series whose slices carry different patients or studies."""

from pathlib import Path
from typing import Any

import pytest
from dicom_files import one_slice, save, uid

from mri_bme.intake.dicom import StudyIndex, index_study


def written(folder: Path, values: list[dict[str, Any]]) -> StudyIndex:
    for i, more in enumerate(values):
        save(one_slice(i, **more), folder / f"{i}")
    return index_study(folder)


@pytest.mark.parametrize("order", [[0, 0, 0, 0, 0, 1, 1, 1], [0, 1, 0, 1, 0, 1, 0, 0]])
@pytest.mark.parametrize(
    ("other", "what"),
    [({"PatientID": "TRIAL-070"}, "PatientIDs"), ({"StudyInstanceUID": uid(8)}, "study UIDs")],
)
def test_a_torn_series_is_one_and_refused(
    tmp_path: Path, order: list[int], other: dict[str, Any], what: str
) -> None:
    index = written(tmp_path, [other if n else {} for n in order])
    (subject,) = index.subjects
    (series,) = index.series
    assert subject.subject_id == "TRIAL-007"
    assert series.n_slices == 8
    assert f"2 different {what}" in str(series.refused)


def test_slices_without_patient_are_of_the_one_who_has_the_others(tmp_path: Path) -> None:
    (series,) = written(tmp_path, [{}] * 5 + [{"PatientID": None}] * 3).series
    assert series.refused is None
    assert series.n_slices == 8


def test_two_people_whose_exporter_repeats_uids_stay_two(tmp_path: Path) -> None:
    for n, patient in enumerate(("A-1", "B-2")):
        for i in range(6):
            ds = one_slice(i, PatientID=patient, PatientName=patient, SOPInstanceUID=uid(n, i))
            save(ds, tmp_path / patient / f"{i}")
    index = index_study(tmp_path)
    assert [subject.subject_id for subject in index.subjects] == ["A-1", "B-2"]
    assert [series.n_slices for series in index.series] == [6, 6]
