"""Agreement over an output: what was signed is measured, compared and told."""

import csv
from pathlib import Path

import numpy as np
import pytest
from read_study import LESION, SHAPE, drawn, sign

from mri_bme.batch.agreement import (
    AgreementMemory,
    agreement_page,
    write_agreement_of_readers,
)
from mri_bme.batch.recall import recall_subject
from mri_bme.errors import NothingUsable, UnreadableInput
from mri_bme.readings.kept_task import keep_task
from mri_bme.readings.reading import stroke_entry
from mri_bme.readings.shelf import Place, take_up
from mri_bme.readings.strokes import stroke_between
from mri_bme.readings.task import Task

HALF = (slice(2, 5), slice(15, 21), slice(62, 74))
LESION_ML = 3 * 12 * 12 * 0.004
SCORE = {"sparcc": {"first": 1, "slices": {"1": {"quadrants": ["left_ilium_upper"]}}}}


@pytest.fixture
def read(study: Path) -> Path:
    for folder in ("sub-01", "sub-02"):
        sign(study, "R1", folder, {"baseline": drawn(LESION)}, scores={"baseline": SCORE})
        sign(study, "R2", folder, {"baseline": drawn(HALF)}, scores={"baseline": {}})
    sign(study, "R1", "sub-01", {"baseline": drawn(HALF)}, again=True)
    return study


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_every_signed_reading_is_a_row(read: Path) -> None:
    page, n_readings = write_agreement_of_readers(read)
    assert n_readings == 5
    found = rows(page.parent / "readings.csv")
    assert len(found) == 10
    first = next(r for r in found if r["reader"] == "R1" and r["visit"] == "baseline")
    assert float(first["edema_ml"]) == pytest.approx(LESION_ML)
    assert (first["sparcc"], first["repeat"], first["n_amendments"]) == ("1", "1", "0")
    assert next(r for r in found if r["repeat"] == "2")["reader"] == "R1"


def test_masks_are_compared_two_by_two_and_with_the_program(read: Path) -> None:
    page, _ = write_agreement_of_readers(read)
    found = {
        (r["first"], r["second"]): r
        for r in rows(page.parent / "masks.csv")
        if (r["subject"], r["visit"]) == ("01", "baseline")
    }
    assert float(found["R1", "R2"]["dice"]) == pytest.approx(2 * 0.5 / 1.5)
    assert float(found["R1", "R1 again"]["dice"]) == pytest.approx(2 * 0.5 / 1.5)
    assert float(found["auto", "R1"]["dice"]) > 0.8
    assert (found["R1", "R2"]["n_first"], found["R1", "R2"]["n_first_matched"]) == ("1", "1")


def test_cases_beyond_the_limit_are_listed_and_shown(read: Path) -> None:
    page, _ = write_agreement_of_readers(read, limits={"edema_ml": 0.5})
    listed = rows(page.parent / "adjudicate.csv")
    assert [r["subject"] for r in listed] == ["01", "02"]
    assert "volume differs by 0.864 mL" in listed[0]["reason"]
    assert "volume differs by 0.864 mL" in page.read_text()
    page, _ = write_agreement_of_readers(read, limits={"edema_ml": 0.9})
    assert rows(page.parent / "adjudicate.csv") == []
    keep_task(read, Task(readers=("R1", "R2"), adjudicate_beyond_ml=0.9))
    page, _ = write_agreement_of_readers(read)
    assert rows(page.parent / "adjudicate.csv") == []
    assert "volume by more than 0.9 mL" in page.read_text()


def test_a_table_that_somebody_put_there_is_set_aside(read: Path) -> None:
    page, _ = write_agreement_of_readers(read)
    table = page.parent / "masks.csv"
    own = table.read_bytes()
    write_agreement_of_readers(read)
    assert not list(page.parent.glob("*.changed*"))
    table.write_text("mine")
    write_agreement_of_readers(read)
    assert table.read_bytes() == own
    assert table.with_name("masks.csv.changed").read_text() == "mine"


