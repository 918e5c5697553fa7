"""A hybrid run: searched, advised and searched again, with everything that happened in its folder."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from schools_of_records import school

from echelon_lib import DataError, Scenario, evaluate, load_school, run
from echelon_lib.advice.actions import ReassignTeacher, RemoveSection, SplitSection
from echelon_lib.advice.advisor import AdviserUnavailable
from echelon_lib.advice.settings import ClaudeSettings
from echelon_lib.formats.run_folder import read_run
from echelon_lib.formats.school_writing import write_school_files
from echelon_lib.runs.advisers import NEVER
from echelon_lib.runs.ask import ask
from echelon_lib.runs.assess import assess
from echelon_lib.runs.changed import changed, earlier_actions
from echelon_lib.runs.outcome import Outcome
from echelon_lib.runs.reopen import reopen
from echelon_lib.runs.round_tables import proposal_table, round_table
from echelon_lib.runs.rounds import read_actions, read_rounds
from echelon_lib.schools import SchoolRules, school_of
from echelon_lib.stop import Cancel

RULES = {"section_minimum": 1}


@pytest.fixture(scope="module")
def half_empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A school with twice the sections that its students need, and its rules beside it."""
    folder = tmp_path_factory.mktemp("half_empty")
    problem = school(
        "Art-1:4/pat Art-2:4/pat Art-3:4/quin Band-1:4/ruth Band-2:4/ruth Chess-1:4/quin",
        dict.fromkeys(("ann", "bob", "cyd", "dan"), "Art Band Chess"),
    )
    write_school_files(school_of(problem).files, folder / "school")
    (folder / "rules.toml").write_text(SchoolRules.from_mapping(RULES).to_toml())
    return folder


def told(folder: Path, **more: Any) -> Scenario:
    given = {"folder": folder / "school", "rules": folder / "rules.toml", "solver": "highs", "seconds": 10.0}
    return Scenario(**{**given, "kind": "hybrid", "advice": "rules", **more})


@pytest.fixture(scope="module")
def advised(half_empty: Path) -> Outcome:
    """The run of that school in which the rules advise."""
    return run(told(half_empty), half_empty / "run")


def test_it_gives_up_what_is_not_needed(advised: Outcome) -> None:
    assert advised.advice is not None
    assert [one.kept for one in advised.advice.rounds][:1] == [True]
    assert sorted(advised.problem.course_of[one].id for one in advised.problem.sections) == [
        *("Art", "Band", "Chess")
    ]
    assert advised.result.evaluation is not None
    assert advised.result.evaluation.met == 12
    assert advised.advice.ended.startswith("The target is met")


def test_its_folder_tells_everything(advised: Outcome) -> None:
    record = json.loads((advised.folder / "result.json").read_text())
    assert [one["kind"] for one in record["actions"]] == [one.kind for one in advised.actions]
    assert record["advice"]["adviser"] == "rules"
    assert record["advice"]["rounds"][0]["after"]["surplus"] == 0
    assert read_rounds(advised.folder) == advised.advice
    changed = pd.read_csv(advised.folder / "school" / "Sections_Information.csv", dtype=str)
    assert set(changed["Section ID"]) == set(advised.problem.sections)


def test_the_changed_file_makes_the_same_school(half_empty: Path, advised: Outcome, tmp_path: Path) -> None:
    for path in (half_empty / "school").iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    new = advised.folder / "school" / "Sections_Information.csv"
    (tmp_path / new.name).write_bytes(new.read_bytes())
    problem = load_school(tmp_path, SchoolRules.from_mapping(RULES))
    timetable = read_run(advised.folder, problem)
    found = evaluate(problem, timetable)
    assert assess(tmp_path, advised.folder).mismatches == ()
    assert advised.result.evaluation is not None
    assert (found.feasible, found.cost) == (True, advised.result.evaluation.cost)


def test_it_is_opened_again_as_it_was(advised: Outcome) -> None:
    again = reopen(advised.folder)
    assert again.problem == advised.problem
    assert (again.actions, again.advice) == (advised.actions, advised.advice)
    assert again.result.cost == advised.result.cost
    assert again.result.mismatches == ()


def test_it_is_scored_with_its_changes(half_empty: Path, advised: Outcome) -> None:
    found = assess(half_empty / "school", advised.folder)
    assert found.mismatches == ()
    assert "Scored with the changes of sections that the run names." in found.notes


def test_tables_show_the_rounds(advised: Outcome) -> None:
    assert advised.advice is not None
    table = round_table(advised.advice)
    assert list(table["Round"])[:2] == ["First solve", "Round 1"]
    assert list(table["Surplus"])[:2] == [3, 0]
    proposals = proposal_table(advised.advice.rounds[0])
    assert set(proposals["Decision"]) == {"applied"}


def test_a_person_takes_some_of_the_proposals(half_empty: Path, advised: Outcome, tmp_path: Path) -> None:
    plain = run(told(half_empty, kind="milp", advice="none"), tmp_path / "plain")
    actions = read_actions(advised.folder / "advice.json")[:1]
    after = run(
        told(half_empty, kind="milp", advice="none", start=plain.folder, actions=actions), tmp_path / "after"
    )
    assert after.actions == actions
    assert len(after.problem.sections) == len(plain.problem.sections) - 1
    # A further round goes on from there, with what was changed before.
    more = run(told(half_empty, start=after.folder, actions=actions), tmp_path / "more")
    assert more.actions[:1] == actions
    assert len(more.problem.sections) == 3


