"""The university page as a registrar meets it: from an invented university to two variants side by side."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from page_checks import faint_texts, focus_ring, is_too_wide, shown
from running_dashboard import ROOT, Dashboard, until

from echelon_lib.runs.jobs import Jobs
from echelon_lib.runs.workspace import Workspace

PAGE = "/voila/render/dashboards/university.ipynb"
PICTURES = ROOT / "test-output" / "dashboards"
NAME = "Invented, 2 departments, seed 1"

OpenPage = Callable[..., Any]


@pytest.fixture
def jobs(dashboard: Dashboard) -> Iterator[Jobs]:
    """The runs of the dashboard; those that still go on are stopped in the end."""
    found = Jobs(Workspace(dashboard.workspace))
    yield found
    for job in found.jobs():
        if job.going:
            found.cancel(job.id)
    until(lambda: not any(job.going for job in found.jobs()), "all runs ended")


def click(page: Any, text: str) -> None:
    page.locator(f"button:visible:has-text('{text}')").first.click()


def go_to(page: Any, step: str) -> None:
    button = page.locator(".ech-steps button", has_text=step).first
    until(lambda: button.click() or "mod-active" in str(button.get_attribute("class")), f"{step} is shown")


def number(page: Any, label: str, value: int) -> None:
    field = page.get_by_label(label, exact=True)
    field.fill(str(value))
    field.press("Tab")


def look(page: Any, name: str) -> None:
    """Keep pictures; every text can be read, and nothing is wider than the page, on a desk and a tablet."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for width in (800, 1280):
        page.set_viewport_size({"width": width, "height": 1000})
        until(lambda: not is_too_wide(page), f"{name}: nothing sticks out at {width} pixels")
        page.wait_for_timeout(200)
        page.screenshot(path=PICTURES / f"university-{name}-{width}.png", full_page=True)
    assert faint_texts(page) == [], name


def make_timetable(page: Any, seconds: int) -> None:
    go_to(page, "Run")
    number(page, "Seconds it may take", seconds)
    page.locator("button:has-text('Make the timetable'):enabled").click()
    page.wait_for_selector("button:has-text('Stop and keep the best'):enabled")


def told(page: Any) -> str:
    return str(page.inner_text(".ech-sessions .ech-told"))


