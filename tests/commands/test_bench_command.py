"""``echelon bench advice`` writes its table as it goes, and keeps it when it is stopped."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from pathlib import Path

import pytest

from echelon_lib.runs.exit_codes import BAD_INPUT, DONE, INTERRUPTED
from tests.commands.command_runner import documents, echelon, process

SMALL = ("--students", 60, "--surplus", 4, "--missing", 0, "--seeds", 1, "--solver", "greedy")


def wait_for(path: Path, running: subprocess.Popen[str]) -> None:
    """Wait for a file of a process that writes it."""
    end = time.monotonic() + 120
    while not path.exists():
        if running.poll() is not None or time.monotonic() > end:
            pytest.fail(f"{path.name} was not written: {running.poll()}")
        time.sleep(0.05)


def test_the_page_says_how_it_was_made_and_what_came_out(tmp_path: Path) -> None:
    page = tmp_path / "advice.md"
    words = ("bench", "advice", "--schools", 1, "--rounds", 1, *SMALL, "--arms", "random", "--out", page)
    code, document = documents(*words)
    assert (code, document["exit_code"], document["finished"]) == (DONE, DONE, True)
    titles = [table["title"] for table in document["tables"]]
    assert titles[:2] == ["What it came to", "One against the other"]
    assert titles[2:] == ["What was proposed", "Wrong advice planted", "Every run"]
    text = page.read_text(encoding="utf-8")
    assert "Made by `echelon bench advice --schools 1 --seeds 1 --students 60 " in text
    assert "Not finished" not in text
    for table in document["tables"]:
        for row in table["rows"]:
            assert f"| {' | '.join(row)} |" in text


def test_an_interrupt_keeps_the_table_so_far(tmp_path: Path) -> None:
    page = tmp_path / "advice.md"
    words = ("bench", "advice", "--schools", 500, *SMALL, "--arms", "none", "--out", page, "--json")
    running = process(*words)
    wait_for(page, running)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=120)
    assert running.returncode == INTERRUPTED
    assert json.loads(out)["finished"] is False
    assert "Interrupted" in err
    assert "**Not finished: " in page.read_text(encoding="utf-8")


def test_what_cannot_be_measured_is_refused(tmp_path: Path) -> None:
    for words, message in (
        (("--arms", "rules,oracle"), "there is no adviser oracle"),
        (("--send",), "what is sent to Claude has to be kept"),
        (("--replay", tmp_path), "is no recording"),
        (("--missing", 90), "missing is 90"),
    ):
        done = echelon("bench", "advice", *SMALL, *words)
        assert done.exit_code == BAD_INPUT
        assert message in done.stderr


def test_repairs_are_measured_and_all_is_as_said(tmp_path: Path) -> None:
    words = ("--sizes", 120, "--times", 1, "--questions", 5, "--seconds", 2)
    code, told = documents("bench", "repairs", *words, "--out", tmp_path / "repair.md")
    assert code == 0
    assert len(told["rows"]) == 11
    checked = told["columns"].index("Checked")
    assert {row[checked] for row in told["rows"]} == {"all as said"}
    assert "cost of moving a section" in (tmp_path / "repair.md").read_text(encoding="utf-8")
    assert echelon("bench", "repairs", "--sizes", "many").exit_code == 2
