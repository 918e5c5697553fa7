"""Splitting counts into timetables: proper, balanced and with nothing lost, whatever the counts."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echelon_lib.solvers.colouring import Colouring, split_students, split_teachers

Edges = list[tuple[int, int, str]]


@st.composite
def placed_requests(draw: st.DrawFn) -> tuple[Edges, int]:
    """Placed requests of a group in which no wish and no period has more than the group has students."""
    students = draw(st.integers(1, 7))
    wishes, periods = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    free = {("wish", wish): students for wish in range(wishes)}
    free |= {("period", period): students for period in range(periods)}
    edges: Edges = []
    pairs = st.tuples(st.integers(0, wishes - 1), st.integers(0, periods - 1))
    for wish, period in draw(st.lists(pairs, max_size=50)):
        if free["wish", wish] and free["period", period]:
            free["wish", wish] -= 1
            free["period", period] -= 1
            edges.append((wish, period, draw(st.sampled_from(["Art", "Band"]))))
    return edges, students


@given(placed_requests())
def test_students_get_timetables_without_clash_of_equal_length(drawn: tuple[Edges, int]) -> None:
    edges, students = drawn
    timetables = split_students(edges, students)
    assert Counter(edge for timetable in timetables for edge in timetable) == Counter(edges)
    assert len(timetables) == students
    for timetable in timetables:
        assert len({wish for wish, _, _ in timetable}) == len(timetable)
        assert len({period for _, period, _ in timetable}) == len(timetable)
    sizes = [len(timetable) for timetable in timetables]
    assert max(sizes) - min(sizes) <= 1


@st.composite
def weeks_of_a_class(draw: st.DrawFn) -> tuple[dict[tuple[str, int], int], dict[str, int], int]:
    """The sections by type and period of some teachers with equal loads, each week made without clash."""
    teachers = draw(st.integers(1, 6))
    load = {type_: draw(st.integers(1, 3)) for type_ in "AB"[: draw(st.integers(1, 2))]}
    total = sum(load.values())
    periods = draw(st.integers(total, 8))
    dice = random.Random(draw(st.integers(0, 10**6)))
    counts: Counter[tuple[str, int]] = Counter()
    for _ in range(teachers):
        free = dice.sample(range(periods), total)
        counts.update((type_, free.pop()) for type_, times in load.items() for _ in range(times))
    return dict(counts), load, teachers


@given(weeks_of_a_class())
def test_teachers_get_their_sections_without_clash(
    drawn: tuple[dict[tuple[str, int], int], dict[str, int], int],
) -> None:
    counts, load, teachers = drawn
    weeks = split_teachers(counts, load, teachers)
    assert Counter(one for week in weeks for one in week) == Counter(counts)
    for week in weeks:
        assert Counter(type_ for type_, _ in week) == Counter(load)
        assert len({period for _, period in week}) == len(week)


@given(weeks_of_a_class(), st.integers(0, 8))
def test_days_of_teachers_are_even(
    drawn: tuple[dict[tuple[str, int], int], dict[str, int], int], first_day: int
) -> None:
    counts, load, teachers = drawn
    weeks = split_teachers(counts, load, teachers, lambda period: int(period >= first_day))
    assert Counter(one for week in weeks for one in week) == Counter(counts)
    for day in (0, 1):
        loads = [sum((period >= first_day) == day for _, period in week) for week in weeks]
        assert max(loads) - min(loads) <= 1
    for week in weeks:
        assert Counter(type_ for type_, _ in week) == Counter(load)
        assert len({period for _, period in week}) == len(week)


def test_equal_courses_share_edges() -> None:
    edges = [(0, 0, "Art")] * 3 + [(0, 1, "Band")] * 2 + [(1, 0, "Chess")] * 2
    timetables = split_students(edges, 5)
    assert sorted(len(one) for one in timetables) == [1, 1, 1, 2, 2]
    assert sum(("Art" in {course for _, _, course in one}) for one in timetables) == 3


def test_nothing_placed_leaves_everybody_empty() -> None:
    assert split_students([], 3) == [[], [], []]


def test_more_edges_than_colours_are_refused() -> None:
    colouring = Colouring(1)
    colouring.add("a", 1)
    with pytest.raises(ValueError, match="more than 1 edges"):
        colouring.add("a", 2)


def test_a_load_that_is_not_placed_in_full_is_refused() -> None:
    with pytest.raises(ValueError, match="3 sections cannot be 2 for each of 2 teachers"):
        split_teachers({("A", 0): 2, ("A", 1): 1}, {"A": 2}, 2)
