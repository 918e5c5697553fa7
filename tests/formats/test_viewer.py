"""The viewer is one page that asks nobody for anything and takes data for data."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from schools_by_hand import WEEK, six_students, six_students_placed, unplaced

from echelon_lib.domain.offerings import Course, Meeting, Request, Section
from echelon_lib.domain.people import Attendee
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.formats.viewer import viewer_data, viewer_html

EVIL = "</script><img src=x onerror=\"document.title='broken'\"><!--<script>\u2028\u2029 & {{DATA}} '\""


class Tags(HTMLParser):
    """The tags of a page and the texts of its scripts."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=False)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1][0] == "script" and data.strip():
            self.scripts.append(data)


def evil_school() -> tuple[Problem, Timetable]:
    """A school in which everything is named like an attack."""
    problem = Problem(
        EVIL,
        WEEK,
        (Course.of(EVIL, [Section(EVIL, (Meeting(EVIL, WEEK.times),), 3, (EVIL,), department=EVIL)]),),
        (
            Attendee(EVIL, "teacher", EVIL),
            Attendee(EVIL, "student", details={"Name": EVIL, "Diagnosis": "private"}),
        ),
        requests=(Request("r", EVIL, (EVIL,)),),
    )
    return problem, Timetable().place(EVIL, WEEK.time("R2")).enrol(EVIL, EVIL)


@pytest.fixture(scope="module")
def page() -> str:
    return viewer_html(six_students(), six_students_placed(), first_line="63.6 % of requests met")


def test_the_data_is_all_there_and_compact() -> None:
    data = viewer_data(six_students(), six_students_placed(), "said")
    assert data["students"][0] == ["ann", "Ann", [0, 2]]
    assert data["sections"][2] == ["B-1", 1, [1], [1], 3, 2, ""]
    assert data["times"][1] == ["R2", [0], 1, 1]
    assert (data["days"], data["slots"], data["line"]) == (["R", "G"], 2, "said")


def test_the_page_asks_nobody(page: str) -> None:
    tags = Tags(page).tags
    assert not [
        attrs for _, attrs in tags if {"src", "href", "action", "srcset", "style", "onclick"} & attrs.keys()
    ]
    assert "//" not in re.sub(r"(?m)^\s*//.*$", "", page).replace("</", ""), "no address of any kind"
    policy = next(attrs["content"] for tag, attrs in tags if "http-equiv" in attrs)
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    script = Tags(page).scripts[1]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy, "a changed script would not run"


def test_nothing_is_inserted_as_markup(page: str) -> None:
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "DOMParser"):
        assert way not in page


def test_names_cannot_break_out_of_the_data() -> None:
    problem, timetable = evil_school()
    page = viewer_html(problem, timetable, first_line=EVIL)
    found = Tags(page)
    assert [tag for tag, _ in found.tags if tag in ("img", "script")] == ["script", "script"]
    assert page.isascii()
    data = json.loads(found.scripts[0])
    assert (data["name"], data["line"], data["students"][0][0]) == (EVIL, EVIL, EVIL)
    assert "private" not in page
    assert "{{SCRIPT_HASH}}" not in page


def test_a_lone_surrogate_does_no_harm() -> None:
    problem = Problem("\ud800", WEEK, attendees=(Attendee("\udfff", "student"),))
    viewer_html(problem, Timetable()).encode("utf-8")


def test_sped_is_not_on_the_page(page: str) -> None:
    assert "SPED" not in page
    assert "secret plan" not in page


def test_what_is_not_met_stands_beside_its_student_without_saying_who_is_in_sped() -> None:
    unmet = [
        ("cyd", "Drama", "not offered"),
        ("dan", "Biology", "no SPED seat"),
        ("dan", "Art", "clash with Chess"),
        ("eve", "Art", "no seat"),
        ("nobody", "Art", "no seat"),
    ]
    data = viewer_data(six_students(), six_students_placed(), unmet=iter(unmet))
    assert data["unmet"] == {
        "2": [["Drama", "not offered"]],
        "3": [["Biology", "no seat"], ["Art", "clash with Chess"]],
        "4": [["Art", "no seat"]],
    }
    page = viewer_html(six_students(), six_students_placed(), unmet=unmet)
    assert "SPED" not in page
    assert "clash with Chess" in page


