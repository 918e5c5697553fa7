"""What rests on faculty that the reader of the files chose: it is proven of this choice and of no other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from echelon_lib.checks.finding import Finding, listed
from echelon_lib.domain.offerings import Section
from echelon_lib.domain.problem import Problem

_SHOWN = 3


def without_choices(problem: Problem) -> Problem:
    """Return a problem in which nobody teaches the sections that somebody else could teach as well.

    Whatever is impossible in it is so for every choice.
    """

    def open_(section: Section) -> Section:
        people = problem.choices.get(section.id, ())
        if len(people) < 2:
            return section
        return replace(section, attendees=tuple(one for one in section.attendees if one not in people))

    courses = tuple(
        replace(
            course,
            parts=tuple(replace(part, sections=tuple(map(open_, part.sections))) for part in course.parts),
        )
        for course in problem.courses
    )
    return replace(problem, courses=courses)


def as_chosen(problem: Problem, finding: Finding) -> Finding:
    """Return an error that another choice of faculty may avoid as the warning that it is."""
    sections = list(dict.fromkeys(_chosen(problem, finding)))
    said, cures = [], []
    for section in sections:
        (person,) = problem.teachers_of(problem.sections[section])
        others = [one for one in problem.choices[section] if one != person]
        said.append(f"{person} for {section}")
        cures.append(f"{' or '.join(others[:_SHOWN])} for {section}")
    text = (
        f"{finding.message} Echelon chose {listed(said, _SHOWN) or 'faculty'} where the files name nobody; "
    )
    text += "with another choice it may be possible."
    cure = f"name {listed(cures, _SHOWN) or 'somebody else'} in the files?"
    return replace(finding, severity="warning", message=text, suggestion=cure)


def _chosen(problem: Problem, finding: Finding) -> Iterator[str]:
    """Yield the sections with a choice that a finding is about, or that those attend whom it is about."""
    for name in finding.who:
        if name in problem.attendee:
            sections = problem.sections_of.get(name, ())
        elif name in problem.sections:
            sections = (problem.sections[name],)
        else:
            sections = (problem.section_of[name],) if name in problem.section_of else ()
        for section in sections:
            if len(problem.choices.get(section.id, ())) > 1 and problem.teachers_of(section):
                yield section.id
