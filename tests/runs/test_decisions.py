"""What a person decides on an answer is kept with it, and so is what solving again came to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from half_empty import half_empty

from echelon_lib import DataError, Scenario, run
from echelon_lib.advice.actions import AddSection, RemoveSection
from echelon_lib.runs.ask import ask
from echelon_lib.runs.decisions import answer_of, conclude, decide
from echelon_lib.runs.outcome import Outcome
from echelon_lib.runs.round_tables import figure_table, round_figures, taken_back
from echelon_lib.runs.rounds import Figures, Proposal, Round, Rounds, write_rounds


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """A run of a school with three sections too many."""
    folder = tmp_path_factory.mktemp("half_empty")
    school, rules = half_empty(folder)
    return run(Scenario(folder=school, rules=rules, solver="highs", seconds=10), folder / "first")


@pytest.fixture
def answer(first: Outcome, tmp_path: Path) -> Path:
    """An answer of the rules about it: three sections to give up."""
    return ask(first, "rules", out=tmp_path / "answer")[1]


def again(first: Outcome, made: Round, out: Path) -> Outcome:
    told: dict[str, Any] = first.scenario.model_dump()
    return run(Scenario(**{**told, "start": first.folder, "actions": made.applied}), out)


def decisions(made: Round) -> list[tuple[int, str, str]]:
    return [(one.number, one.decision, one.by) for one in made.proposals]


def test_what_is_not_refused_is_applied(first: Outcome, answer: Path) -> None:
    made = decide(answer, first, {"2": "the band needs both"})
    assert decisions(made) == [(1, "applied", ""), (2, "refused", "person"), (3, "applied", "")]
    assert made.proposals[1].reasons == ("the band needs both",)
    assert len(made.applied) == 2
    assert answer_of(answer) == made, "it is kept"


def test_a_person_may_think_again(first: Outcome, answer: Path) -> None:
    decide(answer, first, {1: "", 2: "", 3: ""})
    made = decide(answer, first, {3: ""})
    assert [one for _, one, _ in decisions(made)] == ["applied", "applied", "refused"]
    assert made.proposals[2].reasons == ("a person refused it",)


def test_a_refusal_takes_the_ground_from_another(first: Outcome, tmp_path: Path) -> None:
    removed = [("Art-1", "pat"), ("Art-2", "pat"), ("Art-3", "quin")]
    listed = [
        AddSection(course="Art", new_section="Art-4", teacher="ruth"),
        *(RemoveSection(section=section, releases=teacher) for section, teacher in removed),
    ]
    made, place = ask(first, "rules", out=tmp_path / "answer")
    asked = tuple(Proposal(number=at, action=one) for at, one in enumerate(listed, start=1))
    made = made.model_copy(update={"proposals": asked})
    write_rounds(place, Rounds(adviser="rules", rounds=(made,)))
    assert decide(place, first, {}).applied == tuple(listed)
    made = decide(place, first, {1: "no more of it"})
    assert decisions(made) == [
        (1, "refused", "person"),
        (2, "applied", ""),
        (3, "applied", ""),
        (4, "refused", "check"),
    ]
    assert "the only section of Art" in made.proposals[3].reasons[0]


@pytest.mark.parametrize("refused", [{"4": ""}, {"one": ""}, {0: ""}, {"01": ""}])
def test_a_number_that_was_not_proposed(first: Outcome, answer: Path, refused: dict[str, str]) -> None:
    before = (answer / "advice.json").read_bytes()
    with pytest.raises(DataError, match=r"no open proposal [\s\S]*one of 1, 2, 3\?"):
        decide(answer, first, refused)
    assert (answer / "advice.json").read_bytes() == before


def test_an_answer_about_another_timetable(first: Outcome, answer: Path, tmp_path: Path) -> None:
    other = again(first, decide(answer, first, {}), tmp_path / "again")
    with pytest.raises(DataError, match="about another timetable than that of 'again'"):
        decide(answer, other, {})


def test_no_answer(first: Outcome, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no answer"):
        decide(tmp_path, first, {})


def test_what_it_came_to_is_kept(first: Outcome, answer: Path, tmp_path: Path) -> None:
    accepted = decide(answer, first, {2: ""})
    made = conclude(answer, first, again(first, accepted, tmp_path / "again"))
    assert made.after is not None
    assert (made.before.surplus, made.after.surplus) == (3, 1)
    assert (made.kept, made.note) == (True, "")
    assert answer_of(answer) == made
    assert decide(answer, first, {}).after is None, "decided anew, it is open what it comes to"


def test_a_worse_outcome_is_said(first: Outcome, answer: Path, tmp_path: Path) -> None:
    better = again(first, decide(answer, first, {}), tmp_path / "better")
    made, place = ask(better, "rules", out=tmp_path / "second")
    added = AddSection(course="Art", new_section="Art-8", teacher="ruth")
    proposed = made.model_copy(update={"proposals": (Proposal(number=1, action=added),)})
    write_rounds(place, Rounds(adviser="rules", rounds=(proposed,)))
    decided = decide(place, better, {})
    assert decided.applied == (added,)
    told = {**better.scenario.model_dump(), "start": better.folder, "actions": (*better.actions, added)}
    worse = conclude(place, better, run(Scenario(**told), tmp_path / "worse"))
    assert worse.kept is False
    assert worse.note.startswith("Rolled back: ")


def test_the_figures_of_rounds_have_names() -> None:
    good, bad = Figures(unmet=0, surplus=1, shortfall=2), Figures(unmet=5, surplus=0, shortfall=0)
    rounds = (
        Round(number=1, adviser="rules", before=good, after=good, kept=True),
        Round(number=2, adviser="rules", before=good, after=bad, kept=False),
        Round(number=3, adviser="rules", before=good),
    )
    assert round_figures(rounds) == {"First solve": good, "Round 1": good, "Round 2": bad}
    assert taken_back(rounds) == ["Round 2"]
    assert round_figures(()) == {}
    table = figure_table({"Before": good, "After": bad}).set_index("Measure")
    assert [*table.columns] == ["Before", "After"]
    assert (table.at["Unmet weight", "After"], table.at["Surplus", "Before"]) == ("5", "1")
