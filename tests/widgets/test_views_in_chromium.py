"""The small views in a real page: what a person sees, presses and hears read out."""

from __future__ import annotations

import os
import re
from hashlib import sha256

import pytest

FILES = """
from hashlib import sha256
import ipywidgets
from echelon_lib.domain.errors import DataError, Issue
from echelon_lib.widgets.download import Download
from echelon_lib.widgets.upload import Upload

upload, told, runs = Upload(most_bytes=2_000_000, most_total=3_000_000, most_files=3), ipywidgets.Label(), []

def take(files):
    told.value = " ".join(f"{name}={sha256(content).hexdigest()}" for name, content in files.items())
    if "bad.csv" in files:
        raise DataError([Issue("The column Period is missing.", path="bad.csv")])

def fail():
    raise DataError([Issue("There is no such run.")])

def tables():
    runs.append(1)
    return b"%d," % len(runs) * 1_000_000

upload.on_files(take)
ipywidgets.VBox([upload, told, Download("Tables", "a:b.csv", tables), Download("Broken", "b.csv", fail)])
"""

GRID = """
import ipywidgets, time, traitlets
from echelon_lib.analysis.week import WEEK_BY
from echelon_lib.widgets.week_grid import WeekGrid
from schools_by_hand import many_sections

problem, timetable = many_sections()
grid, find, chosen = WeekGrid(), ipywidgets.Text(description="Find"), ipywidgets.Label()
by = ipywidgets.Dropdown(options=WEEK_BY, description="By")
by.observe(lambda change: grid.show(problem, timetable, by.value), "value")
grid.show(problem, timetable)
traitlets.link((find, "value"), (grid, "filter"))
traitlets.dlink((grid, "selected"), (chosen, "value"), lambda id: f"chosen: {id or 'none'}")
ipywidgets.VBox([by, find, grid, chosen])
"""

FIGURES = """
import ipywidgets
from schools_by_hand import six_students, six_students_placed
from echelon_lib.formats.viewer import viewer_html
from echelon_lib.plots.utilisation import plot_utilisation, plot_utilisation_by_course
from echelon_lib.widgets.figure_view import FigureView, PlotlyScript
from echelon_lib.widgets.lookup_frame import LookupFrame

problem, timetable = six_students(), six_students_placed()
view, other = FigureView(plot_utilisation(problem, timetable)), FigureView(alt="Later")
change = ipywidgets.Button(description="Change")
change.on_click(lambda button: view.show(plot_utilisation_by_course(problem, timetable), alt="Courses"))
inside = ipywidgets.Accordion([ipywidgets.VBox([other])], titles=["More"], selected_index=None)
other.show(plot_utilisation(problem, timetable))
frame = LookupFrame(viewer_html(problem, timetable, first_line="63 %", unmet=[("cyd", "Drama", "no room")]))
ipywidgets.VBox([change, view, inside, PlotlyScript(), frame])
"""

MATRIX = """
from schools_by_hand import six_students, six_students_placed
from echelon_lib.widgets.conflict_view import conflict_view

conflict_view(six_students(), six_students_placed())
"""


@pytest.fixture(scope="module")
def matrix(shown):
    """A page with the conflict matrix of six students."""
    return shown("matrix", MATRIX, ".ech-figure .main-svg")


@pytest.fixture(scope="module")
def files(shown):
    """A page with a field for uploads and two buttons for downloads."""
    return shown("files", FILES, ".ech-download button")


@pytest.fixture(scope="module")
def grid(shown):
    """A page with the week of a school of 482 sections."""
    return shown("grid", GRID, ".ech-week td button")


@pytest.fixture(scope="module")
def figures(shown):
    """A page with a figure, one that is out of sight, and a frame to look up timetables."""
    return shown("figures", FIGURES, ".ech-figure .main-svg")


def csv(name: str, content: bytes) -> dict[str, object]:
    return {"name": name, "mimeType": "text/csv", "buffer": content}


# Files --------------------------------------------------------------------------------------------------


def test_chosen_files_arrive(files) -> None:
    content = os.urandom(1_500_000)
    files.set_input_files("input[type=file]", [csv("Period.csv", content), csv("empty.txt", b"")])
    files.wait_for_selector(".ech-upload [role=status] >> text=2 files were received, 1.5 MB.")
    told = files.inner_text(".widget-label")
    assert told == f"Period.csv={sha256(content).hexdigest()} empty.txt={sha256(b'').hexdigest()}"
    assert files.is_hidden(".ech-going")
    assert files.input_value("input[type=file]") == "", "the same file can be chosen once more"


