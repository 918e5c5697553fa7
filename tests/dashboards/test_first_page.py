"""The first page leads to every app and notebook, by mouse and by keyboard."""

from __future__ import annotations

import json
from typing import Any

import pytest
from page_checks import faint_texts, focus_ring, is_too_wide, shown
from running_dashboard import ROOT, Dashboard


def titles() -> dict[str, str]:
    """Return the title of each app and notebook of the checkout by its address."""
    found = {}
    for folder in ("dashboards", "notebooks"):
        for path in sorted((ROOT / folder).glob("*.ipynb")):
            cell = json.loads(path.read_text(encoding="utf-8"))["cells"][0]
            found[f"/voila/render/{folder}/{path.name}"] = "".join(cell["source"]).splitlines()[0][2:]
    return found


def test_it_lists_all_apps_and_notebooks(page: Any) -> None:
    page.wait_for_selector("main a")
    found = page.eval_on_selector_all(
        "main a", "links => links.map(link => [new URL(link.href).pathname, link.textContent])"
    )
    own = {address: title for address, title in found if "/yours/" in address}
    assert {address: title for address, title in found if address not in own} == titles()
    assert own["/voila/render/yours/stand_in.ipynb"] == "Stand-in"
    card = page.text_content("li:has(a[href*='01_check_data'])")
    assert "Can these files make a timetable" in card, "the question of the notebook"
    assert page.title() == "Echelon – timetables of schools"
    assert page.get_attribute("html", "lang") == "en"


def test_a_card_leads_to_its_page(page: Any) -> None:
    page.click("text=Stand-in")
    assert shown(page).title() == "Stand-in – Echelon"
    page.click("header a")
    page.wait_for_selector("h1 >> text=Timetables of schools")


def test_the_keyboard_reaches_every_link(page: Any) -> None:
    page.wait_for_selector("main a")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    assert page.evaluate("document.activeElement.getBoundingClientRect().top >= 0"), "it can be seen now"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.tagName") == "MAIN"
    links = page.eval_on_selector_all("main a", "links => links.map(link => link.textContent)")
    reached = []
    for _ in links:
        page.keyboard.press("Tab")
        assert focus_ring(page) >= 2
        reached.append(page.evaluate("document.activeElement.textContent"))
    assert reached == links


@pytest.mark.parametrize("width", [1280, 800, 400])
def test_it_fits_and_can_be_read(open_page: Any, width: int) -> None:
    page = open_page("/", width=width)
    page.wait_for_selector("main a")
    assert not is_too_wide(page)
    assert faint_texts(page) == []


def test_a_wrong_address_is_answered_in_words(dashboard: Dashboard, open_page: Any) -> None:
    page = open_page("/voila/render/notebooks/99_nothing.ipynb")
    page.forgiven = True  # a missing page is an error on the console
    page.wait_for_selector("h1 >> text=There is no such page")
    assert "Traceback" not in page.content()
    assert faint_texts(page) == []
    page.click("text=All pages")
    page.wait_for_selector("h1 >> text=Timetables of schools")
    assert dashboard.get("/voila/tree/notebooks")[0] == 200, "a folder is the first page again"
