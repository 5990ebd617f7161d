"""What to say of an export without a single MR series: what was there, and what to do."""

from collections.abc import Mapping

ADVICE = (  # the first kind that is there decides
    ("archive", "unpack it and name the folder"),
    ("DICOMDIR", "the images that the DICOMDIR lists are not there: copy the whole disc"),
    ("damaged", "export them again"),
    ("empty file", "export them again"),
)
OTHERWISE = "name the folder of a DICOM export, or list NIfTI files in a manifest"


def no_series_message(n_files: int, skipped: Mapping[str, int]) -> str:
    """Say what was there instead of MR series, by the kinds and numbers of what was skipped."""
    advice = next((what for kind, what in ADVICE if skipped.get(kind)), OTHERWISE)
    files = "1 file" if n_files == 1 else f"{n_files} files"
    return f"no MR series among {files} ({counted(skipped) or 'of other kinds'}); {advice}"


def counted(skipped: Mapping[str, int]) -> str:
    """Count what was skipped, as in ``2 archives, 1 PDF``."""
    return ", ".join(f"{n} {_many(kind) if n > 1 else kind}" for kind, n in skipped.items())


def _many(kind: str) -> str:
    """Names of objects (``SR``, ``not DICOM``) stay as they are."""
    noun, *rest = kind.split(" ", 1)
    match noun:
        case "archive" | "link":
            return " ".join([f"{noun}s", *rest])
        case "empty" if rest == ["file"]:
            return "empty files"
    return kind
