"""Several runs side by side, and what a record says of a timetable that is not at hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from echelon_lib.runs.record import Reached, Record, read_outcome
from echelon_lib.runs.run import Outcome
from echelon_lib.runs.side_by_side import runs_table, terms_table, weights_differ


def record_of(outcome: Outcome, **changed: Any) -> Record:
    """Return what a run recorded, with some entries changed; None takes an entry away."""
    record = read_outcome(outcome.folder)
    assert record is not None
    data = json.loads(json.dumps(record.data)) | changed
    return Record(outcome.folder, {name: value for name, value in data.items() if value is not None})


def column(records: dict[str, Record], name: str) -> dict[str, str]:
    table = runs_table(records)
    return dict(zip(table["Measure"], table[name], strict=True))


def test_runs_stand_side_by_side(solved: Outcome, quick: Outcome) -> None:
    records = {"quick": record_of(quick), "solved": record_of(solved)}
    table = runs_table(records)
    assert list(table) == ["Measure", "quick", "solved"]
    best = column(records, "solved")
    assert best["Status"] == "OPTIMAL"
    assert best["Requests met"] == "37 of 38 (97.3 %)"
    assert best["Students complete"] == "11 of 12 (91.6 %)"
    assert best["Seats used"].startswith("37 of ")
    assert best["Sections below 75 %"] == str(solved.summary.below_target)
    assert (best["Cost of level 1"], best["Bound of level 1"]) == ("85", "85 (proven)")
    assert best["Required rules broken"] == "0"
    assert best["Solver"].startswith("highs")
    assert best["Seed"] == "0"
    assert float(best["Seconds"]) >= 0
    assert (best["Rules changed"], best["Files changed"]) == ("no", "no")
    first = column(records, "quick")
    assert first["Requests met"] == "34 of 38 (89.4 %)"
    assert (first["Rules changed"], first["Files changed"]) == ("", "")


def test_changed_rules_and_files_are_named(solved: Outcome) -> None:
    data = record_of(solved).data
    other = record_of(
        solved,
        rules=data["rules"] | {"section_target": 50},
        inputs=data["inputs"] | {"Period.csv": "0" * 64, "rules.toml": "0"},
    )
    found = column({"before": record_of(solved), "after": other}, "after")
    assert (found["Rules changed"], found["Files changed"]) == ("yes", "Period.csv")


def test_a_school_of_another_name_has_no_other_rules(solved: Outcome) -> None:
    other = record_of(solved, rules=record_of(solved).data["rules"] | {"name": "Tiny High, autumn"})
    assert column({"before": record_of(solved), "after": other}, "after")["Rules changed"] == "no"


def test_what_a_run_does_not_say_is_unknown(solved: Outcome) -> None:
    bare = Record(Path("bare"), {"met": True, "levels": [{"cost": "85", "proven": True}], "summary": [3]})
    found = column({"solved": record_of(solved), "bare": bare}, "bare")
    assert set(found.values()) == {"unknown"}
    assert set(column({"bare": bare, "solved": record_of(solved)}, "solved")) == set(found)


def test_no_runs_make_an_empty_table() -> None:
    assert list(runs_table({})) == ["Measure"]
    assert runs_table({}).empty


def test_a_record_tells_what_was_reached(solved: Outcome) -> None:
    record = record_of(solved)
    score, greedy = solved.result.evaluation, solved.greedy
    assert score is not None
    assert greedy is not None
    for found, known in ((record.reached(), score), (record.greedy(), greedy)):
        assert found == Reached(
            known.requests, known.met, known.filled, known.students, known.complete, known.feasible
        )


@pytest.mark.parametrize(
    "changed",
    [
        {"met": None},
        {"met": True},
        {"met": -1},
        {"met": 3.5},
        {"students": "12"},
        {"feasible": None},
        {"feasible": 1},
    ],
    ids=str,
)
def test_half_a_record_tells_nothing(solved: Outcome, changed: dict[str, Any]) -> None:
    assert record_of(solved, **changed).reached() is None


@pytest.mark.parametrize("greedy", [None, [], {}, {"met": 1, "filled": 1, "complete": 1}], ids=str)
def test_greedy_may_be_unknown(solved: Outcome, greedy: object) -> None:
    assert record_of(solved, greedy=greedy).greedy() is None


def of_university(prices: dict[str, int], **quality: float) -> Record:
    """Return what the run of a university would have recorded."""
    kinds = {rule: {"priced": price} for rule, price in prices.items()}
    data = {
        "status": "FEASIBLE",
        "institution": "university",
        "required": {},
        "terms": {"faculty preference": {"level": 1, "amount": 2, "cost": 2 * prices["faculty_preference"]}},
        "levels": [{"cost": 2 * prices["faculty_preference"], "bound": None}],
        "seconds": 1.25,
        "rules": {"kinds": kinds},
        "summary": {"meetings": 9, "meetings_placed": 9, "quality": quality},
    }
    return Record(Path(), data)


def test_variants_stand_side_by_side_term_by_term() -> None:
    one = of_university({"faculty_preference": 60}, faculty_preference=80.0, student_idle=0.5)
    other = of_university({"faculty_preference": 60}, faculty_preference=90.5, student_idle=0.75)
    table = terms_table({"A": one, "B": other}).set_index("Measure")
    assert list(table) == ["A", "B", "Best"]
    assert list(table.loc["Faculty preference, %"]) == ["80.0", "90.5", "B"], "higher is better"
    assert list(table.loc["Idle hours of students, a student-day"]) == ["0.5", "0.75", "A"], "lower is better"
    assert table.loc["Cost of faculty preference", "Best"] == "", "both pay the same"
    assert table.loc["Sessions placed", "Best"] == ""
    assert not weights_differ({"A": one, "B": other})


def test_costs_under_other_weights_have_no_best() -> None:
    one = of_university({"faculty_preference": 60}, faculty_preference=80.0)
    other = of_university({"faculty_preference": 120})
    table = terms_table({"A": one, "B": other}).set_index("Measure")
    assert weights_differ({"A": one, "B": other})
    assert list(table.loc["Cost of faculty preference"]) == ["120", "240", ""]
    assert list(table.loc["Faculty preference, %"]) == ["80.0", "unknown", ""], "one alone is not the best"
    assert terms_table({}).empty
