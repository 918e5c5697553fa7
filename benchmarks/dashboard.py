"""Measure how fast the dashboard answers, in Chromium on this machine, and print a table.

    .venv/bin/python benchmarks/dashboard.py [--out benchmarks/dashboard.md]

Chico High is measured where ``ECHELON_BENCHMARKS`` names the folder of benchmarks; else Valley High is. The
university is an invented one, of 127 departments unless ``--departments`` says otherwise.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from echelon_lib.formats.tables import write_text_atomic
from echelon_lib.formats.university_writing import university_contents
from echelon_lib.generate.university.generator import generate_university
from echelon_lib.generate.university.statistics import university_statistics
from echelon_lib.runs.workspace import Workspace

OPENINGS, CLICKS, DRAWINGS, FILTERS, JUDGINGS = 5, 20, 5, 20, 3
PAGE = "voila/render/dashboards/master_schedule.ipynb"
UNIVERSITY = "voila/render/dashboards/university.ipynb"
DEPARTMENTS = 127
SEARCH = 10
"""Seconds of the search whose timetable is looked at."""
SHOW, WEEK = "from *Show this run*", "from a click on *Week*"


def seconds_of(deed: Callable[[], object]) -> float:
    """Return how long something takes."""
    start = time.perf_counter()
    deed()
    return time.perf_counter() - start


def school(workspace: Path) -> tuple[str, int]:
    """Return label and number of sections of the largest school that is here."""
    named = os.environ.get("ECHELON_BENCHMARKS", "").strip()
    folder = Path(named) / "chico" if named else None
    if folder is None or not folder.is_dir():
        return "Valley High (sample)", 168
    files = {path.name: path.read_bytes() for path in sorted(folder.glob("*.csv"))}
    Workspace(workspace).add_school("Chico", files)
    return "Chico", 482


def university(workspace: Path, departments: int) -> tuple[str, int]:
    """Put an invented university into a workspace; return its name and the number of its sessions."""
    files = generate_university(departments, seed=0).files
    name = f"University of {departments} departments"
    Workspace(workspace).add_school(name, university_contents(files), "university")
    return name, int(university_statistics(files)["sessions"])


def opened(browser: Any, address: str, path: str = PAGE, words: str = "The files can be read") -> Any:
    """Open a page in a profile of its own and wait until a school can be chosen."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.set_default_timeout(120_000)
    page.goto(address + path, wait_until="commit")
    page.wait_for_selector(f"text={words}")
    return page


def step(page: Any, name: str) -> None:
    """Go to a step of the page."""
    page.locator(".ech-steps button", has_text=name).click()


def start(page: Any, label: str, solver: str, seconds: int) -> None:
    """Start a run of a school."""
    step(page, "School")
    page.get_by_label("School", exact=True).select_option(label=label)
    step(page, "Run")
    page.get_by_label("Seconds it may take").fill(str(seconds))
    page.get_by_label("Seconds it may take").press("Tab")
    if not page.get_by_label("Solver").is_visible():
        page.locator("button", has_text="For specialists").click()
    page.get_by_label("Solver").select_option(label=solver)
    page.locator("button:has-text('Make the timetable'):enabled").click()
    page.wait_for_selector("button:has-text('Stop and keep the best'):enabled")


def measured(browser: Any, address: str, label: str, sections: int) -> list[tuple[str, list[float]]]:
    """Return what was measured: a title, and the seconds of each time."""
    rows: list[tuple[str, list[float]]] = []
    first = []
    for _ in range(OPENINGS):
        time.sleep(8)  # whoever comes next finds a kernel that waits, unless many come at once
        begin = time.perf_counter()
        page = opened(browser, address)
        first.append(time.perf_counter() - begin)
        page.context.close()
    rows.append(("from opening the page until a school can be chosen", first))

    page = opened(browser, address)
    start(page, "Valley High (sample)", "As suits the school: exact model, search, or both", 600)
    page.wait_for_selector("dd:text-matches('^[0-9]')")
    clicks = []
    for number in range(CLICKS):
        name, seen = (("Rules", "Which rules?"), ("Run", "Make the timetable"))[number % 2]
        step_seen = f"h2:visible:has-text('{seen}')"

        def go(name: str = name, step_seen: str = step_seen) -> None:
            step(page, name)
            page.wait_for_selector(step_seen)

        clicks.append(seconds_of(go))
    rows.append(("a click on another step while a solve runs", clicks))
    step(page, "Run")
    page.locator("button", has_text="Stop and keep the best").click()
    page.wait_for_selector(".ech-views button:visible")

    start(page, label, "Quick, without looking back", 60)
    page.wait_for_selector(".ech-views button:visible")
    drawn = []
    for _ in range(DRAWINGS):
        page.locator(".ech-views button", has_text="Overview").click()
        page.wait_for_selector("th:has-text('Measure')")

        def draw() -> None:
            page.locator(".ech-views button", has_text="Week").click()
            page.wait_for_function(f"document.querySelectorAll('.ech-week button').length >= {sections}")

        drawn.append(seconds_of(draw))
    rows.append((f"the week of {label} as a grid, {sections} sections", drawn))
    page.context.close()
    return rows


