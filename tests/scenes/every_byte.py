"""Every byte that was written to a folder, packed or not, to look for what must not be there."""

import gzip
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path


def contents(out: Path) -> Iterator[tuple[str, bytes]]:
    """Names and bytes of all that was written, as it is and inflated."""
    for path in sorted(out.rglob("*")):
        yield "a name", str(path.relative_to(out)).encode()
        if path.is_file():
            data = path.read_bytes()
            yield path.name, data
            if data[:2] == b"\x1f\x8b":
                yield path.name, gzip.decompress(data)
            if zipfile.is_zipfile(path):
                with zipfile.ZipFile(path) as packed:
                    yield from ((path.name, packed.read(name)) for name in packed.namelist())
            yield from ((path.name, part) for part in deflated_parts(data))


def deflated_parts(data: bytes) -> Iterator[bytes]:
    """Inflate whatever inside a file is a zlib stream, as in PNG and fonts."""
    for found in re.finditer(rb"\x78[\x01\x5e\x9c\xda]", data):
        try:
            yield zlib.decompressobj().decompress(data[found.start() :])
        except zlib.error:
            continue
