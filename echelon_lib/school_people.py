"""What the columns of the students file say of students: their grades, and the tags that are balanced."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from echelon_lib.domain.errors import Issue, suggest
from echelon_lib.formats.school_cells import NO, YES
from echelon_lib.formats.school_csv import SchoolFiles
from echelon_lib.formats.school_records import STUDENTS, StudentRecord
from echelon_lib.school_rules import SPED

GRADE = "Grade"
MOST_VALUES = 20
"""Different texts in a column that groups students, at most: one of names or dates was not meant."""

_NUMBERED = re.compile(r"(?:grade )?0*([0-9]{1,3})(?:\.0+|st|nd|rd|th)?")


def grade(text: str) -> str:
    """Return a grade as it is compared: ``9``, ``09``, ``9th`` and ``Grade 9`` are one."""
    folded = " ".join(text.casefold().split())
    match = _NUMBERED.fullmatch(folded)
    return match[1] if match else folded


def cell(details: Mapping[str, str], column: str) -> str:
    """Return what a column says of a student, in whatever capitals it is written."""
    if column in details:
        return details[column]
    return next((text for name, text in details.items() if name.casefold() == column.casefold()), "")


@dataclass(frozen=True)
class Balanced:
    """The columns of the students file whose students are spread evenly over the sections of a course.

    Parameters
    ----------
    tags
        For each column, the tag of each of its texts; a ``no`` and a blank have none.
    issues
        What is wrong with the names of the columns.
    """

    tags: Mapping[str, Mapping[str, str]]
    issues: tuple[Issue, ...] = ()

    def tags_of(self, row: StudentRecord) -> frozenset[str]:
        """Return the tags that a student has by these columns."""
        found = (tags.get(cell(row.extra, column)) for column, tags in self.tags.items())
        return frozenset(tag for tag in found if tag is not None)

    @property
    def all_tags(self) -> tuple[str, ...]:
        """Every tag, in order, each once."""
        return tuple(dict.fromkeys(tag for tags in self.tags.values() for tag in tags.values()))


def balanced_columns(files: SchoolFiles, columns: Sequence[str]) -> Balanced:
    """Return the tags of columns: ``ELL`` for one of yes and no, ``Gender: F`` and the like for another."""
    found: dict[str, Mapping[str, str]] = {}
    issues: list[Issue] = []
    titles = {title.casefold(): title for row in files.students for title in row.extra}
    for name in dict.fromkeys(columns):
        title = titles.get(name.casefold())
        if name.casefold() == SPED.casefold():
            found[SPED] = {"Yes": SPED}  # students with the flag have the tag anyway
            continue
        if title is None:
            text = f"balance names the column {name!r}, which {STUDENTS} does not have"
            cure = suggest(name, titles.values()) or f"one of {', '.join(sorted(titles.values())) or 'SPED'}?"
            issues.append(Issue(text, "rules", column="balance", value=name, cure=cure))
            continue
        values = sorted({row.extra.get(title, "") for row in files.students} - {""})
        if len(values) > MOST_VALUES:
            text = f"balance names the column {name!r}, in which {len(values)} different texts stand"
            cure = f"balance a column with at most {MOST_VALUES}?"
            issues.append(Issue(text, "rules", column="balance", value=name, cure=cure))
            continue
        found[title] = dict(_tags(title, values))
    return Balanced(found, tuple(issues))


def _tags(title: str, values: Iterable[str]) -> Iterator[tuple[str, str]]:
    texts = list(values)
    plain = all(text.casefold() in YES or text.casefold() in NO for text in texts)
    for text in texts:
        if not plain:
            yield text, f"{title}: {text}"
        elif text.casefold() in YES:
            yield text, title


def admitted(students: Iterable[StudentRecord], grades: Iterable[str]) -> frozenset[str]:
    """Return the students of some grades, and those of whom no grade is known."""
    allowed = {grade(one) for one in grades}
    return frozenset(
        row.id for row in students if not (own := cell(row.extra, GRADE)) or grade(own) in allowed
    )