def test_a_run_goes_on_with_the_changes_of_an_earlier_one(
    half_empty: Path, advised: Outcome, tmp_path: Path
) -> None:
    after = run(told(half_empty, kind="milp", advice="none", start=advised.folder), tmp_path / "after")
    assert after.actions == advised.actions
    assert set(after.problem.sections) == set(advised.problem.sections)
    # Also where the earlier one was killed before it had a result.
    lost = tmp_path / "lost"
    shutil.copytree(advised.folder, lost)
    (lost / "result.json").unlink()
    assert earlier_actions(lost) == advised.actions


def test_the_rules_are_found_from_anywhere(
    half_empty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(half_empty)
    outcome = run(told(half_empty, rules="rules.toml", max_iterations=1), tmp_path / "out")
    monkeypatch.chdir(tmp_path)
    assert reopen(outcome.folder).scenario.rules == half_empty / "rules.toml"


def test_actions_that_do_not_fit_run_nothing(half_empty: Path, tmp_path: Path) -> None:
    wrong = [{"kind": "remove", "section": "Art-9"}, {"kind": "remove", "section": "Art-1", "releases": "x"}]
    with pytest.raises(DataError) as error:
        run(told(half_empty, actions=wrong), tmp_path / "out")
    assert len(error.value.issues) == 2
    assert "'Art-9' is no section of this school" in str(error.value)
    assert not (tmp_path / "out").exists()


def test_a_later_round_may_change_what_an_earlier_one_did(half_empty: Path) -> None:
    problem = load_school(half_empty / "school", SchoolRules.from_mapping(RULES))
    there = ReassignTeacher(section="Art-1", teacher="quin", releases="pat")
    back = ReassignTeacher(section="Art-1", teacher="pat", releases="quin")
    assert changed(problem, [there, back]).sections == problem.sections
    more = SplitSection(section="Art-1", new_section="Art-9", teacher="quin")
    fewer = RemoveSection(section="Art-9", releases="quin")
    assert changed(problem, [more, fewer]).sections == problem.sections


def test_one_search_asks_nobody(half_empty: Path, tmp_path: Path) -> None:
    outcome = run(told(half_empty, max_iterations=1), tmp_path / "out")
    assert outcome.advice is not None
    assert (outcome.advice.rounds, outcome.advice.ended) == ((), "The searches that are allowed are used up.")


def test_an_interrupt_keeps_what_was_reached(half_empty: Path, tmp_path: Path) -> None:
    cancel = Cancel()

    def stop_when_asked(moment: Any) -> None:
        if moment.phase.startswith("asking"):
            cancel.set()

    outcome = run(told(half_empty), tmp_path / "out", stop=cancel, on_progress=stop_when_asked)
    assert outcome.result.status.value == "CANCELLED"
    assert outcome.result.best is not None
    assert outcome.advice is not None
    assert "Interrupted" in outcome.advice.ended


def test_claude_is_never_asked_unless_sending_is_allowed(half_empty: Path, tmp_path: Path) -> None:
    outcome = run(told(half_empty, advice="claude"), tmp_path / "out")
    assert outcome.advice is not None
    assert outcome.advice.rounds == ()
    assert outcome.advice.ended.startswith("claude could not be asked")
    assert outcome.advice.failure["kind"] == "not_allowed"
    assert reopen(outcome.folder).advice == outcome.advice
    assert outcome.result.best is not None
    assert any("claude could not be asked" in note for note in outcome.result.notes)
    assert not (tmp_path / "out" / "receipts").exists()


def test_what_is_never_sent_is_not_sent_from_elsewhere(half_empty: Path, tmp_path: Path) -> None:
    for name in ("school", "rules.toml"):
        (tmp_path / "locked" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "locked" / name).symlink_to(half_empty / name)
    (tmp_path / "locked" / NEVER).touch()
    nobody = {"send": True, "base_url": "http://127.0.0.1:9"}
    outcome = run(told(tmp_path / "locked", advice="claude", claude=nobody), tmp_path / "out")
    assert outcome.advice is not None
    assert outcome.advice.failure["kind"] == "not_allowed"
    with pytest.raises(AdviserUnavailable, match="Nothing may be sent"):
        ask(outcome, "claude", settings=ClaudeSettings(**nobody))


def test_the_rules_stand_in_where_that_is_allowed(half_empty: Path, tmp_path: Path) -> None:
    outcome = run(told(half_empty, advice="claude", claude={"fallback": True}), tmp_path / "out")
    assert outcome.advice is not None
    assert (outcome.advice.rounds[0].adviser, outcome.advice.rounds[0].instead_of) == ("rules", "claude")
    assert len(outcome.problem.sections) == 3
    assert any(note.startswith("rules was asked instead of claude") for note in outcome.result.notes)


@pytest.mark.parametrize("words", [{"kind": "milp_soft"}, {"kind": "milp"}])
def test_other_words_for_kinds(half_empty: Path, words: dict[str, str]) -> None:
    assert Scenario(folder=half_empty, **words).kind == "milp"


def test_kind_and_adviser_follow_from_one_another(half_empty: Path) -> None:
    assert Scenario(folder=half_empty, kind="hybrid").advice == "rules"
    assert Scenario(folder=half_empty, advice="claude").kind == "hybrid"
    with pytest.raises(DataError, match="the kind 'greedy' asks no adviser"):
        Scenario(folder=half_empty, kind="greedy", advice="rules")
    assert Scenario(folder=half_empty, kind="hybrid", seconds=10.0).longest == 30.0
    assert Scenario(folder=half_empty, kind="hybrid", seconds=10.0, total_seconds=12.0).longest == 12.0
