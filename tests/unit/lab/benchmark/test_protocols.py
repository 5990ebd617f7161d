"""Protocols differ in what they were said to differ, and the table tells bias and false volume."""

from types import SimpleNamespace

import numpy as np
import pytest

from lab.benchmark import protocols
from lab.benchmark.protocols import PROTOCOLS, coarser, coronal, lesions, table_of
from mri_bme.check_appearance import Appearance
from mri_bme.phantom import PhantomSubject
from mri_bme.phantom.prescription import Pose
from mri_bme.phantom.scanner import slab_geometry
from mri_bme.volume import Volume, VolumeGeometry


def test_edema_stands_out_more_where_suppression_is_spectral() -> None:
    stir, spectral = (lesions(PROTOCOLS[name]) for name in ("3 T STIR", "3 T SPAIR"))
    assert [plan.volume_ml for plan in stir] == [plan.volume_ml for plan in spectral]
    assert all(b.peak_ratio > a.peak_ratio + 0.2 for a, b in zip(stir, spectral, strict=True))


def test_every_protocol_shows_a_whole_pelvis() -> None:
    for site in PROTOCOLS.values():
        one = site.protocol
        assert one.n_slices * one.spacing_mm >= 80
        assert one.matrix * one.pixel_mm >= 200
        assert one.thickness_mm <= one.spacing_mm


def test_coronal_slices_stand_upright(small_phantom: PhantomSubject) -> None:
    site = PROTOCOLS["coronal STIR"]
    anatomy, pose = small_phantom.anatomy, Pose()
    leaning = slab_geometry(anatomy, site.protocol, pose).directions[1, 0]
    upright = slab_geometry(
        anatomy, site.protocol, coronal(anatomy, site.protocol, pose)
    ).directions[1, 0]
    assert abs(upright) > 0.999 > abs(leaning)


def test_the_table_tells_bias_and_what_was_found_where_nothing_is() -> None:
    rows = [
        {"protocol": "3 T STIR", "bones": bones, "true_ml": 4.0, "found_ml": ml, "false_ml": none}
        for bones, ml, none in (
            ("given", 4.4, 0.0),
            ("given", 4.0, 0.02),
            ("found", 3.0, 0.31),
            ("found", None, None),
        )
    ]
    last = table_of(rows).splitlines()[-1]
    assert last == "| 3 T STIR | 0.6, 3, 3.3 | +5 % | -25 % | 0.02 | 0.31 | 1 of 4 |"


def test_a_coarser_scan_shows_the_same_place_by_means() -> None:
    matrix = np.diag([3.0, 0.5, 0.5, 1.0])
    geometry = VolumeGeometry(shape=(20, 60, 80), lps_from_index=matrix)
    ramp = np.broadcast_to(np.arange(80) * 0.5, geometry.shape)
    found = coarser(Volume(geometry=geometry, voxels=ramp), 5.0, 1.0)
    assert found.geometry.shape == (12, 30, 40)
    assert found.geometry.spacing_mm == pytest.approx((5.0, 1.0, 1.0))
    place = found.geometry.points_lps(np.array([6, 15, 20]))
    assert found.voxels[6, 15, 20] == pytest.approx(place[2], abs=0.05)
    np.testing.assert_allclose(found.geometry.centre_lps_mm, geometry.centre_lps_mm)


def test_what_cannot_be_measured_has_its_reason(
    small_phantom: PhantomSubject, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit = small_phantom.baseline

    def refused(*_: object, **__: object) -> None:
        raise protocols.NotEvaluable("no joints, none")

    def once(*_: object) -> SimpleNamespace:
        return SimpleNamespace(
            stir=visit.volume,
            t1=visit.t1,
            bone_labels=visit.bone_labels,
            edema_fraction=visit.edema_fraction,
        )

    monkeypatch.setattr(protocols, "scanned", once)
    monkeypatch.setattr(protocols, "aligned_t1", lambda volume, t1: (t1, Appearance()))
    monkeypatch.setattr(protocols, "place_rois", refused)
    rows = list(protocols.measured(small_phantom.anatomy, PROTOCOLS["1.5 T STIR"], 3))
    assert [row["found_ml"] for row in rows] == [None, None]
    assert {row["reason"] for row in rows} == {"no joints; none"}
    voxel_ml = np.prod(visit.volume.geometry.spacing_mm) / 1000
    assert rows[0]["true_ml"] == pytest.approx(visit.edema_fraction.sum() * voxel_ml, abs=0.001)
