"""Files that list changes: JSON or TOML, and everything that does not fit is said at once, with a cure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from echelon_lib.domain.errors import DataError, Issue, suggest
from echelon_lib.strict_toml import LARGEST_FILE, toml_of

Change = TypeVar("Change")


def read_changes(
    path: str | Path,
    adapter: TypeAdapter[tuple[Change, ...]],
    example: str,
    kinds: Mapping[str, type[BaseModel]] | None = None,
) -> tuple[Change, ...]:
    """Return the changes of a JSON or TOML file: a list, or a list under ``changes``.

    Parameters
    ----------
    path
        The file.
    adapter
        What reads the list.
    example
        A file that would do, for the cure.
    kinds
        The model of each kind, by which a key or a kind that is misspelt is corrected.

    Raises
    ------
    DataError
        When the file cannot be read or holds something else; all of it at once.
    """
    path = Path(path)
    cure = f"write {example}?"
    try:
        if path.is_file() and path.stat().st_size > LARGEST_FILE:
            raise DataError([Issue(f"over {LARGEST_FILE:,} bytes", path.name, cure="another file?")])
        content = path.read_bytes()
    except OSError as error:
        raise DataError([Issue(f"cannot be read: {error.strerror}", path.name, cure=cure)]) from None
    if path.suffix.casefold() == ".toml":
        data: object = toml_of(content, "the changes", path.name)
    else:
        try:
            data = json.loads(content)
        except (ValueError, RecursionError):
            raise DataError([Issue("this is not JSON", path.name, cure=cure)]) from None
    if isinstance(data, dict):
        strange = [f"{key!r}" for key in data if key != "changes"]
        if strange or "changes" not in data:
            text = f"unknown keys: {', '.join(strange)}" if strange else "there is no list of changes"
            raise DataError([Issue(text, path.name, cure=cure)])
        data = data["changes"]
    return changes_of(data, adapter, source=path.name, kinds=kinds)


def changes_of(
    data: object,
    adapter: TypeAdapter[tuple[Change, ...]],
    *,
    source: str,
    kinds: Mapping[str, type[BaseModel]] | None = None,
) -> tuple[Change, ...]:
    """Return the changes of a list of mappings, such as a notebook's parameter.

    Parameters
    ----------
    data
        The list.
    adapter, kinds
        As for ``read_changes``.
    source
        What messages call it.

    Raises
    ------
    DataError
        When it holds something else; all of it at once.
    """
    try:
        return adapter.validate_python(data)
    except ValidationError as error:
        details = error.errors(include_url=False)
        raise DataError([_in_words(one, source, kinds or {}) for one in details]) from None


def _in_words(error: object, path: str, kinds: Mapping[str, type[BaseModel]]) -> Issue:
    """Return what does not fit in a list of changes; no value is shown, since it may be of a student."""
    told: Mapping[str, Any] = error if isinstance(error, Mapping) else {}
    at = told.get("loc", ())
    number = f"change {at[0] + 1}" if at and isinstance(at[0], int) else "the list"
    keys = ".".join(str(one) for one in at[2:])
    text, _, cure = (
        str(told.get("msg", "it does not fit")).removeprefix("Value error, ").partition("\n  Maybe ")
    )
    if told.get("type") == "union_tag_invalid" and kinds:
        tag = str(told.get("ctx", {}).get("tag", ""))
        text = f"no change is of the kind {tag!r}"
        cure = suggest(tag, kinds) or f"one of {', '.join(kinds)}?"
    elif told.get("type") == "extra_forbidden" and len(at) == 3 and at[1] in kinds:
        text = "the key is unknown"
        known = list(kinds[at[1]].model_fields)
        cure = suggest(str(at[2]), known) or f"one of {', '.join(known)}?"
    elif told.get("type") == "missing":
        text, cure = "the key is missing", "add it?"
    elif isinstance(given := told.get("input"), int | float):  # a number says nothing of a student
        text = f"{given} does not fit: {text.replace('Input', 'it')}"
    return Issue(
        f"{number}{f', {keys}' if keys else ''}: {text[:1].lower()}{text[1:]}", path, cure=cure or None
    )
