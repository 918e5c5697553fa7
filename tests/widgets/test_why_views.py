"""Buttons that answer why: the answer of the library, only for what is chosen, and errors as sentences."""

from __future__ import annotations

from pathlib import Path

import pytest

from echelon_lib.domain.errors import EchelonError
from echelon_lib.runs.outcome import Outcome
from echelon_lib.runs.run import run
from echelon_lib.runs.scenario import Scenario
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


def test_an_unmet_request_says_why_and_what_it_would_cost(outcome: Outcome) -> None:
    view = UnmetRequest(outcome)
    button, shown = view.children[1].children
    assert button.disabled
    view.show(outcome.tables["unmet"])
    assert not button.disabled
    button.click()
    assert "Art is request 4 of 4" in shown.value
    assert "The cheapest change that gives it" in shown.value
    view.show(outcome.tables["unmet"].iloc[:0])
    assert (button.disabled, shown.value, view.layout.display) == (True, "", "none")


def test_an_error_is_a_sentence() -> None:
    def fail() -> str:
        raise EchelonError("It cannot be said.\n  Maybe ask something else?")

    asked = Asked("Why?")
    asked.about(fail)
    asked.children[0].click()
    assert "It cannot be said." in asked.children[1].value
    assert not asked.children[0].disabled
