"""Rules about single students: who may take a course, who needs it, and who is locked where."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from functools import cached_property

from echelon_lib.bounds import tight_sets
from echelon_lib.checks.finding import Facts, Finding, Hindrance, Severity, counted, listed
from echelon_lib.constraints.enrolment import KeptIn, OnlyFor
from echelon_lib.constraints.requests import CoreFilled
from echelon_lib.constraints.times import FreeTimes
from echelon_lib.domain.calendar import Time
from echelon_lib.domain.offerings import Request


class People:
    """What required rules say of single students."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.problem = facts.problem
        self.kept: dict[str, list[KeptIn]] = defaultdict(list)
        self.inside: dict[str, list[KeptIn]] = defaultdict(list)
        self.free: dict[str, list[FreeTimes]] = defaultdict(list)
        self.only_for: dict[str, list[OnlyFor]] = defaultdict(list)
        for rule in facts.problem.constraints:
            if not rule.enforcement.required:
                continue
            if isinstance(rule, KeptIn):
                self.kept[rule.student].append(rule)
                self.inside[rule.section].append(rule)
            elif isinstance(rule, FreeTimes):
                self.free[rule.student].append(rule)
            elif isinstance(rule, OnlyFor):
                for section in rule.scope.sections:
                    self.only_for[section].append(rule)

    def keeping_out(self, student: str, section: str) -> OnlyFor | None:
        """Return a required rule that keeps a student out of a section, if there is one."""
        return next((rule for rule in self.only_for[section] if student not in rule.students), None)

    def closed_to(self, student: str, course: str) -> OnlyFor | None:
        """Return a required rule that keeps a student out of every section of a course."""
        rules = [self.keeping_out(student, one.id) for one in self.problem.course[course].sections]
        return rules[0] if rules and all(rules) else None

    def closed(self, student: str) -> frozenset[Time]:
        """Return the times at which a student is kept free."""
        away = [time for rule in self.free[student] for time in rule.times]
        return frozenset(t for t in self.problem.calendar.times if any(t.overlaps(other) for other in away))

    def left(self, student: str, section: str) -> frozenset[Time]:
        """Return the times that rules leave for a section with a single meeting and a student in it."""
        meetings = self.problem.sections[section].meetings
        return frozenset() if len(meetings) != 1 else self.facts.times[meetings[0].id] - self.closed(student)

    @cached_property
    def asked(self) -> Mapping[str, frozenset[str]]:
        """Every course that may serve each student."""
        found: dict[str, set[str]] = defaultdict(set)
        for request in self.problem.requests:
            found[request.student].update(request.courses)
        for student, courses in self.problem.pooled.items():
            found[student].update(courses)
        return {student: frozenset(courses) for student, courses in found.items()}


def grades(facts: Facts) -> Iterator[Finding]:
    """Requests for courses that are for other students."""
    asking: dict[str, set[str]] = defaultdict(set)
    for request in facts.problem.requests:
        asking[request.primary].add(request.student)
    for rule in facts.problem.constraints:
        if not isinstance(rule, OnlyFor) or rule.enforcement.mode == "off":
            continue
        courses = dict.fromkeys(facts.problem.course_of[section].id for section in rule.scope.sections)
        for course in courses:
            outside = sorted(asking[course] - rule.students)
            if not outside:
                continue
            some = counted(len(outside), "student")
            asks = "asks" if len(outside) == 1 else "ask"
            text = f"{some} whom {rule.name!r} keeps out {asks} for {course}, which is for {rule.reason} only"
            severity: Severity = "warning"
            if rule.enforcement.required:
                text += f": {len(outside)} cannot have it."
                cure = "price it instead (kinds = { grade_limits = { priced = 10 } }), or let them ask for "
                cure += "another course?"
            else:
                text += f": each costs {rule.enforcement.weight} if it is met."
                severity, cure = "info", "their counsellors should look at it?"
            numbers = {"students": len(outside)}
            yield Finding(severity, rule.name, course, text, cure, numbers, tuple(outside))


