"""From a timetable to the counts of a model and back to sections and students."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from echelon_lib.domain.calendar import Time
from echelon_lib.domain.timetable import Placement, Timetable
from echelon_lib.scoring.evaluate import serve
from echelon_lib.solvers.colouring import split_students, split_teachers
from echelon_lib.solvers.linear import FloatArray
from echelon_lib.solvers.reduce import Kind

if TYPE_CHECKING:
    from echelon_lib.solvers.master_schedule import MasterScheduleModel

_NOWHERE = Time(start=-1)


def encode(model: MasterScheduleModel, timetable: Timetable) -> FloatArray:
    """Return the columns of a timetable, as a start for a solver.

    Enrolments that serve no wish and meetings without a placement are left out, so that the start of an
    infeasible timetable may be infeasible.
    """
    values = np.zeros(model.linear.shape[1])
    problem = model.problem
    time_of = {
        section.id: placement.time
        for section in problem.sections.values()
        if (placement := timetable.placements.get(section.meetings[0].id)) is not None
    }
    for number, group in enumerate(model.reduction.classes):
        for members in group.members:
            for type_, ids in members.items():
                for id in ids:
                    column = model.m.get((number, type_, time_of.get(id, _NOWHERE)))
                    if column is not None:
                        values[column] += 1
    filled: Counter[tuple[Kind, Time]] = Counter()
    filled_tagged: Counter[tuple[Kind, Time]] = Counter()
    for number, students in enumerate(model.reduction.groups):
        for student in students.students:
            sections = [s for s in timetable.enrolments.get(student, ()) if s in problem.sections]
            by_course = {problem.course_of[section].id: section for section in sections}
            requests = problem.requests_of.get(student, ())
            outcome = serve(requests, problem.pooled.get(student, ()), set(by_course))
            for wish, one in enumerate(outcome):
                if one.course is None:
                    continue
                section = by_course[one.course]
                time = time_of.get(section, _NOWHERE)
                column = model.n.get((number, wish, one.course, time))
                if column is not None:
                    values[column] += 1
                    filled[model.reduction.kind[section], time] += 1
                    filled_tagged[model.reduction.kind[section], time] += students.tagged
                    if (number, section, time) in model.k:
                        values[model.k[number, section, time]] += 1
    for kind, time, e, q in model.split:
        values[e] = filled[kind, time]
        if q >= 0:
            values[q] = filled_tagged[kind, time]
    for column, pieces in model.epigraphs:
        values[column] = np.ceil(max(0.0, *(piece.value(values) for piece in pieces)) - 1e-6)
    return values


def decode(model: MasterScheduleModel, values: FloatArray) -> Timetable:
    """Return the timetable that an answer counts, with balanced sections and students."""
    whole = np.rint(values).astype(int)
    time_of = dict(model.fixed) if model.fixed is not None else _place(model, whole)
    places = {
        model.problem.sections[section].meetings[0].id: Placement(time) for section, time in time_of.items()
    }
    return Timetable(places, _enrol(model, whole, time_of))


def _place(model: MasterScheduleModel, whole: np.ndarray) -> dict[str, Time]:
    calendar = model.problem.calendar
    time_of: dict[str, Time] = {}
    for number, group in enumerate(model.reduction.classes):
        counts = {
            (type_, time): int(whole[column])
            for (at, type_, time), column in model.m.items()
            if at == number and whole[column]
        }
        if group.teachers and group.size > 1:
            two_days = bool(group.even) and len(calendar.days) == 2
            day = (lambda time: calendar.days_of(time)[0]) if two_days else None
            weeks = split_teachers(counts, dict(group.load), group.size, day)
        else:
            weeks = [[key for key, count in counts.items() for _ in range(count)]]
        for members, week in zip(group.members, weeks, strict=True):
            free = {type_: list(ids) for type_, ids in members.items()}
            for type_, time in week:
                time_of[free[type_].pop(0)] = time
    return time_of


def _enrol(
    model: MasterScheduleModel, whole: np.ndarray, time_of: Mapping[str, Time]
) -> dict[str, frozenset[str]]:
    edges: dict[int, list[tuple[int, Time, str]]] = defaultdict(list)
    for (number, wish, course, time), column in model.n.items():
        edges[number] += [(wish, time, course)] * int(whole[column])
    seated: dict[tuple[str, Time], tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    kept: dict[str, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    for number, group in enumerate(model.reduction.groups):
        staying = {
            (model.problem.course_of[section].id, time, section): int(whole[model.k[number, section, time]])
            for section, _ in group.kept
            for time in model.problem.calendar.times
            if (number, section, time) in model.k
        }
        for student, taken in zip(group.students, _shares(edges[number], group.size), strict=True):
            for _, time, course in taken:
                stay = next((key for key, n in staying.items() if n and key[:2] == (course, time)), None)
                if stay is not None:
                    staying[stay] -= 1
                    kept[stay[2]][group.tagged].append(student)
                else:
                    seated[course, time][group.tagged].append(student)
    sections: dict[tuple[Kind, Time], list[str]] = defaultdict(list)
    for section in model.problem.sections:
        if section in time_of:
            sections[model.reduction.kind[section], time_of[section]].append(section)
    enrolments: dict[str, set[str]] = {student.id: set() for student in model.problem.students}
    for section, both in kept.items():
        for student in (*both[0], *both[1]):
            enrolments[student].add(section)
    for (course, time), (plain, tagged) in seated.items():
        kinds = [kind for kind in model.reduction.kinds_of[course] if (kind, time) in sections]
        for kind in kinds:
            last = kind == kinds[-1]
            inside = kept[kind.own] if kind.own else ([], [])
            with_tag = len(tagged) if last else round(model.q[kind, time].value(whole)) - len(inside[1])
            everybody = len(plain) + len(tagged)
            if not last:
                everybody = round(model.e[kind, time].value(whole)) - len(inside[0]) - len(inside[1])
            few, many = tagged[:with_tag], plain[: everybody - with_tag]
            del tagged[:with_tag], plain[: everybody - with_tag]
            for section, students in _dealt(sections[kind, time], few, many):
                for student in students:
                    enrolments[student].add(section)
    return {student: frozenset(taken) for student, taken in enrolments.items()}


def _shares(edges: list[tuple[int, Time, str]], size: int) -> list[list[tuple[int, Time, str]]]:
    return [edges] if size == 1 else split_students(edges, size)


def _dealt(sections: list[str], tagged: list[str], plain: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Deal students over equal sections so that both counts differ by at most one and go together."""
    count = len(sections)
    total = len(tagged) + len(plain)
    start_tagged = start_plain = 0
    for index, section in enumerate(sections):
        few = len(tagged) // count + (index < len(tagged) % count)
        many = total // count + (index < total % count) - few
        yield (
            section,
            [
                *tagged[start_tagged : start_tagged + few],
                *plain[start_plain : start_plain + many],
            ],
        )
        start_tagged += few
        start_plain += many
