"""Without a deadline the same seed gives the same answer, whatever the machine does meanwhile."""

from __future__ import annotations

import random
import re

import pytest
from tiny_schools import every, tiny

from echelon_lib import Problem, Result, solve
from echelon_lib.constraints.enrolment import AtMostEnrolled
from echelon_lib.domain.policy import priced
from echelon_lib.search import annealer, school_engine
from echelon_lib.search.annealer import BLOCK
from echelon_lib.stop import AnyOf, Cancel, MaxIterations, NoImprovement, Stop, running

pytestmark = pytest.mark.usefixtures("only_the_search")


def crowded() -> Problem:
    """A school in which hardly two searches end alike."""
    dice = random.Random(3)
    sections = " ".join(f"{c}-{k}:6/t{n % 7}" for n, c in enumerate("ABCDEFGHIJ") for k in range(2))
    names = " ".join(word.split(":")[0] for word in sections.split())
    even = AtMostEnrolled("size balance", every(names), priced(1), (3,) * 20)
    return tiny(sections, {f"s{n}": " ".join(dice.sample("ABCDEFGHIJ", 4)) for n in range(30)}, even)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A search that nothing limits is short."""
    monkeypatch.setattr(annealer, "LEAST_MOVES", 15_000)


STOPS = [
    MaxIterations(3),
    NoImprovement(1),
    AnyOf(MaxIterations(2), Cancel()),
    AnyOf(NoImprovement(2), MaxIterations(3)),
    None,
]


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("stop", STOPS, ids=[f"stop {number}" for number in range(len(STOPS))])
def test_two_searches_side_by_side_can_be_repeated(
    stop: Stop | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem, answers = crowded(), list[Result]()
    for cores, news in ((1, 1.0), (8, 0.01)):
        monkeypatch.setattr(school_engine, "cores", lambda cores=cores: cores)
        monkeypatch.setattr(school_engine, "NEWS", news)
        clock = running(stop)
        dice = random.Random(cores)
        # A clock that jumps: nothing may hang on it.
        clock._clock = lambda dice=dice: dice.uniform(0.0, 1_000.0)
        answers.append(solve(problem, "highs", stop=clock, seed=5))
    one, other = answers
    assert one.best == other.best
    assert one.cost == other.cost
    assert one.notes == other.notes
    assert one.notes[0].startswith("2 searches tried so many moves")
    assert "the same answer" in one.notes[0]


def test_another_seed_gives_another_answer() -> None:
    """Otherwise the test above would say nothing."""
    problem = crowded()
    answers = [solve(problem, "highs", stop=MaxIterations(3), seed=seed).best for seed in (5, 6)]
    assert answers[0] != answers[1]


def test_the_notes_of_a_timed_search_say_how_many_iterations_do_as_much() -> None:
    (note,) = (one for one in solve(crowded(), "highs", stop=3).notes if "--iterations" in one)
    phases, _, hint = note.partition("; --iterations ")
    moves = [int(number.replace(",", "")) for number in re.findall(r" (\d[\d,]*\d|\d)(?=[,;]|$)", phases)]
    searches = int(note.split()[0])
    assert len(moves) == 3 * searches, note
    assert int(hint.split()[0]) == max(1, round(sum(moves) / searches / BLOCK))


def test_counted_moves_are_those_that_were_asked_for() -> None:
    note = solve(crowded(), "highs", stop=MaxIterations(4)).notes[0]
    moves = [int(number.replace(",", "")) for number in re.findall(r" (\d[\d,]*\d|\d)(?=[,;]|$)", note)]
    assert sum(moves) == pytest.approx(2 * 4 * BLOCK, rel=0.05)
