"""All sessions of a timetable as columns of numbers, with what is wrong with each, for a page to draw."""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from echelon_lib.constraints.base import Violation
from echelon_lib.domain.calendar import Time
from echelon_lib.domain.offerings import Section
from echelon_lib.domain.people import Attendee
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Placement, Timetable
from echelon_lib.formats.session_table import group_name
from echelon_lib.scoring.evaluate import Evaluation, evaluate
from echelon_lib.university import University

NAMED = ("course", "department", "section", "part", "room")
"""Columns that hold positions in the names of their kind; -1 for none."""
LISTED = ("faculty", "group", "mark")
"""Columns that hold positions in lists of positions, since a session may have several of them."""
COLUMNS = ("session", "day", "start", "length", "people", *NAMED, *LISTED)
"""The columns in their order; ``day`` is -1 where a session has no place."""


@dataclass(frozen=True, slots=True)
class Names:
    """Everybody or everything of a kind: identifiers, and a few words about each."""

    ids: tuple[str, ...]
    about: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SessionColumns:
    """The sessions of a timetable.

    Parameters
    ----------
    days, hours
        Names of the days, and when each slot of a day begins and the last one ends.
    sessions
        Identifiers of the sessions.
    columns
        A number for each session and day on which it is held, by the names in ``COLUMNS``.
    names
        What the numbers of a kind stand for. ``group`` are students by programme and year, or batches;
        ``mark`` the required rules that are broken, each with the evaluator's sentence.
    lists
        What the numbers of faculty, groups and marks of a session stand for: positions in ``names``.
    """

    days: tuple[str, ...]
    hours: tuple[str, ...]
    sessions: tuple[str, ...]
    columns: Mapping[str, array[int]]
    names: Mapping[str, Names]
    lists: Mapping[str, tuple[tuple[int, ...], ...]]

    @property
    def marked(self) -> int:
        """How many sessions break a required rule."""
        marks = self.lists["mark"]
        found = {
            session
            for session, mark in zip(self.columns["session"], self.columns["mark"], strict=True)
            if marks[mark]
        }
        return len(found)


class _Lists:
    """Lists of positions, each kept once."""

    def __init__(self) -> None:
        self.known: dict[tuple[int, ...], int] = {(): 0}

    def position(self, members: Iterable[int]) -> int:
        return self.known.setdefault(tuple(members), len(self.known))


def session_columns(
    problem: Problem, timetable: Timetable, evaluation: Evaluation | None = None
) -> SessionColumns:
    """Return the sessions of a timetable as columns.

    Parameters
    ----------
    problem, timetable
        The problem of a university, and any timetable of it.
    evaluation
        What ``evaluate`` says of the timetable, if it is at hand; the marks come from there alone.

    Notes
    -----
    Groups are those of a programme and a year, or batches of several people; the sentence of a mark may name
    a student.
    """
    names = _names(problem)
    at = {kind: {id: place for place, id in enumerate(one.ids)} for kind, one in names.items()}
    names["mark"], marks = _marks(problem, timetable, evaluation or evaluate(problem, timetable))
    lists = {kind: _Lists() for kind in LISTED}
    columns: dict[str, array[int]] = {name: array("i") for name in COLUMNS}
    group_of = {who.id: at["group"][_group(who)] for who in problem.groups}
    sessions: list[str] = []
    for section in problem.sections.values():
        course = problem.course_of[section.id].id
        teachers = (at["faculty"][id] for id in problem.teachers_of(section))
        groups = sorted({group_of[id] for id in section.attendees if id in group_of})
        of_section = {
            "people": section.headcount,
            "course": at["course"][course],
            "department": at["department"].get(section.department, -1),
            "section": at["section"][section.id],
            "part": at["part"].get(_part(section), -1),
            "faculty": lists["faculty"].position(teachers),
            "group": lists["group"].position(groups),
        }
        for meeting in section.meetings:
            placement = timetable.placements.get(meeting.id)
            row = {
                **of_section,
                "session": len(sessions),
                "room": -1 if placement is None else at["room"].get(placement.room or "", -1),
                "mark": lists["mark"].position(marks.get(meeting.id, ())),
            }
            sessions.append(meeting.id)
            for day, start, length in _times(problem, placement):
                row |= {"day": day, "start": start, "length": length}
                for name in COLUMNS:
                    columns[name].append(row[name])
    return SessionColumns(
        problem.calendar.days,
        _hours(problem),
        tuple(sessions),
        columns,
        names,
        {kind: tuple(one.known) for kind, one in lists.items()},
    )