def test_what_is_too_large_is_said_and_not_sent(files) -> None:
    files.set_input_files(
        "input[type=file]", [csv("large.csv", bytes(2_000_001)), csv("b.csv", bytes(1_500_000))]
    )
    alert = files.inner_text(".ech-upload [role=alert]")
    assert "“large.csv” is too large: 2.1 MB, and 2.0 MB is the most for a file." in alert
    assert "together: 3.6 MB" in alert


def test_what_the_kernel_refuses_is_said_and_goes_with_the_next_upload(files) -> None:
    for name, words in (
        ("bad.csv", "The column Period is missing."),
        ("a.exe", "is not a .csv or .txt file"),
    ):
        files.set_input_files("input[type=file]", [csv(name, b"x")])
        files.wait_for_selector(f".ech-upload [role=alert] >> text={words}")
    files.set_input_files("input[type=file]", [csv("good.csv", b"x")])
    files.wait_for_selector(".ech-upload [role=status] >> text=1 file was received")
    assert files.inner_text(".ech-upload").count("not a .csv") == 0


def test_files_can_be_dropped(files) -> None:
    files.evaluate(
        """() => {
          const transfer = new DataTransfer();
          transfer.items.add(new File(["a,b"], "dropped.csv"));
          const area = document.querySelector(".ech-upload");
          const some = { dataTransfer: transfer, bubbles: true, cancelable: true };
          area.dispatchEvent(new DragEvent("dragover", some));
          window.over = area.classList.contains("ech-over");
          area.dispatchEvent(new DragEvent("drop", some));
        }"""
    )
    assert files.evaluate("over") is True
    files.wait_for_selector(".widget-label >> text=dropped.csv=")


def test_the_field_has_a_name_and_takes_the_keyboard(files) -> None:
    field = files.get_by_label("CSV files")
    field.focus()
    assert files.evaluate("document.activeElement.type") == "file"
    described = field.get_attribute("aria-describedby")
    assert "at most 3 files" in files.inner_text(f"#{described}")


def test_a_file_is_saved_once_however_often_it_is_pressed(files) -> None:
    files.evaluate("""() => {
      const click = HTMLAnchorElement.prototype.click;
      window.saved = 0;
      HTMLAnchorElement.prototype.click = function () { window.saved += 1; click.call(this); };
    }""")
    with files.expect_download() as got:
        files.evaluate(
            "() => { const b = document.querySelector('.ech-download button'); b.click(); b.click(); }"
        )
    assert got.value.suggested_filename == "a_b.csv"
    assert got.value.path().read_bytes() == b"1," * 1_000_000
    with files.expect_download() as got:
        files.get_by_role("button", name="Tables").press("Enter")
    assert got.value.path().read_bytes()[:2] == b"2,", "the second press was none"
    assert files.evaluate("saved") == 2


def test_a_failed_download_is_said_beside_the_button(files) -> None:
    files.get_by_role("button", name="Broken").click()
    files.wait_for_selector(".ech-download [role=alert] >> text=There is no such run.")
    files.wait_for_selector("button[aria-disabled=false] >> text=Broken")


# The week -----------------------------------------------------------------------------------------------


def focused(page) -> str:
    return page.evaluate("document.activeElement.dataset.id ?? document.activeElement.tagName")


def choose(page, by: str) -> None:
    page.select_option("select", by)
    page.wait_for_function(
        "by => document.querySelector('.ech-week caption').textContent.endsWith(by)", arg=by
    )


def test_all_sections_are_there_and_say_what_they_are(grid) -> None:
    assert grid.locator(".ech-week td button").count() == 482
    assert grid.get_by_role("grid", name="Master schedule by teacher").count() == 1
    assert grid.get_by_role("rowheader").count() == 169
    first = grid.get_by_role("button", name="S000, Course 0, T000, R1: 0 of 30 seats, 0 %, under the target.")
    assert first.inner_text().split("\n") == ["S000", "▾ 0/30", "Course 0"]


def test_one_stop_for_the_tab_key_and_arrows_within(grid) -> None:
    assert grid.locator(".ech-week [tabindex='0']").count() == 1
    grid.focus(".ech-week [tabindex='0']")
    assert focused(grid) == "S000"
    path = []
    for key in (
        "ArrowRight",
        "ArrowDown",
        "End",
        "Home",
        "ArrowUp",
        "ArrowUp",
        "Control+End",
        "Control+Home",
    ):
        grid.keyboard.press(key)
        path.append(focused(grid))
    assert path == ["S169", "S170", "TD", "S001", "S000", "S000", "TD", "S000"]
    assert grid.locator(".ech-week [tabindex='0']").count() == 1
    grid.keyboard.press("Shift+Tab")
    assert focused(grid) == "INPUT", "the keyboard gets out again"


