"""What a run says of itself: ``result.json``, read back with care, since anybody may have written it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from echelon_lib.formats.run_reading import RESULT, read_result
from echelon_lib.runs.exit_codes import code_of
from echelon_lib.runs.institution import Institution, Rules, rules_from
from echelon_lib.solvers.result import Status

_LARGEST = 1e300


@dataclass(frozen=True, slots=True)
class Reached:
    """What a timetable reaches, where its evaluation is not at hand.

    Parameters
    ----------
    requests, met, filled
        Requests, those served with their primary course, and those served with any of their courses.
    students, complete
        Students who ask for anything, and those all of whose requests are filled.
    feasible
        Whether every required rule is kept.
    """

    requests: int
    met: int
    filled: int
    students: int
    complete: int
    feasible: bool


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
    def institution(self) -> Institution:
        """Whose timetable it is; a school's, where the run does not say."""
        return "university" if self.text("institution") == "university" else "school"

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

    @property
    def exit_code(self) -> int:
        """The code with which a command ends that made this run."""
        return code_of(
            mismatch=bool(self.data.get("mismatches")),
            feasible=self.data.get("feasible") is True,
            cancelled=self.text("status") == Status.CANCELLED.value,
        )

    def reached(self) -> Reached | None:
        """Return what the run's timetable reaches; None without one, or where the run does not say."""
        return self._reached(self.data)

    def greedy(self) -> Reached | None:
        """Return what the greedy timetable of the same problem reaches; None where the run does not say."""
        value = self.data.get("greedy")
        return self._reached(value) if isinstance(value, dict) else None

    def _reached(self, said: Mapping[str, Any]) -> Reached | None:
        """Return what is said of a timetable of this run's problem, if all of it is."""
        requests, students = as_count(self.data.get("requests")), as_count(self.data.get("students"))
        met, filled, complete = (as_count(said.get(name)) for name in ("met", "filled", "complete"))
        feasible = said.get("feasible")
        if requests is None or students is None or met is None or filled is None or complete is None:
            return None
        return (
            Reached(requests, met, filled, students, complete, feasible)
            if isinstance(feasible, bool)
            else None
        )

    def rules(self, institution: Institution = "school") -> Rules | None:
        """Return the rules with which the run of a school or university was made; None when it does not say.

        Raises
        ------
        DataError
            When they are no rules.
        """
        value = self.data.get("rules")
        return rules_from(institution, value, source=RESULT) if isinstance(value, dict) else None


def read_outcome(folder: str | Path) -> Record | None:
    """Return what a run folder says of its run; None when it says nothing.

    Raises
    ------
    DataError
        When ``result.json`` is there and cannot be read.
    """
    data = read_result(folder)
    return None if data is None else Record(Path(folder), data)


def as_number(value: object) -> int | float | None:
    """Return the value if it is a number; a truth value is none, nor is what Python's JSON calls NaN."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return value if -_LARGEST < value < _LARGEST else None


def as_count(value: object) -> int | None:
    """Return the value if it is a whole number of things."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
