"""Findings, request lists and problems of the data as tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from echelon_lib.checks.lists import RequestNote
from echelon_lib.domain.errors import Issue
from echelon_lib.preflight import Finding, Severity

_PLACE = re.compile(r"(\S+\.csv)(?:, row (\d+))?(?:, (.*))?")
_GRAVE: Mapping[Severity, str] = {"error": "✕ impossible", "warning": "! look at it", "info": "worth knowing"}


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


def located_findings(findings: Iterable[Finding]) -> pd.DataFrame:
    """Return one row for each finding as whoever keeps the files reads it.

    Returns
    -------
    DataFrame
        Finding (how grave, in words with a sign), File, Row, Where (in the file, or what it is about),
        Message, Cure; all texts, empty where nothing is known.
    """
    rows = []
    for one in findings:
        place = _PLACE.fullmatch(one.place)
        file, row, where = ("", "", one.place) if place is None else (part or "" for part in place.groups())
        rows.append((_GRAVE[one.severity], file, row, where, one.message, one.suggestion or ""))
    return _texts(rows, ["Finding", "File", "Row", "Where", "Message", "Cure"])


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
