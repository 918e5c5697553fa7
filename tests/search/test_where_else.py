"""What moving a section would cost: each other period, the least costly first, and no student named."""

from __future__ import annotations

import pytest
from tiny_schools import tiny

from echelon_lib import DataError, Timetable, evaluate
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Placement
from echelon_lib.search.where_else import where_else


def at(problem: Problem, periods: str, **takes: str) -> Timetable:
    """The timetable of ``Art-1=R1 Art-2=G1`` with the sections of each student."""
    placed = dict(word.split("=") for word in periods.split())
    return Timetable(
        {id: Placement(problem.calendar.time(name)) for id, name in placed.items()},
        {student: frozenset(sections.split()) for student, sections in takes.items()},
    )


def test_the_least_costly_period_comes_first_and_all_that_moves_is_told() -> None:
    problem = tiny("Art-1/pat Band-1/pat Chess-1", {"ann": "Art Band Chess"}, fixed={"Chess-1": "R2"})
    timetable = at(problem, "Art-1=R1 Band-1=G1 Chess-1=R2", ann="Art-1 Band-1 Chess-1")
    found = where_else(problem, timetable, "Art-1")
    assert found.facts == (
        "To G2: 1 student would change sections or periods; nobody loses a request; no cost changes.",
        "To G1: Band-1 (Band) moves from G1 to R1; 1 student would change sections or periods; "
        "nobody loses a request; no cost changes.",
        "To R2: 1 student would change sections or periods; 1 request would be lost or served worse; "
        "level 1 costs 100 more.",
    )
    assert list(found.offers) == ["R2", "G1", "G2"]
    for offer in found.offers.values():
        assert offer.timetable is not None
        pairs = zip(evaluate(problem, offer.timetable).cost, evaluate(problem, timetable).cost, strict=True)
        assert offer.cost == tuple(new - old for new, old in pairs)


def test_periods_that_are_closed_share_a_sentence() -> None:
    problem = tiny("Art-1", {"ann": "Art"}, fixed={"Art-1": "R1"})
    found = where_else(problem, at(problem, "Art-1=R1", ann="Art-1"), "Art-1")
    assert found.facts == ("Not to R2, G1, G2: the file or a required rule does not let it be there.",)


def test_where_nothing_can_be_told_the_reason_is() -> None:
    problem = tiny("Art-1:1", {"ann": "Art", "bob": "Art"})
    found = where_else(problem, at(problem, "Art-1=R1", ann="Art-1", bob="Art-1"), "Art-1")
    assert found.offers == {}
    assert str(found) == (
        "What a move would cost cannot be told: the timetable breaks required rules: seats (1)."
    )
    with pytest.raises(DataError, match="Maybe 'Art-1'"):
        where_else(problem, at(problem, "Art-1=R1", ann="Art-1"), "Art-9")
