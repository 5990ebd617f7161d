"""The viewer in a notebook is a frame of its own that holds what was asked for."""

import html
import json
import re

import numpy as np
import pytest
from drawn_subject import drawn_visit

from mri_bme.errors import GeometryMismatch, NothingUsable
from mri_bme.pipeline import SubjectResult, VisitInput, VisitResult
from mri_bme.report.embedded import SlicesView, view
from mri_bme.volume import Mask, RigidTransform, Volume, VolumeGeometry


def told(shown: SlicesView) -> dict:
    text = shown._repr_html_()
    document = html.unescape(
        re.fullmatch(r'<iframe srcdoc="([^"]*)" sandbox="allow-scripts".*', text).group(1)
    )
    assert document == shown.document
    return json.loads(re.search(r'class="v-scene">(.*?)</script>', document).group(1))


def test_a_subject_is_shown_with_both_visits(drawn_result: SubjectResult) -> None:
    scene = told(view(drawn_result))
    assert [visit["label"] for visit in scene["visits"]] == ["baseline", "week14"]
    assert scene["is_registered"]


def test_a_volume_is_shown_with_what_belongs_to_it() -> None:
    visit = drawn_visit("baseline", 0, RigidTransform.identity(), 14.0)
    volume = visit.visit.volume
    (alone,) = told(view(volume))["visits"]
    assert alone["maps"] == {}
    (shown,) = told(view(volume, t1=volume, rois=visit.rois, edema=visit.segmentation))["visits"]
    assert {"quadrants", "lesions", "relative", "share"} <= set(shown["maps"])
    assert shown["t1"]["grid"]["shape"] == list(volume.geometry.shape)
    (outlined,) = told(view(volume, visit.segmentation.mask))["visits"]
    assert set(outlined["maps"]) == {"lesions"}


def test_a_mask_of_another_grid_is_refused() -> None:
    volume = drawn_visit("baseline", 0, RigidTransform.identity(), 14.0).visit.volume
    elsewhere = VolumeGeometry(shape=(2, 2, 2), lps_from_index=np.eye(4))
    with pytest.raises(GeometryMismatch, match="the mask"):
        view(volume, Mask(geometry=elsewhere, voxels=np.ones((2, 2, 2), dtype=bool)))


def test_a_subject_without_a_volume_is_refused_in_words() -> None:
    visit = VisitInput(label="baseline", day=0, volume=None, reason="no series")
    with pytest.raises(NothingUsable, match="no visit has a volume"):
        view(SubjectResult(visits=(VisitResult(visit=visit, reason="no series"),)))


def test_the_frame_runs_its_own_script_only() -> None:
    volume = Volume(
        geometry=VolumeGeometry(shape=(2, 3, 4), lps_from_index=np.eye(4)),
        voxels=np.arange(24).reshape(2, 3, 4),
    )
    document = view(volume).document
    assert document.count("<script>") == 1
    assert "default-src &#39;none&#39;" in document
