"""A whole blinded reading study: phantoms, simulated readers, a real browser, agreement."""

from lab.benchmark.study.command import study

__all__ = ["study"]
