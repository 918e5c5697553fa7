"""Each rule of the school's dialect in the search student by student, which tiny schools never need."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from test_schools import QUIET, RULES, Broken, more, tables, written

from echelon_lib import Problem, Result, Timetable, load_school, solve
from echelon_lib.formats.school_records import COURSES
from echelon_lib.school_rules import Kinds, SchoolRules
from echelon_lib.search import choose, school_engine
from echelon_lib.search.annealer import Annealer
from echelon_lib.stop import MaxIterations

pytestmark = pytest.mark.usefixtures("only_the_search")


@pytest.fixture(autouse=True)
def nothing_to_begin_with(monkeypatch: pytest.MonkeyPatch) -> None:
    """No quick timetable keeps the rules in place of the search."""
    monkeypatch.setattr(choose, "_first", lambda *_: Timetable({}, {}))


BY_ARITHMETIC = {"teacher_load", "own_department", "dedicated_teacher"}
"""Rules on what teachers are given, which no search changes."""
BY_MODEL = {"student_clash"}
"""Where students may clash, the exact model is taken whatever its size."""
SIX = range(6)


def searched(problem: Problem, *, seed: int = 0) -> Result:
    """The answer of the search, as far as some moves get."""
    result = solve(problem, "highs", stop=MaxIterations(2), seed=seed)
    assert "searched student by student" in " ".join(result.notes), (result.solver, result.notes)
    return result


def school(folder: Path, files: Any, rule: str, kind: object, rules: dict[str, Any]) -> Problem:
    """The school with the rule at some kind, all other rules of the second level being off."""
    others = {name: "off" for name in Kinds.model_fields if SchoolRules().enforcement(name).priced}
    data = {**QUIET, **rules, "kinds": {**others, rule: kind}, "requests": {"step": 0}}
    return load_school(written(folder, files), SchoolRules.from_mapping(data))


PULLED = [
    Broken(
        "teacher_clash",
        tables("Art-1/T1 Band-1/T1 Chess-1@R2", {"ann": "Art Chess", "bob": "Band Chess"}, periods="R1 R2"),
        1,
        1,
        "teacher clash",
    ),
    Broken(
        "per_period",
        tables("Art-1:3 Art-2:3 Band-1:6@R2", {f"s{k}": "Art Band" for k in range(6)}, periods="R1 R2"),
        3,
        1,
        "sections per period",
        {"courses": {"Art": {"per_period": 1}}},
    ),
]
"""Schools in which what students ask for pulls against a rule."""
SEARCHED = [
    *(case for case in RULES if case.unmet is not None and case.rule not in BY_ARITHMETIC | BY_MODEL),
    *PULLED,
]


@pytest.mark.parametrize("case", SEARCHED, ids=[f"{n}-{case.rule}" for n, case in enumerate(SEARCHED)])
def test_a_rule_makes_the_difference_in_the_search(case: Broken, tmp_path: Path) -> None:
    costs = {}
    for name, kind in (("off", "off"), ("required", "required"), ("priced", {"priced": 7})):
        result = searched(school(tmp_path / name, case.files, case.rule, kind, case.rules))
        assert result.evaluation is not None
        costs[name] = result.evaluation.requests - result.evaluation.met, result.evaluation.cost[1:]
    # Everybody's first choice weighs 100, and what is left over costs nothing else.
    assert costs["off"] == (0, costs["off"][1])
    assert not any(costs["off"][1])
    assert costs["required"] == (case.unmet, costs["required"][1])
    assert not any(costs["required"][1])
    assert costs["priced"] == (0, (7 * case.amount,))


@dataclass(frozen=True)
class Avoidable:
    """A school in which a rule can be kept for nothing, which hardly ever happens by chance."""

    rule: str
    files: dict[str, list[list[str]]]
    rules: dict[str, Any] = field(default_factory=dict)
    name: str = ""


def words(text: str) -> str:
    """Six times a text, with the numbers 0 to 5 for the star."""
    return " ".join(text.replace("*", str(k)) for k in SIX)


def crowd(wish: str, count: int) -> dict[str, str]:
    """So many students for each of the six, all with one wish."""
    return {f"s{k}x{n}": wish.replace("*", str(k)) for k in SIX for n in range(count)}


def others(wish: str) -> dict[str, str]:
    """One more student for each of the six."""
    return {f"o{k}": wish.replace("*", str(k)) for k in SIX}


TWO = words("A*-1:4@R1 A*-2:4@R2")
"""Six courses, each at two times."""
AVOIDABLE = [
    Avoidable(
        "teacher_clash",
        tables(words("A*-1/T* B*-1/T* C*-1:6@G1 D*-1:6@G2"), crowd("A* C* D*", 1) | others("B* C* D*")),
    ),
    Avoidable(
        "teacher_unavailable",
        tables(words("A*-1/T*"), crowd("A*", 1), away={f"T{k}": "R1 R2 G1".replace(" ", ";") for k in SIX}),
    ),
    Avoidable(
        "course_periods",
        tables(words("A*-1"), crowd("A*", 1)),
        {"courses": {f"A{k}": {"periods": ["G2"]} for k in SIX}},
    ),
    Avoidable("seats", tables(words("A*-1:2@R1 A*-2:2@R2"), crowd("A*", 4))),
    Avoidable("section_maximum", tables(TWO, crowd("A*", 4)), {"section_maximum": 2}),
    Avoidable("course_seats", tables(TWO, crowd("A*", 4)), {"courses": {f"A{k}": {"seats": 2} for k in SIX}}),
    Avoidable("section_minimum", tables(TWO, crowd("A*", 4)), {"section_minimum": 2}),
    Avoidable("section_target", tables(TWO, crowd("A*", 4)), {"section_target": 50}),
    Avoidable("size_balance", tables(TWO, crowd("A*", 4))),
    Avoidable("sped_limit", tables(TWO, crowd("A*", 4), sped=" ".join(crowd("", 4))), {"sped_limit": 2}),
    Avoidable("sped_target", tables(TWO, crowd("A*", 4), sped=" ".join(crowd("", 4))), {"sped_target": 2}),
    Avoidable("sped_spread", tables(TWO, crowd("A*", 4), sped=" ".join(crowd("", 4)))),
    Avoidable(
        "tag_balance",
        more(tables(TWO, crowd("A*", 4)), column="ELL", of=" ".join(f"{s}=Yes" for s in crowd("", 4))),
        {"balance": ["ell"]},
    ),
    Avoidable(
        "grade_limits",
        more(
            tables(words("A*-1 B*-1"), crowd("Latin |A* |B*", 1)),
            column="grade",
            of=" ".join(f"{s}=10" for s in crowd("", 1)),
            courses=[["Course ID", "Grades"], *([f"A{k}", "9"] for k in SIX)],
        ),
    ),
    Avoidable(
        "locks",
        more(
            tables(TWO, crowd("A*", 1)),
            locks=",".join(f"student s{k}x0 - - A{k}-{1 + k % 2}" for k in SIX),
        ),
        name="students in sections",
    ),
    Avoidable(
        "locks",
        more(tables(TWO, crowd("A*", 1)), locks=",".join(f"student s{k}x0 R{1 + k % 2} - -" for k in SIX)),
        name="students free",
    ),
    Avoidable(
        "locks",
        more(tables(words("A*-1"), crowd("A*", 1)), locks=",".join(f"section A{k}-1 G2 - -" for k in SIX)),
        name="sections",
    ),
    Avoidable(
        "locks",
        more(tables(words("A*-1"), crowd("A*", 1)), locks=",".join(f"course A{k} G2 - -" for k in SIX)),
        name="courses",
    ),
    Avoidable(
        "locks",
        more(
            tables(words("A*-1/T*"), crowd("A*", 1)),
            locks=",".join(f"teacher T{k} {period} - -" for k in SIX for period in ("R1", "R2", "G1")),
        ),
        name="teachers",
    ),
    Avoidable(
        "labs_apart",
        tables(words("A*-1/T* A*-2/T*"), crowd("A*", 1), periods="R1 R2 R3"),
        {"labs": {"departments": ["Science"]}},
    ),
    Avoidable(
        "workload_balance",
        tables(words("A*-1/T* A*-2/T* A*-3/T* A*-4/T*"), crowd("A*", 1), periods="R1 R2 R3 R4 G1 G2 G3 G4"),
    ),
    Avoidable(
        "per_period",
        tables(words("A*-1:1 A*-2:1 C*-1@G1 D*-1@G2"), crowd("A* C* D*", 2)),
        {"courses": {f"A{k}": {"per_period": 1} for k in SIX}},
    ),
]


@pytest.mark.parametrize("case", AVOIDABLE, ids=[f"{case.rule} {case.name}".strip() for case in AVOIDABLE])
@pytest.mark.parametrize("kind", ["required", {"priced": 7}], ids=["required", "priced"])
def test_what_can_be_kept_is_kept(kind: object, case: Avoidable, tmp_path: Path) -> None:
    result = searched(school(tmp_path / "school", case.files, case.rule, kind, case.rules))
    assert result.evaluation is not None
    assert not result.evaluation.required
    assert result.evaluation.filled == result.evaluation.requests
    assert not any(result.evaluation.cost[1:])


@pytest.mark.parametrize(
    ("asked", "filled", "cost"),
    [
        ("Art|Band Chess|Band", 3, 10),
        ("Art|Band Chess|Band Drama|Band", 3, 110),
        ("Art|Latin|Band Chess", 3, 20),
        ("Art Chess |Band", 3, 10),
        ("Art Chess Drama |Band", 3, 110),
        ("Art|Latin Chess|Latin |Band", 3, 20),
        ("Art Chess |Latin", 2, 100),
    ],
    ids=["attached", "once", "second", "pooled", "pooled once", "after attached ones", "in vain"],
)
def test_the_search_fills_with_an_alternate_what_it_cannot_meet(
    asked: str, filled: int, cost: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What ann asks for is all in one period, and bob has no alternate for the only seat of Art."""
    searches: list[Annealer] = []

    def noted(*given: Any) -> Annealer:
        searches.append(Annealer(*given))
        return searches[-1]

    monkeypatch.setattr(school_engine, "Annealer", noted)
    sections = "Art-1:1@R1 Chess-1@R1 Drama-1@R1 Band-1@R2 Band-2@G1"
    files = tables(sections, {"ann": asked, "bob": "Art"})
    result = searched(school(tmp_path / "school", files, "seats", "required", {}))
    assert result.best is not None
    assert result.evaluation is not None
    served = {one.course for one in result.evaluation.served if one.request.student == "ann"}
    assert ("Band" in served) == ("Band" in asked)
    assert result.best.enrolments["bob"] == {"Art-1"}
    assert (result.evaluation.met, result.evaluation.filled) == (2, filled)
    assert result.cost is not None
    assert result.cost[0] == cost == min(search.best[0] for search in searches)


