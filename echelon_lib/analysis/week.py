"""The master schedule as people look at it on a page: rows, columns and a short text for each section."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from echelon_lib.analysis.grid import NOWHERE, By, grid_cells, grid_periods, grid_rows
from echelon_lib.analysis.shares import percent
from echelon_lib.analysis.utilisation import TARGET
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable

WeekBy = By | Literal["period"]
WEEK_BY: tuple[WeekBy, ...] = ("teacher", "period", "department", "course")

UNKNOWN, OVER = 0, 6
_STEPS = (25, 50, TARGET, 90)

BANDS: tuple[tuple[str, str], ...] = (
    ("", "number of seats unknown"),
    ("▾", "under 25 % of the seats"),
    ("▾", "25 to 50 %"),
    ("▾", f"50 to {TARGET} %"),
    ("", f"{TARGET} to 90 %"),
    ("", "90 to 100 %"),
    ("▴", "more students than seats"),
)
"""How full a section is, by band: a sign beside the colour, and words."""


@dataclass(frozen=True, slots=True)
class WeekSection:
    """A section as it stands in the grid.

    Parameters
    ----------
    text
        What stands under its name: the course, or the teacher where the course is the row.
    sentence
        Everything about it, in a sentence.
    fill
        Enrolled students and seats, such as ``24/30``.
    band
        Position in ``BANDS``.
    """

    text: str
    sentence: str
    fill: str
    band: int


@dataclass(frozen=True, slots=True)
class WeekRow:
    """A row of the grid.

    Parameters
    ----------
    name
        Whose row it is.
    about
        A short remark beside the name, such as ``5 sections``.
    cells
        Identifiers of the sections by position of the column; empty cells are left out.
    """

    name: str
    about: str
    cells: Mapping[int, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Week:
    """The master schedule as a grid.

    Parameters
    ----------
    by
        What the rows are.
    columns
        Titles of the columns: the periods, or the departments where each row is a period.
    rows
        The rows in order.
    sections
        Every section by its identifier.
    """

    by: WeekBy
    columns: tuple[str, ...]
    rows: tuple[WeekRow, ...]
    sections: Mapping[str, WeekSection]


def band(enrolled: int, seats: int | None) -> int:
    """Return how full a section is, as a position in ``BANDS``."""
    if not seats:
        return OVER if seats == 0 and enrolled else UNKNOWN
    if enrolled > seats:
        return OVER
    return 1 + sum(enrolled * 100 >= step * seats for step in _STEPS)


def week(problem: Problem, timetable: Timetable, by: WeekBy = "teacher") -> Week:
    """Return the week with a row for each teacher, department, course or period.

    Parameters
    ----------
    problem
        The problem.
    timetable
        Any timetable of it.
    by
        What the rows are. With periods as rows the columns are the departments, which answers who is
        teaching now; otherwise they are the periods.

    Notes
    -----
    Sections and rows without a place are kept: see ``analysis.grid.grid``.
    """
    inner: By = "department" if by == "period" else by
    cells = grid_cells(problem, timetable, inner)
    rows, columns = grid_rows(problem, cells, inner), grid_periods(problem, cells)
    found: dict[str, dict[str, list[str]]] = {row: {} for row in rows}
    periods: dict[str, dict[str, None]] = {}
    filled: dict[str, tuple[str, int, int | None]] = {}
    known = (cells[title].tolist() for title in ("Row", "Period", "Section", "Course", "Enrolled"))
    seats = cells["Seats"].astype(object).where(cells["Seats"].notna(), None).tolist()
    for row, period, section, course, enrolled, capacity in zip(*known, seats, strict=True):
        found[row].setdefault(period, []).append(section)
        periods.setdefault(section, {})[period] = None
        filled[section] = (course, enrolled, None if capacity is None else int(capacity))
    if by == "period":
        found = {
            period: {row: found[row][period] for row in rows if period in found[row]} for period in columns
        }
        rows, columns = columns, [row for row in rows if row != NOWHERE] + [NOWHERE] * (NOWHERE in rows)
    at = {column: index for index, column in enumerate(columns)}
    return Week(
        by,
        tuple(columns),
        tuple(
            WeekRow(
                row,
                _about(problem, by, row, [one for cell in found[row].values() for one in cell]),
                {at[column]: tuple(cell) for column, cell in found[row].items()},
            )
            for row in rows
        ),
        {
            section: _section(problem, by, section, *filled[section], periods=list(periods[section]))
            for section in filled
        },
    )


def _section(
    problem: Problem,
    by: WeekBy,
    section: str,
    course: str,
    enrolled: int,
    seats: int | None,
    *,
    periods: list[str],
) -> WeekSection:
    teachers = ", ".join(problem.teachers_of(problem.sections[section]))
    text = {"course": teachers or "no teacher", "teacher": course}.get(by, "")
    where = band(enrolled, seats)
    count = "1 student" if enrolled == 1 else f"{enrolled} students"
    used = count if seats is None else f"{enrolled} of {seats} seats"
    share = f", {percent(enrolled, seats)}" if seats else ""
    remark = f", {BANDS[where][1]}" if where == OVER else ", under the target" if BANDS[where][0] else ""
    return WeekSection(
        text or ", ".join(part for part in (course, teachers) if part),
        f"{section}, {course}, {teachers or 'no teacher'}, {', '.join(periods)}: {used}{share}{remark}.",
        str(enrolled) if seats is None else f"{enrolled}/{seats}",
        where,
    )


def _about(problem: Problem, by: WeekBy, row: str, sections: list[str]) -> str:
    count = len(set(sections))
    parts = ["1 section" if count == 1 else f"{count} sections"]
    if by == "teacher":
        department = next((one.department for one in problem.teachers if one.id == row), "")
        parts = [*([department] if department else []), *parts]
    elif by == "period":
        busy = {teacher for one in sections for teacher in problem.teachers_of(problem.sections[one])}
        if problem.teachers:
            parts.append(f"{len(busy)} of {len(problem.teachers)} teachers teach")
    return ", ".join(parts)
