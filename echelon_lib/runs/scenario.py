"""What a run is told: which school, which rules, which solver, how long."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationError,
    field_validator,
    model_validator,
)

from echelon_lib.advice.actions import Action
from echelon_lib.advice.settings import ClaudeSettings
from echelon_lib.domain.errors import DataError
from echelon_lib.formats.object_store import is_address
from echelon_lib.formats.wording import shown
from echelon_lib.runs.term_dates import MOST_WEEKS, USUAL_WEEKS
from echelon_lib.search.university.stages import Stages
from echelon_lib.stop import AnyOf, MaxIterations, MaxRuntime, Stop
from echelon_lib.strict_toml import issues_of, read_toml

MOST_SEED = 2_000_000_000
MOST_ITERATIONS = 100
MOST_MOVES = 10_000_000
"""Most iterations of one search."""
MOST_WORKERS = 256
"""Most processes that a run starts on this machine."""
_SCHEDULER = re.compile(r"(tcp|tls|ws|wss)://[^\s/]+:\d{1,5}")

Seconds = Annotated[float, Field(gt=0, le=10_000_000, strict=True, allow_inf_nan=False)]
Seed = Annotated[int, Field(ge=0, le=MOST_SEED, strict=True)]


Handout: TypeAlias = Literal["faculty", "rooms", "students", "workbook"]
"""Calendars of the faculty, rooms or students, or a workbook."""


def _place(value: object) -> Path | str:
    if isinstance(value, Path):
        return value
    if not isinstance(value, str):
        raise ValueError("it should be a path or an address")
    return value.strip() if is_address(value) else Path(value)


Place = Annotated[Path | str, PlainValidator(_place)]
"""A path on disk, or the text of an address in an object store, which no ``Path`` would leave as it is."""


class Scenario(BaseModel):
    """The inputs of a run.

    Parameters
    ----------
    folder
        Folder with the files of the school or university, or its address (``s3://bucket/prefix``).
    rules
        TOML file with its rules, or its address; None for the defaults of ``SchoolRules``.
    kind
        ``milp``: search with proof; ``greedy``: one quick timetable without looking back; ``hybrid``: search,
        have an adviser look at how full the sections are, change them, and search again. ``milp_soft`` is
        another word for ``milp``, which prices what cannot be met.
    variant
        Name of the prices with which a university is timetabled, such as ``Faculty-focused``; blank for those
        of its rules.
    solver
        ``auto``, ``gurobi``, ``highs`` or ``greedy``; of a university ``auto`` or ``greedy``.
    stages
        What does each stage of the search for a university, such as ``{"feasibility": "cpsat"}``.
    seconds
        Time that each search may take.
    iterations
        Iterations that each search may make, which takes the place of ``seconds``: ten thousand moves of each
        search side by side, or a node of an exact model. The same seed gives the same answer then, whatever
        the machine does meanwhile. None to go by the seconds.
    seed
        Seed of the random decisions.
    cores
        Processors that the search of a university may use, at most; None for all of them.
    accept_headers
        Take column titles that nearly fit for the ones they resemble.
    name
        Name of the run, for people.
    start
        Folder of an earlier run to continue from, finished or not; None to begin anew.
    locks
        File of what a person wants to stay, with the columns of the school's ``Locks.csv``, or its address;
        it comes on top of that one. None for the locks of the run to continue from.
    departments
        Departments of a university whose courses alone are timetabled anew; all other meetings stay exactly
        where the run to continue from has them. Empty for all departments.
    workers
        Processes of dask.distributed on this machine that do the rounds of a university's search, in place of
        threads.
    dask
        Address of a scheduler of dask.distributed whose workers do that, such as ``tcp://10.0.0.7:8786``.
    handouts
        What the run folder holds beside its tables: the calendars of ``faculty``, ``rooms`` and ``students``
        of a university, and a ``workbook``. None for what is usual: nothing of a school; all but those of
        students of a university with no more than 5,000 sessions.
    first_day, weeks
        First day of teaching, None for the next Monday, and weeks of teaching, for calendars. Either asks for
        calendars whatever the number of sessions.
    actions
        Changes of sections that are applied to the files before anything is solved.
    advice
        Who proposes changes in a hybrid run: ``rules``, ``claude``, or ``random`` for comparison; ``none``
        otherwise. A hybrid run that names nobody asks the rules.
    max_iterations
        Searches of a hybrid run, at most: the first and one for each round of advice.
    total_seconds
        Time that all searches of a hybrid run may take together; None for as much as each of them may.
    claude
        Model, budget and switches of Claude; nothing is sent unless ``send`` is true.

    Raises
    ------
    DataError
        With everything that does not fit at once.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: Place
    rules: Place | None = None
    kind: Literal["milp", "hybrid", "greedy"] = "milp"
    variant: Annotated[str, Field(max_length=200, strict=True)] = ""
    solver: Literal["auto", "exact", "gurobi", "highs", "greedy"] = "auto"
    stages: Stages = Stages()
    seconds: Seconds = 60.0
    iterations: Annotated[int, Field(ge=1, le=MOST_MOVES, strict=True)] | None = None
    seed: Seed = 0
    cores: Annotated[int, Field(ge=1, le=1024, strict=True)] | None = None
    accept_headers: Annotated[bool, Field(strict=True)] = False
    name: Annotated[str, Field(max_length=200, strict=True)] = ""
    start: Path | None = None
    locks: Place | None = None
    departments: tuple[Annotated[str, Field(min_length=1, max_length=200, strict=True)], ...] = ()
    workers: Annotated[int, Field(ge=1, le=MOST_WORKERS, strict=True)] | None = None
    dask: Annotated[str, Field(max_length=500, strict=True)] = ""
    handouts: tuple[Handout, ...] | None = None
    first_day: date | None = None
    weeks: Annotated[int, Field(ge=1, le=MOST_WEEKS, strict=True)] = USUAL_WEEKS
    actions: tuple[Action, ...] = ()
    advice: Literal["none", "rules", "random", "claude"] = "none"
    max_iterations: Annotated[int, Field(ge=1, le=MOST_ITERATIONS, strict=True)] = 3
    total_seconds: Seconds | None = None
    claude: ClaudeSettings = ClaudeSettings()

    if not TYPE_CHECKING:  # the type checker keeps to the fields

        def __init__(self, /, **data: Any) -> None:
            try:
                super().__init__(**data)
            except ValidationError as error:
                raise DataError(issues_of(type(self), error, "scenario")) from None

    @field_validator("folder", mode="before")
    @classmethod
    def _is_named(cls, value: object) -> object:
        if isinstance(value, str) and not value.strip():
            raise ValueError("no folder is named\n  Maybe give the folder that holds the six files?")
        return value

    @field_validator("rules", "start", "locks", "first_day", mode="before")
    @classmethod
    def _may_be_empty(cls, value: object) -> object:
        return None if isinstance(value, str) and not value.strip() else value

    @field_validator("first_day", mode="before")
    @classmethod
    def _is_a_day(cls, value: object) -> object:
        if isinstance(value, int | float):  # it would be taken for seconds since 1970
            raise ValueError("it should be a day such as 2026-09-07")
        return value

    @field_validator("dask")
    @classmethod
    def _is_scheduler(cls, value: str) -> str:
        address = value.strip()
        if address and not _SCHEDULER.fullmatch(address):
            text = f"{shown(address)} is no address of a scheduler"
            raise ValueError(f"{text}\n  Maybe tcp://10.0.0.7:8786, with the port, was meant?")
        return address

    @model_validator(mode="before")
    @classmethod
    def _in_one_word(cls, data: Any) -> Any:
        """Take the other word for ``milp``, and let kind and adviser follow from one another."""
        if not isinstance(data, Mapping):
            return data
        told = dict(data)
        if told.get("kind") == "milp_soft":
            told["kind"] = "milp"
        if told.get("kind") == "hybrid" and told.get("advice", "none") == "none":
            told["advice"] = "rules"
        elif told.get("kind", "milp") == "milp" and told.get("advice", "none") != "none":
            told["kind"] = "hybrid"
        return told

    @model_validator(mode="after")
    def _goes_together(self) -> Scenario:
        if self.kind == "greedy" and self.advice != "none":
            raise ValueError(
                f"the kind 'greedy' asks no adviser, but {self.advice!r} is named"
                "\n  Maybe the kind 'hybrid' was meant?"
            )
        if self.kind == "greedy" and self.solver not in ("auto", "greedy"):
            raise ValueError(
                f"the kind 'greedy' uses no solver, but {self.solver!r} is asked for"
                "\n  Maybe the kind 'milp' was meant?"
            )
        if self.workers is not None and self.dask:
            raise ValueError("either workers are started here, or those of a scheduler work, not both")
        if self.departments and self.stages.feasibility == "cpsat":
            raise ValueError("CP-SAT begins with all departments anew, but some are to stay")
        return self

    @property
    def longest(self) -> float | None:
        """Seconds that all searches may take together; None where only iterations end them."""
        if self.iterations is not None:
            return self.total_seconds
        every = self.seconds * (self.max_iterations if self.kind == "hybrid" else 1)
        return every if self.total_seconds is None else min(every, self.total_seconds)

    def limit(self, left: float | None) -> Stop:
        """Return what ends one search: its iterations or else its seconds, and what is left for all."""
        own = MaxRuntime(self.seconds) if self.iterations is None else MaxIterations(self.iterations)
        return own if left is None else AnyOf(own, left)

    @property
    def method(self) -> str:
        """The word by which ``solve`` knows the solver."""
        return "greedy" if self.kind == "greedy" else self.solver

    @classmethod
    def from_toml(cls, path: str | Path) -> Scenario:
        """Read a scenario from a TOML file; its relative paths count from the folder of the file.

        Raises
        ------
        DataError
            When the file is missing or is not TOML, a key is unknown or a value does not fit; all at once.
        """
        path = Path(path)
        data = read_toml(path, "the scenario")
        places = [(data, key) for key in ("folder", "rules", "start", "locks")]
        if isinstance(data.get("stages"), dict):
            places.append((data["stages"], "policy"))
        for of, key in places:
            if isinstance(of.get(key), str) and of[key].strip() and not is_address(of[key]):
                of[key] = str(path.parent / Path(of[key]).expanduser())
        return cls.from_mapping(data, source=path.name)

    @classmethod
    def from_mapping(cls, data: Mapping[str, Any], *, source: str = "scenario") -> Scenario:
        """Make a scenario from a mapping; raises DataError like ``from_toml``."""
        try:
            return cls(**data)
        except DataError as error:
            raise DataError(replace(issue, path=source) for issue in error.issues) from None
