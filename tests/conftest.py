"""Fixtures that every test may use."""

import os
import signal
import sys
from pathlib import Path

import pytest

import mri_bme
from mri_bme.phantom import PhantomSubject, Protocol, make_phantom

ROOT = Path(__file__).parents[1]
pytest_plugins = [
    "chromium",
    "drawn_pages",
    "read_study",
    "room_client",
    "written_run",
    "every_page",
]

# The lab is no part of what is installed. At the end of the path its folder cannot hide the
# package that is.
sys.path.append(str(ROOT))
if not Path(str(mri_bme.__file__)).is_relative_to(ROOT / "mri_bme"):
    os.environ["PYTHONSAFEPATH"] = "1"  # nor may the working folder, in programs that tests start

# Shells start what runs in the background deaf to Ctrl-C, and programs that tests start with it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

SMALL_PROTOCOL = Protocol(n_slices=18, matrix=100, pixel_mm=2.0, thickness_mm=4.0, spacing_mm=5.0)


@pytest.fixture(autouse=True)
def own_key(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep the key of the pseudonyms out of the home of whoever runs the tests."""
    path = tmp_path_factory.mktemp("key") / "pseudonym.key"
    monkeypatch.setenv("MRI_BME_KEY_FILE", str(path))
    return path


@pytest.fixture(scope="session")
def small_phantom() -> PhantomSubject:
    """Two visits of one subject, left-sided edema that almost heals; coarse, made once."""
    return make_phantom("letter", seed=5, fineness=2.4, protocol=SMALL_PROTOCOL)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of real scans; tests that need it skip where it is absent."""
    folder = Path(os.environ.get("MRI_BME_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("real scans are not available here (set MRI_BME_DATA)")
    return folder
