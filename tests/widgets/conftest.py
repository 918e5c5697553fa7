"""Views in a real browser: a Voila server on notebooks of a few lines, and Chromium."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from comm.base_comm import BaseComm

ROOT = Path(__file__).resolve().parents[2]
READY = 120
"""Seconds within which a server or a page must be there."""


class Page(BaseComm):
    """The other end of a widget: what it was sent, and what it says."""

    def __init__(self, widget: Any) -> None:
        self.sent: list[tuple[dict[str, Any], list[bytes]]] = []
        super().__init__(target_name="jupyter.widget")
        widget.comm = self

    def publish_msg(
        self, msg_type: str, data: Any = None, metadata: Any = None, buffers: Any = None, **_: Any
    ):
        if data and data.get("method") == "custom":
            self.sent.append((data["content"], [bytes(one) for one in buffers or ()]))

    def says(self, content: Any, *buffers: bytes) -> None:
        """Send a message of the view's own."""
        self.handle_msg(
            {
                "content": {"data": {"method": "custom", "content": content}},
                "buffers": [*map(memoryview, buffers)],
            }
        )

    def sets(self, **state: Any) -> None:
        """Set traits, as any page may try to."""
        self.handle_msg({"content": {"data": {"method": "update", "state": state}}, "buffers": []})


@pytest.fixture
def page_of() -> Callable[[Any], Page]:
    """Opens the page of a widget, without a browser."""
    return Page


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A Voila server: the folder of its notebooks and its address."""
    folder = tmp_path_factory.mktemp("served")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--no-browser", "--Voila.ip=127.0.0.1", f"--port={port}", "--show_tracebacks=True"]
    log = (folder / "server.log").open("wb")
    server = subprocess.Popen(
        [sys.executable, "-m", "voila", str(folder), *options],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])},
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + READY
        while not answers(address):
            assert server.poll() is None, (folder / "server.log").read_text(errors="replace")
            assert time.monotonic() < deadline, "the server does not answer"
            time.sleep(0.1)
        yield folder, address
    finally:
        server.send_signal(signal.SIGINT)
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        log.close()


def answers(address: str) -> bool:
    """Tell whether a server is there."""
    try:
        with urllib.request.urlopen(address, timeout=5):
            return True
    except OSError:
        return False


@pytest.fixture(scope="module")
def shown(browser, served, tmp_path_factory) -> Iterator[Callable[..., object]]:
    """Opens a page that shows what the last line of some code is, with what it asked for and said."""
    folder, address = served
    contexts = []

    def show(name: str, code: str, ready: str, *, width: int = 1280, height: int = 900):
        (folder / f"{name}.ipynb").write_text(notebook(code), encoding="utf-8")
        context = browser.new_context(viewport={"width": width, "height": height}, accept_downloads=True)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(READY * 1000)
        page.elsewhere, page.said = [], []

        def ask(route):
            if route.request.url.startswith((address, "blob:", "data:")):
                route.continue_()
            else:
                page.elsewhere.append(route.request.url)
                route.abort()

        page.route("**/*", ask)
        page.on("pageerror", lambda error: page.said.append(str(error)))
        page.goto(f"{address}/voila/render/{name}.ipynb", wait_until="domcontentloaded")
        page.wait_for_selector(ready)
        return page

    yield show
    for context in contexts:
        context.close()


def notebook(code: str) -> str:
    """Return a notebook of one cell."""
    cell = {"cell_type": "code", "id": "one", "source": code, "metadata": {}, "outputs": []}
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return json.dumps(
        {"cells": [cell | {"execution_count": None}], "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
    )
