"""Locking on the page: in the week, by name, unlocked again, and solved again from there."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from page_checks import faint_texts, is_too_wide
from running_dashboard import ROOT, Dashboard, until
from test_master_schedule_page import chosen, click, go_to, opened, upload

from echelon_lib.formats.school_records import LOCKS
from echelon_lib.runs.jobs import Jobs
from echelon_lib.runs.workspace import Workspace

PICTURES = ROOT / "test-output" / "dashboards"

OpenPage = Callable[..., Any]


def lock(page: Any, kind: str, name: str) -> None:
    page.get_by_label("Lock a", exact=True).select_option(label=kind)
    field = page.get_by_label("Named", exact=True)
    field.fill(name)
    field.press("Tab")
    page.locator("button:visible", has_text=re.compile(r"^\s*Lock$")).last.click()


def pictured(page: Any, name: str) -> None:
    """Look at the page as it is on a desk and on a tablet."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for width in (800, 1280):
        page.set_viewport_size({"width": width, "height": 1000})
        until(lambda: not is_too_wide(page), f"nothing sticks out at {width} pixels")
        page.screenshot(path=PICTURES / f"{name}-{width}.png", full_page=True)
    assert faint_texts(page) == []


def test_lock_and_solve_again(open_page: OpenPage, dashboard: Dashboard, tiny_high_folder: Path) -> None:
    page = opened(open_page)
    upload(page, tiny_high_folder, "A school to lock")
    until(lambda: chosen(page) == "A school to lock", "the school is chosen")
    go_to(page, "run")
    click(page, "For specialists")
    page.get_by_label("Seed", exact=True).wait_for()
    pictured(page, "run-step")
    click(page, "Make the timetable")
    page.wait_for_selector("text=97.3 % of requests met, 91.6 % of students complete")
    click(page, "Week")
    page.locator(".ech-week button", has_text="ENG-2").first.click()
    click(page, "Lock ENG-2")
    page.wait_for_selector("text=ENG-2 is locked. 1 locked in all")
    page.wait_for_selector(".ech-week button.ech-locked")
    assert "It is locked." in page.locator(".ech-week button.ech-locked").get_attribute("aria-label")
    pictured(page, "lock-week")
    page.locator(".ech-views button", has_text="Lock").click()
    page.wait_for_selector("text=1 locked, on one thing.")
    listed = page.get_by_label("Locked", exact=True)
    lock(page, "Teacher", "T02")
    until(lambda: "T02" in str(listed.text_content()), "the teacher is listed")
    lock(page, "Student", "ST01")
    until(lambda: "ST01" in str(listed.text_content()), "the student is listed")
    lock(page, "Course", "Histry")
    page.wait_for_selector("text=There is no course 'Histry'")
    listed.select_option(index=0)
    click(page, "Unlock what is chosen")
    until(lambda: "ENG-2" not in str(listed.text_content()), "it is unlocked")
    count = listed.locator("option").count()
    pictured(page, "lock-list")
    click(page, "Solve again with these locks")
    page.wait_for_selector("text=locks are kept.")
    page.wait_for_selector("text=What moved since the run before")
    assert page.get_by_label("Locked", exact=True).locator("option").count() == count
    pictured(page, "lock-kept")
    jobs = Jobs(Workspace(dashboard.workspace)).jobs()
    last = next(job for job in jobs if job.school == "A school to lock")
    assert "student,ST01" in (last.folder / LOCKS).read_text(encoding="utf-8")
    assert str(last.scenario["start"]).startswith(str(dashboard.workspace))