def test_a_subject_is_measured_again_only_where_something_was_signed(
    read: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = AgreementMemory()
    assert list(memory.collect(read)) == ["sub-01", "sub-02"]
    monkeypatch.setattr("mri_bme.batch.agreement.read_status", None)  # nothing is read twice
    assert list(memory.collect(read)) == []
    sign(read, "R3", "sub-02", {"baseline": drawn(HALF)})
    found, n_left = memory.told(read)
    assert (n_left, {row.subject for row in found.rows}) == (1, {"01"})
    assert list(memory.collect(read)) == ["sub-02"]
    page = agreement_page(read, memory=memory)
    assert page.n_left == 0
    assert {row.reader for row in page.rows} == {"R1", "R2", "R3"}


def test_too_few_subjects_get_no_statistic(read: Path) -> None:
    page, _ = write_agreement_of_readers(read)
    icc = [r for r in rows(page.parent / "agreement.csv") if r["statistic"] == "icc_2_1"]
    assert icc
    assert all(not r["value"] and "too few" in r["note"] for r in icc)


def test_without_signed_readings_it_says_where_to_sign(study: Path) -> None:
    with pytest.raises(NothingUsable, match="mri-bme read"):
        write_agreement_of_readers(study)


def test_a_mask_that_is_not_what_was_signed_stops_it(read: Path) -> None:
    folder = read / "readings" / "R1" / "sub-01"
    (mask,) = folder.glob("*baseline*_mask.nii.gz")
    (other,) = (read / "readings" / "R2" / "sub-01").glob("*baseline*_mask.nii.gz")
    mask.write_bytes(other.read_bytes())
    with pytest.raises(UnreadableInput, match="not what was signed"):
        write_agreement_of_readers(read)


def test_what_a_correcting_reader_overrules_is_told(study: Path) -> None:
    subject = recall_subject(study, "sub-01")
    masks = {v.label: v.segmentation.mask.voxels for v in subject.result.visits}
    place = Place(out=study, reader="R1", folder="sub-01", name="sub-01")
    kept = take_up(place, masks, from_outlines=True)
    nothing = np.zeros(SHAPE, bool)
    stroke = stroke_between(
        masks["baseline"], nothing, visit="baseline", tool="reject", reason="vessel"
    )
    kept.add(stroke_entry(stroke))
    kept.add({"what": "signed"})
    kept.write_files(subject.grids)
    page, _ = write_agreement_of_readers(study)
    (told,) = rows(page.parent / "overruled.csv")
    assert (told["what"], told["reason"], told["visit"]) == ("rejected", "vessel", "baseline")
    assert float(told["volume_ml"]) == pytest.approx(LESION_ML, rel=0.2)


def test_blind_readers_overrule_nobody(read: Path) -> None:
    page, _ = write_agreement_of_readers(read)
    assert rows(page.parent / "overruled.csv") == []


def test_who_only_scored_said_nothing_of_volumes(study: Path) -> None:
    scores = {"baseline": {**SCORE, "impression": 4}, "week14": {"impression": 1}}
    for reader in ("R1", "R2"):
        sign(study, reader, "sub-01", {}, scores=scores)
    page, _ = write_agreement_of_readers(study, limits={"edema_ml": 0.01})
    found = rows(page.parent / "readings.csv")
    assert {row["edema_ml"] for row in found} == {""}
    assert {row["impression"] for row in found} == {"4", "1"}
    assert rows(page.parent / "masks.csv") == rows(page.parent / "adjudicate.csv") == []
    told = rows(page.parent / "agreement.csv")
    assert not [r for r in told if r["measure"] == "edema_ml" and "R1" in r["against"]]
    assert [r for r in told if r["measure"] == "impression" and r["against"] == "R1 with R2"]
    kappa = next(r for r in told if r["against"] == "R1 with R2" and r["measure"] == "quadrants")
    assert kappa["n"] == "8"  # of the visit whose SPARCC was scored
