"""The working copy of a timetable: what it says is possible exists, and what it takes back is as before."""

from __future__ import annotations

import pytest

from echelon_lib import Problem, evaluate, load_school, solve
from echelon_lib.advice.actions import RemoveSection
from echelon_lib.advice.changes import judge
from echelon_lib.advice.rearrange import Rearrangement
from echelon_lib.advice.seating import CLOSE, OTHERS, OWN, Seating
from echelon_lib.domain.timetable import Timetable
from echelon_lib.generate.school import generate_school, write_school


@pytest.fixture(scope="module")
def solved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Problem, Timetable]:
    """A school with surplus sections and a quick timetable of it."""
    folder = tmp_path_factory.mktemp("school") / "one"
    write_school(generate_school(students=160, seed=8, surplus=10), folder)
    problem = load_school(folder)
    found = solve(problem, solver="greedy").best
    assert found is not None
    return problem, found


def without(problem: Problem, section: str) -> Problem:
    """The school without a section."""
    teacher = problem.teachers_of(problem.sections[section])[0]
    changes = judge(problem, [RemoveSection(section=section, releases=teacher)])
    assert changes.refused == ()
    return changes.problem


def spare(problem: Problem) -> list[str]:
    """The sections without which their course still has seats for all who ask."""
    found = []
    for section in problem.sections.values():
        teacher = problem.teachers_of(section)[0]
        if not RemoveSection(section=section.id, releases=teacher).check(problem):
            found.append(section.id)
    return found


def test_the_copy_begins_as_the_timetable(solved: tuple[Problem, Timetable]) -> None:
    problem, timetable = solved
    seating = Seating(problem, timetable)
    assert seating.timetable() == timetable
    unmet = [one.request for one in evaluate(problem, timetable).served if one.rank is None]
    assert seating.waiting == {(one.student, one.primary): one.weight for one in unmet}


@pytest.mark.parametrize("effort", [CLOSE, OWN, OTHERS])
def test_a_section_that_can_be_given_up_is_one_in_truth(
    solved: tuple[Problem, Timetable], effort: int
) -> None:
    problem, timetable = solved
    before = evaluate(problem, timetable)
    given = 0
    for section in spare(problem):
        seating = Seating(problem, timetable)
        if seating.give_up(section, effort):
            given += 1
            after = evaluate(without(problem, section), seating.timetable())
            assert after.feasible, after.required
            assert [one.course for one in after.served] == [one.course for one in before.served]
            seating.undo(0)
        assert seating.timetable() == timetable
    assert given


def test_more_effort_gives_up_more(solved: tuple[Problem, Timetable]) -> None:
    problem, timetable = solved
    able = [
        {section for section in spare(problem) if Seating(problem, timetable).give_up(section, effort)}
        for effort in (CLOSE, OWN, OTHERS)
    ]
    assert able[0] < able[1] < able[2]


def test_moves_of_sections_give_up_what_is_not_given_up_without(solved: tuple[Problem, Timetable]) -> None:
    problem, timetable = solved
    before = evaluate(problem, timetable)
    moved = 0
    for section in spare(problem)[::3]:
        seating = Seating(problem, timetable)
        if seating.give_up(section, OTHERS):
            continue
        waiting = dict(seating.waiting)
        moves = Rearrangement(seating, 100).give_up(section, 100)
        if moves is None:
            assert (seating.timetable(), seating.waiting) == (timetable, waiting)
            continue
        moved += moves > 0
        after = evaluate(without(problem, section), seating.timetable())
        assert after.feasible, after.required
        assert after.cost[0] <= before.cost[0]
        seating.undo(0)
        assert (seating.timetable(), seating.waiting) == (timetable, waiting)
    assert moved


def test_a_search_looks_at_no_more_than_it_may(solved: tuple[Problem, Timetable]) -> None:
    problem, timetable = solved
    seating = Seating(problem, timetable)
    section = next(one for one in spare(problem) if not Seating(problem, timetable).give_up(one, OTHERS))
    search = Rearrangement(seating, 3)
    search.give_up(section, 100)
    assert search.looks >= 0
    assert search.give_up(section, 0) is None
