"""A solve of a university that finds no timetable writes what comes closest, what that lacks, and why."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from command_runner import documents

from echelon_lib.formats.university_writing import write_university_files
from echelon_lib.runs.outcome import Outcome
from echelon_lib.runs.reopen import reopen
from echelon_lib.runs.run import run
from echelon_lib.runs.scenario import Scenario
from echelon_lib.solvers.result import Status
from echelon_lib.stop import Cancel, MaxIterations, Stop
from echelon_lib.widgets.university_state import _opened
from tests.search.university.test_parallel_offers import PARALLEL
from tests.tiny_universities import course, enrolled, person, room, section, small, student, times

PAIRS = ("AB", "BC", "CA")
CYCLE: dict[str, Any] = {
    "calendar": [small().calendar[0]],
    "courses": [course(name, 1) for name in "ABC"],
    "sections": [section(f"{name}-1", faculty=name) for name in "ABC"],
    "faculty": [person(name, 4, name) for name in "ABC"],
    "faculty_times": [times(name, "Mon", 2, 3, "away") for name in "ABC"],
    "rooms": [room(f"room {n}", 40) for n in range(3)],
    "students": [student(pair) for pair in PAIRS],
    "enrolments": [enrolled(pair, *(f"{name}-1" for name in pair)) for pair in PAIRS],
}
"""Each two of three sections share somebody, and there are two hours: arithmetic does not see it."""


def solved(folder: Path, stop: Stop, **files: Any) -> Outcome:
    """A run of the small university with some of its files changed."""
    write_university_files(small(**files), folder / "files")
    return run(Scenario(folder=folder / "files", seconds=60), folder / "run", stop=stop)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def two_at_once(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """Ada and Ben can teach at one hour only, and zoe attends both of them."""
    away = [
        times(who, *hours, "away")
        for who in ("Ada", "Ben")
        for hours in (("Tue", 0, 3), ("Mon", 0, 1), ("Mon", 3, 3))
    ]
    return solved(tmp_path_factory.mktemp("offers"), MaxIterations(2), **(PARALLEL | {"faculty_times": away}))


def test_what_has_no_place_is_left_out_with_the_reason(two_at_once: Outcome) -> None:
    folder, result = two_at_once.folder, two_at_once.result
    assert (result.status, result.best) == (Status.INFEASIBLE, None)
    assert two_at_once.summary.first_line.startswith(
        "No timetable can keep all required rules: 1 student has 2 sections"
    )
    (left,) = [row["Session"] for row in rows(folder / "closest.csv") if not row["Day"]]
    assert left in ("ALG-1#1", "GEN-1#1")
    (why,) = rows(folder / "changes.csv")
    assert (why["ID"], why["Cause"]) == (left, "cannot be kept")
    assert "1 of its people have something else" in why["Sentence"]
    assert f"Cannot be kept: {why['Sentence']}" in result.notes
    assert "It is proven that they cannot all have a place while all others stay." in result.notes
    broken = [row for row in rows(folder / "Constraint_Violations.csv") if row["Kind"] == "required"]
    assert [row["Rule"] for row in broken] == ["unplaced meetings"]
    assert not (folder / "timetable.csv").exists()
    assert result.closest is not None
    assert reopen(folder).result.closest == result.closest


def test_a_parallel_section_is_offered_and_taken_up(two_at_once: Outcome, tmp_path: Path) -> None:
    folder = two_at_once.folder
    assert any(note.startswith("Offered: ") for note in two_at_once.result.notes)
    assert "zoe" not in " ".join(two_at_once.result.notes)
    offers = folder / "with_offers.json"
    assert [one["student"] for one in json.loads(offers.read_text(encoding="utf-8"))] == ["zoe"]
    code, told = documents("repair", folder, "--changes", offers, "--out", tmp_path / "new")
    assert (code, told["clean"], told["moved"]) == (0, True, 0)


def test_the_page_shows_what_comes_closest(two_at_once: Outcome) -> None:
    @dataclass
    class Ended:
        folder: Path

    opened = _opened(Ended(two_at_once.folder), None)  # type: ignore[arg-type]
    assert opened.sessions is not None
    assert opened.sessions.marked == 1
    assert len(opened.sessions.sessions) == 3


def test_what_is_not_proven_is_not_said_to_be(tmp_path: Path) -> None:
    outcome = solved(tmp_path, MaxIterations(2), **CYCLE)
    assert outcome.result.status is Status.NO_TIMETABLE_FOUND
    assert outcome.summary.first_line == "No timetable was found, and none is proven impossible"
    closest = rows(outcome.folder / "closest.csv")
    assert [bool(row["Day"]) for row in closest].count(False) == 1
    assert "It is proven that they cannot all have a place while all others stay." in outcome.result.notes
    assert len(rows(outcome.folder / "changes.csv")) == 1


def test_nobody_waits_for_reasons_who_interrupted(tmp_path: Path) -> None:
    cancelled = Cancel()
    cancelled.set()
    outcome = solved(tmp_path, cancelled, **CYCLE)
    assert outcome.result.status is Status.CANCELLED
    assert not (outcome.folder / "closest.csv").exists()
