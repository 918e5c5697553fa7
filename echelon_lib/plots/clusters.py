"""How the courses of a university hang together: departments against clusters, and kinds of courses."""

from __future__ import annotations

import plotly.graph_objects as go

from echelon_lib.analysis.clusters import KINDS, Clusters
from echelon_lib.plots.theme import BLUE, GREEN, INK, ORANGE, PALE, PATTERNS, figure, plain, plains, say

MOST_DEPARTMENTS = 130
"""Departments that a page holds with their names."""
MOST_CLUSTERS = 60
"""Clusters that stand side by side; the smaller ones are added up beyond."""

_CELL = 12
_REST = "smaller"


def plot_clusters(found: Clusters) -> go.Figure:
    """Return a matrix: which share of the courses of each department (rows) lies in each cluster (columns).

    Departments stand in the order of the cluster that holds most of their courses, so that departments which
    hang together stand together; the largest cluster is on the left. Where there are more departments than a
    page holds, those with most courses are shown.
    """
    table = found.matrix
    biggest = table.sum(axis=1).sort_values(ascending=False, kind="stable").index[:MOST_DEPARTMENTS]
    left = len(table) - len(biggest)
    more = f"; the {left:,} smallest departments are not shown" if left else ""
    made = figure(
        "Departments and clusters of courses that share students",
        subtitle=f"{found.sentence}{more}",
        height=190 + _CELL * max(len(biggest), 12),
    )
    if table.empty:
        say(made, "Nobody attends any course.")
        return made
    names = [str(number) for number in table.columns[:MOST_CLUSTERS]]
    counts = table.iloc[:, :MOST_CLUSTERS].copy()
    if table.shape[1] > MOST_CLUSTERS:
        counts[_REST] = table.iloc[:, MOST_CLUSTERS:].sum(axis=1)
        names.append(_REST)
    counts = counts.loc[[name for name in table.index if name in set(biggest)]]
    shares = counts.div(counts.sum(axis=1), axis=0).to_numpy()
    most = shares.argmax(axis=1).tolist()
    order = sorted(
        range(len(counts)), key=lambda at: (most[at], -shares[at, most[at]], str(counts.index[at]))
    )
    numbers = counts.to_numpy()[order].tolist()
    made.add_trace(
        go.Heatmap(
            z=[[100 * share if share else None for share in row] for row in shares[order].tolist()],
            x=names,
            y=plains(counts.index[order]),
            customdata=numbers,
            colorscale=[[0.0, "#DCEBF5"], [1.0, BLUE]],
            zmin=0,
            zmax=100,
            xgap=1,
            ygap=1,
            hovertemplate="%{y}, cluster %{x}: %{customdata} courses, %{z:.0f} % of its own<extra></extra>",
            colorbar={"title": {"text": "% of courses"}},
        )
    )
    size = {"tickfont": {"size": 9}, "type": "category", "showgrid": False}
    made.update_yaxes(autorange="reversed", dtick=1, automargin=True, title="Department", **size)
    made.update_xaxes(title="Cluster, the one with most courses first", **size)
    made.update_layout(plot_bgcolor="#FFFFFF")
    return made


def plot_kinds(found: Clusters) -> go.Figure:
    """Return two bars: how courses, and the seats taken in them, divide into kinds by enrolment."""
    table = found.kinds.set_index("Kind")
    made = figure(
        "Core, department and open electives by enrolment",
        subtitle=f"{len(found.courses):,} courses, {int(found.courses['Seats taken'].sum()):,} seats taken",
        height=280,
    )
    if table.empty:
        say(made, "There are no courses.")
        return made
    colours = dict(zip(KINDS, (BLUE, ORANGE, GREEN, PALE), strict=True))
    bars = {"Share of courses": "Courses", "Share of seats": "Seats taken"}
    for index, kind in enumerate(kind for kind in KINDS if kind in table.index):
        shares = [100 * float(table.loc[kind, share]) for share in bars]
        made.add_trace(
            go.Bar(
                x=shares,
                y=list(bars.values()),
                orientation="h",
                name=plain(kind),
                text=[f"{share:.0f} %" if share >= 4 else "" for share in shares],
                customdata=[int(table.loc[kind, column]) for column in bars.values()],
                marker={
                    "color": colours[kind],
                    "line": {"color": INK, "width": 0.5},
                    "pattern": {"shape": PATTERNS[index]},
                },
                hovertemplate="%{y}: %{customdata:,} (%{x:.1f} %)<extra>" + plain(kind) + "</extra>",
            )
        )
    made.update_layout(barmode="stack", showlegend=True, legend={"traceorder": "normal"})
    made.update_xaxes(title="Per cent", range=[0, 100])
    made.update_yaxes(autorange="reversed")
    return made