def graduation(facts: Facts) -> Iterator[Finding]:
    """Requests that have to be filled and that arithmetic shows cannot be, all of them."""
    people = People(facts)
    known = {request.id: request for request in facts.problem.requests}
    for rule in facts.problem.constraints:
        if not isinstance(rule, CoreFilled) or not rule.enforcement.required:
            continue
        needed = [known[id] for id in dict.fromkeys(rule.requests) if id in known]
        open_ = {request.id: _open(people, request) for request in needed}
        hindrances = (Hindrance(rule.name),)
        closed: dict[str, list[str]] = defaultdict(list)
        alone: dict[str, list[str]] = defaultdict(list)
        for request in needed:
            if not open_[request.id]:
                closed[request.primary].append(request.student)
            elif len(open_[request.id]) == 1:
                alone[open_[request.id][0]].append(request.student)
        for course, students in closed.items():
            need = f"{counted(len(students), 'student')} need{'s' if len(students) == 1 else ''}"
            text = f"{need} {course} to graduate, and neither it nor an alternate is open to them."
            cure = f"price {rule.name!r} instead of requiring it, or offer another course?"
            numbers = {"students": len(students)}
            yield Finding("error", rule.name, course, text, cure, numbers, tuple(students), hindrances)
        for course, students in alone.items():
            count = Counter(students)
            seats = facts.capacity.course[course]
            twice = sum(number - 1 for number in count.values())
            missing = len(count) - seats
            if missing > 0:
                text = f"{len(count)} students need {course} to graduate, and its sections hold {seats}: "
                text += f"{missing} cannot have it."
                cure = f"add seats to {course}, or price {rule.name!r} instead of requiring it?"
                numbers = {"students": len(count), "seats": seats, "missing": missing}
                yield Finding("error", rule.name, course, text, cure, numbers, (course,), hindrances)
            elif twice and facts.problem.policy.enrolment.required:
                some = tuple(student for student, number in count.items() if number > 1)
                text = f"{counted(len(some), 'student')} would need {course} twice to graduate; "
                text += "it is given once."
                numbers = {"students": len(some)}
                cure = "the second stands for another course?"
                yield Finding("error", rule.name, course, text, cure, numbers, some, hindrances)
        yield from _too_many(facts, people, rule, needed)


def _open(people: People, request: Request) -> tuple[str, ...]:
    """Return the courses that may serve a request, as far as pooled alternates are left aside."""
    pooled = () if request.core else people.problem.pooled.get(request.student, ())
    return tuple(
        course
        for course in dict.fromkeys((*request.courses, *pooled))
        if people.problem.course[course].sections and people.closed_to(request.student, course) is None
    )


def _too_many(facts: Facts, people: People, rule: CoreFilled, needed: list[Request]) -> Iterator[Finding]:
    """Yield the students who need more courses than there are periods for them."""
    if facts.capacity.periods is None:
        return
    one_each = all(takes <= 1 for takes in facts.capacity.takes.values())
    count = Counter(request.student for request in needed)
    for student, number in count.items():
        closed = len(people.closed(student)) if student in people.free else 0
        periods = facts.capacity.periods - closed
        if one_each and number > periods:
            text = f"student {student} needs {counted(number, 'course')} to graduate in "
            text += f"{counted(periods, 'period')}."
            numbers = {"courses": number, "periods": periods}
            cure = f"price {rule.name!r} instead of requiring it?"
            hindrances = (Hindrance(rule.name),)
            yield Finding(
                "error", rule.name, f"student {student}", text, cure, numbers, (student,), hindrances
            )


def locks(facts: Facts) -> Iterator[Finding]:
    """Students who cannot be kept where they are locked."""
    people = People(facts)
    if not people.kept:
        return
    yield from _locked_seats(facts, people)
    for student, rules in people.kept.items():
        yield from _locked_alone(people, student, rules)
        yield from _locked_together(people, student, rules)


