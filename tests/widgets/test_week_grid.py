"""The grid's state, and colours that everybody can read."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from schools_by_hand import many_sections, six_students, six_students_placed

import echelon_lib.widgets.week_grid as module
from echelon_lib.analysis.week import BANDS, WEEK_BY, week
from echelon_lib.widgets.week_grid import WeekGrid


def test_the_state_is_compact_and_plain() -> None:
    grid = WeekGrid(week(six_students(), six_students_placed()))
    assert (grid.caption, grid.corner) == ("Master schedule by teacher", "Teacher")
    assert grid.columns == ["R1", "R2", "G1", "G2"]
    assert grid.rows[0] == {"name": "pat", "about": "Arts, 2 sections", "cells": {"0": ["A-1"], "1": ["A-2"]}}
    assert grid.sections["A-2"] == ["Art", "A-2, Art, pat, R2: 2 of 2 seats, 100 %.", "2/2", 5]
    problem, timetable = many_sections()
    large = WeekGrid(week(problem, timetable)).get_state(["columns", "rows", "sections", "legend"])
    assert len(json.dumps(large)) < 100_000


def test_another_view_keeps_the_section_that_is_chosen(page_of) -> None:
    grid = WeekGrid()
    for by in WEEK_BY:
        grid.show(six_students(), six_students_placed(), by)
        grid.selected = "B-1"
    assert grid.selected == "B-1"
    grid.show_week(week(*many_sections()))
    assert grid.selected == "", "it is not there any more"


def test_without_a_timetable_every_section_is_not_placed() -> None:
    grid = WeekGrid()
    grid.show(six_students(), None)
    assert grid.columns[-1] == "not placed"


def test_the_legend_names_what_is_there() -> None:
    grid = WeekGrid(week(six_students(), six_students_placed()))
    assert [number for number, *_ in grid.legend] == [1, 2, 3, 4, 5]
    grid.show(six_students(), six_students_placed().enrol("fay", "C-1"))
    assert grid.legend[-1] == [6, "▴", "more students than seats"]


def test_the_page_chooses_sections_and_nothing_else(page_of) -> None:
    grid = WeekGrid(week(six_students(), six_students_placed()))
    page_of(grid).sets(selected="A-1", rows=[], columns=["evil"], filter="x")
    assert (grid.selected, grid.columns[0], grid.filter) == ("A-1", "R1", "")


def luminance(colour: str) -> float:
    """Return the relative luminance of WCAG 2."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("number", range(len(BANDS)))
def test_every_band_can_be_read(number: int) -> None:
    style = Path(module.__file__).with_suffix(".css").read_text(encoding="utf-8")
    colours = re.search(rf"\.ech-band-{number} {{ color: (#\w{{6}}); background: (#\w{{6}}); }}", style)
    assert colours is not None
    light, dark = sorted(map(luminance, colours.groups()), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_fuller_is_darker_for_every_eye() -> None:
    style = Path(module.__file__).with_suffix(".css").read_text(encoding="utf-8")
    backgrounds = [re.search(rf"\.ech-band-{n} {{[^}}]*background: (#\w{{6}})", style) for n in range(1, 7)]
    found = [luminance(one[1]) for one in backgrounds if one]
    assert found == sorted(found, reverse=True)
    assert len(found) == 6
