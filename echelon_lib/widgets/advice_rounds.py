"""What changes of sections came to: before and after side by side, and the rounds of a run."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

import ipywidgets
import pandas as pd

from echelon_lib.analysis.staffing import load_changes, section_changes
from echelon_lib.plots.rounds import plot_before_after, plot_rounds
from echelon_lib.runs.outcome import Outcome
from echelon_lib.runs.round_tables import (
    figure_table,
    proposal_table,
    round_figures,
    round_table,
    taken_back,
)
from echelon_lib.runs.rounds import Figures, Round, Rounds
from echelon_lib.widgets.figure_view import FigureView
from echelon_lib.widgets.fold import Fold
from echelon_lib.widgets.markup import Tone, heading, prose, row, said, tabled

if TYPE_CHECKING:
    from echelon_lib.widgets.advice_state import AdviceState

_MOST_COURSES = 12
_WORDS = {
    "Unmet weight": "Weight of unmet requests",
    "Surplus": "Sections more than the requests need",
    "Shortfall": "Students missing to 75 % of the seats, added up",
    "Under 75 %": "Sections under 75 %",
    "Structural": "of these, nothing can help",
}
"""What a principal calls the figures."""
_COLUMNS = {"Surplus": "Sections too many", "Shortfall": "Students missing"}


def before_after(
    state: AdviceState, before: Outcome, after: Outcome, came_to: Round
) -> list[ipywidgets.Widget]:
    """Return whether the changes made it better, what is different, and what can be done with it."""
    tone, verdict, more = judged(came_to)
    better = tone in ("good", "plain")
    keep = ipywidgets.Button(description="Keep it", icon="check", button_style="primary" if better else "")
    keep.on_click(lambda button: state.keep())
    back = ipywidgets.Button(
        description="Take it back", icon="undo", button_style="" if better else "primary"
    )
    back.on_click(lambda button: state.take_back())
    sides = {"Before": came_to.before} | ({"After": came_to.after} if came_to.after is not None else {})
    loads = load_changes(before.problem, after.problem)
    parts = [
        heading("What the changes came to", 3),
        ipywidgets.HTML(f'<div role="status">{said(verdict, tone, more=more)}</div>'),
        ipywidgets.HTML(tabled(figure_table(sides).replace({"Measure": _WORDS}))),
        row(keep, back),
        prose("Keeping it shows it as the result. Taking it back shows the earlier one; neither is lost."),
        heading("Sections that are different", 4),
        ipywidgets.HTML(tabled(section_changes(before.problem, after.problem), otherwise="None.")),
        heading("Teachers with more or fewer sections", 4),
        ipywidgets.HTML(tabled(loads, otherwise="None.")),
    ]
    if before.result.best is not None and after.result.best is not None:
        figure = plot_before_after(
            before.problem, before.result.best, after.problem, after.result.best, most=_MOST_COURSES
        )
        parts.append(FigureView(figure, alt="Share of seats used by each section, before and after"))
    return parts


def judged(came_to: Round) -> tuple[Tone, str, str]:
    """Return whether changes made a timetable better, with what is different in words."""
    before, after = came_to.before, came_to.after
    if after is None:
        return "error", "With these changes no timetable was found. Take them back.", came_to.note
    more = "\n".join(_differences(before, after))
    if not came_to.kept and after.score <= before.score:
        return "error", "With these changes a required rule is broken. Take them back.", came_to.note
    if after.score < before.score:
        return "good", "It is better with the changes.", more
    if after.score == before.score:
        return "plain", "It is neither better nor worse with the changes.", more
    return "warning", "It is worse with the changes. Take them back; more seconds may do better.", more


def _differences(before: Figures, after: Figures) -> Iterator[str]:
    """Yield what is different, a line for each figure that a person asks first."""
    for name, first, then in (
        ("Requests met", before.met, after.met),
        ("Sections", before.sections, after.sections),
        ("Sections under 75 %", before.below_target, after.below_target),
    ):
        more = then - first
        change = f"{abs(more):,} {'more' if more > 0 else 'fewer'}" if more else "as many as before"
        yield f"{name}: {change}."


def rounds_of(rounds: Rounds) -> list[ipywidgets.Widget]:
    """Return what an adviser did within a run, round by round; what was rolled back says so."""
    parts: list[ipywidgets.Widget] = [heading("What the adviser did in this run", 3)]
    if not rounds.rounds:
        return [*parts, ipywidgets.HTML(said(rounds.ended))]
    figures, undone = round_figures(rounds.rounds), taken_back(rounds.rounds)
    tone: Tone = "plain"
    verdict, more = "Nothing was changed.", ""
    kept = [one.after for one in rounds.rounds if one.kept and one.after is not None]
    if kept:
        whole = rounds.rounds[0].model_copy(update={"after": kept[-1], "kept": True})
        tone, verdict, more = judged(whole)
    elif undone:
        verdict = "Nothing was changed: what was tried was not better, and was rolled back."
    more = f"{more}\n{rounds.ended}".strip()
    parts += [
        ipywidgets.HTML(said(verdict, tone, more=more)),
        ipywidgets.HTML(tabled(_short(rounds))),
        FigureView(plot_rounds(figures, undone=undone), alt="Figures after the first solve and each round"),
    ]
    parts += [
        Fold(f"Round {one.number}: what was proposed", one.text, partial(_proposals, one))
        for one in rounds.rounds
    ]
    return parts


def _short(rounds: Rounds) -> pd.DataFrame:
    """Return the table of rounds; where one was worse, the figures beside it say how."""
    table = round_table(rounds).rename(columns=_COLUMNS)
    worse = [False, *(one.kept is False and one.after is not None for one in rounds.rounds)]
    return table.assign(Outcome=table["Outcome"].mask(worse, "rolled back: worse"))


def _proposals(one: Round) -> list[ipywidgets.Widget]:
    return [ipywidgets.HTML(tabled(proposal_table(one), otherwise="Nothing was proposed."))]
