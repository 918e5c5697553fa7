"""The working copy of a timetable: what it says is possible exists, and what it takes back is as before."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from echelon_lib import Problem, evaluate, load_school, solve
from echelon_lib.advice.actions import RemoveSection
from echelon_lib.advice.changes import apply
from echelon_lib.advice.rearrange import Rearrangement
from echelon_lib.advice.seating import CLOSE, OTHERS, OWN, Seating
from echelon_lib.advice.situation import Situation
from echelon_lib.domain.timetable import Timetable
from echelon_lib.generate.school import generate_school, write_school


@dataclass(frozen=True)
class Solved:
    """A school with a timetable, and the sections without which there are seats for all who ask."""

    problem: Problem
    timetable: Timetable
    spare: tuple[str, ...]


@pytest.fixture(scope="module")
def solved(tmp_path_factory: pytest.TempPathFactory) -> Solved:
    """A school with surplus sections and a quick timetable of it."""
    folder = tmp_path_factory.mktemp("school") / "one"
    write_school(generate_school(students=160, seed=8, surplus=10), folder)
    problem = load_school(folder)
    found = solve(problem, solver="greedy").best
    assert found is not None
    situation = Situation(problem)
    spare = [
        one.id for one in problem.sections.values() if not any(removal(problem, one.id).faults(situation))
    ]
    return Solved(problem, found, tuple(spare))


def removal(problem: Problem, section: str) -> RemoveSection:
    """The action that gives up a section."""
    return RemoveSection(section=section, releases=problem.teachers_of(problem.sections[section])[0])


def without(problem: Problem, section: str) -> Problem:
    """The school without a section."""
    return apply(problem, [removal(problem, section)])


def test_the_copy_begins_as_the_timetable(solved: Solved) -> None:
    seating = Seating(solved.problem, solved.timetable)
    assert seating.timetable() == solved.timetable
    served = evaluate(solved.problem, solved.timetable).served
    unmet = [one.request for one in served if one.rank is None]
    assert seating.waiting == {(one.student, one.primary): one.weight for one in unmet}


@pytest.mark.parametrize("effort", [OWN, OTHERS])
def test_a_section_that_can_be_given_up_is_one_in_truth(solved: Solved, effort: int) -> None:
    before = evaluate(solved.problem, solved.timetable)
    seating = Seating(solved.problem, solved.timetable)
    given = 0
    for section in solved.spare:
        if seating.give_up(section, effort):
            given += 1
            after = evaluate(without(solved.problem, section), seating.timetable())
            assert after.feasible, after.required
            assert [one.course for one in after.served] == [one.course for one in before.served]
            seating.undo(0)
        assert seating.timetable() == solved.timetable
    assert given


def test_more_effort_gives_up_more(solved: Solved) -> None:
    able: list[set[str]] = []
    seating = Seating(solved.problem, solved.timetable)
    for effort in (CLOSE, OWN, OTHERS):
        able.append(set())
        for section in solved.spare:
            if seating.give_up(section, effort):
                able[-1].add(section)
            seating.undo(0)
    assert able[0] < able[1] < able[2]


def test_moves_of_sections_give_up_what_is_not_given_up_without(solved: Solved) -> None:
    before = evaluate(solved.problem, solved.timetable)
    seating = Seating(solved.problem, solved.timetable)
    waiting, moved = dict(seating.waiting), 0
    for section in solved.spare[::4]:
        if not seating.give_up(section, OTHERS):
            moves = Rearrangement(seating, 60).give_up(section, 60)
            if moves is not None:
                moved += moves > 0
                after = evaluate(without(solved.problem, section), seating.timetable())
                assert after.feasible, after.required
                assert after.cost[0] <= before.cost[0]
                seating.undo(0)
            assert (seating.timetable(), seating.waiting) == (solved.timetable, waiting)
        seating.undo(0)
    assert moved


def test_a_search_looks_at_no_more_than_it_may(solved: Solved) -> None:
    seating = Seating(solved.problem, solved.timetable)
    for section in solved.spare:
        if not seating.give_up(section, OTHERS):
            search = Rearrangement(seating, 3)
            search.give_up(section, 100)
            assert search.looks >= 0
        seating.undo(0)
