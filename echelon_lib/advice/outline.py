"""What Claude is told of a school: sections worth looking at, under codes, with counts of students folded.

No two figures of it tell a count of fewer than ten students: of a course there is what each section has and
how many miss it, and neither how many asked nor any sum; all else is worked out from the folded figures.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from echelon_lib.advice.actions import Action
from echelon_lib.advice.advisor import Past
from echelon_lib.advice.changes import Verdict
from echelon_lib.advice.codebook import Codebook, Sort
from echelon_lib.advice.private import FEWEST, STEP, Private, folded, names_in
from echelon_lib.advice.situation import Reason, Situation
from echelon_lib.analysis.utilisation import TARGET, below, periods_of
from echelon_lib.bounds.seats import capacities
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.scoring.evaluate import evaluate

MOST_SECTIONS = 300
"""Sections that are told of, at most: the courses in greatest need first."""

FIELDS: dict[str, Sort] = {
    "section": "section",
    "into": "section",
    "course": "course",
    "teacher": "teacher",
    "periods": "period",
}
"""The fields of actions that are told, and what they name."""

TELLABLE = ("merge", "remove", "split", "add", "reassign", "periods")
"""The kinds of actions that an adviser outside may hear of and propose."""

UNTOLD = "it breaks a rule that is not told."

# What speaks of students is told by its subject alone: its figures could be joined with others. Of a merge
# not even that: 22 students, 30 seats and no room for both sections would tell that the other has nine.
_ABOUT_STUDENTS = ("student", "nobody waits")
_TOO_MANY_OR_FEW = {
    "remove": "its students would not fit into what is left.",
    "split": "it is not overfilled, or its halves would be too small to be worth holding.",
    "add": "too few students would be in each section of the course to be worth holding.",
}
_TOPICS = (
    ("is no section", "there is no such section any more."),
    ("is no teacher", "there is no such teacher."),
    ("is no period", "there is no such period."),
    ("no section offers", "no section offers the course any more."),
    ("only one course is merged", "the sections are of different courses."),
    ("merged with itself", "a section cannot be merged with itself."),
    ("is the most", "the teacher has as many sections as a teacher may have."),
    ("belongs to", "the teacher is of another department."),
    ("dedicated", "a teacher is dedicated to one course and teaches nothing else."),
    ("away in all periods", "the teacher is away in all periods in which the section may be."),
    ("no period left", "the teacher has no period left for one more section."),
    ("already", "it is so already."),
    ("none of these periods", "the course or the teacher leaves the section none of these periods."),
    ("of this list", "another action of the same list goes against it."),
    ("whose load it lowers", "the section has another teacher."),
    ("for a person to decide", "this is for a person to decide."),
)


def outline(
    problem: Problem,
    timetable: Timetable,
    history: Sequence[Past] = (),
    *,
    codebook: Codebook | None = None,
    titles: Literal["quoted", "codes"] = "quoted",
    target: int = TARGET,
) -> dict[str, Any]:
    """Return what Claude is told, as plain JSON types.

    Parameters
    ----------
    problem, timetable
        A school's problem and its last timetable.
    history
        What earlier rounds came to.
    codebook
        The codes of the session; new ones are added.
    titles
        ``codes`` leaves the titles of courses out.
    target
        Percent of the seats that a section should reach.

    Raises
    ------
    EchelonError
        When the problem was not made of the files of a school.
    """
    situation = Situation(problem, timetable)
    private = Private(situation.school.files) if titles == "quoted" else None
    book = codebook if codebook is not None else Codebook()
    book.avoid(names_in(situation.school.files))
    return _Outline(situation, timetable, book, private, target).told(history)


@dataclass(frozen=True)
class _Outline:
    situation: Situation
    timetable: Timetable
    book: Codebook
    private: Private | None
    target: int

    def told(self, history: Sequence[Past]) -> dict[str, Any]:
        problem, rules = self.situation.problem, self.situation.school.rules
        periods = [
            {
                "code": self.book.code("period", period.name),
                "days": list(problem.calendar.days_of(period.time)),
            }
            for period in problem.calendar.periods
        ]
        ranked = sorted(self._courses(), key=_need, reverse=True)
        chosen: list[tuple[str, dict[str, Any]]] = []
        room = MOST_SECTIONS
        for course, facts in ranked:
            if len(facts["sections"]) <= room or not chosen:
                room -= len(facts["sections"])
                chosen.append((course, facts))
        for course, facts in chosen:
            facts["code"] = self.book.code("course", course)
            for section in facts["sections"]:
                section["code"] = self.book.code("section", section["code"])
        departments = dict.fromkeys(self.situation.department(course) for course, _ in chosen)
        return {
            "thresholds": {
                "target_percent_of_seats": self.target,
                "smallest_section": rules.section_minimum,
                "largest_section": rules.section_maximum,
                "most_sections_of_a_teacher": rules.teacher_load,
            },
            "periods": periods,
            "departments": [{"code": self.book.code("department", name)} for name in departments if name],
            "courses": [facts for _, facts in chosen],
            "courses_left_out_for_want_of_room": len(ranked) - len(chosen),
            "teachers": list(self._teachers([course for course, _ in chosen])),
            "earlier_rounds": [self._past(past) for past in history],
        }

    def _courses(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the courses worth looking at, their sections still under their own names."""
        problem, situation = self.situation.problem, self.situation
        served = evaluate(problem, self.timetable).served
        unmet = Counter(one.request.primary for one in served if one.rank != 0)
        holds = capacities(problem).section
        for course in problem.courses:
            low = any(below(situation.enrolled(one.id), one.seats, self.target) for one in course.sections)
            if not course.sections or not (low or unmet[course.id]):
                continue
            seats = {
                one.id: min(one.seats or 0, holds[one.id])
                if holds[one.id] < len(problem.students)
                else one.seats or 0
                for one in course.sections
            }
            enrolled = {one.id: folded(situation.enrolled(one.id)) for one in course.sections}
            missing = folded(unmet[course.id])
            yield (
                course.id,
                {
                    "code": "",
                    **self._title(course.id),
                    "department": self._department(situation.department(course.id)),
                    "unmet": missing,
                    "sections_to_spare": _spare([*enrolled.values(), missing], list(seats.values())),
                    "sections": [
                        {
                            "code": one.id,
                            "teacher": self._teacher(situation.sections[one.id].teacher),
                            "period": self._period(periods_of(problem, self.timetable, one)),
                            "seats": seats[one.id],
                            "enrolled": enrolled[one.id],
                            **self._kept_to(situation.sections[one.id].periods),
                        }
                        for one in course.sections
                    ],
                },
            )

    def _teachers(self, courses: Sequence[str]) -> Iterator[dict[str, Any]]:
        """Yield the teachers who give one of the courses, or could take one more section of it."""
        situation = self.situation
        most = situation.school.rules.teacher_load
        teaching = {
            situation.sections[one].teacher for course in courses for one in situation.sections_of(course)
        }
        for teacher in situation.teachers.values():
            able = [course for course in courses if not situation.why_not_teach(teacher.id, course)]
            if not able and teacher.id not in teaching:
                continue
            load = situation.load(teacher.id)
            yield {
                "code": self._teacher(teacher.id),
                "department": self._department(teacher.department),
                "sections": load,
                "room_for": None if most is None else max(0, most - load),
                "may_take_one_more_of": [self.book.code("course", course) for course in able],
            }

    def _past(self, past: Past) -> dict[str, Any]:
        proposals = [
            {"action": self._action(one.action), "refused_because": _because(one)}
            for one in past.verdicts
            if one.action.kind in TELLABLE
        ]
        outcome = "kept" if past.kept else "made things worse and was rolled back"
        if past.after is None:
            return {"proposals": proposals, "outcome": "nothing was solved"}
        # In words, since the differences of the figures would count students.
        compared = {
            name: "lower" if now < before else "higher" if now > before else "as before"
            for name in ("unmet", "surplus", "shortfall")
            for before, now in [(getattr(past.before, name), getattr(past.after, name))]
        }
        return {"proposals": proposals, "outcome": outcome, "score": compared}

    def _action(self, action: Action) -> dict[str, Any]:
        told: dict[str, Any] = {"kind": action.kind}
        for field, sort in FIELDS.items():
            value = getattr(action, field, None)
            if isinstance(value, str):
                told[field] = self.book.code(sort, value)
            elif value is not None:
                told[field] = [self.book.code(sort, one) for one in value]
        return told

    def _title(self, text: str) -> dict[str, str]:
        title = self.private.title(text) if self.private is not None else None
        return {} if title is None else {"quoted_title": title}

    def _department(self, name: str) -> str | None:
        return self.book.code("department", name) if name else None

    def _teacher(self, name: str | None) -> str | None:
        return self.book.code("teacher", name) if name else None

    def _period(self, name: str) -> str | None:
        return self.book.code("period", name) if name else None

    def _kept_to(self, periods: Sequence[str]) -> dict[str, list[str]]:
        return {"kept_to": [self.book.code("period", name) for name in periods]} if periods else {}


