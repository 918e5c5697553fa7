"""What kernels work on: a school that does not change, and the state of a search that does.

Sections, courses, holders (whoever cannot be in two places: teachers), students, requests and options (the
courses that may serve a request) are numbers. A set of periods or of tags is the bits of a number. Lists of
different lengths lie one after the other: those of ``i`` from ``x_at[i]`` up to ``x_at[i + 1]``.

*Rows* of a section count its students: row 0 all of them, row k those with the k-th counted tag. Each row has
a required limit and a table with the price of every count, whatever rules and shapes make it up. *Books*
count placed sections in cells (periods for "at most k at a time", days for even days) and have the same two.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


UNMET, LATER, OVER, MOVED, SHIFTED = range(5)
"""What ``State.sums`` adds up: the cost of requests, the prices of later levels, students beyond required
limits, enrolments that are not as before, sections that are not where they were."""
OPEN, LOGGED, LOGGING, EXTRA = range(4)
"""What ``State.counts`` holds: open requests, length of the log, whether moves are logged, and how many
students a row may hold beyond its limit for the time being."""

BROKEN = 1_000_000_000
"""Price of each student who is missing where a minimum is required; a state with such prices is not kept."""


class School(NamedTuple):
    """A school in numbers.

    Parameters
    ----------
    course, first
        The course of each section; sections are in the order of their courses, those of course c from
        ``first[c]``.
    allowed, next_to
        Periods of each section; periods right before or after each period.
    holder_at, holder
        Who holds each section.
    place_price
        Price of each section at each period.
    limit, price_at, prices
        Of each section and row: the required limit, where its table begins, and all tables.
    book_at, book, cell, book_limit, book_price_at, book_prices
        The books that count each section; the cells of each book and period as bits; required limits, where
        the tables begin, and all tables.
    pair_at, pair, pair_member_at, pair_member, pair_price
        Rules on sections that should not be next to each other: those of each section, their sections, and
        the price of each pair (below 0: none may be).
    wish_at, student, weight
        The requests of each student, and the student and weight of each request.
    option_at, option_course, option_cost, option_price, option_section
        The options of each request, the cheapest first: course, cost of the request, price of later levels,
        and the only section that may be taken (-1: any).
    free, tags, shared
        Periods and counted tags of each student; whether options of different requests share a course.
    ask_at, ask
        The requests that may be served by each course.
    asked_by
        Share of each group of students among those who ask for each course; shape (courses, groups).
    pinned
        Courses of which somebody may take one section only.
    locks
        Where students should rather be; empty where no lock on a student has a price. Those of student s are
        from ``locks[s]`` up to ``locks[s + 1]``, two numbers each: a section, or -1 less a period, and what
        being there adds to the price.
    was_in, was_at
        Section of each request and period of each section before; -1 where they may change for nothing.
    """

    course: Ints
    first: Ints
    allowed: Ints
    next_to: Ints
    holder_at: Ints
    holder: Ints
    place_price: Ints
    limit: Ints
    price_at: Ints
    prices: Ints
    book_at: Ints
    book: Ints
    cell: Ints
    book_limit: Ints
    book_price_at: Ints
    book_prices: Ints
    pair_at: Ints
    pair: Ints
    pair_member_at: Ints
    pair_member: Ints
    pair_price: Ints
    wish_at: Ints
    student: Ints
    weight: Ints
    option_at: Ints
    option_course: Ints
    option_cost: Ints
    option_price: Ints
    option_section: Ints
    free: Ints
    tags: Ints
    shared: NDArray[np.bool_]
    ask_at: Ints
    ask: Ints
    asked_by: NDArray[np.float64]
    pinned: NDArray[np.bool_]
    locks: Ints
    was_in: Ints
    was_at: Ints


class State(NamedTuple):
    """Where everything is, with all the counts that moves need.

    Parameters
    ----------
    period, section, option
        Period of each section, section and option of each request; -1 for none.
    busy
        The request that a student attends at each period.
    rows
        Students in each section, by row.
    inside_at, inside, place
        The requests in each section, and where each request stands among them.
    head, after, before, held
        Sections of a course at a period, as a chained list; the periods in which each course has any.
    holds
        The section that a holder has at each period.
    cells
        Sections in the cells of each book.
    open, open_place
        Requests that could be served better, and where each stands among them.
    log
        Moves of requests that can be undone: request, section, option before.
    sums, counts
        See ``UNMET`` and ``OPEN``.
    weights
        What one unit of each of the sums costs the search.
    most
        No move may bring one of the sums above this; used for the changes of a repair.
    parent, queue
        Scratch of the search for a path.
    dice
        Random numbers.
    """

    period: Ints
    section: Ints
    option: Ints
    busy: Ints
    rows: Ints
    inside_at: Ints
    inside: Ints
    place: Ints
    head: Ints
    after: Ints
    before: Ints
    held: Ints
    holds: Ints
    cells: Ints
    open: Ints
    open_place: Ints
    log: Ints
    sums: Ints
    counts: Ints
    weights: NDArray[np.float64]
    most: Ints
    parent: Ints
    queue: Ints
    dice: NDArray[np.uint64]
