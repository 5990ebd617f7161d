"""An open case measures what it holds now, once, and keeps its files up with it."""

from pathlib import Path

import numpy as np
import pytest
from room_client import KEY

from mri_bme.errors import OutputRefused
from mri_bme.readings.layers import Anatomy
from mri_bme.readings.task import Task

pytest.importorskip("starlette")

from mri_bme.reading_room.open_case import OpenCase, is_same_anatomy
from mri_bme.reading_room.room import Room


@pytest.fixture
def case(study: Path) -> OpenCase:
    room = Room(study, Task(), key=KEY)
    (dealt,) = [one for one in room.dealt_to("R1") if one.folder == "sub-01"]
    return room.case("R1", dealt.code)


def test_what_did_not_change_is_not_measured_again(case: OpenCase) -> None:
    before = case.measured()
    assert case.measured() is before
    case.kept.add({"what": "stroke", "visit": "week14", "tool": "paint", "on": [9, 2], "off": []})
    assert case.measured() is not before
    assert case.measured().reading.version == 1


def test_a_disk_that_takes_no_masks_is_told_without_a_name_and_asked_again(
    case: OpenCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OutputRefused("sub-01_mask.nii.gz") from OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(case.kept, "write_files", full)
        case.keep_up()
    assert "No space left on device" in case.trouble
    assert "sub-01" not in case.trouble
    assert case.written == -1
    case.keep_up()
    assert (case.trouble, case.written) == ("", 0)
    assert case.kept.place.mask_path("baseline").is_file()


def test_anatomy_is_the_same_where_nothing_was_moved_since() -> None:
    nothing = np.zeros((2, 2, 2), dtype=np.uint8)
    one = Anatomy(quadrants=nothing, reference=nothing > 0)
    assert is_same_anatomy({}, {})
    assert is_same_anatomy({"a": one}, {"a": one})
    assert not is_same_anatomy({"a": one}, {"b": one})
    assert not is_same_anatomy({}, {"a": one})
