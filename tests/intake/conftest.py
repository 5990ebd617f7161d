"""The key of the pseudonyms stays out of the home of whoever runs the tests."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def own_key(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path_factory.mktemp("key") / "pseudonym.key"
    monkeypatch.setenv("MRI_BME_KEY_FILE", str(path))
    return path
