"""What a notebook shows is readable, stays text, and needs no network."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
import plotly.io as pio
import pytest

from echelon_lib.plots.page import bullets, embed_figures, figure_script, sentence, table


@pytest.fixture
def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "Course": ["Art", "<script>x</script>", "Chess"],
            "Seats": pd.array([1234, None, 3], dtype="Int64"),
            "Utilisation": [0.7499, float("nan"), 1.0],
            "Low": [True, False, False],
        }
    )


def test_a_table_is_text_and_numbers(frame: pd.DataFrame) -> None:
    shown = table(frame)
    assert "<script>" not in shown.html
    assert "&lt;script&gt;" in shown.html
    assert repr(shown).splitlines()[1].split() == ["Art", "1,234", "74.9", "%", "yes"]
    assert repr(shown).splitlines()[2].split() == ["<script>x</script>", "–", "–", "no"]
    assert repr(shown).splitlines()[3].split() == ["Chess", "3", "100", "%", "no"]
    assert "text-align: right" in shown.html.split("Seats")[0].rsplit("<th", 1)[1]
    assert "text-align: left" in shown.html.split(">Low<")[0].rsplit("<th", 1)[1]
    assert "mathjax_ignore" in shown._repr_html_()


def test_a_long_table_says_what_is_left_out(frame: pd.DataFrame) -> None:
    shown = table(frame, most=1)
    assert "Chess" not in shown.html
    assert "… and 2 more" in shown.html
    assert repr(shown).endswith("… and 2 more")


def test_an_empty_table_says_so_in_words(frame: pd.DataFrame) -> None:
    assert repr(table(frame.head(0), otherwise="Every request is met.")) == "Every request is met."


def test_sentences_are_no_markup() -> None:
    assert "<b>5 &lt; 6 &amp; 7</b>" in sentence("5 < 6 & 7").html
    assert bullets(["a & b", "<i>c"]).html.count("<li>") == 2
    assert "<i>" not in bullets(["<i>c"]).html
    assert repr(bullets(["a", "b"])) == "- a\n- b"
    assert repr(bullets(["a", "b"], numbered=True)) == "1. a\n2. b"
    assert bullets(["a"], numbered=True).html.startswith("<ol")
    assert repr(bullets((), "None at all.")) == "None at all."


def test_figures_are_embedded_without_a_network() -> None:
    before = pio.renderers.default
    try:
        embed_figures()
        drawn = go.Figure(go.Bar(x=["</script><b>", "$5$"], y=[2, 3]), layout={"height": 321})
        bundle, other = (pio.renderers._build_mime_bundle(drawn.to_dict()) for _ in range(2))
    finally:
        pio.renderers.default = before
    assert set(bundle) == {"application/vnd.plotly.v1+json", "text/html"}
    html = bundle["text/html"]
    assert "http" not in html
    assert html.count("</script>") == 1, "no text of a figure ends its script"
    assert "height: 321px" in html
    assert html.split('"')[1] != other["text/html"].split('"')[1], "each figure has a place of its own"


def test_the_script_is_plotlys_own() -> None:
    shown = figure_script()
    assert "plotly.js v" in shown.html[:200]
    assert "<script src" not in shown.html
    assert repr(shown) == ""
