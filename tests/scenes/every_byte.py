"""Every byte that was written to a folder, packed or not, to look for what must not be there."""

import base64
import gzip
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

IN_BASE64 = re.compile(rb"[A-Za-z0-9+/]{200,}={0,2}")
"""Pixels in a page; so long a run of letters is no text, and any four of them come by chance."""


def contents(out: Path) -> Iterator[tuple[str, bytes]]:
    """Names and bytes of all that was written, as it is and inflated."""
    for path in sorted(out.rglob("*")):
        yield "a name", str(path.relative_to(out)).encode()
        if path.is_file():
            data = path.read_bytes()
            yield from ((path.name, part) for part in _decoded(data))
            if data[:2] == b"\x1f\x8b":
                yield path.name, gzip.decompress(data)
            if zipfile.is_zipfile(path):
                with zipfile.ZipFile(path) as packed:
                    yield from ((path.name, packed.read(name)) for name in packed.namelist())
            yield from ((path.name, part) for part in deflated_parts(data))


def _decoded(data: bytes) -> Iterator[bytes]:
    """Give what is not in base64, and what base64 stands for, as it is and inflated."""
    yield IN_BASE64.sub(b" ", data)
    for found in IN_BASE64.finditer(data):
        letters = found[0].rstrip(b"=")
        letters = letters[: len(letters) - (len(letters) % 4 == 1)]
        decoded = base64.b64decode(letters + b"=" * (-len(letters) % 4))
        yield decoded
        yield from deflated_parts(decoded)
        if decoded[:2] == b"\x1f\x8b":
            yield zlib.decompressobj(wbits=31).decompress(decoded)


def deflated_parts(data: bytes) -> Iterator[bytes]:
    """Inflate whatever inside a file is a zlib stream, as in PNG and fonts."""
    for found in re.finditer(rb"\x78[\x01\x5e\x9c\xda]", data):
        try:
            yield zlib.decompressobj().decompress(data[found.start() :])
        except zlib.error:
            continue
