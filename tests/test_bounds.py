"""The bound of the requests never exceeds what some feasible timetable costs, and counts what it should."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echelon_lib.bounds import allowed_times, capacities, request_bound, shortages, tight_sets
from echelon_lib.constraints.enrolment import AtMostEnrolled
from echelon_lib.constraints.times import ForbiddenTimes
from echelon_lib.domain.calendar import Calendar, Time
from echelon_lib.domain.offerings import Course, Meeting, Part, Request, Section
from echelon_lib.domain.people import Attendee
from echelon_lib.domain.policy import OFF, REQUIRED, Policy, Scope, priced
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Placement, Timetable
from echelon_lib.scoring.evaluate import evaluate

SPED = frozenset({"SPED"})


def school(
    courses: dict[str, list[int]],
    wishes: list[list[tuple[str, ...]]],
    *,
    periods: int = 4,
    sped: int = 0,
    sped_limit: int | None = None,
    weights: tuple[int, ...] = (),
    pooled: dict[str, tuple[str, ...]] | None = None,
    policy: Policy | None = None,
) -> Problem:
    """A school from the seats of the sections of each course and the wishes of each student.

    The first ``sped`` students carry the tag SPED.
    """
    calendar = Calendar.of_days({"A": [f"A{number}" for number in range(1, periods + 1)]})
    offered = [
        Course.of(
            course,
            [
                Section(f"{course}-{number}", (Meeting(f"{course}-{number}", calendar.times),), seats=count)
                for number, count in enumerate(seats, 1)
            ],
        )
        for course, seats in courses.items()
    ]
    students = [
        Attendee(f"S{number}", "student", tags=SPED if number < sped else frozenset())
        for number in range(len(wishes))
    ]
    requests = [
        Request(f"S{n}#{k}", f"S{n}", wish, weight=weights[k] if k < len(weights) else 100)
        for n, wish_list in enumerate(wishes)
        for k, wish in enumerate(wish_list)
    ]
    names = [section.id for course in offered for section in course.sections]
    rules = ()
    if sped_limit is not None:
        scope, limits = Scope.of_sections(names), (sped_limit,) * len(names)
        rules = (AtMostEnrolled("SPED limit", scope, REQUIRED, limits, tag="SPED"),)
    return Problem(
        "school",
        calendar,
        courses=tuple(offered),
        attendees=tuple(students),
        requests=tuple(requests),
        pooled=pooled or {},
        constraints=rules,
        policy=policy or Policy(),
    )


def best_by_brute_force(problem: Problem) -> tuple[int, int]:
    """Return the least cost of the requests and the fewest unfilled ones over all feasible timetables."""
    sections = list(problem.sections.values())
    best_cost = best_unmet = 10**9
    for times in product(*(section.meetings[0].times for section in sections)):
        placed = dict(zip((section.id for section in sections), times, strict=True))
        timetable = Timetable({name: Placement(time) for name, time in placed.items()})
        choices = [_choices(problem, student.id, placed) for student in problem.students]
        for picked in product(*choices):
            enrolments = {
                student.id: frozenset(names) for student, names in zip(problem.students, picked, strict=True)
            }
            seen = evaluate(problem, replace(timetable, enrolments=enrolments))
            if seen.feasible:
                best_cost = min(best_cost, seen.cost[0])
                best_unmet = min(best_unmet, seen.requests - seen.filled)
    return best_cost, best_unmet


def _choices(problem: Problem, student: str, placed: dict[str, Time]) -> list[tuple[str, ...]]:
    wanted = {course for r in problem.requests_of.get(student, ()) for course in r.courses}
    wanted |= set(problem.pooled.get(student, ()))
    per_course = [(None, *(s.id for s in problem.course[course].sections)) for course in sorted(wanted)]
    found = []
    for names in product(*per_course):
        taken = tuple(name for name in names if name is not None)
        clashes = len({placed[name] for name in taken}) < len(taken)
        if not (clashes and problem.policy.clash_of("student").required):
            found.append(taken)
    return found


@pytest.fixture
def crowded() -> Problem:
    """Five students ask for the three seats of Art and the ten of Band."""
    return school({"Art": [2, 1], "Band": [10]}, [[("Art",), ("Band",)]] * 5)


class TestFlow:
    def test_everything_fits(self) -> None:
        bound = request_bound(school({"Art": [5]}, [[("Art",)]] * 5))
        assert (bound.cost, bound.unmet, bound.short) == (0, 0, ())

    def test_one_seat_too_few(self) -> None:
        bound = request_bound(school({"Art": [4]}, [[("Art",)]] * 5))
        assert (bound.cost, bound.unmet, bound.short) == (100, 1, (("Art", 1),))

    def test_seats_are_counted_for_each_course(self, crowded: Problem) -> None:
        bound = request_bound(crowded)
        assert (bound.cost, bound.unmet) == (200, 2)
        assert bound.covers == ("unmet requests", "seats", "student clash")

    def test_the_cheapest_requests_are_given_up(self) -> None:
        wishes = [[("Art",), ("Band",)], [("Band",), ("Art",)]]
        bound = request_bound(school({"Art": [1], "Band": [2]}, wishes, weights=(100, 50)))
        assert (bound.cost, bound.unmet) == (50, 1)

    def test_the_weight_of_the_policy_counts_once(self, crowded: Problem) -> None:
        heavy = replace(crowded, policy=Policy(requests=priced(3, level=1)))
        assert request_bound(heavy).cost == 600
        assert request_bound(heavy).loss == 200

    @pytest.mark.parametrize("requests", [OFF, REQUIRED, priced(1, level=2)], ids=str)
    def test_requests_that_level_one_does_not_price(self, crowded: Problem, requests) -> None:
        bound = request_bound(replace(crowded, policy=Policy(requests=requests)))
        assert (bound.cost, bound.unmet, bound.loss) == (0, 2, 200)

    def test_seats_that_may_overflow_bound_nothing(self, crowded: Problem) -> None:
        bound = request_bound(replace(crowded, policy=Policy(seats=priced(5))))
        assert (bound.cost, bound.unmet) == (0, 0)
        assert "seats" not in bound.covers

    def test_a_required_maximum_holds_besides_the_seats(self, crowded: Problem) -> None:
        scope = Scope.of_sections(["Band-1"])
        limit = AtMostEnrolled("section maximum", scope, REQUIRED, (4,))
        assert request_bound(replace(crowded, constraints=(limit,))).unmet == 3
        wish = replace(limit, enforcement=priced(1))
        assert request_bound(replace(crowded, constraints=(wish,))).unmet == 2

    def test_a_course_that_nobody_teaches(self) -> None:
        bound = request_bound(school({"Art": [], "Band": [9]}, [[("Art",), ("Band",)]] * 3))
        assert (bound.unmet, bound.short) == (3, (("Art", 3),))

    def test_no_requests_and_no_students(self) -> None:
        assert request_bound(school({"Art": [3]}, [[]])).cost == 0
        assert request_bound(Problem("empty", Calendar.of_days({}))).cost == 0

    def test_a_course_asked_for_twice_is_given_once(self) -> None:
        bound = request_bound(school({"Art": [9]}, [[("Art",), ("Art",)]]))
        assert (bound.cost, bound.unmet) == (100, 1)

    def test_both_parts_are_needed(self) -> None:
        whole = school({"Lecture": [5], "Lab": [2]}, [])
        parts = tuple(part for course in whole.courses for part in course.parts)
        students = tuple(Attendee(f"S{n}", "student") for n in range(3))
        requests = tuple(Request(f"S{n}#1", f"S{n}", ("Both",)) for n in range(3))
        both = replace(whole, courses=(Course("Both", parts),), attendees=students, requests=requests)
        assert request_bound(both).unmet == 1
        assert request_bound(replace(both, policy=Policy(enrolment=OFF))).unmet == 0

    def test_a_part_without_sections_cannot_be_taken(self, crowded: Problem) -> None:
        art, band = crowded.courses
        broken = replace(crowded, courses=(art, replace(band, parts=(*band.parts, Part("practice", ())))))
        assert request_bound(broken).unmet == 7


class TestTags:
    def test_only_students_with_the_tag_are_limited(self) -> None:
        wishes = [[("Art",)]] * 6
        assert request_bound(school({"Art": [6]}, wishes, sped=3, sped_limit=2)).unmet == 1
        assert request_bound(school({"Art": [6]}, wishes, sped=2, sped_limit=2)).unmet == 0
        assert request_bound(school({"Art": [6]}, wishes, sped=3)).unmet == 0

    def test_a_limit_counts_no_more_than_the_seats(self) -> None:
        problem = school({"Art": [1, 5]}, [[("Art",)]] * 5, sped=5, sped_limit=3)
        assert request_bound(problem).unmet == 1

    def test_seats_and_limit_are_not_summed(self) -> None:
        # Five ask, three seats, two places for three SPED students: two lose, not three.
        problem = school({"Art": [3]}, [[("Art",)]] * 5, sped=3, sped_limit=2)
        assert request_bound(problem).unmet == 2
        (short,) = shortages(problem)
        assert (short.missing, short.tag, short.tagged_missing) == (2, "SPED", 1)


class TestDays:
    def test_more_requests_than_periods(self) -> None:
        courses = {name: [9] for name in "ABCD"}
        wishes = [[(name,) for name in "ABCD"]] * 2
        assert request_bound(school(courses, wishes, periods=4)).unmet == 0
        assert request_bound(school(courses, wishes, periods=3)).unmet == 2

    def test_clashes_that_are_allowed(self) -> None:
        courses, wishes = {name: [9] for name in "AB"}, [[("A",), ("B",)]]
        policy = Policy(clash={"student": priced(1)})
        assert request_bound(school(courses, wishes, periods=1)).unmet == 1
        assert request_bound(school(courses, wishes, periods=1, policy=policy)).unmet == 0
        assert request_bound(school(courses, wishes, periods=1, policy=Policy(unplaced=OFF))).unmet == 0
        assert request_bound(school(courses, wishes, periods=1, policy=Policy(domain=OFF))).unmet == 0

    def test_only_periods_that_something_may_use_count(self) -> None:
        problem = school({"A": [9], "B": [9]}, [[("A",), ("B",)]], periods=2)
        away = ForbiddenTimes(
            "course periods",
            Scope.of_meetings(problem.meetings),
            REQUIRED,
            problem.calendar.times[:1],
        )
        assert capacities(replace(problem, constraints=(away,))).periods == 1
        assert request_bound(replace(problem, constraints=(away,))).unmet == 1

    def test_periods_that_overlap_count_once(self) -> None:
        problem = school({"A": [9], "B": [9]}, [[("A",), ("B",)]], periods=2)
        long = Time(0, length=2)
        course = Course.of("A", [Section("A-1", (Meeting("A-1", (long,)),), seats=9)])
        other = Course.of("B", [Section("B-1", (Meeting("B-1", (long, Time(1))),), seats=9)])
        assert request_bound(replace(problem, courses=(course, other))).unmet == 1


class TestAlternates:
    def test_an_alternate_costs_a_tenth(self) -> None:
        bound = request_bound(school({"Art": [1], "Band": [9]}, [[("Art", "Band")]] * 3))
        assert (bound.cost, bound.unmet) == (20, 0)

    def test_the_second_alternate_costs_two_tenths(self) -> None:
        bound = request_bound(
            school({"Art": [0], "Band": [1], "Choir": [9]}, [[("Art", "Band", "Choir")]] * 3)
        )
        assert (bound.cost, bound.unmet) == (10 + 20 + 20, 0)

    def test_an_alternate_serves_one_request(self) -> None:
        courses = {"Art": [0], "Band": [0], "Choir": [9]}
        bound = request_bound(school(courses, [[("Art", "Choir"), ("Band", "Choir")]]))
        assert (bound.cost, bound.unmet) == (110, 1)

    def test_a_pooled_alternate_serves_electives_only(self) -> None:
        courses = {"Art": [0], "Choir": [9]}
        problem = school(courses, [[("Art",)]], pooled={"S0": ("Choir",)})
        assert (request_bound(problem).cost, request_bound(problem).unmet) == (10, 0)
        core = replace(problem, requests=(replace(problem.requests[0], core=True),))
        assert (request_bound(core).cost, request_bound(core).unmet) == (100, 1)

    def test_an_alternate_that_is_asked_for_anyway_helps_nobody(self) -> None:
        bound = request_bound(school({"Art": [0], "Band": [9]}, [[("Art", "Band"), ("Band",)]]))
        assert (bound.cost, bound.unmet) == (100, 1)


@st.composite
def tiny_schools(draw) -> Problem:
    """Up to three students, three courses, four sections and two or three periods."""
    names = ["A", "B", "C"]
    courses = {name: draw(st.lists(st.integers(0, 2), max_size=2 if name == "A" else 1)) for name in names}
    wish = st.lists(st.sampled_from(names), min_size=1, max_size=3).map(tuple)
    wishes = draw(st.lists(st.lists(wish, max_size=3), min_size=1, max_size=3))
    off = {"student": draw(st.sampled_from([REQUIRED, OFF]))}
    return school(
        courses,
        wishes,
        periods=draw(st.integers(1, 2)),
        sped=draw(st.integers(0, 3)),
        sped_limit=draw(st.sampled_from([None, 0, 1])),
        weights=draw(st.sampled_from([(), (100, 95, 50), (7, 3, 0)])),
        pooled=draw(st.dictionaries(st.just("S0"), st.lists(st.sampled_from(names), max_size=2).map(tuple))),
        policy=Policy(clash=off, seats=draw(st.sampled_from([REQUIRED, priced(1)]))),
    )


@settings(max_examples=60)
@given(problem=tiny_schools())
def test_no_timetable_beats_the_bound(problem: Problem) -> None:
    bound = request_bound(problem)
    cost, unmet = best_by_brute_force(problem)
    assert bound.cost <= cost
    assert bound.unmet <= unmet


@settings(max_examples=40)
@given(problem=tiny_schools())
def test_without_clashes_the_bound_is_reached(problem: Problem) -> None:
    free = replace(problem, policy=replace(problem.policy, clash={"student": OFF}))
    cost, unmet = best_by_brute_force(free)
    bound = request_bound(free)
    assert bound.cost == cost
    assert bound.unmet == unmet


class TestHall:
    TIMES = Calendar.of_days({"A": ["A1", "A2", "A3"]}).times

    def test_a_perfect_fit(self) -> None:
        assert tight_sets([frozenset(self.TIMES)] * 3) == ()

    def test_one_too_many(self) -> None:
        (tight,) = tight_sets([frozenset(self.TIMES)] * 4)
        assert (tight.things, tight.surplus, len(tight.places)) == ((0, 1, 2, 3), 1, 3)

    def test_things_are_moved_to_make_room(self) -> None:
        one, two, three = self.TIMES
        assert tight_sets([frozenset({one, two}), frozenset({one, three}), frozenset({one})]) == ()

    def test_only_the_tight_ones_are_named(self) -> None:
        one, two, three = self.TIMES
        domains = [frozenset({one}), frozenset({two, three}), frozenset({one}), frozenset({one})]
        (tight,) = tight_sets(domains)
        assert (tight.things, tight.places, tight.surplus) == ((0, 2, 3), frozenset({one}), 2)

    @pytest.mark.parametrize(("capacity", "surplus"), [(2, 1), (1, 4), (0, 7), (-1, 7)])
    def test_places_with_room_for_several(self, capacity: int, surplus: int) -> None:
        found = tight_sets([frozenset(self.TIMES)] * 7, capacity)
        assert sum(tight.surplus for tight in found) == surplus

    @given(st.lists(st.frozensets(st.integers(0, 3)), max_size=7), st.integers(1, 2))
    def test_against_brute_force(self, domains: list[frozenset[int]], capacity: int) -> None:
        times = [frozenset(Time(number) for number in domain) for domain in domains]
        most = 0
        for picked in product(*([None, *sorted(domain)] for domain in domains)):
            used = [one for one in picked if one is not None]
            if all(used.count(one) <= capacity for one in used):
                most = max(most, len(used))
        found = tight_sets(times, capacity)
        assert sum(tight.surplus for tight in found) == len(domains) - most
        for tight in found:
            reach = frozenset().union(*(times[index] for index in tight.things))
            assert reach == tight.places
            assert len(tight.things) == capacity * len(reach) + tight.surplus


def test_allowed_times_join_teacher_and_course() -> None:
    problem = school({"Art": [5]}, [[]], periods=3)
    (section,) = problem.course["Art"].sections
    taught = replace(section, attendees=("T1",))
    rules = (
        ForbiddenTimes("teacher unavailable", Scope.of_attendee("T1"), REQUIRED, problem.calendar.times[:1]),
        ForbiddenTimes("course periods", Scope.of_meetings(["Art-1"]), REQUIRED, problem.calendar.times[1:2]),
        ForbiddenTimes("a wish", Scope.of_meetings(["Art-1"]), priced(1), problem.calendar.times[2:]),
    )
    staffed = replace(
        problem,
        courses=(Course.of("Art", [taught]),),
        attendees=(*problem.attendees, Attendee("T1", "teacher")),
        constraints=rules,
    )
    assert allowed_times(staffed) == {"Art-1": frozenset(problem.calendar.times[2:])}
