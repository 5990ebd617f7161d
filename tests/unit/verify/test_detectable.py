"""Smallest detectable changes by kind of region, from made-up differences with a known scatter."""

import tomllib
from dataclasses import replace

import numpy as np
import pytest

from mri_bme.measurement_error import RC_PER_WSD, VERDICT_RULE
from mri_bme.phantom import Protocol
from mri_bme.sacroiliac import RegionKind
from mri_bme.settings import CompareSettings, Settings
from mri_bme.verify import Measurement, verification_of
from mri_bme.verify.detectable import detectable_by_kind
from mri_bme.verify.regions import Difference
from mri_bme.verify.writing import settings_text, write_verification

EMPTY = Measurement(
    case="",
    seed=0,
    level_ml=4.0,
    condition="as given",
    visit="baseline",
    bones="given",
    true_ml=4.0,
    found_ml=4.0,
    interval_ml=None,
    registration_error_mm=0.1,
    change_verdict="unchanged",
    reason="",
)


def differing(kind, wsd_ml, *, volume_ml=4.0, bones="given", n=300, seed=1):
    rng = np.random.default_rng(seed)
    rows = []
    for case in range(n):
        first, second = np.maximum(volume_ml + rng.normal(0, wsd_ml, 2), 0)
        found = Difference(
            region="",
            kind=kind,
            baseline_ml=first,
            followup_ml=second,
            interval_ml=None,
            verdict="unchanged",
        )
        rows.append(replace(EMPTY, case=f"{bones}{case}", bones=bones, differences=(found,)))
    return rows


def test_each_kind_of_region_has_its_own_scatter() -> None:
    rows = differing(RegionKind.QUADRANT, 0.2) + differing(RegionKind.SIDE, 0.4, seed=2)
    tables = detectable_by_kind(rows, [4.0], limit_ml=0.0)
    assert set(tables) == {RegionKind.QUADRANT, RegionKind.SIDE}
    assert tables[RegionKind.QUADRANT][0] == pytest.approx(RC_PER_WSD * 0.2, rel=0.15)
    assert tables[RegionKind.SIDE][0] == pytest.approx(RC_PER_WSD * 0.4, rel=0.15)


def test_whichever_bones_change_more_count() -> None:
    rows = differing(RegionKind.BONE, 0.2) + differing(RegionKind.BONE, 0.5, bones="automatic")
    tables = detectable_by_kind(rows, [4.0], limit_ml=0.0)
    assert tables[RegionKind.BONE][0] == pytest.approx(RC_PER_WSD * 0.5, rel=0.15)


def test_regions_without_edema_do_not_make_the_others_look_steady() -> None:
    rows = differing(RegionKind.QUADRANT, 0.2)
    nothing = differing(RegionKind.QUADRANT, 0.0, volume_ml=0.0, n=5000)
    assert detectable_by_kind(rows + nothing, [4.0], limit_ml=0.0) == detectable_by_kind(
        rows, [4.0], limit_ml=0.0
    )


def test_a_verification_writes_the_tables_of_all_kinds_as_settings() -> None:
    rows = differing(RegionKind.TOTAL, 0.3) + differing(RegionKind.LESION, 0.1)
    rows += [replace(row, visit="week14", differences=()) for row in rows]
    rows = [replace(row, case=f"{row.case}-{n // 300 % 2}") for n, row in enumerate(rows)]
    verification = verification_of(rows)
    compare = Settings.model_validate(tomllib.loads(settings_text(verification, "here"))).compare
    assert compare.detectable_of(RegionKind.TOTAL) == verification.detectable_ml
    assert compare.detectable_of(RegionKind.LESION)[0] < compare.detectable_ml[0]
    assert compare.detectable_of(RegionKind.SIDE) == compare.detectable_ml  # not measured


def test_a_table_of_ones_own_leaves_no_shipped_one_beside_it() -> None:
    own = CompareSettings(detectable_at_ml=(0.0, 5.0), detectable_ml=(0.2, 0.9))
    for kind in RegionKind:
        assert own.detectable_of(kind) == (0.2, 0.9)


def test_tables_of_another_length_are_refused() -> None:
    with pytest.raises(ValueError, match="found 2 volumes and 1 of quadrant"):
        CompareSettings(
            detectable_at_ml=(0.0, 5.0), detectable_ml=(0.2, 0.9), detectable_quadrant_ml=(0.1,)
        )


def test_the_page_shows_every_kind_beside_the_rule_that_uses_it(tmp_path) -> None:
    rows = differing(RegionKind.TOTAL, 0.3) + differing(RegionKind.QUADRANT, 0.1)
    rows += [replace(row, visit="week14", differences=()) for row in rows]
    rows = [replace(row, case=f"{row.case}-{n // 300 % 2}") for n, row in enumerate(rows)]
    verification = verification_of(rows)
    write_verification(
        tmp_path, verification, rows, protocol=Protocol(), provenance="made up for a test"
    )
    page = (tmp_path / "verify.html").read_text("utf-8")
    (quadrant,) = verification.detectable_by_kind[RegionKind.QUADRANT]
    assert VERDICT_RULE in page
    assert '<th scope="col" class="n">a quadrant</th>' in page
    assert f'<td class="n">{quadrant:.2f} mL</td>' in page
