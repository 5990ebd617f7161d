"""Triangles of VTK's XML PolyData: ASCII, inline or appended binary, with zlib or without.

The format is that of the VTK file formats page: arrays are base64 or raw, each behind a header of
its size in bytes, or of its compressed blocks.
"""

import base64
import binascii
import re
import zlib
from typing import Any
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from mri_bme.errors import UnreadableInput
from mri_bme.volume import FloatArray

TYPES = {
    "Float32": "f4",
    "Float64": "f8",
    "Int32": "i4",
    "Int64": "i8",
    "UInt32": "u4",
    "UInt64": "u8",
    "Int8": "i1",
    "UInt8": "u1",
}
APPENDED = re.compile(rb"<AppendedData[^>]*?encoding\s*=\s*[\"'](\w+)[\"'][^>]*>\s*_")
ZLIB = "vtkZLibDataCompressor"
CORNERS = 3


def triangles_of_vtp(content: bytes, name: str) -> tuple[FloatArray, NDArray[np.int64]]:
    """Read points and polygons; a polygon of more corners becomes a fan of triangles.

    Parameters
    ----------
    content : bytes
        Of the file.
    name : str
        Of the file, for messages.

    Returns
    -------
    (n, 3) float64, (m, 3) int64
        Points and triangles, all pieces together.

    Raises
    ------
    UnreadableInput
        If it is no PolyData, compressed otherwise than by zlib, or holds strips.
    """
    try:
        return _File(content).surface()
    except UnreadableInput as error:
        raise UnreadableInput(f"{name} {error}") from error
    except (
        ElementTree.ParseError,
        binascii.Error,
        zlib.error,
        ValueError,
        KeyError,
        IndexError,
    ) as error:
        raise UnreadableInput(
            f"{name} cannot be read as VTP (XML PolyData); export it again"
        ) from error


class _File:
    """One file, taken apart into its XML and what is appended to it."""

    def __init__(self, content: bytes) -> None:
        if b"<!DOCTYPE" in content[:4096] or b"<!ENTITY" in content[:65536]:
            raise UnreadableInput("declares entities, which no VTP does; export it again")
        found = APPENDED.search(content)
        head = content if found is None else content[: found.start()] + b"</VTKFile>"
        self.encoding = "" if found is None else found.group(1).decode()
        self.appended = b"" if found is None else content[found.end() :]
        self.root = ElementTree.fromstring(head)  # noqa: S314  (no entities: refused above)
        if self.root.get("type") != "PolyData":
            raise UnreadableInput(
                f"holds {self.root.get('type') or 'no VTK data'}, not PolyData; save a surface"
            )
        compressor = self.root.get("compressor")
        if compressor not in {None, ZLIB}:
            raise UnreadableInput(f"is compressed by {compressor}; save it with zlib or without")
        self.compressed = compressor == ZLIB
        self.order = "<" if self.root.get("byte_order", "LittleEndian") == "LittleEndian" else ">"
        self.header = np.dtype(self.order + TYPES[self.root.get("header_type", "UInt32")])

    def surface(self) -> tuple[FloatArray, NDArray[np.int64]]:
        points, triangles, n_before = [], [], 0
        for piece in self.root.iter("Piece"):
            if int(piece.get("NumberOfStrips") or 0):
                raise UnreadableInput("holds strips; save it as triangles")
            own = self.values(piece.find("Points/DataArray")).reshape(-1, 3)
            points.append(own.astype(np.float64))
            triangles.append(self._fans(piece) + n_before)
            n_before += len(own)
        if not points:
            raise UnreadableInput("holds no points; save a surface")
        return np.concatenate(points), np.concatenate(triangles)

    def _fans(self, piece: Any) -> NDArray[np.int64]:
        if not int(piece.get("NumberOfPolys") or 0):
            return np.zeros((0, CORNERS), dtype=np.int64)
        arrays = {array.get("Name"): self.values(array) for array in piece.iterfind("Polys/*")}
        corners, ends = (arrays[key].astype(np.int64) for key in ("connectivity", "offsets"))
        sizes = np.diff(ends, prepend=0)
        if (sizes == CORNERS).all():
            return corners.reshape(-1, CORNERS)
        fans = [
            (corners[end - size], corners[end - size + k], corners[end - size + k + 1])
            for size, end in zip(sizes, ends, strict=True)
            for k in range(1, size - 1)
        ]
        return np.array(fans, dtype=np.int64).reshape(-1, CORNERS)

    def values(self, array: Any) -> NDArray[Any]:
        if array is None:
            raise UnreadableInput("lacks points; save a surface")
        kind = np.dtype(self.order + TYPES[array.get("type")])
        match array.get("format"):
            case "ascii":
                return np.array((array.text or "").split(), dtype=kind)
            case "binary":
                return np.frombuffer(self._decoded((array.text or "").strip().encode()), kind)
            case "appended":
                at = int(array.get("offset"))
                raw = self.encoding == "raw"
                data = self.appended[at:]
                return np.frombuffer(self._raw(data) if raw else self._decoded(data), kind)
        raise UnreadableInput("stores its arrays in no way that VTK does; export it again")

    def _raw(self, data: bytes) -> bytes:
        size = self.header.itemsize
        if not self.compressed:
            length = int(np.frombuffer(data, self.header, 1)[0])
            return data[size : size + length]
        n_blocks = int(np.frombuffer(data, self.header, 1)[0])
        lengths = np.frombuffer(data, self.header, n_blocks, 3 * size)
        return self._inflated(data[(3 + n_blocks) * size :], lengths)

    def _decoded(self, text: bytes) -> bytes:
        """Decode base64; the header of compressed arrays is encoded by itself."""
        size = self.header.itemsize
        if not self.compressed:
            length = int(np.frombuffer(_base64(text, size), self.header, 1)[0])
            return _base64(text, size + length)[size:]
        n_blocks = int(np.frombuffer(_base64(text, size), self.header, 1)[0])
        n_header = (3 + n_blocks) * size
        lengths = np.frombuffer(_base64(text, n_header), self.header, n_blocks, 3 * size)
        at = _encoded_length(n_header)
        return self._inflated(_base64(text[at:], int(lengths.sum())), lengths)

    @staticmethod
    def _inflated(data: bytes, lengths: NDArray[Any]) -> bytes:
        ends = np.cumsum(lengths, dtype=np.int64)
        return b"".join(
            zlib.decompress(data[int(end - length) : int(end)])
            for length, end in zip(lengths, ends, strict=True)
        )


def _encoded_length(n_bytes: int) -> int:
    return (n_bytes + 2) // 3 * 4


def _base64(text: bytes, n_bytes: int) -> bytes:
    """Decode the first bytes of a text that may go on."""
    return base64.b64decode(text[: _encoded_length(n_bytes)])[:n_bytes]
