"""The views of a run, each made when it is first looked at."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from html import escape
from typing import Any, Final

import ipywidgets
import traitlets

from echelon_lib.analysis.findings import finding_table
from echelon_lib.analysis.outcome import cost_table, result_table
from echelon_lib.analysis.shares import percent
from echelon_lib.analysis.staffing import posts_by_department
from echelon_lib.analysis.week import WEEK_BY
from echelon_lib.domain.timetable import Timetable
from echelon_lib.formats.printed import master_pages, student_cards, teacher_pages
from echelon_lib.plots.comparison import plot_comparison
from echelon_lib.plots.demand import plot_demand
from echelon_lib.plots.page import bullets
from echelon_lib.plots.progress import plot_progress
from echelon_lib.plots.staffing import plot_loads, plot_posts
from echelon_lib.plots.utilisation import plot_utilisation, plot_utilisation_by_course
from echelon_lib.preflight import impossible
from echelon_lib.runs.outcome import Outcome
from echelon_lib.runs.side_by_side import runs_table
from echelon_lib.scoring.explain import explain
from echelon_lib.widgets.conflict_view import ConflictView
from echelon_lib.widgets.download import Download
from echelon_lib.widgets.figure_view import FigureView
from echelon_lib.widgets.following import Following
from echelon_lib.widgets.group_view import GroupView
from echelon_lib.widgets.lock_view import LockView, SectionLocks
from echelon_lib.widgets.lookup_frame import LookupFrame
from echelon_lib.widgets.markup import facts, heading, moment, prose, said, tabled, wide
from echelon_lib.widgets.run_downloads import downloads
from echelon_lib.widgets.state import MOST_OTHERS, MasterScheduleState
from echelon_lib.widgets.unmet_view import UnmetView
from echelon_lib.widgets.week_grid import WeekGrid
from echelon_lib.widgets.why_views import Asked, why_section

COMPARE: Final = "compare"
_MOST_ROWS = 500


def overview(state: MasterScheduleState, outcome: Outcome) -> ipywidgets.Widget:
    """Return what was reached, what it cost, and how the search came to it."""
    result = outcome.result
    parts = [
        ipywidgets.HTML(facts(_figures(outcome))),
        ipywidgets.HTML(
            tabled(result_table(outcome.problem, result, outcome.greedy, numbers=outcome.summary))
        ),
        prose(
            "Greedy is a quick timetable of the same school that never looks back: what is better than it is "
            "the worth of the search. Level 1 is the weight of unmet requests, level 2 everything else that "
            "has a price."
        ),
        ipywidgets.HTML(bullets(dict.fromkeys(result.notes), "There is nothing to add to the numbers.").html),
    ]
    blocked = impossible(outcome.findings)
    if blocked:
        parts += [
            heading("Why there can be no timetable", 3),
            ipywidgets.HTML(tabled(finding_table(blocked))),
        ]
    if result.evaluation is not None:
        parts += [
            heading("What is left to pay, rule by rule", 3),
            ipywidgets.HTML(tabled(cost_table(result.evaluation, outcome.greedy), otherwise="Nothing.")),
        ]
    if result.trace:
        parts.append(FigureView(plot_progress(result), alt="Incumbent and bound over time"))
    return ipywidgets.VBox(parts)


def _figures(outcome: Outcome) -> list[tuple[str, str]]:
    """Return the numbers a principal asks first."""
    known = outcome.summary
    found = [
        ("Requests met", known.met, known.requests),
        ("Core requests filled", known.core_filled, known.core),
        ("Students complete", known.complete, known.students),
        ("Seats used", known.enrolled, known.seats),
    ]
    pairs = [(name, percent(part, whole)) for name, part, whole in found if part is not None and whole]
    if known.below_target is not None:
        pairs.append(("Sections under 75 %", f"{known.below_target:,} of {known.sections:,}"))
    if known.broken is not None:
        pairs.append(("Required rules broken", f"{known.broken:,}"))
    return pairs


def week(state: MasterScheduleState, outcome: Outcome) -> ipywidgets.Widget:
    """Return the master schedule as a grid; choosing a section explains where it is."""
    by = ipywidgets.ToggleButtons(
        options=[(f"By {name}", name) for name in WEEK_BY], style={"button_width": "auto"}
    )
    chosen = traitlets.link((state, "grid_by"), (by, "value"))
    find = ipywidgets.Text(description="Find", placeholder="a teacher, course or section", layout=wide())
    grid = WeekGrid()
    about = ipywidgets.HTML()
    why = Asked("Why is it there, and what would moving it cost?", state.background)
    stays = SectionLocks(state.locking, outcome)

    def draw(change: Any = None) -> None:
        grid.show(outcome.problem, outcome.result.best, state.grid_by)

    def mark(change: Any = None) -> None:
        grid.locked = sorted(state.locking.sections)

    def tell(change: Any = None) -> None:
        about.value = _explained(outcome, state.section)
        known = state.section in outcome.problem.sections and outcome.result.best is not None
        why.about(partial(why_section, outcome, state.section) if known else None)
        stays.about(state.section if known else "")

    draw()
    mark()
    tell()
    state.observe(draw, "grid_by")
    state.observe(tell, "section")
    state.locking.observe(mark, "locks")
    selected = traitlets.link((state, "section"), (grid, "selected"))
    traitlets.link((find, "value"), (grid, "filter"))

    def leave() -> None:
        for link in (chosen, selected):
            link.unlink()
        state.unobserve(draw, "grid_by")
        state.unobserve(tell, "section")
        state.locking.unobserve(mark, "locks")
        stays.close()
        why.close()

    return Following([by, find, grid, stays, about, why], leave)


def locks(state: MasterScheduleState, outcome: Outcome) -> ipywidgets.Widget:
    """Return what is locked, what can be, and what became of the locks of this run."""
    return LockView(state.locking, outcome)


def _explained(outcome: Outcome, section: str) -> str:
    if not section or section not in outcome.problem.sections or outcome.result.best is None:
        return said("Choose a section to see what is known of its place.")
    told = explain(outcome.problem, outcome.result.best, section)
    return f'<div role="status"><h3>{escape(told.id)}</h3>{bullets(told.facts).html}</div>'


def sections(state: MasterScheduleState, outcome: Outcome) -> ipywidgets.Widget:
    """Return how full sections and courses are, what is asked for, and the posts and loads of teachers."""
    problem, timetable = outcome.problem, outcome.result.best or Timetable()
    columns = ["Section", "Course", "Teacher", "Period", "Seats", "Enrolled", "Utilisation", "Why"]
    return ipywidgets.VBox(
        [
            heading("Sections under 75 % of their seats", 3),
            ipywidgets.HTML(
                tabled(
                    outcome.tables["below target"][columns],
                    most=_MOST_ROWS,
                    otherwise="Every section is at 75 % or more.",
                )
            ),
            FigureView(
                plot_utilisation(problem, timetable, most=40), alt="Share of seats used, section by section"
            ),
            FigureView(
                plot_utilisation_by_course(problem, timetable, most=40),
                alt="Share of seats used, course by course",
            ),
            heading("Requests and places", 3),
            FigureView(plot_demand(problem, most=40)),
            heading("Teaching posts that the requests need", 3),
            prose(
                "Sections needed ÷ sections of a full load, department by department, beside the posts that "
                "its teachers hold. A number below 0 under Over is a post that is missing."
            ),
            FigureView(plot_posts(problem)),
            ipywidgets.HTML(tabled(posts_by_department(problem), most=_MOST_ROWS)),
            heading("Loads of teachers", 3),
            FigureView(plot_loads(problem, timetable)),
        ]
    )


def lookup(state: MasterScheduleState, outcome: Outcome) -> ipywidgets.Widget:
    """Return the page in which a student's, teacher's or section's timetable is looked up and printed."""
    try:
        return LookupFrame(html=(outcome.folder / "viewer.html").read_text(encoding="utf-8"))
    except (OSError, UnicodeError):
        return ipywidgets.HTML(said("The page of this run, viewer.html, cannot be read any more.", "error"))


