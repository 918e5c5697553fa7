"""Figures, plotly's script and the look-up frame, as far as they are state."""

from __future__ import annotations

import gzip
import json

import pytest
from schools_by_hand import six_students, six_students_placed

from echelon_lib.plots.page import compressed_script
from echelon_lib.plots.utilisation import plot_utilisation, plot_utilisation_by_course
from echelon_lib.widgets.figure_view import FigureView, PlotlyScript
from echelon_lib.widgets.lookup_frame import LookupFrame


def test_a_figure_travels_as_its_data_alone() -> None:
    made = plot_utilisation(six_students(), six_students_placed())
    view = FigureView(made)
    assert view.figure["layout"]["title"]["text"] == "Utilisation of sections"
    assert len(view.figure["data"]) == len(made.data)
    assert len(json.dumps(view.get_state())) < 60_000


def test_what_it_shows_is_said() -> None:
    made = plot_utilisation(six_students(), six_students_placed())
    assert FigureView(made).alt == (
        "Utilisation of sections. 2 of 4 sections use less than 75 % of their seats"
    )
    view = FigureView(alt="Shares")
    view.show(made)
    assert view.alt == "Shares"
    view.show(plot_utilisation_by_course(six_students(), six_students_placed()), alt="Courses")
    assert view.alt == "Courses"


def test_marks_of_a_title_are_read_as_they_are_meant() -> None:
    made = plot_utilisation(six_students(), six_students_placed())
    made.layout.title.text = "R &amp; D &lt;1"
    made.layout.title.subtitle.text = None
    assert FigureView(made).alt == "R & D <1"


def test_the_script_comes_when_a_page_needs_it(page_of) -> None:
    script = PlotlyScript()
    page = page_of(script)
    assert page.sent == []
    assert len(json.dumps(script.get_state())) < 10_000
    page.says({"kind": "something"})
    page.says({"kind": "need"})
    ((content, buffers),) = page.sent
    assert content == {"kind": "script"}
    text = gzip.decompress(buffers[0]).decode()
    assert "window.Plotly = Plotly" in text
    assert text.startswith("(function () {var define, module,"), "no module loader may catch it"
    assert compressed_script() is compressed_script()


def test_the_frame_takes_a_page_from_the_kernel_alone(page_of) -> None:
    frame = LookupFrame("<p>ours</p>")
    page_of(frame).sets(html="<script>evil()</script>", title="x")
    assert frame.html == "<p>ours</p>"


@pytest.mark.parametrize("view", [FigureView, PlotlyScript, LookupFrame])
def test_no_script_of_ours_inserts_markup_or_asks_another_host(view: type) -> None:
    for way in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "http://",
        "https://",
    ):
        assert way not in view._esm
