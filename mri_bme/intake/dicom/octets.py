"""Bytes of a file at any offset: plain, gzipped or deflated, never more than asked for."""

import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from mri_bme.errors import UnreadableInput

GZIP_MAGIC = b"\x1f\x8b"
GZIP_WINDOW = 31  # zlib's code for a gzip header
RAW_DEFLATE_WINDOW = -15
INFLATE_LIMIT_BYTES = 1 << 30  # far above any MR object, far below a decompression bomb
INFLATE_STEP_BYTES = 1 << 18
HEAD_BYTES = 8192  # most headers of classic objects fit


class Octets(Protocol):
    """Something that gives bytes at an offset; fewer than asked for at its end."""

    def read(self, offset: int, n: int) -> bytes:
        """Give up to `n` bytes from `offset` on."""

    @property
    def size(self) -> int | None:
        """Total number of bytes, None where finding out is expensive."""


class FileOctets:
    """A plain file; its beginning is read once and kept."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._size = os.fstat(descriptor).st_size
        self._head = os.pread(descriptor, HEAD_BYTES, 0)

    def read(self, offset: int, n: int) -> bytes:
        """Give up to `n` bytes from `offset` on."""
        if offset + n <= len(self._head):
            return self._head[offset : offset + n]
        return os.pread(self._descriptor, n, offset)

    @property
    def size(self) -> int | None:
        """Size of the file."""
        return self._size


class InflatedOctets:
    """A compressed stream inside another source, inflated only as far as it is read."""

    def __init__(self, source: Octets, start: int, window: int) -> None:
        self._source, self._next, self._window = source, start, window
        self._inflater = zlib.decompressobj(window)
        self._inflated = bytearray()
        self._pending = b""

    def read(self, offset: int, n: int) -> bytes:
        """Give up to `n` bytes from `offset` on."""
        while len(self._inflated) < offset + n and self._inflate_more():
            pass
        return bytes(self._inflated[offset : offset + n])

    @property
    def size(self) -> int | None:
        """Not known without inflating all of it."""
        return None

    def _inflate_more(self) -> bool:
        if not self._pending:
            self._pending = self._source.read(self._next, INFLATE_STEP_BYTES)
            self._next += len(self._pending)
        if self._inflater.eof:  # a file may be zipped piece by piece
            if self._window != GZIP_WINDOW or self._pending[:2] != GZIP_MAGIC:
                return False
            self._inflater = zlib.decompressobj(self._window)
        try:
            step = self._inflater.decompress(self._pending, INFLATE_STEP_BYTES)
        except zlib.error:
            return False  # damaged from here on: the reader sees a file that ends early
        exhausted = not self._pending and not step
        self._pending = self._inflater.unconsumed_tail or self._inflater.unused_data
        self._inflated += step
        if len(self._inflated) > INFLATE_LIMIT_BYTES:
            raise UnreadableInput(
                "a compressed file inflates to more than 1 GiB; unpack it and check it first"
            )
        return not exhausted


@contextmanager
def open_octets(path: Path | str) -> Iterator[Octets]:
    """Open a file, gzipped or not."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        plain = FileOctets(descriptor)
        if plain.read(0, 2) == GZIP_MAGIC:
            yield InflatedOctets(plain, 0, GZIP_WINDOW)
        else:
            yield plain
    finally:
        os.close(descriptor)
