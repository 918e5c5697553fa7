"""A school's files and a run's files as plain words and numbers: nothing of the library is used."""

from __future__ import annotations

import csv
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

YES, NO = {"yes", "y", "true", "1"}, {"no", "n", "false", "0"}
NOBODY = {"", "tbd", "staff"}
PRICED_BY_DEFAULT = {
    *("section_minimum", "section_target", "size_balance", "tag_balance", "sped_target", "sped_spread"),
    *("labs_apart", "workload_balance", "graduation"),
}
"""Rules that have a price, or are off, where a school says nothing."""


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [{key.strip(): _cell(value) for key, value in row.items()} for row in csv.DictReader(file)]


def _cell(text: str | None) -> str:
    text = (text or "").strip()
    return text[1:].strip() if re.match(r"'['=+\-@\t\r]", text) else text


def parts(text: str, separators: str = ";,") -> list[str]:
    return [part.strip() for part in re.split(f"[{separators}]", text) if part.strip()]


def number(text: str) -> int:
    return int(float(text))


def grade(text: str) -> str:
    found = re.fullmatch(r"(?:grade *)?0*(\d+)(?:\.0+|st|nd|rd|th)?", text.strip().casefold())
    return found[1] if found else text.strip().casefold()


def grades(text: str) -> set[str]:
    found: set[str] = set()
    for part in parts(text):
        ends = re.fullmatch(r"(.*\d.*?) *- *(.*\d.*)", part)
        if ends:
            found |= {str(one) for one in range(int(grade(ends[1])), int(grade(ends[2])) + 1)}
        else:
            found.add(grade(part))
    return found


