"""The master schedule as a table that is walked through with the arrow keys."""

from __future__ import annotations

from typing import ClassVar

import traitlets

from echelon_lib.analysis.week import BANDS, UNKNOWN, Week, WeekBy, week
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.widgets.view import View, script_of, style_of


class WeekGrid(View):
    """The sections of a timetable, each a button in the cell of its row and column.

    ``selected`` is the identifier of the section that was chosen, ``filter`` holds words that what is shown
    must have; both may be set from either side. ``locked`` are the sections that stay where they are.

    Parameters
    ----------
    week
        What is shown; nothing when left out.
    """

    _esm = script_of(__file__)
    _css = style_of(__file__)
    page_may_set: ClassVar[frozenset[str]] = frozenset({"selected"})

    caption = traitlets.Unicode().tag(sync=True)
    corner = traitlets.Unicode().tag(sync=True)
    columns = traitlets.List(traitlets.Unicode()).tag(sync=True)
    rows = traitlets.List(traitlets.Dict()).tag(sync=True)
    sections = traitlets.Dict().tag(sync=True)
    legend = traitlets.List(traitlets.List()).tag(sync=True)
    selected = traitlets.Unicode().tag(sync=True)
    locked = traitlets.List(traitlets.Unicode()).tag(sync=True)
    filter = traitlets.Unicode().tag(sync=True)

    def __init__(self, week: Week | None = None) -> None:
        super().__init__()
        if week is not None:
            self.show_week(week)

    def show(self, problem: Problem, timetable: Timetable | None, by: WeekBy = "teacher") -> None:
        """Show a timetable; without one, every section as not placed."""
        self.show_week(week(problem, timetable or Timetable(), by))

    def show_week(self, week: Week) -> None:
        """Show a week; a section that is chosen stays so where it is still there."""
        used = {section.band for section in week.sections.values()}
        with self.hold_sync():
            self.caption = f"Master schedule by {week.by}"
            self.corner = week.by.capitalize()
            self.columns = list(week.columns)
            self.rows = [
                {
                    "name": row.name,
                    "about": row.about,
                    "cells": {str(at): [*ids] for at, ids in row.cells.items()},
                }
                for row in week.rows
            ]
            self.sections = {
                id: [one.text, one.sentence, one.fill, one.band] for id, one in week.sections.items()
            }
            self.legend = [
                [number, sign, text]
                for number, (sign, text) in enumerate(BANDS)
                if number in used or UNKNOWN < number < len(BANDS) - 1
            ]
            if self.selected not in self.sections:
                self.selected = ""
