"""The door to onnxruntime says no before the library is loaded, whatever the environment says."""

import os

import pytest

from mri_bme.inference import (
    TELEMETRY_OFF,
    forget_after_run,
    load_onnxruntime,
    open_network,
)


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


def test_memory_of_a_run_is_given_back_after_it() -> None:
    entry = "memory.enable_memory_arena_shrinkage"
    assert forget_after_run().get_run_config_entry(entry) == "cpu:0"
