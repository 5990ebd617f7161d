"""The door to onnxruntime says no before the library is loaded, whatever the environment says."""

import os

import pytest

from mri_bme.inference import TELEMETRY_OFF, load_onnxruntime, open_network


def test_telemetry_is_off_even_where_the_environment_asks_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in TELEMETRY_OFF:
        monkeypatch.setenv(name, "0")
    load_onnxruntime()
    assert {name: os.environ[name] for name in TELEMETRY_OFF} == TELEMETRY_OFF


def test_damaged_weights_are_an_error() -> None:
    with pytest.raises(Exception, match=r"(?i)protobuf|parse"):
        open_network(b"no network")
