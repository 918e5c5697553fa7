"""A dashboard that serves the whole session, and pages of it in a real browser."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from half_empty import half_empty
from running_dashboard import PATIENCE, ROOT, Dashboard, notebook

PICTURES = ROOT / "test-output" / "dashboards"

STAND_IN = """
import os
import anywidget
import ipywidgets as w

button, count = w.Button(description="Count", button_style="primary", icon="check"), w.Label("0")
button.on_click(lambda _: setattr(count, "value", str(int(count.value) + 1)))
styles = ("", "success", "info", "warning", "danger")


class Hello(anywidget.AnyWidget):
    _esm = 'export default { render({ el }) { el.textContent = "A widget of our own"; } }'


w.VBox([
    w.HBox([button, count]),
    w.HBox([w.Button(description=style or "plain", button_style=style) for style in styles]),
    w.Text(description="Name", placeholder="a name"),
    w.Dropdown(options=["one", "two"], description="Which"),
    w.IntSlider(description="How many"),
    w.Checkbox(description="Really"),
    w.ToggleButtons(options=["First", "Second"]),
    w.Tab([w.Label("inside")], titles=("Tab",)),
    w.Accordion([w.Label("inside")], titles=("Fold",)),
    w.HTML(f"<p id=kernel>{os.getpid()} {os.getcwd()}</p>"),
    Hello(),
])
"""
WIDE = """
import pandas as pd
from echelon_lib.plots.page import table
table(pd.DataFrame([[f"value {n}" * 3 for n in range(40)]], columns=[f"Column {n}" for n in range(40)]))
"""
TERMINAL = "import os\nos.write(2, b'S4711 past the page')"
TROUBLE = "raise ValueError('student S4711 Ada Lovelace in /vault-9/place')"
KILLED = "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"
OUTSIDE = """
from IPython.display import HTML
HTML('<img src="http://192.0.2.1/picture.png"><script src="http://192.0.2.1/script.js"></script>')
"""


def _given(name: str, **values: object) -> str:
    """Return a notebook of the checkout with other values for some of its parameters."""
    made = json.loads((ROOT / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8"))
    (cell,) = [one for one in made["cells"] if "parameters" in one["metadata"].get("tags", [])]
    text = "".join(cell["source"])
    for key, value in values.items():
        text, count = re.subn(rf"(?m)^{key} = .*$", lambda _, line=f"{key} = {value!r}": line, text)
        assert count == 1, key
    cell["source"] = text
    return json.dumps(made)


@pytest.fixture(scope="session")
def own_notebooks(tmp_path_factory: pytest.TempPathFactory, tiny_high_folder: Path) -> Path:
    """A school's own notebooks, some of them broken in one way or another."""
    folder = tmp_path_factory.mktemp("own")
    school, rules = half_empty(tmp_path_factory.mktemp("half_empty"))
    pages = {
        "stand_in": notebook("# Stand-in\n\n**Does a click come back?**\n\nFrom $5 to $6.", STAND_IN),
        "wide": notebook("# Wide\n\nA table that is wider than the page.", WIDE),
        "trouble": notebook("# Trouble", TERMINAL, TROUBLE, "print('never reached')"),
        "killed": notebook("# Killed", KILLED, "print('never')", "print('never')"),
        "outside": notebook("# Outside", OUTSIDE),
        "no_kernel": notebook("# No kernel", "1 + 1").replace("python3", "broken"),
        "tiny": _given("02_master_schedule", folder=str(tiny_high_folder), rules="", time_limit=20),
        "advised": _given("03_advice", folder=str(school), rules=str(rules), solver="highs"),
    }
    for name, text in pages.items():
        (folder / f"{name}.ipynb").write_text(text, encoding="utf-8")
    (folder / "students.csv").write_text("S4711,Ada Lovelace\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def dashboard(tmp_path_factory: pytest.TempPathFactory, own_notebooks: Path) -> Iterator[Dashboard]:
    """The dashboard of this checkout, with an empty workspace; one of its kernels cannot be started."""
    folder = tmp_path_factory.mktemp("dashboard")
    broken = folder / "kernels" / "broken"
    broken.mkdir(parents=True)
    spec = {"argv": ["false", "{connection_file}"], "display_name": "Broken", "language": "python"}
    (broken / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")
    with Dashboard(folder, "--notebooks", own_notebooks, JUPYTER_PATH=str(folder)) as running:
        yield running


OpenPage = Callable[..., Any]


@pytest.fixture
def open_page(browser: Any, dashboard: Dashboard, request: pytest.FixtureRequest) -> Iterator[OpenPage]:
    """Opens pages of the dashboard, each in a profile of its own; keeps pictures of them.

    ``open_page(path, width=1280, height=900)`` returns a Playwright page, opened at the path below the
    dashboard's address. In the end it fails for errors of the pages and for requests to other hosts. A test
    that breaks something on purpose says ``page.forgiven = True``.
    """
    contexts: list[Any] = []
    pages: list[Any] = []

    def opened(path: str = "/", *, width: int = 1280, height: int = 900) -> Any:
        context = browser.new_context(viewport={"width": width, "height": height}, accept_downloads=True)
        contexts.append(context)
        page = context.new_page()
        pages.append(page)
        page.set_default_timeout(PATIENCE * 1000)
        page.said, page.elsewhere, page.forgiven = [], [], False

        def asked(address: str) -> None:
            own = address.startswith((dashboard.address, dashboard.address.replace("http", "ws", 1)))
            if not own and not address.startswith(("data:", "blob:", "about:")):
                page.elsewhere.append(address)

        page.on("request", lambda request: asked(request.url))
        page.on("websocket", lambda socket: asked(socket.url))
        page.on("pageerror", lambda error: page.said.append(str(error)))
        page.on("console", lambda line: page.said.append(line.text) if line.type == "error" else None)
        page.goto(dashboard.address + path, wait_until="commit")
        return page

    yield opened
    PICTURES.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"[^\w-]+", "-", request.node.name).strip("-")
    for number, page in enumerate(pages, start=1):
        if not page.is_closed():
            place = PICTURES / f"{name}{f'-{number}' if len(pages) > 1 else ''}.png"
            page.screenshot(path=place, full_page=True)
    for context in contexts:
        context.close()
    assert [page.elsewhere for page in pages if page.elsewhere] == [], "other hosts were asked"
    assert [page.said for page in pages if page.said and not page.forgiven] == [], "errors of a page"


@pytest.fixture
def page(open_page: OpenPage) -> Any:
    """The first page of the dashboard, 1280 pixels wide."""
    return open_page("/")
