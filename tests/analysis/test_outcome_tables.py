"""A result, its cost and what was found before it, as tables for a page."""

from __future__ import annotations

from dataclasses import replace

import pytest
from schools_by_hand import result_of, six_students, six_students_placed

from echelon_lib.analysis.findings import (
    finding_table,
    issue_table,
    located_findings,
    request_list_table,
    request_troubles,
)
from echelon_lib.analysis.outcome import cost_table, result_table
from echelon_lib.analysis.summary import summary
from echelon_lib.domain.errors import Issue
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.preflight import Finding, RequestNote
from echelon_lib.scoring.evaluate import evaluate
from echelon_lib.solvers.result import Status


@pytest.fixture(scope="module")
def problem() -> Problem:
    return six_students()


def test_a_result_stands_beside_greedy(problem: Problem) -> None:
    placed = six_students_placed()
    table = result_table(problem, result_of(problem, placed, bound=100), evaluate(problem, Timetable()))
    rows = table.set_index("Measure")
    assert rows.loc["Requests met"].tolist() == ["7 of 11 (63.6 %)", "0 of 11 (0 %)"]
    assert rows.loc["Bound of level 1", "This run"] == "100"
    assert rows.loc["Gap of level 1", "This run"].endswith(" %")
    assert rows.loc["Bound of level 2", "This run"] == "unknown"
    assert rows.loc["Solver", "This run"] == "by hand"


def test_core_requests_have_a_line_where_there_are_any(problem: Problem) -> None:
    placed, title = six_students_placed(), "Core requests filled"
    assert title not in set(result_table(problem, result_of(problem, placed))["Measure"])
    requests = tuple(replace(one, core=one.primary == "Biology") for one in problem.requests)
    core = replace(problem, requests=requests)
    table = result_table(core, result_of(core, placed), evaluate(core, Timetable())).set_index("Measure")
    assert table.loc[title].tolist() == ["2 of 3 (66.6 %)", "0 of 3 (0 %)"]
    assert "core requests: 3, filled 2" in str(summary(core, placed))


def test_a_proven_level_says_so_and_a_small_gap_is_no_proof(problem: Problem) -> None:
    placed = six_students_placed()
    cost = evaluate(problem, placed).cost[0]
    proven = result_table(problem, result_of(problem, placed, bound=cost)).set_index("Measure")["This run"]
    assert proven["Bound of level 1"] == f"{cost:,} (proven)"
    assert proven["Gap of level 1"] == "0 %"
    near = result_of(problem, placed, bound=cost - 1)
    wide = replace(near, levels=(replace(near.levels[0], scale=10_000_000), *near.levels[1:]))
    assert result_table(problem, wide).set_index("Measure")["This run"]["Gap of level 1"] == "under 0.01 %"


def test_nothing_known_is_called_unknown(problem: Problem) -> None:
    rows = result_table(problem, result_of(problem, None, status=Status.INFEASIBLE)).set_index("Measure")
    assert rows.loc["Status", "This run"] == "INFEASIBLE"
    assert rows.loc["Requests met", "This run"] == "unknown"
    assert rows.loc["Sections below 75 %", "This run"] == "unknown"
    assert set(rows["Greedy"]) == {""}


def test_the_cost_is_told_rule_by_rule(problem: Problem) -> None:
    crowded = six_students_placed()
    crowded = replace(crowded, enrolments={**crowded.enrolments, "cyd": frozenset({"B-1", "A-2"})})
    table = cost_table(evaluate(problem, crowded), evaluate(problem, six_students_placed()))
    assert table["Level"].iloc[0] == "required"
    assert table.set_index("Rule").loc["unmet requests", "Level"] == "1"
    assert table["Cost"].sum() == sum(evaluate(problem, crowded).cost)
    assert "Greedy amount" not in cost_table(evaluate(problem, crowded))


def test_unmet_requests_are_counted_not_weighed(problem: Problem) -> None:
    scores = evaluate(problem, six_students_placed()), evaluate(problem, Timetable())
    row = cost_table(*scores).set_index("Rule").loc["unmet requests"]
    assert (row["Amount"], row["Greedy amount"]) == (4, 11)
    assert row["Cost"] == scores[0].cost[0] > 4


def test_a_rule_both_broken_and_priced_keeps_two_amounts(problem: Problem) -> None:
    score = evaluate(problem, six_students_placed())
    both = replace(score, required={"section target": 7})
    table = cost_table(both, both)
    rows = table[table["Rule"] == "section target"]
    amount = score.terms["section target"].amount
    assert amount
    assert rows["Amount"].tolist() == rows["Greedy amount"].tolist() == [7, amount]


def test_findings_become_rows() -> None:
    finding = Finding("warning", "no seat", "Art", "Too few.", "add one?", {"asked": 1200, "tagged_seats": 3})
    (row,) = finding_table([finding]).itertuples(index=False, name=None)
    assert row == ("warning", "no seat", "Art", "Too few.", "asked 1,200, tagged seats 3", "add one?")
    assert list(finding_table([])) == ["Severity", "Rule", "Place", "Message", "Numbers", "Suggestion"]


def test_request_lists_are_counted_by_student() -> None:
    notes = [
        RequestNote("ann", "not offered", ("Drama",), "Drama has no section", "another?"),
        RequestNote("ann", "not offered", ("Opera",), "Opera has no section", "another?"),
        RequestNote("bob", "no requests", (), "nothing is asked for", "lost?"),
        RequestNote("cyd", "not offered", ("Drama",), "Drama has no section", "another?"),
    ]
    assert request_troubles(notes).values.tolist() == [["not offered", 2], ["no requests", 1]]
    assert len(request_list_table(notes)) == 4
    assert request_troubles([]).empty


def test_issues_become_rows() -> None:
    table = issue_table([Issue("odd", "Period.csv", 3, "period_id", "x", "mend it"), Issue("worse")])
    assert table.values.tolist() == [
        ["Period.csv", "3", "period_id", "odd", "mend it"],
        ["", "", "", "worse", ""],
    ]


def test_findings_are_located_in_their_files() -> None:
    found = located_findings(
        [
            Finding("error", "room hours", "rooms", "Too few.", "open some?"),
            Finding("warning", "data", "Sections.csv, row 7, column 'Faculty ID'", "Ada teaches it.", "who?"),
            Finding("info", "data", "Courses.csv, column 'Semester'", "Not now."),
            Finding("info", "data", "Rooms.csv", "Two notes."),
        ]
    )
    assert list(found) == ["Finding", "File", "Row", "Where", "Message", "Cure"]
    assert found.to_numpy().tolist() == [
        ["✕ impossible", "", "", "rooms", "Too few.", "open some?"],
        ["! look at it", "Sections.csv", "7", "column 'Faculty ID'", "Ada teaches it.", "who?"],
        ["worth knowing", "Courses.csv", "", "column 'Semester'", "Not now.", ""],
        ["worth knowing", "Rooms.csv", "", "", "Two notes.", ""],
    ]
