"""The table tells bias, what intervals hold and false volume by where the bones come from."""

from types import SimpleNamespace

import pytest
from bone_surfaces import bone_surfaces, write_surfaces

from lab.benchmark import surfaces as module
from lab.benchmark.surfaces import GIVEN, PLAIN, SHAPE_MODEL, measured, table_of
from mri_bme.findings import Interval
from mri_bme.phantom import PhantomSubject


def row(level: float, found: float | None, bones: str = "given") -> dict[str, object]:
    held = {} if found is None else {"ci_low_ml": found - 0.3, "ci_high_ml": found + 0.3}
    return {"source": PLAIN, "bones": bones, "level_ml": level, "true_ml": level} | {
        "found_ml": found,
        "ci_low_ml": None,
        "ci_high_ml": None,
        **held,
    }


def test_the_table_tells_what_was_found_and_what_was_not_measured() -> None:
    rows = [row(0.0, 0.1), row(1.0, 1.1), row(1.0, 1.3), row(4.0, 3.0), row(12.0, None)]
    last = table_of([*rows, row(0.0, None, "found")]).splitlines()[-2:]
    assert last == [
        "| plain solids | given | +20 %, -25 %, none | 3 of 4 | 0.10, 0.10 | 1 of 5 |",
        "| plain solids | found | none, none, none | 0 of 0 | none | 1 of 1 |",
    ]


def test_every_level_is_measured_with_given_and_found_bones(
    small_phantom: PhantomSubject, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def measure(visits, settings):
        asked.append(visits[0].bones is not None)
        total = SimpleNamespace(edema_ml=2.0, interval_ml=Interval(low=1.0, high=3.0))
        burden = SimpleNamespace(regions={"total": total})
        return SimpleNamespace(visits=[SimpleNamespace(burden=burden, reason="")])

    monkeypatch.setattr(module, "analyze_subject", measure)
    monkeypatch.setattr(module, "make_phantom", lambda *_, **__: small_phantom)
    rows = list(measured(small_phantom.anatomy, 3))
    assert asked == [True, False] * len(module.LEVELS_ML)
    assert {(r["found_ml"], r["ci_low_ml"]) for r in rows} == {(2.0, 1.0)}


def test_bones_of_each_sort_are_measured(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "made_pelvis", lambda proportions: None)
    folder = write_surfaces(tmp_path, bone_surfaces())
    found = list(module._pelves(folder, module.SurfaceAxes.LPS, 1, 9))
    assert [source for source, *_ in found] == [SHAPE_MODEL, PLAIN, GIVEN, GIVEN]
    assert found[2][3] is found[3][3] is not None
