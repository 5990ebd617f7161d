"""A remembered result comes back to the last bit, or not at all."""

import zipfile
from pathlib import Path

import numpy as np
import pytest
from compared_boxes import LARGE
from scoring_scenes import segmentation

from mri_bme.errors import UnreadableInput
from mri_bme.record.cache import read_record, write_record


@pytest.fixture
def record(tmp_path: Path) -> Path:
    write_record(tmp_path / "edema.zip", {"week14": segmentation(LARGE)})
    return tmp_path / "edema.zip"


def test_findings_come_back_to_the_last_bit(record: Path) -> None:
    written, back = segmentation(LARGE), read_record(record)["week14"]
    assert back.lesions == written.lesions
    assert back.threshold == written.threshold
    for name in ("edema_fraction", "lesion_labels", "quadrant_draws_ml"):
        found = getattr(back, name)
        assert found.dtype == getattr(written, name).dtype
        np.testing.assert_array_equal(found, getattr(written, name))
    assert back.mask.geometry.matches(written.mask.geometry)


def test_the_same_findings_are_the_same_bytes_inside(record: Path, tmp_path: Path) -> None:
    write_record(tmp_path / "again.zip", {"week14": segmentation(LARGE)})
    with zipfile.ZipFile(record) as first, zipfile.ZipFile(tmp_path / "again.zip") as second:
        assert first.comment == second.comment
        assert len(first.comment) == 64


def test_an_edited_record_is_not_believed(record: Path, tmp_path: Path) -> None:
    """Valid as a ZIP and as JSON, and yet not what was written."""
    edited = tmp_path / "edited.zip"
    with zipfile.ZipFile(record) as old, zipfile.ZipFile(edited, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, content.replace(b'"test"', b'"best"'))
        new.comment = old.comment
    with pytest.raises(UnreadableInput, match=r"edited\.zip is damaged"):
        read_record(edited)


@pytest.mark.parametrize("keep", [0, 1, 50, -100, -1])
def test_a_record_cut_short_is_not_believed(record: Path, keep: int) -> None:
    record.write_bytes(record.read_bytes()[:keep])
    with pytest.raises(UnreadableInput, match="delete it"):
        read_record(record)


def test_a_record_that_is_not_there_is_said_to_be_damaged_by_name_only(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput) as refused:
        read_record(tmp_path / "none.zip")
    assert str(tmp_path) not in str(refused.value)


def test_what_no_record_can_hold_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match=r"cannot hold a .*Path"):
        write_record(tmp_path / "x.zip", {"where": Path("x")})
    assert not list(tmp_path.iterdir())
