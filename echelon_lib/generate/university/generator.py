"""Made-up universities of any number of departments, with the timetable by which they were made.

The same arguments give the same university on every machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from echelon_lib.formats.table_folder import write_tables
from echelon_lib.formats.university_records import PLANTED_TIMETABLE, UniversityFiles
from echelon_lib.formats.university_writing import university_tables
from echelon_lib.generate.university.draws import Dice, Ints
from echelon_lib.generate.university.files import files_of
from echelon_lib.generate.university.plan import Plan, draw_plan
from echelon_lib.generate.university.planted import PlantedSession, planted_rows, planted_sessions
from echelon_lib.generate.university.planting import Planting
from echelon_lib.generate.university.reference import FEWEST_DEPARTMENTS, MOST_DEPARTMENTS, reference_size
from echelon_lib.generate.university.rooms import Rooms, draw_rooms
from echelon_lib.generate.university.staff import staff_sections

__all__ = ["GeneratedUniversity", "PlantedSession", "generate_university"]

_USES = (78, 82, 86, 90, 95)
"""Planned use of rooms in per cent: more, until the planted week needs no more of them than there may be."""
_LIGHTEST, _TRIES = 15, 3
"""Hours that are taken from the heaviest years at most, and how often each plan is tried."""


@dataclass(frozen=True, slots=True)
class GeneratedUniversity:
    """A made-up university.

    Parameters
    ----------
    files
        What its folder holds.
    planted
        A time, a room and a faculty member for every session, by which all required rules are kept.
    """

    files: UniversityFiles
    planted: tuple[PlantedSession, ...]

    def write(self, folder: str | Path, *, planted: bool = False) -> None:
        """Write the files, and the planted timetable if wanted, into a new or empty folder: all or none.

        Raises
        ------
        DataError
            The folder holds something already, is a file, or cannot be written to.
        """
        tables = dict(university_tables(self.files))
        if planted:
            tables[PLANTED_TIMETABLE] = planted_rows(self.files, self.planted)
        write_tables(folder, tables)


def generate_university(
    departments: int = 127, *, seed: int = 0, chosen_faculty: int = 0
) -> GeneratedUniversity:
    """Invent a university that has a timetable and little room to spare.

    Programmes have cohorts that hear their core courses together, courses for other programmes of the school,
    department electives and open electives across the whole university; a lab is held in batches of at most
    30. The figures come near those of ``reference.REFERENCE``.

    Parameters
    ----------
    departments
        From 1 to 1,000.
    seed
        Seed of the draw.
    chosen_faculty
        Per cent of the sections, labs included, whose faculty is left to be chosen.

    Raises
    ------
    ValueError
        An argument is out of its range; the message names all of them.
    """
    _check(departments, seed, chosen_faculty)
    plan, start, rooms = _planted_week(departments, seed)
    dice = Dice(seed, departments, _LIGHTEST)
    staff, teacher_of = staff_sections(dice, plan, start)
    left_open = dice.uniform(len(teacher_of)) * 100 < chosen_faculty
    files = files_of(dice, plan, rooms, staff, teacher_of, left_open.tolist())
    return GeneratedUniversity(files, planted_sessions(files, plan, start, rooms, teacher_of))


def _planted_week(departments: int, seed: int) -> tuple[Plan, Ints, Rooms]:
    """Return a plan with a start and a room for each session.

    A week that cannot be filled is drawn again; from time to time with lighter years, of which one fits.
    """
    size = reference_size(departments)
    for lighter in range(_LIGHTEST):
        plan = draw_plan(seed, departments, size, lighter)
        for attempt in range(_TRIES):
            best: tuple[Ints, Rooms] | None = None
            for use in _USES:
                dice = Dice(seed, departments, lighter, attempt, use)
                planting = Planting(dice, plan, use / 100)
                if not planting.fill():
                    break
                rooms = draw_rooms(
                    dice, plan.teaching, planting.start, departments=departments, at_least=size.rooms
                )
                if best is None or len(rooms) < len(best[1]):
                    best = planting.start, rooms
                if len(rooms) <= size.rooms:
                    break
            if best is not None:
                return plan, *best
    raise RuntimeError(f"no week could be planted for seed {seed} and {departments} departments")


def _check(departments: object, seed: object, chosen_faculty: object) -> None:
    wanted: Sequence[tuple[str, object, int, int | None]] = (
        ("departments", departments, FEWEST_DEPARTMENTS, MOST_DEPARTMENTS),
        ("seed", seed, 0, None),
        ("chosen_faculty", chosen_faculty, 0, 100),
    )
    wrong = []
    for name, value, least, most in wanted:
        whole = isinstance(value, int) and not isinstance(value, bool)
        if not whole or value < least or (most is not None and value > most):  # type: ignore[operator]
            until = "on" if most is None else f"to {most:,}"
            wrong.append(f"{name} is {value!r}; it must be a whole number from {least} {until}.")
    if wrong:
        raise ValueError("\n".join(wrong))
