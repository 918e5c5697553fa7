"""Rules as the text of a file: whatever they are, they are read back as they were."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echelon_lib.domain.errors import DataError
from echelon_lib.school_rules import (
    CalendarRules,
    CourseKinds,
    CourseRules,
    Kinds,
    LabRules,
    Priced,
    RequestRules,
    SchoolRules,
)

ROOT = Path(__file__).resolve().parents[1]
LIMITS = [name for name, field in SchoolRules.model_fields.items() if isinstance(field.default, int)]

names = st.text(max_size=20)
some_names = st.lists(names, max_size=3).map(tuple)
kinds = st.sampled_from(["required", "off"]) | st.builds(Priced, priced=st.integers(1, 1_000_000))


def limit(least: int, most: int) -> st.SearchStrategy[int | None]:
    return st.none() | st.integers(least, most)


courses = st.builds(
    CourseRules,
    periods=st.none() | st.lists(names, min_size=1, max_size=3).map(tuple),
    seats=limit(1, 10_000),
    per_period=limit(1, 10_000),
    sped_limit=limit(0, 10_000),
    dedicated_teacher=st.booleans(),
    kinds=st.builds(CourseKinds, **dict.fromkeys(CourseKinds.model_fields, st.none() | kinds)),
)
rules = st.builds(
    SchoolRules,
    name=names | st.just("off"),
    sped_limit=limit(0, 10_000),
    sped_target=limit(0, 10_000),
    section_minimum=limit(0, 10_000),
    section_maximum=limit(1, 10_000),
    section_target=limit(0, 100),
    teacher_load=limit(1, 100),
    calendar=st.builds(CalendarRules, days=st.none() | st.dictionaries(names, some_names, max_size=3)),
    labs=st.builds(LabRules, departments=some_names, courses=some_names),
    requests=st.builds(
        RequestRules,
        weight=st.integers(1, 10_000),
        step=st.integers(0, 10_000),
        lowest=st.integers(1, 10_000),
        core_factor=st.integers(1, 100),
    ),
    balance=some_names,
    kinds=st.builds(Kinds, **dict.fromkeys(Kinds.model_fields, kinds)),
    courses=st.dictionaries(names, courses, max_size=3),
)


def test_every_rule_is_drawn() -> None:
    drawn = {"name", "calendar", "labs", "requests", "balance", "kinds", "courses", *LIMITS}
    assert drawn == set(SchoolRules.model_fields), "a new rule belongs into the strategy above"


@given(rules)
@settings(max_examples=300, deadline=None)
def test_rules_are_read_back_as_they_were(given_rules: SchoolRules) -> None:
    text = given_rules.to_toml()
    assert SchoolRules.from_mapping(tomllib.loads(text)) == given_rules
    assert SchoolRules.from_bytes(text.encode()) == given_rules


@pytest.mark.parametrize("path", sorted((ROOT / "data" / "rules").glob("*.toml")), ids=lambda path: path.stem)
def test_the_rules_of_the_samples_too(path: Path, tmp_path: Path) -> None:
    read = SchoolRules.from_toml(path)
    (tmp_path / "again.toml").write_text(read.to_toml(), encoding="utf-8")
    assert SchoolRules.from_toml(tmp_path / "again.toml") == read


@pytest.mark.parametrize("name", LIMITS)
def test_a_limit_may_be_off(name: str) -> None:
    assert getattr(SchoolRules.from_mapping({name: "off"}), name) is None
    assert f'{name} = "off"' in SchoolRules.from_mapping({name: None}).to_toml()


@pytest.mark.parametrize("name", LIMITS)
def test_a_limit_is_off_by_that_word_only(name: str) -> None:
    for word in ("of", "none", "", "Off"):
        with pytest.raises(DataError):
            SchoolRules.from_mapping({name: word})


def test_a_school_may_be_called_off() -> None:
    assert SchoolRules.from_mapping({"name": "off"}).name == "off"
