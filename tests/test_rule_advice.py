"""Price it instead: what arithmetic proves impossible is possible once the rule in the way has a price."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from test_schools import tables, written

from echelon_lib import load_school, preflight, solve
from echelon_lib.checks.finding import Hindrance
from echelon_lib.domain.problem import Problem
from echelon_lib.formats.school_records import COURSES, LOCKS
from echelon_lib.formats.school_records import STUDENTS as STUDENT_INFO
from echelon_lib.preflight import Finding, impossible
from echelon_lib.rule_advice import kinds_changed, priced_instead, usual_price
from echelon_lib.rule_kinds import USUAL_PRICE, Kinds, Priced
from echelon_lib.school_rules import SchoolRules
from echelon_lib.solvers.result import Status

ROOT = Path(__file__).resolve().parents[1]
STUDENTS = {"ann": "Art", "bob": "Art", "cyd": "Art Band"}


@dataclass(frozen=True)
class Stuck:
    """A school without a timetable, and what is to be said after each rule in the way has a price."""

    name: str
    files: dict[str, list[list[str]]]
    said: tuple[str, ...]
    rules: Mapping[str, Any] = field(default_factory=dict)


def only(course: str, **rules: Any) -> dict[str, Any]:
    """Rules with rules of one course."""
    return {"courses": {course: rules}}


AWAY = "'Teacher unavailable' now costs 10 a section instead of being required."
PERIODS = "'Course periods' of Art now costs 10 a section instead of being required."
STUCK = [
    Stuck("a teacher who is always away", tables("Art-1/T1", STUDENTS, away={"T1": "R1;R2;G1;G2"}), (AWAY,)),
    Stuck(
        "a fixed period that its course may not take",
        tables("Art-1@R1", STUDENTS),
        (PERIODS,),
        only("Art", periods=["R2"]),
    ),
    Stuck(
        "either rule alone leaves a period",
        tables("Art-1/T1", STUDENTS, away={"T1": "R1;R2"}),
        (PERIODS,),
        only("Art", periods=["R1", "R2"]),
    ),
    Stuck(
        "neither rule alone leaves a period",
        tables("Art-1/T1@R1", STUDENTS, away={"T1": "R1;R2;G1;G2"}),
        (AWAY, PERIODS),
        only("Art", periods=["R2"]),
    ),
    Stuck(
        "a teacher with more sections than periods",
        tables("Art-1/T1 Art-2/T1 Art-3/T1 Art-4/T1 Band-1/T1", STUDENTS),
        ("'Teacher clash' now costs 10 a clash instead of being required.",),
    ),
    Stuck(
        "a teacher whose free periods are too few",
        tables("Art-1/T1 Art-2/T1 Art-3/T1 Band-1/T1", STUDENTS, away={"T1": "R1"}),
        (AWAY,),
    ),
    Stuck(
        "a teacher whose course has too few periods",
        tables("Art-1/T1 Art-2/T1 Art-3/T1 Band-1/T1", STUDENTS),
        (PERIODS,),
        only("Art", periods=["R1", "R2"]),
    ),
    Stuck(
        "a teacher of two courses that are kept to the same period",
        tables("Art-1/T1 Band-1/T1", STUDENTS),
        ("'Course periods' of Band now costs 10 a section instead of being required.",),
        {"courses": {"Art": {"periods": ["R1"]}, "Band": {"periods": ["R1"]}}},
    ),
    Stuck(
        "more sections of a course than it may have",
        tables("Art-1 Art-2 Art-3 Art-4 Art-5", STUDENTS),
        ("'Sections per period' of Art now costs 10 a section instead of being required.",),
        only("Art", per_period=1),
    ),
    Stuck(
        "a kind that the course has of its own",
        tables("Art-1 Art-2 Art-3 Art-4 Art-5", STUDENTS),
        ("'Sections per period' of Art now costs 10 a section instead of being required.",),
        {**only("Art", per_period=1, kinds={"per_period": "required"}), "kinds": {"per_period": "off"}},
    ),
    Stuck(
        "two teachers instead of one",
        tables("Art-1/T1 Art-2/T2", STUDENTS),
        ("'Dedicated teacher' of Art now costs 10 a section or teacher instead of being required.",),
        only("Art", dedicated_teacher=True),
    ),
    Stuck(
        "a teacher whom the files dedicate to another course",
        tables("Art-1/T1 Band-1/T1", STUDENTS, dedicated={"T1": "Art"}),
        ("'Dedicated teacher' of Art now costs 10 a section or teacher instead of being required.",),
    ),
    Stuck(
        "a teacher whom the files dedicate to a course without sections",
        tables("Band-1/T1", STUDENTS, dedicated={"T1": "Art"}),
        ("'Dedicated teacher' now costs 10 a section or teacher instead of being required.",),
    ),
    Stuck(
        "labs of one teacher that must follow each other",
        tables("Art-1/T1 Art-2/T1 Art-3/T1", STUDENTS),
        ("'Labs not consecutive' now costs 5 a pair of labs instead of being required.",),
        {"kinds": {"labs_apart": "required"}, "labs": {"departments": ["Science"]}},
    ),
    Stuck(
        "a teacher who is there on one day and is to teach evenly",
        tables("Art-1/T1 Art-2/T1", STUDENTS, away={"T1": "G1;G2"}),
        ("'Workload balance' now costs 3 a section instead of being required.",),
        {"kinds": {"workload_balance": "required"}},
    ),
    Stuck(
        "a minimum above the maximum",
        tables("Art-1:9", STUDENTS),
        ("'Section minimum' now costs 10 a student instead of being required.",),
        {"section_minimum": 3, "section_maximum": 2, "kinds": {"section_minimum": "required"}},
    ),
    Stuck(
        "a minimum above the seats of a course",
        tables("Art-1:9", STUDENTS),
        ("'Section minimum' now costs 10 a student instead of being required.",),
        {**only("Art", seats=2), "section_minimum": 3, "kinds": {"section_minimum": "required"}},
    ),
    Stuck(
        "a target above the maximum",
        tables("Art-1:4", STUDENTS),
        ("'Section target' now costs 2 a student instead of being required.",),
        {"section_maximum": 2, "kinds": {"section_target": "required"}},
    ),
    Stuck(
        "a minimum that nobody asks for",
        tables("Art-1:4 Band-1:4", STUDENTS),
        ("'Section minimum' now costs 10 a student instead of being required.",),
        {"section_minimum": 2, "kinds": {"section_minimum": "required"}},
    ),
    Stuck(
        "a minimum and a target that nobody asks for",
        tables("Art-1:3 Band-1:4", STUDENTS),
        (
            "'Section minimum' now costs 10 a student instead of being required.",
            "'Section target' now costs 2 a student instead of being required.",
        ),
        {"section_minimum": 2, "kinds": {"section_minimum": "required", "section_target": "required"}},
    ),
]


def loaded(stuck: Stuck, folder: Path) -> tuple[Path, SchoolRules]:
    """The school in a folder, and its rules."""
    return written(folder, stuck.files), SchoolRules.from_mapping(stuck.rules)


def freed(folder: Path, rules: SchoolRules) -> tuple[SchoolRules, Problem]:
    """The rules after every error was priced in turn, each of which then is none."""
    problem = load_school(folder, rules)
    for _ in range(50):
        errors = impossible(preflight(problem))
        if not errors:
            return rules, problem
        changed = priced_instead(rules, errors[0])
        assert changed is not None, errors[0]
        rules, problem = changed, load_school(folder, changed)
        left = impossible(preflight(problem))
        assert (errors[0].rule, errors[0].place, errors[0].who) not in {
            (f.rule, f.place, f.who) for f in left
        }
    raise AssertionError("the errors do not come to an end")


@pytest.mark.parametrize("stuck", STUCK, ids=lambda stuck: stuck.name)
def test_what_cannot_be_kept_gets_a_price(stuck: Stuck, tmp_path: Path) -> None:
    folder, rules = loaded(stuck, tmp_path / "school")
    result = solve(load_school(folder, rules), "highs", stop=30)
    assert result.status is Status.INFEASIBLE
    priced, problem = freed(folder, rules)
    assert kinds_changed(rules, priced) == stuck.said
    result = solve(problem, "highs", stop=30)
    assert result.status is Status.OPTIMAL
    assert result.mismatches == ()


def test_nothing_else_changes(tmp_path: Path) -> None:
    folder, rules = loaded(STUCK[0], tmp_path / "school")
    (finding,) = impossible(preflight(load_school(folder, rules)))
    assert priced_instead(rules, finding) == SchoolRules.from_mapping(
        {"kinds": {"teacher_unavailable": {"priced": USUAL_PRICE}}}
    )
    assert rules == SchoolRules(), "the rules given stay as they are"


def test_a_rule_of_one_course_leaves_the_others(tmp_path: Path) -> None:
    rules = {"courses": {name: {"per_period": 1} for name in ("Art", "Band")}}
    folder = written(tmp_path / "school", tables("Art-1 Art-2 Art-3 Art-4 Art-5 Band-1", STUDENTS))
    priced, _ = freed(folder, SchoolRules.from_mapping(rules))
    assert priced.enforcement("per_period", "Art").priced
    assert priced.enforcement("per_period", "Band").required
    assert priced.courses["Art"].per_period == 1


def test_a_finding_of_other_rules_changes_nothing(tmp_path: Path) -> None:
    folder, rules = loaded(STUCK[0], tmp_path / "school")
    (finding,) = impossible(preflight(load_school(folder, rules)))
    changed = priced_instead(rules, finding)
    assert changed is not None
    assert priced_instead(changed, finding) is None


@pytest.mark.parametrize(
    "finding",
    [
        Finding("error", "domain", "Art", "1 section of Art (A-1) can be in no period: none is allowed."),
        Finding("warning", "unmet requests", "requests", "Not all of the requests can be met."),
    ],
    ids=["no rule is in the way", "no error"],
)
def test_what_no_price_mends_gets_none(finding: Finding) -> None:
    assert priced_instead(SchoolRules(), finding) is None


def test_a_warning_is_no_reason_for_a_price(tmp_path: Path) -> None:
    files = tables("Art-1/T1 Art-2/T1 Art-3/T1 Art-4/T1 Band-1/T1", STUDENTS)
    rules = SchoolRules.from_mapping({"kinds": {"teacher_clash": {"priced": 3}}})
    findings = preflight(load_school(written(tmp_path / "school", files), rules))
    assert {finding.rule for finding in findings} >= {"teacher clash"}
    assert [priced_instead(SchoolRules(), finding) for finding in findings] == [None] * len(findings)


@pytest.mark.parametrize("seed", range(40))
def test_strict_schools_are_freed(seed: int, tmp_path: Path) -> None:
    """Every rule is required, and whatever arithmetic finds can be priced until it finds nothing."""
    dice = random.Random(seed)
    periods = ["R1", "R2", "G1", "G2"]
    some = [
        f"{course}-{number}:{dice.randint(1, 4)}/T{dice.randint(1, 3)}{dice.choice(['', '', '@R1'])}"
        for course in ("Art", "Band", "Chess")
        for number in range(1, dice.randint(2, 5))
    ]
    files = tables(
        " ".join([*some, "Drama-1/T1", "Drama-2/T2"]),
        {name: " ".join(dice.sample(["Art", "Band", "Chess"], 2)) for name in ("ann", "bob", "cyd", "dan")},
        away={"T1": ";".join(dice.sample(periods, dice.randint(1, 4)))},
        dedicated={"T2": dice.choice(["", "Art"])},
        sped="ann bob",
    )
    rules = {
        "section_minimum": dice.randint(0, 3),
        "section_maximum": dice.randint(1, 4),
        "kinds": dict.fromkeys(Kinds.model_fields, "required"),
        "courses": {
            course: {
                "periods": dice.sample(periods, dice.randint(1, 3)),
                "per_period": 1,
                "seats": dice.randint(1, 3),
                "dedicated_teacher": dice.random() < 0.3,
            }
            for course in dice.sample(["Art", "Band", "Chess"], 2)
        },
    }
    freed(written(tmp_path / "school", files), SchoolRules.from_mapping(rules))


def test_the_first_school_is_freed(benchmarks: Path) -> None:
    """65 sections of a course cannot be one a period in 8 periods."""
    rules = SchoolRules.from_toml(ROOT / "data" / "rules" / "chico.toml")
    strict = rules.with_kind("per_period", "required", "Sports Med").with_kind("section_minimum", "required")
    priced, _ = freed(benchmarks / "chico", strict)
    assert kinds_changed(strict, priced) == (
        "'Section minimum' now costs 10 a student instead of being required.",
        "'Sections per period' of Sports Med now costs 10 a section instead of being required.",
    )


def test_every_name_of_a_rule_leads_to_its_kind(tmp_path: Path) -> None:
    """A constraint is enforced as the kind says to which its name leads."""
    files = tables("Art-1/T1 Art-2/T1 Band-1/T2", STUDENTS, away={"T1": "R1"}, sped="ann")
    prices = {rule: {"priced": 100 + number} for number, rule in enumerate(Kinds.model_fields)}
    art = {"periods": ["R2", "G1"], "per_period": 1, "seats": 2, "dedicated_teacher": True}
    rules = SchoolRules.from_mapping(
        {"kinds": prices, "courses": {"Art": art}, "labs": {"courses": ["Art"]}, "balance": ["Grade"]}
    )
    files[STUDENT_INFO][0].append("Grade")
    for row in files[STUDENT_INFO][1:]:
        row.append("9")
    files[COURSES] = [["Course ID", "Core", "Grades"], ["Art", "Yes", "9"]]
    files[LOCKS] = [["Kind", "ID", "Section ID"], ["student", "ann", "Art-1"]]
    problem = load_school(written(tmp_path / "school", files), rules)
    seen = set()
    for constraint in problem.constraints:
        rule = Kinds.rule_named(constraint.name)
        assert rule is not None, constraint.name
        assert constraint.enforcement == rules.enforcement(rule), constraint.name
        seen.add(rule)
    for kind, clash in problem.policy.clash.items():
        assert clash == rules.enforcement(Kinds.rule_named(f"{kind} clash") or "")
        seen.add(f"{kind}_clash")
    assert problem.policy.seats == rules.enforcement(Kinds.rule_named("seats") or "")
    assert seen | {"seats"} == set(Kinds.model_fields)
    assert Kinds.rule_named("domain") is None


def test_the_price_is_the_usual_one() -> None:
    defaults = Kinds()
    for rule in Kinds.model_fields:
        default = getattr(defaults, rule)
        usual = 1_000 if rule == "graduation" else USUAL_PRICE
        assert Kinds.usual_price(rule) == (default.priced if isinstance(default, Priced) else usual)


@pytest.mark.parametrize(("weights", "price"), [({}, 1_000), ({"weight": 600, "core_factor": 5}, 3_001)])
def test_a_request_for_graduation_is_given_up_last(
    weights: dict[str, int], price: int, tmp_path: Path
) -> None:
    files = tables("Art-1:1 Band-1@R1 Chess-1@R1 Drama-1@R1", {"ann": "Chess Drama", "bob": "Band Drama"})
    files[COURSES] = [["Course ID", "Core"], ["Chess", "Yes"], ["Drama", "Yes"]]
    folder = written(tmp_path / "school", files)
    rules = SchoolRules.from_mapping({"kinds": {"graduation": "required"}, "requests": weights})
    finding = Finding(
        "error", "graduation", "Chess", "Not all can be had.", hindrances=(Hindrance("graduation"),)
    )
    priced = priced_instead(rules, finding)
    assert priced is not None
    assert priced.enforcement("graduation").weight == price
    problem = load_school(folder, priced)
    assert price > max(request.weight for request in problem.requests)
    assert usual_price(rules, "seats") == USUAL_PRICE


def test_a_kind_is_set_for_the_school_or_a_course() -> None:
    rules = SchoolRules.from_mapping({"courses": {"Art": {"seats": 3}}})
    school = rules.with_kind("course_seats", "off")
    assert school.enforcement("course_seats", "Art") == school.enforcement("course_seats")
    art = rules.with_kind("course_seats", Priced(priced=4), "Art")
    assert (art.enforcement("course_seats", "Art").weight, art.courses["Art"].seats) == (4, 3)
    assert art.enforcement("course_seats").required
    assert rules.with_kind("seats", "off", "Art") == rules.with_kind("seats", "off")
    band = rules.with_kind("per_period", "off", "Band")
    assert set(band.courses) == {"Art", "Band"}


def test_sentences_say_what_changed() -> None:
    before = SchoolRules.from_mapping({"kinds": {"labs_apart": {"priced": 5}, "seats": "off"}})
    after = SchoolRules.from_mapping({"kinds": {"labs_apart": {"priced": 8}, "sped_spread": "off"}})
    assert kinds_changed(before, after) == (
        "'Seats' now is required instead of being off.",
        "'SPED spread' now is off instead of costing 1 a student.",
        "'Labs not consecutive' now costs 8 a pair of labs instead of 5.",
    )
    assert kinds_changed(after, after) == ()
    moved = after.with_kind("per_period", "off").with_kind("dedicated_teacher", "off", "Art")
    assert kinds_changed(after, moved) == (
        "'Sections per period' now is off instead of being required.",
        "'Dedicated teacher' of Art now is off instead of being required.",
    )
