"""Two run folders side by side, without the files of the school."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from echelon_lib.analysis.quality import LINES, Line
from echelon_lib.domain.errors import DataError, Issue
from echelon_lib.formats.run_reading import RESULT, TIMETABLE
from echelon_lib.formats.tables import read_table
from echelon_lib.runs.record import Record, as_number, read_outcome

Value: TypeAlias = int | float | str | None

_SCHEDULE = ("Master_Schedule.csv", ("Section ID", "Period"), ("Room",))
_ASSIGNMENTS = ("Student_Assignments.csv", ("Student ID", "Section ID"), ())
_SESSIONS = (TIMETABLE, ("Session", "Day"), ("Start", "Room"))


@dataclass(frozen=True, slots=True)
class Measure:
    """One line of a comparison; a value is None where nothing is known."""

    name: str
    first: Value
    second: Value

    @property
    def change(self) -> int | float | None:
        """The second number minus the first."""
        if isinstance(self.first, int | float) and isinstance(self.second, int | float):
            return self.second - self.first
        return None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs side by side.

    Parameters
    ----------
    names
        Names of the two folders.
    measures
        What each of them reaches.
    sections_moved
        Sections with another period or room; None when one of the runs has no timetable.
    students_moved
        Students with another section.
    notes
        Why some figures do not compare.
    moves
        Each section that moved with where it met before and after, blank where it is not there.
    """

    names: tuple[str, str]
    measures: tuple[Measure, ...]
    sections_moved: int | None
    students_moved: int | None
    notes: tuple[str, ...]
    moves: tuple[tuple[str, str, str], ...] = ()


def compare_runs(first: str | Path, second: str | Path) -> Comparison:
    """Compare two run folders by what they hold.

    Parameters
    ----------
    first, second
        Run folders, or folders with ``Master_Schedule.csv`` and ``Student_Assignments.csv`` from anywhere;
        figures come from ``result.json``, movements from the two tables.

    Raises
    ------
    DataError
        When a folder is no run folder or a file of it cannot be read; all issues at once.
    """
    issues: list[Issue] = []
    runs = [_read(Path(folder), issues) for folder in (first, second)]
    if issues:
        raise DataError(issues)
    one, other = runs
    measures = [Measure(name, value, other.figures.get(name)) for name, value in one.figures.items()]
    measures += [Measure(n, None, value) for n, value in other.figures.items() if n not in one.figures]
    known = [measure for measure in measures if (measure.first, measure.second) != (None, None)]
    return Comparison(
        names=(one.name, other.name),
        measures=tuple(known),
        sections_moved=_moved(one.placed, other.placed),
        students_moved=_moved(one.enrolled, other.enrolled),
        notes=tuple(_notes(one, other)),
        moves=tuple(_moves(one.placed, other.placed)),
    )


@dataclass(frozen=True, slots=True)
class _Run:
    name: str
    record: Record | None
    figures: Mapping[str, Value]
    placed: Mapping[str, frozenset[str]] | None
    enrolled: Mapping[str, frozenset[str]] | None


def _read(folder: Path, issues: list[Issue]) -> _Run:
    name = folder.resolve().name or str(folder)
    empty = _Run(name, None, {}, None, None)
    if not folder.is_dir():
        cure = "another name was meant, or the run failed to start?"
        issues.append(Issue(f"The run folder {str(folder)!r} does not exist.", cure=cure))
        return empty
    try:
        record = read_outcome(folder)
    except DataError as error:
        issues.extend(error.issues)
        return empty
    has_tables = any((folder / table[0]).exists() for table in (_SCHEDULE, _ASSIGNMENTS))
    if record is None and not has_tables and not (folder / TIMETABLE).exists():
        still = (folder / "progress.json").exists()
        cure = "the run is not finished, or has failed?" if still else "a folder inside it was meant?"
        issues.append(Issue(f"{str(folder)!r} holds no finished run.", cure=cure))
        return empty
    placed: Mapping[str, frozenset[str]] | None = None
    enrolled: Mapping[str, frozenset[str]] | None = None
    if (folder / TIMETABLE).exists() and not has_tables:
        placed, enrolled = _table(folder, _SESSIONS, issues), {}
    elif has_tables:
        placed = _table(folder, _SCHEDULE, issues)
        enrolled = _table(folder, _ASSIGNMENTS, issues)
    return _Run(name, record, {} if record is None else figures_of(record), placed, enrolled)


def _table(
    folder: Path, table: tuple[str, tuple[str, str], tuple[str, ...]], issues: list[Issue]
) -> Mapping[str, frozenset[str]]:
    """Return what stands beside each identifier of the first column."""
    name, (key, value), optional = table
    read = read_table(folder / name, required=(key, value), optional=optional)
    issues.extend(read.issues)
    found: dict[str, set[str]] = {}
    if not read.issues:
        for row in read.rows:
            room = " ".join(filter(None, (row.get(column) for column in optional)))
            found.setdefault(row[key], set()).add(f"{row[value]}\n{room}" if room else row[value])
    return {id: frozenset(values) for id, values in found.items()}


