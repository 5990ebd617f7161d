"""The CLAIM checklist says what is known, and marks what only the authors can say."""

import csv
from pathlib import Path

from mri_bme.record.claim import (
    BLANK,
    COLUMNS,
    StudyFacts,
    claim_items,
    claim_markdown,
    write_claim_table,
)
from mri_bme.record.made_with import MadeWith

FACTS = StudyFacts(
    made_with=MadeWith(
        version="1.0+3f2a",
        networks={"bone network": "0123456789abcdef", "edema judge": "fedcba9876543210"},
        changed=("segment.n_sd = 4 (default 6)",),
        read_by=("R1",),
    ),
    n_subjects=20,
    n_measured=17,
    reasons={"week14: the slab misses the joint": 2, "baseline: slice 7 is missing": 1},
    visits=("baseline", "week14"),
    readers=("R1", "R2"),
    has_agreement=True,
)


def item(number: int, facts: StudyFacts = FACTS):
    return claim_items(facts)[number - 1]


def test_the_items_of_the_2024_update_are_there_and_none_is_left_open_unsaid() -> None:
    items = claim_items(StudyFacts())
    assert [one.number for one in items] == list(range(1, 45))
    assert all(one.known or BLANK in one.for_the_authors for one in items)


SUBJECTS_OF_ITEMS = {
    1: "title",
    9: "beforehand",
    13: "acquired",
    18: "readers",
    21: "size of the test set",
    27: "combined",
    33: "external data",
    34: "clinical trial",
    39: "went wrong",
    44: "Funding",
}
"""Where sections of the 2024 update begin or end, and what it asks there."""


def test_items_stand_at_the_numbers_of_the_2024_update() -> None:
    for number, word in SUBJECTS_OF_ITEMS.items():
        assert word in item(number).asks


def test_who_could_not_be_measured_is_counted_with_the_reasons() -> None:
    known = item(35).known
    assert "20 subjects" in known
    assert "measured of 17, and not of 3" in known
    assert known.index("misses the joint (2)") < known.index("is missing (1)")
    alone = item(35, StudyFacts(n_subjects=1, n_measured=1)).known
    assert alone == (
        "1 subject was given to the software; all that was asked could be measured of 1."
    )


def test_sensitivity_is_claimed_only_where_it_was_looked_at() -> None:
    told = item(30, StudyFacts(n_subjects=9, n_measured=9, n_hanging=2)).known
    assert "the verdict on 2 of 9 subjects hangs on a single one" in told
    assert item(30, StudyFacts(n_subjects=9)).known == ""


def test_networks_are_claimed_only_where_they_were_asked() -> None:
    both = item(1).known
    assert both.startswith(
        "Convolutional network for the bones and convolutional network that judges"
    )

    def asked(*networks: str) -> str:
        made = MadeWith(version="1", networks=dict.fromkeys(networks, "00"))
        return item(1, StudyFacts(made_with=made)).known

    assert "judges" not in asked("bone network")
    assert asked("edema judge").startswith("Convolutional network that judges edema; rules")
    assert asked() == item(1, StudyFacts()).known == "Which networks were asked was not recorded."


def test_of_phantoms_it_is_said_that_they_were_measured_and_not_with_which_protocol() -> None:
    told = item(30, StudyFacts(has_verification=True)).known
    assert "the report beside detectable.toml says with which protocol" in told


def test_the_model_is_named_by_version_hash_and_settings() -> None:
    known = item(22).known
    assert "mri_bme 1.0+3f2a" in known
    assert "0123456789ab" in known
    assert "fedcba987654" in known
    assert "segment.n_sd = 4 (default 6)" in known
    assert "reader R1" in known


def test_what_the_results_cannot_tell_is_a_blank_and_not_made_up() -> None:
    for number in (4, 34, 44):
        assert item(number).known == ""
        assert item(number).for_the_authors.startswith(BLANK)
    assert BLANK not in item(12).for_the_authors


def test_agreement_is_claimed_only_where_readers_were_compared() -> None:
    assert "agreement/" in item(18).known
    assert item(18, StudyFacts()).known == ""


def test_the_table_and_the_text_hold_every_item(tmp_path: Path) -> None:
    items = claim_items(FACTS)
    write_claim_table(tmp_path / "CLAIM.csv", items)
    with (tmp_path / "CLAIM.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert tuple(rows[0]) == COLUMNS
    assert [int(row["item"]) for row in rows] == list(range(1, 45))
    text = claim_markdown(items)
    assert all(f"**{one.number}. {one.asks}**" in text for one in items)
    assert text.count(BLANK) == sum(bool(one.for_the_authors) for one in items)
