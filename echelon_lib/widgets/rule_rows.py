"""The rows and parts of a form for settings, as the fields of a model say."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any, Literal, get_args, get_origin

import ipywidgets
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from echelon_lib.widgets.rule_draft import Path
from echelon_lib.widgets.rule_fields import (
    Field,
    FlagField,
    KindField,
    NumberField,
    TextField,
    is_model,
    options_of,
    words_of,
)
from echelon_lib.widgets.rule_lists import DaysField, NamesField


@dataclass(frozen=True)
class Entry:
    """A value of a model: where it stands and what the model says of it."""

    path: Path
    info: FieldInfo


@dataclass(frozen=True)
class Part:
    """What stands together in a form.

    Parameters
    ----------
    title, description
        What it is, for people; both empty for what stands before all parts.
    rows
        What stands in one row each: a value, or a limit with how strict it is.
    each, path, choices
        The model of each value of a mapping, where the mapping is, and what its keys are names of; ``rows``
        is empty then.
    """

    title: str
    description: str
    rows: tuple[tuple[Entry, ...], ...] = ()
    each: type[BaseModel] | None = None
    path: Path = ()
    choices: str | None = None


def parts_of(model: type[BaseModel], path: Path = ()) -> list[Part]:
    """Return the parts of a form for a model: a limit stands beside the kind of its name, or one it names."""
    alone: dict[str, Entry] = {}
    inner: dict[str, type[BaseModel]] = {}
    parts: list[Part] = []
    for name, info in model.model_fields.items():
        each = _model_of_each(info)
        if each is not None:
            choices = words_of(info).get("choices")
            parts.append(Part(info.title or name, info.description or "", (), each, (*path, name), choices))
        elif is_model(info.annotation):
            inner[name] = info.annotation  # type: ignore[assignment]
        else:
            alone[name] = Entry((*path, name), info)
    limits = {words_of(entry.info).get("kind", name): name for name, entry in alone.items()}
    grouped: list[Part] = []
    for name, part in inner.items():
        whole = model.model_fields[name]
        groups: dict[str, list[tuple[Entry, ...]]] = {}
        for key, info in part.model_fields.items():
            entry = Entry((*path, name, key), info)
            limit = alone.pop(limits.get(key, key), None) if is_kind(info) else None
            group = words_of(info).get("group", whole.title or name)
            groups.setdefault(group, []).append((entry,) if limit is None else (limit, entry))
        description = whole.description or "" if len(groups) == 1 else ""
        grouped += [Part(title, description, tuple(rows)) for title, rows in groups.items()]
    before = [Part("", "", tuple((entry,) for entry in alone.values()))] if alone else []
    return [*before, *grouped, *parts]


def is_kind(info: FieldInfo) -> bool:
    """Tell whether a field says how strict a rule is: one of some words, or a model with a price."""
    options = options_of(info)
    return any(get_origin(one) is Literal for one in options) and any(map(is_model, options))


def _model_of_each(info: FieldInfo) -> type[BaseModel] | None:
    inner = get_args(info.annotation)
    return inner[1] if get_origin(info.annotation) is dict and is_model(inner[1]) else None


def field_for(info: FieldInfo) -> Field:
    """Return a field for a value of a model, by its type.

    Raises
    ------
    TypeError
        When there is no control for such a value.
    """
    if is_kind(info):
        return KindField(info)
    origins = {get_origin(option) or option for option in options_of(info)} - {type(None)}
    fields: dict[Any, type[Field]] = {
        str: TextField,
        bool: FlagField,
        int: NumberField,
        tuple: NamesField,
        dict: DaysField,
    }
    if len(origins) == 1 and (only := origins.pop()) in fields:
        return fields[only](info)
    raise TypeError(f"there is no field for {info.annotation}")


class Row(ipywidgets.VBox):
    """Values that belong together, with what they mean and what is wrong with them.

    Parameters
    ----------
    entries
        One value, or a limit with how strict it is.
    """

    def __init__(self, entries: tuple[Entry, ...]) -> None:
        fields = [field_for(entry.info) for entry in entries]
        for field, entry in zip(fields, entries, strict=True):
            field.path = entry.path
        self.fields: tuple[Field, ...] = tuple(fields)
        last = entries[-1].info
        hint = f'<span class="ech-hint">{escape(last.description or "")}</span>'
        title = f"<b>{escape(last.title or entries[-1].path[-1])}</b> " if is_kind(last) else ""
        words = ipywidgets.HTML(title + hint)
        beside = isinstance(fields[0], TextField | NumberField) and len(fields) == 1
        self._trouble = ipywidgets.HTML(layout=ipywidgets.Layout(display="none"))
        controls = ipywidgets.HBox(
            [*fields, words] if beside else fields,
            layout=ipywidgets.Layout(flex_flow="row wrap", align_items="center"),
        )
        if len(fields) > 1:
            fields[0].add_class("ech-limit")
        super().__init__([controls, self._trouble] if beside else [words, controls, self._trouble])
        self.add_class("ech-rule")

    def say(self, trouble: str) -> None:
        """Say what is wrong below the fields; nothing where it is blank."""
        sign = '<b class="ech-sign" aria-hidden="true">✕</b> '
        self._trouble.value = f'<span role="alert">{sign}{escape(trouble)}</span>' if trouble else ""
        self._trouble.layout.display = "" if trouble else "none"
