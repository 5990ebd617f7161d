"""What a chart describes is what matplotlib draws."""

import numpy as np
import pytest

from mri_bme.report.charts.chart import Axis, Chart, Dot, Line, Words, box, change_axis, root_axis
from mri_bme.report.figures import figure_bytes
from mri_bme.report.figures.drawing import COLOURS, chart_figure, plain
from mri_bme.report.figures.style import MM_PER_INCH, TWO_COLUMNS_MM

X = Axis(low=0.0, high=10.0, label="time", ticks=((0.0, "start"), (10.0, "end")))
Y = Axis(low=-5.0, high=5.0)


def chart(*marks, **more) -> Chart:
    return Chart(alt="", **({"x": X, "y": Y, "marks": marks} | more))


def test_marks_lie_where_the_chart_says_in_the_colour_of_their_role() -> None:
    drawn = chart(Dot(at=(3.0, -2.0), role="better"), Line(points=((0, 0), (10, 5)), role="worse"))
    (axes,) = chart_figure([drawn]).axes
    dot, line = axes.lines
    assert dot.get_xydata().tolist() == [[3.0, -2.0]]
    assert line.get_xydata().tolist() == [[0, 0], [10, 5]]
    assert (dot.get_color(), line.get_color()) == (COLOURS["better"], COLOURS["worse"])


def test_a_filled_line_is_closed_and_a_box_of_no_width_has_no_outline() -> None:
    triangle = Line(points=((0, 0), (1, 0), (0, 1)), fill=0.5)
    (axes,) = chart_figure([chart(triangle, box((2, 2), (3, 4), role="first", opacity=1.0))]).axes
    (outline,) = axes.lines
    assert outline.get_xydata()[0].tolist() == outline.get_xydata()[-1].tolist()
    assert len(axes.patches) == 2
    corners = axes.patches[1].get_xy()
    assert (corners.min(axis=0).tolist(), corners.max(axis=0).tolist()) == ([2, 2], [3, 4])


def test_words_are_anchored_as_the_chart_says() -> None:
    (axes,) = chart_figure([chart(Words(at=(1.0, 2.0), text="here", anchor="end"))]).axes
    (text,) = axes.texts
    assert (text.get_text(), text.get_ha(), text.get_position()) == ("here", "right", (1.0, 2.0))


def test_ticks_and_labels_are_those_of_the_axes() -> None:
    (axes,) = chart_figure([chart()]).axes
    assert [label.get_text() for label in axes.get_xticklabels()] == ["start", "end"]
    assert axes.get_xlabel() == "time"
    low, high = axes.get_xlim()
    assert low < X.low  # dots on the ends are not cut
    assert high > X.high


def test_a_square_root_axis_places_values_as_the_page_does() -> None:
    axis = root_axis(20.0)
    (axes,) = chart_figure([chart(x=axis)]).axes
    at = axes.transData.transform([(v, 0.0) for v in (0.0, 5.0, axis.high)])[:, 0]
    assert (at[1] - at[0]) / (at[2] - at[0]) == pytest.approx(axis.place(5.0))
    assert axis.place(5.0) == pytest.approx(np.sqrt(5.0 / axis.high))


def test_a_square_root_axis_of_changes_is_the_pages_on_both_sides() -> None:
    axis = change_axis([-1.0, -2.0, 200.0], [-20.0, 200.0], label="mL")
    (axes,) = chart_figure([chart(x=axis)]).axes
    ends = (axis.low, -5.0, 0.0, 5.0, axis.high)
    at = axes.transData.transform([(v, 0.0) for v in ends])[:, 0]
    shares = (at - at[0]) / (at[-1] - at[0])
    assert shares == pytest.approx([axis.place(v) for v in ends])


def test_one_chart_keeps_its_width_and_several_share_two_columns() -> None:
    alone = chart_figure([chart(width_mm=60.0)])
    assert alone.get_figwidth() * MM_PER_INCH == pytest.approx(60.0)
    both = chart_figure([chart(width_mm=60.0), chart(width_mm=120.0, height_mm=90.0)])
    assert both.get_figwidth() * MM_PER_INCH == pytest.approx(TWO_COLUMNS_MM)
    assert both.get_figheight() * MM_PER_INCH == pytest.approx(90.0)


def test_the_key_names_each_colour_once() -> None:
    key = (("better", "decreased"), ("worse", "increased"))
    figure = chart_figure([chart(key=key), chart(key=key[:1])])
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["decreased", "increased"]


def test_a_users_dollar_signs_are_no_mathematics() -> None:
    assert plain("$a$") == r"\$a\$"
    drawn = chart(Words(at=(1, 1), text=r"$\nonsense$"), title="$x", key=(("ink", "$arm$"),))
    assert figure_bytes(chart_figure([drawn]), "png").startswith(b"\x89PNG")
