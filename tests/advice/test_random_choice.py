"""The random adviser: always legal as a whole, the same for the same seed, and of every kind it may draw."""

from __future__ import annotations

from collections import Counter

import pytest
from schools_of_records import placed, school

from echelon_lib import Problem, load_school, solve
from echelon_lib.advice.actions import ACTIONS
from echelon_lib.advice.advisor import Past
from echelon_lib.advice.changes import judge
from echelon_lib.advice.random_choice import RandomAdvisor
from echelon_lib.analysis.score import Score
from echelon_lib.domain.timetable import Timetable
from echelon_lib.generate.school import generate_school, write_school

ROUND = Past((), Score(0, 0, 0), None, kept=False)


@pytest.fixture(scope="module")
def spacious(tmp_path_factory: pytest.TempPathFactory) -> tuple[Problem, Timetable]:
    """A school with so many sections that any kind of change is legal somewhere, with a quick timetable."""
    folder = tmp_path_factory.mktemp("school") / "spacious"
    write_school(generate_school(students=120, seed=5, surplus=25), folder)
    problem = load_school(folder)
    found = solve(problem, solver="greedy").best
    assert found is not None
    return problem, found


def test_a_list_is_legal_as_a_whole(spacious: tuple[Problem, Timetable]) -> None:
    for seed in range(6):
        advice = RandomAdvisor(seed, most=8).propose(*spacious)
        assert len(advice.actions) == 8
        assert judge(spacious[0], advice.actions, spacious[1], by_person=False).refused == ()
        assert ACTIONS.validate_json(ACTIONS.dump_json(advice.actions)) == advice.actions


def test_kinds_are_drawn_alike_and_none_that_is_not_for_it(spacious: tuple[Problem, Timetable]) -> None:
    drawn = [RandomAdvisor(seed, most=1).propose(*spacious).actions[0].kind for seed in range(40)]
    counts = Counter(drawn)
    assert set(counts) >= {"merge", "add", "remove", "reassign", "periods"}, counts
    assert set(counts) <= {"merge", "add", "remove", "reassign", "periods", "split"}
    assert max(counts.values()) < 20, "far more periods are to choose from"


def test_the_seed_and_the_round_decide(spacious: tuple[Problem, Timetable]) -> None:
    first = RandomAdvisor(3).propose(*spacious)
    assert first == RandomAdvisor(3).propose(*spacious)
    assert first.actions != RandomAdvisor(4).propose(*spacious).actions
    later = RandomAdvisor(3).propose(*spacious, [ROUND])
    assert later.actions != first.actions
    assert (first.record["round"], later.record["round"]) == (1, 2)


def test_fewer_are_drawn_where_nothing_else_is_legal() -> None:
    """Art-1 may be kept to the only period there is, or freed from it; nothing else may be done, and once."""
    problem = school("Art-1/pat", asked={"Art": 3}, periods="P1", rules={"teacher_load": 1})
    timetable = placed(problem, "Art-1@P1", {f"Art_{letter}": "Art-1" for letter in "abc"})
    actions = RandomAdvisor(0, most=9).propose(problem, timetable).actions
    assert [action.kind for action in actions] == ["periods"]