class School:
    """What the files of a school say; a run that changed sections has files of its own in ``school``."""

    def __init__(self, folder: Path, run: Path, rules: Path | None = None) -> None:
        def table(name: str) -> list[dict[str, str]]:
            own = [place / name for place in (run / "school", folder) if (place / name).exists()]
            return rows(own[0]) if own else []

        rules = folder / "rules.toml" if rules is None and (folder / "rules.toml").exists() else rules
        self.rules: dict[str, Any] = tomllib.loads(rules.read_text(encoding="utf-8")) if rules else {}
        self.sections = {row["Section ID"]: row for row in table("Sections_Information.csv")}
        self.students = {row["Student ID"]: row for row in table("Student_Info.csv")}
        self.teachers = {row["Teacher ID"]: row for row in table("Teacher_Info.csv")}
        self.courses = {row["Course ID"]: row for row in table("Course_Information.csv")}
        self.asked = {
            row["Student ID"]: row["Preferred Sections"] for row in table("Student_Preference_Info.csv")
        }
        self.periods = [row["period_name"] for row in table("Period.csv")]
        self.away: dict[str, set[str]] = defaultdict(set)
        for row in table("Teacher_unavailability.csv"):
            self.away[row["Teacher ID"]] |= {*parts(row["Unavailable Periods"])}
        # A run keeps the locks that it was given.
        locks = [path for path in (run / "Locks.csv", folder / "Locks.csv") if path.exists()]
        self.locks = rows(locks[0]) if locks else []

    def required(self, rule: str, course: str | None = None, key: str | None = None) -> bool:
        """Return whether a rule is required, of a course that may have its own word under a shorter key."""
        default = "priced" if rule in PRICED_BY_DEFAULT else "required"
        kind = self.rules.get("kinds", {}).get(rule, default)
        if course is not None and key is not None:
            kind = self.own(course).get("kinds", {}).get(key, kind)
        return bool(kind == "required")

    def own(self, course: str) -> dict[str, Any]:
        """Return the rules of one course."""
        return self.rules.get("courses", {}).get(course, {})

    def limit(self, rule: str, default: int) -> int | None:
        value = self.rules.get(rule, default)
        return None if value == "off" else value

    def course(self, section: str) -> str:
        return self.sections[section]["Course ID"]

    def seats(self, section: str) -> int:
        return number(self.sections[section]["# of Seats Available"])

    def given(self, section: str) -> str | None:
        """Return the teacher whom the file names."""
        name = self.sections[section]["Teacher Assigned"]
        return None if name.casefold() in NOBODY else name

    @cached_property
    def held(self) -> dict[str, list[str]]:
        """The sections of each course."""
        found: dict[str, list[str]] = defaultdict(list)
        for section in self.sections:
            found[self.course(section)].append(section)
        return found

    @cached_property
    def days(self) -> list[list[str]]:
        said = self.rules.get("calendar", {}).get("days")
        if said:
            return list(said.values())
        if not all(re.fullmatch(r"[A-Za-z]+\d+", name) for name in self.periods):
            return [self.periods]
        found: dict[str, list[str]] = defaultdict(list)
        for name in sorted(self.periods, key=lambda one: number(re.sub(r"\D", "", one))):
            found[re.sub(r"\d", "", name)].append(name)
        return list(found.values())

    def sped(self, student: str) -> bool:
        return self.students[student]["SPED"].casefold() in YES

    def core(self, course: str) -> bool:
        return self.courses.get(course, {}).get("Core", "").casefold() in YES

    def lab(self, section: str) -> bool:
        for said in (
            self.sections[section].get("Lab"),
            self.courses.get(self.course(section), {}).get("Lab"),
        ):
            if said:
                return said.casefold() in YES
        labs = self.rules.get("labs", {})
        return self.sections[section]["Department"] in labs.get("departments", ()) or self.course(
            section
        ) in labs.get("courses", ())

    def sorts(self) -> Iterator[tuple[str, set[str]]]:
        """Yield each sort of student that is to be balanced, with its students."""
        for column in self.rules.get("balance", ()):
            texts = {student: row.get(column, "") for student, row in self.students.items()}
            plain = {text.casefold() for text in texts.values()} <= YES | NO | {""}
            if plain:
                yield column, {student for student, text in texts.items() if text.casefold() in YES}
                continue
            for value in sorted({*texts.values()} - {""}):
                yield f"{column} {value}", {student for student, text in texts.items() if text == value}

    def wishes(self, student: str) -> list[list[str]]:
        """Return what may serve each request, its primary first; pooled alternates serve any elective."""
        lists = [[one.strip() for one in wish.split("|")] for wish in self.asked[student].split(";")]
        pooled = [one for wish in lists if not wish[0] for one in wish[1:]]
        asked = [wish for wish in lists if wish[0]]
        return [wish if self.core(wish[0]) else [*wish, *pooled] for wish in asked]


class Answer:
    """What the files of a run say; without a schedule of teachers, those of the school's file teach."""

    def __init__(self, run: Path, school: School) -> None:
        self.placed = [(row["Section ID"], row["Period"]) for row in rows(run / "Master_Schedule.csv")]
        self.period = dict(self.placed)
        self.taught = [
            (teacher, section, period)
            for section, period in self.placed
            if section in school.sections and (teacher := school.given(section)) is not None
        ]
        if (run / "Teacher_Schedule.csv").exists():
            self.taught = [
                (row["Teacher ID"], row["Section ID"], row["Period"])
                for row in rows(run / "Teacher_Schedule.csv")
            ]
        self.enrolled = [
            (row["Student ID"], row["Section ID"]) for row in rows(run / "Student_Assignments.csv")
        ]
        self.of_student: dict[str, list[str]] = defaultdict(list)
        self.of_section: dict[str, list[str]] = defaultdict(list)
        for student, section in self.enrolled:
            self.of_student[student].append(section)
            self.of_section[section].append(student)
        self.of_teacher: dict[str, list[str]] = defaultdict(list)
        for teacher, section, _ in self.taught:
            self.of_teacher[teacher].append(section)
        self.unmet: dict[str, list[str]] | None = None
        if (run / "unmet_requests.csv").exists():
            self.unmet = defaultdict(list)
            for row in rows(run / "unmet_requests.csv"):
                self.unmet[row["Student ID"]].append(row["Course ID"])
