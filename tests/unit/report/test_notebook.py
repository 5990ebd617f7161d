"""Objects show themselves in a notebook, and nouns still know nothing of pictures."""

import sys
from types import SimpleNamespace

import pytest

import mri_bme as bme
from mri_bme.pipeline import SubjectResult
from mri_bme.report.notebook import card_of, object_html, show_objects


def nouns(result: SubjectResult) -> list[object]:
    visit = result.visits[0]
    volume, segmentation = visit.visit.volume, visit.segmentation
    assert volume is not None
    assert segmentation is not None
    return [
        volume,
        volume.geometry,
        segmentation.mask,
        visit.rois,
        segmentation,
        visit.burden,
        result.registrations["week14"],
        result.registrations["week14"].moving_from_fixed,
        result.changes["week14"],
        result,
    ]


def test_every_object_has_a_card_with_its_numbers(drawn_result: SubjectResult) -> None:
    for noun in nouns(drawn_result):
        html = object_html(noun)
        assert type(noun).__name__ in html
        assert len(html) < 300_000
    edema = drawn_result.visits[0].segmentation
    assert edema is not None
    assert f"{edema.edema_ml:.2f} mL in 1 lesions" in object_html(edema)


def test_text_in_a_card_cannot_act(unmeasured_result) -> None:
    result = unmeasured_result("<script>alert(1)</script>")
    assert "<script>" not in object_html(result)
    assert "&lt;script&gt;" in object_html(result)


def test_ipython_learns_every_card(monkeypatch: pytest.MonkeyPatch) -> None:
    known: dict[type, object] = {}
    formatter = SimpleNamespace(for_type=known.__setitem__)
    shell = SimpleNamespace(display_formatter=SimpleNamespace(formatters={"text/html": formatter}))
    ipython = SimpleNamespace(get_ipython=lambda: shell)
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    show_objects()
    assert {bme.Volume, bme.Mask, bme.SubjectResult, bme.ChangeReport} <= set(known)


def test_other_objects_have_no_card() -> None:
    with pytest.raises(TypeError, match="a int has no card"):
        card_of(3)
