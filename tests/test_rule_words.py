"""The words of the rules: every field says in its model what people read of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from echelon_lib.rule_kinds import OF_COURSE, CourseKinds, Kinds
from echelon_lib.school_rules import SchoolRules
from echelon_lib.widgets.rule_form import OFFERED


def fields(model: type[BaseModel], path: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Every field of a model and of the models in it."""
    for name, info in model.model_fields.items():
        yield f"{path}{name}", info
        for inner in (info.annotation, *get_args(info.annotation)):
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                yield from fields(inner, f"{path}{name}.")


EVERY = dict(fields(SchoolRules))


def test_the_fields_of_all_parts_are_seen() -> None:
    assert {"sped_limit", "kinds.seats", "kinds.seats.priced", "courses.kinds.per_period"} <= set(EVERY)


@pytest.mark.parametrize("name", EVERY)
def test_a_field_has_a_title_and_a_sentence(name: str) -> None:
    info = EVERY[name]
    assert info.title, name
    assert len(info.title) <= 30, info.title
    assert info.title[0].isupper()
    assert not info.title.endswith(".")
    assert info.description, name
    assert info.description[0].isupper()
    assert info.description.endswith(".")


def words(info: FieldInfo) -> dict[str, Any]:
    """What a field says beyond title and description."""
    return info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}


@pytest.mark.parametrize("rule", Kinds.model_fields)
def test_a_kind_says_its_group_and_what_is_paid_for(rule: str) -> None:
    assert set(words(Kinds.model_fields[rule])) == {"group", "unit", "offered"}


def test_titles_of_kinds_are_names() -> None:
    titles = [info.title for info in Kinds.model_fields.values()]
    assert len(set(titles)) == len(titles)


def test_kinds_of_a_course_have_the_words_of_the_school() -> None:
    assert set(OF_COURSE.values()) == set(CourseKinds.model_fields)
    for rule, key in OF_COURSE.items():
        ours, own = Kinds.model_fields[rule], CourseKinds.model_fields[key]
        assert (own.title, own.description) == (ours.title, ours.description)


def test_lists_say_which_names_they_hold() -> None:
    for name, info in EVERY.items():
        if "tuple" in str(info.annotation) or name == "courses":
            assert words(info).get("choices") in {*OFFERED}, name
