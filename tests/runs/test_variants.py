"""Variants of a university are solved side by side, compared, and stopped together."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from echelon_lib.analysis.variants import compare_variants
from echelon_lib.analysis.who_gains import who_gains
from echelon_lib.commands.app import app
from echelon_lib.domain.errors import DataError
from echelon_lib.formats.run_reading import read_run
from echelon_lib.runs.progress import Progress
from echelon_lib.runs.reopen import reopen
from echelon_lib.runs.scenario import Scenario
from echelon_lib.runs.variants import USUAL, _Solving, _standing, solve_variants
from echelon_lib.scoring.evaluate import evaluate
from echelon_lib.stop import Cancel
from echelon_lib.university import load_university
from tests.conftest import SAMPLES

COLLEGE = SAMPLES / "small_college"
NAMES = ["Balanced", "Quiet+Balanced", "dear_gaps"]


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A rules file with a variant of its own, and beside it one that is a variant as a whole."""
    folder = tmp_path_factory.mktemp("rules")
    (folder / "rules.toml").write_text('[variants."Quiet"]\nstudent_gaps = 9\n', encoding="utf-8")
    (folder / "dear_gaps.toml").write_text("[kinds]\nstudent_gaps = { priced = 30 }\n", encoding="utf-8")
    return folder / "rules.toml"


@pytest.fixture(scope="module")
def done(rules: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """Three variants of the college, and what the command said."""
    out = tmp_path_factory.mktemp("variants") / "all"
    names = f"Balanced,Quiet+Balanced,{rules.parent / 'dear_gaps.toml'}"
    words = ["variants", COLLEGE, "--variants", names, "--rules", rules, "--iterations", 3, "--out", out]
    answer = CliRunner().invoke(app, [*map(str, words), "--json"])
    assert answer.exit_code == 0, answer.stderr
    return out, json.loads(answer.stdout)


def test_each_variant_is_a_run_of_its_own(done: tuple[Path, Any]) -> None:
    out, said = done
    assert [one["name"] for one in said["variants"]] == NAMES
    prices = {}
    for one in said["variants"]:
        outcome = reopen(one["folder"])
        assert one["state"] == "finished"
        assert not outcome.result.mismatches
        assert outcome.result.evaluation is not None
        term = outcome.result.evaluation.terms["student gaps"]
        prices[one["name"]] = term.cost // term.amount
    assert prices == {"Balanced": 5, "Quiet+Balanced": 7, "dear_gaps": 30}
    about = json.loads((out / "variants.json").read_text(encoding="utf-8"))
    assert [(one["name"], one["folder"]) for one in about["variants"]] == [
        *(("Balanced", "balanced"), ("Quiet+Balanced", "quiet-balanced"), ("dear_gaps", "dear-gaps"))
    ]
    assert (about["compared_with"], about["prices"], about["interrupted"]) == ("Balanced", "Balanced", False)


def test_the_steps_until_nothing_clashes_are_the_same_in_all(done: tuple[Path, Any]) -> None:
    notes = [reopen(one["folder"]).result.notes[:-1] for one in done[1]["variants"]]
    assert len(notes[0]) == 4
    assert notes[0] == notes[1] == notes[2]


def test_the_tables_are_what_the_evaluator_says_of_the_timetables(done: tuple[Path, Any]) -> None:
    out, said = done
    problem = load_university(COLLEGE)
    found = {one["name"]: read_run(one["folder"], problem) for one in said["variants"]}
    with (out / "comparison.csv").open(encoding="utf-8", newline="") as file:
        rows = {(row["About"], row["What"]): row for row in csv.DictReader(file)}
    for name, timetable in found.items():
        total = rows["cost", "All rules, at the prices of Balanced"][name]
        assert float(total) == evaluate(problem, timetable).cost[0]
        cost = reopen(out / next(o["folder"] for o in said["variants"] if o["name"] == name)).result.cost
        assert cost is not None
        assert float(rows["cost", "All rules, at its own prices"][name]) == cost[0]
    expected = compare_variants(problem, found)
    assert len(rows) == len(expected) + 1
    gains = pd.read_csv(out / "who_gains.csv")
    pd.testing.assert_frame_equal(gains, who_gains(problem, found), check_dtype=False)
    assert set(gains["Variant"]) == set(NAMES[1:])
    dear = gains[(gains["Variant"] == "dear_gaps") & (gains["By"] == "all") & (gains["Who"] == "students")]
    assert dear["Better"].item() > dear["Worse"].item(), "whose gaps cost more has fewer of them"


def test_nobody_is_named_but_the_faculty_in_a_file_of_their_own(done: tuple[Path, Any]) -> None:
    out, said = done
    problem = load_university(COLLEGE)
    everybody = {one.id for one in problem.attendees}
    page = (out / "variants.html").read_text(encoding="utf-8")
    texts = [page[page.index("</head>") :], json.dumps(said)]
    texts += [(out / name).read_text(encoding="utf-8") for name in ("comparison.csv", "who_gains.csv")]
    for text in texts:
        assert not everybody & set(text.replace('"', " ").replace(",", " ").replace("<", " ").split())
    faculty = pd.read_csv(out / "faculty.csv")
    assert set(faculty["Faculty"]) == {one.id for one in problem.teachers}


def test_a_stop_keeps_the_best_of_each_and_begins_no_more(tmp_path: Path) -> None:
    cancel, told = Cancel(), []

    def follow(moment: Progress) -> None:
        told.append(moment)
        if moment.phase.count("annealing") == 2:
            cancel.set()

    found = solve_variants(
        COLLEGE, iterations=100_000, cores=2, out=tmp_path / "all", on_progress=follow, stop=cancel
    )
    assert found.interrupted
    assert [run.name for run in found.runs] == list(USUAL)
    assert {run.state for run in found.runs} == {"cancelled"}
    assert list(found.timetables) == list(USUAL[:2])
    assert all(evaluate(found.problem, one).feasible for one in found.timetables.values())
    assert found.runs[2].message == "Stopped before it was begun."
    assert told[-1].status == "cancelled"
    assert "Balanced (annealing on week masks), Faculty-focused (" in "".join(one.phase for one in told)


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["Balanced", "Balancd"], "there is no variant 'Balancd'"),
        (["Balanced", "balanced "], "there is no variant 'balanced'"),
        (["Balanced", "Balanced"], "'Balanced' is named twice"),
        (["nowhere.toml"], "nowhere.toml"),
        ([], "0 variants are no number to compare"),
    ],
)
def test_variants_that_cannot_be_are_refused_before_anything_begins(
    names: list[str], words: str, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=words):
        solve_variants(COLLEGE, names, out=tmp_path / "all")
    assert not (tmp_path / "all").exists()


