"""The small drawing of a run that is going on."""

from __future__ import annotations

from xml.etree import ElementTree

from echelon_lib.solvers.result import TracePoint
from echelon_lib.widgets.live_trace import live_trace


def test_nothing_is_drawn_before_there_is_a_line() -> None:
    assert live_trace(()) == ""
    assert live_trace((TracePoint(1.0, 1, 9, None),)) == ""
    assert live_trace((TracePoint(1.0, 1, None, None), TracePoint(2.0, 1, None, None))) == ""


def test_both_lines_are_drawn_and_said() -> None:
    trace = (TracePoint(1.0, 1, 900, None), TracePoint(2.0, 1, 500, 85), TracePoint(9.0, 1, 1_085, 85))
    drawing = ElementTree.fromstring(live_trace(trace))
    assert drawing.get("aria-label") == "Level 1: best so far 1,085, bound 85"
    assert len(drawing.findall("path")) == 2
    assert {text.text for text in drawing.findall("text")} >= {"1,085", "85"}


def test_a_better_cost_is_drawn_lower() -> None:
    trace = (TracePoint(1.0, 1, 900, None), TracePoint(3.0, 1, 500, None))
    path = ElementTree.fromstring(live_trace(trace)).find("path")
    first, last, end = path.get("d").split("H")
    assert float(last.split("V")[1]) > float(first.split()[1])
    assert end.split("V")[1] == last.split("V")[1], "the last value holds to the end"


def test_only_the_level_that_is_worked_on_is_drawn() -> None:
    trace = (TracePoint(1.0, 1, 900, 0), TracePoint(2.0, 2, 50, 3), TracePoint(3.0, 2, 40, 3))
    drawing = ElementTree.fromstring(live_trace(trace))
    assert drawing.get("aria-label") == "Level 2: best so far 40, bound 3"
    assert "900" not in live_trace(trace)


def test_a_level_that_is_worked_on_again_is_drawn_whole() -> None:
    """A request that is met late is news of the first level, in between those of the second."""
    points = [(1, 900), (2, 50), (1, 800), (2, 60), (2, 40)]
    trace = [TracePoint(float(at), level, cost, None) for at, (level, cost) in enumerate(points)]
    labels = [ElementTree.fromstring(live_trace(trace[:end])).get("aria-label") for end in (3, 4, 5)]
    assert labels == [f"Level {level}: best so far {cost}, bound not known" for level, cost in points[2:]]
    assert live_trace(trace).count("V") == 3, "50, 60, 40, and that to the end"
