"""What moving a section would cost with everything mended after it: in sentences that name no student."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from echelon_lib.domain.errors import DataError, EchelonError
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.search.offers import Offer
from echelon_lib.search.suggest import Workbench
from echelon_lib.search.why import costs_in_words, counted

HEADING: Final = "What a move would cost with the enrolments mended after it, the least costly first"


@dataclass(frozen=True, slots=True)
class WhereElse:
    """What moving a section would cost.

    Parameters
    ----------
    offers
        What each other period would cost, by its name, or why the section cannot go there; empty where the
        timetable is none that can be asked about.
    facts
        The same in sentences; no student is named.
    """

    offers: Mapping[str, Offer] = field(repr=False)
    facts: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join(self.facts)


def where_else(problem: Problem, timetable: Timetable, section: str) -> WhereElse:
    """Say for every other period what an attainable move of a section there costs, exactly.

    Unlike ``why_here``, the section of its teacher there may come to its place, and whoever lost a seat looks
    for another by the moves of the search.

    Parameters
    ----------
    problem, timetable
        What a ``Workbench`` takes.
    section
        Its identifier.

    Raises
    ------
    DataError
        When there is no such section.
    """
    try:
        offers = Workbench(problem, timetable).moves(section)
    except DataError:
        raise
    except EchelonError as error:
        reason = str(error).splitlines()[0]
        return WhereElse({}, (f"What a move would cost cannot be told: {reason}.",))
    return WhereElse(offers, tuple(_facts(problem, section, offers)))


def _facts(problem: Problem, section: str, offers: Mapping[str, Offer]) -> Iterator[str]:
    possible = [period for period, offer in offers.items() if offer.timetable is not None]
    for period in sorted(possible, key=lambda period: offers[period].rank):
        yield f"To {period}: {'; '.join(_parts(problem, section, offers[period]))}."
    for reason in dict.fromkeys(offer.reason for offer in offers.values() if offer.timetable is None):
        periods = ", ".join(period for period, offer in offers.items() if offer.reason == reason)
        yield f"Not to {periods}: {reason}."


def _parts(problem: Problem, section: str, offer: Offer) -> Iterator[str]:
    for id, before, after in offer.sections:
        if id != section:
            yield f"{id} ({problem.course_of[id].id}) moves from {before} to {after}"
    if offer.students:
        yield f"{counted(len(offer.students), 'student')} would change sections or periods"
    if offer.lost:
        yield f"{counted(len(offer.lost), 'request')} would be lost or served worse"
    else:
        yield "nobody loses a request"
    if offer.gained:
        yield f"{counted(len(offer.gained), 'request')} would come out better"
    yield costs_in_words(offer.cost)
