"""Mutated files: no crash, no hang, no flood of memory, no wrong geometry, whatever they say.

500 sets of files in every run of the tests; ``MRI_BME_NIGHTLY=1`` tries 20,000.
"""

import os
import signal
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pydicom
import pytest
from dicom_files import enhanced, one_slice, save, slice_position, stored_voxels, uid
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.dataset import FileMetaDataset
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    RLELossless,
)

from mri_bme.export.conversion import convert_index
from mri_bme.intake.dicom import StudyIndex, index_study
from mri_bme.study import Series

resource = pytest.importorskip("resource")

IS_NIGHTLY = bool(os.environ.get("MRI_BME_NIGHTLY"))
N_CASES, N_HEADERS = (18_000, 2000) if IS_NIGHTLY else (400, 100)
N_SHARES = 20  # of the cases, for machines with many cores
SLICES = 4
MOST_SECONDS = 20  # a case takes 0.05
MOST_MEMORY_MB = 500
ODD_PLACE_MM = 1.2  # a slice may lie 0.5 mm off its even place and 1 mm sideways
INTERESTING = (0, 1, 0x7F, 0x80, 0xFE, 0xFF)
KILOBYTES_PER_MB = 1024


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Two series and odd ones: classic, implicit, deflated, enhanced, compressed."""
    folder = tmp_path_factory.mktemp("originals")
    paths = [save(one_slice(i), folder / f"a{i}") for i in range(SLICES)]
    paths += [
        save(one_slice(i, series=2), folder / f"b{i}", ImplicitVRLittleEndian)
        for i in range(SLICES)
    ]
    paths.append(save(one_slice(0, series=3), folder / "c", DeflatedExplicitVRLittleEndian))
    frames = [{"position": slice_position(i), "pixels": stored_voxels(i)} for i in range(SLICES)]
    many = enhanced(frames, SOPInstanceUID=uid(4, 4), SeriesInstanceUID=uid(4))
    paths.append(save(many, folder / "d"))
    packed = one_slice(0, series=5)
    packed.file_meta = FileMetaDataset()
    packed.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    packed.compress(RLELossless, generate_instance_uid=False)
    paths.append(save(packed, folder / "e", RLELossless))
    return {path.name: path.read_bytes() for path in paths}


def mutated(content: bytes, rng: np.random.Generator) -> bytes:
    """Flip, overwrite, cut, repeat: mostly in the header."""
    octets = bytearray(content)
    for _ in range(int(rng.integers(1, 6))):
        at = int(rng.integers(128, max(129, len(octets) - 1)))
        kind = rng.integers(0, 6)
        if kind == 0:
            octets[at] = int(rng.choice(INTERESTING))
        elif kind == 1:
            octets[at : at + 4] = int(rng.integers(0, 2**32)).to_bytes(4, "little")
        elif kind == 2:
            octets = octets[: max(at, 140)]
        elif kind == 3:
            octets[at:at] = octets[at : at + int(rng.integers(1, 64))]
        elif kind == 4:
            octets[at : at + 4] = b"\xff\xff\xff\xff"
        else:
            octets[at] ^= 1 << int(rng.integers(0, 8))
    return bytes(octets)


@contextmanager
def bounded() -> Iterator[None]:
    """Fail where it takes too long, or takes more memory than anything before."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    def stop(*_: object) -> None:
        raise TimeoutError(f"still busy after {MOST_SECONDS} s")

    handler = signal.signal(signal.SIGALRM, stop)
    signal.alarm(MOST_SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, handler)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert (after - before) / KILOBYTES_PER_MB < MOST_MEMORY_MB


def check(folder: Path, out: Path) -> StudyIndex:
    """Index and convert; every series is whole or refused with a reason, and where it says."""
    with bounded():
        index = index_study(folder, n_processes=1)
        converted = convert_index(index, out)
    assert len(converted) == len(index.series)
    assert all(item.reason for item in converted if item.status == "refused")
    for series in index.series:
        if series.refused is None:
            check_geometry(series)
    return index


def check_geometry(series: Series) -> None:
    """Compare where the slices of an accepted series lie with what pydicom reads."""
    geometry = series.geometry
    assert geometry is not None
    for k, instance in enumerate(series.instances):
        told = read_independently(instance.path, instance.frame)
        if told is None:
            continue
        place, orientation, spacing, shape = told
        found = geometry.points_lps(np.array([[k, 0, 0]], dtype=float))[0]
        assert np.abs(found - place).max() < ODD_PLACE_MM
        directions = np.concatenate([geometry.directions[:, 2], geometry.directions[:, 1]])
        np.testing.assert_allclose(directions, orientation, atol=0.02)
        np.testing.assert_allclose(geometry.spacing_mm[1:], spacing, rtol=1e-3)
        assert geometry.shape[1:] == shape


Told = tuple[np.ndarray, np.ndarray, np.ndarray, tuple[int, int]]


