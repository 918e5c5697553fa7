"""Notebooks as pages: shown as they are, readable, and honest when something ends."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import psutil
from page_checks import faint_texts, focus_ring, is_too_wide, shown
from running_dashboard import Dashboard, until

from echelon_lib.runs.run import run
from echelon_lib.runs.scenario import Scenario

CHECK = "/voila/render/notebooks/01_check_data.ipynb"
FAILED = "text=This step could not be finished"
DRAWN = ".js-plotly-plot .main-svg"


def yours(name: str) -> str:
    return f"/voila/render/yours/{name}.ipynb"


def kernel(page: Any) -> tuple[int, str]:
    """Return process and folder of the kernel behind the stand-in."""
    pid, _, folder = page.text_content("#kernel").partition(" ")
    return int(pid), folder


def test_the_data_check_is_shown_as_it_is(open_page: Any, dashboard: Dashboard) -> None:
    page = shown(open_page(CHECK))
    page.wait_for_selector(DRAWN)
    assert page.title() == "Check the data – Echelon"
    assert page.locator("h1").all_inner_texts() == ["Check the data"]
    assert page.locator("main table").count() >= 3
    assert "3,355" in page.text_content("main"), "the requests of the sample school"
    assert page.locator(FAILED).count() == 0
    assert "read_school_files" not in page.content(), "no code is shown or sent"
    assert faint_texts(page) == []
    for width in (1280, 800):
        page.set_viewport_size({"width": width, "height": 900})
        assert not is_too_wide(page)

    links = page.eval_on_selector_all("main a[href]", "links => links.map(link => link.href)")
    paths = {link.removeprefix(dashboard.address).partition("#")[0] for link in links}
    assert {path for path in paths if not path.endswith(".ipynb")} == {"/voila/render/data/README.md"}
    assert "Student_Preference_Info.csv" in dashboard.get("/voila/render/data/README.md")[1]
    listed = dashboard.get("/")[1]
    assert [path for path in paths if path.endswith(".ipynb") and path not in listed] == []


def test_the_master_schedule_is_made_and_shown(
    open_page: Any, dashboard: Dashboard, tiny_high_folder: Path, tmp_path: Path
) -> None:
    before = set((dashboard.workspace / "runs").glob("*/result.json"))
    page = shown(open_page(yours("tiny")))
    page.wait_for_selector(DRAWN)
    assert page.locator(DRAWN).count() >= 4
    assert page.locator(FAILED).count() == 0
    assert "OPTIMAL" in page.text_content("main")
    (made,) = set((dashboard.workspace / "runs").glob("*/result.json")) - before
    run(Scenario(folder=tiny_high_folder, seconds=20), tmp_path / "run")
    for table in ("Master_Schedule.csv", "Student_Assignments.csv"):
        assert (made.parent / table).read_bytes() == (tmp_path / "run" / table).read_bytes()
    assert not is_too_wide(page)
    assert faint_texts(page) == []


def test_advice_is_asked_and_shown(open_page: Any) -> None:
    page = shown(open_page(yours("advised")))
    page.wait_for_selector(DRAWN)
    assert page.locator(DRAWN).count() >= 2
    assert page.locator(FAILED).count() == 0
    for text in ("Art has 4 requests", "0 surplus sections", "Changed sections"):
        assert text in page.text_content("main"), text
    assert faint_texts(page) == []
    for width in (1280, 800):
        page.set_viewport_size({"width": width, "height": 900})
        assert not is_too_wide(page)


def test_widgets_answer_and_can_be_read(open_page: Any) -> None:
    page = shown(open_page(yours("stand_in")))
    page.wait_for_selector("text=A widget of our own")
    page.click("button >> text=Count")
    page.wait_for_selector(".widget-label >> text='1'")
    assert faint_texts(page) == []
    assert page.locator("mjx-container, .MathJax").count() == 0, "$5 is a price"
    assert "From $5 to $6" in page.text_content("main")


def test_a_page_is_worked_with_the_keyboard(open_page: Any) -> None:
    page = shown(open_page(yours("stand_in")))
    page.wait_for_selector("text=A widget of our own")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Count"
    assert focus_ring(page) >= 2
    page.keyboard.press("Enter")
    page.wait_for_selector(".widget-label >> text='1'")
    for _ in range(6):
        page.keyboard.press("Tab")
        assert focus_ring(page) >= 2


def test_two_pages_have_kernels_and_states_of_their_own(open_page: Any, dashboard: Dashboard) -> None:
    first, second = (shown(open_page(yours("stand_in"))) for _ in range(2))
    for page in (first, second):
        page.wait_for_selector("#kernel")
    assert kernel(first)[0] != kernel(second)[0]
    assert kernel(first)[1] == str(dashboard.workspace), "where kernels work is not served"
    first.click("button >> text=Count")
    first.wait_for_selector(".widget-label >> text='1'")
    assert second.locator(".widget-label >> text='1'").count() == 0


def test_an_app_that_waits_is_given_to_one_page_only(dashboard: Dashboard) -> None:
    page = "/voila/render/dashboards/master_schedule.ipynb"
    found = [dashboard.get(page)[1].partition('"kernelId": "')[2][:36] for _ in range(3)]
    assert len(set(found)) == 3


def test_a_page_that_is_left_takes_its_kernel_along(open_page: Any) -> None:
    page = shown(open_page(yours("stand_in")))
    page.wait_for_selector("#kernel")
    pid, _ = kernel(page)
    with page.expect_event("close"):
        page.close(run_before_unload=True)
    until(lambda: not psutil.pid_exists(pid), "the kernel has ended")


def test_going_back_opens_the_page_anew(open_page: Any) -> None:
    page = shown(open_page(yours("stand_in")))
    page.click("header a")
    page.wait_for_selector("h1 >> text=Timetables of schools")
    page.go_back(wait_until="commit")
    shown(page)
    page.click("button >> text=Count")
    page.wait_for_selector(".widget-label >> text='1'")
    assert not page.locator("#echelon-alert").is_visible()


def test_a_wide_table_scrolls_by_itself(open_page: Any) -> None:
    page = shown(open_page(yours("wide"), width=800))
    box = page.locator(".jp-OutputArea-output:has(table)")
    assert box.evaluate("box => box.scrollWidth > box.clientWidth")
    assert box.get_attribute("tabindex") == "0", "the keyboard can scroll it"
    assert not is_too_wide(page)


def test_an_error_is_a_sentence_and_tells_nothing(open_page: Any, dashboard: Dashboard) -> None:
    page = shown(open_page(yours("trouble")))
    page.wait_for_selector(FAILED)
    for text in (page.content(), dashboard.log):
        assert not [word for word in ("S4711", "Lovelace", "vault-9", "Traceback") if word in text]
    assert "never reached" not in page.content()
    assert "ValueError" not in page.content()
    assert faint_texts(page) == []


def test_a_kernel_that_dies_ends_the_page_once(open_page: Any) -> None:
    page = open_page(yours("killed"))
    page.forgiven = True  # the frontend looks for the kernel in vain
    page.wait_for_selector(FAILED)
    shown(page)
    assert page.locator(f"{FAILED} >> visible=true").count() == 1


def test_a_kernel_that_is_gone_is_said(open_page: Any) -> None:
    page = shown(open_page(yours("stand_in")))
    page.forgiven = True
    page.wait_for_selector("#kernel")
    alert = page.locator("#echelon-alert")
    assert not alert.is_visible()
    os.kill(kernel(page)[0], signal.SIGKILL)
    alert.wait_for(state="visible")
    assert "Reload the page; running solves go on." in alert.text_content()
    assert faint_texts(page) == []
    alert.locator("button").click()
    shown(page).wait_for_selector("text=A widget of our own")
    assert not alert.is_visible()


def test_a_kernel_that_cannot_be_started_is_said(browser: Any, dashboard: Dashboard) -> None:
    page = browser.new_page()
    page.clock.install()
    page.goto(dashboard.address + yours("no_kernel"), wait_until="commit")
    page.wait_for_selector("text=Opening the page")
    page.clock.fast_forward("02:00")
    page.wait_for_selector("text=This page could not be started.")
    page.close()


def test_a_server_that_is_gone_is_said(browser: Any, tmp_path: Path, own_notebooks: Path) -> None:
    with Dashboard(tmp_path, "--notebooks", own_notebooks) as short:
        page = browser.new_page()
        page.goto(short.address + yours("stand_in"), wait_until="commit", timeout=0)
        page.wait_for_selector("text=A widget of our own", timeout=0)
        short.end(signal.SIGTERM)
        page.wait_for_selector("text=The connection was lost.", timeout=60_000)
        page.close()


def test_nothing_is_fetched_from_another_host(open_page: Any, dashboard: Dashboard) -> None:
    page = open_page(yours("outside"))
    page.forgiven = True  # the browser says what it refused
    shown(page)
    until(lambda: page.evaluate("1") and len(page.said) >= 1, "the policy is told")
    assert all("Content Security Policy" in line for line in page.said), page.said
    # Playwright sees the request before the policy refuses it; what counts is that none was sent.
    assert set(page.elsewhere) <= {"http://192.0.2.1/picture.png", "http://192.0.2.1/script.js"}
    page.elsewhere.clear()
