"""The university page without its looks: files, weights and their names, and what a tab remembers."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from echelon_lib.rule_kinds import Priced
from echelon_lib.runs.run import run
from echelon_lib.runs.scenario import Scenario
from echelon_lib.runs.workspace import Workspace
from echelon_lib.search.university.stages import Stages
from echelon_lib.university_rules import PRICES, VARIANTS, UniversityRules
from echelon_lib.widgets.page_state import plain
from echelon_lib.widgets.university_state import KEPT, UniversityState
from echelon_lib.widgets.variant_prices import OWN, prices_of, variant_of, weighted, with_prices
from echelon_lib.widgets.variants_state import MADE_AT_ONCE, MOST_COMPARED

COLLEGE = Path(__file__).resolve().parents[2] / "data" / "samples" / "small_college"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A workspace of its own for each test."""
    return Workspace(tmp_path / "workspace")


@pytest.fixture
def state(workspace: Workspace) -> Iterator[UniversityState]:
    """A page on which the sample college was read; runs that still go on are stopped in the end."""
    page = UniversityState(workspace)
    wait(page, lambda: page.checked)
    yield page
    for job in page.jobs:
        if job.going:
            page.following = job.id
            page.cancel()
    wait(page, lambda: not any(job.going for job in page.jobs))


def wait(page: UniversityState, done: Callable[[], bool], seconds: float = 120.0) -> None:
    end = time.monotonic() + seconds
    while True:
        page.tick()
        if done():
            return
        assert time.monotonic() < end, f"not in {seconds} s: {page.busy} {page.message}"
        time.sleep(0.05)


def college() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in COLLEGE.glob("*.csv")}


# Files --------------------------------------------------------------------------------------------------


def test_files_are_read_when_somebody_looks(workspace: Workspace) -> None:
    page = UniversityState(workspace)
    assert page.hindrance == "The files are still being checked. Try again in a moment."
    wait(page, lambda: page.checked)
    assert page.school == "small_college"
    assert len(page.problem.meetings) == 698
    assert (page.issues, page.findings, page.hindrance, page.busy) == ((), (), "", "")


def test_a_page_of_universities_has_no_schools_and_no_runs_of_them(state: UniversityState) -> None:
    assert [school.id for school in state.schools] == ["small_college"]
    assert {school.institution for school in state.schools} == {"university"}
    assert "small_college" not in {school.id for school in state.workspace.schools()}


def test_uploaded_files_become_a_university(state: UniversityState) -> None:
    assert state.add_school("North College", college())
    assert not state.checked
    assert not state.start(), "nothing starts before the files are checked"
    assert "still being checked" in state.message
    wait(state, lambda: state.checked)
    assert state.chosen.name == "North College"
    assert len(state.problem.meetings) == 698
    state.remove_school()
    assert state.chosen.sample


def test_a_file_of_no_university_is_refused_in_words(state: UniversityState) -> None:
    assert not state.add_school("Odd", {"Period.csv": b"x"})
    assert "none of the files of a university" in state.message
    assert "Enrolments.csv is missing" in state.message


def test_what_is_wrong_has_file_row_and_cure(state: UniversityState) -> None:
    files = college()
    files["Rooms.csv"] = files["Rooms.csv"].replace(b"B01-101,36,", b"B01-101,many,")
    assert state.add_school("Damaged", files)
    wait(state, lambda: state.checked)
    assert state.problem is None
    (issue,) = state.issues
    assert (issue.path, issue.row) == ("Rooms.csv", 2)
    assert issue.cure
    assert not state.start()


def test_a_university_is_invented_beside_the_page(state: UniversityState) -> None:
    state.departments, state.generator_seed = 1, 3
    state.generate()
    state.tick()
    assert "Inventing" in state.busy
    wait(state, lambda: len(state.schools) == 2)
    assert "Invented, 1 department, seed 3" in state.news
    wait(state, lambda: state.checked)
    assert state.chosen.name == "Invented, 1 department, seed 3"
    assert len(state.files.departments) == 1
    assert state.findings == ()


def test_of_two_that_are_chosen_in_haste_the_last_is_read(state: UniversityState) -> None:
    files = college()
    assert state.add_school("One", files)
    state.tick()
    assert state.add_school("Other", files | {"Departments.csv": files["Departments.csv"] + b"\n"})
    wait(state, lambda: state.checked)
    assert state.chosen.name == "Other"
    assert state.problem.name == "Other"


# Weights ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PRICES)
def test_a_variant_has_the_prices_of_its_rules(state: UniversityState, name: str) -> None:
    state.choose_variant("Compactness-focused")
    state.choose_variant(name)
    assert state.weights_set.kinds == VARIANTS[name].kinds
    assert state.variant == name
    assert variant_of(state.weights_set) == name
    assert state.checked, "prices decide nothing that is checked"


