"""Fixtures that every test may use."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of real scans; tests that need it skip where it is absent."""
    folder = Path(os.environ.get("MRI_BME_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("real scans are not available here (set MRI_BME_DATA)")
    return folder
