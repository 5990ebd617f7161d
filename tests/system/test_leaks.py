"""Nothing personal leaves a header: a mark in every text attribute, every byte of every output."""

import base64
import gzip
import re
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from dicom_files import enhanced, one_slice, save, slice_position, stored_voxels, uid
from every_byte import contents
from pydicom.datadict import DicomDictionary
from pydicom.dataset import Dataset
from room_client import KEY, Browser

from mri_bme.cli import main
from mri_bme.export.phantom_files import write_phantom
from mri_bme.phantom import PhantomSubject
from mri_bme.readings.task import Task

TEXTS = frozenset({"AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT"})
SET_BY_SCANNERS = frozenset(
    {"ImageType", "Modality", "ScanningSequence", "SequenceVariant", "ScanOptions"}
    | {"MRAcquisitionType", "PhotometricInterpretation", "SpecificCharacterSet", "PatientPosition"}
    | {"PatientIdentityRemoved", "LossyImageCompression", "EchoPulseSequence"}
)
"""Words without which the files would be no images any more."""
N_SLICES = 6
MARK = re.compile(rb"zqx\d*", re.IGNORECASE)
NUMBERED = re.compile(rb"zqx\d", re.IGNORECASE)  # three letters alone are also bytes of pixels
SENTENCES = {"SeriesDescription": "cor STIR zqx1 3T", "ProtocolName": "STIR zqx2 cor"}
SENTENCES |= {"PatientID": "zqx3-01", "ManufacturerModelName": "zqx4 Avanto"}
SENTENCES |= {"Manufacturer": "SIEMENS zqx5"}


def planted(ds: Dataset) -> Dataset:
    """Put a mark into every text attribute of the standard, and into private ones."""
    for number, (tag, (vr, _, _, is_retired, keyword)) in enumerate(DicomDictionary.items()):
        is_text = vr.split(" or ")[0] in TEXTS and keyword and not is_retired
        if is_text and keyword not in SET_BY_SCANNERS and tag >> 16 > 2:
            text = SENTENCES.get(keyword, f"zqx{number + 100}")
            is_short = vr in ("AE", "CS", "SH")
            setattr(ds, keyword, text.upper()[:16] if is_short else text)
    for group in (0x0009, 0x0019, 0x0029, 0x0043, 0x2001, 0x2005):
        ds.private_block(group, "zqx6 CREATOR", create=True).add_new(0x10, "LO", "zqx7")
    ds.RequestAttributesSequence = [Dataset()]
    ds.RequestAttributesSequence[0].ScheduledProcedureStepDescription = "zqx8"
    return ds


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A classic and an enhanced series, and a damaged file, under names that are marks too."""
    folder = tmp_path_factory.mktemp("planted")
    for i in range(N_SLICES):
        save(planted(one_slice(i)), folder / "zqx9" / f"zqx10_{i}.dcm")
    frames = [
        {"position": slice_position(i), "pixels": stored_voxels(i), "stack": "zqx11"}
        for i in range(N_SLICES)
    ]
    many = enhanced(
        frames, SOPInstanceUID=uid(1, 5), SeriesInstanceUID=uid(2, 5), StudyDate="20240901"
    )
    save(planted(many), folder / "zqx9" / "zqx12.dcm")
    cut = folder / "zqx9" / "zqx13.dcm"
    cut.write_bytes((folder / "zqx9" / "zqx10_1.dcm").read_bytes()[:3000])
    (folder / "zqx9" / "zqx14.dcm").write_bytes(b"")
    return folder


def run(*arguments: object) -> None:
    with pytest.raises(SystemExit) as stop:
        main([str(argument) for argument in arguments])
    assert stop.value.code in (0, 3, 4)


def test_the_mark_is_in_every_kind_of_attribute(export: Path) -> None:
    data = (export / "zqx9" / "zqx10_0.dcm").read_bytes()
    assert len(set(MARK.findall(data))) > 800


@pytest.mark.parametrize("command", [("inspect",), ("inspect", "--json"), ("convert",), ("run",)])
def test_no_mark_leaves(
    export: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], command: tuple[str, ...]
) -> None:
    out = tmp_path / "out"
    name, *flags = command
    run(name, export, *([out] if name != "inspect" else []), *flags)
    said = capsys.readouterr()
    assert "cor STIR" in said.out + said.err or name != "inspect"
    found = {
        (where, mark)
        for where, data in (("output", (said.out + said.err).encode()), *contents(out))
        for mark in MARK.findall(data)
    }
    assert found == set()
    uids = [uid(1, 0, 0), uid(1), uid(99)]
    written = b"".join(data for _, data in contents(out)) + (said.out + said.err).encode()
    assert not any(one.encode() in written for one in uids)


def test_with_ids_kept_only_the_id_is_told(
    export: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("inspect", export, "--ids", "keep")
    said = capsys.readouterr().out
    assert set(re.findall(r"zqx\d+", said)) == {"zqx3"}


IN_WORDS = ("SeriesDescription", "ProtocolName", "SequenceName")
"""What series are chosen by: they keep their words, with a mark behind them."""


@pytest.fixture(scope="module")
def measured(small_phantom: PhantomSubject, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A subject that was measured, whose every file is full of marks."""
    folder = tmp_path_factory.mktemp("measured")
    write_phantom(small_phantom, folder / "in")
    for path in (folder / "in").rglob("*"):
        if not path.is_file() or path.suffix == ".json":
            continue
        found = pydicom.dcmread(path)
        words = {name: found.get(name) for name in IN_WORDS if found.get(name)}
        for name, word in words.items():
            setattr(planted(found), name, f"{word} zqx1"[: 16 if name == "SequenceName" else 64])
        found.save_as(path)
    run("run", folder / "in", folder / "out", "--jobs", "1")
    assert list((folder / "out").rglob("*_mask.nii.gz"))
    return folder


