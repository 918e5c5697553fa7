"""The arrays of a university say what the evaluator says, and what they cannot say is refused in words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_universities import PRICES, random_university, random_week

from echelon_lib.constraints.load import EvenLoad
from echelon_lib.constraints.rooms import RoomStability
from echelon_lib.constraints.spread import SameDay
from echelon_lib.domain.errors import DataError, EchelonError
from echelon_lib.domain.offerings import Course
from echelon_lib.domain.policy import OFF, REQUIRED, Policy, Scope, priced
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Placement, Timetable
from echelon_lib.scoring.evaluate import evaluate
from echelon_lib.search.kernels.university_week import broken, fill
from echelon_lib.search.university.arrays import UniversityArrays

SEEDS = st.integers(0, 100_000)


def placed(arrays: UniversityArrays, timetable: Timetable) -> tuple[np.ndarray, np.ndarray]:
    """Starts and rooms of a timetable, whatever it breaks."""
    found = [arrays.where(i, timetable.placements.get(id)) for i, id in enumerate(arrays.meetings)]
    starts, rooms = np.array(found, np.int64).T.copy()
    return starts, rooms


def costs(arrays: UniversityArrays, timetable: Timetable) -> int:
    week = arrays.empty_week(0)
    fill(arrays.university, week, *placed(arrays, timetable))
    return int(arrays.sums(week).sum())


@pytest.mark.parametrize("term", [*sorted(set(PRICES) - {"building travel"}), "faculty preference"])
@settings(max_examples=25)
@given(seed=SEEDS)
def test_each_term_costs_what_the_evaluator_says(term: str, seed: int) -> None:
    problem = random_university(seed, only=[term])
    timetable = random_week(problem, seed)
    assert costs(UniversityArrays.of(problem), timetable) == evaluate(problem, timetable).cost[0]


@pytest.mark.parametrize("loose", [False, True])
@settings(max_examples=40)
@given(seed=SEEDS)
def test_all_terms_add_up(loose: bool, seed: int) -> None:
    """Travel is counted where nobody is in two places, so it is left to weeks without clashes."""
    problem = random_university(
        seed, only=[*(set(PRICES) - {"building travel"}), "faculty preference"], loose=loose
    )
    timetable = random_week(problem, seed)
    assert costs(UniversityArrays.of(problem), timetable) == evaluate(problem, timetable).cost[0]


@settings(max_examples=40)
@given(seed=SEEDS)
def test_required_rules_are_in_domains_and_rooms(seed: int) -> None:
    """A place that the arrays allow breaks no rule on times and rooms, and one that they forbid does."""
    problem = random_university(seed)
    arrays = UniversityArrays.of(problem)
    a = arrays.university
    timetable = random_week(problem, seed)
    starts, rooms = placed(arrays, timetable)
    for i, id in enumerate(arrays.meetings):
        alone = Timetable({id: timetable.placements[id]})
        broken_rules = evaluate(problem, alone).required.keys() - {"unplaced meetings"}
        allowed = a.domain[i] >> starts[i] & 1 and a.fits[a.kind[i], rooms[i]]
        assert bool(allowed) is not bool(broken_rules), broken_rules


@settings(max_examples=40)
@given(seed=SEEDS)
def test_clashes_are_counted(seed: int) -> None:
    """A week of the arrays is without clashes exactly when the evaluator sees none."""
    problem = random_university(seed)
    arrays = UniversityArrays.of(problem)
    timetable = random_week(problem, seed)
    week = arrays.empty_week(0)
    fill(arrays.university, week, *placed(arrays, timetable))
    rules = {"group clash", "teacher clash"}
    assert bool(broken(arrays.university, week)) is bool(rules & evaluate(problem, timetable).required.keys())


@settings(max_examples=30)
@given(seed=SEEDS)
def test_what_is_read_breaks_nothing_but_clashes(seed: int) -> None:
    problem = random_university(seed)
    arrays = UniversityArrays.of(problem)
    timetable = random_week(problem, seed)
    again = arrays.timetable(*arrays.read(timetable))
    kept = evaluate(problem, again).required.keys()
    assert kept <= {"group clash", "teacher clash", "unplaced meetings"}
    assert again.placements.items() <= timetable.placements.items()


def test_prices_of_nothing_cost_nothing() -> None:
    arrays = UniversityArrays.of(random_university(1, only=[]))
    assert not arrays.university.travels
    assert arrays.university.hours_price.size == 0
    assert arrays.empty_week(0).site.size == 0


def without(problem: Problem, **more: object) -> Problem:
    return replace(problem, **more)  # type: ignore[arg-type]


REFUSED = {
    "required and only priced here": lambda p: without(p, constraints=(SameDay("days", Scope(), REQUIRED),)),
    "has no encoding": lambda p: without(
        p, constraints=(RoomStability("one room", Scope.of_meetings(["s0#0"]), priced(1, 1)),)
    ),
    "at the levels 1, 2": lambda p: without(
        p, constraints=(*p.constraints, SameDay("late", Scope(), priced(1, 2)))
    ),
    "priced by 2 rules": lambda p: without(
        p, constraints=(*p.constraints, EvenLoad("again", Scope(), priced(1, 1)))
    ),
    "no group clash is off": lambda p: without(p, policy=Policy(clash={"group": OFF})),
    "one meeting at a time in a room": lambda p: without(p, policy=Policy(room_clash=priced(1))),
    "its weeks differ": lambda p: without(p, calendar=replace(p.calendar, weeks=2)),
    "outside the calendar": lambda p: without(p, calendar=replace(p.calendar, slots=2)),
    "is larger than": lambda p: without(p, calendar=replace(p.calendar, slots=30)),
}


@pytest.mark.parametrize("words", REFUSED)
def test_what_cannot_be_encoded_is_refused(words: str) -> None:
    problem = REFUSED[words](random_university(3))
    expected = "is required, and the search can only price it" if words.startswith("required") else words
    with pytest.raises(EchelonError, match="no solver can take this problem yet") as error:
        UniversityArrays.of(problem)
    assert expected in str(error.value)


def test_several_lengths_of_a_meeting_are_refused() -> None:
    problem = random_university(3)
    section = next(iter(problem.sections.values()))
    long = tuple(replace(time, length=2) for time in problem.calendar.times if time.start < 2)
    mixed = replace(section.meetings[0], times=(*long, *problem.calendar.times))
    changed = replace(section, meetings=(mixed, *section.meetings[1:]))
    courses = (Course.of(problem.course_of[section.id].id, [changed]), *problem.courses[1:])
    with pytest.raises(EchelonError, match="may be of several lengths"):
        UniversityArrays.of(replace(problem, courses=courses))


def test_movable_meetings_must_exist_and_the_others_have_places() -> None:
    problem = random_university(3)
    with pytest.raises(DataError, match="the movable meeting 's0#9' does not exist"):
        UniversityArrays.of(problem, movable=["s0#9"])
    arrays = UniversityArrays.of(problem, movable=["s0#0"])
    assert arrays.movable.sum() == 1
    with pytest.raises(DataError, match="may not be moved, but its place cannot be kept"):
        arrays.read(Timetable())


def test_a_meeting_without_any_start_is_named() -> None:
    problem = random_university(3)
    first = next(s for s in problem.sections.values() if problem.teachers_of(s))
    teacher = problem.teachers_of(first)[0]
    away = next(c for c in problem.constraints if c.scope.attendee == teacher and c.enforcement.required)
    never = replace(away, times=problem.calendar.times)  # type: ignore[type-var]
    rules = tuple(never if c is away else c for c in problem.constraints)
    words = UniversityArrays.of(replace(problem, constraints=rules)).why_hopeless()
    assert f"meeting {first.meetings[0].id!r} has no time that the required rules allow" in words


def test_a_place_of_another_length_is_not_read() -> None:
    problem = random_university(3)
    arrays = UniversityArrays.of(problem)
    meeting = next(iter(problem.meetings.values()))
    wrong = replace(meeting.times[0], length=meeting.times[0].length + 1)
    starts, _ = arrays.read(Timetable({meeting.id: Placement(wrong, next(iter(meeting.rooms), None))}))
    assert (starts == -1).all()
