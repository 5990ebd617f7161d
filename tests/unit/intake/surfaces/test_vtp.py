"""What VTK itself wrote (9.7, a box of 60 x 70 x 80 mm about (1, 2, 3)) is read in every mode."""

from pathlib import Path

import numpy as np
import pytest

from mri_bme.errors import UnreadableInput
from mri_bme.intake.surfaces.vtp import triangles_of_vtp
from mri_bme.phantom.given_pelvis import check_closed, volume_ml

FILES = sorted((Path(__file__).parents[3] / "scenes" / "data" / "vtp").glob("*.vtp"))
ASCII = next(path for path in FILES if path.stem == "ascii").read_bytes()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_mode_gives_the_box(path: Path) -> None:
    vertices, faces = triangles_of_vtp(path.read_bytes(), path.name)
    check_closed((vertices, faces), "box")
    assert volume_ml((vertices, faces)) == pytest.approx(60 * 70 * 80 / 1000)
    np.testing.assert_allclose(vertices.mean(axis=0), (1, 2, 3), atol=1e-5)


def test_all_seven_modes_are_there() -> None:
    assert len(FILES) == 7


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (b'type="PolyData"', b'type="UnstructuredGrid"', "holds UnstructuredGrid, not PolyData"),
        (b'NumberOfStrips="0"', b'NumberOfStrips="2"', "holds strips"),
        (b"<VTKFile", b"<!DOCTYPE x [<!ENTITY a 'b'>]><VTKFile", "declares entities"),
        (b"<Piece", b'<VTK compressor="x"/><Piece', ""),
        (b"</Polys>", b"", "cannot be read as VTP"),
        (b'format="ascii"', b'format="scroll"', "in no way that VTK does"),
        (b"UInt32", b"UInt128", "cannot be read as VTP"),
        (b' version="', b' compressor="vtkLZ4DataCompressor" version="', "zlib or without"),
    ],
)
def test_what_is_no_surface_is_refused(old: bytes, new: bytes, words: str) -> None:
    changed = ASCII.replace(old, new)
    assert changed != ASCII
    if not words:
        assert len(triangles_of_vtp(changed, "x.vtp")[1]) == 12
        return
    with pytest.raises(UnreadableInput, match=f"x.vtp.*{words}"):
        triangles_of_vtp(changed, "x.vtp")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
@pytest.mark.parametrize("share", [0.1, 0.5, 0.75, 0.9])
def test_a_file_cut_short_is_refused(path: Path, share: float) -> None:
    content = path.read_bytes()
    with pytest.raises(UnreadableInput):
        triangles_of_vtp(content[: int(share * len(content))], path.name)
