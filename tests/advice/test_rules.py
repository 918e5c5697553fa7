"""The rule adviser: what it proposes on schools followed by hand, and what comes of it on others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from schools_of_records import placed, school

from echelon_lib import Problem, evaluate, load_school, solve
from echelon_lib.advice.actions import Action, AddSection, MergeSections, ReassignTeacher, SplitSection
from echelon_lib.advice.advisor import Past
from echelon_lib.advice.changes import Verdict, judge
from echelon_lib.advice.rules import RuleAdvisor
from echelon_lib.advice.situation import Reason
from echelon_lib.analysis.score import Score, score
from echelon_lib.domain.timetable import Timetable
from echelon_lib.generate.school import generate_school, write_school
from echelon_lib.search.complete import completed


def proposed(
    problem: Problem, where: str, takes: Mapping[str, str], history: Sequence[Past] = ()
) -> tuple[Action, ...]:
    """What is proposed for a timetable; nothing of it is refused, and its start is as good."""
    timetable = placed(problem, where, takes)
    advice = RuleAdvisor().propose(problem, timetable, history)
    changes = judge(problem, advice.actions, timetable, by_person=False)
    assert changes.refused == ()
    assert advice.start is not None
    before, after = evaluate(problem, timetable), evaluate(changes.problem, advice.start)
    assert after.feasible, after.required
    assert (after.cost[0], -after.met) <= (before.cost[0], -before.met)
    assert bool(advice.actions) != advice.text.startswith("Nothing")
    return advice.actions


def kinds(actions: Sequence[Action]) -> list[str]:
    return [action.kind for action in actions]


def of(course: str, section: str, letters: str) -> dict[str, str]:
    """Students who ask for one course only, all in a section."""
    return {f"{course}_{letter}": section for letter in letters}


# Giving up sections -------------------------------------------------------------------------------------

ART = {**of("Art", "Art-1", "ab"), **of("Art", "Art-2", "cd"), **of("Art", "Art-3", "e")}
AT = "Art-1@R1 Art-2@R2 Art-3@G1"


def test_who_has_most_sections_gives_one_up_and_is_named() -> None:
    problem = school("Art-1:4/pat Art-2:4/pat Art-3:4/quin Band-1/pat", asked={"Art": 5, "Band": 3})
    takes = ART | of("Band", "Band-1", "abc")
    merge, *more = proposed(problem, f"{AT} Band-1@G2", takes)
    assert more == []
    assert isinstance(merge, MergeSections)
    assert (merge.section, merge.into, merge.releases) == ("Art-1", "Art-2", "pat")
    assert merge.reason == (
        "Art has 5 requests: 2 of its 3 sections would hold them, and all 2 students of Art-1 can come when "
        "Art-2 meets."
    )


def test_nobody_is_left_without_a_section() -> None:
    alone = school("Art-1:4/pat Art-2:4/quin Art-3:4/ruth", asked={"Art": 5})
    assert proposed(alone, AT, ART) == ()
    busy = school("Art-1:4/pat Art-2:4/quin Art-3:4/ruth Band-1/ruth", asked={"Art": 5, "Band": 3})
    (action,) = proposed(busy, f"{AT} Band-1@G2", ART | of("Band", "Band-1", "abc"))
    assert getattr(action, "section", "") == "Art-3"


def test_a_section_that_nobody_teaches_goes_first() -> None:
    problem = school("Art-1:4/pat Art-2:4/pat Art-3:4", asked={"Art": 5})
    (action,) = proposed(problem, AT, ART)
    assert (getattr(action, "section", ""), getattr(action, "releases", None)) == ("Art-3", "")


def test_as_many_sections_go_as_are_spare() -> None:
    problem = school("Art-1:6/pat Art-2:6/pat Art-3:6/pat", asked={"Art": 5})
    assert kinds(proposed(problem, AT, ART)) == ["merge", "merge"]
    needed = school("Art-1:2/pat Art-2:2/pat Art-3:2/pat", asked={"Art": 5})
    assert proposed(needed, AT, ART) == ()


def test_courses_at_the_target_are_left_alone() -> None:
    where = "Art-1@R1 Art-2@R2 Art-3@R3 Art-4@G1 Art-5@G2"
    letters = ["abcd", "efgh", "ijkl", "mnop", "qrst"]
    takes = {k: v for at, some in enumerate(letters, 1) for k, v in of("Art", f"Art-{at}", some).items()}
    five = "Art-1:5/pat Art-2:5/pat Art-3:5/pat Art-4:5/pat Art-5:5/pat"
    problem = school(five, asked={"Art": 20}, periods="R1 R2 R3 G1 G2")
    assert proposed(problem, where, takes) == ()


BAND = {"a": "Art Band", "b": "Art Band", "c": "Art Chess", "d": "Art Chess"}
CROSSED = {"a": "Art-1 Band-1", "b": "Art-1 Band-1", "c": "Art-2 Chess-1", "d": "Art-2 Chess-1"}


@pytest.mark.parametrize(("teacher", "count"), [("quin", 0), ("ruth", 1)])
def test_a_section_goes_only_if_every_student_of_it_has_a_seat(teacher: str, count: int) -> None:
    """One section of Art clashes with Band or Chess, unless these have different teachers and one moves."""
    sections = f"Art-1:4/pat Art-2:4/pat Band-1:2/quin Chess-1:2/{teacher}"
    problem = school(sections, BAND, periods="R1 R2")
    actions = proposed(problem, "Art-1@R1 Art-2@R2 Band-1@R2 Chess-1@R1", CROSSED)
    assert len(actions) == count
    if count:
        assert "when 1 other section goes to another period" in actions[0].reason


def test_students_may_change_the_period_of_another_course() -> None:
    """The students of Art-2 take Band when Art-1 meets; another section of Band has room at another time."""
    wishes = {"a": "Art", "b": "Art", "c": "Art Band", "d": "Art Band", "e": "Band Film"}
    problem = school("Art-1:4/pat Art-2:4/ruth Film-1:1/ruth Band-1:2/quin Band-2:3/quin", wishes)
    takes = {"a": "Art-1", "b": "Art-1", "c": "Art-2 Band-1", "d": "Art-2 Band-1", "e": "Band-2 Film-1"}
    (action, *_) = proposed(problem, "Art-1@R1 Art-2@R2 Band-1@R1 Band-2@R2 Film-1@G1", takes)
    assert (action.kind, getattr(action, "section", "")) == ("remove", "Art-2")
    assert "for some by taking other courses at other periods" in action.reason


def test_places_for_students_in_special_education_are_kept_to() -> None:
    """Art-1 and Art-2 have as many as they may, so that Art-1 goes with Art-3; with one more none can go."""
    for sped, into in (("Art_a Art_c", ["Art-3"]), ("Art_a Art_c Art_e", [])):
        problem = school(
            "Art-1:4/pat Art-2:4/pat Art-3:4/quin", asked={"Art": 5}, sped=sped, rules={"sped_limit": 1}
        )
        assert [getattr(action, "into", "") for action in proposed(problem, AT, ART)] == into


def test_a_section_in_which_nobody_sits_may_go_even_if_it_is_the_last() -> None:
    problem = school("Art-1:1/pat Film-1/pat", asked={"Art": 1})
    (action,) = proposed(problem, "Art-1@R1 Film-1@R2", of("Art", "Art-1", "a"))
    assert action.reason == "Film has 0 requests: it needs none of its sections, and nobody sits in Film-1."


# Opening sections ---------------------------------------------------------------------------------------

FULL = of("Art", "Art-1", "abc") | of("Band", "Band-1", "abc")


def test_a_section_is_opened_for_enough_students_who_miss_a_seat() -> None:
    problem = school(
        "Art-1/pat Band-1/pat", asked={"Art": 6, "Band": 3}, teachers="ruth", rules={"section_minimum": 3}
    )
    (action,) = proposed(problem, "Art-1@R1 Band-1@R2", FULL)
    assert isinstance(action, AddSection)
    assert (action.course, action.new_section, action.teacher) == ("Art", "Art-2", "ruth")
    assert action.reason.startswith("3 students miss a seat in Art, and 3 of them could come")


@pytest.mark.parametrize(
    ("art", "more"),
    [
        (5, {"teachers": "ruth"}),
        (6, {}),
        (6, {"teachers": "ruth", "departments": {"ruth": "Science"}}),
    ],
)
def test_none_is_opened_for_too_few_or_without_a_teacher(art: int, more: dict[str, Any]) -> None:
    problem = school(
        "Art-1/pat Band-1/pat",
        asked={"Art": art, "Band": 3},
        rules={"section_minimum": 3, "teacher_load": 2},
        **more,
    )
    assert proposed(problem, "Art-1@R1 Band-1@R2", FULL) == ()


def test_none_is_opened_where_a_clash_is_in_the_way() -> None:
    """Those who miss Art take Band at R1, the only period in which ruth is there."""
    wishes = {**dict.fromkeys("abc", "Art"), **dict.fromkeys("def", "Art Band")}
    takes = {**dict.fromkeys("abc", "Art-1"), **dict.fromkeys("def", "Band-1")}
    for away, count in (("R2 G1 G2", 0), ("R1 R2", 1)):
        problem = school(
            "Art-1/pat Band-1/quin",
            wishes,
            teachers="ruth",
            away={"ruth": away},
            rules={"section_minimum": 3, "teacher_load": 1},
        )
        assert len(proposed(problem, "Art-1@R1 Band-1@R1", takes)) == count


def test_who_gives_up_a_section_takes_the_new_one() -> None:
    problem = school(
        "Art-1/pat Chess-1:4/quin Chess-2:4/quin",
        asked={"Art": 6, "Chess": 4},
        teachers="ruth",
        rules={"section_minimum": 3},
    )
    takes = of("Art", "Art-1", "abc") | of("Chess", "Chess-1", "ab") | of("Chess", "Chess-2", "cd")
    merge, add = proposed(problem, "Art-1@R1 Chess-1@R1 Chess-2@R2", takes)
    assert getattr(merge, "releases", "") == "quin"
    assert isinstance(add, AddSection)
    assert add.teacher == "quin"


def test_an_overfull_section_is_split() -> None:
    problem = school(
        "Art-1/pat",
        asked={"Art": 6},
        teachers="ruth",
        rules={"section_minimum": 3, "kinds": {"seats": {"priced": 1}}},
    )
    (action,) = proposed(problem, "Art-1@R1", of("Art", "Art-1", "abcdef"))
    assert isinstance(action, SplitSection)
    assert (action.section, action.teacher) == ("Art-1", "ruth")


# Teachers, periods, SPED --------------------------------------------------------------------------------

SPARE = of("Art", "Art-1", "ab") | of("Art", "Art-2", "cd") | of("Band", "Band-1", "abc")


@pytest.mark.parametrize(("period", "count"), [("R1", 1), ("R2", 0)])
def test_a_released_teacher_takes_what_nobody_teaches(period: str, count: int) -> None:
    problem = school("Art-1:4/pat Art-2:4/pat Band-1", asked={"Art": 4, "Band": 3})
    merge, *more = proposed(problem, f"Art-1@R1 Art-2@R2 Band-1@{period}", SPARE)
    assert getattr(merge, "section", "") == "Art-1"
    assert len(more) == count
    for action in more:
        assert isinstance(action, ReassignTeacher)
        assert (action.section, action.teacher, action.releases) == ("Band-1", "pat", "")


@pytest.mark.parametrize(("department", "count"), [("Arts", 1), ("Science", 0)])
def test_a_released_teacher_relieves_a_colleague_who_has_too_many(department: str, count: int) -> None:
    problem = school(
        "Art-1:4/pat Art-2:4/pat Band-1/quin Chess-1/quin Drama-1/quin",
        asked={"Art": 4, "Band": 3, "Chess": 3, "Drama": 3},
        departments=dict.fromkeys(("quin", "Band", "Chess", "Drama"), department),
        rules={"teacher_load": 2},
    )
    takes = SPARE | of("Chess", "Chess-1", "abc") | of("Drama", "Drama-1", "abc")
    where = "Art-1@R1 Art-2@R2 Band-1@R1 Chess-1@G1 Drama-1@G2"
    _, *more = proposed(problem, where, takes)
    assert len(more) == count
    for action in more:
        assert isinstance(action, ReassignTeacher)
        assert (action.teacher, action.releases) == ("pat", "quin")


def test_a_section_kept_to_a_period_may_go_where_more_can_come() -> None:
    wishes = dict.fromkeys("abc", "Art Band")
    takes = dict.fromkeys("abc", "Band-1")
    (action,) = proposed(school("Art-1/pat@R1 Band-1/quin", wishes), "Art-1@R1 Band-1@R1", takes)
    assert action.kind == "periods"
    assert getattr(action, "section", "") == "Art-1"
    assert len(getattr(action, "periods", ())) == 2
    free = school("Art-1/pat Band-1/quin", wishes)
    assert proposed(free, "Art-1@R1 Band-1@R1", takes) == (), "the solver may move it anyhow"


@pytest.mark.parametrize(
    ("flagged", "rules", "count"),
    [("abcd", {}, 1), ("abc", {}, 0), ("abcd", {"sped_target": "off"}, 0), ("abcdefg", {}, 0)],
)
def test_bunched_students_are_spread_if_an_even_share_keeps_to_the_target(
    flagged: str, rules: dict[str, Any], count: int
) -> None:
    sped = " ".join(f"Art_{letter}" for letter in flagged)
    problem = school("Art-1:9/pat Art-2:9/pat", asked={"Art": 14}, sped=sped, rules=rules)
    takes = of("Art", "Art-1", "abcdefg") | of("Art", "Art-2", "hijklmn")
    actions = proposed(problem, "Art-1@R1 Art-2@R2", takes)
    assert kinds(actions) == ["spread"] * count


def test_nobody_is_spread_at_the_cost_of_a_course() -> None:
    """All with the flag take Band when the other section of Art meets, and Band has one teacher."""
    wishes = {**dict.fromkeys("abcd", "Art Band"), **dict.fromkeys("efgh", "Art")}
    takes = {**dict.fromkeys("abcd", "Art-1 Band-1"), **dict.fromkeys("efgh", "Art-2")}
    problem = school("Art-1:5/pat Art-2:5/pat Band-1:5/quin", wishes, sped="a b c d")
    assert proposed(problem, "Art-1@R1 Art-2@R2 Band-1@R2", takes) == ()


# What earlier rounds came to ----------------------------------------------------------------------------

FOUR = school(
    "Art-1:4/pat Art-2:4/pat Band-1:4/quin Band-2:4/quin Chess-1:4/ruth Chess-2:4/ruth Drama-1:4/sue "
    "Drama-2:4/sue",
    asked={"Art": 4, "Band": 4, "Chess": 4, "Drama": 4},
)
HALVES = {
    key: value
    for course in ("Art", "Band", "Chess", "Drama")
    for at, letters in ((1, "ab"), (2, "cd"))
    for key, value in of(course, f"{course}-{at}", letters).items()
}
WHERE = " ".join(f"{c}-{at}@R{at}" for c in ("Art", "Band", "Chess", "Drama") for at in (1, 2))


def past(actions: Sequence[Action], *, kept: bool, refused: Sequence[Action] = ()) -> Past:
    verdicts = [Verdict(one, "", (Reason("no"),) if one in refused else ()) for one in actions]
    return Past(tuple(verdicts), Score(0, 4, 4), Score(1, 0, 0), kept)


def test_after_a_round_that_was_rolled_back_half_as_much_is_proposed() -> None:
    all_ = proposed(FOUR, WHERE, HALVES)
    assert len(all_) == 4
    history = [past(all_, kept=False)]
    half = proposed(FOUR, WHERE, HALVES, history)
    assert half == all_[:2]
    history.append(past(half, kept=False))
    one = proposed(FOUR, WHERE, HALVES, history)
    assert one == all_[:1]
    history.append(past(one, kept=False))
    other = proposed(FOUR, WHERE, HALVES, history)
    assert len(other) == 1
    assert other != one, "what did harm alone is not tried again"


def test_after_a_round_that_was_kept_nothing_is_held_back() -> None:
    all_ = proposed(FOUR, WHERE, HALVES)
    history = [past(all_, kept=False), past(all_[:2], kept=True)]
    assert proposed(FOUR, WHERE, HALVES, history) == all_


def test_what_was_refused_is_not_proposed_again() -> None:
    first, *others = proposed(FOUR, WHERE, HALVES)
    history = [past([first, *others], kept=True, refused=[first])]
    again = proposed(FOUR, WHERE, HALVES, history)
    assert getattr(first, "section", "") not in {getattr(one, "section", "") for one in again}
    assert {one for one in again if one in others} == set(others)


# Schools not seen before --------------------------------------------------------------------------------


def made(folder: Path, **options: Any) -> Problem:
    """A school from the generator, as it is read from its files."""
    write_school(generate_school(**options), folder)
    return load_school(folder)


def answer(problem: Problem, start: Timetable | None = None) -> Timetable:
    """A quick timetable, no worse than the start."""
    found = solve(problem, solver="greedy", start=start).best
    assert found is not None
    return found


@pytest.mark.parametrize(("seed", "students", "lists"), [(901, 220, 60), (902, 280, 40), (903, 400, 60)])
def test_surplus_is_halved_and_nobody_loses_by_it(
    tmp_path: Path, seed: int, students: int, lists: int
) -> None:
    options = {"request_lists": lists, "surplus": students // 40}
    problem = made(tmp_path / "school", students=students, seed=seed, **options)
    timetable = answer(problem)
    advice = RuleAdvisor().propose(problem, timetable)
    changes = judge(problem, advice.actions, timetable, by_person=False)
    assert changes.refused == ()
    assert advice.start is not None
    again = answer(changes.problem, completed(changes.problem, advice.start))
    before, after = score(problem, timetable), score(changes.problem, again)
    assert after.unmet <= before.unmet
    assert evaluate(changes.problem, again).met >= evaluate(problem, timetable).met
    assert 2 * after.surplus <= before.surplus
    assert changes.problem.sections_of.keys() == problem.sections_of.keys(), "everybody has a section"
    named = {getattr(action, "releases", "") for action in advice.actions}
    for teacher, sections in problem.sections_of.items():
        assert len(changes.problem.sections_of[teacher]) >= len(sections) or teacher in named


def test_missing_sections_are_opened(tmp_path: Path) -> None:
    problem = made(tmp_path / "school", students=400, seed=905, missing=3)
    timetable = answer(problem)
    advice = RuleAdvisor().propose(problem, timetable)
    changes = judge(problem, advice.actions, timetable, by_person=False)
    assert kinds(advice.actions).count("add") == 3
    assert advice.start is not None
    again = answer(changes.problem, completed(changes.problem, advice.start))
    assert score(changes.problem, again).unmet < score(problem, timetable).unmet


def test_a_start_is_of_the_school_with_the_changes(tmp_path: Path) -> None:
    problem = made(tmp_path / "school", students=240, seed=906, surplus=5)
    timetable = answer(problem)
    advice = RuleAdvisor().propose(problem, timetable)
    changes = judge(problem, advice.actions, timetable, by_person=False)
    assert advice.start is not None
    found = evaluate(changes.problem, advice.start)
    assert found.feasible, found.required
    assert found.cost[0] <= evaluate(problem, timetable).cost[0]
    assert RuleAdvisor().propose(problem, timetable) == advice, "nothing is left to chance"
