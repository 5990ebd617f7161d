"""A folder of annotated scans is read by the names of its files, or refused with what is wrong."""

from pathlib import Path

import numpy as np
import pytest
from drawn_atlas import MEASURED, SMALL, bad_atlas, person, write

from mri_bme.errors import InvalidSettings
from mri_bme.intake.atlas import list_scans, read_atlas
from mri_bme.settings import RoiSettings


@pytest.mark.parametrize("flat", [False, True])
def test_an_atlas_is_read_once_from_folders_or_flat_files(tmp_path: Path, flat: bool) -> None:
    scan = person(*SMALL)
    join = "_" if flat else "/"
    write(tmp_path / f"A{join}volume.nii.gz", scan.volume.voxels)
    write(tmp_path / f"A{join}bones.nii.gz", scan.bones)
    write(tmp_path / f"B{join}stir.nii.gz", scan.volume.voxels)
    write(tmp_path / f"B{join}t1w.nii.gz", scan.volume.voxels)
    one_mask = (scan.bones > 0).astype(np.uint8)
    write(tmp_path / f"B{join}bones.nii.gz", one_mask if flat else scan.bones)
    (tmp_path / "notes.txt").write_text("drawn in May")
    first, second = read_atlas(tmp_path, settings=RoiSettings())
    assert (first.name, second.name) == ("A", "B")
    np.testing.assert_array_equal(first.bones, scan.bones)
    assert second.t1 is not None
    assert set(np.unique(second.bones)) >= {0, *MEASURED}
    assert read_atlas(tmp_path, settings=RoiSettings())[0] is first
    write(tmp_path / f"A{join}bones.nii.gz", scan.bones[:, ::-1])
    assert read_atlas(tmp_path, settings=RoiSettings())[0] is not first


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("no folder", "no atlas folder"),
        ("empty folder", r"no annotated scan: each annotated scan is a folder"),
        ("no bones", "scan no. 1 of the atlas has no bones"),
        ("no volume", "scan no. 1 of the atlas has no volume"),
        ("one side", "no left ilium"),
        ("empty map", "bone map is empty"),
        ("other grid", "scan no. 1 of the atlas cannot be used"),
        ("twice", "two files for its volume"),
    ],
)
def test_a_bad_atlas_is_refused_with_what_is_wrong(tmp_path: Path, fault: str, words: str) -> None:
    folder = bad_atlas(tmp_path / "atlas", fault)
    with pytest.raises(InvalidSettings, match=words) as refused:
        read_atlas(folder, settings=RoiSettings())
    assert str(tmp_path) not in str(refused.value)


def test_scans_are_listed_by_name_without_being_read(tmp_path: Path) -> None:
    for name in ("A_STIR.nii.gz", "A_Marrow.seg.nrrd", "b/volume.nii", "b/bones.nrrd", "b/t1.nii"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "b" / "readme_volume.txt").write_text("no scan")
    found = {
        name: {role: path.name for role, path in files.items()}
        for name, files in list_scans(tmp_path).items()
    }
    assert found == {
        "A": {"volume": "A_STIR.nii.gz", "bones": "A_Marrow.seg.nrrd"},
        "b": {"volume": "volume.nii", "bones": "bones.nrrd", "t1": "t1.nii"},
    }