def test_a_school_has_no_variants(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="a school has no variants"):
        solve_variants(SAMPLES / "tiny_high", out=tmp_path / "all")
    assert not (tmp_path / "all").exists()


def test_files_that_cannot_be_used_leave_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "college"
    folder.mkdir()
    for path in COLLEGE.glob("*.csv"):
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / "Rooms.csv").write_text("Room ID\n", encoding="utf-8")
    with pytest.raises(DataError):
        solve_variants(folder, out=tmp_path / "all")
    assert not (tmp_path / "all").exists()


# How far it is --------------------------------------------------------------------------------------------


class Fixed(_Solving):
    """A variant that stands somewhere."""

    stands: tuple[str, float, float | None] = "", 0.0, None

    def progress(self) -> tuple[str, float, float | None]:
        return ("", 1.0, 0.0) if self.took is not None else self.stands


def variants(tmp_path: Path, *, seconds: float = 60.0, iterations: int | None = None) -> list[Fixed]:
    scenario = Scenario(folder=COLLEGE, seconds=seconds, iterations=iterations)
    return [Fixed(name, scenario, tmp_path) for name in "abcde"]


def test_the_time_left_is_that_of_the_last_to_end(tmp_path: Path) -> None:
    a, b, *left = every = variants(tmp_path)
    a.stands, b.stands = ("heat bath", 0.1, 50.0), ("annealing", 0.5, 30.0)
    standing = _standing(every, [a, b], left)
    assert standing.stage == "a (heat bath), b (annealing)"
    assert standing.share == pytest.approx(0.6 / 5)
    # The third begins when b ends, the fourth when a does, the fifth when the third does.
    assert standing.left == 30 + 60 + 60


def test_the_time_left_goes_by_what_others_have_taken(tmp_path: Path) -> None:
    a, b, c, *left = every = variants(tmp_path, iterations=5)
    b.stands, c.stands = ("annealing", 0.5, 10.0), ("annealing", 0.5, 20.0)
    assert _standing(every, [b, c], left).left is None, "nobody knows how long the others take"
    a.took = 40.0
    assert _standing(every, [b, c], left).left == 20 + 40
    c.stands = "heat bath", 0.1, None
    assert _standing(every, [b, c], left).left is None
