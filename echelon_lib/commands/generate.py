"""``echelon generate``: schools and universities that nobody goes to."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from echelon_lib.commands.errors import DONE, guarded
from echelon_lib.commands.screen import Screen
from echelon_lib.domain.errors import DataError, Issue

generate = typer.Typer(help="Invent data to try things out with.", no_args_is_help=True)
_REQUEST_LISTS, _PERIODS = 60, 8
SHARES = ("share", "use", "density", "requests on singletons")
"""How the names of statistics end that are shares."""


@generate.command()
@guarded
def school(
    students: Annotated[int, typer.Option(help="Students, from 10 to 10,000; from 50 in a family.")] = 480,
    seed: Annotated[int, typer.Option(help="Seed: the same one gives the same school.")] = 0,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder, new or empty.", show_default="school-<students>-<seed>"),
    ] = None,
    family: Annotated[
        str | None,
        typer.Option(
            help="realistic, hard, cohort or tight: everyone has a list of their own, and rules are written.",
            show_default="lists that many students share",
        ),
    ] = None,
    request_lists: Annotated[
        int | None,
        typer.Option(
            help="Different request lists; 0: nearly everyone has a list of their own.",
            show_default=f"{_REQUEST_LISTS}; with a family nearly everyone's own",
        ),
    ] = None,
    periods: Annotated[
        int | None,
        typer.Option(help="Periods: 6, 7 or 8.", show_default=f"{_PERIODS}; 7 in the family cohort"),
    ] = None,
    days: Annotated[
        int | None,
        typer.Option(
            help="With a family: 1 day, or 2 that alternate.",
            show_default="2 for 8 periods, but 1 in the family cohort",
        ),
    ] = None,
    planted: Annotated[
        bool,
        typer.Option("--planted", help="With a family: one in which all requests can be met, and how."),
    ] = False,
    alternates: Annotated[
        float | None,
        typer.Option(
            help="With a family: share, from 0 to 1, of the elective requests that name an alternate.",
            show_default="0",
        ),
    ] = None,
    surplus: Annotated[int, typer.Option(help="Sections beyond what the requests need.")] = 0,
    missing: Annotated[int, typer.Option(help="Sections taken away that the requests need.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> int:
    """Invent a high school in the files that a real one hands in."""
    from echelon_lib.generate.families.files import PLANTED, RULES
    from echelon_lib.generate.family import generate_family, school_statistics
    from echelon_lib.generate.school import generate_school, write_school

    of_lists = {"request_lists": request_lists, "surplus": surplus or None, "missing": missing or None}
    of_families = {"days": days, "planted": planted or None, "alternates": alternates}
    _fit_together(family, of_lists, of_families)
    folder = out if out is not None else Path("-".join(map(str, (family or "school", students, seed))))
    statistics: dict[str, int | float]
    following = f"echelon check {folder}"
    try:
        if family is not None:
            made = generate_family(
                family,
                students=students,
                seed=seed,
                periods=periods,
                days=days,
                planted=planted,
                alternates=alternates or 0,
            )
            made.write(folder)
            statistics = school_statistics(made.school)
            following += f" --rules {folder / RULES}"
            if planted:
                following = f"echelon evaluate {folder} {folder / PLANTED} --rules {folder / RULES}"
        else:
            tables = generate_school(
                students=students,
                seed=seed,
                request_lists=(_REQUEST_LISTS if request_lists is None else request_lists) or None,
                periods=_PERIODS if periods is None else periods,
                surplus=surplus,
                missing=missing,
            )
            write_school(tables, folder)
            statistics = tables.statistics()
    except ValueError as error:
        raise DataError([Issue(line, "options") for line in str(error).splitlines()]) from None
    screen = Screen(as_json=as_json)
    screen.table(("", "Number"), _rows(statistics))
    screen.say(f"Written to {folder}; next: {following}")
    screen.document({"exit_code": DONE, "folder": str(folder), **statistics})
    return DONE


@generate.command()
@guarded
def university(
    departments: Annotated[int, typer.Option(help="Departments, from 1 to 1,000.")] = 127,
    seed: Annotated[int, typer.Option(help="Seed: the same one gives the same university.")] = 0,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder, new or empty.", show_default="university-<departments>-<seed>"),
    ] = None,
    planted: Annotated[
        bool,
        typer.Option("--planted", help="Write the timetable as well by which the university was made."),
    ] = False,
    chosen_faculty: Annotated[
        int, typer.Option(help="Per cent of the sections whose faculty is left to be chosen.")
    ] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> int:
    """Invent a university for which there is a timetable without a clash."""
    from echelon_lib.generate.university.generator import generate_university
    from echelon_lib.generate.university.statistics import university_statistics

    folder = out if out is not None else Path(f"university-{departments}-{seed}")
    try:
        made = generate_university(departments, seed=seed, chosen_faculty=chosen_faculty)
    except ValueError as error:
        raise DataError([Issue(line, "options") for line in str(error).splitlines()]) from None
    made.write(folder, planted=planted)
    statistics = university_statistics(made.files)
    screen = Screen(as_json=as_json)
    screen.table(("", "Number"), _rows(statistics))
    following = f"echelon evaluate {folder} {folder / 'planted'}" if planted else f"echelon solve {folder}"
    screen.say(f"Written to {folder}; next: {following}")
    screen.document({"exit_code": DONE, "folder": str(folder), **statistics})
    return DONE


def _fit_together(
    family: str | None, of_lists: dict[str, int | None], of_families: dict[str, int | float | None]
) -> None:
    """Refuse options that the chosen kind of school does not have."""
    given = [
        name for name, value in (of_families if family is None else of_lists).items() if value is not None
    ]
    cure = "name a family, such as --family realistic?" if family is None else "leave out the family?"
    where = "a school without a family" if family is None else f"a school of the family {family}"
    issues = [
        Issue(f"--{name.replace('_', '-')} has no meaning for {where}.", "options", cure=cure)
        for name in given
    ]
    if issues:
        raise DataError(issues)


def _rows(statistics: Mapping[str, int | float]) -> list[tuple[str, int | float]]:
    """Return statistics as rows, shares in per cent."""
    return [
        (f"{name}, %", round(100 * value, 1)) if name.endswith(SHARES) else (name, value)
        for name, value in ((name.replace("_", " "), value) for name, value in statistics.items())
    ]
