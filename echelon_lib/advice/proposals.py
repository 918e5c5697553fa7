"""What Claude may propose: a tool made of the action classes, and its answers read one action at a time.

Two fields are ours to fill. The name of a new section is always chosen here, in the manner of the school.
The teacher whom an action releases is taken from the files; where an answer names one all the same, it is
kept, so that the check refuses a wrong one.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from echelon_lib.advice.actions import (
    Action,
    AddSection,
    ChangePeriods,
    MergeSections,
    ReassignTeacher,
    RemoveSection,
    SplitSection,
    fresh_name,
)
from echelon_lib.advice.codebook import Codebook, Sort
from echelon_lib.advice.outline import FIELDS
from echelon_lib.advice.situation import Situation

TOOL = "propose_changes"
MOST_ACTIONS = 50
"""Actions of one answer that are read; further ones are refused."""
LONGEST_REASON = 500

_Class = type[MergeSections | RemoveSection | SplitSection | AddSection | ReassignTeacher | ChangePeriods]
_CLASSES: tuple[_Class, ...] = (
    *(MergeSections, RemoveSection, SplitSection, AddSection, ReassignTeacher, ChangePeriods),
)
_BY_KIND: Mapping[str, _Class] = {one.model_fields["kind"].default: one for one in _CLASSES}
_OURS = ("new_section", "releases")
_CODED: Mapping[str, Sort] = {**FIELDS, "releases": "teacher"}


@dataclass(frozen=True)
class Proposed:
    """What was read of an answer.

    Parameters
    ----------
    actions
        The actions that could be read, in order; whether they are legal is not asked here.
    refused
        The others as plain JSON types: each ``proposal`` as it was written, and the ``reason``.
    """

    actions: tuple[Action, ...] = ()
    refused: tuple[dict[str, Any], ...] = field(default=())


def tool() -> dict[str, Any]:
    """Return the tool by which Claude proposes changes, its schema made of the action classes."""
    return {
        "name": TOOL,
        "description": "Propose changes of sections, in the order in which they are to be made.",
        "input_schema": {
            "type": "object",
            "properties": {
                "actions": {"type": "array", "items": {"anyOf": [_schema(one) for one in _CLASSES]}}
            },
            "required": ["actions"],
            "additionalProperties": False,
        },
    }


def proposals_in(answer: object) -> list[Any]:
    """Return the proposals in the input of the tool; raises ValueError where it is no list of any."""
    listed = answer.get("actions") if isinstance(answer, dict) else None
    if not isinstance(listed, list):
        raise ValueError("the answer holds no list of actions")
    return listed


def read_proposals(listed: Sequence[Any], codebook: Codebook, situation: Situation) -> Proposed:
    """Read proposals, each by itself: a bad one takes no other with it.

    Parameters
    ----------
    listed
        The proposals as they were decoded from JSON.
    codebook
        The codes that were told; an unknown one is refused and never guessed.
    situation
        The school, for the fields that are ours to fill.
    """
    actions: list[Action] = []
    refused: list[dict[str, Any]] = []
    for number, one in enumerate(listed):
        try:
            if number >= MOST_ACTIONS:
                raise ValueError(f"only {MOST_ACTIONS} actions of an answer are read.")
            taken = [
                action.new_section for action in actions if isinstance(action, SplitSection | AddSection)
            ]
            actions.append(_action(one, codebook, situation, taken))
        except ValueError as error:
            refused.append({"proposal": _short(one), "reason": printable(str(error))[:LONGEST_REASON]})
    return Proposed(tuple(actions), tuple(refused))


def clean(text: str, codebook: Codebook) -> str:
    """Return words of Claude for a person: names in place of codes, and no control characters."""
    return codebook.named(printable(text)).strip()


def printable(text: str) -> str:
    """Return a text without control characters, but for ends of lines."""
    return "".join(one for one in text if one == "\n" or unicodedata.category(one)[0] != "C")


def _schema(one: _Class) -> dict[str, Any]:
    schema = one.model_json_schema()
    properties = {
        name: {key: value for key, value in about.items() if key not in ("title", "default")}
        for name, about in schema["properties"].items()
        if name not in _OURS
    }
    return {
        "type": "object",
        "description": (one.__doc__ or "").strip(),
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _action(one: object, codebook: Codebook, situation: Situation, taken: list[str]) -> Action:
    """Return the action of one proposal; raises ValueError with the reason why there is none."""
    if not isinstance(one, dict):
        raise ValueError("a proposal is an object with a kind.")
    made = _BY_KIND.get(one["kind"]) if isinstance(one.get("kind"), str) else None
    if made is None:
        raise ValueError(f"the kind {_short(one.get('kind'))} is none of {', '.join(_BY_KIND)}.")
    values = dict(one)
    for name, sort in _CODED.items():
        if name in values and values[name] != "":
            values[name] = _name(values[name], sort, codebook)
    if isinstance(values.get("reason"), str):
        values["reason"] = clean(values["reason"], codebook)[:LONGEST_REASON]
    if "releases" in made.model_fields:
        section = situation.sections.get(str(values.get("section")))
        values.setdefault("releases", (section.teacher if section is not None else None) or "")
    if "new_section" in made.model_fields:
        row = situation.sections.get(str(values.get("section")))
        course = row.course if row is not None else str(values.get("course"))
        values["new_section"] = fresh_name(situation, course, taken)
    try:
        return made.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise ValueError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}.") from None


def _name(value: object, sort: Sort, codebook: Codebook) -> object:
    """Return the name behind a code, or the names behind a list of codes."""
    if isinstance(value, list):
        return [_name_of(one, sort, codebook) for one in value]
    return _name_of(value, sort, codebook)


def _name_of(value: object, sort: Sort, codebook: Codebook) -> str:
    name = codebook.name(sort, value) if isinstance(value, str) else None
    if name is None:
        raise ValueError(f"{_short(value)} is no code of a {sort}.")
    return name


def _short(value: object) -> str:
    """Return what was written, shortened, for a record."""
    try:
        text = printable(json.dumps(value, ensure_ascii=False))
    except RecursionError:  # it could just be read
        return "what is nested so deeply"
    return text if len(text) <= LONGEST_REASON else f"{text[: LONGEST_REASON - 1]}…"
