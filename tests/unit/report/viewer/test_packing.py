"""Packing loses nothing: what is packed is what a plain reading of the format gives back."""

import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from mri_bme.report.viewer.packing import BASE, NEIGHBOURS, UNREST, Bytes, pack_grey, pack_map


def unpacked_grey(told: dict, packed: bytes) -> np.ndarray:
    """Read the format pixel by pixel, as its description says and nothing faster."""
    streams = [iter(zlib.decompress(packed[a:b])) for a, b in told["streams"]]
    voxels = np.zeros(told["shape"], dtype=np.uint8)
    slices, rows, columns = told["shape"]
    for s in range(slices):
        for r in range(rows):
            for c in range(columns):
                near = [
                    int(voxels[s, r + dr, c + dc]) if r + dr >= 0 and 0 <= c + dc < columns else 0
                    for dr, dc in NEIGHBOURS
                ]
                unrest = sum(abs(near[a] - near[b]) for a, b in UNREST)
                context = sum(unrest > edge for edge in told["edges"])
                *weights, constant = told["weights"][context]
                guess = sum(w * n for w, n in zip(weights, near, strict=True)) + constant
                whole = min(max((guess + BASE // 2) >> 12, 0), 255)
                voxels[s, r, c] = (whole + next(streams[context])) & 255
    assert all(next(stream, None) is None for stream in streams)
    return voxels


def unpacked_map(told: dict, shape: tuple, packed: bytes, within: np.ndarray) -> np.ndarray:
    plain = np.frombuffer(zlib.decompress(packed[slice(*told["stream"])]), dtype=np.uint8)
    flat = plain.astype(np.uint16)
    if told["wide"]:
        flat = flat[: len(flat) // 2] + 256 * flat[len(flat) // 2 :]
    values = np.zeros(shape, dtype=np.uint16)
    if "within" in told:
        values[within] = flat
    else:
        s0, r0, c0, s1, r1, c1 = told["box"]
        values[s0:s1, r0:r1, c0:c1] = flat.reshape(s1 - s0, r1 - r0, c1 - c0)
    return values


@settings(max_examples=25, deadline=None)
@given(arrays.arrays(np.uint8, st.tuples(*[st.integers(1, 9)] * 3)))
def test_any_volume_of_bytes_comes_back(voxels: np.ndarray) -> None:
    to = Bytes()
    told = pack_grey(voxels, to)
    np.testing.assert_array_equal(unpacked_grey(told, to.joined()), voxels)


def test_noise_on_structure_takes_less_than_by_zlib_alone() -> None:
    rng = np.random.default_rng(1)
    ramp = np.add.outer(np.linspace(40, 120, 90), np.linspace(0, 80, 110))
    voxels = np.stack([ramp + rng.normal(0, 3, ramp.shape) for _ in range(4)]).astype(np.uint8)
    to = Bytes()
    told = pack_grey(voxels, to)
    np.testing.assert_array_equal(unpacked_grey(told, to.joined()), voxels)
    assert len(to.joined()) < 0.75 * len(zlib.compress(voxels.tobytes(), 9))


@pytest.mark.parametrize("highest", [0, 1, 255, 256, 65535])
@pytest.mark.parametrize("inside_only", [False, True])
def test_any_map_comes_back(highest: int, inside_only: bool) -> None:
    rng = np.random.default_rng(highest)
    shape = (4, 7, 9)
    within = rng.random(shape) > 0.6
    values = np.where(within, rng.integers(0, highest + 1, shape), 0)
    to = Bytes()
    to.add(b"something before it")
    told = pack_map(values, to, within=("quadrants", within) if inside_only else None)
    np.testing.assert_array_equal(unpacked_map(told, shape, to.joined(), within), values)