def _locked_seats(facts: Facts, people: People) -> Iterator[Finding]:
    problem = facts.problem
    for section, rules in people.inside.items():
        students = dict.fromkeys(rule.student for rule in rules)
        limits: list[tuple[str | None, int]] = [(None, facts.capacity.section[section])]
        limits += [(tag, held[section]) for tag, held in facts.capacity.tagged_section.items()]
        for tag, limit in limits:
            some = tuple(s for s in students if tag is None or tag in problem.student[s].tags)
            if len(some) > limit:
                who = f"{len(some)} {f'{tag} ' if tag else ''}students are locked into {section}"
                text = f"{who} ({problem.course_of[section].id}), which holds {limit} of them."
                cure = f"unlock {len(some) - limit}, or allow more in the section?"
                numbers = {"students": len(some), "seats": limit}
                name = rules[0].name
                hindrances = tuple(dict.fromkeys(Hindrance(rule.name) for rule in rules))
                yield Finding("error", name, section, text, cure, numbers, some, hindrances)
                break


def _locked_alone(people: People, student: str, rules: list[KeptIn]) -> Iterator[Finding]:
    """Yield what keeps a student from the one section of a lock."""
    problem = people.problem
    for rule in rules:
        course = problem.course_of[rule.section].id
        locked = f"student {student} is locked into {rule.section} ({course})"
        out = people.keeping_out(student, rule.section)
        hindrances = [Hindrance(rule.name)]
        if problem.policy.enrolment.required and course not in people.asked.get(student, ()):
            text, cure = f"{locked} and does not ask for the course", "add the request, or drop the lock?"
        elif out is not None:
            text = f"{locked}, which is for {out.reason} only by {out.name!r}"
            cure = f"drop the lock, or price {out.name!r} instead?"
        elif _never(people, student, rule):
            text = f"{locked} and kept free in every period in which it can be"
            cure = "drop one of the locks?"
        else:
            continue
        why = f" ({rule.reason})" if rule.reason else ""
        place = f"student {student}"
        yield Finding("error", rule.name, place, f"{text}{why}.", cure, {}, (student,), tuple(hindrances))


def _never(people: People, student: str, rule: KeptIn) -> bool:
    meetings = people.problem.sections[rule.section].meetings
    single = len(meetings) == 1 and bool(people.facts.times[meetings[0].id]) and people.facts.placed
    return single and not people.left(student, rule.section)


def _locked_together(people: People, student: str, rules: list[KeptIn]) -> Iterator[Finding]:
    """Yield the locks of one student that exclude each other."""
    problem, facts = people.problem, people.facts
    place = f"student {student}"
    sections = list(dict.fromkeys(rule.section for rule in rules))
    hindrances = tuple(dict.fromkeys(Hindrance(rule.name) for rule in rules))
    of_course: dict[str, list[str]] = defaultdict(list)
    for section in sections:
        of_course[problem.course_of[section].id].append(section)
    for course, some in of_course.items():
        if len(some) > 1 and len(problem.course[course].parts) == 1 and problem.policy.enrolment.required:
            text = f"student {student} is locked into {len(some)} sections of {course} ({listed(some)}); "
            text += "a course is taken once."
            cure, numbers = "drop all but one of the locks?", {"sections": len(some)}
            yield Finding("error", rules[0].name, place, text, cure, numbers, (student, *some), hindrances)
    clash = problem.policy.clash_of("student")
    if not clash.required or not facts.placed or len(sections) < 2:
        return
    placed = [(section, where) for section in sections if (where := people.left(student, section))]
    for tight in tight_sets([where for _, where in placed]):
        names = [placed[index][0] for index in tight.things]
        text = (
            f"student {student} is locked into {counted(len(names), 'section')} ({listed(names)}) that can "
            f"only be in {counted(len(tight.places), 'period')} ({facts.periods(tight.places)})."
        )
        numbers = {"sections": len(names), "periods": len(tight.places), "surplus": tight.surplus}
        cure = f"drop {tight.surplus} of the locks, or move a section?"
        yield Finding("error", rules[0].name, place, text, cure, numbers, (student, *names), hindrances)
