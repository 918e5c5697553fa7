"""Posts that the requests need, and what changes of sections mean for sections and their teachers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from schools_by_hand import WEEK, six_students

from echelon_lib.advice.actions import Action, AddSection, ReassignTeacher, RemoveSection
from echelon_lib.analysis.demand import demand_by_course, sections_to_add
from echelon_lib.analysis.staffing import full_load, load_changes, posts_by_department, section_changes
from echelon_lib.constraints.times import ForbiddenTimes
from echelon_lib.domain.offerings import Request
from echelon_lib.domain.policy import REQUIRED, Scope
from echelon_lib.domain.problem import Problem
from echelon_lib.schools import SchoolRules, load_school, school_of


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


def test_posts_are_those_of_the_requests() -> None:
    table = posts_by_department(six_students(), full=2).set_index("Department")
    science, arts = table.loc["Science"], table.loc["Arts"]
    assert science[["Courses", "Requests", "Sections", "Needed", "Change", "Teachers"]].tolist() == [
        1,
        3,
        1,
        2,
        1,
        2,
    ]
    assert science[["Posts needed", "Posts", "Over"]].tolist() == [1.0, 2.0, 1.0]
    assert arts[["Needed", "Posts needed", "Over"]].tolist() == [2, 1.0, 0.0]
    nowhere = table.loc["(no department)"]
    assert nowhere[["Requests", "Sections", "Needed", "Posts", "Over"]].tolist() == [4, 1, 3, 0.0, -1.5]
    assert table.index[0] == "(no department)", "the scarcest stands first"
    assert table.loc["All departments", "Needed"] == 7


def test_part_time_teachers_are_part_of_a_post() -> None:
    problem = six_students()
    away = ForbiddenTimes("away", Scope.of_attendee("ruth"), REQUIRED, WEEK.times[1:])
    problem = replace(problem, constraints=(away,))
    assert posts_by_department(problem, full=2).set_index("Department").loc["Science", "Posts"] == 1.5


def test_a_full_load_is_what_the_rules_say(tiny_high_folder: Path) -> None:
    assert full_load(load_school(tiny_high_folder, SchoolRules(teacher_load=5))) == 5
    assert full_load(load_school(tiny_high_folder, SchoolRules(teacher_load=None))) == 4
    assert full_load(six_students()) == 2


def test_sections_to_add_hold_whoever_is_missing() -> None:
    problem = six_students()
    assert sections_to_add(problem) == {"Biology": 1, "Chess": 1, "Drama": 1}
    assert demand_by_course(problem).set_index("Course")["To add"].to_dict() == {
        "Art": 0,
        "Biology": 1,
        "Chess": 1,
        "Drama": 1,
    }
    many = replace(problem, requests=tuple(Request(f"{n}", n, ("Chess",)) for n in problem.student))
    assert sections_to_add(many) == {"Chess": 2}
