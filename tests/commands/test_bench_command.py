"""``echelon bench`` makes its tables: of schools, samples, repairs and advice, stopped or not."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import get_args

import pytest

from echelon_lib.runs.bench_stages import ROWS, USUAL
from echelon_lib.runs.exit_codes import BAD_INPUT, DONE, FAILED, INTERRUPTED
from echelon_lib.search.university.stages import Stages
from tests.commands.command_runner import ROOT, documents, echelon, process
from tests.runs.bad_ends import ending_badly

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
    words = ("--sizes", 120, "--times", 1, "--questions", 5, "--seconds", 2, "--seeds", "1")
    code, told = documents("bench", "repairs", *words, "--out", tmp_path / "repair.md")
    assert code == 0
    assert len(told["rows"]) == 11
    assert {row[0] for row in told["rows"]} == {"realistic 120, seed 1"}
    checked = told["columns"].index("Checked")
    assert {row[checked] for row in told["rows"]} == {"all as said"}
    assert "cost of moving a section" in (tmp_path / "repair.md").read_text(encoding="utf-8")
    done = echelon("bench", "repairs", "--sizes", "many", "--seeds", "few")
    assert done.exit_code == 2
    assert "'many' is no list" in done.stderr
    assert "'few' is no list" in done.stderr


def test_schools_are_measured_and_kept(tmp_path: Path) -> None:
    page = tmp_path / "schools.md"
    words = ("--sizes", "realistic:60", "--instances", 1, "--methods", "greedy", "--keep", tmp_path / "kept")
    code, told = documents("bench", "schools", *words, "--out", page)
    assert (code, told["exit_code"]) == (DONE, DONE)
    assert [row[:4] for row in told["rows"]] == [["realistic", "60", "greedy", "1"]]
    assert "Made by `echelon bench schools --seconds 60 --sizes realistic:60 " in page.read_text(
        encoding="utf-8"
    )
    assert (tmp_path / "kept" / "runs" / "realistic-60-0-greedy-0-1" / "Student_Assignments.csv").exists()


def test_universities_are_measured(tmp_path: Path) -> None:
    page = tmp_path / "universities.md"
    words = ("bench", "universities", "--sizes", "1,2", "--instances", 1, "--seeds", 1, "--seconds", 1)
    code, told = documents(*words, "--out", page, "--keep", tmp_path / "kept")
    assert code == 0
    rows = [dict(zip(told["columns"], row, strict=True)) for row in told["rows"]]
    assert [row["Departments"] for row in rows] == ["1", "2"]
    for row in rows:
        assert row["Runs"] == "1"
        assert row["Broken"] == "0"
        assert float(row["Clash-free after"]) <= float(row["Latest"])
        assert 0 < float(row["Compact, students"]) <= 10
    assert "Made by `echelon bench universities --seconds 1 --sizes 1,2 --instances 1" in page.read_text(
        "utf-8"
    )
    refused = echelon("bench", "universities", "--sizes", "all")
    assert refused.exit_code == 2
    assert "'all' is no number of departments" in refused.stderr


def test_stages_are_measured(tmp_path: Path) -> None:
    page = tmp_path / "stages.md"
    words = ("bench", "stages", "--sizes", 1, "--seeds", 1, "--seconds", 0.5)
    code, told = documents(*words, "--rows", "usual; quality=none;quality=genetic", "--out", page)
    assert code == 0
    rows = {row[1]: dict(zip(told["columns"], row, strict=True)) for row in told["rows"]}
    assert list(rows) == ["usual", "no quality", "genetic, 50 generations"]
    for row in rows.values():
        assert row["At zero"] == "1 of 1"
        assert row["Clashes left"] == "0"
        assert 0 < float(row["Clash-free after"]) <= float(row["Seconds"]) + 0.1
    costs = [float(row["Cost"].replace(",", "")) for row in rows.values()]
    assert costs[0] <= costs[1]
    assert costs[2] <= costs[1]
    assert rows["no quality"]["Quality seconds"] == "0.0"
    assert (
        "Made by `echelon bench stages --seconds 0.5 --sizes 1 --seeds 1 --rows 'usual; "
        in page.read_text("utf-8")
    )


def test_every_stage_has_a_row_in_the_table_of_stages() -> None:
    asked = {word for row in ROWS for word in row.split(",")} - {USUAL}
    usual = Stages().model_dump()
    for stage in ("grouping", "feasibility", "repair", "quality"):
        others = {*get_args(Stages.model_fields[stage].annotation)} - {usual[stage]}
        assert {word for word in asked if word.startswith(stage)} == {f"{stage}={one}" for one in others}


def test_a_benchmark_with_a_mismatch_ends_with_1(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", ending_badly(tmp_path))
    monkeypatch.chdir(ROOT)
    for words in (
        ("schools", "--sizes", "realistic:60", "--instances", 1, "--methods", "greedy"),
        ("samples", "--methods", "greedy"),
    ):
        code, told = documents("bench", *words)
        assert (code, told["exit_code"]) == (FAILED, FAILED)
        assert all(any("mismatch" in cell for cell in row) for row in told["rows"])
