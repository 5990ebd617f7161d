"""A chart on a page: marks where they belong, and nothing of a user's text that acts."""

from xml.etree import ElementTree

import pytest

from mri_bme.report.charts.chart import Axis, Chart, Dot, Line, Mark, Words, box
from mri_bme.report.charts.svg import chart_key, chart_svg, strip_svg, strip_ticks

HOSTILE = "<script>alert(1)</script>\" onload='x' & so on"


def chart_with(*marks: Mark, **changes) -> Chart:
    axis = Axis(low=0.0, high=10.0, label="mL", ticks=((0.0, "0"), (10.0, "10")))
    return Chart(**({"alt": "a chart", "x": axis, "y": axis, "marks": marks} | changes))


def parsed(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)


def test_a_dot_lies_where_both_axes_say() -> None:
    root = parsed(chart_svg(chart_with(Dot(at=(2.5, 7.5)), width_mm=100.0, height_mm=50.0)))
    (dot,) = [e for e in root.iter("path") if "dot" in e.get("class", "")]
    assert dot.get("d") == "M250 125h0"


def test_a_filled_box_is_a_polygon_and_a_line_is_not() -> None:
    marks = (
        box((1.0, 0.0), (2.0, 4.0), role="edema", opacity=0.5),
        Line(points=((0, 0), (10, 10))),
    )
    root = parsed(chart_svg(chart_with(*marks)))
    (polygon,) = root.iter("polygon")
    assert polygon.get("fill-opacity") == "0.5"
    assert len(polygon.get("points", "").split()) == 4
    assert len(list(root.iter("polyline"))) == 1


def test_the_key_of_an_area_is_as_faint_as_the_area() -> None:
    line = Line(points=((0, 0), (10, 10)), role="first")
    area = box((1.0, 0.0), (2.0, 4.0), role="soft", opacity=0.25)
    root = parsed(
        f"<div>{chart_key(chart_with(line, area, key=(('first', 'a'), ('soft', 'b'))))}</div>"
    )
    shades = [e.get("style") for e in root.iter("span") if "key" in e.get("class", "")]
    assert shades == [None, "--shade:0.25"]


def test_every_text_is_escaped() -> None:
    marks = (
        Words(at=(1.0, 1.0), text=HOSTILE),
        Dot(at=(1.0, 1.0), title=HOSTILE, of=HOSTILE),
        Line(points=((0.0, 0.0), (1.0, 1.0)), title=HOSTILE),
    )
    axis = Axis(low=0.0, high=1.0, label=HOSTILE, ticks=((0.0, HOSTILE),))
    chart = chart_with(*marks, alt=HOSTILE, x=axis, y=axis, key=(("ink", HOSTILE),))
    svg = chart_svg(chart) + chart_key(chart)
    assert "<script" not in svg
    root = parsed(f"<div>{svg}</div>")
    assert not [e for e in root.iter() if "onload" in e.attrib]
    assert HOSTILE in [e.text for e in root.iter("title")]
    assert root.find("svg").get("aria-label") == HOSTILE  # type: ignore[union-attr]


def test_a_strip_has_the_grid_of_its_axis_and_no_words() -> None:
    chart = chart_with(Dot(at=(5.0, 5.0)))
    root = parsed(strip_svg(chart))
    assert len([e for e in root.iter("path") if e.get("class") == "grid"]) == len(chart.x.ticks)
    assert not list(root.iter("text"))
    shares = [share for share, _ in strip_ticks(chart.x)]
    assert shares[0] == pytest.approx(1 - shares[1])
