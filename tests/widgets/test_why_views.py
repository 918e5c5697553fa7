"""Buttons that answer why: the answer of the library, only for what is chosen, and errors as sentences."""

from __future__ import annotations

import time
from html import escape
from pathlib import Path
from threading import Event

import pytest

from echelon_lib.domain.errors import EchelonError
from echelon_lib.runs.outcome import Outcome
from echelon_lib.runs.run import run
from echelon_lib.runs.scenario import Scenario
from echelon_lib.search.suggest import suggested
from echelon_lib.search.where_else import where_else
from echelon_lib.widgets.background import Background
from echelon_lib.widgets.why_views import Asked, UnmetRequest, why_section


@pytest.fixture(scope="module")
def outcome(tiny_high_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """The tiny school, of which one request cannot be met."""
    out = tmp_path_factory.mktemp("why") / "run"
    return run(Scenario(folder=tiny_high_folder, solver="highs", seconds=30.0), out)


def test_a_section_says_why_it_is_there(outcome: Outcome) -> None:
    told = why_section(outcome, "ENG-1")
    assert "ENG-1 (English) with T01 is in" in told
    assert told.count("its teacher T01 has") == 3
    _, moves = told.split("<h4>What a move would cost with the enrolments mended after it")
    facts = where_else(outcome.problem, outcome.result.best, "ENG-1").facts
    assert len(facts) == moves.count("<li>") > 0
    assert all(escape(fact) in moves for fact in facts)


def test_an_unmet_request_says_why_and_what_it_would_cost(outcome: Outcome) -> None:
    view = UnmetRequest(outcome)
    button, shown = view.children[1].children
    assert button.disabled
    view.show(outcome.tables["unmet"])
    assert not button.disabled
    button.click()
    assert "Art is request 4 of 4" in shown.value
    assert "The cheapest change that gives it" in shown.value
    (student, course), *_ = outcome.tables["unmet"][["Student ID", "Course ID"]].to_numpy().tolist()
    offers = suggested(outcome.problem, outcome.result.best, student, course)
    assert [one.rank for one in offers] == sorted(one.rank for one in offers)
    _, ranked = shown.value.split("<h4>What would help, the least costly first</h4><ol")
    places = [ranked.index(escape(one.sentence)) for one in offers]
    assert places == sorted(places)
    assert len(places) == ranked.count("<li>") > 0
    view.show(outcome.tables["unmet"].iloc[:0])
    assert (button.disabled, shown.value, view.layout.display) == (True, "", "none")


def finished(background: Background) -> None:
    """Wait for the questions, and take the answers over."""
    end = time.monotonic() + 60
    while background.said:
        assert time.monotonic() < end, background.said
        time.sleep(0.01)
        background.collect()


def test_a_page_goes_on_while_an_answer_is_looked_for(outcome: Outcome) -> None:
    background = Background()
    view = UnmetRequest(outcome, background)
    view.show(outcome.tables["unmet"])
    button, shown = view.children[1].children
    button.click()
    assert "Looking …" in shown.value
    assert button.disabled
    finished(background)
    assert "What would help, the least costly first" in shown.value
    assert not button.disabled


@pytest.mark.parametrize("left", ["another question", "closed"])
def test_an_answer_that_nobody_waits_for_is_not_shown(left: str) -> None:
    background, go_on = Background(), Event()
    asked = Asked("Why?", background)
    asked.about(lambda: str(go_on.wait(30)))
    asked.answer()
    asked.about(lambda: "the other") if left == "another question" else asked.close()
    go_on.set()
    finished(background)
    assert "True" not in asked.told
    other = Asked("Why?", background)
    other.about(lambda: "told")
    other.answer()
    asked.close()
    finished(background)
    assert other.told == "told", "a view that is gone asks for nothing"


def test_a_failure_beside_the_page_is_a_sentence() -> None:
    def fail() -> str:
        raise EchelonError("It cannot be said.")

    background = Background()
    asked = Asked("Why?", background)
    asked.about(fail)
    asked.answer()
    finished(background)
    assert "It cannot be said." in asked.told
    assert not asked.children[0].disabled


def test_an_error_is_a_sentence() -> None:
    def fail() -> str:
        raise EchelonError("It cannot be said.\n  Maybe ask something else?")

    asked = Asked("Why?")
    asked.about(fail)
    asked.children[0].click()
    assert "It cannot be said." in asked.children[1].value
    assert not asked.children[0].disabled
