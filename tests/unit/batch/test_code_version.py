"""A result depends on the code that measures, and on no other."""

from pathlib import Path

import pytest

from mri_bme.batch.code_version import PACKAGE, code_version, measuring_files
from mri_bme.version import __version__


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("segment_edema/shape.py", True),
        ("intake/dicom/stacks.py", True),
        ("place_rois/bones.onnx", True),
        ("volume.py", True),
        ("a_new_part/code.py", True),  # until it is named as one that measures nothing
        ("report/html.py", False),
        ("report/templates/page.js", False),
        ("batch/run.py", False),
        ("cli/run.py", False),
        ("place_rois/MODEL_CARD.md", False),
        ("segment_edema/__pycache__/shape.cpython-311.pyc", False),
    ],
)
def test_a_file_counts_when_a_number_passes_through_it(
    tmp_path: Path, name: str, counts: bool
) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x")
    assert (path in set(measuring_files(tmp_path))) == counts


def test_the_version_is_told_with_the_hash_of_the_code() -> None:
    version, _, digest = code_version().partition("+")
    assert version == __version__
    assert len(digest) == 12
    assert int(digest, 16) >= 0
    assert PACKAGE / "volume.py" in set(measuring_files(PACKAGE))