def _spare(told: Sequence[int | str], seats: Sequence[int]) -> dict[str, int]:
    """Return how many sections could go, at least and at most, by the figures that are told and no other."""
    known = [count if isinstance(count, int) else 0 for count in told]
    unknown = sum(not isinstance(count, int) for count in told)
    rounded = (len(told) - unknown) * (STEP - 1)
    most, fewest = sum(known) + unknown * (FEWEST - 1) + rounded, sum(known)
    return {"at_least": len(seats) - _needed(most, seats), "at_most": len(seats) - _needed(fewest, seats)}


def _needed(students: int, seats: Sequence[int]) -> int:
    held = 0
    for count, places in enumerate(sorted(seats, reverse=True), start=1):
        held += places
        if held >= students:
            return count
    return len(seats)


def _need(one: tuple[str, dict[str, Any]]) -> tuple[int, int]:
    """Return how urgent a course is, by the figures that are told."""
    facts = one[1]
    unmet = facts["unmet"] if isinstance(facts["unmet"], int) else 0
    return unmet, facts["sections_to_spare"]["at_most"]


def _because(verdict: Verdict) -> list[str]:
    return list(dict.fromkeys(_told_reason(verdict.action.kind, reason) for reason in verdict.reasons))


def _told_reason(kind: str, reason: Reason) -> str:
    """Return a reason in words that are ours: neither a name nor a figure nor a person's own text is told."""
    if not reason.public:
        return UNTOLD
    text = reason.text.casefold()
    if any(word in text for word in _ABOUT_STUDENTS):
        return _TOO_MANY_OR_FEW.get(kind, UNTOLD)
    return next((told for words, told in _TOPICS if words in text), UNTOLD)
