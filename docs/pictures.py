"""Make the pictures of the README from the dashboard: the weeks of a school and of a university, and a chart.

    .venv/bin/python docs/pictures.py

It needs Chromium. Periods and hours may differ from run to run where the search runs out of time.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

IMAGES = Path(__file__).resolve().parent / "images"
SECONDS = 60


def pictures(address: str) -> None:
    """Make the timetable of the sample school on the page, and photograph what it shows."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 860})
        page.goto(f"{address}voila/render/dashboards/master_schedule.ipynb", wait_until="commit")
        page.get_by_label("School", exact=True).select_option(label="Valley High (sample)")
        page.wait_for_selector("text=The files can be read")
        page.locator(".ech-steps button", has_text="Run").click()
        page.get_by_label("Seconds it may take").fill(str(SECONDS))
        page.get_by_label("Seconds it may take").press("Tab")
        page.locator("button", has_text="Make the timetable").click()
        page.wait_for_selector(".ech-views button:visible", timeout=1000 * (SECONDS + 120))
        page.locator(".ech-views button", has_text="Week").click()
        page.locator("button", has_text="ENG").first.wait_for()
        page.screenshot(path=IMAGES / "dashboard.png")
        page.locator(".ech-views button", has_text="How full").click()
        chart = page.locator(".js-plotly-plot").last
        chart.wait_for()
        chart.screenshot(path=IMAGES / "utilisation.png")
        university(browser, address)
        browser.close()


def university(browser: Browser, address: str) -> None:
    """Make the timetable of the sample college on its page, and photograph the week."""
    page = browser.new_page(viewport={"width": 1280, "height": 860})
    page.goto(f"{address}voila/render/dashboards/university.ipynb", wait_until="commit")
    page.wait_for_selector("text=The files can be read")
    page.locator(".ech-steps button", has_text="Run").click()
    page.get_by_label("Seconds it may take").fill(str(SECONDS))
    page.get_by_label("Seconds it may take").press("Tab")
    page.locator("button:has-text('Make the timetable'):enabled").click()
    page.wait_for_selector(".ech-sessions .ech-chip", timeout=1000 * (SECONDS + 120))
    page.get_by_label("Rows").select_option(label="Faculty")
    page.locator(".ech-sessions .ech-chip").first.click()
    page.locator(".ech-sessions").screenshot(path=IMAGES / "university.png")


def main() -> None:
    """Start a dashboard on a workspace of its own, and end it afterwards."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as workspace:
        words = ["dashboard", "--port", "0", "--no-browser", "--workspace", workspace]
        server = subprocess.Popen(
            [sys.executable, "-m", "echelon_lib", *words], stdout=subprocess.PIPE, text=True
        )
        try:
            first = server.stdout.readline() if server.stdout else ""
            pictures(first.split()[-1])
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
