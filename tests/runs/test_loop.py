"""The loop of solving and advice: what is kept, what is rolled back, when it ends, and what advisers hear."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from schools_of_records import placed, school

from echelon_lib import Problem, Timetable, evaluate, solve
from echelon_lib.advice.actions import Action, AddSection, ChangeSeats, RemoveSection
from echelon_lib.advice.advisor import Advice, AdviserUnavailable, Past
from echelon_lib.runs.loop import AdviceLoop, State, carry_on, figures_of
from echelon_lib.runs.rounds import Rounds, read_rounds, write_rounds
from echelon_lib.solvers.result import Result


class Scripted:
    """An adviser that says one thing after the other, and keeps what it was told."""

    name = "scripted"

    def __init__(self, *lists: Sequence[Action] | AdviserUnavailable, **more: Any) -> None:
        self._lists = [*lists]
        self._more = more
        self.told: list[tuple[Past, ...]] = []
        self.asked: list[tuple[Problem, Timetable]] = []

    def propose(self, problem: Problem, timetable: Timetable, history: Sequence[Past] = ()) -> Advice:
        self.told.append(tuple(history))
        self.asked.append((problem, timetable))
        said = self._lists.pop(0) if self._lists else ()
        if isinstance(said, AdviserUnavailable):
            raise said
        return Advice("scripted", tuple(said), "my words", **self._more)


def again(problem: Problem, start: Timetable) -> Result:
    return solve(problem, "highs", stop=10, start=start)


def first(problem: Problem) -> State:
    return State(problem, solve(problem, "highs", stop=10))


@pytest.fixture(scope="module")
def half_empty() -> State:
    """Three sections of Art and two of Band for as many students as one of Art and one of Band hold."""
    problem = school(
        "Art-1:4/pat Art-2:4/pat Art-3:4/quin Band-1:4/ruth Band-2:4/ruth",
        dict.fromkeys(("ann", "bob", "cyd"), "Art Band"),
    )
    return first(problem)


REMOVE_ART = RemoveSection(section="Art-3", releases="quin", reason="too many")
REMOVE_MORE = RemoveSection(section="Art-2", releases="pat")
REMOVE_BAND = RemoveSection(section="Band-2", releases="ruth")
ADD_BACK = AddSection(course="Art", new_section="Art-9", teacher="quin")


def test_a_better_round_is_kept(half_empty: State) -> None:
    loop = carry_on(half_empty, Scripted([REMOVE_ART, REMOVE_BAND]), again, rounds=1)
    (made,) = loop.rounds
    assert (made.before.surplus, made.after and made.after.surplus) == (3, 1)
    assert made.kept
    assert loop.state.actions == (REMOVE_ART, REMOVE_BAND)
    assert set(loop.state.problem.sections) == {"Art-1", "Art-2", "Band-1"}
    assert loop.state.result.evaluation is not None
    assert loop.state.result.evaluation.met == 6
    assert loop.ended == "The searches that are allowed are used up."


def test_a_worse_round_is_rolled_back_and_told(half_empty: State) -> None:
    worse = carry_on(half_empty, Scripted([REMOVE_ART]), again, rounds=1).state
    adviser = Scripted([ADD_BACK], [REMOVE_BAND])
    loop = carry_on(worse, adviser, again, rounds=2)
    assert [one.kept for one in loop.rounds] == [False, True]
    assert loop.rounds[0].note.startswith("Rolled back: unmet weight 0, 3 surplus sections")
    assert loop.state.actions == (REMOVE_ART, REMOVE_BAND)
    assert adviser.asked[1][0] is worse.problem
    (past,) = adviser.told[1]
    assert (past.kept, past.before.surplus, past.after and past.after.surplus) == (False, 2, 3)
    assert [one.action for one in past.verdicts] == [ADD_BACK]


def test_each_round_goes_on_from_the_last(half_empty: State) -> None:
    adviser = Scripted([REMOVE_ART], [REMOVE_MORE], [REMOVE_BAND])
    loop = carry_on(half_empty, adviser, again, rounds=9)
    assert loop.state.actions == (REMOVE_ART, REMOVE_MORE, REMOVE_BAND)
    assert [one.after and one.after.surplus for one in loop.rounds] == [2, 1, 0]
    assert loop.ended.startswith("The target is met")


def test_the_next_solve_begins_as_the_adviser_shows_it() -> None:
    problem = school("Art-1:2/pat Art-2:2/pat Band-1:2/ruth", {"ann": "Art Band"})
    timetable = placed(problem, "Art-1@R1 Art-2@R2 Band-1@R1", {"ann": "Art-2 Band-1"})
    evaluation = evaluate(problem, timetable)
    where = State(problem, replace(first(problem).result, best=timetable, evaluation=evaluation))
    fewer = RemoveSection(section="Art-2", releases="pat")
    shown = placed(fewer.apply(problem), "Art-1@R2 Band-1@R1", {"ann": "Art-1 Band-1"})
    starts: list[Timetable] = []

    def solve_from(changed: Problem, start: Timetable) -> Result:
        starts.append(start)
        return again(changed, start)

    for adviser in (Scripted([fewer]), Scripted([fewer], start=shown)):
        loop = AdviceLoop(where, adviser, solve_from)
        loop.ask()
        loop.go_on()
    assert [evaluate(fewer.apply(problem), start).met for start in starts] == [1, 2]


def test_it_ends_when_nothing_is_proposed(half_empty: State) -> None:
    loop = carry_on(half_empty, Scripted([]), again, rounds=9)
    assert loop.ended == "No further change: scripted proposes nothing."
    assert loop.state is half_empty


def test_what_cannot_be_read_was_proposed_all_the_same(half_empty: State) -> None:
    unread = {"refused": [{"proposal": "{}", "reason": "the kind null is none of them."}]}
    loop = carry_on(half_empty, Scripted([], record=unread), again, rounds=9)
    assert loop.ended == "No further change: nothing is left to apply."


def test_it_ends_when_nothing_is_gained(half_empty: State) -> None:
    # Another section of the same emptiness is given up and opened again: the score stays.
    same = [REMOVE_ART, AddSection(course="Art", new_section="Art-9", teacher="quin")]
    loop = carry_on(half_empty, Scripted(same), again, rounds=9)
    assert len(loop.rounds) == 1
    assert loop.ended == "The last round improved the score by less than 2 %."


def test_it_asks_nobody_where_the_target_is_met() -> None:
    problem = school("Art-1:3/pat", {"ann": "Art", "bob": "Art", "cyd": "Art"})
    adviser = Scripted([REMOVE_ART])
    loop = carry_on(first(problem), adviser, again, rounds=9)
    assert loop.ended.startswith("The target is met")
    assert adviser.told == []


def test_it_asks_where_seats_are_missing_though_all_are_full() -> None:
    problem = school("Art-1:2/pat", dict.fromkeys(("ann", "bob", "cyd", "dan"), "Art"))
    adviser = Scripted([AddSection(course="Art", new_section="Art-2", teacher="pat")])
    loop = carry_on(first(problem), adviser, again, rounds=9)
    assert loop.state.result.evaluation is not None
    assert loop.state.result.evaluation.met == 4
    assert loop.ended.startswith("The target is met")


def test_illegal_proposals_are_refused_and_the_others_live(half_empty: State) -> None:
    wrong = RemoveSection(section="Art-7")
    seats = ChangeSeats(section="Art-1", seats=3)
    loop = carry_on(half_empty, Scripted([wrong, REMOVE_ART, seats]), again, rounds=1)
    said = {one.number: (one.decision, one.by) for one in loop.rounds[0].proposals}
    assert said == {1: ("refused", "check"), 2: ("applied", ""), 3: ("refused", "check")}
    assert "no section of this school" in loop.rounds[0].proposals[0].reasons[0]
    assert "for a person to decide" in loop.rounds[0].proposals[2].reasons[0]


def test_a_person_refuses_one_by_one(half_empty: State) -> None:
    adviser = Scripted([REMOVE_ART, REMOVE_BAND], [])
    loop = carry_on(
        half_empty, adviser, again, rounds=2, decide=lambda asked: {asked[1].number: "the band needs it"}
    )
    refused = loop.rounds[0].proposals[1]
    assert (refused.decision, refused.by, refused.reasons) == ("refused", "person", ("the band needs it",))
    assert loop.state.actions == (REMOVE_ART,)
    # What a person wrote may name anybody: an adviser outside hears of the refusal, and not of the words.
    (past,) = adviser.told[1]
    assert [reason.public for reason in past.verdicts[1].reasons] == [False]


def test_what_stood_on_a_refused_proposal_falls_with_it(half_empty: State) -> None:
    rename = AddSection(course="Band", new_section="Band-3", teacher="ruth")
    give_up = RemoveSection(section="Band-3", releases="ruth")
    loop = carry_on(
        half_empty, Scripted([rename, give_up, REMOVE_ART]), again, rounds=1, decide=lambda _: {1: "no"}
    )
    assert [one.by for one in loop.rounds[0].proposals] == ["person", "check", ""]
    assert loop.state.actions == (REMOVE_ART,)


def test_an_adviser_that_fails_loses_nothing(half_empty: State) -> None:
    gone = AdviserUnavailable("the line is dead\n  Maybe try later?", "network")
    loop = carry_on(half_empty, Scripted([REMOVE_ART], gone), again, rounds=5)
    assert loop.unavailable is gone
    assert loop.state.actions == (REMOVE_ART,)
    assert "the line is dead" in loop.ended


def test_time_that_is_used_up_ends_it(half_empty: State) -> None:
    adviser = Scripted([REMOVE_ART])
    loop = carry_on(half_empty, adviser, again, rounds=5, done=lambda: "No time is left.")
    assert (loop.ended, adviser.told) == ("No time is left.", [])


def test_use_is_measured_against_the_seats_of_the_files() -> None:
    problem = school("Art-1:8/pat", {"ann": "Art", "bob": "Art"})
    smaller = ChangeSeats(section="Art-1", seats=2).apply(problem)
    state = first(smaller)
    assert figures_of(smaller, state.result).shortfall == 4
    assert AdviceLoop(state, Scripted(), again).ask().before.shortfall == 4


def test_rounds_are_read_back_as_they_were(half_empty: State, tmp_path: object) -> None:
    from pathlib import Path

    folder = Path(str(tmp_path))
    loop = carry_on(half_empty, Scripted([REMOVE_ART, RemoveSection(section="?")]), again, rounds=1)
    rounds = Rounds(adviser="scripted", rounds=tuple(loop.rounds), ended=loop.ended)
    write_rounds(folder, rounds)
    assert read_rounds(folder) == rounds
