"""A kind of finding other than edema comes in with one module, and no other code knows of it."""

import csv
import json

import numpy as np
import pytest
from toy_kind import TOY

from mri_bme.phantom import Protocol, make_phantom
from mri_bme.pipeline import VisitInput, analyze_subject
from mri_bme.record.cache import read_record, write_record
from mri_bme.record.kinds import kind_table
from mri_bme.record.numbers import millilitres
from mri_bme.record.subject_file import restore_subject, subject_record
from mri_bme.record.subjects import rows_of
from mri_bme.report import subject_page, subject_page_html

COARSE = Protocol(n_slices=18, matrix=100, pixel_mm=2.0, thickness_mm=4.0, spacing_mm=5.0)


@pytest.fixture(scope="module")
def phantom():
    return make_phantom("letter", seed=5, fineness=2.4, protocol=COARSE, kinds=(TOY,))


@pytest.fixture(scope="module")
def result(phantom):
    visits = [
        VisitInput(
            label=visit.label,
            day=visit.day,
            volume=visit.volume,
            t1=None if number else visit.t1,
            bones=visit.bone_labels,
        )
        for number, visit in enumerate(phantom.visits)
    ]
    return analyze_subject(visits, kinds=(TOY,))


def test_a_phantom_holds_it_and_the_pipeline_finds_it(phantom, result) -> None:
    true_ml = phantom.others_ml["toy"]
    assert true_ml["left_ilium"] == pytest.approx(true_ml["total"], rel=0.02)
    found = result.visits[0].others["toy"].regions
    assert found["left_ilium"]["toy_ml"] == pytest.approx(true_ml["left_ilium"], rel=0.3)
    assert found["right"]["toy_ml"] < 0.1 * true_ml["left_ilium"]


def test_its_table_has_a_row_for_every_region_and_says_why_it_is_empty(result, tmp_path) -> None:
    table, rows = kind_table(TOY), rows_of("01", result)["toy"]
    table.write(tmp_path / "toy.csv", rows)
    with (tmp_path / "toy.csv").open(newline="") as stream:
        written = list(csv.DictReader(stream))
    first, second = (r for r in written if r["region"] == "total")
    assert float(first["toy_ml"]) > 1
    assert (second["toy_ml"], second["evaluable"]) == ("", "false")
    assert second["reason"] == "there is no T1W volume of this visit"
    assert [c.unit for c in table.columns if c.name == "toy_ml"] == ["mL"]


def test_its_numbers_stand_on_the_page_that_is_restored_from_the_record(result) -> None:
    page = subject_page(result, subject_id="01")
    html = subject_page_html(page)
    total_ml = result.visits[0].others["toy"].regions["total"]["toy_ml"]
    assert "Toy lesions" in html
    assert f'<td class="n">{millilitres(total_ml)}</td>' in html
    assert "not evaluable: there is no T1W volume of this visit" in html
    restored = restore_subject(json.loads(json.dumps(subject_record(page.findings))))
    assert [visit.others[0].regions for visit in restored.visits] == [
        visit.others["toy"].regions for visit in result.visits
    ]


def test_edema_is_measured_as_without_it(result, phantom) -> None:
    visits = [
        VisitInput(
            label=v.label, day=v.day, volume=v.volume, t1=given.visit.t1, bones=v.bone_labels
        )
        for v, given in zip(phantom.visits, result.visits, strict=True)
    ]
    alone = analyze_subject(visits)
    assert "toy" not in rows_of("01", alone)
    for table in ("visits", "changes", "lesions"):
        assert rows_of("01", alone)[table] == rows_of("01", result)[table]


def test_the_stage_cache_keeps_it(result, tmp_path) -> None:
    found = result.visits[0].others["toy"]
    write_record(tmp_path / "toy.zip", found)
    back = read_record(tmp_path / "toy.zip")
    assert back.regions == found.regions
    np.testing.assert_array_equal(back.mask.voxels, found.mask.voxels)