def unmet(state: MasterScheduleState, outcome: Outcome) -> ipywidgets.Widget:
    """Return the requests that are not met, with the reason of each."""
    return UnmetView(outcome, state.background)


def conflicts(state: MasterScheduleState, outcome: Outcome) -> ipywidgets.Widget:
    """Return which courses students ask for together; a cell opens its students."""
    return ConflictView(outcome.problem, outcome.result.best, outcome.result.evaluation)


def groups(state: MasterScheduleState, outcome: Outcome) -> ipywidgets.Widget:
    """Return how groups of students fare beside each other."""
    return GroupView(outcome.problem, outcome.result.best or Timetable(), outcome.result.evaluation)


def compare(state: MasterScheduleState, outcome: Outcome) -> ipywidgets.Widget:
    """Return this run beside greedy and beside earlier runs."""
    finished = [job for job in state.jobs if job.record is not None and job.id != state.run]
    chosen = ipywidgets.SelectMultiple(
        options=[(f"{moment(job.started)} {job.school}", job.id) for job in finished],
        description="Beside it",
        rows=min(6, max(2, len(finished))),
        layout=wide(),
    )
    chosen.value = tuple(id for id in state.others if id in {job.id for job in finished})
    table = ipywidgets.HTML()
    figure = FigureView(alt="Shares of requests met and of students complete, for each run")

    def draw(change: Any = None) -> None:
        records = {}
        for id in (state.run, *state.others):
            job = state.job(id)
            if job is not None and job.record is not None:
                name = "This run" if id == state.run else f"{job.school} {moment(job.started)}"
                records[name if name not in records else f"{name} ({id[-8:]})"] = job.record
        table.value = tabled(runs_table(records))
        own = records.get("This run")
        reached = {name: one for name, record in records.items() if (one := record.reached()) is not None}
        greedy = None if own is None else own.greedy()
        figure.show(plot_comparison({"Greedy": greedy, **reached} if greedy is not None else reached))

    def take(change: Any) -> None:
        state.others = list(chosen.value)[:MOST_OTHERS]
        draw()

    chosen.observe(take, "value")
    draw()
    hint = f"Hold Ctrl to choose several, at most {MOST_OTHERS}; of others only the first are shown."
    hint = f"{hint} The figures are those that each run recorded."
    if not finished:
        hint = "There is no other run that ended yet."
    return ipywidgets.VBox([prose(hint), chosen, table, figure])


