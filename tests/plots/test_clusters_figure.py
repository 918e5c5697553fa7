"""Figures of clusters: what their data say, and that they stay readable for a large university."""

from __future__ import annotations

import pandas as pd
import pytest
from tiny_universities import university

from echelon_lib.analysis.clusters import Clusters, clusters
from echelon_lib.communities import Communities
from echelon_lib.plots.clusters import plot_clusters, plot_kinds


def invented(departments: int, each: int) -> Clusters:
    """Departments with two courses in a cluster of their own and one in the first cluster."""
    rows = [
        (
            f"D{number:03}-{course}",
            f"D{number:03}",
            "Core",
            "",
            1,
            1,
            1,
            1,
            1 if course == 2 else number // each + 1,
        )
        for number in range(departments)
        for course in range(3)
    ]
    columns = ["Course", "Department", "Kind", "Said", "Departments", "Sessions", "Students", "Seats taken"]
    table = pd.DataFrame(rows, columns=[*columns, "Cluster"]).astype({"Cluster": "Int64"})
    count = (departments - 1) // each + 1
    named = tuple(tuple(table.loc[table["Cluster"] == one + 1, "Course"]) for one in range(count))
    found = Communities(named, 10, 100, 40, 0.5, 0, 1.0)
    return Clusters(table, found, dict.fromkeys(range(1, count + 1), 1))


def test_the_matrix_has_shares_of_departments_in_the_order_of_their_clusters() -> None:
    (heat,) = plot_clusters(invented(6, 2)).data
    assert list(heat.x) == ["1", "2", "3"]
    assert list(heat.y) == ["D000", "D001", "D002", "D003", "D004", "D005"]
    assert list(heat.z[0]) == [100, None, None]
    assert list(heat.z[3]) == [pytest.approx(100 / 3), pytest.approx(200 / 3), None]
    assert list(heat.customdata[3]) == [1, 2, 0]


def test_the_figure_says_what_a_split_cuts() -> None:
    figure = plot_clusters(invented(6, 2))
    assert "cut 40.0%" in figure.layout.title.subtitle.text
    assert "not shown" not in figure.layout.title.subtitle.text


def test_a_large_university_fits_a_page() -> None:
    figure = plot_clusters(invented(127, 3))
    (heat,) = figure.data
    assert (len(heat.y), len(heat.x)) == (127, 43)
    assert figure.layout.yaxis.dtick == 1, "every department has its name"
    assert 10 * 127 < figure.layout.height < 2_000
    larger = plot_clusters(invented(500, 4))
    assert (len(larger.data[0].y), len(larger.data[0].x)) == (130, 61)
    assert larger.data[0].x[-1] == "smaller"
    assert "the 370 smallest departments are not shown" in larger.layout.title.subtitle.text
    assert len(larger.to_json()) < 300_000


def test_kinds_are_stacked_to_the_whole() -> None:
    problem = university()
    figure = plot_kinds(clusters(problem))
    assert [bar.name for bar in figure.data] == ["Core", "Department elective"]
    assert [sum(bar.x[row] for bar in figure.data) for row in (0, 1)] == pytest.approx([100, 100])
    assert [list(bar.customdata) for bar in figure.data] == [[1, 16], [1, 30]]
    assert len({bar.marker.pattern.shape for bar in figure.data}) == 2


def test_without_students_the_figures_say_so() -> None:
    nothing = clusters(university(enrolments=[]))
    assert plot_clusters(nothing).layout.annotations[0].text == "Nobody attends any course."
    assert [bar.name for bar in plot_kinds(nothing).data] == ["Not attended"]
    assert plot_kinds(clusters(university(courses=[], sections=[], enrolments=[]))).layout.annotations[
        0
    ].text == ("There are no courses.")
