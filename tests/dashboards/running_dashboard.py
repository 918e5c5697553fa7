"""A dashboard that really runs: the command in a process of its own, and what it started."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import psutil

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60
"""Seconds for whatever a busy machine may take long for."""


def until(what: Callable[[], Any], meant: str, seconds: float = PATIENCE) -> Any:
    """Return what a function answers as soon as that is anything; fail when it never is."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        answer = what()
        if answer:
            return answer
        time.sleep(0.05)
    raise AssertionError(f"{meant}: not within {seconds} seconds")


class Dashboard:
    """``echelon dashboard`` on a free port of this machine, as a context that ends it.

    Parameters
    ----------
    folder
        Where its workspace and its log go.
    words
        Further words of the command.
    """

    def __init__(self, folder: Path, *words: object, **environment: str) -> None:
        self.workspace = folder / "workspace"
        self._log = folder / "dashboard.log"
        self._words = ["--port", 0, "--workspace", self.workspace, "--no-browser", *words]
        self._environment = environment
        self.address = ""

    def __enter__(self) -> Self:
        path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "echelon_lib", "dashboard", *map(str, self._words)],
                env={**os.environ, "PYTHONPATH": path, **self._environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            self.address = until(self._announced, "the dashboard says where it is").group(1).rstrip("/")
        except AssertionError:
            self.end(signal.SIGKILL)
            raise AssertionError(self.log) from None
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.end(signal.SIGTERM)

    def _announced(self) -> re.Match[str] | None:
        assert self.process.poll() is None, self.log
        return re.search(r"The dashboard is at (http\S+)", self.log)

    @property
    def log(self) -> str:
        """What it wrote."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def kernels(self) -> list[psutil.Process]:
        """Return the processes that it started and that are there."""
        return psutil.Process(self.process.pid).children()

    def end(self, number: int) -> int:
        """End it by a signal; return its exit code."""
        self.process.send_signal(number)
        try:
            return self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise

    def get(self, path: str, **headers: str) -> tuple[int, str]:
        """Return status and text of an address."""
        request = urllib.request.Request(self.address + path, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return answer.status, answer.read().decode("utf-8", "replace")
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode("utf-8", "replace")


def notebook(*cells: str) -> str:
    """Return a notebook: a cell that begins with ``#`` and a blank is prose, any other is code."""
    made: list[dict[str, Any]] = []
    for number, source in enumerate(cells):
        cell: dict[str, Any] = {"id": f"cell-{number}", "metadata": {}, "source": source}
        kind = {"cell_type": "markdown"}
        if not source.startswith("# "):
            kind = {"cell_type": "code", "execution_count": None, "outputs": []}
        made.append(cell | kind)
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return json.dumps({"cells": made, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5})
