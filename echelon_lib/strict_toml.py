"""TOML files as typed models: unknown keys and wrong values become issues, all at once."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self, TypeVar, get_args

import tomli_w
from pydantic import BaseModel, ValidationError

from echelon_lib.domain.errors import DataError, Issue, suggest
from echelon_lib.formats.object_store import Address, is_address, read_object

LARGEST_FILE = 1_000_000
"""Bytes of a settings file; a larger one is something else."""

_KIND_OF_RULE = {"Priced", "literal['required','off']"}

Model = TypeVar("Model", bound=BaseModel)


def read_toml(path: str | Path, what: str) -> dict[str, Any]:
    """Return the content of a TOML file.

    Parameters
    ----------
    path
        The file, or its address in an object store.
    what
        What it is to the user, such as ``the rules``.

    Raises
    ------
    DataError
        When the file is missing, is not UTF-8 text or not TOML.
    """
    return toml_of(_content(path, what), what, file_name(path))


def toml_of(content: bytes, what: str, name: str) -> dict[str, Any]:
    """Return the content of a TOML file of some name that was read already; raises DataError."""
    plural = "are" if what.endswith("s") else "is"
    try:
        if len(content) > LARGEST_FILE:
            raise _refused(f"{what} cannot be read: over {LARGEST_FILE:,} bytes", name, "another file?")
        return tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise _refused(f"{what} {plural} not UTF-8 text", name, "save the file as UTF-8?") from None
    except tomllib.TOMLDecodeError as error:
        raise _refused(f"this is not TOML: {error}", name, "a quote is missing?") from None
    except ValueError as error:  # a number too long for Python to read
        raise _refused(f"{what} cannot be read: {error}", name, "a number is too long?") from None
    except RecursionError:
        raise _refused("this is not TOML: it is nested too deeply", name, "a bracket?") from None


def text_of(data: Mapping[str, Any]) -> str:
    """Return nested mappings as the text of a TOML file."""
    return tomli_w.dumps(data)


def file_name(path: str | Path) -> str:
    """Return the name of a settings file, by which messages call it."""
    return Address.parse(str(path)).name if is_address(path) else Path(path).name


def _content(path: str | Path, what: str) -> bytes:
    if is_address(path):
        return read_object(str(path), most=LARGEST_FILE)
    path = Path(path)
    try:
        if path.is_dir():
            raise _refused(f"{what} cannot be read: this is a folder", str(path), "the file in it was meant?")
        if path.exists() and not path.is_file():
            raise _refused(f"{what} cannot be read: this is no regular file", str(path), "another path?")
        if path.is_file() and path.stat().st_size > LARGEST_FILE:
            raise _refused(f"{what} cannot be read: over {LARGEST_FILE:,} bytes", str(path), "another path?")
        return path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _refused(f"{what} cannot be read: {reason}", str(path), "another path was meant?") from None


def validated(model: type[Model], data: Mapping[str, Any], source: str) -> Model:
    """Return the model of some data.

    Raises
    ------
    DataError
        With an issue for each unknown key and each value that does not fit; ``source`` is their path.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise DataError(issues_of(model, error, source)) from None


class RulesFile(BaseModel):
    """The rules of an institution, which stand in a TOML file."""

    @classmethod
    def from_toml(cls, path: str | Path) -> Self:
        """Read rules from a TOML file.

        Raises
        ------
        DataError
            When the file is missing or is not TOML, a key is unknown or a value does not fit; all at once.
        """
        return cls.from_mapping(read_toml(path, "the rules"), source=file_name(path))

    @classmethod
    def from_bytes(cls, content: bytes, *, source: str = "rules") -> Self:
        """Read rules from the content of a TOML file of some name; raises DataError like ``from_toml``."""
        return cls.from_mapping(toml_of(content, "the rules", source), source=source)

    @classmethod
    def from_mapping(cls, data: Mapping[str, Any], *, source: str = "rules") -> Self:
        """Make rules from nested mappings; raises DataError like ``from_toml``."""
        return validated(cls, data, source)


def issues_of(model: type[BaseModel], error: ValidationError, source: str) -> list[Issue]:
    """Return what pydantic found as issues, with the nearest key or the values that are allowed."""
    issues: dict[str, Issue] = {}
    for detail in error.errors():
        location = [str(part) for part in detail["loc"]]
        about_a_kind = any(part in _KIND_OF_RULE for part in location)
        key = ".".join(part for part in location if part not in _KIND_OF_RULE)
        given, words = _short(detail["input"]), detail["msg"]
        if detail["type"] == "extra_forbidden":
            known = _keys(model, location[:-1])
            cure = suggest(location[-1], known) or _one_of(known)
            issues[key] = Issue(f"the key {_short(key)} is unknown", source, column=key, cure=cure)
        elif about_a_kind and detail["type"] in {"literal_error", "model_type", "missing"}:
            rule = key.removesuffix(".priced")
            cure = 'write "required", "off" or { priced = 5 }?'
            issues.setdefault(rule, Issue(f"{given} is not a kind of rule", source, column=rule, cure=cure))
        elif detail["type"] == "missing":
            issues[key] = Issue(f"the key {_short(key)} is missing", source, column=key, cure="add it?")
        elif detail["type"] == "literal_error":
            known = [word.strip("'") for word in detail["ctx"]["expected"].replace(" or ", ", ").split(", ")]
            cure = suggest(given.strip("'"), known) or _one_of(known)
            issues[key] = Issue(f"{given} is unknown", source, column=key, value=given, cure=cure)
        else:
            words, cure = _sentence(words)
            text = f"{given} does not fit: {words}" if key else words
            issues[key] = Issue(text, source, column=key or None, value=given if key else None, cure=cure)
    vague = {key for key in issues for other in issues if other.startswith(f"{key}.")}
    return [issue for key, issue in issues.items() if key not in vague]


def _refused(message: str, path: str, cure: str | None) -> DataError:
    return DataError([Issue(message, path, cure=cure)])


def _sentence(words: str) -> tuple[str, str | None]:
    """Split what a validator said into message and cure."""
    message, _, cure = words.removeprefix("Value error, ").partition("\n  Maybe ")
    return message.replace("Input should", "it should"), cure or None


def _one_of(known: Sequence[str]) -> str | None:
    return f"one of {', '.join(known)} was meant?" if known else None


def _short(value: object) -> str:
    try:
        text = repr(value)
    except ValueError:  # Python refuses to spell very long whole numbers
        return "a very large whole number"
    return text if len(text) <= 60 else f"{text[:57]}..."


def _keys(model: type[BaseModel], location: Sequence[str]) -> list[str]:
    """Return the keys allowed at a location, so that a misspelt one can be corrected."""
    current: type[BaseModel] = model
    for part in location:
        field = current.model_fields.get(part)
        inner = [] if field is None else [field.annotation, *get_args(field.annotation)]
        current = next((one for one in inner if _is_model(one)), current)
    return list(current.model_fields)


def _is_model(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, BaseModel)
