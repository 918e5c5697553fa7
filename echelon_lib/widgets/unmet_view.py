"""The requests that a run leaves unmet, with the reason of each and, when asked for, what would cure it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import ipywidgets
import pandas as pd

from echelon_lib.analysis.requests import NOT_ASKED, reason_kind, unmet_list
from echelon_lib.domain.timetable import Timetable
from echelon_lib.plots.requests import plot_unmet
from echelon_lib.runs.outcome import Outcome
from echelon_lib.search.suggest import Workbench, as_repair
from echelon_lib.widgets.background import Background
from echelon_lib.widgets.figure_view import FigureView
from echelon_lib.widgets.markup import prose, row, said, tabled, wide
from echelon_lib.widgets.why_views import Asked, UnmetRequest

EVERY_REASON = "every reason"
_MOST_ROWS = 500
_AT_ONCE = 20
"""Requests whose repair is looked for at one press: a few seconds."""
_ALL_LOOKED_AT = "All of those listed are looked at."


class UnmetView(ipywidgets.VBox):
    """A list of unmet requests that can be narrowed down and asked about.

    Parameters
    ----------
    outcome
        The run.
    background
        Where questions are answered while the page goes on; on the spot when left out.
    """

    def __init__(self, outcome: Outcome, background: Background | None = None) -> None:
        self._outcome = outcome
        self.table = unmet_list(
            outcome.problem, outcome.result.best or Timetable(), outcome.result.evaluation
        )
        self._repair: Callable[[str, str], str] | None = None
        kinds = dict.fromkeys(reason_kind(reason) for reason in self.table["Reason"])
        self.reason = ipywidgets.Dropdown(options=[EVERY_REASON, *kinds], description="Reason", layout=wide())
        self.find = ipywidgets.Text(description="Find", placeholder="a student or course", layout=wide())
        self._rows = ipywidgets.HTML()
        self._why = UnmetRequest(outcome, background)
        self.repairs = Asked(f"The cheapest repair of each, {_AT_ONCE} at a time")
        self.reason.observe(self._draw, "value")
        self.find.observe(self._draw, "value")
        self._draw()
        super().__init__(
            [
                prose(
                    "No seat and no SPED seat are cured by seats or sections, a rule by whoever set it; a "
                    "clash by moving a section. Where level 1 is proven, no move helps without costing as "
                    "much elsewhere. Requests without any course come first, core courses before electives; "
                    "the repair of one that an alternate fills gives the course that was asked for first."
                ),
                FigureView(plot_unmet(self.table), alt="Unmet requests by course and reason"),
                row(self.reason, self.find),
                self._why,
                self.repairs,
                self._rows,
            ]
        )

    def close(self) -> None:
        """Wait for no answer any more."""
        self._why.close()
        super().close()

    @property
    def shown(self) -> pd.DataFrame:
        """The requests that are listed now."""
        part = self.table
        if self.reason.value != EVERY_REASON:
            part = part[[reason_kind(reason) == self.reason.value for reason in part["Reason"]]]
        wanted = self.find.value.strip().casefold()
        if wanted:
            part = part[[wanted in " ".join(cells).casefold() for cells in _cells(part)]]
        return part

    def _draw(self, change: Any = None) -> None:
        part = self.shown
        self._why.show(part)
        self._list(part)

    def _list(self, part: pd.DataFrame) -> None:
        if (self.table["Cheapest repair"] == NOT_ASKED).all():
            part = part.drop(columns="Cheapest repair")
        self._rows.value = tabled(part, most=_MOST_ROWS, otherwise="No request is left unmet here.")
        if self._outcome.result.best is None:
            self.repairs.about(None, "There is no timetable that could be repaired.")
        else:
            otherwise = _ALL_LOOKED_AT if len(part) else "Nothing is listed that could be repaired."
            self.repairs.about(self._look if len(self._waiting) else None, otherwise)

    @property
    def _waiting(self) -> pd.Index:
        """The listed requests of which nobody asked yet."""
        part = self.shown
        return part.index[part["Cheapest repair"] == NOT_ASKED]

    def _look(self) -> str:
        """Find the cheapest repair of the next requests."""
        if self._repair is None and self._outcome.result.best is not None:
            self._repair = as_repair(Workbench(self._outcome.problem, self._outcome.result.best))
        assert self._repair is not None, "without a timetable nobody is asked"
        for place in self._waiting[:_AT_ONCE]:
            student, course = self.table.loc[place, ["Student ID", "Course ID"]]
            self.table.loc[place, "Cheapest repair"] = self._repair(student, course)
        self._list(self.shown)
        left = len(self._waiting)
        return said(f"{left} of those listed are not looked at yet." if left else _ALL_LOOKED_AT)


def _cells(table: pd.DataFrame) -> Iterable[tuple[str, ...]]:
    return (tuple(map(str, cells)) for cells in table.itertuples(index=False, name=None))
