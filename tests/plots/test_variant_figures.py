"""Figures of variants: a bar for each variant, a point for each, two bars for each group."""

from __future__ import annotations

import pandas as pd
import pytest

from echelon_lib.analysis.variants import compare_variants
from echelon_lib.analysis.who_gains import who_gains
from echelon_lib.domain.problem import Problem
from echelon_lib.plots.variants import plot_costs, plot_trade_off
from echelon_lib.plots.variants_page import variants_page
from echelon_lib.plots.who_gains import plot_who_gains
from echelon_lib.scoring.evaluate import evaluate
from tests.tiny_universities import GOOD, placed, university

GAP = "ALG-1#1 Tue 09:00 nook, ALG-1#2 Tue 11:00 nook, GEN-1#1 Tue 10:00 hall, GEN-1L#1 Mon 11:00 lab"


@pytest.fixture
def problem() -> Problem:
    return university()


@pytest.fixture
def comparison(problem: Problem) -> pd.DataFrame:
    found = {"<b>Good": placed(problem, GOOD), "Gap": placed(problem, GAP)}
    return compare_variants(problem, found, own_costs={})


@pytest.fixture
def gains(problem: Problem) -> pd.DataFrame:
    return who_gains(problem, {"<b>Good": placed(problem, GOOD), "Gap": placed(problem, GAP)})


def test_costs_are_stacked_rule_by_rule(problem: Problem, comparison: pd.DataFrame) -> None:
    drawn = plot_costs(comparison)
    assert [str(name) for name in drawn.data[0].x] == ["&lt;b&gt;Good", "Gap"]
    heights = [sum(trace.y[place] for trace in drawn.data) for place in (0, 1)]
    assert heights == [evaluate(problem, placed(problem, words)).cost[0] for words in (GOOD, GAP)]
    assert "at the prices of Balanced" in drawn.layout.title.subtitle.text


def test_a_trade_off_has_a_point_for_each_variant(comparison: pd.DataFrame) -> None:
    drawn = plot_trade_off(comparison)
    measures = comparison[comparison["About"] == "measure"].set_index("What")
    for trace, name in zip(drawn.data, ("<b>Good", "Gap"), strict=True):
        assert trace.x[0] == measures.loc["Compactness for students", name]
        assert trace.y[0] == measures.loc["Faculty preference", name]
    assert "higher is better" in drawn.layout.xaxis.title.text


def test_gains_go_to_the_right_and_losses_to_the_left(gains: pd.DataFrame) -> None:
    drawn = plot_who_gains(gains, "Gap")
    better, worse = drawn.data
    assert list(better.x) == [0, 0]
    assert list(worse.x) == [-6.25, -6.25]
    assert list(drawn.layout.yaxis.ticktext) == ["students, all", "BSC Year 1"]
    assert worse.text[1] == "BSC Year 1: 1 of 16 worse off; +0.06 hours a week each"
    assert plot_who_gains(gains, "nobody").layout.annotations[0].text == "There is nobody to compare."
    few = plot_who_gains(gains, "Gap", who="faculty", by="department", most=0)
    assert "2 more groups are not drawn" in few.layout.title.subtitle.text


def test_where_nothing_was_measured_a_figure_says_so(problem: Problem) -> None:
    nothing = compare_variants(problem, {})
    for drawn in (plot_costs(nothing), plot_trade_off(nothing)):
        assert len(drawn.layout.annotations) == 1


def test_the_page_needs_no_network_and_names_nobody(comparison: pd.DataFrame, gains: pd.DataFrame) -> None:
    page = variants_page("A & B", comparison, gains, notes=["Gap: it ended."])
    assert 'src="http' not in page
    assert "A &amp; B" in page
    assert "<b>Good" not in page
    assert page.count("Plotly.newPlot") >= 5
    body = page[page.index("</head>") :]
    assert "In place of" not in body
    assert "by Gap in place of &lt;b&gt;Good" in body
    for name in ("Ada", "Ben", "batch", "zoe"):
        assert name not in body
    assert "nothing to compare" in variants_page("A", compare_variants(university(), {}), gains)
