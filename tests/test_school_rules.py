"""The rules of a school: one typed home, strict in what it takes and plain in what it means."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from echelon_lib.domain.errors import DataError
from echelon_lib.domain.policy import OFF, REQUIRED, priced
from echelon_lib.school_rules import WITH_REQUESTS, CourseKinds, Kinds, Priced, SchoolRules

ROOT = Path(__file__).resolve().parents[1]
RULES = ROOT / "data" / "rules"


def issues(data: dict[str, object]) -> dict[str | None, str]:
    """The issues of some rules by key, each as it is printed."""
    with pytest.raises(DataError) as error:
        SchoolRules.from_mapping(data)
    return {issue.column: str(issue) for issue in error.value.issues}


# What the rules are -------------------------------------------------------------------------------------


def test_rules_by_default_are_those_asked_for() -> None:
    rules = SchoolRules()
    required = {
        *("teacher_clash", "student_clash", "teacher_unavailable", "seats", "section_maximum"),
        *("teacher_load", "own_department", "course_periods", "course_seats", "per_period"),
        *("dedicated_teacher", "sped_limit", "grade_limits", "locks"),
    }
    off = {"graduation"}
    for rule in Kinds.model_fields:
        kind = rules.enforcement(rule)
        assert kind.required is (rule in required), rule
        assert kind.priced is (rule not in required | off), rule
        assert kind.level == 2, "requests alone come first"
    assert rules.balance == ()
    assert (rules.sped_limit, rules.sped_target) == (12, 3)
    assert (rules.section_minimum, rules.section_maximum, rules.section_target) == (10, 40, 75)
    assert rules.teacher_load == 6


@pytest.mark.parametrize("rule", list(Kinds.model_fields))
def test_every_rule_is_required_priced_or_off(rule: str) -> None:
    level = 1 if rule in WITH_REQUESTS else 2
    for kind, meant in (("required", REQUIRED), ("off", OFF), ({"priced": 7}, priced(7, level))):
        rules = SchoolRules.from_mapping({"kinds": {rule: kind}})
        assert rules.enforcement(rule) == meant
        others = [other for other in Kinds.model_fields if other != rule]
        assert all(rules.enforcement(one) == SchoolRules().enforcement(one) for one in others)


@pytest.mark.parametrize("key", list(CourseKinds.model_fields))
def test_a_course_may_have_kinds_of_its_own(key: str) -> None:
    rule = {"periods": "course_periods", "seats": "course_seats"}.get(key, key)
    data = {"courses": {"Art 1": {"kinds": {key: {"priced": 4}}}}, "kinds": {rule: "off"}}
    rules = SchoolRules.from_mapping(data)
    assert rules.enforcement(rule, "Art 1") == priced(4)
    assert rules.enforcement(rule, "Band") == rules.enforcement(rule) == OFF


def test_a_course_follows_the_school_where_it_says_nothing() -> None:
    rules = SchoolRules.from_mapping({"courses": {"Art 1": {"seats": 15}}, "kinds": {"course_seats": "off"}})
    assert rules.enforcement("course_seats", "Art 1") == OFF
    assert rules.enforcement("seats", "Art 1") == REQUIRED


@pytest.mark.parametrize(
    ("given", "weights"),
    [
        ({}, [100, 95, 90, 85, 80, 75, 70, 65, 60, 55, 50, 50, 50]),
        ({"step": 0}, [100, 100]),
        ({"weight": 10, "step": 1, "lowest": 8}, [10, 9, 8, 8]),
        ({"weight": 10}, [10, 10]),
    ],
    ids=["default", "alike", "small", "never above the first"],
)
def test_later_requests_weigh_less(given: dict[str, int], weights: list[int]) -> None:
    rules = SchoolRules.from_mapping({"requests": given}).requests
    assert [rules.weight_of(position) for position in range(len(weights))] == weights
    assert rules.weight_of(1, core=True) == 2 * weights[1]


def test_limits_may_be_absent_in_python() -> None:
    rules = SchoolRules(sped_limit=None, section_minimum=None)
    assert rules.sped_limit is None
    assert rules.section_maximum == 40


@pytest.mark.parametrize("name", ["chico.toml", "valley_high.toml"])
def test_the_rules_that_come_with_echelon_are_rules(name: str) -> None:
    rules = SchoolRules.from_toml(RULES / name)
    given = tomllib.loads((RULES / name).read_text(encoding="utf-8"))
    assert rules.name == given["name"]
    assert set(rules.courses) == {"Medical Career", "Heroes Teach", "Sports Med"}
    assert rules.courses["Medical Career"].periods == ("R1", "G1")
    assert rules.courses["Heroes Teach"].periods == ("R2", "G2")
    for course in ("Medical Career", "Heroes Teach"):
        assert rules.courses[course].seats == 15
        assert rules.courses[course].dedicated_teacher
    assert rules.courses["Sports Med"].per_period == 1
    # 65 sections do not fit 8 periods at Chico; at Valley High the rule can hold.
    assert rules.enforcement("per_period", "Sports Med").required is (name == "valley_high.toml")


# What is refused ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "key", "cure"),
    [
        ({"sped_limt": 12}, "sped_limt", "'sped_limit' was meant?"),
        ({"calendar": {"day": {}}}, "calendar.day", "'days' was meant?"),
        ({"labs": {"department": []}}, "labs.department", "'departments' was meant?"),
        ({"requests": {"wieght": 3}}, "requests.wieght", "'weight' was meant?"),
        ({"kinds": {"lab_apart": "off"}}, "kinds.lab_apart", "'labs_apart' was meant?"),
        ({"courses": {"Art": {"seat": 3}}}, "courses.Art.seat", "'seats' was meant?"),
        ({"courses": {"Art": {"kinds": {"seat": "off"}}}}, "courses.Art.kinds.seat", "'seats' was meant?"),
        ({"kinds": {"seats": {"priced": 3, "level": 1}}}, "kinds.seats.level", None),
        ({"zzz": 1}, "zzz", "one of name, sped_limit"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_unknown_key_is_named_with_the_nearest(
    data: dict[str, object], key: str, cure: str | None
) -> None:
    found = issues(data)
    assert set(found) == {key}
    assert "unknown" in found[key]
    if cure:
        assert f"\n  Maybe {cure}" in found[key]


@pytest.mark.parametrize(
    ("data", "key"),
    [
        ({"sped_limit": -1}, "sped_limit"),
        ({"sped_limit": 3.5}, "sped_limit"),
        ({"sped_limit": "12"}, "sped_limit"),
        ({"sped_limit": True}, "sped_limit"),
        ({"section_maximum": 0}, "section_maximum"),
        ({"section_target": 101}, "section_target"),
        ({"section_minimum": 10**9}, "section_minimum"),
        ({"teacher_load": []}, "teacher_load"),
        ({"name": 3}, "name"),
        ({"calendar": {"days": ["R1"]}}, "calendar.days"),
        ({"calendar": {"days": {"R": "R1"}}}, "calendar.days.R"),
        ({"calendar": 3}, "calendar"),
        ({"labs": {"departments": "Science"}}, "labs.departments"),
        ({"requests": {"weight": 0}}, "requests.weight"),
        ({"requests": {"step": -5}}, "requests.step"),
        ({"kinds": {"seats": "requird"}}, "kinds.seats"),
        ({"kinds": {"seats": "priced"}}, "kinds.seats"),
        ({"kinds": {"seats": 5}}, "kinds.seats"),
        ({"kinds": {"seats": {}}}, "kinds.seats"),
        ({"kinds": {"seats": None}}, "kinds.seats"),
        ({"kinds": {"seats": {"priced": 0}}}, "kinds.seats.priced"),
        ({"kinds": {"seats": {"priced": -3}}}, "kinds.seats.priced"),
        ({"kinds": {"seats": {"priced": 1.5}}}, "kinds.seats.priced"),
        ({"courses": {"Art": {"periods": []}}}, "courses.Art.periods"),
        ({"courses": {"Art": {"per_period": 0}}}, "courses.Art.per_period"),
        ({"courses": {"Art": {"seats": -1}}}, "courses.Art.seats"),
        ({"courses": {"Art": 15}}, "courses.Art"),
        ({"courses": []}, "courses"),
    ],
    ids=str,
)
def test_a_value_that_does_not_fit_is_named(data: dict[str, object], key: str) -> None:
    found = issues(data)
    assert set(found) == {key}, found


def test_all_that_is_wrong_comes_at_once() -> None:
    found = issues(
        {
            "sped_limit": -1,
            "sped_targt": 3,
            "kinds": {"seats": "perhaps", "labs_apart": {"priced": 0}, "nothing": "off"},
            "courses": {"Art": {"seats": "many"}, "Band": {"per_perod": 1}},
        }
    )
    assert len(found) == 7
    assert 'Maybe write "required", "off" or { priced = 5 }?' in found["kinds.seats"]


def test_a_file_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="the rules cannot be read"):
        SchoolRules.from_toml(tmp_path / "missing.toml")
    latin = tmp_path / "latin.toml"
    latin.write_bytes("name = 'Schöne Aussicht'".encode("latin-1"))
    with pytest.raises(DataError, match=r"latin\.toml: the rules are not UTF-8 text\n  Maybe save the file"):
        SchoolRules.from_toml(latin)
    broken = tmp_path / "broken.toml"
    broken.write_text("sped_limit = ", encoding="utf-8")
    with pytest.raises(DataError, match="not TOML"):
        SchoolRules.from_toml(broken)


def test_an_issue_of_a_file_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "school.toml"
    path.write_text("sped_limt = 3\n[kinds]\nseats = 'of'\n", encoding="utf-8")
    with pytest.raises(DataError) as error:
        SchoolRules.from_toml(path)
    assert {issue.path for issue in error.value.issues} == {"school.toml"}
    assert {issue.column for issue in error.value.issues} == {"sped_limt", "kinds.seats"}


def test_an_empty_file_is_the_default(tmp_path: Path) -> None:
    path = tmp_path / "empty.toml"
    path.write_bytes(b"\xef\xbb\xbf# nothing\r\n")
    assert SchoolRules.from_toml(path) == SchoolRules()


def test_rules_cannot_be_changed() -> None:
    rules = SchoolRules()
    with pytest.raises(Exception, match="frozen"):
        rules.sped_limit = 3  # type: ignore[misc]
    assert Priced(priced=3) == Priced(priced=3)
