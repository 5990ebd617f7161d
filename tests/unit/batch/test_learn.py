"""What readers overrule is counted, and a setting is proposed only where it holds."""

import csv
from pathlib import Path

import numpy as np
import pytest
from read_study import FLAT, LESION, drawn, sign

from mri_bme.agreement.propose import Proposal
from mri_bme.batch.learn import gain_in_words, learn_from_readings, options, write_proposed
from mri_bme.batch.recall import recall_subject
from mri_bme.batch.resolve import read_config, resolve_settings
from mri_bme.errors import NothingUsable
from mri_bme.findings import CONSENSUS
from mri_bme.readings.reading import stroke_entry
from mri_bme.readings.shelf import Place, take_up
from mri_bme.readings.strokes import stroke_between
from mri_bme.settings import SegmentSettings


def correct(out: Path, reader: str, reason: str, *, name: str = "sub-01") -> float:
    """Reject every lesion of the first subject, and sign; gives what the program had found."""
    subject = recall_subject(out, "sub-01")
    start = {v.label: v.segmentation.mask.voxels for v in subject.result.visits}
    place = Place(out=out, reader=reader, folder="sub-01", name=name)
    kept = take_up(place, start, from_outlines=True)
    nothing = np.zeros_like(start["baseline"])
    stroke = stroke_between(
        start["baseline"], nothing, visit="baseline", tool="reject", reason=reason
    )
    kept.add(stroke_entry(stroke))
    kept.add({"what": "signed"})
    kept.write_files(subject.grids)
    return subject.result.visits[0].burden.regions["total"].edema_ml


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_rules_reasons_and_volumes_before_and_after(study: Path) -> None:
    found_ml = correct(study, "R1", "vessel")
    sign(study, "R2", "sub-02", {"baseline": drawn(LESION), "week14": drawn()})
    learned = learn_from_readings(study)
    assert learned.n_readings == 2
    (rule,) = rows(study / "learn" / "rules.csv")
    assert (rule["what"], rule["why"]) == ("rejected", "vessel")
    assert int(rule["n_judged"]) == int(rule["n_overruled"]) == 1
    assert float(rule["overruled_ml"]) == pytest.approx(found_ml, abs=1e-5)
    volumes = {(r["reader"], r["visit"]): r for r in rows(study / "learn" / "volumes.csv")}
    assert float(volumes["R1", "baseline"]["program_ml"]) == pytest.approx(found_ml, abs=1e-5)
    assert float(volumes["R1", "baseline"]["reader_ml"]) == 0
    assert float(volumes["R2", "baseline"]["reader_ml"]) == pytest.approx(432 * 0.004)
    tried = [r for r in rows(study / "learn" / "settings.csv") if r["in_use"] == "true"]
    # subject 1: (found + 0) / 2, subject 2: (432 voxels + 0) / 2
    expected = (found_ml / 2 + 432 * 0.004 / 2) / 2
    assert [float(r["mean_error_ml"]) for r in tried] == pytest.approx([expected] * len(tried))
    assert learned.proposal.gain is None  # of two subjects
    assert not (study / "learn" / "proposed.toml").exists()


def test_a_second_reading_counts_nothing_twice(study: Path) -> None:
    correct(study, "R1", "vessel")
    sign(study, "R2", "sub-01", {"baseline": drawn(LESION), "week14": drawn()})
    once = learn_from_readings(study)
    tables = {path.name: path.read_bytes() for path in (study / "learn").iterdir()}
    correct(study, "R1", "vessel", name="sub-01_again2")
    twice = learn_from_readings(study)
    assert once.n_readings == twice.n_readings == 2
    assert {path.name: path.read_bytes() for path in (study / "learn").iterdir()} == tables


def test_a_consensus_counts_nothing_beside_the_readings_it_was_made_from(study: Path) -> None:
    correct(study, "R1", "vessel")
    sign(study, "R2", "sub-01", {"baseline": drawn(LESION), "week14": drawn()})
    without = learn_from_readings(study)
    tables = {path.name: path.read_bytes() for path in (study / "learn").iterdir()}
    sign(study, CONSENSUS, "sub-01", {"baseline": drawn(), "week14": drawn()})
    beside = learn_from_readings(study)
    assert without.n_readings == beside.n_readings == 2
    assert {path.name: path.read_bytes() for path in (study / "learn").iterdir()} == tables


def test_a_consensus_alone_is_learned_from(study: Path) -> None:
    sign(study, CONSENSUS, "sub-01", {"baseline": drawn(), "week14": drawn()})
    learned = learn_from_readings(study)
    assert learned.n_readings == 1
    assert {row.reader for row in learned.volumes} == {CONSENSUS}


def test_a_subject_read_a_second_time_alone_teaches_nothing(study: Path) -> None:
    correct(study, "R1", "vessel", name="sub-01_again2")
    with pytest.raises(NothingUsable, match="signed"):
        learn_from_readings(study)


def test_a_proposal_is_a_file_of_settings_with_one_changed(tmp_path: Path) -> None:
    path = tmp_path / "proposed.toml"
    held = Proposal(chosen=1, n_subjects=9, n_agreeing=8, gain=0.4, low=0.1, high=0.7)
    write_proposed(path, FLAT, held, ("n_sd", 4.0))
    proposed = resolve_settings(read_config(path))
    assert proposed.segment.n_sd == 4.0
    segment = proposed.segment.model_copy(update={"n_sd": FLAT.segment.n_sd})
    assert proposed.model_copy(update={"segment": segment}) == FLAT
    assert "0.40 mL nearer" in path.read_text()
    worse = Proposal(chosen=1, n_subjects=6, n_agreeing=5, gain=-0.42, low=-1.4, high=0.6)
    assert gain_in_words(worse) == (
        "On subjects left out of the choice the program comes 0.42 mL farther from readers "
        "(95 % interval 1.40 farther to 0.60 nearer); 5 of 6 choices agree."
    )
    lucky = Proposal(chosen=1, n_subjects=9, n_agreeing=3, gain=0.4, low=-0.1, high=0.9)
    write_proposed(path, FLAT, lucky, ("n_sd", 4.0))
    assert not path.exists()


def test_settings_that_change_nothing_are_not_tried() -> None:
    rules = SegmentSettings(judge="rules", rule="fixed_ratio")
    assert {name for name, _ in options(rules)} == {"min_volume_ml"}
    network = SegmentSettings()
    assert ("n_sd", network.n_sd) not in options(network)


def test_without_a_signed_reading_there_is_nothing_to_learn(study: Path) -> None:
    with pytest.raises(NothingUsable, match="signed"):
        learn_from_readings(study)
