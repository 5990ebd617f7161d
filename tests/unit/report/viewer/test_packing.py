"""Packing loses nothing: what is packed is what a plain reading of the format gives back."""

import math
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from mri_bme.report.viewer.packing import (
    BASE,
    NEIGHBOURS,
    TEXT,
    UNREST,
    Bytes,
    as_text,
    pack_grey,
    pack_map,
)


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


def unpacked_map(
    told: dict, shape: tuple, packed: bytes, within: np.ndarray, grey: np.ndarray
) -> np.ndarray:
    plain = np.frombuffer(zlib.decompress(packed[slice(*told["stream"])]), dtype=np.uint8)
    flat = plain.astype(np.uint16)
    if told["wide"]:
        flat = flat[: len(flat) // 2] + 256 * flat[len(flat) // 2 :]
    values = np.zeros(shape, dtype=np.uint16)
    if "within" in told:
        change = flat.astype(int)
        steps = np.where(change % 2, -(change + 1) // 2, change // 2)
        if "follows" in told:
            followed = np.diff(grey[within].astype(int), prepend=0)
            steps = steps + [math.floor(told["follows"] * step + 0.5) for step in followed]
        values[within] = np.cumsum(steps)
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


@pytest.mark.parametrize("highest", [0, 1, 255, 256, 20000])
@pytest.mark.parametrize(("inside_only", "per_step"), [(False, None), (True, None), (True, 1.37)])
def test_any_map_comes_back(highest: int, inside_only: bool, per_step: float | None) -> None:
    rng = np.random.default_rng(highest)
    shape = (4, 7, 9)
    within = rng.random(shape) > 0.6
    values = np.where(within, rng.integers(0, highest + 1, shape), 0)
    to = Bytes()
    to.add(b"something before it")
    grey = rng.integers(0, 256, shape).astype(np.uint8)
    told = pack_map(
        values,
        to,
        within=("quadrants", within) if inside_only else None,
        follows=(grey, per_step) if per_step else None,
    )
    np.testing.assert_array_equal(unpacked_map(told, shape, to.joined(), within, grey), values)


@settings(deadline=None)
@given(st.binary(max_size=40))
def test_bytes_come_back_from_their_text(packed: bytes) -> None:
    text = as_text(packed)
    assert len(set(TEXT)) == 85
    assert set(text) <= set(TEXT)
    assert not set("<&\"'\\/") & set(TEXT)
    words = [
        sum(TEXT.index(c) * 85 ** (4 - n) for n, c in enumerate(text[i : i + 5]))
        for i in range(0, len(text), 5)
    ]
    back = b"".join(word.to_bytes(4, "big") for word in words)
    assert back[: len(packed)] == packed
    assert not any(back[len(packed) :])
    assert len(back) - len(packed) < 4
