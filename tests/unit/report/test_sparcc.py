"""The page tells which slices SPARCC scored and what each quadrant of them got."""

from dataclasses import replace

from drawn_subject import drawn_visit

from mri_bme.findings import EdemaBurden, SparccSlice
from mri_bme.pipeline import SubjectResult
from mri_bme.report.html import subject_page_html
from mri_bme.report.page import subject_page
from mri_bme.report.sparcc import QUADRANT_COLUMNS, slice_marks, sparcc_tables
from mri_bme.volume import RigidTransform

SLICES = (
    SparccSlice(index=2, joint_mm={"left": 0.0, "right": 12.0}, quadrants=("right_ilium_upper",)),
    SparccSlice(
        index=3,
        joint_mm={"left": 20.0, "right": 40.0},
        quadrants=("left_sacrum_upper", "right_ilium_lower"),
        intense=("right",),
        deep=("left", "right"),
    ),
)
DISAGREEMENT = "SPARCC scores slices 3 to 8 from the front; edema on 2 other slices is not seen"


def scored_page():
    visit = drawn_visit("baseline", 0, RigidTransform.identity(), 7.0)
    assert visit.burden is not None
    burden: EdemaBurden = replace(
        visit.burden, sparcc_estimate=6, sparcc_slices=SLICES, disagreements=(DISAGREEMENT,)
    )
    result = SubjectResult(visits=(replace(visit, burden=burden),))
    return subject_page(result, subject_id="s")


def test_each_cell_is_a_point_or_none_or_blank_where_nothing_is_scored() -> None:
    page = scored_page()
    (table,) = sparcc_tables(page.visits)
    first, second = (dict(zip(_names(), row.cells, strict=True)) for row in table.rows)
    assert {name for name, cell in first.items() if cell} == {
        "right_ilium_upper",
        "right_sacrum_upper",
        "intense right",
        "deep right",
    }
    assert [name for name, cell in first.items() if cell == "1"] == ["right_ilium_upper"]
    assert second["left_sacrum_lower"] == second["left_ilium_lower"] == ""
    assert [row.points for row in table.rows] == [1, 5]
    for row in table.rows:
        assert row.points == sum(cell == "1" for cell in row.cells)
    assert table.total == 6
    assert [row.number for row in table.rows] == [3, 4]


def _names() -> list[str]:
    quadrants = [quadrant.name for quadrant in QUADRANT_COLUMNS]
    return [*quadrants, "intense right", "intense left", "deep right", "deep left"]


def test_scored_slices_are_marked_on_their_pictures_and_disagreement_is_told() -> None:
    page = scored_page()
    assert slice_marks(page.visits[0]) == {2: "SPARCC slice 1 of 6", 3: "SPARCC slice 2 of 6"}
    html = subject_page_html(page)
    assert html.count("SPARCC slice 1 of 6") >= 1
    assert DISAGREEMENT in html


def test_a_visit_that_was_not_scored_has_no_table() -> None:
    page = scored_page()
    findings = replace(page.visits[0].findings, burden=None)
    assert sparcc_tables((replace(page.visits[0], findings=findings),)) == ()
