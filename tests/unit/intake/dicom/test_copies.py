"""Instances that came twice: dropped, replaced by the newer, or refused."""

from mri_bme.intake.dicom.copies import keep_one_of_each
from mri_bme.intake.dicom.frames import Acquisition, Frame

A = Acquisition(study_date="20200106")


def frame(number: int, uid: str = "u", **values: object) -> Frame:
    known: dict[str, object] = {"path": f"f{number}", "frame": None, "acquisition": A}
    known |= {"sop_uid": uid, "position": (0.0, 0.0, 0.0), "number": number}
    return Frame(**(known | values))  # type: ignore[arg-type]


def same(frame: Frame) -> bytes:
    return b"same"


def own(frame: Frame) -> bytes:
    return frame.path.encode()


def test_the_same_image_twice_is_kept_once() -> None:
    kept = keep_one_of_each([frame(0), frame(1)], pixel_digest=same)
    assert [f.number for f in kept.frames] == [0]
    assert kept.notes == ("1 duplicate file(s) dropped",)
    assert kept.refused is None


def test_an_undamaged_copy_is_preferred() -> None:
    kept = keep_one_of_each([frame(0, damage="cut"), frame(1)], pixel_digest=own)
    assert [f.number for f in kept.frames] == [1]
    assert kept.refused is None


def test_the_newer_of_two_versions_is_used_and_said() -> None:
    stamps = {0: ("20200106", ""), 1: ("20200201", "")}
    kept = keep_one_of_each(
        [frame(0), frame(1)], pixel_digest=own, stamp=lambda f: stamps[f.number]
    )
    assert [f.number for f in kept.frames] == [1]
    assert "other pixels" in kept.notes[0]


def test_two_versions_of_one_age_are_refused() -> None:
    for stamp in (("20200106",), ("",)):
        kept = keep_one_of_each(
            [frame(0), frame(1)], pixel_digest=own, stamp=lambda _, stamp=stamp: stamp
        )
        assert "came twice" in str(kept.refused)
        assert "different pixels" in str(kept.refused)


def test_one_uid_for_different_images_makes_no_versions() -> None:
    echo = Acquisition(study_date="20200106", echo_time_ms=20.0)
    for other in ({"position": (0.0, 0.0, 5.0)}, {"acquisition": echo}, {"instance_number": 2}):
        kept = keep_one_of_each([frame(0), frame(1, **other)], pixel_digest=own)
        assert len(kept.frames) == 2
        assert kept.refused is None


def test_pixels_are_looked_at_only_where_a_uid_comes_twice() -> None:
    def never(frame: Frame) -> bytes:
        raise AssertionError

    kept = keep_one_of_each([frame(0, "a"), frame(1, "b")], pixel_digest=never)
    assert len(kept.frames) == 2
