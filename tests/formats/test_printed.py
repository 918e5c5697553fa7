"""Timetables to print: complete, in order, escaped, and silent about what nobody may read off a card."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from schools_by_hand import six_students, six_students_placed, unplaced

from echelon_lib.domain.errors import DataError
from echelon_lib.domain.people import Attendee
from echelon_lib.domain.problem import Problem
from echelon_lib.formats.printed import master_pages, student_cards, teacher_pages, write_page

UNMET = [("dan", "Biology", "no SPED seat"), ("eve", "Art", "clash with Chess")]


def pages(problem: Problem) -> dict[str, str]:
    timetable = six_students_placed()
    return {
        "students": student_cards(problem, timetable, unmet=UNMET),
        "teachers": teacher_pages(problem, timetable),
        "master": master_pages(problem, timetable),
    }


def in_grades(problem: Problem, grades: dict[str, str]) -> Problem:
    """The same school, with a grade for some students."""
    people = tuple(
        replace(one, details={**one.details, "Grade": grades[one.id]}) if one.id in grades else one
        for one in problem.attendees
    )
    return replace(problem, attendees=people)


def test_a_card_has_the_week_of_its_student() -> None:
    cards = dict(re.findall(r"<h2>(\w+)</h2>(.*?)</section>", pages(six_students())["students"]))
    assert len(cards) == 6
    assert "<p>Bob</p>" in cards["bob"]
    assert "<th>R1</th><td>Chess</td><td>C-1</td><td></td>" in cards["bob"]
    assert "<th>R2</th><td>Art</td><td>A-2</td><td>pat</td>" in cards["bob"]
    assert '<tr class="day"><th>G1</th><td colspan="3">–</td></tr>' in cards["bob"]
    assert "Asked for and not given: Art" in cards["eve"]
    assert "not given" not in cards["bob"]


def test_a_card_says_nothing_of_special_education() -> None:
    for name, page in pages(six_students()).items():
        assert "SPED" not in page, name
        assert "secret plan" not in page, name
        assert "no seat" not in page, name


def test_cards_lie_by_grade_and_number() -> None:
    people = tuple(Attendee(f"s{number}", "student") for number in (10, 9, 2))
    problem = six_students()
    problem = replace(problem, attendees=(*problem.attendees, *people))
    problem = in_grades(problem, {"ann": "10", "bob": "9", "cyd": "9", "dan": "11", "s10": "9", "s2": "9"})
    order = re.findall(r"<h2>(\w+)</h2>", student_cards(problem, six_students_placed()))
    assert order == ["eve", "fay", "s9", "bob", "cyd", "s2", "s10", "ann", "dan"]


def test_every_teacher_has_a_page() -> None:
    page = pages(six_students())["teachers"]
    assert re.findall(r"<h1>(\w+)</h1>", page) == ["pat", "quin", "ruth"]
    assert "Arts · 2 sections · 3 students" in page
    assert "<th>R2</th><td>Biology</td><td>B-1</td><td>2 of 3</td>" in page
    assert "break-before: page" in page


def test_the_master_schedule_has_every_section_twice() -> None:
    page = pages(six_students())["master"]
    for section in ("A-1", "A-2", "B-1", "C-1"):
        assert page.count(f"<small>{section} ·") == 2, section
    assert "(no teacher)" in page
    assert "size: landscape" in page


def test_what_has_no_period_is_not_forgotten() -> None:
    timetable = unplaced(six_students_placed(), "A-1")
    assert "Not placed" in master_pages(six_students(), timetable)
    assert "<th>Not placed</th><td>Art</td>" in student_cards(six_students(), timetable)


def test_names_are_no_markup_and_nothing_is_loaded() -> None:
    problem = replace(six_students(), name="<b>School</b> {{BODY}}")
    courses = tuple(replace(course, id=f"<i>{course.id}") for course in problem.courses)
    requests = tuple(replace(one, courses=tuple(f"<i>{c}" for c in one.courses)) for one in problem.requests)
    problem = replace(problem, courses=courses, requests=requests)
    for name, page in pages(problem).items():
        assert "<i>" not in page, name
        assert "&lt;i&gt;Art" in page, name
        assert "<b>School" not in page, name
        assert "<script" not in page, name
        assert not re.search(r"""(?:src|href|url)\s*[=(]""", page), name
        assert "default-src 'none'" in page, name


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    made = write_page(tmp_path / "a.html", "<p>")
    with pytest.raises(DataError, match="nothing is overwritten"):
        write_page(made, "other")
    with pytest.raises(DataError, match=r"does not end in \.html"):
        write_page(tmp_path / "a.txt", "<p>")
    with pytest.raises(DataError, match="could not be written"):
        write_page(tmp_path / "no" / "a.html", "<p>")
    assert made.read_text(encoding="utf-8") == "<p>"


def test_it_prints_as_it_is_meant(browser: Any, tmp_path: Path) -> None:
    for what, text in pages(six_students()).items():
        page = browser.new_page()
        page.goto(write_page(tmp_path / f"{what}.html", text).as_uri())
        printed = page.pdf(prefer_css_page_size=True)
        page.close()
        count = len(re.findall(rb"/Type\s*/Page\b", printed))
        assert count == {"students": 1, "teachers": 3, "master": 4}[what], what