def test_1900_students_fit() -> None:
    students = tuple(
        Attendee(f"ST{number:05}", "student", details={"Name": "N" * 20}) for number in range(1900)
    )
    sections = [Section(f"S{number}", (Meeting(f"S{number}", WEEK.times),), 400) for number in range(40)]
    problem = Problem("large", WEEK, (Course.of("X", sections),), students)
    timetable = Timetable({}, {s.id: frozenset(one.id for one in sections[:8]) for s in students})
    assert len(viewer_html(problem, timetable)) < 300_000


# In a browser, where there is one -----------------------------------------------------------------------


def opened(browser, tmp_path: Path, text: str):
    file = tmp_path / "viewer.html"
    file.write_text(text, encoding="utf-8")
    page = browser.new_page()
    page.asked, page.said = [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("console", lambda message: page.said.append(message.text))
    page.on("pageerror", lambda error: page.said.append(str(error)))
    page.goto(file.as_uri())
    return page


def test_a_student_is_found_by_keyboard(browser, tmp_path: Path, page: str) -> None:
    view = opened(browser, tmp_path, page)
    assert view.text_content("#line") == "63.6 % of requests met"
    view.focus("#search")
    view.keyboard.type("ann")
    assert view.text_content("[role=option]") == "ann Ann"
    view.keyboard.press("ArrowDown")
    assert view.get_attribute("#search", "aria-activedescendant") == "option-0"
    view.keyboard.press("Enter")
    assert view.text_content("h2") == "Student ann"
    assert view.evaluate("document.activeElement.tagName") == "H2"
    cells = view.eval_on_selector_all("tbody td", "cells => cells.map(cell => cell.innerText)")
    assert cells[0].split("\n") == ["R1", "Art", "A-1, pat"]
    assert cells[1].split("\n") == ["G1"]
    view.click("main a >> text=pat")
    view.wait_for_selector("h2 >> text=Teacher pat")
    view.go_back()
    view.wait_for_selector("h2 >> text=Student ann")
    assert len(view.asked) == 1, "only the page itself"
    assert view.said == []


def test_what_a_student_does_not_get_is_said(browser, tmp_path: Path) -> None:
    unmet = [("cyd", EVIL, "not offered")]
    view = opened(browser, tmp_path, viewer_html(six_students(), six_students_placed(), unmet=unmet))
    for student, expected in (("cyd", [f"{EVIL} – not offered"]), ("ann", [])):
        view.fill("#search", student)
        view.keyboard.press("Enter")
        view.wait_for_selector(f"h2 >> text=Student {student}")
        assert view.locator("ul.unmet li").all_text_contents() == expected
    assert view.said == []


def test_all_of_a_kind_are_printed(browser, tmp_path: Path, page: str) -> None:
    view = opened(browser, tmp_path, page)
    view.evaluate("window.print = () => { window.sheets = document.querySelectorAll('.sheet').length; }")
    view.click("#print-all")
    assert view.evaluate("window.sheets") == 6
    view.check("input[value=section]")
    view.click("#print-all")
    assert view.evaluate("window.sheets") == 4


def test_clashes_and_sections_without_a_period_are_said(browser, tmp_path: Path) -> None:
    timetable = unplaced(six_students_placed().enrol("ann", "C-1"), "B-1")
    view = opened(browser, tmp_path, viewer_html(six_students(), timetable))
    view.fill("#search", "ann")
    view.keyboard.press("Enter")
    view.wait_for_selector("h2")
    text = view.inner_text("main")
    assert "Clash: 2 at once" in text
    assert "Not placed yet\nBiology" in text


def test_an_attack_stays_a_name(browser, tmp_path: Path) -> None:
    problem, timetable = evil_school()
    view = opened(browser, tmp_path, viewer_html(problem, timetable, first_line=EVIL))
    for kind in ("student", "teacher", "section"):
        view.check(f"input[value={kind}]")
        view.focus("#search")
        view.keyboard.press("Enter")
        view.wait_for_selector(f"h2 >> text={kind.title()}")
        assert EVIL[:30] in view.text_content("h2")
    assert view.title() != "broken"
    assert view.query_selector("img") is None
    assert view.said == []
