"""The conflict matrix on a page: filters, the matrix, and the students behind the cell that is pressed."""

from __future__ import annotations

from html import escape
from typing import Any

import ipywidgets

from echelon_lib.analysis.conflicts import (
    asking_table,
    conflict_matrix,
    timetable_conflicts,
)
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.plots.conflicts import plot_conflicts, plot_timetable_conflicts
from echelon_lib.scoring.evaluate import Evaluation, evaluate
from echelon_lib.widgets.figure_view import FigureView, PlotlyScript
from echelon_lib.widgets.markup import heading, prose, row, said, tabled, wide

MOST = 40
"""Courses that are drawn; filters bring the others, and the lists have them all."""

_MOST_ROWS = 200
_SIZES = (("every course", 0), ("singletons", 1), ("singletons and doubletons", 2))
_EVERY = "every department"


class ConflictView(ipywidgets.VBox):
    """Which courses students ask for together, and which of them a timetable offers only at once.

    Pressing a cell, or choosing two courses from the lists, opens the students who ask for both.

    Parameters
    ----------
    problem
        The problem.
    timetable
        A timetable of it: then the students who lose one of the two courses stand first, and the pairs that
        it offers only at the same time are listed.
    evaluation
        What ``evaluate`` said of the timetable, if it is at hand.
    """

    def __init__(
        self, problem: Problem, timetable: Timetable | None = None, evaluation: Evaluation | None = None
    ) -> None:
        self._problem, self._timetable = problem, timetable
        if timetable is not None and evaluation is None:
            evaluation = evaluate(problem, timetable)
        self._evaluation = evaluation
        self._matrix = conflict_matrix(problem, most=0)
        departments = sorted({course.department for course in problem.courses if course.department})
        self.sections = ipywidgets.Dropdown(options=_SIZES, description="Courses", layout=wide())
        self.department = ipywidgets.Dropdown(
            options=[_EVERY, *departments], description="Department", layout=wide()
        )
        self.at_least = ipywidgets.BoundedIntText(
            value=1, min=1, max=max(1, len(problem.students)), description="Students, at least"
        )
        self.at_least.style.description_width = "initial"
        self.figure = FigureView(picks=True)
        self.course = ipywidgets.Dropdown(description="Course", layout=wide())
        self.other = ipywidgets.Dropdown(description="and", layout=wide())
        self.told = ipywidgets.HTML()
        for field in (self.sections, self.department, self.at_least):
            field.observe(self._draw, "value")
        self.figure.observe(self._picked, "picked")
        self.course.observe(self._offer, "value")
        self.other.observe(self._tell, "value")
        self.closed = ipywidgets.Button(description="Close the list", layout=ipywidgets.Layout(width="auto"))
        self.closed.on_click(lambda _: setattr(self.other, "value", None))
        self.behind = ipywidgets.VBox([row(self.course, self.other, self.closed), self.told])
        super().__init__(
            [
                *self._real(),
                heading("Which courses are asked for together", 3),
                prose(
                    "Singletons (bold) have one section: two of them at the same time cost every student who "
                    "asks for both. The courses under most pressure come first: many students in common, and "
                    "few ways to take both. Press a cell to see its students."
                ),
                row(self.sections, self.department, self.at_least),
                self.figure,
                self.behind,
            ]
        )
        self._draw()

    def _real(self) -> list[ipywidgets.Widget]:
        """Return the pairs that the timetable offers only at the same time."""
        if self._timetable is None:
            return []
        table = timetable_conflicts(self._problem, self._timetable, self._evaluation)
        return [
            heading("What this timetable offers only at the same time", 3),
            prose(
                "Whoever asks for both of such a pair loses one. Losing counts students without one of the "
                "two, for whatever reason."
            ),
            *([] if table.empty else [FigureView(plot_timetable_conflicts(table))]),
            ipywidgets.HTML(
                tabled(
                    table,
                    most=_MOST_ROWS,
                    otherwise="No two courses that a student asks for are offered only at the same time.",
                )
            ),
        ]

    def _filters(self) -> dict[str, Any]:
        department = "" if self.department.value == _EVERY else self.department.value
        return {
            "sections": self.sections.value or None,
            "at_least": self.at_least.value,
            "department": department,
        }

    def _draw(self, change: Any = None) -> None:
        self._matrix = conflict_matrix(self._problem, **self._filters())
        drawn = plot_conflicts(self._problem, **self._filters(), most=MOST)
        self.figure.show(drawn, alt=self._in_words())
        chosen = self.course.value
        self.course.options = sorted(self._matrix.courses)
        self.course.value = chosen if chosen in self._matrix.courses else None
        self._offer()

    def _in_words(self) -> str:
        pairs = self._matrix.pairs()
        if pairs.empty:
            return "Conflict matrix without any pair."
        first = pairs.iloc[0]
        return (
            f"Conflict matrix of {len(self._matrix.courses)} courses. Under most pressure: "
            f"{first['Course']} and {first['Other course']}, {first['Students']} students."
        )

    def _picked(self, change: Any) -> None:
        """Take over the cell that was pressed, as far as there is one."""
        names, at = self._matrix.courses, self.figure.picked
        if at:
            self.figure.picked = []  # so that the same cell can be pressed again
        if len(at) != 2 or not all(0 <= one < len(names) for one in at) or at[0] == at[1]:
            return
        self.course.value = names[at[0]]
        self.other.value = names[at[1]] if names[at[1]] in self.other.options else None

    def _offer(self, change: Any = None) -> None:
        """Offer the courses that go with the one that is chosen."""
        names, chosen = self._matrix.courses, self.other.value
        offered: list[str] = []
        if self.course.value in names:
            line = self._matrix.students[names.index(self.course.value)]
            offered = sorted(
                name for name, count in zip(names, line, strict=True) if count and name != self.course.value
            )
        self.other.options = offered
        self.other.value = chosen if chosen in offered else None
        self._tell()

    def _tell(self, change: Any = None) -> None:
        one, two = self.course.value, self.other.value
        self.closed.layout.display = "" if one and two else "none"
        if not one or not two:
            self.behind.remove_class("ech-behind")
            self.told.value = said("Press a cell, or choose two courses, to see who asks for both.")
            return
        self.behind.add_class("ech-behind")
        table = asking_table(self._problem, one, two, self._timetable, self._evaluation)
        count = "1 student asks" if len(table) == 1 else f"{len(table)} students ask"
        losing = ""
        if "Without" in table:
            few = int((table["Without"] != "").sum())
            losing = f"; {few} of them without one of the two" if few else ", and all get both"
        self.told.value = (
            f'<div role="status"><h4>{escape(f"{count} for both {one} and {two}{losing}.")}</h4>'
            f"{tabled(table, most=_MOST_ROWS)}</div>"
        )


def conflict_view(problem: Problem, timetable: Timetable | None = None) -> ipywidgets.VBox:
    """Return the view for a notebook, with the script that draws its matrix."""
    return ipywidgets.VBox([ConflictView(problem, timetable), PlotlyScript()])
