"""``echelon bench changes``: draws of ten changes become rows, and the evaluator confirms each answer."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from echelon_lib.formats.run_reading import read_run
from echelon_lib.runs import bench_changes
from echelon_lib.runs.bench_changes import COLUMNS, measure, ten_changes
from echelon_lib.runs.run import run
from echelon_lib.runs.scenario import Scenario
from echelon_lib.search.university.resolve import resolve
from echelon_lib.university import load_university
from echelon_lib.university_changes import with_university_changes
from tests.commands.command_runner import documents, echelon
from tests.conftest import SAMPLES

COLLEGE = SAMPLES / "small_college"


@pytest.fixture(scope="module")
def solved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the college."""
    return run(Scenario(folder=COLLEGE, iterations=20), tmp_path_factory.mktemp("college") / "run").folder


def test_a_row_for_each_draw_and_one_for_all(solved: Path, tmp_path: Path) -> None:
    page = tmp_path / "changes.md"
    code, said = documents("bench", "changes", "--draws", 2, "--run", solved, "--out", page)
    assert code == 0
    assert said["columns"] == list(COLUMNS)
    first, second, together = (dict(zip(COLUMNS, row, strict=True)) for row in said["rows"])
    assert (first["Draw"], second["Draw"], together["Draw"]) == ("1", "2", "median (most)")
    assert together["Clean"] == f"{sum(row['Clean'] == 'yes' for row in (first, second))} of 2"
    for row in (first, second):
        assert row["Checked"] == "as said"
        assert row["Placed"] == "yes" or row["Clean"] == "no"
        assert row["Unstaffed"] == "0" or "has nobody to teach it" in row["What is left, and why"]
        assert (row["What is left, and why"] == "–") == (row["Clean"] == "yes")
        apart = float(row["Changes, s"]) + float(row["Re-solve, s"])
        assert float(row["Together, s"]) == pytest.approx(apart, abs=0.011)
        assert row["Share"] == f"{int(row['Moved']) / 698 * 100:.2f} %"
    seconds = [float(row["Together, s"]) for row in (first, second)]
    middle, most = together["Together, s"].removesuffix(")").split(" (")
    assert float(middle) == pytest.approx(sum(seconds) / 2, abs=0.011)
    assert float(most) == max(seconds)
    text = page.read_text(encoding="utf-8")
    assert "Made by `echelon bench changes --departments 127 --draws 2 --seconds 60" in text
    assert " --seed 0 --run run`" in text
    assert "| median (most) |" in text


def test_draws_are_of_four_three_and_three_and_repeatable() -> None:
    problem = load_university(COLLEGE)
    changes = ten_changes(problem, random.Random("0/1"))
    assert [one.kind for one in changes] == ["faculty_leaves"] * 4 + ["faculty_away"] * 3 + [
        "room_closes"
    ] * 3
    people = [one.faculty for one in changes[:7]]
    assert len(set(people)) == 7
    assert changes == ten_changes(problem, random.Random("0/1"))
    assert changes != ten_changes(problem, random.Random("0/2"))
    published = read_run(COLLEGE / "planted", problem)
    assert (
        with_university_changes(problem, published, changes).problem.meetings.keys()
        <= published.placements.keys()
    )


def test_an_answer_that_is_not_what_it_says_is_wrong(solved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def lying(*words: object, **more: object) -> object:
        done = resolve(*words, **more)  # type: ignore[arg-type]
        return replace(done, evaluation=replace(done.evaluation, cost=(1,)))

    monkeypatch.setattr(bench_changes, "resolve", lying)
    rows = list(measure(draws=1, run=solved))
    assert [dict(zip(COLUMNS, row, strict=True))["Checked"] for row in rows] == ["wrong", "wrong"]


def test_a_run_without_a_timetable_is_refused(tmp_path: Path) -> None:
    done = echelon("bench", "changes", "--draws", 1, "--run", tmp_path)
    assert done.exit_code == 2
