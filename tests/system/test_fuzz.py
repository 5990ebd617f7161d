"""Mutated files: no crash, no hang, nothing outside the output, whatever the bytes say."""

import time
from pathlib import Path

import numpy as np
import pytest
from dicom_files import enhanced, one_slice, save, slice_position, stored_voxels
from pydicom.dataset import FileMetaDataset
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    RLELossless,
)

from mri_bme.export.conversion import convert_index
from mri_bme.intake.dicom import index_study

N_CASES, SLICES = 60, 4
MAX_SECONDS = 20.0  # per case, on a slow shared machine; a case takes 0.02
INTERESTING = (0, 1, 0x7F, 0x80, 0xFE, 0xFF)


def write_originals(folder: Path) -> list[Path]:
    paths = [save(one_slice(i), folder / f"a{i}") for i in range(SLICES)]
    paths.append(save(one_slice(0, series=2), folder / "b", ImplicitVRLittleEndian))
    paths.append(save(one_slice(0, series=3), folder / "c", DeflatedExplicitVRLittleEndian))
    frames = [{"position": slice_position(i), "pixels": stored_voxels(i)} for i in range(SLICES)]
    paths.append(save(enhanced(frames), folder / "d"))
    packed = one_slice(0, series=5)
    packed.file_meta = FileMetaDataset()
    packed.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    packed.compress(RLELossless, generate_instance_uid=False)
    paths.append(save(packed, folder / "e", RLELossless))
    return paths


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Eight files: classic, implicit, deflated, enhanced, compressed."""
    paths = write_originals(tmp_path_factory.mktemp("originals"))
    return {path.name: path.read_bytes() for path in paths}


def mutated(content: bytes, rng: np.random.Generator) -> bytes:
    """Flip, overwrite, cut, repeat: mostly in the header."""
    octets = bytearray(content)
    for _ in range(int(rng.integers(1, 6))):
        at = int(rng.integers(128, max(129, len(octets) - 1)))
        kind = rng.integers(0, 5)
        if kind == 0:
            octets[at] = int(rng.choice(INTERESTING))
        elif kind == 1:
            octets[at : at + 4] = int(rng.integers(0, 2**32)).to_bytes(4, "little")
        elif kind == 2:
            octets = octets[: max(at, 140)]
        elif kind == 3:
            octets[at:at] = octets[at : at + int(rng.integers(1, 64))]
        else:
            octets[at : at + 4] = b"\xff\xff\xff\xff"
    return bytes(octets)


@pytest.mark.parametrize("seed", range(N_CASES))
def test_mutated_headers_do_no_harm(tmp_path: Path, originals: dict[str, bytes], seed: int) -> None:
    rng = np.random.default_rng(seed)
    (tmp_path / "in").mkdir()
    for name, content in originals.items():
        is_hit = rng.random() < 0.7
        (tmp_path / "in" / name).write_bytes(mutated(content, rng) if is_hit else content)
    before = {p for p in tmp_path.rglob("*") if p.is_file()}
    start = time.perf_counter()
    index = index_study(tmp_path / "in")
    converted = convert_index(index, tmp_path / "out")
    assert time.perf_counter() - start < MAX_SECONDS
    after = {p for p in tmp_path.rglob("*") if p.is_file()} - before
    assert all(p.is_relative_to(tmp_path / "out") for p in after)
    assert len(converted) == len(index.series)
    assert all(item.reason for item in converted if item.status == "refused")
