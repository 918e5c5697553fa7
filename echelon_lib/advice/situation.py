"""What an action is judged by: a school as it stands, with its timetable if there is one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from echelon_lib.analysis.utilisation import Need, needs
from echelon_lib.bounds.times import allowed_times, tight_sets
from echelon_lib.checks.finding import counted
from echelon_lib.constraints.base import View
from echelon_lib.domain.calendar import Time
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.formats.school_records import SectionRecord, TeacherRecord
from echelon_lib.locks import keeping
from echelon_lib.schools import SPED, School, school_of


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an action is refused.

    Parameters
    ----------
    text
        A sentence for people of the school.
    public
        Whether the sentence may leave the house: it says nothing about students with a flag.
    """

    text: str
    public: bool = True

    def __str__(self) -> str:
        return self.text


class Situation:
    """A school and its timetable, with what actions ask of them; everything is counted once, when asked.

    Parameters
    ----------
    problem
        The problem of a school.
    timetable
        Its timetable; without one nothing is said of enrolments.

    Raises
    ------
    EchelonError
        When the problem was not made of the files of a school.
    """

    def __init__(self, problem: Problem, timetable: Timetable | None = None) -> None:
        self.problem = problem
        self.timetable = timetable
        self.school: School = school_of(problem)

    @cached_property
    def sections(self) -> Mapping[str, SectionRecord]:
        """The rows of the sections file, by section."""
        return {row.id: row for row in self.school.files.sections}

    @cached_property
    def teachers(self) -> Mapping[str, TeacherRecord]:
        """The rows of the teachers file, by teacher."""
        return {row.id: row for row in self.school.files.teachers}

    @cached_property
    def need(self) -> Mapping[str, Need]:
        """How many sections each course needs."""
        return needs(self.problem)

    @cached_property
    def _view(self) -> View:
        return View(self.problem, self.timetable or Timetable())

    def enrolled(self, section: str, *, sped: bool = False) -> int:
        """Return how many students, or students with the SPED flag, a section has."""
        return self._view.enrolled(section, SPED if sped else None)

    def students_in(self, section: str) -> tuple[str, ...]:
        """Return the students of a section, in a stable order."""
        return self._view.students_in[section]

    @cached_property
    def asking_sped(self) -> Counter[str]:
        """How many students with the SPED flag ask for each course first."""
        student = self.problem.student
        flagged = {(r.student, r.primary) for r in self.problem.requests if SPED in student[r.student].tags}
        return Counter(course for _, course in flagged)

    def load(self, teacher: str) -> int:
        """Return how many sections a teacher has."""
        return len(self.problem.sections_of.get(teacher, ()))

    def sections_of(self, course: str) -> tuple[str, ...]:
        """Return the sections of a course; none where there is no such course."""
        return tuple(one.id for one in self.problem.course[course].sections) if self.offers(course) else ()

    def offers(self, course: str) -> bool:
        """Return whether the school has a course of this name."""
        return course in self.problem.course

    def department(self, course: str) -> str:
        """Return the department of a course: that of its first section."""
        members = self.sections_of(course)
        return self.sections[members[0]].department if members else ""

    @cached_property
    def allowed(self) -> Mapping[str, frozenset[Time]]:
        """The times that required rules leave for each section."""
        return allowed_times(self.problem)

    @cached_property
    def away(self) -> Mapping[str, frozenset[str]]:
        """The names of the periods in which each teacher is away, where that is required."""
        if not self.school.rules.enforcement("teacher_unavailable").required:
            return {}
        found: dict[str, set[str]] = {}
        for row in self.school.files.unavailability:
            found.setdefault(row.teacher, set()).update(row.periods)
        return {teacher: frozenset(periods) for teacher, periods in found.items()}

    def locked(self, section: str, *, leaves: bool = True, restaffed: bool = True) -> Iterator[Reason]:
        """Yield the locks of a person that forbid to change a section.

        Parameters
        ----------
        leaves
            Whether the section would be given up; its students have to leave it then.
        restaffed
            Whether it would leave its teacher.
        """
        for lock in keeping(self.problem, section, origin="person"):
            where = f" ({lock.place})" if lock.place else ""
            if lock.kind == "section":
                kept = [*lock.periods, *([f"with {lock.teacher}"] if lock.teacher else [])]
                how = f" ({' '.join(kept)})" if kept else ""
                yield Reason(f"a person has locked {section}{how}{where}.")
            elif lock.kind == "teacher" and restaffed:
                yield Reason(f"a person has locked {section} to its teacher {lock.id}{where}.")
        students = {k.id for k in keeping(self.problem, section, origin="person") if k.kind == "student"}
        if leaves and students:
            text = f"a person has locked {counted(len(students), 'student')} into {section}."
            yield Reason(text, public=False)

    def course_periods(self, course: str) -> tuple[str, ...]:
        """Return the names of the periods in which required rules let a course be."""
        names = tuple(period.name for period in self.problem.calendar.periods)
        own = self.school.rules.courses.get(course)
        if own is None or own.periods is None:
            return names
        required = self.school.rules.enforcement("course_periods", course).required
        return tuple(name for name in names if name in own.periods) if required else names

    def why_not_teach(
        self, teacher: str, course: str, periods: tuple[str, ...] = (), department: str | None = None
    ) -> tuple[Reason, ...]:
        """Return why a teacher cannot take one more section of a course.

        Parameters
        ----------
        periods
            The only periods in which the section may be, if any.
        department
            The department of the section; that of the course when left out.
        """
        row = self.teachers.get(teacher)
        if row is None:
            return (Reason(f"{teacher!r} is no teacher of this school."),)
        rules, found = self.school.rules, []
        load, most = self.load(teacher), rules.teacher_load
        if most is not None and rules.enforcement("teacher_load").mode != "off" and load >= most:
            found.append(f"{teacher} has {counted(load, 'section')} already, and {most} is the most.")
        department = self.department(course) if department is None else department
        own = rules.enforcement("own_department").mode != "off"
        if own and department and row.department and row.department != department:
            found.append(f"{teacher} is of {row.department}, and the section belongs to {department}.")
        found += self._dedication(teacher, course)
        names = periods or self.course_periods(course)
        calendar = self.problem.calendar
        free = [name for name in names if name not in self.away.get(teacher, ())]
        if not free:
            found.append(f"{teacher} is away in all periods in which the section may be.")
        elif not found and self.problem.policy.clash_of("teacher").mode != "off":
            taught = [s.id for s in self.problem.sections_of.get(teacher, ())]
            domains = [self.allowed[m.id] for s in taught for m in self.problem.sections[s].meetings]
            if tight_sets([*domains, frozenset(calendar.time(name) for name in free)]):
                found.append(
                    f"{teacher} has no period left for one more section beside the {load} there are."
                )
        return tuple(Reason(text) for text in found)

    def _dedication(self, teacher: str, course: str) -> list[str]:
        """Return what the rules on dedicated teachers say against a teacher of a course."""
        rules, own = self.school.rules, self.teachers[teacher].dedicated_course
        found = []
        strict = own is not None and rules.enforcement("dedicated_teacher", own).mode != "off"
        if own and own != course and strict and self.offers(own):
            found.append(f"{teacher} is dedicated to {own} and teaches nothing else.")
        for name, rule in rules.courses.items():
            if not rule.dedicated_teacher or rules.enforcement("dedicated_teacher", name).mode == "off":
                continue
            holders = {self.sections[s].teacher for s in self.sections_of(name)} - {None}
            if name == course and holders and holders != {teacher}:
                found.append(f"{course} has a dedicated teacher and may have no other.")
            elif name != course and teacher in holders and own != name:
                found.append(f"{teacher} is dedicated to {name} and teaches nothing else.")
        return found
