"""The grid of a university's sessions: what is sent, and what a person sees, finds and hears read out."""

from __future__ import annotations

import re
import sys

import pytest
from tiny_universities import placed, university

from echelon_lib.analysis.session_columns import COLUMNS, session_columns
from echelon_lib.widgets.session_grid import SessionGrid

WEEK = "ALG-1#1 Mon 11:00 hall, ALG-1#2 Tue 09:00 hall, GEN-1#1 Tue 10:00 hall, GEN-1L#1 Mon 09:00 lab"

GRID = """
from pathlib import Path
import ipywidgets
from echelon_lib.analysis.session_columns import session_columns
from echelon_lib.domain.timetable import Timetable
from echelon_lib.formats.run_folder import read_run
from echelon_lib.runs.paths import CHECKOUT
from echelon_lib.university import load_university
from echelon_lib.widgets.session_grid import SessionGrid

folder = CHECKOUT / "data" / "samples" / "small_college"
problem = load_university(folder)
timetable = read_run(folder / "planted", problem)
broken = dict(timetable.placements)
first, second = problem.sections["MAT101-A"].meetings[:2]
broken[first.id] = broken[second.id]
grid = SessionGrid(session_columns(problem, timetable))
spoil = ipywidgets.Button(description="Spoil")
spoil.on_click(lambda button: grid.show(session_columns(problem, Timetable(broken))))
ipywidgets.VBox([spoil, grid])
"""


def test_the_columns_are_sent_as_numbers_of_four_bytes(page_of) -> None:
    problem = university()
    columns = session_columns(problem, placed(problem, WEEK))
    grid = SessionGrid(columns)
    size = 4 * len(columns.sessions)
    sent = [grid.columns[at : at + size] for at in range(0, len(grid.columns), size)]
    assert grid.fields == list(COLUMNS)
    for name, one in zip(COLUMNS, sent, strict=True):
        numbers = [int.from_bytes(one[at : at + 4], "little", signed=True) for at in range(0, size, 4)]
        assert numbers == list(columns.columns[name])
    assert sys.getsizeof(grid.columns) < 200 * len(columns.sessions)
    page_of(grid).sets(by="room", sessions=[], columns=b"")
    assert (grid.by, len(grid.sessions)) == ("room", 4), "the page turns the grid and sets nothing else"


@pytest.fixture(scope="module")
def grid(shown):
    """A page with the planted week of the sample college."""
    page = shown("sessions", GRID, ".ech-sessions .ech-chip")
    yield page
    assert page.said == []


def told(page) -> str:
    return page.inner_text(".ech-sessions .ech-told")


def find(page, words: str) -> None:
    page.fill(".ech-sessions input[type=search]", words)


def rows(page) -> list[str]:
    return page.locator(".ech-sessions .ech-open").all_inner_texts()


def by(page, what: str) -> None:
    page.get_by_label("Rows").select_option(label=what)


def test_every_session_is_there_and_only_rows_in_sight_are_drawn(grid) -> None:
    by(grid, "Course")
    assert told(grid) == "698 sessions in 91 rows. ✓ No session breaks a required rule."
    assert len(rows(grid)) < 60
    grid.evaluate("document.querySelector('.ech-sessions .ech-box').scrollTop = 1e6")
    grid.wait_for_function(
        "[...document.querySelectorAll('.ech-sessions .ech-row')].some((row) => row.dataset.row === '90')"
    )


def test_words_find_a_row_or_else_sessions(grid) -> None:
    by(grid, "Room")
    find(grid, "b01-102")
    assert rows(grid) == ["B01-102"]
    by(grid, "Department")
    find(grid, "b01-102")
    count = int(re.match(r"(\d+) sessions", told(grid))[1])
    assert 0 < count < 40
    find(grid, "mat101 mon")
    assert rows(grid) == ["MAT"]
    find(grid, "no such thing")
    assert told(grid).startswith("0 sessions in 0 rows.")
    find(grid, "")


def test_department_day_and_part_sift(grid) -> None:
    by(grid, "Faculty")
    departments = grid.get_by_label("Department", exact=True)
    departments.select_option(label=departments.locator("option", has_text="PHY").inner_text())
    grid.get_by_label("Part", exact=True).select_option(label="Lab")
    grid.get_by_label("Day", exact=True).select_option(label="Tue")
    texts = grid.locator(".ech-sessions .ech-chip").evaluate_all("chips => chips.map(chip => chip.title)")
    assert texts
    assert all("Tue" in text and "PHY" in text and "-L" in text for text in texts)
    for name in ("Department", "Part", "Day"):
        grid.get_by_label(name, exact=True).select_option(index=0)


def test_a_session_tells_what_is_known_of_it(grid) -> None:
    by(grid, "Course")
    find(grid, "MAT101")
    grid.locator(".ech-sessions .ech-chip").first.click()
    about = grid.inner_text(".ech-sessions .ech-detail")
    assert "MAT101 Mathematics 1.1" in about
    assert "BA-MAT Year 1" in about
    assert not re.search(r"\bS\d{4}\b", about), "no student is named"


def test_a_row_opens_as_a_week_of_its_own(grid) -> None:
    by(grid, "Room")
    find(grid, "b01-101")
    grid.click(".ech-sessions .ech-open")
    assert told(grid) == "The week of B01-101, B01, 36 seats."
    assert grid.locator(".ech-one-week .ech-day").all_inner_texts() == ["Mon", "Tue", "Wed", "Thu", "Fri"]
    assert grid.locator(".ech-one-week .ech-chip").count() > 5
    grid.keyboard.press("Enter")
    assert rows(grid) == ["B01-101"], "the button that leads back had the focus"
    find(grid, "")


def test_it_can_be_walked_through_by_keys_alone(grid) -> None:
    by(grid, "Faculty")
    grid.locator(".ech-sessions .ech-open").first.focus()
    grid.keyboard.press("ArrowRight")
    assert grid.evaluate("document.activeElement.className").startswith("ech-chip")
    for _ in range(40):
        grid.keyboard.press("ArrowDown")
    at = grid.evaluate("document.activeElement.closest('.ech-row').dataset.row")
    assert at == "40", "rows that were out of sight come into it"
    assert grid.evaluate(
        "(() => { const one = document.activeElement.getBoundingClientRect();"
        " const box = document.querySelector('.ech-sessions .ech-box').getBoundingClientRect();"
        " return one.top >= box.top + 40 && one.bottom <= box.bottom; })()"
    )
    grid.keyboard.press("Enter")
    assert grid.evaluate("document.activeElement.getAttribute('aria-pressed')") == "true"
    grid.keyboard.press("Control+Home")
    assert grid.evaluate("document.activeElement.closest('.ech-row').dataset.row") == "0"
    stops = grid.locator(".ech-sessions .ech-box [tabindex='0']").count()
    assert stops == 1, "one stop of the tab key, and arrows from there"


def test_what_breaks_a_rule_has_a_sign_and_a_word(grid) -> None:
    grid.click("button:has-text('Spoil')")
    grid.wait_for_selector("text=✕ 2 of all sessions break a required rule.")
    grid.get_by_label("only what breaks a required rule").check()
    chips = grid.locator(".ech-sessions .ech-chip")
    assert chips.count() == 2
    assert all("✕ " in text and "clash" in text for text in chips.all_inner_texts())
    assert "Breaks a required rule" in chips.first.get_attribute("aria-label")
    chips.first.click()
    assert "at the same time" in grid.inner_text(".ech-sessions .ech-detail")
