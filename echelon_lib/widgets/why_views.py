"""Buttons that answer why: why a section is where it is, why a request is not met and what it would cost."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from html import escape

import ipywidgets
import pandas as pd

from echelon_lib.domain.errors import EchelonError
from echelon_lib.plots.page import bullets
from echelon_lib.runs.outcome import Outcome
from echelon_lib.search.suggest import suggested
from echelon_lib.search.swap import cheapest_swap
from echelon_lib.search.where_else import HEADING, where_else
from echelon_lib.search.why import why_here, why_not
from echelon_lib.widgets.background import Background
from echelon_lib.widgets.markup import row, said, wide
from echelon_lib.widgets.page_state import said_of

SECONDS = 5.0
"""Time in which the cheapest swap is looked for."""
MOST_REQUESTS = 500
"""Requests that can be chosen from a list, at most."""
_LOOKING = "Looking for an answer …"


class Asked(ipywidgets.VBox):
    """A button and, once it is pressed, the answer, which may take some seconds.

    Parameters
    ----------
    label
        What the button says.
    background
        Where it is answered while the page goes on; on the spot when left out.
    """

    def __init__(self, label: str, background: Background | None = None) -> None:
        self._background, self._waits = background, False
        self._kind = f"why {id(self)}"
        layout = ipywidgets.Layout(width="auto", align_self="flex-start")
        self._button = ipywidgets.Button(description=label, icon="question", disabled=True, layout=layout)
        self._told = ipywidgets.HTML()
        self._answer: Callable[[], str] | None = None
        self._button.on_click(lambda _: self.answer())
        super().__init__([self._button, self._told])

    def about(self, answer: Callable[[], str] | None, otherwise: str = "") -> None:
        """Say how the next press is answered; without an answer there is nothing to ask, perhaps said why."""
        self._leave()
        self._answer = answer
        self._button.disabled = answer is None
        self._told.value = said(otherwise) if answer is None and otherwise else ""

    @property
    def told(self) -> str:
        """What stands below the button now, as markup."""
        return str(self._told.value)

    def answer(self) -> None:
        """Answer, and say so while it takes its time."""
        if self._answer is None:
            return
        self._button.disabled = True
        self._told.value = said("Looking …")
        if self._background is not None:
            self._waits = True
            self._background.do(self._kind, _LOOKING, self._answer, self._tell, self._fail)
            return
        try:
            self._told.value = self._answer()
        except EchelonError as error:
            self._told.value = said(str(error), "error")
        finally:
            self._button.disabled = self._answer is None

    def close(self) -> None:
        """Wait for no answer any more."""
        self._leave()
        super().close()

    def _leave(self) -> None:
        """Let nothing come of an earlier question."""
        if self._background is not None and self._waits:
            self._background.give_up(self._kind)
        self._waits = False

    def _tell(self, told: str) -> None:
        self._waits = False
        self._told.value = told
        self._button.disabled = self._answer is None

    def _fail(self, error: Exception) -> None:
        self._tell("")
        self._told.value = said(said_of(error), "error")


def why_section(outcome: Outcome, section: str) -> str:
    """Return why a section is where it is and not elsewhere, and what moving it would cost, as markup."""
    problem, timetable = outcome.problem, outcome.result.best
    if timetable is None:
        return said("There is no timetable.")
    here = _listed(why_here(problem, timetable, section, seed=outcome.result.seed).facts)
    elsewhere = where_else(problem, timetable, section).facts
    return f"{here}<h4>{escape(HEADING)}</h4>{bullets(elsewhere).html}" if elsewhere else here


def why_request(outcome: Outcome, student: str, course: str) -> str:
    """Return why a student does not have a course and what would give it at what cost, as markup."""
    problem, timetable = outcome.problem, outcome.result.best
    if timetable is None:
        return said("There is no timetable.")
    reasons = why_not(problem, timetable, student, course)
    swap = cheapest_swap(problem, timetable, student, course, stop=SECONDS, seed=outcome.result.seed)
    offers = [offer.sentence for offer in suggested(problem, timetable, student, course)]
    parts = {
        "The cheapest change that gives it, with all sections where they are": _listed(
            swap.facts[1:] or ("There is none.",)
        ),
        "What would help, the least costly first": bullets(
            offers, "No change was found.", numbered=True
        ).html,
    }
    return _listed(reasons.facts) + "".join(
        f"<h4>{escape(title)}</h4>{found}" for title, found in parts.items()
    )


class UnmetRequest(ipywidgets.VBox):
    """A list of unmet requests, of which one can be asked about.

    Parameters
    ----------
    outcome
        The run.
    background
        Where a question is answered while the page goes on; on the spot when left out.
    """

    def __init__(self, outcome: Outcome, background: Background | None = None) -> None:
        self._outcome = outcome
        self._chosen = ipywidgets.Dropdown(description="Request", layout=wide())
        self._asked = Asked("Why, and what would it cost?", background)
        self._chosen.observe(lambda _: self._choose(), "value")
        super().__init__([row(self._chosen), self._asked])

    def close(self) -> None:
        """Wait for no answer any more."""
        self._asked.close()
        super().close()

    def show(self, table: pd.DataFrame) -> None:
        """Offer the requests of a table of unmet requests."""
        pairs: Iterable[tuple[str, str]] = zip(table["Student ID"], table["Course ID"], strict=True)
        options = [(f"{student}: {course}", (student, course)) for student, course in pairs]
        self._chosen.options = options[:MOST_REQUESTS]
        self._chosen.index = 0 if options else None
        self.layout.display = "" if options else "none"
        self._choose()

    def _choose(self) -> None:
        chosen = self._chosen.value
        self._asked.about(None if chosen is None else lambda: why_request(self._outcome, *chosen))


def _listed(facts: Iterable[str]) -> str:
    return f'<div role="status">{bullets(facts).html}</div>'
