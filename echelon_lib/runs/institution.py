"""Whose timetable it is: the files of a school or of a university become rules and a problem.

Everything that a run does with them is the same from there on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from echelon_lib.domain.errors import DataError, Issue
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.uncollected import uncollected
from echelon_lib.formats import school_records, university_records
from echelon_lib.formats.school_csv import SchoolFiles, read_school_files
from echelon_lib.formats.school_folder import school_name
from echelon_lib.formats.university_csv import UniversityFiles, is_university, read_university_files
from echelon_lib.school_rules import SchoolRules
from echelon_lib.schools import school_problem
from echelon_lib.university import university_problem
from echelon_lib.university_rules import UniversityRules

Institution: TypeAlias = Literal["school", "university"]
Rules: TypeAlias = SchoolRules | UniversityRules
Files: TypeAlias = SchoolFiles | UniversityFiles

_RULES: Mapping[Institution, type[SchoolRules] | type[UniversityRules]] = {
    "school": SchoolRules,
    "university": UniversityRules,
}


FILES: Mapping[Institution, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "school": (tuple(school_records.COLUMNS), school_records.MAY_BE_ABSENT, school_records.NOT_USED_YET),
    "university": (tuple(university_records.COLUMNS), university_records.MAY_BE_ABSENT, ()),
}
"""Names of the files that decide something, of those among them that may be absent, and of others that are
known."""


@dataclass(frozen=True, slots=True)
class Read:
    """What was read of an institution: its files, its rules and the problem they make."""

    files: Files
    rules: Rules
    problem: Problem


def institution_of(folder: str | Path) -> Institution:
    """Return what a folder or an address holds the files of; a school, where nothing says otherwise."""
    return "university" if is_university(folder) else "school"


def institution_of_rules(rules: Rules) -> Institution:
    """Return what rules are of."""
    return "university" if isinstance(rules, UniversityRules) else "school"


def rules_at(institution: Institution, place: str | Path | None, variant: str = "") -> Rules:
    """Return the rules that a TOML file holds, or the defaults without one.

    Parameters
    ----------
    institution
        What the rules are of.
    place
        The file or its address.
    variant
        Name of the prices to take in place of its own; a university has variants.

    Raises
    ------
    DataError
        When the file cannot be used, or there is no such variant.
    """
    kind = _RULES[institution]
    rules = kind() if place is None else kind.from_toml(place)
    if not variant:
        return rules
    if not isinstance(rules, UniversityRules):
        cure = "leave it out: prices of a school stand in its rules?"
        raise DataError([Issue("a school has no variants", "variant", value=variant, cure=cure)])
    return rules.with_variant(variant)


def rules_of_kind(institution: Institution) -> type[SchoolRules] | type[UniversityRules]:
    """Return the class of the rules of a school or of a university."""
    return _RULES[institution]


def rules_from(institution: Institution, data: Mapping[str, Any], *, source: str) -> Rules:
    """Return the rules that a mapping holds, such as those that a run has recorded; raises DataError."""
    return _RULES[institution].from_mapping(data, source=source)


def read_institution(folder: str | Path, rules: Rules | None = None, *, accept_headers: bool = False) -> Read:
    """Read the files of a school or a university and make its problem.

    Parameters
    ----------
    folder
        The folder, or its address.
    rules
        Its rules, which say as well what the files are of; without them the folder is looked at, and the
        defaults hold.
    accept_headers
        Take column titles that nearly fit for the ones they resemble.

    Raises
    ------
    DataError
        With everything that is wrong with the files, or with the rules against them.
    """
    rules = rules_at(institution_of(folder), None) if rules is None else rules
    with uncollected():
        files = read_files(institution_of_rules(rules), folder, accept_headers=accept_headers)
        return Read(files, rules, problem_of(files, rules, name=school_name(folder)))


def read_files(institution: Institution, folder: str | Path, *, accept_headers: bool = False) -> Files:
    """Read the files of a school or of a university; raises DataError like ``read_institution``."""
    if institution == "university":
        return read_university_files(folder, accept_headers=accept_headers)
    return read_school_files(folder, accept_headers=accept_headers)


def problem_of(files: Files, rules: Rules, *, name: str) -> Problem:
    """Make the problem of files that were read; raises DataError where the rules do not fit them."""
    if isinstance(files, UniversityFiles) and isinstance(rules, UniversityRules):
        return university_problem(files, rules, name=name)
    if isinstance(files, SchoolFiles) and isinstance(rules, SchoolRules):
        return school_problem(files, rules, name=name)
    raise TypeError("files of a school need rules of a school, and those of a university its own")


def file_names(folder: str | Path) -> tuple[str, ...]:
    """Return the names of the files that decide something."""
    return tuple(FILES[institution_of(folder)][0])
