"""The master schedule page as an assistant principal meets it: the whole path, and whatever may go wrong."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import psutil
import pytest
from page_checks import faint_texts, focus_ring, is_too_wide, shown
from running_dashboard import Dashboard, until

from echelon_lib.runs.jobs import Jobs
from echelon_lib.runs.workspace import Workspace
from echelon_lib.widgets.state import STEPS

PAGE = "/voila/render/dashboards/master_schedule.ipynb"
TITLES = dict(zip(STEPS, ("1 School", "2 Rules", "3 Run", "4 Result", "5 Advice"), strict=True))
VIEWS = (
    *("Overview", "Week", "Lock", "How full", "Conflicts", "Look up and print"),
    *("Not met", "Who pays", "Compare", "Download"),
)

OpenPage = Callable[..., Any]


@pytest.fixture
def jobs(dashboard: Dashboard) -> Any:
    """The runs of the dashboard; those that still go on are stopped in the end."""
    found = Jobs(Workspace(dashboard.workspace))
    yield found
    for job in found.jobs():
        if job.going:
            found.cancel(job.id)
    until(lambda: not any(job.going for job in found.jobs()), "all runs ended")


@pytest.fixture
def damaged(tiny_high_folder: Path, tmp_path: Path) -> Path:
    """Files with two cells that cannot be read."""
    folder = Path(shutil.copytree(tiny_high_folder, tmp_path / "damaged"))
    path = folder / "Sections_Information.csv"
    text = path.read_text(encoding="utf-8").replace("T01,7,", "T01,many,").replace("T03,10,", "T09,10,")
    path.write_text(text, encoding="utf-8")
    return folder


def click(page: Any, text: str) -> None:
    page.locator(f"button:visible:has-text('{text}')").first.click()


def go_to(page: Any, step: str) -> None:
    page.locator(".ech-steps button", has_text=TITLES[step].replace(" ", "  ")).or_(
        page.locator(".ech-steps button", has_text=TITLES[step])
    ).first.click()


def choose(page: Any, school: str) -> None:
    go_to(page, "school")
    page.get_by_label("School", exact=True).select_option(label=school)


def chosen(page: Any) -> str:
    name = page.get_by_label("School", exact=True).evaluate("field => field.selectedOptions[0].text")
    return str(name).replace("\xa0", " ")


def opened(open_page: OpenPage, **size: int) -> Any:
    return shown(open_page(PAGE, **size))


def start(page: Any, seconds: int) -> None:
    go_to(page, "run")
    field = page.get_by_label("Seconds it may take")
    field.fill(str(seconds))
    field.press("Tab")
    click(page, "Make the timetable")
    page.wait_for_selector("button:has-text('Stop and keep the best'):enabled")


def upload(page: Any, folder: Path, name: str) -> None:
    go_to(page, "school")
    fold = page.locator("button:visible", has_text="Bring your own files")
    if "▸" in fold.inner_text():
        fold.click()
    page.get_by_label("Name", exact=True).fill(name)
    page.locator("input[type=file]:visible").set_input_files(sorted(folder.glob("*.csv")))


def test_the_whole_path(open_page: OpenPage, tiny_high_folder: Path, jobs: Any) -> None:
    page = opened(open_page)
    upload(page, tiny_high_folder, "Our own school")
    until(lambda: chosen(page) == "Our own school", "the school is chosen")
    # The school that was chosen before may still stand there for a moment.
    until(lambda: "room for all 38 of 38 requests" in page.inner_text("main"), "its files are judged")
    go_to(page, "rules")
    page.wait_for_selector("text=Arithmetic finds nothing in these rules that cannot be kept")
    go_to(page, "run")
    click(page, "Make the timetable")
    page.wait_for_selector("text=97.3 % of requests met, 91.6 % of students complete")
    click(page, "Week")
    page.locator("button", has_text="ENG-2").first.click()
    page.wait_for_selector("h3:has-text('ENG-2')")
    click(page, "By period")
    page.wait_for_selector("th:has-text('R1')")
    click(page, "How full")
    page.wait_for_selector(".js-plotly-plot >> nth=1")
    click(page, "Not met")
    page.wait_for_selector("td:has-text('clash with English')")
    page.get_by_label("Find", exact=True).fill("Biology")
    page.wait_for_selector("text=No request is left unmet here")
    click(page, "Compare")
    page.wait_for_selector("td:has-text('37 of 38 (97.3 %)')")
    click(page, "Look up and print")
    frame = page.frame_locator("iframe")
    field = frame.locator("input:visible[type=text], input:visible[role=combobox], input:visible").last
    field.fill("ST01")
    field.press("Enter")
    frame.locator("text=ENG-").first.wait_for()
    assert frame.locator("text=Art").count(), "what is not met stands beside the week"
    click(page, "Download")
    with page.expect_download() as coming:
        click(page, "Excel workbook")
    book = openpyxl.load_workbook(io.BytesIO(Path(coming.value.path()).read_bytes()))
    assert len(book.sheetnames) >= 6
    (job,) = [job for job in jobs.jobs() if job.school == "Our own school"]
    with page.expect_download() as coming:
        click(page, "Master schedule")
    assert Path(coming.value.path()).read_bytes() == (job.folder / "Master_Schedule.csv").read_bytes()


def test_every_view_can_be_read_and_fits(open_page: OpenPage, dashboard: Dashboard, jobs: Any) -> None:
    page = opened(open_page)
    pictures = Path(__file__).resolve().parents[2] / "test-output" / "dashboards"
    pictures.mkdir(parents=True, exist_ok=True)

    def look(name: str) -> None:
        for width in (800, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            until(lambda: not is_too_wide(page), f"{name}: nothing sticks out at {width} pixels")
            page.screenshot(path=pictures / f"master-schedule-{width}-{name.lower().replace(' ', '-')}.png")
        assert faint_texts(page) == [], name

    choose(page, "Tiny High (sample)")
    page.wait_for_selector("text=The files can be read")
    look("school")
    go_to(page, "rules")
    for fold in page.locator(".ech-fold").all():
        fold.click()
    page.wait_for_selector("text=How strict")
    look("rules")
    start(page, 20)
    page.wait_for_selector(".ech-views button:visible")
    for view in VIEWS:
        click(page, view)
        page.wait_for_selector(f".ech-views button.mod-active:has-text('{view}')")
        page.wait_for_timeout(300)
        look(view)
    go_to(page, "run")
    page.wait_for_selector("option:has-text('97.3 % of requests met')")
    look("run")


def test_damaged_files_are_explained_and_mended_ones_taken(
    open_page: OpenPage, damaged: Path, tiny_high_folder: Path
) -> None:
    page = opened(open_page)
    upload(page, damaged, "Damaged")
    page.wait_for_selector("text=These files cannot be used yet")
    told = page.inner_text("main")
    assert "Sections_Information.csv, row 4" in told
    assert "many" in told
    assert "Maybe" in told
    go_to(page, "run")
    page.wait_for_selector("text=Choose a school whose files can be read first")
    assert page.locator("button:has-text('Make the timetable')").is_disabled()
    upload(page, tiny_high_folder, "Mended")
    until(lambda: chosen(page) == "Mended", "the school is chosen")
    page.wait_for_selector("text=The files can be read")


def test_near_headers_are_confirmed_by_a_person(
    open_page: OpenPage, tiny_high_folder: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(tiny_high_folder, tmp_path / "near"))
    path = folder / "Student_Info.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("Student ID", "student_id", 1), encoding="utf-8")
    page = opened(open_page)
    upload(page, folder, "Near")
    page.wait_for_selector("text=Some column titles nearly fit")
    page.get_by_label("Yes, these columns are what they resemble").check()
    page.wait_for_selector("text=The files can be read")


def test_files_that_are_no_school_are_refused_in_words(open_page: OpenPage, tmp_path: Path) -> None:
    (tmp_path / "malware.exe").write_bytes(b"MZ")
    (tmp_path / "Holiday_photos.csv").write_bytes(b"\x00\x01\x02")
    (tmp_path / "huge.csv").write_bytes(b"x" * 21_000_000)
    page = opened(open_page)
    go_to(page, "school")
    click(page, "Bring your own files")
    field = page.locator("input[type=file]:visible")
    field.set_input_files(tmp_path / "malware.exe")
    page.wait_for_selector("[role=alert]:has-text('malware.exe')")
    field.set_input_files(tmp_path / "huge.csv")
    page.wait_for_selector("[role=alert]:has-text('too large')")
    field.set_input_files(tmp_path / "Holiday_photos.csv")
    page.wait_for_selector("[role=alert]:has-text('Holiday_photos.csv')")


def test_a_run_is_stopped_and_keeps_its_best(open_page: OpenPage, jobs: Any) -> None:
    page = opened(open_page)
    choose(page, "Valley High (sample)")
    page.wait_for_selector("text=The files can be read")
    start(page, 600)
    page.wait_for_selector("dd:text-matches('^[0-9]')")
    until(lambda: any(job.going and (job.progress or {}).get("incumbent") for job in jobs.jobs()), "a best")
    click(page, "Stop and keep the best")
    page.wait_for_selector(".ech-views button:visible")
    assert next(job for job in jobs.jobs() if job.school == "Valley High").state == "cancelled"


def test_a_reloaded_page_goes_on_where_it_was(open_page: OpenPage, jobs: Any) -> None:
    page = opened(open_page)
    choose(page, "Valley High (sample)")
    start(page, 600)
    (going,) = [job for job in jobs.jobs() if job.going]
    page.reload(wait_until="commit")
    shown(page)
    page.wait_for_selector(".ech-steps button.mod-active:has-text('Run')")
    page.wait_for_selector("button:has-text('Stop and keep the best'):enabled")
    assert page.get_by_label("Seconds it may take").input_value() == "600"
    assert jobs.job(going.id).going
    until(lambda: (jobs.job(going.id).progress or {}).get("incumbent"), "a best")
    click(page, "Stop and keep the best")
    page.wait_for_selector(".ech-views button:visible")


def test_a_run_survives_the_kernel_of_its_page(open_page: OpenPage, dashboard: Dashboard, jobs: Any) -> None:
    page = opened(open_page)
    choose(page, "Tiny High (sample)")
    start(page, 60)
    (going,) = [job for job in jobs.jobs() if job.going] or jobs.jobs()[:1]
    page.forgiven = True
    for process in psutil.Process(dashboard.process.pid).children(recursive=True):
        if "ipykernel_launcher" in " ".join(process.cmdline()):
            process.kill()
    until(lambda: not jobs.job(going.id).going, "the run ended by itself")
    assert jobs.job(going.id).state == "finished"
    page.goto("about:blank")
    again = opened(open_page)
    go_to(again, "run")
    again.wait_for_selector("option:has-text('97.3 % of requests met')")


def test_two_people_at_once(open_page: OpenPage, jobs: Any) -> None:
    one, other = opened(open_page), opened(open_page)
    choose(one, "Tiny High (sample)")
    choose(other, "Valley High (sample)")
    one.wait_for_selector("dd:text-is('38')")
    other.wait_for_selector("dd:text-is('480')")
    start(one, 30)
    start(other, 8)
    for page, requests in ((one, "of 38 ("), (other, "of 3,355 (")):
        page.wait_for_selector(".ech-views button:visible")
        page.wait_for_selector(f"td:has-text('{requests}')")


def test_the_keyboard_alone_is_enough(open_page: OpenPage, jobs: Any) -> None:
    page = opened(open_page)
    choose(page, "Tiny High (sample)")
    go_to(page, "run")
    page.wait_for_selector("button:has-text('Make the timetable'):enabled")
    page.keyboard.press("Tab")
    for _ in range(30):
        if page.evaluate("document.activeElement.textContent").strip() == "Make the timetable":
            break
        assert focus_ring(page) >= 2, page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=97.3 % of requests met")
