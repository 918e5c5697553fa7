"""How groups of students fare beside each other, and what of it is chance."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from echelon_lib.analysis.who_pays import ALL, WITHIN
from echelon_lib.plots.theme import BLUE, GREEN, INK, ORANGE, PALE, figure, plain, say, shortened

_ROW = 30
_KINDS = (
    ("core", "core", "circle", BLUE),
    ("elective", "elective", "diamond", ORANGE),
    ("", "all requests", "square", GREEN),
)


def plot_who_pays(table: pd.DataFrame) -> go.Figure:
    """Return a point for each group at its share of incomplete students, over what chance would give.

    A grey bar is where the group would lie if lots decided, see ``who_pays``; a group outside of it is a
    triangle, the others are circles. A line stands at the share of all students.

    Parameters
    ----------
    table
        What ``who_pays`` returned.
    """
    whole = table[table["By"] == ALL]
    groups = table[table["By"] != ALL].reset_index(drop=True)
    odd = groups["Verdict"] != WITHIN
    count = int(odd.sum())
    made = figure(
        "Who pays: students who lack a request, by group",
        subtitle=(
            f"{count} of {len(groups)} groups {'differs' if count == 1 else 'differ'} from all by more than "
            "chance"
        ),
        height=180 + _ROW * max(len(groups), 4),
    )
    if groups.empty or whole.empty:
        say(made, "There are no groups to compare.")
        return made
    ranges = [text.split(" to ") for text in groups["By chance"]]
    low = [100 * int(one[0]) / n for one, n in zip(ranges, groups["Students"], strict=True)]
    high = [100 * int(one[-1]) / n for one, n in zip(ranges, groups["Students"], strict=True)]
    share = [100 * few / n for few, n in zip(groups["Incomplete"], groups["Students"], strict=True)]
    rows = list(range(len(groups)))
    made.add_trace(
        go.Bar(
            x=[b - a for a, b in zip(low, high, strict=True)],
            base=low,
            y=rows,
            orientation="h",
            name="by chance",
            marker={"color": PALE, "line": {"color": INK, "width": 0.5}},
            width=0.5,
            hoverinfo="skip",
        )
    )
    for is_odd, name, symbol, colour in (
        (False, "group, within chance", "circle", BLUE),
        (True, "group, beyond chance", "triangle-up", ORANGE),
    ):
        here = [row for row in rows if bool(odd[row]) == is_odd]
        made.add_trace(
            go.Scatter(
                x=[share[row] for row in here],
                y=here,
                mode="markers",
                name=name,
                marker={"symbol": symbol, "size": 12, "color": colour, "line": {"width": 1, "color": INK}},
                text=[
                    f"{plain(groups['By'][row])} {plain(groups['Group'][row])}: "
                    f"{groups['Incomplete'][row]} of {groups['Students'][row]} students, "
                    f"by chance {groups['By chance'][row]}"
                    for row in here
                ],
                hovertemplate="%{text}<extra></extra>",
            )
        )
    everyone = whole.iloc[0]
    mean = 100 * int(everyone["Incomplete"]) / max(1, int(everyone["Students"]))
    made.add_trace(
        go.Scatter(
            x=[mean, mean],
            y=[-0.6, len(groups) - 0.4],
            mode="lines",
            name="all students",
            line={"dash": "dash", "color": INK},
            hovertemplate="all students: %{x:.1f} %<extra></extra>",
        )
    )
    furthest = max(*share, *high, mean, 1.0)
    made.update_xaxes(
        title="Students who lack a request, %",
        range=[-0.02 * furthest, 1.05 * furthest],
        ticksuffix=" %",
        zeroline=False,
    )
    _name_rows(made, groups)
    return made


def plot_requests_met(table: pd.DataFrame) -> go.Figure:
    """Return for each group the share of its requests that are met, core and elective apart.

    Where a school calls no course core, the share of all requests is drawn instead. A line of the same colour
    stands at the share of all students.

    Parameters
    ----------
    table
        What ``who_pays`` returned.
    """
    return _shares(table, "requests", "met")


def plot_complete(table: pd.DataFrame) -> go.Figure:
    """Return for each group the share of its students who are complete, core and elective apart.

    Complete in a kind are those who lack no request of it, of the students who have any. Where a school calls
    no course core, those are drawn who lack nothing at all. A line of the same colour stands at the share of
    all students.

    Parameters
    ----------
    table
        What ``who_pays`` returned.
    """
    return _shares(table, "students", "complete")


def _shares(table: pd.DataFrame, subject: str, what: str) -> go.Figure:
    """Return for each group a point at its share of each kind, and a line at that of all students."""
    whole = table[table["By"] == ALL]
    groups = table[table["By"] != ALL].reset_index(drop=True)
    columns = [(f"{kind} {what}".strip().capitalize(), *more) for kind, *more in _KINDS]
    apart = bool(table[columns[0][0]].notna().any())
    kinds = [one for one in (columns[:2] if apart else columns[2:]) if table[one[0]].notna().any()]
    told = ", ".join(f"{name} {100 * float(whole[column].iloc[0]):.1f} %" for column, name, *_ in kinds)
    made = figure(
        f"Who pays: {subject} {what} by group{', core and elective apart' if apart else ''}",
        subtitle=f"{what} of all students: {told}" if told else "nobody asks for anything",
        height=180 + _ROW * max(len(groups), 4),
    )
    if groups.empty or not kinds:
        say(made, "There are no groups to compare.")
        return made
    least = 100.0
    for column, name, symbol, colour in kinds:
        here = [row for row, share in enumerate(groups[column]) if not pd.isna(share)]
        shares = [100 * float(groups[column][row]) for row in here]
        mean = 100 * float(whole[column].iloc[0])
        least = min(least, mean, *shares)
        made.add_trace(
            go.Scatter(
                x=shares,
                y=here,
                mode="markers",
                name=name,
                marker={"symbol": symbol, "size": 12, "color": colour, "line": {"width": 1, "color": INK}},
                text=[
                    f"{plain(groups['By'][row])} {plain(groups['Group'][row])}: "
                    f"{100 * float(groups[column][row]):.1f} % of {subject} {what}, {name}"
                    for row in here
                ],
                hovertemplate="%{text}<extra></extra>",
            )
        )
        made.add_trace(
            go.Scatter(
                x=[mean, mean],
                y=[-0.6, len(groups) - 0.4],
                mode="lines",
                name=f"{name}, all students",
                line={"dash": "dash", "color": colour},
                showlegend=False,
                hovertemplate=f"all students, {name}: %{{x:.1f}} %<extra></extra>",
            )
        )
    margin = max(0.5, (100 - least) / 20)
    made.update_xaxes(
        title=f"{subject.capitalize()} {what}, %",
        range=[max(-margin, least - margin), 100 + margin],
        ticksuffix=" %",
        zeroline=False,
    )
    _name_rows(made, groups)
    return made


def _name_rows(made: go.Figure, groups: pd.DataFrame) -> None:
    """Write the groups beside their rows, the first on top."""
    made.update_yaxes(
        tickvals=list(range(len(groups))),
        ticktext=[
            f"{plain(shortened(by, 16))}: {plain(shortened(group, 20))} ({n})"
            for by, group, n in zip(groups["By"], groups["Group"], groups["Students"], strict=True)
        ],
        range=[len(groups) - 0.4, -0.6],
        automargin=True,
        zeroline=False,
    )
    made.update_layout(showlegend=True)
