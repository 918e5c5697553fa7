"""Findings, request lists and problems of the data as tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from echelon_lib.checks.lists import RequestNote
from echelon_lib.domain.errors import Issue
from echelon_lib.preflight import Finding


def finding_table(findings: Iterable[Finding]) -> pd.DataFrame:
    """Return one row for each finding: Severity, Rule, Place, Message, Numbers, Suggestion."""
    rows = [
        (
            one.severity,
            one.rule,
            one.place,
            one.message,
            ", ".join(f"{name.replace('_', ' ')} {number:,}" for name, number in one.numbers.items()),
            one.suggestion or "",
        )
        for one in findings
    ]
    return _texts(rows, ["Severity", "Rule", "Place", "Message", "Numbers", "Suggestion"])


def request_list_table(notes: Iterable[RequestNote]) -> pd.DataFrame:
    """Return one row for each note on a request list: Student, Trouble, Courses, Message, Suggestion.

    These are personal data: to be shown to the user and never logged.
    """
    rows = [(one.student, one.trouble, ", ".join(one.courses), one.sentence, one.suggestion) for one in notes]
    return _texts(rows, ["Student", "Trouble", "Courses", "Message", "Suggestion"])


def request_troubles(notes: Iterable[RequestNote]) -> pd.DataFrame:
    """Count the notes on request lists by trouble: Trouble, Students; the most frequent first."""
    students: dict[str, set[str]] = {}
    for one in notes:
        students.setdefault(one.trouble, set()).add(one.student)
    rows = sorted(((name, len(who)) for name, who in students.items()), key=lambda row: (-row[1], row[0]))
    return pd.DataFrame(rows, columns=["Trouble", "Students"]).astype({"Trouble": "str", "Students": "int64"})


def issue_table(issues: Iterable[Issue]) -> pd.DataFrame:
    """Return one row for each problem with the data: File, Row, Column, Message, Suggestion."""
    rows = [
        (
            one.path or "",
            "" if one.row is None else str(one.row),
            one.column or "",
            one.message,
            one.cure or "",
        )
        for one in issues
    ]
    return _texts(rows, ["File", "Row", "Column", "Message", "Suggestion"])


def _texts(rows: Sequence[tuple[str, ...]], columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=columns, dtype=str)
