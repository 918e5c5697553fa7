"""Who pays, on a page: groups of students beside each other, with what chance would do to them."""

from __future__ import annotations

from typing import Any

import ipywidgets

from echelon_lib.analysis.student_groups import SMALLEST
from echelon_lib.analysis.who_pays import folded_away, who_pays
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.plots.page import bullets
from echelon_lib.plots.who_pays import plot_complete, plot_requests_met, plot_who_pays
from echelon_lib.scoring.evaluate import Evaluation, evaluate
from echelon_lib.widgets.figure_view import FigureView
from echelon_lib.widgets.markup import prose, tabled


class GroupView(ipywidgets.VBox):
    """How each group of students fares, beside all.

    Parameters
    ----------
    problem, timetable
        The problem and a timetable of it.
    evaluation
        What ``evaluate`` said of the timetable, if it is at hand.
    """

    def __init__(self, problem: Problem, timetable: Timetable, evaluation: Evaluation | None = None) -> None:
        self._problem, self._timetable = problem, timetable
        self._evaluation = evaluation or evaluate(problem, timetable)
        self.every = ipywidgets.Checkbox(
            value=False,
            description=f"Show groups of fewer than {SMALLEST} students too: for the school's own eyes only",
            indent=False,
            layout=ipywidgets.Layout(width="auto"),
        )
        self.figure = FigureView(alt="Share of students who lack a request, for each group")
        self.met, self.complete = FigureView(), FigureView()
        self.table, self.left_out = ipywidgets.HTML(), ipywidgets.HTML()
        self.every.observe(self._draw, "value")
        super().__init__(
            [
                prose(
                    "A student lacks a request who gets neither its course nor an alternate. A grey bar is "
                    "where a group would lie if it fell on students by lot; only a triangle outside of its "
                    "bar is more than noise. Even that is no proof of unfairness: a group that asks for "
                    "more, or for scarcer courses, loses more. Complete are those who lack nothing; core "
                    "complete and elective complete, of those who ask for any, those who lack none."
                ),
                self.every,
                self.figure,
                self.met,
                self.complete,
                self.table,
                self.left_out,
            ]
        )
        self._draw()

    def _draw(self, change: Any = None) -> None:
        smallest = 1 if self.every.value else SMALLEST
        table = who_pays(self._problem, self._timetable, self._evaluation, smallest=smallest)
        self.figure.show(plot_who_pays(table))
        self.met.show(plot_requests_met(table))
        self.complete.show(plot_complete(table))
        missing = table.columns[table.isna().all()]
        self.table.value = tabled(table.drop(columns=missing))
        sentences = folded_away(self._problem, smallest=smallest)
        self.left_out.value = bullets(sentences).html if sentences else ""
