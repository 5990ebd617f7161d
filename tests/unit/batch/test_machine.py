"""What a machine carries, and what is told of it."""

import platform

import pytest

from mri_bme.batch import machine


@pytest.mark.parametrize(
    ("cores", "memory_mb", "jobs"),
    [(8, 100_000.0, 8), (8, 3_100.0, 2), (8, 10.0, 1), (1, 100_000.0, 1)],
)
def test_as_many_workers_as_cores_and_memory_allow(
    monkeypatch: pytest.MonkeyPatch, cores: int, memory_mb: float, jobs: int
) -> None:
    monkeypatch.setattr(machine, "n_cores", lambda: cores)
    monkeypatch.setattr(machine, "available_memory_mb", lambda: memory_mb)
    monkeypatch.setattr(machine, "MEMORY_MB_PER_WORKER", 1500.0)
    assert machine.default_jobs() == jobs


def test_the_smaller_limit_of_machine_and_container_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    for found, least in (((4000.0, 900.0), 900.0), ((4000.0, None), 4000.0)):
        monkeypatch.setattr(machine, "_machine_memory_mb", lambda found=found: found[0])
        monkeypatch.setattr(machine, "_container_memory_mb", lambda found=found: found[1])
        assert machine.available_memory_mb() == least


def test_a_machine_is_described_without_its_name() -> None:
    told = machine.describe_machine()
    assert told["cores"] >= 1
    assert not platform.node() or platform.node() not in map(str, told.values())
    assert machine.describe_versions("0.1.0+abc")["mri_bme"] == "0.1.0+abc"
    assert "numpy" in machine.describe_versions("x")