def figures_of(record: Record) -> dict[str, Value]:
    """Return what a run reaches, line by line; a value is None where nothing is known."""
    broken = record.required
    if record.text("institution") == "university":
        return _university_figures(record)
    figures: dict[str, Value] = {
        "Status": record.text("status"),
        "Requests": record.number("requests"),
        "Requests met": record.number("met"),
        "Requests filled": record.number("filled"),
        "Students": record.number("students"),
        "Students complete": record.number("complete"),
        "Required rules broken": None if broken is None else sum(broken.values()),
    }
    numbers = record.data.get("summary")
    if isinstance(numbers, dict):
        for title, key in (("Seats used", "enrolled"), ("Sections below 75 %", "below_target")):
            figures[title] = as_number(numbers.get(key))
    return figures | _costs(record)


def _university_figures(record: Record) -> dict[str, Value]:
    broken, numbers = record.required, record.data.get("summary")
    figures: dict[str, Value] = {
        "Status": record.text("status"),
        "Required rules broken": None if broken is None else sum(broken.values()),
    }
    if isinstance(numbers, dict):
        figures["Sessions"] = as_number(numbers.get("meetings"))
        figures["Sessions placed"] = as_number(numbers.get("meetings_placed"))
        given = numbers.get("quality")
        measured = given if isinstance(given, dict) else {}
        for name, line in LINES.items() if measured else ():
            value = as_number(measured.get(name))
            figures[titled(line)] = None if value is None else round(value, 2)
    return figures | _costs(record)


def titled(line: Line) -> str:
    """Return what a measure of quality is called in a comparison."""
    return f"{line.title}, {line.unit}"


def _costs(record: Record) -> dict[str, Value]:
    figures: dict[str, Value] = {}
    for number, level in enumerate(record.levels, start=1):
        for title, key in ((f"Cost of level {number}", "cost"), (f"Bound of level {number}", "bound")):
            figures[title] = as_number(level.get(key))
    for name, cost in (record.terms or {}).items():
        figures[f"Cost of {name}"] = cost
    seconds = record.number("seconds")
    figures["Seconds"] = None if seconds is None else round(seconds, 1)
    figures["Solver"] = record.text("solver")
    return figures


def _moved(
    first: Mapping[str, frozenset[str]] | None, second: Mapping[str, frozenset[str]] | None
) -> int | None:
    if first is None or second is None:
        return None
    return sum(first.get(id) != second.get(id) for id in first.keys() | second.keys())


def _moves(
    first: Mapping[str, frozenset[str]] | None, second: Mapping[str, frozenset[str]] | None
) -> Iterator[tuple[str, str, str]]:
    if first is None or second is None:
        return
    for id in dict.fromkeys((*first, *second)):
        before, after = (one.get(id, frozenset[str]()) for one in (first, second))
        if before != after:
            yield id, _places(before), _places(after)


def _places(where: frozenset[str]) -> str:
    return ", ".join(sorted(where)).replace("\n", " ")


def changed_files(first: Record, second: Record) -> list[str]:
    """Return the names of the school's files that are not the same in two runs; rules count apart."""
    before, after = first.texts("inputs"), second.texts("inputs")
    names = dict.fromkeys((*before, *after))
    return [name for name in names if before.get(name) != after.get(name) and not name.endswith(".toml")]


def changed_rules(first: Record, second: Record) -> bool:
    """Return whether two runs had different rules; what the school is called is none of them."""
    return _decided(first) != _decided(second)


def other_rules(record: Record, now: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of the rules of a run that are others now, as far as it knew them."""
    before = _decided(record)
    if not isinstance(before, dict):
        return ()
    then = _each(before)
    return tuple(name for name, rule in _each(now).items() if name in then and then[name] != rule)


def _decided(record: Record) -> object:
    rules = record.data.get("rules")
    return {key: value for key, value in rules.items() if key != "name"} if isinstance(rules, dict) else rules


def _each(rules: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return rules by name, how strict each is by its own."""
    kinds = rules.get("kinds")
    strict = {f"kinds.{name}": kind for name, kind in kinds.items()} if isinstance(kinds, dict) else {}
    return {**{name: rule for name, rule in rules.items() if name != "kinds"}, **strict}


def _notes(one: _Run, other: _Run) -> list[str]:
    first, second = one.record, other.record
    if first is None or second is None:
        without = dict.fromkeys(run.name for run in (one, other) if run.record is None)
        return [
            f"{name} has no {RESULT}, so its figures are unknown; "
            "'echelon evaluate' with the school's folder finds them from the timetable."
            for name in without
        ]
    notes = []
    changed = changed_files(first, second)
    if changed:
        notes.append(f"The runs had different files: {', '.join(changed)}.")
    if changed_rules(first, second):
        notes.append("The runs had different rules, so their costs do not compare.")
    return notes
