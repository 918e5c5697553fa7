"""The views of a university's run, each made when it is first looked at."""

from __future__ import annotations

from typing import Any, ClassVar

import ipywidgets
import traitlets

from echelon_lib.analysis.outcome import cost_table, stage_table
from echelon_lib.analysis.quality import LINES, quality_table
from echelon_lib.analysis.university_week import WhoseWeek, names_of, room_use, week_of
from echelon_lib.domain.errors import EchelonError
from echelon_lib.plots.clusters import plot_clusters, plot_kinds
from echelon_lib.plots.page import bullets
from echelon_lib.plots.progress import plot_progress
from echelon_lib.plots.university_week import plot_hours, plot_rooms
from echelon_lib.runs.outcome import Outcome
from echelon_lib.widgets.calendar_downloads import calendar_of_one
from echelon_lib.widgets.figure_view import FigureView
from echelon_lib.widgets.following import Following
from echelon_lib.widgets.markup import facts, heading, prose, row, said, tabled, wide
from echelon_lib.widgets.result_panel import ResultPanel
from echelon_lib.widgets.session_grid import SessionGrid
from echelon_lib.widgets.university_state import UniversityState

_FIRST = (
    *("faculty_preference", "student_compactness", "faculty_compactness"),
    *("seat_utilisation", "room_utilisation", "workload_deviation"),
)
"""The measures that are asked for first."""
_KINDS: tuple[tuple[str, WhoseWeek], ...] = (
    ("Member of the faculty", "faculty"),
    ("Room", "room"),
    ("Student or batch", "group"),
    ("Course", "course"),
)
_CLASHES = (
    "Clashes left: an hour that somebody has twice counts 1, of faculty 10, a session without a place 1,000. "
    "The cost is known as soon as nothing clashes."
)
_MOST_ROOMS, _MOST_CLUSTERS = 300, 60


def week(state: UniversityState, outcome: Outcome) -> ipywidgets.Widget:
    """Return all sessions as a grid that the browser filters; what breaks a required rule is marked."""
    if state.sessions is None:
        return ipywidgets.HTML(said("There is no timetable, so there is nothing to show here."))
    grid = SessionGrid(state.sessions)
    by = traitlets.link((state, "grid_by"), (grid, "by"))
    hint = prose(
        "Choose what the rows are, and find by any words: a course, a room, a name, a group. The name of a "
        "row shows its week by itself; a session tells what is known of it. Arrow keys walk from session to "
        "session."
    )
    closest = "There is no timetable. This is what comes closest to one; what it lacks is marked."
    warned = [ipywidgets.HTML(said(closest, "warning"))] if outcome.result.best is None else []
    return Following([*warned, hint, grid], by.unlink)


def quality(state: UniversityState, outcome: Outcome) -> ipywidgets.Widget:
    """Return how good the timetable is, with the formula of each measure, and what it pays for."""
    parts: list[ipywidgets.Widget] = []
    measures = outcome.summary.quality
    if measures is not None:
        known = [(LINES[name], getattr(measures, name)) for name in _FIRST]
        pairs = [(line.title, f"{value:.2f} {line.unit}") for line, value in known if value is not None]
        broken = outcome.summary.broken
        pairs.append(("Required rules broken", "unknown" if broken is None else f"{broken:,}"))
        parts += [
            ipywidgets.HTML(facts(pairs)),
            ipywidgets.HTML(tabled(quality_table({"This run": measures}).round(2))),
        ]
    if outcome.result.evaluation is not None:
        parts += [
            heading("What is left to pay, rule by rule", 3),
            ipywidgets.HTML(tabled(cost_table(outcome.result.evaluation))),
        ]
    stages = tabled(stage_table(outcome.result), otherwise="The search did not come to any stage.")
    parts += [
        heading("What the search did", 3),
        ipywidgets.HTML(stages),
        prose(_CLASHES),
        ipywidgets.HTML(bullets(outcome.result.notes).html),
    ]
    if outcome.result.trace:
        parts.append(FigureView(plot_progress(outcome.result), alt="Best cost so far over time"))
    return ipywidgets.VBox(parts)


