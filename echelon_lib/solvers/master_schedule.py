"""The master schedule as an integer model in counts.

Columns are ``n`` (students of a group who take a course in a period to serve a wish), ``m`` (sections of a
type that a class of teachers gives in a period), ``e`` and ``q`` (students, and students with the tag, in a
kind of sections in a period, where a course has several kinds), ``k`` (students of a group who are in the
section in which they are kept) and prices. With the times of all sections
given, the same model without ``m`` is the sectioning of students.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import cast

from echelon_lib.constraints.base import Constraint, View
from echelon_lib.constraints.enrolment import AtMostEnrolled
from echelon_lib.constraints.spread import NotConsecutive
from echelon_lib.domain.calendar import Time
from echelon_lib.domain.policy import Enforcement
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Placement, Timetable
from echelon_lib.scoring.evaluate import UNMET
from echelon_lib.solvers import counting
from echelon_lib.solvers.expressions import INFINITE, Expression, Terms, pairs, pieces, products
from echelon_lib.solvers.linear import FloatArray, LinearModel
from echelon_lib.solvers.reduce import (
    CONSTANT,
    OF_STUDENTS,
    Group,
    Kind,
    Reduction,
    SectionType,
    TeacherClass,
)


class MasterScheduleModel:
    """The model of one level of the objective, with the earlier levels held.

    Parameters
    ----------
    reduction
        The problem in counts.
    level
        Level to minimise, from 1.
    held
        Cost at which each earlier level is held, from level 1.
    fixed
        Times of all sections, to section students only.
    """

    def __init__(
        self,
        reduction: Reduction,
        *,
        level: int = 1,
        held: tuple[int, ...] = (),
        fixed: Mapping[str, Time] | None = None,
    ) -> None:
        if len(held) != level - 1:
            raise ValueError(f"level {level} needs the costs of {level - 1} earlier levels, not {len(held)}")
        self.reduction = reduction
        self.problem: Problem = reduction.problem
        self.level = level
        # Where every request is served at no cost, saying so wish by wish is stronger than a row for the sum.
        self._all_met = level > 1 and held[0] == 0 and problem_asks_first(self.problem)
        self.fixed = fixed
        self.linear = LinearModel(f"{self.problem.name} level {level}")
        policy = self.problem.policy
        self._teacher_clash = policy.clash_of("teacher")
        rules = [(UNMET, policy.requests), ("seats", policy.seats)]
        rules += [(f"{kind} clash", policy.clash_of(kind)) for kind in ("teacher", "student")]
        rules += [(rule.name, rule.enforcement) for rule in reduction.rules]
        self.terms = {name for name, rule in rules if rule.priced and rule.level == level}
        self._costs: list[Expression] = [Expression() for _ in range(level)]
        self.n: dict[tuple[int, int, str, Time], int] = {}
        self.k: dict[tuple[int, str, Time], int] = {}
        self.m: dict[tuple[int, SectionType, Time], int] = {}
        self.e: dict[tuple[Kind, Time], Expression] = {}
        self.q: dict[tuple[Kind, Time], Expression] = {}
        self.split: list[tuple[Kind, Time, int, int]] = []
        self.epigraphs: list[tuple[int, tuple[Expression, ...]]] = []
        self._counter = 0

        self._place_sections()
        self._sections_open = self._open()
        self._take_requests()
        self._fill_kinds()
        self._keep_students()
        self._limit_enrolment()
        self._limit_times()
        self._constants()
        for number, cost in enumerate(held, start=1):
            expression = self._costs[number - 1]
            if number == 1 and self._all_met and not expression.terms:
                continue
            self.linear.add_row(f"hold[{number}]", -INFINITE, cost - expression.constant, expression.terms)
        objective = self._costs[level - 1]
        sums: Counter[int] = Counter()
        for column, value in objective.terms:
            sums[column] += int(value)
        for column, value in sums.items():
            self.linear.set_cost(column, value)
        self.linear.objective_offset = objective.constant

    # Building ------------------------------------------------------------------------------------------

    def _name(self, letter: str, *parts: object) -> str:
        self._counter += 1
        return f"{letter}{self._counter}[{','.join(self._word(part) for part in parts)}]"

    def _word(self, part: object) -> str:
        if isinstance(part, Time):
            return self.problem.calendar.name(part)
        if isinstance(part, Kind):
            return f"{part.course}/{part.seats}{part.own and f'/{part.own}'}"
        if isinstance(part, SectionType):
            return self._word(part.kind)
        return str(part)

    def _price(self, rule: Enforcement, expression: Expression) -> None:
        """Add a price to the level in which it counts, if this model looks at that level."""
        if rule.priced and rule.level <= self.level:
            self._costs[rule.level - 1].add(expression, rule.weight)

    def _place_sections(self) -> None:
        """Columns m: how many sections of a type a class gives in each period."""
        if self.fixed is not None:
            return
        for number, group in enumerate(self.reduction.classes):
            for type_, each in group.load:
                total = each * group.size if group.teachers else each
                most = group.size if group.teachers and self._teacher_clash.required else total
                columns: list[int] = []
                for time in self.problem.calendar.times:
                    if time not in type_.times or time not in group.times:
                        continue
                    column = self.linear.add_column(self._name("m", number, type_, time), upper=most)
                    self.m[number, type_, time] = column
                    columns.append(column)
                    self._price_of_time(group, type_, time, column)
                name = self._name("placed", number, type_)
                self.linear.add_row(name, total, total, [(column, 1) for column in columns])
            if group.teachers:
                self._teach_once(number, group)
            self._even_days(number, group)
            self._apart(number, group)

    def _teach_once(self, number: int, group: TeacherClass) -> None:
        """One section per teacher at a time; where that is priced, each pair at one time costs."""
        rule = self._teacher_clash
        for time in self.problem.calendar.times:
            busy: Terms = [(self.m[key], 1) for key in self._keys(number, group, time)]
            if rule.required:
                if len(group.load) > 1 and len(busy) > 1:
                    self.linear.add_row(self._name("clash", number, time), -INFINITE, group.size, busy)
            elif busy:
                self._price_pairs(rule, (number, time), Expression(busy), sum(each for _, each in group.load))

    def _price_pairs(
        self, rule: Enforcement, parts: tuple[object, ...], count: Expression, most: int
    ) -> None:
        """Price every pair among things of which there are at most so many."""
        if rule.priced and rule.level <= self.level and most > 1:
            self._price(rule, self._excess("pairs", parts, *pairs(count, most)))

    def _keys(self, number: int, group: TeacherClass, time: Time) -> list[tuple[int, SectionType, Time]]:
        return [(number, type_, time) for type_, _ in group.load if (number, type_, time) in self.m]

    def _price_of_time(self, group: TeacherClass, type_: SectionType, time: Time, column: int) -> None:
        for level in range(1, self.level + 1):
            price = group.price(time, level) + sum(
                w for t, w, at in type_.prices if at == level and t == time
            )
            if price:
                self._costs[level - 1].terms.append((column, price))

    def _even_days(self, number: int, group: TeacherClass) -> None:
        calendar = self.problem.calendar
        total = sum(each for _, each in group.load)
        even = -(-total // len(calendar.days))
        for _, rule in group.even:
            if rule.priced and rule.level > self.level:
                continue
            for day in range(len(calendar.days)):
                held = Expression(constant=-even * group.size)
                for time in calendar.times:
                    if day in calendar.days_of(time):
                        held.terms += [(self.m[key], 1) for key in self._keys(number, group, time)]
                if rule.required:
                    name = self._name("even", number, day)
                    self.linear.add_row(name, -INFINITE, -held.constant, held.terms)
                elif held.terms:
                    self._price(rule, self._excess("day", (number, day), held))

    def _apart(self, number: int, group: TeacherClass) -> None:
        times = self.problem.calendar.times
        for rule in group.apart:
            if rule.enforcement.priced and rule.enforcement.level > self.level:
                continue
            if not self._teacher_clash.required:
                self._apart_in_crowds(number, group, rule)
                continue
            for one in times:
                for other in times:
                    if not one.precedes(other):
                        continue
                    pair: Terms = [
                        (self.m[key], 1)
                        for time in (one, other)
                        for key in self._keys(number, group, time)
                        if rule.tag in key[1].tags
                    ]
                    if len(pair) < 2:
                        continue
                    if rule.enforcement.required:
                        self.linear.add_row(self._name("apart", number, one), -INFINITE, 1, pair)
                    else:
                        excess = self._excess("apart", (number, one), Expression(pair, -1))
                        self._price(rule.enforcement, excess)

    def _apart_in_crowds(self, number: int, group: TeacherClass, rule: NotConsecutive) -> None:
        """Keep meetings apart where several may be at one time: each with each of the next time counts."""
        most = sum(each for type_, each in group.load if rule.tag in type_.tags)
        steps: dict[Time, list[Expression]] = {}
        for time in self.problem.calendar.times:
            here: Terms = [(self.m[k], 1) for k in self._keys(number, group, time) if rule.tag in k[1].tags]
            # The k-th of these columns is 1 where k or more are at this time, and costs nobody where it is 0.
            steps[time] = [
                self._excess("step", (number, time, k), Expression(here, 1 - k).times(1 / (most + 1 - k)))
                for k in range(1, (most if here else 0) + 1)
            ]
        for one, these in steps.items():
            for other, those in steps.items():
                if not one.precedes(other):
                    continue
                for both in products(these, those):
                    if rule.enforcement.required:
                        name = self._name("apart", number, one)
                        self.linear.add_row(name, -INFINITE, -both.constant, both.terms)
                    else:
                        self._price(rule.enforcement, self._excess("apart", (number, one), both))

    def _excess(self, letter: str, parts: tuple[object, ...], *pieces: Expression) -> Expression:
        """Return a column that is at least 0 and every piece."""
        column = self.linear.add_column(self._name(letter, *parts))
        for piece in pieces:
            row: Terms = [(column, 1), *((at, -value) for at, value in piece.terms)]
            self.linear.add_row(self._name(f"{letter}_row", *parts), piece.constant, INFINITE, row)
        self.epigraphs.append((column, pieces))
        return Expression([(column, 1)])

    def _open(self) -> dict[tuple[Kind, Time], Expression]:
        """Return the number of sections of each kind in each period."""
        found: dict[tuple[Kind, Time], Expression] = {}
        if self.fixed is not None:
            for section, time in self.fixed.items():
                at = found.setdefault((self.reduction.kind[section], time), Expression())
                at.constant += 1
            return found
        for (_, type_, time), column in self.m.items():
            found.setdefault((type_.kind, time), Expression()).terms.append((column, 1))
        return found

    def _take_requests(self) -> None:
        """Columns n: students of a group who take a course in a period to serve a wish."""
        where: dict[str, list[Time]] = {course.id: [] for course in self.problem.courses}
        for kind, time in self._sections_open:
            if time not in where[kind.course]:
                where[kind.course].append(time)
        order = {time: index for index, time in enumerate(self.problem.calendar.times)}
        rule = self.problem.policy.requests
        clash = self.problem.policy.clash_of("student")
        cost = Expression()
        for number, group in enumerate(self.reduction.groups):
            at: dict[Time, Terms] = defaultdict(list)
            of_course: dict[str, Terms] = defaultdict(list)
            for wish_number, wish in enumerate(group.wishes):
                serving: Terms = []
                for course, price in wish.options:
                    if self._all_met and price:
                        continue
                    for time in sorted(set(where[course]) - group.closed, key=order.__getitem__):
                        name = self._name("n", number, wish_number, course, time)
                        column = self.linear.add_column(name, upper=group.size)
                        self.n[number, wish_number, course, time] = column
                        serving.append((column, 1))
                        at[time].append((column, 1))
                        of_course[course].append((column, 1))
                        cost.terms.append((column, price - wish.weight))
                        self._price_of_student(group, course, time, column)
                cost.constant += wish.weight * group.size
                missing = Expression([(column, -1) for column, _ in serving], group.size)
                for needed in wish.needed:
                    self._price(needed, missing)
                if self._all_met or any(needed.required for needed in wish.needed):
                    self.linear.add_row(
                        self._name("wish", number, wish_number), group.size, group.size, serving
                    )
                elif len(serving) > 1:
                    self.linear.add_row(
                        self._name("wish", number, wish_number), -INFINITE, group.size, serving
                    )
            for time, taking in at.items():
                if clash.priced:
                    self._price_pairs(clash, (number, time), Expression(taking), len(taking))
                elif clash.required and len(taking) > 1:
                    self.linear.add_row(self._name("student", number, time), -INFINITE, group.size, taking)
            for course in group.shared_options:
                if len(of_course[course]) > 1:
                    self.linear.add_row(
                        self._name("once", number, course), -INFINITE, group.size, of_course[course]
                    )
        if not self._all_met:
            self._price(rule, cost)

    def _price_of_student(self, group: Group, course: str, time: Time, column: int) -> None:
        """Price what students of a group take although it is for others, or at times to be kept free."""
        for level in range(1, self.level + 1):
            price = sum(w for c, w, at in group.barred if at == level and c == course)
            price += sum(w for t, w, at in group.prices if at == level and t == time)
            if price:
                self._costs[level - 1].terms.append((column, price))

    def _keep_students(self) -> None:
        """Columns k: students of a group who are in the section in which they are kept, in each period."""
        inside: dict[tuple[Kind, Time], tuple[Terms, Terms]] = {}
        taking: dict[tuple[int, str, Time], Terms] = defaultdict(list)
        if any(group.kept for group in self.reduction.groups):
            for (number, _, course, time), column in self.n.items():
                taking[number, course, time].append((column, 1))
        for number, group in enumerate(self.reduction.groups):
            together: dict[tuple[str, Time], Terms] = defaultdict(list)
            for section, rules in group.kept:
                kind = self.reduction.kind[section]
                here: Terms = []
                for time in self.problem.calendar.times:
                    open_ = self._sections_open.get((kind, time))
                    if open_ is None or not taking[number, kind.course, time]:
                        continue
                    name = self._name("k", number, section, time)
                    column = self.linear.add_column(name, upper=group.size)
                    self.k[number, section, time] = column
                    here.append((column, 1))
                    together[kind.course, time].append((column, 1))
                    row = Expression([(column, 1)]).plus(open_, -group.size)
                    self.linear.add_row(
                        self._name("kept", number, section), -INFINITE, -row.constant, row.terms
                    )
                    inside.setdefault((kind, time), ([], []))[group.tagged].append((column, 1))
                missing = Expression([(column, -1) for column, _ in here], group.size)
                for rule in rules:
                    self._price(rule, missing)
                if any(rule.required for rule in rules):
                    self.linear.add_row(self._name("keep", number, section), group.size, group.size, here)
            for (course, time), columns in together.items():
                row_terms = [*columns, *((column, -1) for column, _ in taking[number, course, time])]
                self.linear.add_row(self._name("kept_of", number, course, time), -INFINITE, 0, row_terms)
        for (kind, time), (plain, tagged) in inside.items():
            everybody, with_tag = self.e[kind, time], self.q[kind, time]
            for name, who, kept in (
                ("inside", everybody.plus(with_tag, -1), plain),
                ("inside_tagged", with_tag, tagged),
            ):
                if kept:
                    terms = [*who.terms, *((column, -1) for column, _ in kept)]
                    self.linear.add_row(self._name(name, kind, time), -who.constant, INFINITE, terms)

    def _fill_kinds(self) -> None:
        """Expressions e and q: students and tagged students in a kind of sections in a period."""
        taking: dict[tuple[str, Time], Terms] = defaultdict(list)
        tagged: dict[tuple[str, Time], Terms] = defaultdict(list)
        for (number, _, course, time), column in self.n.items():
            taking[course, time].append((column, 1))
            if self.reduction.groups[number].tagged:
                tagged[course, time].append((column, 1))
        by_place: dict[tuple[str, Time], list[Kind]] = defaultdict(list)
        for kind, time in self._sections_open:
            by_place[kind.course, time].append(kind)
        for (course, time), kinds in by_place.items():
            if len(kinds) == 1:
                self.e[kinds[0], time] = Expression(taking[course, time])
                self.q[kinds[0], time] = Expression(tagged[course, time])
                continue
            everybody: Terms = [(column, -1) for column, _ in taking[course, time]]
            with_tag: Terms = [(column, -1) for column, _ in tagged[course, time]]
            for kind in kinds:
                e = self.linear.add_column(self._name("e", kind, time))
                q = self.linear.add_column(self._name("q", kind, time)) if with_tag else None
                self.split.append((kind, time, e, -1 if q is None else q))
                self.e[kind, time] = Expression([(e, 1)])
                self.q[kind, time] = Expression([] if q is None else [(q, 1)])
                everybody.append((e, 1))
                if q is not None:
                    with_tag.append((q, 1))
                    self.linear.add_row(self._name("tagged", kind, time), 0, INFINITE, [(e, 1), (q, -1)])
            self.linear.add_row(self._name("all", course, time), 0, 0, everybody)
            if with_tag:
                self.linear.add_row(self._name("all_tagged", course, time), 0, 0, with_tag)

    def _limit_enrolment(self) -> None:
        """Seats, limits and prices per section, times the number of sections open."""
        seats_rule = self.problem.policy.seats
        for (kind, time), z in self._sections_open.items():
            total, tagged = self.e[kind, time], self.q[kind, time]
            cap = float(kind.seats) if seats_rule.required else INFINITE
            tag_cap = INFINITE
            priced: dict[tuple[bool, int], list[tuple[float, int, bool]]] = defaultdict(list)
            if seats_rule.priced and seats_rule.level <= self.level:
                priced[False, seats_rule.level].append((float(kind.seats), seats_rule.weight, True))
            for number, limit in kind.limits:
                rule = self.reduction.enrolment[number]
                above = isinstance(rule, AtMostEnrolled)
                if rule.enforcement.required and above:
                    if rule.tag is None:
                        cap = min(cap, limit)
                    else:
                        tag_cap = min(tag_cap, limit)
                elif rule.enforcement.required:
                    row = (total if rule.tag is None else tagged).plus(z, -limit)
                    name = self._name("least", kind, time)
                    self.linear.add_row(name, -row.constant, INFINITE, row.terms)
                elif rule.enforcement.priced and rule.enforcement.level <= self.level:
                    key = (rule.tag is not None, rule.enforcement.level)
                    priced[key].append((float(limit), rule.enforcement.weight, above))
            # Where nothing limits them, students still need a section that is open.
            fits = cap if cap < INFINITE else float(len(self.problem.students))
            for name, who, most in (("seats", total, fits), ("tag", tagged, min(cap, tag_cap))):
                if most < INFINITE and who.terms:
                    row = who.plus(z, -most)
                    self.linear.add_row(self._name(name, kind, time), -INFINITE, -row.constant, row.terms)
            for (of_tag, level), prices in priced.items():
                who, most = (tagged, min(cap, tag_cap)) if of_tag else (total, cap)
                slopes = list(pieces(who, z, prices, most))
                if slopes:
                    excess = self._excess("price", (kind, time), *slopes)
                    self._costs[level - 1].add(excess)

    def _limit_times(self) -> None:
        """At most so many sections of a scope at one time."""
        for number, rule in enumerate(self.reduction.per_time):
            if rule.enforcement.priced and rule.enforcement.level > self.level:
                continue
            for time in self.problem.calendar.times:
                count = Expression(constant=-rule.limit)
                if self.fixed is not None:
                    members = {self.problem.section_of[meeting].id for meeting in rule.scope.meetings}
                    count.constant += sum(self.fixed.get(section) == time for section in members)
                    if rule.enforcement.priced and count.constant > 0:
                        self._price(rule.enforcement, Expression(constant=count.constant))
                    continue
                count.terms = [
                    (column, 1)
                    for (_, type_, at), column in self.m.items()
                    if at == time and number in type_.counted_in
                ]
                if rule.enforcement.required and count.terms:
                    name = self._name("per_time", number, time)
                    self.linear.add_row(name, -INFINITE, -count.constant, count.terms)
                elif rule.enforcement.priced and count.terms:
                    self._price(rule.enforcement, self._excess("per_time", (number, time), count))

    def _constants(self) -> None:
        """Prices that no timetable changes, and those that fixed times decide."""
        placed = (
            {}
            if self.fixed is None
            else {id: Placement(time) for id, time in _meetings(self.problem, self.fixed)}
        )
        view = View(self.problem, Timetable(placed))
        for rule in cast("tuple[Constraint, ...]", self.problem.constraints):
            decided = isinstance(rule, CONSTANT) if self.fixed is None else not isinstance(rule, OF_STUDENTS)
            if not decided or not rule.enforcement.priced or rule in self.reduction.per_time:
                continue
            amount = sum(violation.amount for violation in rule.violations(view))
            self._price(rule.enforcement, Expression(constant=amount))
        if self.fixed is not None and self._teacher_clash.priced:
            for sections in self.problem.sections_of.values():
                held = Counter(self.fixed[section.id] for section in sections if section.id in self.fixed)
                amount = sum(count * (count - 1) // 2 for count in held.values())
                self._price(self._teacher_clash, Expression(constant=amount))

    def frozen_but(self, free: set[int], values: FloatArray) -> LinearModel:
        """Return a copy in which only the classes of teachers in ``free`` may place sections otherwise."""
        linear = self.linear.copy()
        for (number, _, _), column in self.m.items():
            if number not in free:
                linear.set_bounds(column, values[column], values[column])
        return linear

    # Both ways -----------------------------------------------------------------------------------------

    def encode(self, timetable: Timetable) -> FloatArray:
        """Return the columns of a timetable, as a start for a solver; see ``counting.encode``."""
        return counting.encode(self, timetable)

    def timetable(self, values: FloatArray) -> Timetable | None:
        """Return the timetable that an answer counts, or None where it breaks the model and counts none."""
        try:
            return self.decode(values)
        except (IndexError, ValueError):
            return None

    def decode(self, values: FloatArray) -> Timetable:
        """Return a timetable that has the counts of an answer; see ``counting.decode``."""
        return counting.decode(self, values)

    def value(self, values: FloatArray) -> int:
        """Return the cost of this level as the model counts it."""
        return round(self.linear.value(values))


def problem_asks_first(problem: Problem) -> bool:
    """Return whether the first level holds the requests and each unmet one costs something."""
    rule = problem.policy.requests
    weights = all(request.weight > 0 for request in problem.requests)
    return rule.priced and rule.level == 1 and rule.weight > 0 and weights


def _meetings(problem: Problem, times: Mapping[str, Time]) -> Iterator[tuple[str, Time]]:
    for section, time in times.items():
        yield problem.sections[section].meetings[0].id, time
