"""A person's locks of a run: read, kept, recorded, inherited, changed sections and all, and scored again."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from half_empty import half_empty

from echelon_lib.analysis.locks import kept_sentence, lock_table
from echelon_lib.analysis.moves import moved_sentence, section_moves, student_moves
from echelon_lib.domain.errors import DataError
from echelon_lib.domain.locks import Lock
from echelon_lib.formats.locks_file import read_locks_file
from echelon_lib.formats.school_records import LOCKS
from echelon_lib.runs.assess import assess
from echelon_lib.runs.locking import Picked, own_locks, write_locks
from echelon_lib.runs.reopen import reopen
from echelon_lib.runs.run import Outcome, run
from echelon_lib.runs.scenario import Scenario
from echelon_lib.schools import school_of
from echelon_lib.scoring.evaluate import evaluate


def periods(outcome: Outcome) -> dict[str, str]:
    problem, timetable = outcome.problem, outcome.result.best
    assert timetable is not None
    names = {period.time: period.name for period in problem.calendar.periods}
    return {id: names[timetable.placements[id].time] for id in problem.sections}


def as_csv(path: Path, *rows: str) -> Path:
    path.write_text("\n".join(["Kind,ID,Period,Teacher ID,Section ID", *rows, ""]), encoding="utf-8")
    return path


@pytest.fixture
def elsewhere(solved: Outcome, tmp_path: Path) -> Path:
    """A lock of English in a period in which it was not."""
    other = next(name for name in ("R1", "R2", "G1", "G2") if name != periods(solved)["ENG-2"])
    return as_csv(tmp_path / "mine.csv", f"section,ENG-2,{other},,")


def test_locks_are_kept_recorded_and_inherited(
    tiny_high_folder: Path, tmp_path: Path, solved: Outcome, elsewhere: Path
) -> None:
    told = Scenario(folder=tiny_high_folder, start=solved.folder, locks=elsewhere)
    outcome = run(told, tmp_path / "first")
    (lock,) = own_locks(outcome.problem)
    assert (lock.origin, lock.place) == ("person", "mine.csv, row 2")
    assert periods(outcome)["ENG-2"] == lock.periods[0] != periods(solved)["ENG-2"]
    assert kept_sentence(outcome.problem, outcome.result.best) == "The one lock is kept."
    record = json.loads((outcome.folder / "result.json").read_text(encoding="utf-8"))
    assert record["locks"] == 1
    assert record["parameters"]["locks"] == str(elsewhere)
    elsewhere.unlink()
    again = reopen(outcome.folder)
    assert again.problem.locks == (lock,)
    assert again.result.mismatches == ()
    assert assess(tiny_high_folder, outcome.folder).mismatches == ()
    later = run(Scenario(folder=tiny_high_folder, kind="greedy", start=outcome.folder), tmp_path / "later")
    assert own_locks(later.problem) == (lock,)
    assert (later.folder / LOCKS).read_bytes() == (outcome.folder / LOCKS).read_bytes()
    free = as_csv(tmp_path / "none.csv")
    told = Scenario(folder=tiny_high_folder, kind="greedy", start=outcome.folder, locks=free)
    assert own_locks(run(told, tmp_path / "free").problem) == ()


def test_what_moved_is_listed_item_by_item(
    tiny_high_folder: Path, tmp_path: Path, solved: Outcome, elsewhere: Path
) -> None:
    told = Scenario(folder=tiny_high_folder, start=solved.folder, locks=elsewhere)
    outcome = run(told, tmp_path / "run")
    before, after = solved.result.best, outcome.result.best
    assert before is not None
    assert after is not None
    moved = section_moves(outcome.problem, before, after).set_index("Section")
    assert moved.loc["ENG-2", ["Before", "After"]].tolist() == [
        periods(solved)["ENG-2"],
        periods(outcome)["ENG-2"],
    ]
    left = after.leave("ST01", *after.enrolments["ST01"])
    rows = student_moves(outcome.problem, after, left)
    assert set(rows["Student"]) == {"ST01"}
    assert set(rows["After"]) == {"–"}
    assert len(rows) == len(after.enrolments["ST01"])
    assert moved_sentence(outcome.problem, after, after) == "Nothing moved."
    assert moved_sentence(outcome.problem, after, left) == "0 sections and 1 student moved."


def test_everything_can_be_picked_and_freed_again(solved: Outcome) -> None:
    problem, timetable = solved.problem, solved.result.best
    assert timetable is not None

    def after(locks: tuple[Lock, ...] = (), **what: list[str]) -> set[tuple[str, str]]:
        return {(lock.kind, lock.id) for lock in Picked(**what).added_to(locks, problem, timetable)}

    english = {("section", "ENG-1"), ("section", "ENG-2")}
    assert after(courses=["English"]) == english
    assert after(departments=["Humanities"]) >= english
    assert after(teachers=["T01"]) >= english
    assert after(students=["ST01"]) == {("student", "ST01")}
    old = (Lock("section", "ENG-1", ("G2",)),)
    new = Picked(sections=["ENG-1"]).added_to(old, problem, timetable)
    assert [lock.periods for lock in new] == [(periods(solved)["ENG-1"],)], "the later one replaces the other"
    every = Picked(teachers=["T01"], students=["ST01", "ST02"]).added_to((), problem, timetable)
    assert Picked(teachers=["T01"], students=["ST01"]).taken_from(every, problem) == tuple(
        lock for lock in every if lock.id == "ST02"
    )
    assert Picked(departments=["Humanities"]).taken_from(new, problem) == ()
    with pytest.raises(DataError) as error:
        Picked(sections=["ENG-22"], courses=["Englisch"], students=["nobody"]).added_to(
            (), problem, timetable
        )
    assert [issue.cure for issue in error.value.issues][:2] == ["'ENG-2' was meant?", "'English' was meant?"]
    assert len(error.value.issues) == 3


def test_a_file_of_locks_is_read_back_and_judged(solved: Outcome, tmp_path: Path) -> None:
    problem, timetable = solved.problem, solved.result.best
    files = school_of(problem).files
    locks = Picked(courses=["English"], students=["ST01"]).added_to((), problem, timetable)  # type: ignore[arg-type]
    write_locks(tmp_path / "out.csv", problem, locks)
    assert read_locks_file(tmp_path / "out.csv", files) == locks
    table = lock_table(problem, timetable, (*locks, Lock("teacher", "T01", ("R1", "R2", "G1", "G2"))))  # type: ignore[arg-type]
    assert [*table["Kept"]] == ["yes"] * len(locks) + ["no"]
    assert "T01" in table["Why not"].iloc[-1]
    bad = as_csv(tmp_path / "bad.csv", "section,ENG-9,R1,,", "course,English,R9,,", "section,ENG-1,R1,T03,")
    with pytest.raises(DataError) as error:
        read_locks_file(bad, files)
    assert [(issue.path, issue.row) for issue in error.value.issues] == [("bad.csv", n) for n in (2, 3, 4)]
    with pytest.raises(DataError, match=r"absent\.csv"):
        read_locks_file(tmp_path / "absent.csv", files)


def test_the_schools_own_locks_stay(tiny_high_folder: Path, tmp_path: Path, solved: Outcome) -> None:
    school = Path(shutil.copytree(tiny_high_folder, tmp_path / "school"))
    as_csv(school / LOCKS, f"section,ENG-2,{periods(solved)['ENG-2']},,")
    mine = as_csv(tmp_path / "mine.csv", f"section,BIO-1,{periods(solved)['BIO-1']},,")
    outcome = run(Scenario(folder=school, kind="greedy", locks=mine, start=solved.folder), tmp_path / "run")
    assert {lock.id for lock in outcome.problem.locks} == {"ENG-2", "BIO-1"}
    assert [lock.id for lock in own_locks(outcome.problem)] == ["BIO-1"]
    other = next(name for name in ("R1", "R2", "G1", "G2") if name != periods(solved)["ENG-2"])
    wrong = as_csv(tmp_path / "wrong.csv", f"section,ENG-2,{other},,")
    with pytest.raises(DataError, match=r"Row 2 of the school's own Locks\.csv locks it"):
        run(Scenario(folder=school, locks=wrong), tmp_path / "never")
    assert not (tmp_path / "never").exists()


def test_locks_hold_as_strictly_as_the_rules_say(
    tiny_high_folder: Path, tmp_path: Path, solved: Outcome, elsewhere: Path
) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text("[kinds]\nlocks = { priced = 3 }\n", encoding="utf-8")
    told = Scenario(folder=tiny_high_folder, rules=rules, kind="greedy", locks=elsewhere)
    outcome = run(told, tmp_path / "run")
    assert solved.result.best is not None
    score = evaluate(outcome.problem, solved.result.best)
    assert score.feasible
    assert score.terms["lock"].cost == 3


def test_advice_and_later_changes_respect_locks(tmp_path: Path) -> None:
    school, rules = half_empty(tmp_path / "made")
    told = {"folder": school, "rules": rules, "solver": "highs", "seconds": 20.0}
    free = run(Scenario(**told, advice="rules"), tmp_path / "free")  # type: ignore[arg-type]
    assert free.actions, "there is something to change"
    first = run(Scenario(**told), tmp_path / "first")  # type: ignore[arg-type]
    everything = Picked(sections=[*first.problem.sections])
    write_locks(
        tmp_path / "all.csv", first.problem, everything.added_to((), first.problem, first.result.best)
    )  # type: ignore[arg-type]
    more = {"advice": "rules", "start": first.folder, "locks": tmp_path / "all.csv"}
    locked = run(Scenario(**told, **more), tmp_path / "locked")  # type: ignore[arg-type]
    assert locked.actions == ()
    assert periods(locked) == periods(first)
    # Locks of a run whose sections were changed speak of the sections as they are then.
    new = Picked(sections=[*free.problem.sections]).added_to((), free.problem, free.result.best)  # type: ignore[arg-type]
    write_locks(tmp_path / "new.csv", free.problem, new)
    went_on = run(Scenario(**told, start=free.folder, locks=tmp_path / "new.csv"), tmp_path / "went_on")  # type: ignore[arg-type]
    assert went_on.actions == free.actions
    assert periods(went_on) == periods(free)
    assert own_locks(reopen(went_on.folder).problem) == own_locks(went_on.problem)