# What a person waits for after a filter: the event, and everything that it makes the browser draw.
SIFTED = """
([words, department]) => new Promise((done) => {
  const find = document.querySelector(".ech-sessions input[type=search]");
  const chosen = document.querySelectorAll(".ech-sessions select")[1];
  const begin = performance.now();
  find.value = words;
  find.dispatchEvent(new Event("input", { bubbles: true }));
  chosen.selectedIndex = department;
  chosen.dispatchEvent(new Event("change", { bubbles: true }));
  requestAnimationFrame(() => requestAnimationFrame(() => done((performance.now() - begin) / 1000)));
})
"""


def measured_university(
    browser: Any, address: str, name: str, sessions: int
) -> list[tuple[str, list[float]]]:
    """Return what was measured of the page of a university, of which two timetables are made."""
    judged, shown, drawn = [], [], []
    page = opened(browser, address, UNIVERSITY, "Arithmetic finds nothing")
    for _ in range(JUDGINGS):
        for label in ("Small College (sample)", name):
            begin = time.perf_counter()
            page.get_by_label("University", exact=True).select_option(label=label)
            reading = page.get_by_text(f"the files of {label.removesuffix(' (sample)')}")
            reading.wait_for()
            reading.wait_for(state="hidden")
            page.wait_for_selector("text=Arithmetic finds nothing")
        judged.append(time.perf_counter() - begin)
    for seed in range(2):
        step(page, "Run")
        for label, number in (("Seconds it may take", SEARCH), ("Seed", seed)):
            page.get_by_label(label, exact=True).fill(str(number))
            page.get_by_label(label, exact=True).press("Tab")
        page.locator("button:has-text('Make the timetable'):enabled").click()
        page.wait_for_selector(".ech-sessions .ech-chip:visible")
    for number in range(DRAWINGS):
        page.locator(".ech-views button", has_text="Quality").click()
        step(page, "Run")
        page.locator("select[size]:visible").first.select_option(index=(number + 1) % 2)
        begin = time.perf_counter()
        page.locator("button:has-text('Show this run'):enabled").click()
        page.wait_for_selector("dt:visible:has-text('Faculty preference')")
        shown.append(time.perf_counter() - begin)
        begin = time.perf_counter()
        page.locator(".ech-views button", has_text="Week").click()
        page.wait_for_selector(".ech-sessions .ech-chip:visible")
        drawn.append(time.perf_counter() - begin)
    assert f"{sessions:,} sessions" in page.inner_text(".ech-sessions .ech-told")
    departments = page.locator(".ech-sessions select").nth(1).locator("option").count()
    words = page.locator(".ech-sessions .ech-chip b").all_inner_texts()
    by_word, by_department = ((word, 0) for word in words), (("", at) for at in range(1, departments))
    asked = [one for pair in zip(by_word, by_department, strict=False) for one in pair][:FILTERS]
    sifted = [page.evaluate(SIFTED, one) for one in asked]
    page.context.close()
    return [
        (f"{name}: from its choice until its files are checked", judged),
        (f"{name}: {SHOW} until its figures are there", shown),
        (f"{name}: {WEEK} until the grid of {sessions:,} sessions is there", drawn),
        (f"{name}: a filter of that grid, by a word or a department", sifted),
    ]


def table(rows: list[tuple[str, list[float]]]) -> str:
    """Return the figures as a table."""
    both = sum(statistics.median(seconds) for title, seconds in rows if SHOW in title or WEEK in title)
    lines = [
        "# How fast the dashboard answers",
        "",
        f"Seconds in Chromium, {os.cpu_count()} cores, Python {platform.python_version()}; "
        "`.venv/bin/python benchmarks/dashboard.py --out benchmarks/dashboard.md` made this table.",
        "",
        "A grid of a university counts from the click on *Week*. The run is opened before, by "
        f"*Show this run*; the medians of both together are {both:.2f} s.",
        "",
        "| what | times | median | worst |",
        "|---|--:|--:|--:|",
    ]
    for title, seconds in rows:
        lines.append(f"| {title} | {len(seconds)} | {statistics.median(seconds):.2f} | {max(seconds):.2f} |")
    return "\n".join([*lines, ""])


def main() -> None:
    """Start a dashboard on a workspace of its own, measure it, and end it."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    words.add_argument("--out", type=Path, help="file for the table")
    words.add_argument("--departments", type=int, default=DEPARTMENTS, help="size of the university")
    words.add_argument("--only-university", action="store_true", help="leave the page of schools out")
    told = words.parse_args()
    out: Path | None = told.out
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder) / "workspace"
        label, sections = school(workspace)
        name, sessions = university(workspace, told.departments)
        command = [sys.executable, "-m", "echelon_lib", "dashboard", "--port", "0", "--no-browser"]
        server = subprocess.Popen(
            [*command, "--workspace", str(workspace)], stdout=subprocess.PIPE, text=True
        )
        try:
            address = (server.stdout.readline() if server.stdout else "").split()[-1]
            with sync_playwright() as playwright:
                chromium = shutil.which("chromium")
                browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
                rows = [] if told.only_university else measured(browser, address, label, sections)
                rows += measured_university(browser, address, name, sessions)
                browser.close()
        finally:
            server.terminate()
            server.wait()
    text = table(rows)
    sys.stdout.write(text)
    if out is not None:
        write_text_atomic(out, text)


if __name__ == "__main__":
    main()
