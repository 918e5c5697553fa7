"""What changes of sections came to: before and after side by side, and the rounds of a run."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

import ipywidgets
import pandas as pd

from echelon_lib.analysis.shares import part_of
from echelon_lib.analysis.staffing import load_changes, section_changes
from echelon_lib.plots.rounds import plot_before_after, plot_rounds
from echelon_lib.runs.outcome import Outcome
from echelon_lib.runs.round_tables import proposal_table, round_table
from echelon_lib.runs.rounds import Figures, Round, Rounds
from echelon_lib.widgets.figure_view import FigureView
from echelon_lib.widgets.fold import Fold
from echelon_lib.widgets.markup import Tone, heading, prose, row, said, tabled

if TYPE_CHECKING:
    from echelon_lib.widgets.advice_state import AdviceState

_MOST_COURSES = 12


def before_after(
    state: AdviceState, before: Outcome, after: Outcome, came_to: Round
) -> list[ipywidgets.Widget]:
    """Return whether the changes made it better, what is different, and what can be done with it."""
    tone, verdict, more = judged(came_to)
    keep = ipywidgets.Button(description="Keep it", icon="check", button_style="primary")
    keep.on_click(lambda button: state.keep())
    back = ipywidgets.Button(description="Take it back", icon="undo")
    back.on_click(lambda button: state.take_back())
    loads = load_changes(before.problem, after.problem)
    parts = [
        heading("What the changes came to", 3),
        ipywidgets.HTML(f'<div role="status">{said(verdict, tone, more=more)}</div>'),
        ipywidgets.HTML(tabled(figures_table(came_to.before, came_to.after))),
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
    return "warning", "It is worse with the changes. Take them back, or solve with more time.", more


def _differences(before: Figures, after: Figures) -> Iterator[str]:
    """Yield what is different, a sentence for each figure."""

    def counted(count: int, one: str, several: str) -> str:
        return f"{abs(count):,} {one if abs(count) == 1 else several}"

    met, under = after.met - before.met, after.below_target - before.below_target
    sections = after.sections - before.sections
    if met:
        yield f"{counted(met, 'request', 'requests')} {'more' if met > 0 else 'fewer'} met."
    else:
        yield "As many requests are met as before."
    if sections:
        yield f"{counted(sections, 'section', 'sections')} {'more' if sections > 0 else 'fewer'} to be held."
    if under:
        yield f"{counted(under, 'section', 'sections')} {'more' if under > 0 else 'fewer'} under 75 %."


def figures_table(before: Figures, after: Figures | None) -> pd.DataFrame:
    """Return the figures before and after, a row for each."""
    sides = (before, before if after is None else after)
    rows = [
        ("Requests met", *(part_of(one.met, one.requests) for one in sides)),
        ("Weight of unmet requests", *(f"{one.unmet:,}" for one in sides)),
        ("Sections", *(f"{one.sections:,}" for one in sides)),
        ("Sections more than the requests need", *(f"{one.surplus:,}" for one in sides)),
        ("Sections under 75 %", *(f"{one.below_target:,}" for one in sides)),
        ("of them such as no change could help", *(f"{one.structural:,}" for one in sides)),
        ("Students missing to 75 % everywhere", *(f"{one.shortfall:,}" for one in sides)),
    ]
    table = pd.DataFrame(rows, columns=["Figure", "Before", "After"], dtype=str)
    return table if after is not None else table.drop(columns="After")


def rounds_of(rounds: Rounds) -> list[ipywidgets.Widget]:
    """Return what an adviser did within a run, round by round; what was rolled back says so."""
    parts: list[ipywidgets.Widget] = [
        heading("What the adviser did in this run", 3),
        ipywidgets.HTML(said(rounds.ended)),
    ]
    if not rounds.rounds:
        return parts
    drawn = {"First solve": rounds.rounds[0].before}
    drawn |= {f"Round {one.number}": one.after for one in rounds.rounds if one.after is not None}
    undone = [f"Round {one.number}" for one in rounds.rounds if one.kept is False]
    parts += [
        ipywidgets.HTML(tabled(round_table(rounds))),
        FigureView(plot_rounds(drawn, undone=undone), alt="Figures after the first solve and each round"),
    ]
    parts += [
        Fold(f"Round {one.number}: what was proposed", one.text, partial(_proposals, one))
        for one in rounds.rounds
    ]
    return parts


def _proposals(one: Round) -> list[ipywidgets.Widget]:
    return [ipywidgets.HTML(tabled(proposal_table(one), otherwise="Nothing was proposed."))]