def files(state: MasterScheduleState, outcome: Outcome) -> ipywidgets.Widget:
    """Return what can be taken away."""
    return ipywidgets.VBox([downloads(outcome.folder), *_printed(outcome)])


def _printed(outcome: Outcome) -> list[ipywidgets.Widget]:
    """Return what is printed in bulk; each page is made when it is asked for."""
    problem, timetable = outcome.problem, outcome.result.best
    if timetable is None:
        return []
    name, left = outcome.folder.name, outcome.tables["unmet"]
    pages: list[tuple[str, str, Callable[[], str], str]] = [
        (
            "Students' cards",
            "students",
            lambda: student_cards(problem, timetable, unmet=left.itertuples(index=False, name=None)),
            "A page to print: a card a student, several on a sheet, by grade.",
        ),
        (
            "Teachers' pages",
            "teachers",
            lambda: teacher_pages(problem, timetable),
            "A page to print: a sheet a teacher.",
        ),
        (
            "Master schedule to print",
            "master",
            lambda: master_pages(problem, timetable),
            "A page to print: teachers by periods, then a sheet a department.",
        ),
    ]
    return [
        Download(label, f"{name}-{what}.html", partial(_bytes, make), description=about)
        for label, what, make, about in pages
    ]


def _bytes(make: Callable[[], str]) -> bytes:
    return make().encode("utf-8", "replace")


VIEWS: Final[dict[str, Callable[[MasterScheduleState, Outcome], ipywidgets.Widget]]] = {
    "overview": overview,
    "week": week,
    "locks": locks,
    "sections": sections,
    "conflicts": conflicts,
    "lookup": lookup,
    "unmet": unmet,
    "groups": groups,
    COMPARE: compare,
    "files": files,
}
