"""Who gains and who loses between two timetables of a university."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from echelon_lib.analysis.who_gains import ALL, IDLE, YEAR
from echelon_lib.plots.theme import BLUE, INK, ORANGE, figure, plain, plains, say, shortened

_ROW = 24


def plot_who_gains(
    table: pd.DataFrame,
    variant: str,
    *,
    who: str = "students",
    by: str = YEAR,
    measure: str = IDLE,
    most: int | None = 30,
) -> go.Figure:
    """Return two bars for each group: the share of its people who fare better, and who fare worse.

    Parameters
    ----------
    table
        What ``who_gains`` returned.
    variant
        The variant that is compared with the first.
    who, by, measure
        Which rows of the table; everybody together is drawn on top.
    most
        Groups that are drawn, at most, those with most people affected first; None for all.
    """
    rows = table[(table["Variant"] == variant) & (table["Who"] == who) & (table["Measure"] == measure)]
    groups = rows[rows["By"] == by].copy()
    groups["Affected"] = (groups["Better"] + groups["Worse"]) / groups["People"].clip(lower=1)
    groups = groups.sort_values(["Affected", "Group"], ascending=[False, True])
    left = 0 if most is None else max(0, len(groups) - most)
    shown = pd.concat([rows[rows["By"] == ALL], groups if most is None else groups.head(most)])
    made = figure(
        f"Who gains by {variant}: {measure} of {who}",
        subtitle=f"share of people by {by}" + (f"; {left:,} more groups are not drawn" if left else ""),
        height=190 + _ROW * max(len(shown), 4),
    )
    if shown.empty:
        say(made, "There is nobody to compare.")
        return made
    at = list(range(len(shown)))
    sizes = shown["People"].clip(lower=1)
    for name, column, sign, colour, pattern in (
        ("better off", "Better", 1, BLUE, ""),
        ("worse off", "Worse", -1, ORANGE, "/"),
    ):
        made.add_trace(
            go.Bar(
                name=name,
                x=(sign * 100 * shown[column] / sizes).tolist(),
                y=at,
                orientation="h",
                marker={
                    "color": colour,
                    "line": {"color": INK, "width": 0.5},
                    "pattern": {"shape": pattern, "fillmode": "overlay"},
                },
                text=[
                    f"{plain(group)}: {count:,} of {people:,} {name}; {change:+.2f} hours a week each"
                    for group, count, people, change in zip(
                        shown["Group"], shown[column], shown["People"], shown["Change"], strict=True
                    )
                ],
                textposition="none",
                hovertemplate="%{text}<extra></extra>",
            )
        )
    names = [
        f"{who}, all" if kind == ALL else group
        for kind, group in zip(shown["By"], shown["Group"], strict=True)
    ]
    made.update_yaxes(
        tickvals=at,
        ticktext=plains(shortened(str(name)) for name in names),
        autorange="reversed",
        automargin=True,
        zeroline=False,
    )
    made.update_xaxes(title="Worse off ← people, % → better off", zeroline=True, zerolinecolor=INK)
    made.update_layout(barmode="relative", showlegend=True)
    return made