def test_every_rule_is_searched_above_or_below() -> None:
    known = {case.rule for case in SEARCHED} | {case.rule for case in AVOIDABLE}
    assert known | BY_ARITHMETIC | BY_MODEL | {"graduation"} == set(Kinds.model_fields)


@pytest.mark.parametrize(
    ("kind", "course", "first_level"),
    [
        ("off", "Band", 60),
        ("required", "Math", 100),
        ({"priced": 39}, "Band", 99),
        ({"priced": 41}, "Math", 100),
    ],
    ids=["off", "required", "cheap", "dear"],
)
def test_the_search_lets_everybody_graduate(
    kind: object, course: str, first_level: int, tmp_path: Path
) -> None:
    """There is one period: Band stands first on every list, and Math is core."""
    files = tables(words("B*-1 M*-1"), crowd("B* M*", 1), periods="R1")
    files[COURSES] = [["Course ID", "Core"], *([f"M{k}", "Yes"] for k in SIX)]
    data = {**QUIET, "kinds": {"graduation": kind}, "requests": {"step": 40, "core_factor": 1}}
    problem = load_school(written(tmp_path / "school", files), SchoolRules.from_mapping(data))
    result = searched(problem)
    assert result.best is not None
    assert result.cost is not None
    assert result.cost[0] == 6 * first_level
    assert {result.best.enrolments[f"s{k}x0"] for k in SIX} == {frozenset({f"{course[0]}{k}-1"}) for k in SIX}
