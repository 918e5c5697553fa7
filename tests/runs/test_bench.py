"""A benchmark runs every method in a process of its own and tells what came out."""

from __future__ import annotations

from pathlib import Path

from echelon_lib.runs.bench import COLUMNS, Instance, markdown, measure


def test_each_method_has_a_row_with_its_figures(tiny_high_folder: Path) -> None:
    rows = list(measure([Instance("tiny", tiny_high_folder)], ["greedy", "highs"], seconds=20))
    greedy, highs = (dict(zip(COLUMNS, row, strict=True)) for row in rows)
    assert (greedy["Method"], greedy["Requests"], greedy["Bound 1"]) == ("greedy", "38", "0")
    assert (highs["Met"], highs["Cost 1"], highs["Bound 1"]) == ("97.37 %", "85", "85")
    assert (highs["Gap 1"], highs["Status"]) == ("0.000 %", "OPTIMAL")
    assert int(highs["MiB"]) > 20
    assert float(highs["Seconds"]) < 20


def test_a_school_that_cannot_be_read_is_a_row_and_not_an_end(tmp_path: Path) -> None:
    (row,) = measure([Instance("nothing", tmp_path / "nowhere")], ["greedy"], seconds=5)
    assert dict(zip(COLUMNS, row, strict=True))["Status"] == "not run"


def test_the_page_says_how_it_was_made() -> None:
    page = markdown("Schools", "echelon bench schools", [["x"] * len(COLUMNS)])
    assert "Made by `echelon bench schools`, one run after the other." in page
    assert page.count("\n|") == 3
