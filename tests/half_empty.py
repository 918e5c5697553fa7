"""A school with twice the sections that its students need, as files."""

from __future__ import annotations

from pathlib import Path

from schools_of_records import school

from echelon_lib.formats.school_writing import write_school_files
from echelon_lib.schools import SchoolRules, school_of

STUDENTS = ("ann", "bob", "cyd", "dan")


def half_empty(folder: Path) -> tuple[Path, Path]:
    """Write the school below a folder; return its folder and its rules."""
    problem = school(
        "Art-1:4/pat Art-2:4/pat Art-3:4/quin Band-1:4/ruth Band-2:4/ruth Chess-1:4/quin",
        dict.fromkeys(STUDENTS, "Art Band Chess"),
    )
    write_school_files(school_of(problem).files, folder / "school")
    rules = folder / "rules.toml"
    rules.write_text(SchoolRules.from_mapping({"section_minimum": 1}).to_toml(), encoding="utf-8")
    return folder / "school", rules
