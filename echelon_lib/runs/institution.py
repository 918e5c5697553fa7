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
    name = school_name(folder)
    rules = rules_at(institution_of(folder), None) if rules is None else rules
    files: Files
    if isinstance(rules, UniversityRules):
        files = read_university_files(folder, accept_headers=accept_headers)
        return Read(files, rules, university_problem(files, rules, name=name))
    files = read_school_files(folder, accept_headers=accept_headers)
    return Read(files, rules, school_problem(files, rules, name=name))


def file_names(folder: str | Path) -> tuple[str, ...]:
    """Return the names of the files that decide something."""
    university = institution_of(folder) == "university"
    return tuple(university_records.COLUMNS if university else school_records.COLUMNS)
