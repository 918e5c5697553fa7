"""Which requests are not met, and why."""

from __future__ import annotations

from collections import Counter

import pandas as pd
import plotly.graph_objects as go

from echelon_lib.analysis.requests import reason_kind
from echelon_lib.plots.theme import PATTERNS, SERIES, figure, plain, plains, say


def plot_unmet(unmet: pd.DataFrame) -> go.Figure:
    """Return a bar for each course with its unmet requests, divided by reason.

    Parameters
    ----------
    unmet
        What ``unmet_requests`` returned.
    """
    counts = Counter(
        (course, reason_kind(reason))
        for course, reason in zip(unmet["Course ID"], unmet["Reason"], strict=True)
    )
    totals: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    for (course, kind), count in counts.items():
        totals[course] += count
        kinds[kind] += count
    courses = sorted(totals, key=lambda course: (-totals[course], course))
    made = figure(
        "Unmet requests by course and reason",
        subtitle=f"{_counted(len(unmet), 'unmet request')} in {_counted(len(courses), 'course')}",
        height=170 + 26 * max(len(courses), 4),
    )
    if not courses:
        say(made, "Every request is met.")
        return made
    for index, kind in enumerate(sorted(kinds, key=lambda kind: (-kinds[kind], kind))):
        here = [course for course in courses if counts[course, kind]]
        made.add_trace(
            go.Bar(
                x=[counts[course, kind] for course in here],
                y=plains(here),
                orientation="h",
                name=plain(kind),
                text=[str(counts[course, kind]) for course in here],
                marker={
                    "color": SERIES[index % len(SERIES)],
                    "pattern": {
                        "shape": PATTERNS[index % len(PATTERNS)],
                        "fillmode": "overlay",
                        "solidity": 0.15,
                    },
                },
                hovertemplate=f"%{{y}}: %{{x}} × {plain(kind)}<extra></extra>",
            )
        )
    made.update_xaxes(title="Requests", rangemode="tozero", dtick=1 if max(totals.values()) <= 10 else None)
    made.update_yaxes(
        type="category",
        categoryorder="array",
        categoryarray=plains(courses),
        autorange="reversed",
        automargin=True,
    )
    made.update_layout(barmode="stack", showlegend=True)
    return made


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
