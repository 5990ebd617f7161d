"""A folder of three surfaces is a pelvis, whatever program wrote them."""

from pathlib import Path

import numpy as np
import pytest
from bone_surfaces import bone_surfaces, write_surfaces

from mri_bme.errors import InvalidSettings, UnreadableInput
from mri_bme.intake.surfaces import SurfaceAxes, bone_named, read_pelves
from mri_bme.phantom.given_pelvis import volume_ml


def test_files_are_told_apart_by_the_words_in_their_names() -> None:
    assert [bone_named(stem) for stem in ("l_pelvis", "Hip-Right", "sacral_bone")] == [
        "left",
        "right",
        "sacrum",
    ]
    assert not any(bone_named(stem) for stem in ("femur_left", "hip", "left_right_ilium", "pelvis"))


@pytest.mark.parametrize("suffix", [".stl", ".obj", ".ply"])
def test_every_format_gives_the_same_bones(tmp_path: Path, suffix: str) -> None:
    (one,) = read_pelves(write_surfaces(tmp_path, bone_surfaces(), suffix))
    for name, surface in bone_surfaces().items():
        assert volume_ml(one.surfaces[name]) == pytest.approx(volume_ml(surface), rel=1e-5)


def test_axes_are_those_that_are_said(tmp_path: Path) -> None:
    ras = {name: (v * (-1, -1, 1), faces) for name, (v, faces) in bone_surfaces().items()}
    (said,) = read_pelves(write_surfaces(tmp_path / "ras", ras), axes=SurfaceAxes.RAS)
    (lps,) = read_pelves(write_surfaces(tmp_path / "lps", bone_surfaces()))
    for name in lps.surfaces:
        np.testing.assert_allclose(said.surfaces[name][0], lps.surfaces[name][0], atol=0.01)
    with pytest.raises(InvalidSettings, match="say in which axes"):
        read_pelves(tmp_path / "ras")


def test_folders_hold_one_pelvis_each_in_the_order_of_their_names(tmp_path: Path) -> None:
    larger = {name: (1.1 * v, faces) for name, (v, faces) in bone_surfaces().items()}
    write_surfaces(tmp_path / "b", larger)
    write_surfaces(tmp_path / "a", bone_surfaces())
    (tmp_path / "notes").mkdir()
    first, second = read_pelves(tmp_path)
    assert second.size / first.size == pytest.approx(1.1, rel=0.01)


def test_a_folder_that_is_no_pelvis_says_what_it_lacks(tmp_path: Path) -> None:
    for words, folder in (("there is no folder 'none'", tmp_path / "none"),):
        with pytest.raises(UnreadableInput, match=words):
            read_pelves(folder)
    with pytest.raises(InvalidSettings, match="no surface lies in"):
        read_pelves(tmp_path)
    folder = write_surfaces(tmp_path / "one", bone_surfaces())
    (folder / "left_ilium.stl").rename(folder / "femur.stl")
    with pytest.raises(InvalidSettings, match=r"in 'one': no file .* left ilium; found femur.stl"):
        read_pelves(tmp_path)
    (folder / "femur.stl").rename(folder / "right_hip.stl")
    with pytest.raises(InvalidSettings, match=r"two files are of one bone: right_hip\.stl"):
        read_pelves(folder)
