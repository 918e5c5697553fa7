"""What changes of sections mean for the sections there are and for their teachers."""

from __future__ import annotations

from pathlib import Path

from echelon_lib.advice.actions import Action, AddSection, ReassignTeacher, RemoveSection
from echelon_lib.analysis.staffing import load_changes, section_changes
from echelon_lib.domain.problem import Problem
from echelon_lib.schools import load_school, school_of


def after(problem: Problem, *actions: Action) -> Problem:
    """Return a school with changes, legal or not: here only what is told of them matters."""
    school = school_of(problem)
    for action in actions:
        school = action.changed(school)
    return school.problem()


def test_what_is_different(tiny_high_folder: Path) -> None:
    before = load_school(tiny_high_folder)
    changed = after(
        before,
        RemoveSection(section="ENG-2"),
        AddSection(course="Art", new_section="ART-2", teacher="T03"),
        ReassignTeacher(section="BIO-1", teacher="T01"),
    )
    assert load_changes(before, changed).to_dict("list") == {
        "Teacher": ["T02", "T03"],
        "Before": [1, 1],
        "After": [0, 2],
    }
    assert section_changes(before, changed).to_dict("list") == {
        "Section": ["ENG-2", "BIO-1", "ART-2"],
        "Course": ["English", "Biology", "Art"],
        "Change": ["given up; T01 had it", "T01 instead of T02", "new, for T03"],
    }


def test_nothing_is_different(tiny_high_folder: Path) -> None:
    problem = load_school(tiny_high_folder)
    assert load_changes(problem, problem).empty
    assert section_changes(problem, problem).empty
    assert list(section_changes(problem, problem)) == ["Section", "Course", "Change"]
