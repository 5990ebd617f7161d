"""A link lets in its reader, for as long as it says, and nobody else."""

import stat
from pathlib import Path

import pytest

from mri_bme.errors import OutputRefused
from mri_bme.reading_room.links import (
    LinkRefused,
    form_token,
    reader_of_pass,
    room_key,
    signed_pass,
)

KEY, OTHER_KEY = b"k" * 32, b"o" * 32


def test_a_pass_tells_its_reader() -> None:
    text = signed_pass("R-1_a", until_s=1000, key=KEY)
    assert reader_of_pass(text, now_s=999, key=KEY) == "R-1_a"


def test_an_expired_pass_is_refused() -> None:
    text = signed_pass("R1", until_s=1000, key=KEY)
    with pytest.raises(LinkRefused, match="expired"):
        reader_of_pass(text, now_s=1001, key=KEY)


@pytest.mark.parametrize("change", ["reader", "time", "signature", "empty", "key", "short"])
def test_a_forged_pass_is_refused(change: str) -> None:
    reader, until, signature = signed_pass("R1", until_s=1000, key=KEY).split(".")
    forged = {
        "reader": f"R2.{until}.{signature}",
        "time": f"{reader}.9000.{signature}",
        "signature": f"{reader}.{until}.{signature[:-2]}AA",
        "empty": "",
        "key": signed_pass("R1", until_s=1000, key=OTHER_KEY),
        "short": f"{reader}.{until}",
    }[change]
    with pytest.raises(LinkRefused, match="not made by this"):
        reader_of_pass(forged, now_s=0, key=KEY)


def test_a_form_token_hangs_on_the_session_and_is_no_pass() -> None:
    session = signed_pass("R1", until_s=1000, key=KEY)
    assert form_token(session, key=KEY) != form_token(session, key=OTHER_KEY)
    assert form_token(session, key=KEY) != session.split(".")[-1]


def test_the_secret_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    key = room_key(tmp_path)
    assert room_key(tmp_path) == key
    (path,) = (tmp_path / "readings").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_damaged_secret_is_refused(tmp_path: Path) -> None:
    room_key(tmp_path)
    (path,) = (tmp_path / "readings").iterdir()
    path.write_bytes(b"short")
    with pytest.raises(OutputRefused, match="damaged"):
        room_key(tmp_path)
