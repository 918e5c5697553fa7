"""The first line says what is true, and no more than is proven."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from schools_by_hand import many_sections, result_of, six_students, six_students_placed, weighed

from echelon_lib.analysis.summary import summary
from echelon_lib.domain.policy import Policy, priced
from echelon_lib.scoring.evaluate import evaluate
from echelon_lib.solvers.result import Status


@pytest.fixture(scope="module")
def problem():
    return six_students()


def line(problem, timetable, **known) -> str:
    return summary(problem, result_of(problem, timetable, **known)).first_line


SAID = "63.6 % of requests met, 33.3 % of students complete"


@pytest.mark.parametrize(
    ("bound", "limit"),
    [
        (None, ""),
        (0, ", no schedule can pass 100 %"),
        (100, ", no schedule can pass 91 %"),  # 10 of 11, rounded up
        (101, ", no schedule can pass 81.9 %"),  # costs come in hundreds: 2 are unmet at least
        (400, ", and no schedule can do better on requests (proven)"),  # the next level is open
        (500, ""),  # a bound above the cost proves nothing
    ],
)
def test_first_line(problem, bound: int | None, limit: str) -> None:
    assert line(problem, six_students_placed(), bound=bound) == SAID + limit


def test_everything_proven_is_said_without_reserve(problem) -> None:
    result = result_of(problem, six_students_placed(), bound=400)
    closed = tuple(replace(one, bound=one.cost) for one in result.levels)
    said = summary(problem, replace(result, levels=closed)).first_line
    assert said == SAID + ", and no schedule can do better (proven)"


def test_first_line_with_unequal_weights_speaks_of_weight(problem) -> None:
    weighed_problem = weighed(problem, {"ann#0": 200})
    said = line(weighed_problem, six_students_placed(), bound=100)
    assert said == SAID + ", no schedule can pass 91.7 % of the request weight"


def test_the_weight_of_the_policy_is_part_of_the_bound(problem) -> None:
    doubled = replace(problem, policy=Policy(requests=priced(2, level=1)))
    assert line(doubled, six_students_placed(), bound=200).endswith("no schedule can pass 91 %")


def test_a_bound_on_more_than_requests_is_not_called_one_on_requests(problem) -> None:
    result = result_of(problem, six_students_placed(), bound=100)
    both = replace(result.levels[0], terms=("unmet requests", "seats"))
    result = replace(result, levels=(both, *result.levels[1:]))
    assert summary(problem, result).first_line == SAID


def test_broken_rules_are_said_and_nothing_is_proven(problem) -> None:
    timetable = six_students_placed().enrol("fay", "C-1")
    said = line(problem, timetable, bound=300)
    assert "but required rules are broken: seats (1)" in said
    assert "proven" not in said
    assert summary(problem, timetable).broken == 1


def test_everything_met_cannot_be_passed(problem) -> None:
    easy = replace(problem, requests=tuple(r for r in problem.requests if r.student == "ann"))
    timetable = six_students_placed()
    only_ann = replace(timetable, enrolments={"ann": timetable.enrolments["ann"]})
    expected = "100 % of requests met, 100 % of students complete, and no schedule can do better"
    assert evaluate(easy, only_ann).cost[1] > 0, "which nobody says is the least"
    assert summary(easy, only_ann).first_line == f"{expected} on requests (proven)"


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (Status.INFEASIBLE, "No timetable can keep all required rules: 65 sections do not fit 8 periods"),
        (Status.NO_TIMETABLE_FOUND, "No timetable was found, and none is proven impossible"),
        (Status.CANCELLED, "Cancelled before a timetable was found"),
    ],
)
def test_without_a_timetable(problem, status: Status, words: str) -> None:
    result = replace(result_of(problem, None, status=status), notes=("65 sections do not fit 8 periods.",))
    found = summary(problem, result)
    assert found.first_line == words
    assert (found.met, found.cost, found.enrolled, found.below_target) == (None, None, None, None)


def test_numbers(problem) -> None:
    found = summary(problem, result_of(problem, six_students_placed(), bound=100))
    assert (found.requests, found.met, found.filled, found.students, found.complete) == (11, 7, 7, 6, 2)
    assert (found.sections, found.placed, found.seats, found.enrolled) == (4, 4, 9, 7)
    assert found.utilisation == pytest.approx(7 / 9)
    assert (found.below_target, found.structural) == (2, 0)
    assert (found.bound, found.seconds, found.solver) == (100, 1.25, "by hand")
    assert found.gap == pytest.approx(300 / 1100)
    json.dumps(found.as_dict())
    assert str(found).splitlines()[0] == found.first_line
    assert "requests: 11, met 7" in str(found)


def test_a_problem_without_requests() -> None:
    problem, timetable = many_sections(4, 2)
    assert summary(problem, timetable).first_line == "4 sections, no requests"