def use(state: UniversityState, outcome: Outcome) -> ipywidgets.Widget:
    """Return how the hours of the week and the rooms are used."""
    problem, timetable = outcome.problem, outcome.result.best
    assert timetable is not None
    return ipywidgets.VBox(
        [
            FigureView(plot_hours(problem, timetable)),
            FigureView(plot_rooms(problem, timetable)),
            heading("Rooms, the least used first", 3),
            ipywidgets.HTML(tabled(room_use(problem, timetable), most=_MOST_ROOMS, shares=("Use", "Filled"))),
        ]
    )


def clusters(state: UniversityState, outcome: Outcome) -> ipywidgets.Widget:
    """Return which courses share students: found beside the page when asked for, since it takes a while."""
    button = ipywidgets.Button(description="Find the clusters", icon="search")
    button.on_click(lambda pressed: state.find_clusters())
    place = ipywidgets.VBox()

    def show(change: Any = None) -> None:
        found = state.clusters
        if found is None:
            place.children = ()
            return
        place.children = (
            FigureView(plot_kinds(found)),
            FigureView(plot_clusters(found)),
            ipywidgets.HTML(tabled(found.clusters, most=_MOST_CLUSTERS)),
        )

    state.observe(show, "clusters")
    show()
    about = prose(
        "Courses that share students hang together. Which do so, and what a split between them would cut, "
        "follows from the enrolments alone; large universities take some time."
    )
    return Following([about, button, place], lambda: state.unobserve(show, "clusters"))


class LookupView(ipywidgets.VBox):
    """The week of one person, room or course, and its calendar."""

    def __init__(self, state: UniversityState, outcome: Outcome) -> None:
        self._outcome = outcome
        self._kind = ipywidgets.Dropdown(options=_KINDS, description="Whose week", layout=wide())
        self._name = ipywidgets.Combobox(
            description="Identifier", placeholder="as the files have it", ensure_option=False, layout=wide()
        )
        self._told = ipywidgets.HTML()
        self._week = ipywidgets.VBox()
        self._kind.observe(self._other_kind, "value")
        self._name.observe(self._show, "value")
        super().__init__([row(self._kind, self._name), self._told, self._week])
        self._other_kind()

    def _other_kind(self, change: Any = None) -> None:
        # Students are many and are nobody's to browse: their identifiers are typed.
        known = [] if self._kind.value == "group" else names_of(self._outcome.problem, self._kind.value)
        self._name.options = known
        self._name.value = ""
        self._show()

    def _show(self, change: Any = None) -> None:
        kind, id = self._kind.value, self._name.value.strip()
        problem, timetable = self._outcome.problem, self._outcome.result.best
        self._week.children = ()
        self._told.value = said("Type or choose an identifier to see its week.") if not id else ""
        if not id or timetable is None:
            return
        try:
            table = week_of(problem, timetable, kind, id)
        except EchelonError as error:
            self._told.value = said(str(error), "warning")
            return
        shown = ipywidgets.HTML(f'<div class="ech-lines">{tabled(table)}</div>')
        calendar = [] if kind == "course" else [calendar_of_one(self._outcome, id)]
        self._week.children = (heading(f"The week of {id}", 3), shown, *calendar)


class UniversityResultPanel(ResultPanel):
    """Shows the run of a university, one view at a time."""

    step = "review"
    titles: ClassVar = {
        "week": "Week",
        "quality": "Quality",
        "use": "Rooms and hours",
        "clusters": "Clusters",
        "lookup": "Look up",
    }
    views: ClassVar = {
        "week": week,
        "quality": quality,
        "use": use,
        "clusters": clusters,
        "lookup": LookupView,
    }
    without_timetable = ("week", "quality", "clusters")
