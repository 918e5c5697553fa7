"""A run by iterations can be repeated, and every door takes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from echelon_lib.domain.errors import DataError
from echelon_lib.runs import jobs
from echelon_lib.runs.run import Outcome, run
from echelon_lib.runs.scenario import Scenario
from echelon_lib.stop import AnyOf, MaxIterations, MaxRuntime

TABLES = ("Master_Schedule.csv", "Student_Assignments.csv", "unmet_requests.csv")


@pytest.mark.usefixtures("only_the_search")
def test_equal_iterations_and_seeds_write_equal_tables(tiny_high_folder: Path, tmp_path: Path) -> None:
    def made(name: str, **told: Any) -> Outcome:
        return run(Scenario(folder=tiny_high_folder, iterations=2, **told), tmp_path / name)

    # The seconds are nobody's limit then.
    one, other = made("one", seed=4, seconds=0.001), made("other", seed=4)
    for table in TABLES:
        assert (one.folder / table).read_bytes() == (other.folder / table).read_bytes()
    record = json.loads((one.folder / "result.json").read_text(encoding="utf-8"))
    assert record["parameters"]["iterations"] == 2
    assert any("searches tried so many moves" in note for note in record["notes"])
    assert json.loads((one.folder / "progress.json").read_text(encoding="utf-8"))["time_limit"] is None


def test_a_job_is_given_the_iterations(tmp_path: Path) -> None:
    scenario = Scenario(folder=tmp_path, iterations=12)
    words = jobs.command_of(scenario, tmp_path / "out", tmp_path)
    assert words[words.index("--iterations") + 1] == "12"
    assert "--iterations" not in jobs.command_of(Scenario(folder=tmp_path), tmp_path / "out", tmp_path)


def test_a_job_is_given_variant_and_stages(tmp_path: Path) -> None:
    told = {"variant": "Faculty-focused", "stages": {"quality": "none", "grouping": "banding"}}
    words = jobs.command_of(Scenario(folder=tmp_path, **told), tmp_path / "out", tmp_path)
    assert words[words.index("--variant") + 1] == "Faculty-focused"
    assert words.count("--variant") == 1
    assert words[words.index("--stage") + 1] == "quality=none"
    assert words.count("--stage") == 1, "the default needs no word"
    assert "--variant" not in jobs.command_of(Scenario(folder=tmp_path), tmp_path / "out", tmp_path)


def test_a_job_is_given_what_to_hand_out(tmp_path: Path) -> None:
    told = {"handouts": ("students", "workbook"), "first_day": "2026-09-09", "weeks": 12}
    words = jobs.command_of(Scenario(folder=tmp_path, **told), tmp_path / "out", tmp_path)
    given = {name: words[words.index(name) + 1] for name in ("--handouts", "--first-day", "--weeks")}
    assert given == {"--handouts": "students,workbook", "--first-day": "2026-09-09", "--weeks": "12"}
    nothing = jobs.command_of(Scenario(folder=tmp_path, handouts=()), tmp_path / "out", tmp_path)
    assert nothing[nothing.index("--handouts") + 1] == "none"
    usual = jobs.command_of(Scenario(folder=tmp_path), tmp_path / "out", tmp_path)
    assert not {"--handouts", "--first-day", "--weeks"} & set(usual)


def test_iterations_take_the_place_of_seconds() -> None:
    counted = Scenario(folder="school", iterations=7)
    assert counted.longest is None
    assert counted.limit(None) == MaxIterations(7)
    assert counted.limit(9.0) == AnyOf(MaxIterations(7), 9.0)
    assert Scenario(folder="school", seconds=5.0).limit(None) == MaxRuntime(5.0)
    for wrong in (0, -1, 1.5, True):
        with pytest.raises(DataError):
            Scenario(folder="school", iterations=wrong)


def test_a_job_is_given_who_works_and_on_what(tmp_path: Path) -> None:
    told = {"start": tmp_path, "departments": ("CS", "MATH"), "workers": 3}
    words = jobs.command_of(Scenario(folder=tmp_path, **told), tmp_path / "out", tmp_path)
    assert words[words.index("--only-departments") + 1] == "CS,MATH"
    assert words[words.index("--workers") + 1] == "3"
    scenario = Scenario(folder=tmp_path, dask="tcp://127.0.0.1:8786")
    words = jobs.command_of(scenario, tmp_path / "out", tmp_path)
    assert words[words.index("--dask") + 1] == "tcp://127.0.0.1:8786"
