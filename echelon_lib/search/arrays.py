"""A school's problem as the arrays of the kernels, and a state as a timetable."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echelon_lib.constraints.base import shaped
from echelon_lib.constraints.enrolment import AtLeastEnrolled, AtMostEnrolled
from echelon_lib.constraints.spread import EvenDays, NotConsecutive
from echelon_lib.constraints.times import AtMostPerTime, ForbiddenTimes
from echelon_lib.domain.calendar import Time
from echelon_lib.domain.offerings import Request
from echelon_lib.domain.policy import Enforcement
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Placement, Timetable
from echelon_lib.scoring.evaluate import evaluate
from echelon_lib.search.board import bits, next_to
from echelon_lib.search.kernels.dice import dice
from echelon_lib.search.kernels.layout import BROKEN, School, State
from echelon_lib.search.student_rules import StudentRules

MOST_EXTRA = 8
"""Students beyond a required limit for which tables of prices have room."""
UNLIMITED = 1_000_000


class _Lists:
    """Lists of different lengths, one after the other."""

    def __init__(self) -> None:
        self.at = [0]
        self.values: list[int] = []

    def add(self, values: Iterable[int]) -> None:
        self.values.extend(values)
        self.at.append(len(self.values))

    def arrays(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        return np.array(self.at, np.int64), np.array(self.values, np.int64)


class _Tables:
    """Tables of prices, equal ones kept once."""

    def __init__(self) -> None:
        self.values: list[int] = []
        self._at: dict[tuple[int, ...], int] = {}

    def add(self, table: Sequence[int]) -> int:
        key = tuple(table)
        if key not in self._at:
            self._at[key] = len(self.values)
            self.values.extend(key)
        return self._at[key]


@dataclass(frozen=True)
class SchoolArrays:
    """A problem whose sections have one meeting each at named periods, in numbers.

    Parameters
    ----------
    problem
        The problem.

    Attributes
    ----------
    sections, courses, students, requests
        Identifiers in the order of their numbers; only students who ask for something are there.
    """

    problem: Problem

    @cached_property
    def sections(self) -> tuple[str, ...]:
        """Sections, those of a course together."""
        return tuple(self.problem.sections)

    @cached_property
    def students(self) -> tuple[str, ...]:
        """Students who ask for something."""
        return tuple(self.problem.requests_of)

    @cached_property
    def requests(self) -> tuple[str, ...]:
        """Requests, the heaviest of each student first."""
        return tuple(request.id for student in self.students for request in self._ordered[student])

    @cached_property
    def times(self) -> tuple[Time, ...]:
        """The periods."""
        return self.problem.calendar.times

    @cached_property
    def tags(self) -> tuple[str, ...]:
        """Tags that a rule counts; row k + 1 of a section is that of tag k."""
        rules = (c for c in self.problem.constraints if isinstance(c, AtMostEnrolled | AtLeastEnrolled))
        return tuple(sorted({c.tag for c in rules if c.tag is not None and c.enforcement.mode != "off"}))

    @cached_property
    def section_at(self) -> Mapping[str, int]:
        """The number of each section."""
        return {id: number for number, id in enumerate(self.sections)}

    @cached_property
    def school(self) -> School:
        """The arrays that do not change."""
        problem = self.problem
        course_at = {course.id: number for number, course in enumerate(problem.courses)}
        course = np.array([course_at[problem.course_of[s].id] for s in self.sections], np.int64)
        first = np.searchsorted(course, np.arange(len(course_at) + 1)).astype(np.int64)
        wishes = self._wishes(course_at)
        holder_at, holder = self._holders()
        limit, price_at, prices = self._rows()
        pairs = self._pairs()
        return School(
            course=course,
            first=first,
            allowed=self._allowed(),
            next_to=np.array(next_to(self.times), np.int64),
            holder_at=holder_at,
            holder=holder,
            place_price=self._place_prices(),
            limit=limit,
            price_at=price_at,
            prices=prices,
            **self._books(),
            **pairs,
            **wishes,
            locks=self._locks(),
            tags=self._tag_masks(),
            asked_by=self._asked_by(wishes, len(course_at)),
            was_in=np.full(len(self.requests), -1, np.int64),
            was_at=np.full(len(self.sections), -1, np.int64),
        )

    # Times -------------------------------------------------------------------------------------------------

    def _mask(self, times: Iterable[Time]) -> int:
        number = {time: at for at, time in enumerate(self.times)}
        return sum(1 << number[time] for time in set(times) if time in number)

    def _closed(self, times: Sequence[Time]) -> int:
        return self._mask(t for t in self.times if any(t.overlaps(other) for other in times))

    def _forbidden(self) -> Iterable[tuple[Enforcement, int, list[int]]]:
        """Yield the enforcement, the periods and the sections of each rule on forbidden times."""
        problem = self.problem
        for rule in problem.constraints:
            if not isinstance(rule, ForbiddenTimes) or rule.enforcement.mode == "off":
                continue
            if rule.scope.attendee is not None:
                who = [s.id for s in problem.sections_of.get(rule.scope.attendee, ())]
            else:
                who = [problem.section_of[m].id for m in rule.scope.meetings]
            yield rule.enforcement, self._closed(rule.times), [self.section_at[id] for id in who]

    def _allowed(self) -> NDArray[np.int64]:
        sections = (self.problem.sections[id] for id in self.sections)
        domains: dict[int, int] = {}
        masks = []
        for section in sections:
            times = section.meetings[0].times
            if id(times) not in domains:
                domains[id(times)] = self._mask(times)
            masks.append(domains[id(times)])
        for enforcement, closed, numbers in self._forbidden():
            if enforcement.required:
                for number in numbers:
                    masks[number] &= ~closed
        return np.array(masks, np.int64)

    def _place_prices(self) -> NDArray[np.int64]:
        prices = np.zeros((len(self.sections), len(self.times)), np.int64)
        for enforcement, closed, numbers in self._forbidden():
            if enforcement.priced:
                for period in range(len(self.times)):
                    if closed >> period & 1:
                        prices[numbers, period] += enforcement.weight
        return prices

    def _holders(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return who may not have two of the sections at one time."""
        required = {kind for kind in ("teacher", "group") if self.problem.policy.clash_of(kind).required}
        number = {a.id: at for at, a in enumerate(self.problem.attendee.values()) if a.kind in required}
        lists = _Lists()
        for id in self.sections:
            lists.add(number[who] for who in self.problem.sections[id].attendees if who in number)
        return lists.arrays()

    def _books(self) -> dict[str, Any]:
        """Return the rules that count sections in cells: at one time, or on one day."""
        problem, calendar = self.problem, self.problem.calendar
        by_period = [1 << at for at in range(len(self.times))]
        by_day = [sum(1 << day for day in calendar.days_of(time)) for time in self.times]
        members: list[list[int]] = []
        cells: list[list[int]] = []
        limits: list[int] = []
        tables, begins = _Tables(), []

        def book(who: list[int], cell: list[int], limit: int, rule: Enforcement, table: list[int]) -> None:
            members.append(who)
            cells.append(cell)
            limits.append(limit if rule.required else UNLIMITED)
            begins.append(tables.add(table if rule.priced else [0] * len(table)))

        for rule in problem.constraints:
            kind = rule.enforcement
            if kind.mode == "off":
                continue
            if isinstance(rule, AtMostPerTime):
                who = [self.section_at[problem.section_of[m].id] for m in rule.scope.meetings]
                table = [
                    kind.weight * shaped(max(0, n - rule.limit), rule.shape) for n in range(len(who) + 2)
                ]
                book(who, by_period, rule.limit, kind, table)
            elif isinstance(rule, EvenDays):
                taught = problem.sections_of.get(rule.scope.attendee or "", ())
                who = [self.section_at[s.id] for s in taught]
                even = -(-len(who) // max(1, len(calendar.days)))
                table = [kind.weight * max(0, n - even) for n in range(len(who) + 2)]
                book(who, by_day, even, kind, table)
        clash = problem.policy.clash_of("teacher")
        if clash.priced:
            for teacher in problem.teachers:
                who = [self.section_at[s.id] for s in problem.sections_of.get(teacher.id, ())]
                table = [clash.weight * (n * (n - 1) // 2) for n in range(len(who) + 2)]
                book(who, by_period, UNLIMITED, clash, table)
        lists = _Lists()
        of: list[list[int]] = [[] for _ in self.sections]
        for number, who in enumerate(members):
            for section in who:
                of[section].append(number)
        for numbers in of:
            lists.add(numbers)
        book_at, book_ = lists.arrays()
        return {
            "book_at": book_at,
            "book": book_,
            "cell": np.array(cells or np.zeros((0, len(self.times))), np.int64),
            "book_limit": np.array(limits, np.int64),
            "book_price_at": np.array(begins, np.int64),
            "book_prices": np.array(tables.values or [0], np.int64),
        }

    def _pairs(self) -> dict[str, Any]:
        problem = self.problem
        members, of = _Lists(), [[] for _ in self.sections]  # type: ignore[var-annotated]
        prices: list[int] = []
        for rule in problem.constraints:
            if not isinstance(rule, NotConsecutive) or rule.enforcement.mode == "off":
                continue
            taught = problem.sections_of.get(rule.scope.attendee or "", ())
            who = [self.section_at[s.id] for s in taught if rule.tag in s.tags]
            if len(who) < 2:
                continue
            for section in who:
                of[section].append(len(prices))
            members.add(who)
            prices.append(rule.enforcement.weight if rule.enforcement.priced else -1)
        lists = _Lists()
        for numbers in of:
            lists.add(numbers)
        pair_at, pair = lists.arrays()
        member_at, member = members.arrays()
        return {
            "pair_at": pair_at,
            "pair": pair,
            "pair_member_at": member_at,
            "pair_member": member,
            "pair_price": np.array(prices, np.int64),
        }

    # Counts of students ------------------------------------------------------------------------------------

    def _rows(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Return the required limit of each row, and its table of prices."""
        problem, tags = self.problem, self.tags
        row_of = {tag: number + 1 for number, tag in enumerate(tags)}
        everyone = len(self.students)
        limits = np.full((len(self.sections), len(tags) + 1), everyone, np.int64)
        rules: list[list[list[tuple[AtMostEnrolled | AtLeastEnrolled, int]]]] = [
            [[] for _ in range(len(tags) + 1)] for _ in self.sections
        ]
        for rule in problem.constraints:
            if not isinstance(rule, AtMostEnrolled | AtLeastEnrolled) or rule.enforcement.mode == "off":
                continue
            row = 0 if rule.tag is None else row_of[rule.tag]
            for id, limit in zip(rule.scope.sections, rule.limits, strict=True):
                section = self.section_at[id]
                if rule.enforcement.required and isinstance(rule, AtMostEnrolled):
                    limits[section, row] = min(limits[section, row], limit)
                else:
                    rules[section][row].append((rule, limit))
        seats = problem.policy.seats
        asked = self._asked_of()
        tables = _Tables()
        begins = np.zeros_like(limits)
        known: dict[object, int] = {}
        for number, id in enumerate(self.sections):
            own = problem.sections[id].seats
            if own is not None and seats.required:
                limits[number, 0] = min(limits[number, 0], own)
            limits[number, 0] = min(limits[number, 0], asked[problem.course_of[id].id])
            limits[number, 1:] = np.minimum(limits[number, 1:], limits[number, 0])
            for row in range(len(tags) + 1):
                most = int(limits[number, row]) + MOST_EXTRA + 2
                parts = [
                    (type(rule).__name__, rule.enforcement, rule.shape, n) for rule, n in rules[number][row]
                ]
                if row == 0 and own is not None and seats.priced:
                    parts.append((AtMostEnrolled.__name__, seats, "linear", own))
                key = (most, tuple(parts))
                if key not in known:
                    known[key] = tables.add([_price(parts, n) for n in range(most)])
                begins[number, row] = known[key]
        return limits.astype(np.int64), begins, np.array(tables.values or [0], np.int64)

    def _asked_of(self) -> Mapping[str, int]:
        """Return how many students may be served by each course."""
        count = {course.id: 0 for course in self.problem.courses}
        for student in self.students:
            pooled = self.problem.pooled.get(student, ())
            courses = {course for r in self.problem.requests_of[student] for course in r.courses}
            for course in courses.union(pooled):
                count[course] += 1
        return count

    def _tag_masks(self) -> NDArray[np.int64]:
        bit = {tag: 1 << number for number, tag in enumerate(self.tags)}
        tagged = (self.problem.student[id].tags for id in self.students)
        return np.array([sum(bit[tag] for tag in own if tag in bit) for own in tagged], np.int64)

    # Requests ----------------------------------------------------------------------------------------------

    @cached_property
    def _single(self) -> StudentRules:
        """What rules say of single students."""
        return StudentRules(self.problem)

    @cached_property
    def _ordered(self) -> Mapping[str, tuple[Request, ...]]:
        """The requests of each student, those that must be served and the heavy ones first."""
        weight = self._single.weight
        return {
            student: tuple(sorted(requests, key=lambda request: -weight(request)))
            for student, requests in self.problem.requests_of.items()
        }

    def _wishes(self, course_at: Mapping[str, int]) -> dict[str, Any]:
        problem, single = self.problem, self._single
        price = problem.policy.requests.weight
        wish_at, student_of = [0], list[int]()
        weights: list[int] = []
        options = _Lists()
        cost: list[int] = []
        later: list[int] = []
        only: list[int] = []
        shared: list[bool] = []
        asked: list[list[int]] = [[] for _ in course_at]
        pinned = np.zeros(len(course_at), np.bool_)
        for number, student in enumerate(self.students):
            ways_of = single.ways(student)
            all_options: list[str] = []
            for request in self._ordered[student]:
                ways = ways_of[request.id]
                kept = single.kept.get(request.id)
                if kept is not None:
                    ways = [way for way in ways if way[1] == problem.course_of[kept].id]
                options.add(course_at[course] for _, course, _ in ways)
                for n, course, more in ways:
                    cost.append(n * price)
                    later.append(more)
                    only.append(-1 if kept is None else self.section_at[kept])
                    asked[course_at[course]].append(len(weights))
                    pinned[course_at[course]] |= kept is not None
                    all_options.append(course)
                weights.append(single.weight(request))
                student_of.append(number)
            shared.append(len(set(all_options)) < len(all_options))
            wish_at.append(len(weights))
        option_at, option_course = options.arrays()
        ask = _Lists()
        for some in asked:
            ask.add(some)
        ask_at, ask_ = ask.arrays()
        return {
            "wish_at": np.array(wish_at, np.int64),
            "student": np.array(student_of, np.int64),
            "weight": np.array(weights, np.int64),
            "option_at": option_at,
            "option_course": option_course,
            "option_cost": np.array(cost, np.int64),
            "option_price": np.array(later, np.int64),
            "option_section": np.array(only, np.int64),
            "shared": np.array(shared, np.bool_),
            "ask_at": ask_at,
            "ask": ask_,
            "pinned": pinned,
            "free": np.array([self._free(student) for student in self.students], np.int64),
        }

    def _free(self, student: str) -> int:
        """Return the periods in which a student may be anywhere."""
        return ((1 << len(self.times)) - 1) & ~self._closed(self._single.closed.get(student, ()))

    def _locks(self) -> NDArray[np.int64]:
        """Return where students should rather be; nothing at all where no lock has a price."""
        single = self._single
        begins, entries = [len(self.students) + 1], list[int]()
        for student in self.students:
            for section, price in single.wanted.get(student, ()):
                entries += (self.section_at[section], -price)
            for times, price in single.spared.get(student, ()):
                entries += (n for period in bits(self._closed(times)) for n in (-1 - period, price))
            begins.append(len(self.students) + 1 + len(entries))
        return np.array([*begins, *entries] if entries else [], np.int64)

    def _asked_by(self, wishes: Mapping[str, Any], courses: int) -> NDArray[np.float64]:
        """Return the share of each group of students among those who ask for a course.

        Groups are the grades, where the students' details name them: seats at each period should suffice for
        each. Nothing but a mild price of the first phase hangs on it.
        """
        group = [_grade(self.problem.student[id].details) for id in self.students]
        number = {name: at for at, name in enumerate(sorted(set(group)))}
        found = np.zeros((courses, max(1, len(number))))
        option_at, option_course = wishes["option_at"], wishes["option_course"]
        for request, student in enumerate(wishes["student"]):
            if option_at[request] < option_at[request + 1]:
                found[option_course[option_at[request]], number[group[student]]] += 1
        shares: NDArray[np.float64] = found / np.maximum(1.0, found.sum(axis=1, keepdims=True))
        return shares

    # States ------------------------------------------------------------------------------------------------

    def state(self, seed: int) -> State:
        """Return a state in which no section stands and nobody is served."""
        a = self.school
        requests, sections, periods = len(a.weight), len(a.course), len(self.times)
        rooms = np.concatenate([[0], np.cumsum(a.limit[:, 0] + MOST_EXTRA + 2)])

        def full(*shape: int, fill: int = -1) -> NDArray[np.int64]:
            return np.full(shape, fill, np.int64)

        cells = max(periods, len(self.problem.calendar.days))
        return State(
            period=full(sections),
            section=full(requests),
            option=full(requests),
            busy=full(len(self.students), periods),
            rows=full(*a.limit.shape, fill=0),
            inside_at=rooms.astype(np.int64),
            inside=full(int(rooms[-1])),
            place=full(requests),
            head=full(len(a.first) - 1, periods),
            after=full(sections),
            before=full(sections),
            held=full(len(a.first) - 1, fill=0),
            holds=full(max(1, len(self.problem.attendee)), periods),
            cells=full(max(1, len(a.book_limit)), cells, fill=0),
            open=np.arange(requests, dtype=np.int64),
            open_place=np.arange(requests, dtype=np.int64),
            log=full(max(100_000, 40 * requests), 3),
            # Whoever was somewhere, or should be, is not there, since nobody is anywhere.
            sums=np.array(
                [int(a.weight.sum()), self._price_of_nothing(), 0, int((a.was_in >= 0).sum()), 0], np.int64
            ),
            counts=np.array([requests, 0, 0, 0], np.int64),
            weights=np.ones(5),
            most=np.full(5, np.iinfo(np.int64).max),
            parent=np.zeros(64, np.int64),
            queue=np.zeros(64, np.int64),
            dice=dice(seed),
        )

    def _price_of_nothing(self) -> int:
        """Return the price of empty sections, which minimums, targets and locks on students have."""
        locks = sum(price for some in self._single.wanted.values() for _, price in some)
        return int(self.school.prices[self.school.price_at].sum()) + locks

    def read(self, timetable: Timetable) -> tuple[list[int], list[int], list[int]]:
        """Return the period of each section, and the section and option of each request, in a timetable."""
        a, problem = self.school, self.problem
        at = {time: number for number, time in enumerate(self.times)}
        placements = (timetable.placements.get(problem.sections[id].meetings[0].id) for id in self.sections)
        periods = [-1 if one is None else at.get(one.time, -1) for one in placements]
        sections, options = [-1] * len(a.weight), [-1] * len(a.weight)
        course_at = {course.id: number for number, course in enumerate(problem.courses)}
        number_of = {id: number for number, id in enumerate(self.requests)}
        for one in evaluate(problem, timetable).served:
            if one.course is None:
                continue
            request = number_of[one.request.id]
            taken = timetable.enrolments.get(one.request.student, frozenset())
            for option in range(a.option_at[request], a.option_at[request + 1]):
                if a.option_course[option] == course_at[one.course]:
                    options[request] = option
                    sections[request] = next(
                        self.section_at[id]
                        for id in sorted(taken)
                        if id in self.section_at and problem.course_of[id].id == one.course
                    )
        return periods, sections, options

    def timetable(self, period: Iterable[int], section: Iterable[int]) -> Timetable:
        """Return the timetable of the periods of sections and the sections of requests."""
        placements = {
            self.problem.sections[id].meetings[0].id: Placement(self.times[at])
            for id, at in zip(self.sections, period, strict=True)
            if at >= 0
        }
        taken: dict[str, list[str]] = {student.id: [] for student in self.problem.students}
        for request, number in enumerate(section):
            if number >= 0:
                taken[self.students[self.school.student[request]]].append(self.sections[number])
        return Timetable(placements, {student: frozenset(some) for student, some in taken.items()})


def _grade(details: Mapping[str, str]) -> str:
    return next((value for name, value in details.items() if name.casefold() == "grade"), "")


def _price(parts: Sequence[tuple[str, Enforcement, str, int]], count: int) -> int:
    """Return what a number of students costs by the rules on one row of a section."""
    total = 0
    for kind, enforcement, shape, limit in parts:
        amount = count - limit if kind == AtMostEnrolled.__name__ else limit - count
        if amount <= 0:
            continue
        if enforcement.required:
            total += BROKEN * amount
        else:
            total += enforcement.weight * shaped(amount, shape)  # type: ignore[arg-type]
    return total
