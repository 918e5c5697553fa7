"""What a run says of itself: ``result.json``, read back with care, since anybody may have written it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from echelon_lib.domain.errors import DataError, Issue
from echelon_lib.formats.run_folder import RESULT
from echelon_lib.school_rules import SchoolRules

LARGEST_RECORD = 100_000_000
"""Bytes of a ``result.json``; a larger one is something else."""


@dataclass(frozen=True)
class Record:
    """What ``result.json`` of a run folder says; an entry that is missing or odd counts as unknown.

    Parameters
    ----------
    folder
        The run folder.
    data
        The whole file.
    """

    folder: Path
    data: Mapping[str, Any] = field(repr=False)

    def number(self, key: str) -> int | float | None:
        """Return a number, or None."""
        return as_number(self.data.get(key))

    def text(self, key: str) -> str | None:
        """Return a text, or None."""
        value = self.data.get(key)
        return value if isinstance(value, str) else None

    def texts(self, key: str) -> Mapping[str, str]:
        """Return an object whose values are texts, such as the hashes of the inputs."""
        value = self.data.get(key)
        if not isinstance(value, dict):
            return {}
        return {name: one for name, one in value.items() if isinstance(one, str)}

    @property
    def parameters(self) -> Mapping[str, Any]:
        """What the run was told."""
        value = self.data.get("parameters")
        return value if isinstance(value, dict) else {}

    @property
    def terms(self) -> Mapping[str, int | float] | None:
        """Cost of each priced rule; None when the run speaks of none."""
        value = self.data.get("terms")
        if not isinstance(value, dict):
            return None
        costs = {name: as_number(one.get("cost")) for name, one in value.items() if isinstance(one, dict)}
        return {name: cost for name, cost in costs.items() if cost is not None}

    @property
    def required(self) -> Mapping[str, int | float] | None:
        """Amount by which each required rule is broken; None when the run does not say."""
        value = self.data.get("required")
        if not isinstance(value, dict):
            return None
        return {name: one for name, given in value.items() if (one := as_number(given)) is not None}

    @property
    def levels(self) -> tuple[Mapping[str, Any], ...]:
        """Cost, bound and gap of each level."""
        value = self.data.get("levels")
        return tuple(one for one in value if isinstance(one, dict)) if isinstance(value, list) else ()

    def rules(self) -> SchoolRules | None:
        """Return the rules with which the run was made; None when it does not say.

        Raises
        ------
        DataError
            When they are no rules.
        """
        value = self.data.get("rules")
        return SchoolRules.from_mapping(value, source=RESULT) if isinstance(value, dict) else None


def read_outcome(folder: str | Path) -> Record | None:
    """Return what a run folder says of its run; None when it says nothing.

    Raises
    ------
    DataError
        When ``result.json`` is there and cannot be read.
    """
    path = Path(folder) / RESULT
    try:
        if not path.exists():
            return None
        if not path.is_file() or path.stat().st_size > LARGEST_RECORD:
            raise _refused("is not the file of a run")
        data = json.loads(path.read_bytes())
    except OSError as error:
        raise _refused(f"cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise _refused("is not JSON") from None
    if not isinstance(data, dict):
        raise _refused("does not hold an object")
    return Record(Path(folder), data)


def _refused(what: str) -> DataError:
    cure = "it was damaged; take it away to have the timetable scored without it?"
    return DataError([Issue(f"{RESULT} {what}", RESULT, cure=cure)])


def as_number(value: object) -> int | float | None:
    """Return the value if it is a number; a truth value is none."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None
