"""The table tells contrast, bias and false volume of each sequence and field."""

from types import SimpleNamespace

import numpy as np
import pytest

from lab.benchmark import contrast as module
from lab.benchmark import protocols
from lab.benchmark.contrast import MEASURED, all_contrasts, measured, table_of
from mri_bme.phantom import PhantomSubject
from mri_bme.phantom.contrast import ASSIGNED


def test_every_fluid_sensitive_sequence_is_tried_at_both_fields() -> None:
    names = list(all_contrasts())
    assert names[0] == MEASURED
    assert len(names) == 9
    assert not any("t1w" in name for name in names)


def test_another_t2_changes_its_tissue_alone() -> None:
    usual, other = all_contrasts()["stir 3 T"], all_contrasts({"cartilage": 45.0})["stir 3 T"]
    assert other.signal["cartilage"][0] > 1.5 * usual.signal["cartilage"][0]
    assert {**other.signal, "cartilage": None} == {**usual.signal, "cartilage": None}


def test_the_table_tells_what_was_found_and_how_bright_it_was() -> None:
    rows = [
        {"contrast": MEASURED, "bones": bones, "true_ml": 4.0, "found_ml": ml, "false_ml": false}
        for bones, ml, false in (("given", 4.4, 0.0), ("given", 4.0, 0.2), ("found", None, None))
    ]
    last = table_of(rows, {MEASURED: ASSIGNED}).splitlines()[-1]
    bright = "2.00, 5.60, 1.00, 0.58"
    assert last == f"| {MEASURED} | {bright} | +5 % |  | 0.20 |  | 1 of 3 |"


def test_edema_and_none_are_measured_with_either_bones(
    small_phantom: PhantomSubject, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit = small_phantom.baseline
    scanned = SimpleNamespace(stir=visit.volume, edema_fraction=visit.edema_fraction)
    asked = []
    monkeypatch.setattr(module, "make_anatomy", lambda *_, **__: small_phantom.anatomy)
    monkeypatch.setattr(module, "_scanned", lambda anatomy, plans, seed: scanned)
    monkeypatch.setattr(
        protocols, "edema_ml", lambda seen, bones: (asked.append(bones) or 1.5, "a, b")
    )
    rows = list(measured(ASSIGNED, 3))
    assert asked == ["given", "given", "found", "found"]
    assert {row["reason"] for row in rows} == {"a; b"}
    voxel_ml = np.prod(visit.volume.geometry.spacing_mm) / 1000
    assert rows[0]["true_ml"] == pytest.approx(visit.edema_fraction.sum() * voxel_ml, abs=0.001)