def read_independently(path: Path, frame: int | None) -> Told | None:
    """Position, orientation, spacing and matrix as pydicom reads them; None where it cannot."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ds = pydicom.dcmread(path, force=True, stop_before_pixels=True)
            plane, measures, place = ds, ds, ds
            if frame is not None:
                shared = ds.SharedFunctionalGroupsSequence[0]
                own = ds.PerFrameFunctionalGroupsSequence[frame]
                place = own.PlanePositionSequence[0]
                plane = own.PlaneOrientationSequence[0]
                measures = (
                    own if "PixelMeasuresSequence" in own else shared
                ).PixelMeasuresSequence[0]
            return (
                np.array(place.ImagePositionPatient, dtype=float),
                np.array(plane.ImageOrientationPatient, dtype=float),
                np.array(measures.PixelSpacing, dtype=float),
                (int(ds.Rows), int(ds.Columns)),
            )
        except Exception:
            return None


@pytest.mark.parametrize("share", range(N_SHARES))
def test_mutated_bytes_do_no_harm(tmp_path: Path, originals: dict[str, bytes], share: int) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    n_whole = 0
    for seed in range(share, N_CASES, N_SHARES):
        rng = np.random.default_rng(seed)
        for name, content in originals.items():
            is_hit = rng.random() < 0.4
            (folder / name).write_bytes(mutated(content, rng) if is_hit else content)
        index = check(folder, tmp_path / "out")
        n_whole += any(series.refused is None for series in index.series)
    assert {path.name for path in tmp_path.iterdir()} == {"in", "out"}
    assert n_whole > N_CASES / N_SHARES / 4  # else nothing was compared


NUMBERS = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True, width=32).map(lambda v: f"{v:.6g}"),
    st.sampled_from(["", "0", "-1", "1e308", "nan", "4,5", "1_0", " 3 ", "5\\", "0x10", "٣"]),
    st.text(max_size=8),
)
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "position": st.lists(NUMBERS, max_size=4),
        "orientation": st.lists(NUMBERS, min_size=5, max_size=7),
        "spacing": st.lists(NUMBERS, max_size=3),
        "thickness": NUMBERS,
        "between": NUMBERS,
        "number": NUMBERS,
        "rows": st.integers(0, 65535),
        "columns": st.integers(0, 65535),
        "allocated": st.sampled_from([0, 1, 8, 12, 16, 24, 32, 64]),
        "frames": NUMBERS,
        "echo": NUMBERS,
        "repetition": NUMBERS,
        "date": st.text(max_size=10),
        "patient": st.text(max_size=20),
        "name": st.text(max_size=40),
        "type": st.lists(st.text(alphabet="ABCDEMPRW_", max_size=6), max_size=5),
        "syntax": st.sampled_from(["1.2.840.10008.1.2", "1.2.840.10008.1.2.4.90", "1.2.3", ""]),
    },
)
TAGS = {
    "position": (0x00200032, "DS"),
    "orientation": (0x00200037, "DS"),
    "spacing": (0x00280030, "DS"),
    "thickness": (0x00180050, "DS"),
    "between": (0x00180088, "DS"),
    "number": (0x00200013, "IS"),
    "rows": (0x00280010, "US"),
    "columns": (0x00280011, "US"),
    "allocated": (0x00280100, "US"),
    "frames": (0x00280008, "IS"),
    "echo": (0x00180081, "DS"),
    "repetition": (0x00180080, "DS"),
    "date": (0x00080020, "DA"),
    "patient": (0x00100020, "LO"),
    "name": (0x0008103E, "LO"),
    "type": (0x00080008, "CS"),
    "syntax": (0x00020010, "UI"),
}


def with_value(content: bytes, tag: int, vr: str, value: object) -> bytes:
    """Replace the value of an element in an explicit little-endian file, whatever it becomes."""
    head = (tag >> 16).to_bytes(2, "little") + (tag & 0xFFFF).to_bytes(2, "little") + vr.encode()
    at = content.find(head)
    if at < 0:
        return content
    length = int.from_bytes(content[at + 6 : at + 8], "little")
    if vr == "US":
        new = int(value).to_bytes(2, "little")  # type: ignore[call-overload]
    else:
        text = "\\".join(value) if isinstance(value, list) else str(value)
        new = text.encode("utf-8", "replace")[:60]
        new += b" " * (len(new) % 2)
    return content[: at + 6] + len(new).to_bytes(2, "little") + new + content[at + 8 + length :]


@settings(
    max_examples=N_HEADERS,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(header=HEADERS, which=st.integers(0, SLICES - 1), everywhere=st.booleans())
def test_headers_of_any_kind_do_no_harm(
    tmp_path: Path,
    originals: dict[str, bytes],
    header: dict[str, object],
    which: int,
    everywhere: bool,
) -> None:
    folder = tmp_path / "in"
    folder.mkdir(exist_ok=True)
    for i in range(SLICES):
        content = originals[f"a{i}"]
        if everywhere or i == which:
            for what, value in header.items():
                content = with_value(content, *TAGS[what], value)
        (folder / f"a{i}").write_bytes(content)
    check(folder, tmp_path / "out")
