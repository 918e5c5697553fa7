"""Who gains and who loses when one timetable of a university takes the place of another.

People are counted: a batch of students counts as often as it has people, and no student is named.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pandas as pd

from echelon_lib.analysis.quality import preferred_hours, span_of
from echelon_lib.constraints.base import View
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.formats.session_table import group_name

IDLE, PREFERRED = "idle hours", "preferred hours"
"""What is compared for each person, by the week: hours between sessions, and hours at preferred times."""
ALL, DEPARTMENT, YEAR = "all", "department", "programme and year"
"""By what people are put together."""
FEWEST_COUNTED = 5
"""People of a group that is shown apart, at least: of fewer, a count would speak of persons."""

COLUMNS = (
    *("Variant", "Who", "By", "Group", "Measure", "People", "Better", "Worse"),
    *("Before", "After", "Change"),
)


@dataclass
class _Counted:
    """People of a group: how many, how many of them fare better and worse, and their hours added up."""

    people: int = 0
    better: int = 0
    worse: int = 0
    before: int = 0
    after: int = 0

    def add(self, size: int, before: int, after: int, *, higher: bool) -> None:
        gain = after - before if higher else before - after
        self.people += size
        self.better += size * (gain > 0)
        self.worse += size * (gain < 0)
        self.before += size * before
        self.after += size * after


def who_gains(problem: Problem, timetables: Mapping[str, Timetable]) -> pd.DataFrame:
    """Return how many people each timetable serves better and worse than the first, group by group.

    Parameters
    ----------
    problem
        The problem of all of them.
    timetables
        The timetables by their names, such as those of variants.

    Returns
    -------
    DataFrame
        Variant, Who (``students`` or ``faculty``), By (``all``, ``department`` or ``programme and year``),
        Group, Measure (``idle hours`` of the week between sessions; of faculty also ``preferred hours``,
        those taught at preferred times), People, Better, Worse (people with fewer idle or more preferred
        hours, or the other way round), Before, After, Change (hours a week and person: in the first, in this,
        and the difference). Everybody first, then groups by name.
    """
    weeks = {name: _Week.of(problem, timetable) for name, timetable in timetables.items()}
    rows: list[tuple[object, ...]] = []
    first = next(iter(weeks.values()), None)
    for name, week in weeks.items():
        if first is None or week is first:
            continue
        counted: defaultdict[tuple[str, str, str, str], _Counted] = defaultdict(_Counted)
        for person in problem.attendees:
            if person.kind == "student" or person.id not in week.idle:
                continue
            who = "faculty" if person.kind == "teacher" else "students"
            for measure, before, after, higher in _both(first, week, person.id):
                for by, group in _groups(person.kind == "teacher", person.department, person.tags):
                    counted[who, by, group, measure].add(person.size, before, after, higher=higher)
        order = {by: number for number, by in enumerate((ALL, DEPARTMENT, YEAR))}
        keys = sorted(counted, key=lambda key: (key[0] == "faculty", key[3], order[key[1]], key[2]))
        rows += [(name, *key, *_figures(counted[key])) for key in keys]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    kinds = dict.fromkeys(("People", "Better", "Worse"), "int64")
    return table.astype(kinds | dict.fromkeys(("Before", "After", "Change"), "float64"))


def gains_table(gains: pd.DataFrame) -> pd.DataFrame:
    """Return how many people fare better and worse in each variant, side by side; no member of faculty alone.

    Parameters
    ----------
    gains
        What ``who_gains`` returned.

    Returns
    -------
    DataFrame
        Who, Measure, People, and for each variant its people who are better and worse off: all students and
        all faculty, then the students of each programme and year of which there are several.
    """
    several = (gains["By"] == YEAR) & (gains["Who"] == "students") & (gains["People"] >= FEWEST_COUNTED)
    kept = gains[(gains["By"] == ALL) | several]
    rows: dict[tuple[str, str], dict[str, object]] = {}
    for one in kept.sort_values("By", key=lambda by: by != ALL, kind="stable").to_dict("records"):
        who = f"All {one['Who']}" if one["By"] == ALL else str(one["Group"])
        known = {"Who": who, "Measure": one["Measure"], "People": one["People"]}
        row = rows.setdefault((who, str(one["Measure"])), known)
        row[f"{one['Variant']}: better"], row[f"{one['Variant']}: worse"] = one["Better"], one["Worse"]
    return pd.DataFrame(list(rows.values()))


def faculty_gains(problem: Problem, timetables: Mapping[str, Timetable]) -> pd.DataFrame:
    """Return the hours of each member of the faculty in each timetable; it names people.

    Returns
    -------
    DataFrame
        Faculty, Department, Measure (as in ``who_gains``), and a column of hours a week for each timetable.
    """
    weeks = {name: _Week.of(problem, timetable) for name, timetable in timetables.items()}
    rows = []
    for person in problem.teachers:
        for measure, hours in ((IDLE, "idle"), (PREFERRED, "preferred")):
            found = [getattr(week, hours).get(person.id) for week in weeks.values()]
            if any(one is not None for one in found):
                rows.append((person.id, person.department, measure, *found))
    table = pd.DataFrame(rows, columns=["Faculty", "Department", "Measure", *weeks])
    return table.astype(dict.fromkeys(weeks, "Int64"))


@dataclass(frozen=True)
class _Week:
    """Hours a week of each person: idle ones, and taught ones at preferred times where wishes count."""

    idle: Mapping[str, int]
    preferred: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, problem: Problem, timetable: Timetable) -> _Week:
        view = View(problem, timetable)
        idle = {}
        for person, sections in view.attending:
            taken = view.taken(sections)
            idle[person.id] = span_of(taken, problem.calendar.slots)[0] - taken.bit_count()
        return cls(idle, {who: liked for who, liked, _ in preferred_hours(view)})


def _both(first: _Week, week: _Week, id: str) -> Iterator[tuple[str, int, int, bool]]:
    """Yield each measure of a person in two weeks, and whether more of it is better."""
    yield IDLE, first.idle[id], week.idle[id], False
    if id in first.preferred and id in week.preferred:
        yield PREFERRED, first.preferred[id], week.preferred[id], True


def _groups(teaches: bool, department: str, tags: frozenset[str]) -> Iterator[tuple[str, str]]:
    yield ALL, ALL
    if department:
        yield DEPARTMENT, department
    if tags and not teaches:
        yield YEAR, group_name(tags)


def _figures(one: _Counted) -> tuple[float, ...]:
    before, after = (hours / one.people if one.people else 0.0 for hours in (one.before, one.after))
    return one.people, one.better, one.worse, before, after, after - before
