"""One round of advice as a principal goes through it, with the rules and with Claude."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from messages_api import KEY, MessagesApi, Scripted, messages_api, point_away, proposing
from page_checks import faint_texts, focus_ring, is_too_wide, shown
from running_dashboard import ROOT, Dashboard, until

from echelon_lib.generate.school import generate_school, write_school
from echelon_lib.runs.jobs import Jobs
from echelon_lib.runs.rounds import read_rounds
from echelon_lib.runs.workspace import Workspace
from echelon_lib.school_rules import SchoolRules

PAGE = "/voila/render/dashboards/master_schedule.ipynb"
PICTURES = ROOT / "test-output" / "dashboards"

OpenPage = Callable[..., Any]


@pytest.fixture(scope="module")
def api() -> Iterator[MessagesApi]:
    """A Claude of our own."""
    with messages_api() as running:
        yield running


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace in which a school with sections to spare has been solved."""
    folder = tmp_path_factory.mktemp("advice")
    write_school(generate_school(students=80, seed=3, surplus=6), folder / "school")
    place = Workspace(folder / "workspace")
    school = place.add_school("North High", {p.name: p.read_bytes() for p in (folder / "school").iterdir()})
    jobs = Jobs(place)
    job = jobs.start(school, SchoolRules(), solver="greedy")
    until(lambda: not jobs.job(job.id).going, "the first solve")
    return place


@pytest.fixture(scope="module")
def dashboard(workspace: Workspace, api: MessagesApi) -> Iterator[Dashboard]:
    """A dashboard with a key to Claude, on that workspace."""
    with pytest.MonkeyPatch.context() as patch:
        point_away(patch)
        told = {"ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": api.url}
        with Dashboard(workspace.path.parent, **told) as running:
            yield running


@pytest.fixture
def jobs(workspace: Workspace) -> Iterator[Jobs]:
    """The runs of the workspace; those that still go on are stopped in the end."""
    found = Jobs(workspace)
    yield found
    for job in found.jobs():
        if job.going:
            found.cancel(job.id)
    until(lambda: not any(job.going for job in found.jobs()), "all runs ended")


def click(page: Any, text: str) -> None:
    page.locator(f"button:visible:has-text('{text}')").first.click()


def go_to(page: Any, step: str) -> None:
    page.locator(".ech-steps button", has_text=step).first.click()


def advice(open_page: OpenPage, **size: int) -> Any:
    """Open the page, show its oldest run and go to the advice on it."""
    page = shown(open_page(PAGE, **size))
    go_to(page, "Run")
    runs = page.locator("select[size]:visible").first
    runs.locator("option").first.wait_for(state="attached")
    runs.select_option(index=runs.locator("option").count() - 1)
    click(page, "Show this run")
    page.wait_for_selector(".ech-views button:visible")
    go_to(page, "Advice")
    page.wait_for_selector("h3:has-text('Is there anything to gain')")
    return page


def look(page: Any, name: str) -> None:
    """Keep a picture; every text can be read, and nothing is wider than the page."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"advice-{name}.png", full_page=True)
    assert faint_texts(page) == [], name
    assert not is_too_wide(page), name


def by_keyboard(page: Any, text: str) -> None:
    """Go to a button with the tab key alone and press it."""
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent").strip() == text:
            break
        assert focus_ring(page) >= 2, page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
    page.keyboard.press("Enter")


def solve_again(page: Any) -> int:
    """Return with how many changes it can be solved again."""
    page.wait_for_selector("button:visible:has-text('Solve again with')")
    return int(page.locator("button:visible:has-text('Solve again with')").inner_text().split()[-2])


def test_one_round_with_the_rules(open_page: OpenPage, jobs: Jobs) -> None:
    page = advice(open_page)
    (first,) = jobs.jobs()
    by_keyboard(page, "Ask for advice")
    count = solve_again(page)
    page.get_by_role("checkbox", name=re.compile(r"^1\. ")).uncheck()
    page.wait_for_selector(f"button:has-text('Solve again with {count - 1} change')")
    reason = page.get_by_label("Why not number 1?")
    reason.fill("the lab needs both")
    reason.press("Tab")
    page.set_viewport_size({"width": 800, "height": 900})
    look(page, "proposals")
    page.set_viewport_size({"width": 1280, "height": 900})
    seconds = page.get_by_label("Seconds it may take").last
    seconds.fill("3")
    seconds.press("Tab")
    click(page, "Solve again with")
    page.wait_for_selector("h3:visible:has-text('Solving again')")
    page.wait_for_selector("h3:has-text('What the changes came to')")
    page.wait_for_selector(".js-plotly-plot:visible")
    page.wait_for_timeout(300)
    look(page, "after")
    (second,) = [job for job in jobs.jobs() if job.id != first.id]
    assert len(second.record.data["actions"]) == count - 1
    kept = read_rounds(first.folder / "advice" / "001").rounds[-1]
    assert kept.proposals[0].reasons == ("the lab needs both",)
    assert kept.after is not None
    click(page, "Take it back")
    page.wait_for_selector("text=The timetable from before the changes is shown again")
    go_to(page, "Advice")
    assert solve_again(page) == count - 1
    assert page.get_by_label("Why not number 1?").input_value() == "the lab needs both"


def test_claude_is_told_what_was_shown_and_streams(open_page: OpenPage, api: MessagesApi, jobs: Jobs) -> None:
    api.seen.clear()
    page = advice(open_page)
    page.get_by_label("Claude", exact=True).check()
    exact = page.locator(".ech-exact").last
    exact.wait_for()
    look(page, "claude")
    ask = page.locator("button:visible:has-text('Ask for advice')")
    assert ask.is_disabled(), "nobody has read it yet"
    page.get_by_label("I have read it; send this").check()
    api.will(Scripted("Weight Training could do with one section fewer.", stalled=True))
    page.wait_for_selector("button:has-text('Ask for advice'):enabled")
    ask.click()
    page.wait_for_selector("[role=log]:has-text('one section fewer')")
    assert api.seen[0].body.decode() == exact.text_content()
    click(page, "Stop asking")
    page.wait_for_selector("text=The adviser was stopped")
    outline = api.seen[0].outline
    course = next(one for one in outline["courses"] if one["sections_to_spare"]["at_most"])
    emptiest = course["sections"][0]["code"]
    good = {"kind": "remove", "section": emptiest, "reason": "It is half empty."}
    bad = {"kind": "merge", "section": emptiest, "into": emptiest, "reason": "They are <b>alike</b>."}
    api.will(proposing(good, bad, text="One section can go."))
    click(page, "Ask for advice")
    page.wait_for_selector("text=It is half empty.")
    page.wait_for_selector("text=Not possible:")
    look(page, "claude-answered")
    page.get_by_label("Never send anything from this workspace").check()
    page.wait_for_selector("text=Nothing is ever sent from this workspace")
    assert page.locator("button:visible:has-text('Ask for advice')").is_disabled()
    look(page, "never")
    page.get_by_label("Never send anything from this workspace").uncheck()
    page.wait_for_selector("text=Read the text above and agree")
    assert len(api.seen) == 2
