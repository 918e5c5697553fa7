"""What is being entered in a form for settings: it need not fit, while what fitted last is kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel

from echelon_lib.domain.errors import DataError, Issue
from echelon_lib.strict_toml import validated

Path = tuple[str, ...]


class Draft:
    """Settings that are being changed.

    Parameters
    ----------
    model
        What the settings have to be.

    Attributes
    ----------
    value
        The settings that fitted last, as JSON and as far as they differ from the defaults.
    issues
        What is wrong with what was entered since.
    """

    def __init__(self, model: type[BaseModel]) -> None:
        self._model = model
        self._defaults = complete(model())
        self._unreadable: dict[Path, str] = {}
        self.value: dict[str, Any] = {}
        self.issues: tuple[Issue, ...] = ()
        self._entered = complete(model())

    def fitting(self, value: Mapping[str, Any]) -> dict[str, Any]:
        """Return settings in the form of ``value``; raises DataError where they do not fit."""
        return different(validated(self._model, value, "rules"))

    def fill(self, value: Mapping[str, Any]) -> None:
        """Begin again with settings that fit; raises DataError otherwise, and nothing changes."""
        settings = validated(self._model, value, "rules")
        self.value, self._entered = different(settings), complete(settings)
        self._unreadable, self.issues = {}, ()

    def at(self, path: Path) -> Any:
        """Return what is entered at a path, None where there is nothing."""
        return _at(self._entered, path)

    def put(self, path: Path, entry: Any) -> None:
        """Enter something."""
        _at(self._entered, path[:-1])[path[-1]] = entry
        self._unreadable.pop(path, None)
        self._judge()

    def refuse(self, path: Path, trouble: str) -> None:
        """Note that what was typed at a path cannot be taken for anything; blank when it can again."""
        self._unreadable.pop(path, None)
        if trouble:
            self._unreadable[path] = trouble
        self._judge()

    def remove(self, path: Path) -> None:
        """Remove what is entered at a path, with everything below."""
        _at(self._entered, path[:-1]).pop(path[-1], None)
        self._unreadable = {key: text for key, text in self._unreadable.items() if key[: len(path)] != path}
        self._judge()

    def differing(self, paths: Iterable[Path]) -> int:
        """Return at how many paths something else than the default is entered."""
        return sum(self.at(path) != _at(self._defaults, path) for path in paths)

    def troubles(self, path: Path) -> list[str]:
        """Return what is wrong at a path or below it, in words."""
        key = ".".join(path)
        here = [one for one in self.issues if f"{one.column}.".startswith(f"{key}.")]
        return [f"{one.message}. Maybe {one.cure}" if one.cure else f"{one.message}." for one in here]

    def _judge(self) -> None:
        issues = [Issue(text, "rules", column=".".join(path)) for path, text in self._unreadable.items()]
        try:
            settings = validated(self._model, self._entered, "rules")
        except DataError as error:
            issues += error.issues
        else:
            if not issues:
                self.value = different(settings)
        self.issues = tuple(issues)


def complete(settings: BaseModel) -> dict[str, Any]:
    """Return all settings as JSON."""
    return settings.model_dump(mode="json")


def different(settings: BaseModel) -> dict[str, Any]:
    """Return the settings that differ from their defaults as JSON."""
    return settings.model_dump(mode="json", exclude_defaults=True)


def _at(data: Any, path: Path) -> Any:
    for key in path:
        data = data.get(key) if isinstance(data, dict) else None
    return data