def _times(problem: Problem, placement: Placement | None) -> Iterator[tuple[int, int, int]]:
    """Yield day, first slot and slots of a placement, for each of its days; one of -1 for none."""
    if placement is None:
        yield -1, 0, 1
        return
    for day in problem.calendar.days_of(placement.time):
        yield day, placement.time.start, placement.time.length


def _hours(problem: Problem) -> tuple[str, ...]:
    calendar = problem.calendar
    if len(set(calendar.clock)) == 1:
        return calendar.clock[0]
    return tuple(calendar.hours(Time(slot))[0] for slot in range(calendar.slots + 1))


def _names(problem: Problem) -> dict[str, Names]:
    """Return who and what there is, with what the files say of it."""
    files = problem.source.files if isinstance(problem.source, University) else None
    title = {row.id: row.name for row in files.courses} if files is not None else {}
    departments_of = files.departments if files is not None else ()
    of_department = {row.id: ", ".join(filter(None, (row.name, row.school))) for row in departments_of}
    people = {who.id: who for who in problem.teachers}
    rooms = {room.id: room for room in problem.rooms}
    size: Counter[str] = Counter()
    for who in problem.groups:
        size[_group(who)] += who.size
    departments = {section.department for section in problem.sections.values()} - {""}
    parts = {_part(section) for section in problem.sections.values()} - {""}
    return {
        "course": _named(problem.course, lambda id: title.get(id, "")),
        "department": _named(departments, lambda id: of_department.get(id, "")),
        "section": _named(problem.sections, lambda id: ""),
        "part": _named(parts, lambda id: ""),
        "room": _named(rooms, lambda id: _about_room(rooms[id].building, rooms[id].capacity)),
        "faculty": _named(people, lambda id: people[id].details.get("Name", people[id].department)),
        "group": _named(size, lambda id: f"{size[id]:,} students in all"),
    }


def _named(ids: Iterable[str], about: Callable[[str], str]) -> Names:
    ordered = tuple(sorted(ids))
    return Names(ordered, tuple(about(id) for id in ordered))


def _about_room(building: str, seats: int) -> str:
    return f"{building}, {seats} seats" if building else f"{seats} seats"


def _group(who: Attendee) -> str:
    """Return the group as which a student is shown: a batch of several people has a name of its own."""
    return who.id if who.size > 1 or not who.tags else group_name(who.tags)


def _part(section: Section) -> str:
    return " ".join(sorted(section.tags))


def _marks(
    problem: Problem, timetable: Timetable, evaluation: Evaluation
) -> tuple[Names, Mapping[str, Sequence[int]]]:
    """Return the required rules that are broken, in the evaluator's words, and those of each session.

    Where sessions clash for several people, one of them is named and the others are counted.
    """
    alike: defaultdict[tuple[str, tuple[str, ...]], list[Violation]] = defaultdict(list)
    for violation in evaluation.violations():
        if violation.enforcement.required:
            sessions = tuple(_sessions_of(problem, timetable, violation))
            alike[violation.rule, sessions].append(violation)
    found: defaultdict[str, list[int]] = defaultdict(list)
    rules: list[str] = []
    sentences: list[str] = []
    for (rule, sessions), violations in alike.items():
        for session in sessions:
            found[session].append(len(rules))
        rules.append(rule)
        more = f" So it is {len(violations) - 1:,} times more." if len(violations) > 1 else ""
        sentences.append(f"{violations[0].sentence}{more}")
    return Names(tuple(rules), tuple(sentences)), found


def _sessions_of(problem: Problem, timetable: Timetable, violation: Violation) -> Sequence[str]:
    """Return the sessions that a violation speaks of.

    It names them, or sections with more sessions than it is about: then those whose name or time stands in
    its sentence, or all of them where none does.
    """
    named = [one for one in violation.who if one in problem.meetings]
    if named:
        return named
    of_sections = [
        meeting.id
        for one in violation.who
        if one in problem.sections
        for meeting in problem.sections[one].meetings
    ]

    def spoken_of(session: str) -> bool:
        placement = timetable.placements.get(session)
        when = problem.calendar.name(placement.time) if placement is not None else session
        return session in violation.sentence or when in violation.sentence

    return [one for one in of_sections if spoken_of(one)] or of_sections
