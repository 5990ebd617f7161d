"""Shares of what was found, one cause taken away at a time."""

from dataclasses import replace

import pytest

import lab.benchmark.slope as slope_module
from lab.benchmark.slope import Found, Marrow, measured, told
from mri_bme.phantom import Protocol


def test_a_line_tells_means_and_leaves_out_what_could_not_be_measured() -> None:
    first = {name: Found(share=0.8, cut=1.6) for name in ("as it is", "bones found", "both")}
    second = {name: Found(share=0.9, cut=1.7) for name in ("as it is", "both")}
    *_, line = told({"noisy": [first, second]})
    assert line == "| noisy | 1.65 | 0.85 | 0.80 | none | none | 0.85 |"


def test_noise_hides_edema_and_a_lower_cut_off_brings_some_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(slope_module, "FINENESS", 2.6)
    coarse = replace(Protocol(), n_slices=12, matrix=140, pixel_mm=1.4, spacing_mm=6.0, noise=0.25)
    found = measured(Marrow(protocol=coarse, texture=0.2), 3)
    assert found["as it is"].share < min(
        found["without noise"].share, found["cut-off at 3 SD"].share
    )
    assert found["both"].cut < found["as it is"].cut
    assert 0.5 < found["without noise"].share < 1.3