def marks_in(out: Path, said: str) -> set[tuple[str, bytes]]:
    places = [("terminal", said.encode()), *contents(out)]
    return {(where, mark) for where, data in places for mark in NUMBERED.findall(data)}


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zlib.compress])
def test_a_mark_in_what_a_page_packs_is_found(
    tmp_path: Path, pack: Callable[[bytes], bytes]
) -> None:
    pixels = np.random.default_rng(1).bytes(1000)
    page = b'<p>zQx7</p><img src="data:' + base64.b64encode(pack(pixels + b"zqx5")) + b'">'
    (tmp_path / "page.html").write_bytes(page)
    assert {mark for _, mark in marks_in(tmp_path, "")} == {b"zQx7", b"zqx5"}


def test_no_mark_leaves_a_run_that_measures(measured: Path) -> None:
    images = [p for p in (measured / "in").rglob("*") if p.is_file() and p.suffix != ".json"]
    assert all(len(set(MARK.findall(path.read_bytes()))) > 800 for path in images)
    assert marks_in(measured / "out", "") == set()


@pytest.mark.parametrize("kind", ["dicom", "nrrd", "rtstruct", "bids"])
def test_no_mark_leaves_an_export(
    measured: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    more = ("--probability",) if kind == "dicom" else ()
    run("export", measured / "out", tmp_path / "dest", "--as", kind, *more)
    said = capsys.readouterr()
    assert [path for path in (tmp_path / "dest").rglob("*") if path.is_file()]
    assert marks_in(tmp_path / "dest", said.out + said.err) == set()


def test_no_mark_leaves_with_the_images(
    measured: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Pseudonymous copies of what was measured, made of the files that are full of marks."""
    flags = ("--as", "dicom", "--with-images", "--source", measured / "in")
    run("export", measured / "out", tmp_path / "dest", *flags)
    said = capsys.readouterr()
    assert len(list((tmp_path / "dest").rglob("*.dcm"))) > small_slab(measured)
    assert marks_in(tmp_path / "dest", said.out + said.err) == set()


def small_slab(measured: Path) -> int:
    """Count the slices that were measured: as many images are copied."""
    import nibabel  # noqa: PLC0415

    scan = next((measured / "out").rglob("*_T2w.nii.gz"))
    return min(nibabel.load(scan).shape)


def test_no_mark_is_in_an_answer_of_the_reading_room(measured: Path) -> None:
    room_class: Any = pytest.importorskip("mri_bme.reading_room.room").Room
    browser = Browser(room_class(measured / "out", Task(), key=KEY))
    pages = ["/", "/api/me", "/agreement"]
    for code in browser.codes:
        case = f"/api/case/{code}"
        pages += [case, f"{case}/numbers"]
        pages += [f"{case}/{what}/0" for what in ("volume", "marrow", "t1", "reference")]
    answers = {page: browser.get(page) for page in pages}
    assert {page for page, answer in answers.items() if answer.status_code != 200} <= {"/agreement"}
    for page, answer in answers.items():
        body = answer.content
        if body[:2] == b"\x1f\x8b":
            body = gzip.decompress(body)
        told = body + str(dict(answer.headers)).encode()
        assert not NUMBERED.findall(told), page
    assert marks_in(measured / "out", "") == set()  # with what the room wrote
