"""Numbers in the words of readers."""

from dataclasses import replace

import pytest

from mri_bme.findings import Lesion, ProtocolChange
from mri_bme.report import SubjectPage, words
from mri_bme.report.words import cutoff_words, n_subjects, region_name, times, visit_name
from mri_bme.study import ProtocolPart


@pytest.mark.parametrize(("n", "text"), [(0, "0 subjects"), (1, "1 subject"), (2, "2 subjects")])
def test_subjects_are_counted_in_words(n: int, text: str) -> None:
    assert n_subjects(n) == text


@pytest.mark.parametrize("label", ["baseline", "week14", "day30"])
def test_a_visit_is_named_as_it_would_be_said(label: str) -> None:
    assert visit_name(label).lower().replace(" ", "") == label
    assert visit_name("week14") == "Week 14"


def lesion(label: int, cutoff: float | None, ratio: float | None) -> Lesion:
    return Lesion(
        label=label,
        quadrant=1,
        volume_ml=1.0,
        counted_ml=1.0,
        depth_mm=5.0,
        distance_to_joint_mm=1.0,
        relative_intensity_mean=1.6,
        centroid_lps_mm=(0.0, 0.0, 0.0),
        cutoff=cutoff,
        ratio_to_cutoff=ratio,
    )


def test_a_picture_tells_the_cut_off_that_applied_at_each_lesion() -> None:
    words = cutoff_words(
        [
            ("L1", lesion(1, 1.247, 3.187)),
            ("week14.2", lesion(2, 0.9, 1.2)),
            ("L3", lesion(3, None, None)),
        ]
    )
    assert words == (
        "L1: brightest 3.19 times the cut-off there, 1.25; "
        "week14.2: brightest 1.20 times the cut-off there, 0.90"
    )
    assert times(None) == "–"


def test_a_picture_tells_how_likely_the_judge_holds_each_lesion_for_edema() -> None:
    judged = replace(lesion(1, 1.25, 3.19), probability=0.784)
    assert cutoff_words([("L1", judged)]).endswith("the cut-off there, 1.25, 78% likely")


@pytest.mark.parametrize(
    ("region", "name"),
    [
        ("total", "both joints"),
        ("left_ilium", "left ilium"),
        ("left_ilium_upper", "left ilium, upper"),
        ("upper", "upper"),
    ],
)
def test_a_region_is_named_as_it_would_be_said(region: str, name: str) -> None:
    assert region_name(region) == name


def test_visits_that_were_not_scanned_alike_are_a_doubt_and_stand_in_the_methods(
    drawn_page: SubjectPage,
) -> None:
    assert "scanned alike" not in words.methods(drawn_page)
    (label, change), *_ = drawn_page.changes.items()
    sequence = ProtocolChange(part=ProtocolPart.SEQUENCE, baseline="STIR", followup="T2-FS")
    unlike = replace(change, protocol_changes=(sequence,), wider_by=1.52)
    page = replace(drawn_page, findings=replace(drawn_page.findings, changes={label: unlike}))
    said = "the two visits were not scanned alike (sequence: STIR, then T2-FS)"
    assert any(doubt.text.startswith(said) for doubt in words.doubts(page))
    assert said in words.methods(page)
    assert "1.52 times as wide" in words.methods(page)


def test_methods_tell_every_cut_off_and_from_where_on_brightness_sufficed(
    drawn_page: SubjectPage,
) -> None:
    def with_cutoffs(**of_visits: tuple[float, float | None]) -> SubjectPage:
        visits = tuple(
            replace(v, threshold=replace(v.threshold, value=value, alone=alone))
            for v in drawn_page.findings.visits
            for value, alone in [of_visits[v.label]]
        )
        return replace(drawn_page, findings=replace(drawn_page.findings, visits=visits))

    labels = [v.label for v in drawn_page.findings.visits]
    by_rules = with_cutoffs(**dict(zip(labels, [(1.38, None), (1.33, None)], strict=True)))
    assert "voxels above 1.38 and 1.33 times that median, visit by visit (" in words.methods(
        by_rules
    )
    judged = with_cutoffs(**dict(zip(labels, [(1.38, 1.475), (1.33, 1.41)], strict=True)))
    assert "likely, or above 1.48 and 1.41 times elsewhere" in words.methods(judged)
    told = words.threshold_sentence(judged.visits[0])
    assert (
        "above 1.38 times normal marrow that the judge holds for likely, and all above 1.48" in told
    )


@pytest.mark.parametrize(
    ("with_t1", "said"),
    [
        ((False, False), "Measured without T1W (baseline and week 14), "),
        ((True, False), "Measured without T1W (week 14), "),
        ((True, True), None),
    ],
)
def test_a_visit_that_was_measured_without_t1w_is_named(
    drawn_page: SubjectPage, with_t1: tuple[bool, bool], said: str | None
) -> None:
    visits = tuple(
        replace(v, t1_geometry=v.geometry if has_t1 else None)
        for v, has_t1 in zip(drawn_page.findings.visits, with_t1, strict=True)
    )
    page = replace(drawn_page, findings=replace(drawn_page.findings, visits=visits))
    last = words.summary(page)[-1]
    assert last.startswith(said) if said else "T1W" not in last


@pytest.mark.parametrize("probability", [None, 0.7])
def test_methods_name_the_network_where_it_judged(
    drawn_page: SubjectPage, probability: float | None
) -> None:
    visits = tuple(
        replace(v, lesions=tuple(replace(x, probability=probability) for x in v.lesions))
        for v in drawn_page.findings.visits
    )
    page = replace(drawn_page, findings=replace(drawn_page.findings, visits=visits))
    assert ("convolutional network" in words.methods(page)) == (probability is not None)