def test_the_keyboard_chooses_and_the_choice_is_seen_and_heard(grid) -> None:
    grid.focus("[data-id=S001]")
    grid.keyboard.press("Enter")
    grid.wait_for_selector("text=chosen: S001")
    assert grid.get_attribute("[data-id=S001]", "aria-pressed") == "true"
    choose(grid, "course")
    assert grid.get_attribute("[data-id=S001]", "aria-pressed") == "true"
    grid.click("[data-id=S001]")
    grid.wait_for_selector("text=chosen: none")
    choose(grid, "teacher")


def test_several_sections_of_a_cell_are_walked_one_by_one(grid) -> None:
    choose(grid, "period")
    grid.focus("[data-id=S000]")
    grid.keyboard.press("ArrowDown")
    assert focused(grid) == "S021"
    grid.keyboard.press("ArrowUp")
    assert focused(grid) == "S000"
    choose(grid, "teacher")


def test_a_filter_shows_what_fits(grid) -> None:
    for words, visible, rows in (("T048 course", 3, 1), ("s48", 2, 2), ("nothing", 0, 0)):
        grid.get_by_label("Find").fill(words)
        grid.wait_for_selector(f".ech-week [role=status] >> text={visible} of 482 sections fit “{words}”")
        assert grid.locator(".ech-week tbody tr:visible").count() == rows
        assert grid.locator(".ech-week [tabindex='0']").count() == min(rows, 1)
    grid.get_by_label("Find").fill("")
    grid.wait_for_selector(".ech-week tbody tr:visible")


def test_heads_stay_while_the_box_scrolls_and_the_page_does_not(grid) -> None:
    for width in (1280, 800):
        grid.set_viewport_size({"width": width, "height": 700})
        assert grid.evaluate("document.documentElement.scrollWidth <= innerWidth")
        grid.evaluate("document.querySelector('.ech-box').scrollTo(300, 4000)")
        top, left = grid.evaluate(
            """() => {
              const box = document.querySelector(".ech-box").getBoundingClientRect();
              const head = document.querySelector(".ech-week thead th").getBoundingClientRect();
              return [head.top - box.top, head.left - box.left];
            }"""
        )
        assert (abs(top) < 3, abs(left) < 3) == (True, True)
    grid.set_viewport_size({"width": 1280, "height": 900})


def test_a_section_reached_by_keyboard_is_not_under_the_heads(grid) -> None:
    grid.focus("[data-id=S168]")
    for _ in range(40):
        grid.keyboard.press("ArrowUp")
    covered = grid.evaluate(
        """() => {
          const at = document.activeElement.getBoundingClientRect();
          const seen = document.elementFromPoint(at.left + 8, at.top + 4);
          return seen?.closest("button") !== document.activeElement;
        }"""
    )
    assert not covered


def test_on_paper_everything_is_there(grid) -> None:
    grid.emulate_media(media="print")
    assert grid.evaluate(
        "(box => box.scrollHeight <= box.clientHeight + 1)(document.querySelector('.ech-box'))"
    )
    pages = max(map(int, re.findall(rb"/Count (\d+)", grid.pdf(landscape=True))))
    assert pages > 4, "169 rows do not fit on one"
    grid.emulate_media(media="screen")


# Figures and the frame ----------------------------------------------------------------------------------


def test_a_figure_is_drawn_and_said(figures) -> None:
    said = figures.get_by_role("img").first.get_attribute("aria-label")
    assert said == "Utilisation of sections. 2 of 4 sections use less than 75 % of their seats"
    assert figures.locator(".ech-figure .point").count() == 4
    assert figures.locator(".modebar-btn--logo, [data-title*='Cloud'], [data-title*='Chart']").count() == 0


def test_another_figure_takes_its_place(figures) -> None:
    figures.get_by_role("button", name="Change").click()
    figures.wait_for_selector(".ech-figure .bars .point", state="attached")
    assert figures.get_by_role("img").first.get_attribute("aria-label") == "Courses"
    assert figures.locator(".ech-figure").first.locator(".main-svg").count() == 3, "one figure, not two"


def test_a_figure_out_of_sight_is_drawn_when_it_is_seen(figures) -> None:
    more = figures.locator(".jp-Accordion, .jupyter-widget-Accordion").first
    assert more.locator(".main-svg").count() == 0
    figures.get_by_text("More").click()
    more.locator(".main-svg").first.wait_for()


