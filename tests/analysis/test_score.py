"""What the loop of solving and advice compares: three numbers in their order, and what can be helped."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from schools_of_records import placed, school, seated

from echelon_lib.advice.actions import ChangeSeats, RemoveSection
from echelon_lib.analysis.score import Score, improvable, score
from echelon_lib.domain.timetable import Timetable
from echelon_lib.scoring.evaluate import evaluate

# The order ----------------------------------------------------------------------------------------------


def test_unmet_requests_come_first_and_empty_seats_last() -> None:
    best_first = [Score(0, 0, 5), Score(0, 0, 6), Score(0, 1, 0), Score(1, 0, 0)]
    assert all(better < worse for better, worse in combinations(best_first, 2))


IMPROVEMENTS = [
    # Unmet weight counts whatever it costs, and however little it is.
    (Score(999, 9, 900), Score(1_000, 0, 0), True),
    (Score(1_001, 0, 0), Score(1_000, 9, 900), False),
    # The first of the others that differs has to fall by 2 %.
    (Score(5, 49, 900), Score(5, 50, 0), True),
    (Score(5, 50, 0), Score(5, 51, 900), False),
    (Score(5, 0, 0), Score(5, 1, 0), True),
    (Score(5, 51, 0), Score(5, 50, 900), False),
    (Score(5, 3, 98), Score(5, 3, 100), True),
    (Score(5, 3, 99), Score(5, 3, 100), False),
    (Score(5, 3, 0), Score(5, 3, 1), True),
    (Score(5, 3, 101), Score(5, 3, 100), False),
    (Score(5, 3, 100), Score(5, 3, 100), False),
]


@pytest.mark.parametrize(("mine", "theirs", "better"), IMPROVEMENTS)
def test_what_counts_as_better(mine: Score, theirs: Score, better: bool) -> None:
    assert mine.improves_on(theirs) is better


@given(*(st.builds(Score, *(st.integers(0, 200),) * 3),) * 2)
def test_what_is_better_comes_first_in_the_order(mine: Score, theirs: Score) -> None:
    assert not (mine.improves_on(theirs) and theirs.improves_on(mine))
    if mine.improves_on(theirs):
        assert mine < theirs


def test_a_score_is_told_in_words() -> None:
    assert str(Score(300, 2, 17)) == "unmet weight 300, 2 surplus sections, shortfall 17"


# The numbers --------------------------------------------------------------------------------------------

RULES = {"requests": {"step": 0}}
THREE = school("Art-1:4/pat Art-2:4/quin Band-1:8/pat", asked={"Art": 4, "Band": 2}, rules=RULES)
"""Art has one section too many, and Band is structural: two ask for eight seats."""


def test_the_three_numbers() -> None:
    where = "Art-1@R1 Art-2@R1 Band-1@R2"
    takes = {"Art_a": "Art-1", "Art_b": "Art-1", "Art_c": "Art-1", "Band_a": "Band-1", "Band_b": "Band-1"}
    timetable = placed(THREE, where, takes)
    # One request is unmet; one section would hold four; 0 of 3 in Art-2 and 4 of 6 in Band-1 are missing.
    assert score(THREE, timetable) == Score(100, 1, 7)
    assert score(THREE, timetable, evaluate(THREE, timetable)) == Score(100, 1, 7)
    assert score(THREE, timetable, target=100) == Score(100, 1, 1 + 4 + 6)
    assert score(THREE, timetable, target=0) == Score(100, 1, 0)
    assert score(THREE, Timetable()) == Score(600, 1, 3 + 3 + 6)


@pytest.mark.parametrize(("seats", "target", "students"), [(10, 75, 8), (8, 75, 6), (9, 75, 7), (1, 75, 1)])
def test_the_target_is_the_next_whole_student(seats: int, target: int, students: int) -> None:
    problem = school(f"Art-1:{seats}", asked={"Art": students})
    exact = seated(problem, Art_1=" ".join(problem.student))
    assert score(problem, exact, target=target).shortfall == 0
    assert improvable(problem, exact, target=target) == ()
    fewer = seated(problem, Art_1=" ".join([*problem.student][1:]))
    assert score(problem, fewer, target=target).shortfall == 1
    assert improvable(problem, fewer, target=target) == ("Art-1",)


def test_a_surplus_is_counted_by_sped_places_too() -> None:
    asked, rules = {"Art": 4}, {"sped_limit": 2}
    plain = school("Art-1:4 Art-2:4", asked=asked, rules=rules)
    flagged = school("Art-1:4 Art-2:4", asked=asked, rules=rules, sped="Art_a Art_b Art_c")
    assert score(plain, Timetable()).surplus == 1
    assert score(flagged, Timetable()).surplus == 0


def test_requests_without_a_price_weigh_nothing() -> None:
    problem = school("Art-1:4", {"ann": "Art"}, rules={"requests": {"weight": 70, "lowest": 70}})
    assert score(problem, Timetable()).unmet == 70
    assert score(problem, seated(problem, Art_1="ann")).unmet == 0


# Seats before anybody changed them ----------------------------------------------------------------------


def test_use_is_measured_against_the_seats_there_were() -> None:
    problem = school("Art-1:8/pat Band-1:4/quin", asked={"Art": 4, "Band": 4})
    timetable = seated(problem, Art_1="Art_a Art_b Art_c Art_d", Band_1="Band_a Band_b Band_c")
    assert score(problem, timetable).shortfall == 2
    fewer = ChangeSeats(section="Art-1", seats=5).apply(problem)
    fewest = ChangeSeats(section="Art-1", seats=4).apply(fewer)
    assert [score(one, timetable).shortfall for one in (fewer, fewest)] == [2, 2]
    assert improvable(fewer, timetable) == ()


def test_a_section_that_is_gone_is_missed_by_nobody_and_a_new_one_has_its_own_seats() -> None:
    timetable = seated(THREE, Art_1="Art_a Art_b Art_c Art_d", Band_1="Band_a Band_b")
    one_less = RemoveSection(section="Art-2", releases="quin").apply(THREE)
    assert score(THREE, timetable) == Score(0, 1, 7)
    assert score(one_less, timetable) == Score(0, 0, 4)


# Which sections can be helped ---------------------------------------------------------------------------


def test_a_structural_section_cannot_be_helped() -> None:
    timetable = seated(THREE, Art_1="Art_a Art_b", Art_2="Art_c Art_d", Band_1="Band_a Band_b")
    assert improvable(THREE, timetable) == ("Art-1", "Art-2")
    merged = seated(THREE, Art_1="Art_a Art_b Art_c Art_d", Band_1="Band_a Band_b")
    assert improvable(THREE, merged) == ("Art-2",)
    one_less = RemoveSection(section="Art-2", releases="quin").apply(THREE)
    assert improvable(one_less, merged) == ()


def test_a_section_that_is_needed_and_could_be_filled_can_be_helped() -> None:
    problem = school("Art-1:4 Art-2:4", asked={"Art": 6})
    uneven = seated(problem, Art_1="Art_a Art_b Art_c Art_d", Art_2="Art_e Art_f")
    assert improvable(problem, uneven) == ("Art-2",)
    even = seated(problem, Art_1="Art_a Art_b Art_c", Art_2="Art_d Art_e Art_f")
    assert improvable(problem, even) == ()


def test_seats_that_were_lowered_make_no_section_improvable() -> None:
    problem = school("Art-1:8/pat", asked={"Art": 4})
    timetable = seated(problem, Art_1="Art_a Art_b Art_c Art_d")
    assert improvable(problem, timetable) == (), "four cannot fill eight seats"
    fewer = ChangeSeats(section="Art-1", seats=5).apply(problem)
    assert improvable(fewer, timetable) == (), "nor can they when three are locked away"
