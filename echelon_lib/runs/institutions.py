"""A folder with the files of a school or a university, whichever it is, as a problem."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from echelon_lib.domain.problem import Problem
from echelon_lib.formats.school_csv import SchoolFiles, read_school_files
from echelon_lib.formats.school_folder import school_name
from echelon_lib.formats.university_csv import is_university, read_university_files
from echelon_lib.formats.university_records import UniversityFiles
from echelon_lib.school_rules import SchoolRules
from echelon_lib.schools import school_problem
from echelon_lib.university import university_problem
from echelon_lib.university_rules import UniversityRules


@dataclass(frozen=True)
class Institution:
    """What a folder holds: which kind of institution it is, what was read, and its problem."""

    kind: Literal["school", "university"]
    files: SchoolFiles | UniversityFiles
    problem: Problem


def read_institution(
    folder: str | Path, rules: str | Path | None = None, *, accept_headers: bool = False
) -> Institution:
    """Read a folder; its files say of which kind it is.

    Parameters
    ----------
    folder
        Folder with the files of a school or of a university, or its address.
    rules
        TOML file with the rules of that kind; the usual ones when left out.
    accept_headers
        Take column titles that nearly fit.

    Raises
    ------
    DataError
        When the rules or the files cannot be used, with everything that is wrong.
    """
    if is_university(folder):
        how = UniversityRules() if rules is None else UniversityRules.from_toml(rules)
        found = read_university_files(folder, accept_headers=accept_headers)
        return Institution("university", found, university_problem(found, how, name=school_name(folder)))
    given = SchoolRules() if rules is None else SchoolRules.from_toml(rules)
    files = read_school_files(folder, accept_headers=accept_headers)
    return Institution("school", files, school_problem(files, given, name=school_name(folder)))