def test_a_figure_follows_the_width_of_the_page(figures) -> None:
    figures.set_viewport_size({"width": 800, "height": 900})
    figures.wait_for_function("document.querySelector('.ech-figure .main-svg').clientWidth < 800")
    figures.set_viewport_size({"width": 1280, "height": 900})
    figures.wait_for_function("document.querySelector('.ech-figure .main-svg').clientWidth > 900")


def look_up(page, id: str):
    frame = page.frame_locator(".ech-lookup iframe")
    frame.get_by_label("student", exact=True).check()
    frame.locator("#search").fill(id)
    frame.locator("#search").press("Enter")
    frame.locator(f"h2 >> text=Student {id}").wait_for()
    return frame


def test_a_student_is_looked_up_within_the_frame(figures) -> None:
    frame = look_up(figures, "cyd")
    assert frame.locator("ul.unmet li").inner_text() == "Drama – no room"
    frame.locator("main a >> text=quin").click()
    frame.locator("h2 >> text=Teacher quin").wait_for()
    assert figures.frames[-1].url.startswith("about:srcdoc"), "a link leads nowhere else"


def test_the_frame_prints_itself_alone(figures) -> None:
    frame = look_up(figures, "ann")
    inside, around = figures.frames[-1], figures.main_frame
    for place in (inside, around):
        place.evaluate("() => { window.printed = 0; window.print = () => { window.printed += 1; }; }")
    frame.locator("#print").click()
    frame.locator("#print-all").click()
    assert (inside.evaluate("printed"), around.evaluate("printed")) == (2, 0)


def test_the_frame_reaches_nothing_around_it(figures) -> None:
    inside = figures.frames[-1]
    ways = {
        "the page": "parent.document.title",
        "its address": "parent.location.href",
        "storage": "localStorage.length",
        "the server": "await fetch('/api/kernels')",
        "markup with a script": """await new Promise((yes, no) => {
            const script = document.createElement("script");
            Object.assign(script, { textContent: "window.ran = true", onload: yes, onerror: no });
            document.body.append(script);
            window.ran ? yes() : no();
        })""",
    }
    for way, code in ways.items():
        got = inside.evaluate(
            f"async () => {{ try {{ {code}; return 'reached'; }} catch {{ return 'refused'; }} }}"
        )
        assert (way, got) == (way, "refused")


@pytest.mark.parametrize("name", ["files", "grid", "figures"])
def test_no_page_breaks_or_asks_another_host(request, name: str) -> None:
    page = request.getfixturevalue(name)
    assert page.said == []
    ours = [url for url in page.elsewhere if "cdn.jsdelivr.net/npm/@fortawesome" not in url]
    assert ours == [], "what the stock template asks for is not ours"


# The conflict matrix ------------------------------------------------------------------------------------

CELL = """([row, column]) => {
  const figure = document.querySelector(".js-plotly-plot");
  const { xaxis, yaxis } = figure._fullLayout;
  const box = figure.getBoundingClientRect();
  return [box.left + xaxis._offset + xaxis.c2p(column), box.top + yaxis._offset + yaxis.c2p(row)];
}"""


def test_a_cell_that_is_pressed_opens_its_students(matrix) -> None:
    matrix.locator(".js-plotly-plot").scroll_into_view_if_needed()
    for row, column, hovered, said in (
        (0, 2, "Art (2) and Chess", "Art and Chess; 1 of them without one of the two."),
        (1, 0, "Biology (1) and Art", "Biology and Art"),
        (0, 2, "Art (2) and Chess", "Art and Chess"),
    ):
        matrix.mouse.move(*matrix.evaluate(CELL, [row, column]))
        matrix.wait_for_selector(f".hoverlayer .hovertext:has-text('{hovered}')")
        matrix.mouse.click(*matrix.evaluate(CELL, [row, column]))
        matrix.wait_for_selector(f"h4:has-text('2 students ask for both {said}')")
    assert matrix.locator("td:text-is('eve')").count() == 1


def test_the_matrix_can_be_read_without_pressing(matrix) -> None:
    matrix.locator("select").nth(2).select_option("Art")
    matrix.locator("select").nth(3).select_option("Chess")
    matrix.wait_for_selector("h4:has-text('both Art and Chess')")
    label = matrix.locator(".ech-figure [role=img]").get_attribute("aria-label")
    assert label.startswith("Conflict matrix of 3 courses. Under most pressure: Art and ")