def test_a_slider_makes_the_weights_ones_own(state: UniversityState) -> None:
    state.choose_variant("Faculty-focused")
    state.set_weight("faculty_preference", PRICES["Balanced"]["faculty_preference"])
    assert state.variant == OWN
    assert UniversityRules.from_mapping(state.rules).kinds.faculty_preference.priced == 125
    assert UniversityRules.from_mapping(state.rules).kinds.faculty_gaps.priced == 45
    state.variant = "  Quiet \n mornings "
    assert state.variant == "Quiet mornings"
    state.variant = "Balanced"
    assert state.variant == OWN, "the name of another variant is no name of one's own"
    state.choose_variant("Balanced")
    state.variant = "Mine"
    assert state.variant == "Balanced", "nor has a variant two names"


def test_a_weight_of_nothing_is_off_and_can_be_raised_again(state: UniversityState) -> None:
    state.set_weight("peak_load", 0)
    state.set_weight("building_travel", 4)
    weights = {weight.rule: weight for weight in state.weights}
    assert state.weights_set.kinds.peak_load == "off"
    assert (weights["peak_load"].price, weights["peak_load"].balanced) == (0, 1)
    assert (weights["building_travel"].price, weights["building_travel"].balanced) == (4, 0)
    state.choose_variant("Balanced")
    assert state.weights_set == UniversityRules()


def test_what_a_file_requires_no_slider_moves(state: UniversityState) -> None:
    own = b'[kinds]\nsame_day_repeats = "required"\nroom_capacity = { priced = 5 }\n'
    assert state.load_rules(own, "own.toml")
    assert not state.checked, "other rules are required now"
    weights = {weight.rule: weight.price for weight in state.weights}
    assert weights["same_day_repeats"] is None
    state.set_weight("same_day_repeats", 9)
    assert state.weights_set.kinds.same_day_repeats == "required"
    wait(state, lambda: state.checked)
    assert not state.load_rules(b"[kinds]\nnonsense = 3\n", "bad.toml")
    assert "nonsense" in state.message
    assert state.weights_set.kinds.same_day_repeats == "required"


def test_what_no_named_variant_prices_stays_in_all_that_are_made(state: UniversityState) -> None:
    state.set_weight("hours_of_a_section", 7)
    state.set_weight("student_gaps", 9)
    state.wanted = ["Balanced", "Faculty-focused"]
    for name, rules in state.variants.asked.items():
        assert rules.kinds.hours_of_a_section == Priced(priced=7), name
        assert rules.kinds.student_gaps == Priced(priced=PRICES[name]["student_gaps"])


def test_variants_of_ones_own_stay_when_weights_change(state: UniversityState) -> None:
    own = b'[variants."Quiet mornings"]\nstudent_gaps = 9\n'
    assert state.load_rules(own, "own.toml")
    state.set_weight("peak_load", 3)
    state.choose_variant("Faculty-focused")
    assert state.weights_set.variants == {"Quiet mornings": {"student_gaps": 9}}


OWN_VARIANTS = b"""
[variants."Quiet mornings"]
student_gaps = 9
[variants."Same hours"]
hours_of_a_section = 7
"""


def test_variants_that_a_rules_file_names_are_offered_together(state: UniversityState) -> None:
    assert state.load_rules(OWN_VARIANTS, "own.toml")
    assert list(state.variants.offered) == [*PRICES, "Quiet mornings", "Same hours"]
    state.variants.want("Faculty-focused", False)
    for name in ("Quiet mornings", "Same hours"):
        state.variants.want(name, True)
    rules = UniversityRules.from_bytes(OWN_VARIANTS)
    for variant in ("Balanced", "Same hours"):
        state.choose_variant(variant)
        assert state.variant == variant
        asked = state.variants.asked
        assert list(asked) == ["Balanced", "Compactness-focused", "Quiet mornings", "Same hours"]
        for name, own in asked.items():
            assert own.kinds == rules.with_variant(name).kinds, f"{name} from {variant}"
    state.set_weight("peak_load", 3)
    assert list(state.variants.offered)[-1] == OWN == state.variant
    state.variant = "Quiet mornings"
    assert state.variant == OWN, "that name is taken"
    assert state.load_rules(b"", "none.toml")
    assert (state.variant, list(state.variants.offered)) == ("Balanced", list(PRICES))
    assert state.wanted == ["Balanced", "Compactness-focused"], "what is gone is not wanted any more"


def test_more_variants_than_a_machine_bears_are_refused_in_words(state: UniversityState) -> None:
    names = [f"V{number}" for number in range(MADE_AT_ONCE - len(PRICES) + 1)]
    assert state.load_rules(
        "".join(f"[variants.{name}]\npeak_load = 2\n" for name in names).encode(), "own.toml"
    )
    for name in names:
        state.variants.want(name, True)
    wait(state, lambda: state.checked)
    assert not state.variants.make()
    assert state.message == "21 variants are ticked. Tick no more than 20."


