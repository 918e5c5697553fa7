"""What a repair came to, as tables: every change, what cannot be kept, and whom it concerns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from echelon_lib.domain.problem import Problem
from echelon_lib.formats.run_tables import shown_details
from echelon_lib.search.repair_account import Repair

CHANGE_COLUMNS = ("What", "ID", "Course ID", "Before", "After", "Cause", "Why", "Sentence")
ASKED = "asked for"
NOT_KEPT = "cannot be kept"
"""The cause of what is no change, but lost."""


def change_rows(done: Repair, gone: Sequence[str] = ()) -> Iterator[tuple[str, ...]]:
    """Yield a row of ``CHANGE_COLUMNS`` for each change, and after them what cannot be kept.

    Parameters
    ----------
    done
        The repair.
    gone
        Locks that cannot hold any more, in sentences.
    """
    for one in done.moved:
        before, after = one.before or "", one.after or ""
        yield one.kind, one.who, one.course, before, after, one.cause, one.why, one.sentence()
    for lost in done.lost:
        what = "cannot get" if lost.new else "loses"
        text = " ".join([f"Student {lost.student} {what} {lost.course}.", *lost.reasons])
        yield "request", lost.student, lost.course, "", "", NOT_KEPT, "", text
    for sentence in done.broken:
        yield "rule", "", "", "", "", NOT_KEPT, "", sentence
    for sentence in gone:
        yield "lock", "", "", "", "", NOT_KEPT, "", sentence


def asked_row(sentence: str) -> tuple[str, ...]:
    """Return the row of ``CHANGE_COLUMNS`` of a change that was asked for, in its sentence."""
    return "change", "", "", "", "", ASKED, "", sentence


def change_table(done: Repair, gone: Sequence[str] = ()) -> pd.DataFrame:
    """Return what ``change_rows`` yields as a table of texts; personal data, to be shown and never logged."""
    return pd.DataFrame(change_rows(done, gone), columns=list(CHANGE_COLUMNS), dtype=str)


def affected_table(problem: Problem, done: Repair) -> pd.DataFrame:
    """Return the students whom a repair concerns, those with most changes first.

    Parameters
    ----------
    problem
        The problem as it is now.
    done
        Its repair.

    Returns
    -------
    DataFrame
        Student ID, About (name and grade, where the files give them), Changes (courses in which the student
        has another section, a new one or none any more), Periods only (sections that meet at another time
        without a change of section), Lost (requests that cannot be kept). Personal data.
    """
    moved = {one.who for one in done.moved if one.kind == "section" and one.before is not None}
    changes: dict[str, int] = {}
    for one in done.moved:
        if one.kind == "student":
            changes[one.who] = changes.get(one.who, 0) + 1
    lost: dict[str, int] = {}
    for none in done.lost:
        lost[none.student] = lost.get(none.student, 0) + 1
    stayed = {(one.who, one.after) for one in done.moved if one.kind == "student"}
    rows = []
    for who in dict.fromkeys((*done.affected, *lost)):
        taken = done.timetable.enrolments.get(who, frozenset())
        only = sum(section in moved and (who, section) not in stayed for section in taken)
        about = shown_details(problem.student[who])
        rows.append((who, about, changes.get(who, 0), only, lost.get(who, 0)))
    rows.sort(key=lambda row: (-row[2], -row[4], -row[3], row[0]))
    titles = ["Student ID", "About", "Changes", "Periods only", "Lost"]
    kinds = {"Student ID": "str", "About": "str"} | dict.fromkeys(titles[2:], "int64")
    return pd.DataFrame(rows, columns=titles).astype(kinds)
