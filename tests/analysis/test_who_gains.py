"""Who is better and worse off in another timetable of a university, counted by hand."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from echelon_lib.analysis.quality import quality
from echelon_lib.analysis.variants import compare_variants, unit_of
from echelon_lib.analysis.who_gains import faculty_gains, gains_table, who_gains
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.scoring.evaluate import evaluate
from echelon_lib.university import UniversityRules
from tests.tiny_universities import GOOD, enrolled, placed, small, student, university

# Ben's genetics leaves the day that he prefers; nobody waits.
OTHER = "ALG-1#1 Mon 11:00 nook, ALG-1#2 Tue 10:00 nook, GEN-1#1 Mon 10:00 hall, GEN-1L#1 Tue 11:00 lab"
# Ada and zoe wait an hour, the batch does not; Ben's lab leaves the day that he prefers.
GAP = "ALG-1#1 Tue 09:00 nook, ALG-1#2 Tue 11:00 nook, GEN-1#1 Tue 10:00 hall, GEN-1L#1 Mon 11:00 lab"


@pytest.fixture
def problem() -> Problem:
    return university()


def weeks(problem: Problem) -> dict[str, Timetable]:
    return {name: placed(problem, words) for name, words in (("Good", GOOD), ("Other", OTHER), ("Gap", GAP))}


def row(table: pd.DataFrame, variant: str, who: str, measure: str, by: str = "all") -> dict[str, object]:
    found = table[
        (table["Variant"] == variant)
        & (table["Who"] == who)
        & (table["Measure"] == measure)
        & (table["By"] == by)
    ]
    (only,) = found.to_dict("records")
    return only


def test_people_are_counted_who_wait_less_and_more(problem: Problem) -> None:
    table = who_gains(problem, weeks(problem))
    assert set(table["Variant"]) == {"Other", "Gap"}, "the first is what the others are compared with"
    students = row(table, "Gap", "students", "idle hours")
    assert (students["People"], students["Better"], students["Worse"]) == (16, 0, 1)
    assert (students["Before"], students["After"], students["Change"]) == (0, 1 / 16, 1 / 16)
    back = who_gains(problem, dict(reversed(weeks(problem).items())))
    better = row(back, "Good", "students", "idle hours")
    assert (better["Better"], better["Worse"], better["Change"]) == (1, 0, -1 / 16)
    faculty = row(table, "Gap", "faculty", "idle hours")
    assert (faculty["People"], faculty["Better"], faculty["Worse"]) == (3, 0, 1), "Ada"


def test_of_faculty_the_preferred_hours_count(problem: Problem) -> None:
    table = who_gains(problem, weeks(problem))
    faculty = row(table, "Other", "faculty", "preferred hours")
    assert (faculty["People"], faculty["Better"], faculty["Worse"]) == (3, 0, 1), "Ben; Ada likes any hour"
    assert (faculty["Before"], faculty["After"]) == (5 / 3, 4 / 3)
    assert row(table, "Gap", "faculty", "preferred hours")["After"] == 3 / 3


def test_groups_are_departments_and_years_of_programmes() -> None:
    files = small()
    problem = university(
        students=[*files.students, student("yan", 7, year=2)],
        enrolments=[*files.enrolments, enrolled("yan", "GEN-1")],
        faculty=[replace(one, department="BIO") if one.id == "Ben" else one for one in files.faculty],
    )
    table = who_gains(problem, weeks(problem))
    gap = table[(table["Variant"] == "Gap") & (table["Measure"] == "idle hours")]
    told = {(one.Who, one.By, one.Group): (one.People, one.Worse) for one in gap.itertuples()}
    assert told[("students", "programme and year", "BSC Year 1")] == (16, 1)
    assert told[("students", "programme and year", "BSC Year 2")] == (7, 0)
    assert told[("students", "department", "MAT")] == (23, 1)
    assert told[("faculty", "department", "MAT")] == (2, 1)
    assert told[("faculty", "department", "BIO")] == (1, 0)
    assert not {"batch", "zoe", "yan", "Ada", "Ben"} & set(table.astype(str).to_numpy().ravel())


def test_variants_stand_side_by_side_and_the_faculty_are_counted_together(problem: Problem) -> None:
    table = gains_table(who_gains(problem, weeks(problem)))
    assert table.columns.tolist() == [
        *("Who", "Measure", "People", "Other: better", "Other: worse", "Gap: better", "Gap: worse")
    ]
    assert [tuple(row) for row in table.to_numpy().tolist()] == [
        ("All students", "idle hours", 16, 0, 0, 0, 1),
        ("All faculty", "idle hours", 3, 0, 0, 0, 1),
        ("All faculty", "preferred hours", 3, 0, 1, 0, 1),
        ("BSC Year 1", "idle hours", 16, 0, 0, 0, 1),
    ]
    assert gains_table(who_gains(problem, {})).empty


def test_the_faculty_are_named_in_a_table_of_their_own(problem: Problem) -> None:
    table = faculty_gains(problem, weeks(problem))
    told = {(one.Faculty, one.Measure): (one.Good, one.Other, one.Gap) for one in table.itertuples()}
    assert told[("Ada", "idle hours")] == (0, 0, 1)
    assert told[("Ben", "preferred hours")] == (3, 2, 1)
    assert told[("Ada", "preferred hours")] == (2, 2, 2), "without wishes any hour will do"


def test_nobody_is_compared_where_there_is_one_timetable_or_none(problem: Problem) -> None:
    assert who_gains(problem, {}).empty
    assert who_gains(problem, {"Good": placed(problem, GOOD)}).empty
    assert faculty_gains(problem, {}).columns.tolist() == ["Faculty", "Department", "Measure"]


# Term by term ---------------------------------------------------------------------------------------------


def test_each_rule_and_measure_stands_beside_the_others(problem: Problem) -> None:
    found = weeks(problem)
    table = compare_variants(problem, found, own_costs={"Good": 12, "Other": None})
    scores = {name: evaluate(problem, one) for name, one in found.items()}
    rules = table[table["About"] == "rule"].set_index("What")
    assert rules.loc["Required rules broken", ["Good", "Other", "Gap"]].tolist() == [0, 0, 0]
    for name, score in scores.items():
        for term in score.terms.values():
            assert rules.loc[term.name[0].upper() + term.name[1:], name] == term.amount
        costs = table[table["About"] == "cost"].set_index("What")
        assert costs.loc["All rules, at the prices of Balanced", name] == score.cost[0]
        assert costs.loc["Student gaps, at the prices of Balanced", name] == score.terms["student gaps"].cost
        measures = table[table["About"] == "measure"].set_index("What")
        assert measures.loc["Seat utilisation", name] == quality(problem, found[name]).seat_utilisation
    assert rules.loc["Student gaps", ["Unit", "Best"]].tolist() == ["idle hour of a student", "Good, Other"]
    assert rules.loc["Faculty preference", "Best"] == "Good"
    assert measures.loc["Workload σ", "Best"] == "", "all are alike"
    own = costs.loc["All rules, at its own prices"]
    assert (own["Good"], own["Best"]) == (12, "")
    assert pd.isna(own["Other"])


def test_amounts_do_not_depend_on_the_prices(problem: Problem) -> None:
    dear = university(UniversityRules(variant="Compactness-focused"))
    here, there = (compare_variants(one, weeks(one)) for one in (problem, dear))
    amounts = [table[table["About"] == "rule"].drop(columns="Best") for table in (here, there)]
    assert amounts[0].equals(amounts[1])
    assert not here[here["About"] == "cost"].equals(there[there["About"] == "cost"])


def test_units_are_those_of_the_rules() -> None:
    assert unit_of("faculty gaps") == "idle hour"
    assert unit_of("teacher clash") == ""


def test_too_few_students_are_not_shown_apart() -> None:
    problem = university(students=[*small().students[:1], replace(small().students[1], size=1, year=2)])
    table = gains_table(who_gains(problem, weeks(problem)))
    assert set(table["Who"]) == {"All students", "All faculty", "BSC Year 1"}