def test_every_rule_that_may_have_a_price_has_a_slider() -> None:
    assert set(PRICES["Balanced"]) < set(weighted())
    assert "room_capacity" not in weighted()
    for variant in PRICES:
        rules = with_prices(UniversityRules(), prices_of(variant))
        assert UniversityRules.from_mapping(plain(rules)) == rules


# What a tab remembers -----------------------------------------------------------------------------------


def test_choices_round_trip_as_plain_json(workspace: Workspace, state: UniversityState) -> None:
    state.set_weight("faculty_gaps", 33)
    state.variant = "Quiet mornings"
    state.repair, state.quality = "mixture", "genetic"
    state.seconds, state.seed, state.grid_by, state.view, state.step = 33.0, 5, "room", "quality", "variants"
    kept = json.loads(json.dumps(state.as_dict()))
    other = UniversityState(workspace, **kept)
    assert set(kept) == set(KEPT)
    assert other.as_dict() == kept


@pytest.mark.parametrize(
    "hostile",
    [
        {"school": "../../etc"},
        {"school": "valley_high"},
        {"run": "../runs/other"},
        {"step": "admin"},
        {"seconds": float("nan")},
        {"rules": {"kinds": {"peak_load": "DROP"}}},
        {"variant": ["x"]},
        {"variant": "Mine"},
        {"compared": ["x"] * 1000},
        {"compared": 5},
        {"wanted": ["Cheapest"]},
        {"wanted": ["Balanced", "Balanced"]},
        {"made": ["x"]},
        {"grid_by": "student"},
        {"departments": 10**9},
        {"quality": "beautiful"},
        {"repair": ["breakout"]},
    ],
)
def test_what_a_browser_sends_is_not_believed(state: UniversityState, hostile: dict) -> None:
    before = state.as_dict()
    state.restore(hostile)
    assert state.as_dict() == before
    assert state.departments == 20


def test_defaults_are_those_of_a_scenario(state: UniversityState) -> None:
    for name in ("seconds", "seed", "accept_headers"):
        assert getattr(state, name) == Scenario.model_fields[name].default
    assert state.stages == Scenario.model_fields["stages"].default


def test_the_stages_that_are_chosen_are_those_of_the_run(state: UniversityState) -> None:
    state.grouping, state.quality, state.seconds = "louvain", "none", 1.0
    assert state.start()
    wait(state, lambda: bool(state.run))
    assert state.job(state.run).scenario["stages"] == Stages(grouping="louvain", quality="none").model_dump()
    state.step = "review"
    wait(state, lambda: state.outcome is not None)
    assert "quality" not in [one.stage for one in state.outcome.result.stages]


# Variants made together -----------------------------------------------------------------------------------


def test_variants_are_made_together_wait_and_are_found_again(
    state: UniversityState, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECHELON_MOST_RUNS", "1")
    assert list(state.variants.offered) == list(PRICES)
    state.set_weight("student_gaps", 33)
    state.variant = "Short days"
    assert state.variants.offered[OWN] == "Short days"
    state.variants.want("Faculty-focused", False)
    state.variants.want(OWN, True)
    state.seconds, state.step = 1.0, "variants"
    assert state.variants.make()
    assert not state.variants.make(), "the first order comes first"
    first, second, third = state.variants.making
    assert [job.name for job in (first, second, third)] == ["Balanced", "Compactness-focused", "Short days"]
    assert first.state != "waiting"
    assert (second.state, third.state) == ("waiting", "waiting")
    assert first.scenario["cores"] >= 1
    assert first.scenario["handouts"] == []
    assert state.rules_of(third).kinds.student_gaps.priced == 33
    assert state.own(third.id)
    state.runs.cancel(second.id)

    kept = json.loads(json.dumps(state.as_dict()))
    reloaded = UniversityState(workspace, **kept)
    assert [job.id for job in reloaded.variants.making] == state.made
    wait(reloaded, lambda: not reloaded.made)
    assert reloaded.compared == [first.id, third.id]
    assert reloaded.step == "variants"
    assert "side by side" in reloaded.news
    assert not (first.folder / "workbook.xlsx").exists()
    wait(reloaded, lambda: reloaded.variants.gains is not None and not reloaded.busy)
    gains = reloaded.variants.gains
    assert set(gains["Variant"]) == {third.id}
    assert {*gains["Who"]} == {"students", "faculty"}
    assert len(reloaded.variants.moved) == 1


def test_of_many_that_were_made_the_first_are_compared(state: UniversityState, workspace: Workspace) -> None:
    made = [f"made-{number}" for number in range(MOST_COMPARED + 1)]
    run(Scenario(folder=COLLEGE, iterations=1, handouts=()), workspace.runs / made[0])
    for name in made[1:]:
        shutil.copytree(workspace.runs / made[0], workspace.runs / name)
    state.refresh_jobs()
    state.made = made
    wait(state, lambda: not state.made)
    assert state.compared == made[:MOST_COMPARED]
    assert "the first 5 of them side by side" in state.news
