"""Who made an answer and what is proven of it, in sentences that claim no more than the result does."""

from __future__ import annotations

from dataclasses import replace

from schools_by_hand import six_students

from echelon_lib.analysis.story import story
from echelon_lib.search.choose import solve
from echelon_lib.solvers.result import LevelResult, Status


def test_the_story_of_a_proven_answer() -> None:
    school = six_students()
    result = solve(school, "highs", stop=20.0)
    told = story(school, result)
    assert "exact model" in told[0]
    assert "requests are met" in told[1]
    assert told[2].startswith("Level 1, unmet requests: it costs")
    assert told[2].endswith("can cost less: proven.")


def test_no_more_is_claimed_than_is_known() -> None:
    school = six_students()
    result = solve(school, "greedy", stop=20.0)
    assert "never looks back" in story(school, result)[0]
    levels = (
        LevelResult(1, 500, 400, ("unmet requests",), 10_000),
        LevelResult(2, 70, None, (), None),
        LevelResult(3, None, 7, (), None),
        LevelResult(4, None, None, (), None),
    )
    searched = replace(
        result,
        solver="annealing of sections and students",
        levels=levels,
        status=Status.CANCELLED,
        runtime=30.2,
    )
    told = story(school, searched)
    assert "student by student" in told[0]
    assert told[0].endswith("in 30 seconds, and was stopped then.")
    assert told[-4] == (
        "Level 1, unmet requests: it costs 500; no timetable can cost less than 400, a gap of 1 %."
    )
    assert told[-3].endswith("how much less is possible with the levels before as they are is not known.")
    assert told[-2].endswith("no timetable can cost less than 7.")
    assert told[-1].endswith("nothing is known.")