def test_the_whole_path(open_page: OpenPage, jobs: Jobs) -> None:
    page = shown(open_page(PAGE))
    page.wait_for_selector("text=The files can be read")
    click(page, "Invent a university")
    number(page, "Departments", 2)
    number(page, "Seed of the draw", 1)
    click(page, "Invent it")
    page.wait_for_selector(f"text={NAME}: it was invented")
    page.wait_for_selector("text=Arithmetic finds nothing that makes a timetable impossible")
    look(page, "data")

    go_to(page, "Weights")
    page.wait_for_selector("text=These are the weights of Balanced")
    make_timetable(page, 3)
    page.wait_for_selector(".ech-sessions .ech-chip")
    assert "✓ No session breaks a required rule." in told(page)
    look(page, "week")
    page.get_by_label("Rows").select_option(label="Room")
    everything = told(page)
    page.get_by_label("Find", exact=True).fill("lab mon")
    assert told(page) != everything
    page.get_by_label("Find", exact=True).fill("")
    page.locator(".ech-sessions .ech-open").first.click()
    page.wait_for_selector(".ech-one-week .ech-chip")
    look(page, "one-week")
    for view, words in (("Quality", "Faculty preference"), ("Rooms and hours", "least used first")):
        page.locator(".ech-views button", has_text=view).click()
        page.wait_for_selector(f"text={words}")
        page.wait_for_selector(".ech-figure:visible .main-svg")
        look(page, view.lower().replace(" ", "-"))
    page.locator(".ech-views button", has_text="Look up").click()
    page.get_by_label("Identifier", exact=True).fill("F001")
    page.wait_for_selector("h3:has-text('The week of F001')")
    look(page, "lookup")

    go_to(page, "Weights")
    page.get_by_label("Variant", exact=True).select_option(label="Faculty-focused")
    page.wait_for_selector("text=◆ changed; Balanced has 125")
    page.get_by_label("Student gaps, price").fill("7")
    page.get_by_label("Student gaps, price").press("Tab")
    page.get_by_label("Name of your own", exact=True).fill("Short days")
    page.get_by_label("Name of your own", exact=True).press("Tab")
    look(page, "weights")
    make_timetable(page, 300)
    page.wait_for_selector("dd:text-matches('^[0-9]')")
    until(lambda: any(job.going and (job.progress or {}).get("incumbent") for job in jobs.jobs()), "a best")
    look(page, "run")
    click(page, "Stop and keep the best")
    page.wait_for_selector(".ech-views button:visible")
    (stopped,) = [job for job in jobs.jobs() if job.name == "Short days"]
    assert (stopped.state, stopped.institution) == ("cancelled", "university")

    go_to(page, "Variants")
    boxes = page.locator("label:visible", has_text="placed").locator("input[type=checkbox]")
    until(lambda: boxes.count() == 2, "both runs are listed")
    for place in range(2):
        boxes.nth(place).check()
    page.wait_for_selector("th:has-text('Short days')")
    page.wait_for_selector("td:has-text('Cost of faculty preference')")
    page.wait_for_selector("text=at another time or in another room than in")
    page.wait_for_selector(".ech-figure:visible .main-svg")
    page.get_by_label("Balanced", exact=True).uncheck()
    number(page, "Seconds for each", 3)
    click(page, "Make these variants")
    page.wait_for_selector("th:has-text('What it does')")
    look(page, "variants-made")
    page.wait_for_selector("text=The variants have been made")
    page.wait_for_selector("th:has-text('Compactness-focused: better')")
    page.wait_for_selector("td:has-text('All faculty')")
    look(page, "variants")

    go_to(page, "Download")
    with page.expect_download() as coming:
        click(page, "Timetable")
    rows = list(csv.reader(io.StringIO(Path(coming.value.path()).read_text(encoding="utf-8"))))
    assert rows[0][:5] == ["Session", "Course", "Section", "Day", "Start"]
    with page.expect_download() as coming:
        click(page, "Excel workbook")
    book = openpyxl.load_workbook(io.BytesIO(Path(coming.value.path()).read_bytes()))
    assert "Timetable" in book.sheetnames
    look(page, "download")


def test_a_page_of_schools_knows_nothing_of_universities(open_page: OpenPage, jobs: Jobs) -> None:
    page = shown(open_page("/voila/render/dashboards/master_schedule.ipynb"))
    names = page.get_by_label("School", exact=True).locator("option").all_inner_texts()
    assert not any("College" in name or "Invented" in name for name in names)


def tab_to(page: Any, name: str) -> None:
    """Press the tab key until something has the focus, and see that whatever had it could be seen."""
    for _ in range(40):
        page.keyboard.press("Tab")
        assert focus_ring(page) >= 2, page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
        at = page.evaluate(
            "document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent"
        )
        if str(at).strip() == name:
            return
    raise AssertionError(f"the tab key does not lead to {name}")


def test_the_keyboard_alone_is_enough(open_page: OpenPage, jobs: Jobs) -> None:
    page = shown(open_page(PAGE))
    page.get_by_label("University", exact=True).select_option(label="Small College (sample)")
    page.wait_for_selector("text=The files can be read")
    go_to(page, "Weights")
    page.wait_for_selector("text=These are the weights of Balanced")
    tab_to(page, "Peak load, slider")
    page.keyboard.press("ArrowRight")
    page.wait_for_selector("text=◆ changed; Balanced has 1")
    go_to(page, "Run")
    page.wait_for_selector("button:has-text('Make the timetable'):enabled")
    tab_to(page, "Make the timetable")
