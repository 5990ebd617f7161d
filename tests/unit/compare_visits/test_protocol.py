"""What two visits do not share of how they were scanned."""

from dataclasses import replace

import numpy as np
import pytest
from compared_boxes import LARGE, SMALL, compare
from scoring_scenes import IDENTITY, visit

from mri_bme.compare_visits.protocol import protocol_changes, tilt_degrees
from mri_bme.findings import ComparedVisit
from mri_bme.measurement_error import wider
from mri_bme.study import ProtocolPart, ScannedWith
from mri_bme.volume import RigidTransform, VolumeGeometry

USUAL = ScannedWith(
    manufacturer="Siemens",
    model="skyra",
    field_tesla=3.0,
    sequence="STIR",
    echo_time_ms=40.0,
    slice_thickness_mm=4.0,
)


def scanned(**told: object) -> ComparedVisit:
    return replace(visit("week14", SMALL), scanned_with=replace(USUAL, **told))


def parts(followup: ComparedVisit, baseline: ComparedVisit | None = None) -> list[ProtocolPart]:
    found = protocol_changes(baseline or scanned(), followup, IDENTITY)
    return [change.part for change in found]


def on_grid(scale: tuple[float, float, float], n_slices: int = 10) -> VolumeGeometry:
    """The grid of the boxes with voxels that many times as large."""
    own = visit("week14").rois.geometry
    matrix = own.lps_from_index @ np.diag([*scale, 1.0])
    return VolumeGeometry(shape=(n_slices, *own.shape[1:]), lps_from_index=matrix)


def laid_on(geometry: VolumeGeometry) -> ComparedVisit:
    own = scanned()
    return replace(own, rois=replace_grid(own, geometry))


def replace_grid(own: ComparedVisit, geometry: VolumeGeometry) -> object:
    rois = own.rois
    assert rois is not None
    n = geometry.shape[0]
    quadrants = np.resize(rois.quadrants, (n, *geometry.shape[1:]))
    distance = np.resize(rois.joint_distance_mm, (n, *geometry.shape[1:]))
    return replace(rois, geometry=geometry, quadrants=quadrants, joint_distance_mm=distance)


def test_visits_scanned_alike_share_everything() -> None:
    assert parts(scanned()) == []


@pytest.mark.parametrize(
    ("told", "part"),
    [
        ({"manufacturer": "Philips", "model": ""}, ProtocolPart.SCANNER),
        ({"model": "avanto"}, ProtocolPart.SCANNER),
        ({"field_tesla": 1.494}, ProtocolPart.FIELD),
        ({"sequence": "T2-FS, SPAIR"}, ProtocolPart.SEQUENCE),
        ({"echo_time_ms": 62.0}, ProtocolPart.SEQUENCE),
        ({"sequence": "T2-FS", "echo_time_ms": 62.0}, ProtocolPart.SEQUENCE),
        ({"slice_thickness_mm": 3.0}, ProtocolPart.SLICES),
    ],
)
def test_what_the_headers_tell_is_found_either_way_round(
    told: dict[str, object], part: ProtocolPart
) -> None:
    assert parts(scanned(**told)) == [part]
    assert parts(scanned(), scanned(**told)) == [part]


@pytest.mark.parametrize(
    "told",
    [
        {"manufacturer": "SIEMENS Healthineers"},
        {"manufacturer": ""},
        {"model": ""},
        {"field_tesla": 2.894},
        {"field_tesla": None},
        {"sequence": ""},
        {"echo_time_ms": 40.2},
        {"echo_time_ms": None},
        {"slice_thickness_mm": None},
    ],
)
def test_another_spelling_and_silence_are_no_change(told: dict[str, object]) -> None:
    assert parts(scanned(**told)) == []


@pytest.mark.parametrize(
    ("geometry", "part"),
    [
        (on_grid((1.0, 1.3, 1.3)), ProtocolPart.RESOLUTION),
        (on_grid((0.8, 1.0, 1.0), n_slices=12), ProtocolPart.SLICES),
        (on_grid((1.0, 1.0, 1.0), n_slices=7), ProtocolPart.SLAB),
    ],
)
def test_voxels_and_slabs_are_told_by_the_grids(
    geometry: VolumeGeometry, part: ProtocolPart
) -> None:
    assert parts(laid_on(geometry)) == [part]
    assert parts(laid_on(on_grid((1.02, 1.05, 1.05)))) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("TOSHIBA_MEC", "CANON_MEC"),
        ("Philips Medical Systems", "Philips Healthcare"),
        ("GE MEDICAL SYSTEMS", "General Electric"),
        ("SIEMENS", "Siemens-Healthineers"),
    ],
)
def test_a_maker_that_changed_its_name_is_the_same(before: str, after: str) -> None:
    assert parts(scanned(manufacturer=after), scanned(manufacturer=before)) == []


def test_an_echo_time_is_told_in_words() -> None:
    (change,) = protocol_changes(scanned(), scanned(echo_time_ms=80.4), IDENTITY)
    assert change.words == "sequence: STIR, TE 40 ms, then STIR, TE 80 ms"


def test_slices_are_compared_in_the_body() -> None:
    angle = np.radians(20)
    turned = np.eye(4)
    turned[1:3, 1:3] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    motion = RigidTransform(b_from_a=turned)
    own = visit("week14").rois.geometry
    as_body = VolumeGeometry(shape=own.shape, lps_from_index=turned @ own.lps_from_index)
    assert tilt_degrees(own, own, motion) == pytest.approx(20)
    assert tilt_degrees(own, as_body, motion) == pytest.approx(0, abs=1e-5)
    (change,) = protocol_changes(scanned(), scanned(), motion)
    assert change.part is ProtocolPart.SLAB
    assert "tilted by 20 degrees" in change.words


def test_a_report_tells_what_changed_and_widens_its_limits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(wider, "WIDER", {**wider.WIDER, ProtocolPart.SEQUENCE: 3.0})
    before = replace(visit("baseline", LARGE), scanned_with=USUAL)
    alike = compare(before, replace(visit("week14", SMALL), scanned_with=USUAL))
    unlike = compare(before, scanned(sequence="Dixon-water"))
    assert (alike.wider_by, alike.protocol_changes) == (1.0, ())
    assert unlike.wider_by == pytest.approx(3.0)
    assert [c.words for c in unlike.protocol_changes] == ["sequence: STIR, then Dixon-water"]
    usual, wide = (report.regions["total"].detectable_ml for report in (alike, unlike))
    assert usual is not None
    assert wide == pytest.approx(3 * usual)
    assert unlike.fates[0].detectable_ml == pytest.approx(3 * alike.fates[0].detectable_ml)
