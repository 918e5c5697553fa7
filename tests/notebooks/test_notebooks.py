"""The notebooks run as jobs on other schools than their own, and tell a sensible story whatever comes out."""

from __future__ import annotations

import csv
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from half_empty import STUDENTS, half_empty
from messages_api import KEY, messages_api, point_away, saying

from echelon_lib.domain.errors import DataError
from echelon_lib.runs.notebook import NotebookFailed, run_notebook
from echelon_lib.runs.run import run
from echelon_lib.runs.scenario import Scenario

ROOT = Path(__file__).resolve().parents[2]
CHECK = ROOT / "notebooks" / "01_check_data.ipynb"
SOLVE = ROOT / "notebooks" / "02_master_schedule.ipynb"
ADVISE = ROOT / "notebooks" / "03_advice.ipynb"
CHANGE = ROOT / "notebooks" / "06_changes.ipynb"
ANALYSE = ROOT / "notebooks" / "08_analysis.ipynb"
NOTHING = "There is no timetable, so there is nothing to show here."


def cells(path: Path) -> dict[str, dict[str, Any]]:
    """Return the cells of a notebook by their id."""
    return {cell["id"]: cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]}


def told(path: Path) -> dict[str, str]:
    """Return what each cell of an executed notebook says in text."""
    found = {}
    for name, cell in cells(path).items():
        data = [output.get("data", {}) for output in cell.get("outputs", ())]
        found[name] = "\n".join("".join(one.get("text/plain", "")) for one in data)
    return found


def figures(path: Path) -> dict[str, dict[str, Any]]:
    """Return the figures of an executed notebook by cell."""
    kind = "application/vnd.plotly.v1+json"
    return {
        name: output["data"][kind]
        for name, cell in cells(path).items()
        for output in cell.get("outputs", ())
        if kind in output.get("data", {})
    }


def solved(tmp_path: Path, folder: Path, **more: object) -> tuple[Path, dict[str, Any]]:
    """Execute the notebook of the master schedule; return it and what the run says of itself."""
    out = tmp_path / "run"
    parameters = {"folder": str(folder), "rules": "", "time_limit": 60, "out": str(out), **more}
    executed = run_notebook(SOLVE, parameters, tmp_path / "solved.ipynb")
    return executed, json.loads((out / "result.json").read_text(encoding="utf-8"))


def without(folder: Path, student: str, copy: Path) -> Path:
    """Copy a school without one of its students."""
    shutil.copytree(folder, copy)
    for name in ("Student_Info.csv", "Student_Preference_Info.csv"):
        with (copy / name).open(encoding="utf-8", newline="") as file:
            rows = [row for row in csv.reader(file) if row[0] != student]
        with (copy / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
    return copy


def test_the_data_of_another_school_are_checked(tiny_high_folder: Path, tmp_path: Path) -> None:
    parameters = {"folder": str(tiny_high_folder), "rules": ""}
    executed = run_notebook(CHECK, parameters, tmp_path / "checked.ipynb")
    said = told(executed)
    assert "requests" in said["read"]
    assert "38" in said["read"]
    assert said["bound"].startswith("Arithmetic finds room for all 38 of 38 requests")
    assert "World History" in said["demand"]
    assert set(figures(executed)) == {"demand-figure"}
    pages = [
        "".join(output["data"].get("text/html", ""))
        for cell in cells(executed).values()
        for output in cell.get("outputs", ())
    ]
    fetched = [page for page in pages if 'src="http' in page or "src='http" in page]
    assert fetched == [], "nothing is loaded from elsewhere"
    assert any("plotly.js v" in page for page in pages), "pages without JupyterLab draw the figures too"


def test_data_that_cannot_be_used_are_listed_and_fail(tiny_high_folder: Path, tmp_path: Path) -> None:
    broken = without(tiny_high_folder, "ST01", tmp_path / "broken")
    with (broken / "Student_Info.csv").open("a", encoding="utf-8") as file:
        file.write("ST98,perhaps,9,No\nST99,<b>maybe</b>,9,No\n")
    with pytest.raises(NotebookFailed, match="DataError"):
        run_notebook(CHECK, {"folder": str(broken), "rules": ""}, tmp_path / "checked.ipynb")
    listed = told(tmp_path / "checked.ipynb")["read"]
    assert "perhaps" in listed
    assert "maybe" in listed, "every problem at once"
    shown = cells(tmp_path / "checked.ipynb")["read"]["outputs"][0]["data"]["text/html"]
    assert "<b>maybe" not in "".join(shown), "what stands in a file is text and no markup"


def test_a_schedule_is_made_proven_and_explained(tiny_high_folder: Path, tmp_path: Path) -> None:
    executed, record = solved(tmp_path, tiny_high_folder, seed=3, section="BIO-1")
    said = told(executed)
    assert (record["status"], record["met"], record["requests"]) == ("OPTIMAL", 37, 38)
    assert said["run"] == record["first_line"]
    assert "97.3 % of requests met" in said["run"]
    assert "(proven)" in said["run"]
    assert "37 of 38" in said["table"]
    assert "Art" in said["unmet-table"] or "English" in said["unmet-table"]
    assert "BIO-1 is a section of Biology" in said["explain"]
    assert "viewer.html" in said["files"]
    drawn = {"progress", "greedy", "sections", "courses", "grid", "unmet"}
    assert set(figures(executed)) == drawn
    assert record["parameters"]["seed"] == 3


def test_a_schedule_is_made_from_an_earlier_one(tiny_high_folder: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
    _, proven = solved(first, tiny_high_folder, solver="highs")
    _, again = solved(second, tiny_high_folder, solver="greedy", start=str(first / "run"))
    assert again["cost"] == proven["cost"]
    assert again["parameters"]["start"] == str(first / "run")


def test_nothing_unmet_is_said_in_words(tiny_high_folder: Path, tmp_path: Path) -> None:
    school = without(tiny_high_folder, "ST07", tmp_path / "school")
    executed, record = solved(tmp_path, school, rows=2)
    assert (record["met"], record["requests"]) == (34, 34)
    assert told(executed)["unmet-table"] == "Every request is met."
    assert figures(executed)["unmet"]["layout"]["annotations"][0]["text"] == "Every request is met."
    assert "the first 3" not in str(figures(executed)["grid"]["layout"]["title"])


def test_locks_of_a_file_stay_and_what_moved_is_listed(tiny_high_folder: Path, tmp_path: Path) -> None:
    first = run(Scenario(folder=tiny_high_folder, kind="greedy"), tmp_path / "first")
    assert first.result.best is not None
    names = {period.time: period.name for period in first.problem.calendar.periods}
    at = names[first.result.best.placements["HIS-2"].time]
    locks = tmp_path / "locks.csv"
    locks.write_text(f"Kind,ID,Period\nsection,HIS-2,{at}\n", encoding="utf-8")
    executed, record = solved(tmp_path, tiny_high_folder, start=str(first.folder), locks=str(locks))
    said = told(executed)
    assert "section HIS-2" in said["locks"]
    assert "yes" in said["locks"]
    assert "Before" in said["moves"] or "Nothing moved" in said["moves"]
    assert record["locks"] == 1
    assert "exact model" in said["story"]
    assert "proven" in said["story"]


def test_an_impossible_school_ends_with_the_reason(tiny_high_folder: Path, tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text('[courses."World History"]\nperiods = ["R1"]\nper_period = 1\n', encoding="utf-8")
    executed, record = solved(tmp_path, tiny_high_folder, rules=str(rules))
    said = told(executed)
    assert record["status"] == "INFEASIBLE"
    assert said["run"].startswith("No timetable can keep all required rules")
    assert "INFEASIBLE" in said["table"]
    assert "World History" in said["why"]
    for name in (
        "greedy",
        "cost",
        "sections",
        "low",
        "courses",
        "grid",
        "unmet",
        "unmet-table",
        "explain",
        "why-not",
    ):
        assert said[name] == NOTHING, name


def test_why_is_answered_for_a_section_and_a_student(tiny_high_folder: Path, tmp_path: Path) -> None:
    asked = {"section": "ENG-1", "student": "ST03", "course": "Art"}
    executed, _ = solved(tmp_path, tiny_high_folder, solver="greedy", **asked)
    said = told(executed)
    assert "Not in R1: its teacher T01 has" in said["explain"]
    assert "Student ST03: Art is request 4 of 4" in said["why-not"]
    assert "Student ST03 gets Art" in said["why-not"]
    assert "Nobody loses a request." in said["why-not"]
    assert "What would help, the least costly first" in said["why-not"]
    assert "1. Student ST03 gets Art" in said["why-not"]


def advised(tmp_path: Path, name: str, **parameters: object) -> tuple[dict[str, str], Path]:
    """Execute the notebook of the advice; return what it says and the executed notebook."""
    executed = run_notebook(ADVISE, {"solver": "highs", **parameters}, tmp_path / f"{name}.ipynb")
    return told(executed), executed


def test_advice_is_asked_decided_and_measured(tmp_path: Path) -> None:
    school, rules = half_empty(tmp_path)
    out = tmp_path / "run"
    refuse = {"2": "the band needs both"}
    about: dict[str, Any] = {"folder": str(school), "rules": str(rules), "out": str(out)}
    said, executed = advised(tmp_path, "first", **about, refuse=refuse)
    assert "nobody outside is asked" in said["leaves"]
    assert said["decide"].count(" has 4 requests: ") == 3
    assert "refused by a person  the band needs both" in said["decide"]
    assert "1 surplus sections" in said["again"]
    assert "before unmet weight 0, 3 surplus sections" in said["again"]
    assert "Round 1" in said["rounds"]
    assert "Nothing was sent." in said["receipt"]
    assert set(figures(executed)) == {"rounds", "picture"}
    changed = tmp_path / "run-changed"
    assert f"{changed}/school/Sections_Information.csv" in said["files"]
    record = json.loads((changed / "result.json").read_text(encoding="utf-8"))
    assert [one["kind"] for one in record["actions"]] == ["merge", "remove"]
    assert record["parameters"]["start"] == str(out)

    more = {"run": str(out), "answer": str(out / "advice" / "001"), "out": str(tmp_path / "second")}
    said, _ = advised(tmp_path, "second", **more, refuse={})
    assert "0 surplus sections" in said["again"]
    assert [path.name for path in (out / "advice").iterdir()] == ["001"], "nobody is asked twice"
    assert len(json.loads((tmp_path / "second" / "result.json").read_text(encoding="utf-8"))["actions"]) == 3
    assert not set(STUDENTS) & set(re.findall(r"\w+", " ".join(said.values())))


def test_claude_is_sent_what_was_shown_and_only_if_allowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    school, rules = half_empty(tmp_path)
    out = tmp_path / "run"
    point_away(monkeypatch)
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    with messages_api() as api:
        api.will(saying("Leave it as it is."))
        about = {"advice": "claude", "claude": {"base_url": api.url}}
        said, executed = advised(
            tmp_path, "shown", **about, folder=str(school), rules=str(rules), out=str(out)
        )
        exact, *more = said["leaves"].splitlines()
        assert "<outline>" in exact
        assert more == ["Nothing was sent. Set send to true if this text may be."]
        assert (said["ask"], api.seen) == ("Nobody was asked.", [])
        assert "Nothing was changed." in said["again"]
        assert set(figures(executed)) == set()
        said, _ = advised(tmp_path, "sent", **about, run=str(out), send=True)
        assert api.seen[0].body.decode() == exact == said["leaves"]
        assert said["ask"].strip().startswith("- Leave it as it is.")
        assert "receipts/receipt-001.json" in said["receipt"]
        assert "Nothing is proposed." in said["decide"]


def test_nobody_is_asked_without_a_timetable(tiny_high_folder: Path, tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text('[courses."World History"]\nperiods = ["R1"]\nper_period = 1\n', encoding="utf-8")
    about = {"folder": str(tiny_high_folder), "rules": str(rules), "out": str(tmp_path / "run")}
    said, executed = advised(tmp_path, "impossible", **about)
    assert said["first"].startswith("No timetable can keep all required rules")
    assert (said["ask"], said["decide"]) == ("Nobody was asked.", "Nothing is proposed.")
    assert said["low"] == said["picture"] == "There is nothing to show here."
    assert set(figures(executed)) == set()


@pytest.mark.parametrize("notebook", [CHECK, SOLVE, ADVISE, CHANGE, ANALYSE])
def test_an_unknown_parameter_is_refused_before_anything_runs(notebook: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no parameter 'foldr'"):
        run_notebook(notebook, {"foldr": "x"}, tmp_path / "executed.ipynb")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("notebook", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_notebook_reads_as_a_page(notebook: Path) -> None:
    listed = list(cells(notebook).values())
    prose = ["".join(cell["source"]) for cell in listed if cell["cell_type"] == "markdown"]
    assert "?**" in prose[0], "the title comes with a question"
    assert any("What to notice" in text for text in prose)
    assert "Next:" in prose[-1]
    linked = [name for text in prose for name in text.split("](")[1:]]
    for target in (name.split(")")[0].partition("#")[0] for name in linked):
        assert (notebook.parent / target).exists(), target


def test_a_run_is_taken_apart(tiny_high_folder: Path, tmp_path: Path) -> None:
    out, printed = tmp_path / "run", tmp_path / "printed"
    run(Scenario(folder=tiny_high_folder, solver="highs", seconds=30.0), out)
    asked = {"run": str(out), "printed": str(printed), "smallest": 1}
    executed = run_notebook(ANALYSE, asked, tmp_path / "analysed.ipynb")
    said = told(executed)
    assert said["read"] == json.loads((out / "result.json").read_text(encoding="utf-8"))["first_line"]
    assert "room for all 38 of 38 requests" in said["demand"]
    assert "All departments" in said["posts"]
    assert "singleton with" in said["conflicts"]
    assert "ST0" in said["pair"]
    assert "within chance" in said["groups"]
    assert "Every group is shown." in said["groups"]
    assert "clash with" in said["unmet"]
    assert "Student ST" in said["unmet"], "the cheapest repair is in words"
    drawn = {"demand", "posts", "conflicts", "real", "balance", "loads", "groups", "met", "complete", "unmet"}
    assert set(figures(executed)) == {f"{name}-figure" for name in drawn} | {"use"}
    assert sorted(path.name for path in printed.iterdir()) == [
        "master.html",
        "students.html",
        "teachers.html",
    ]


def test_without_a_timetable_the_requests_are_still_taken_apart(
    tiny_high_folder: Path, tmp_path: Path
) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text('[courses."World History"]\nperiods = ["R1"]\nper_period = 1\n', encoding="utf-8")
    asked = {"folder": str(tiny_high_folder), "rules": str(rules), "solver": "highs"}
    executed = run_notebook(ANALYSE, asked, tmp_path / "analysed.ipynb")
    said = told(executed)
    assert set(figures(executed)) == {"demand-figure", "posts-figure", "conflicts-figure"}
    for name in ("real-figure", "real", "use", "balance", "loads", "met-figure", "unmet", "reasons"):
        assert said[name] == NOTHING, name
    assert "unknown" in said["reached"]
    assert NOTHING in said["groups"]
    assert "SPED is not shown: its groups have fewer than 10 students." in said["groups"]
    assert said["print"] == "Nothing was written."
    assert "ST0" in said["pair"]


def test_the_sample_that_is_taken_apart_shows_what_a_real_school_has(tmp_path: Path) -> None:
    executed = run_notebook(ANALYSE, {"rows": 3}, tmp_path / "analysed.ipynb")
    said, drawn = told(executed), figures(executed)
    assert "Core requests filled" in said["reached"]
    assert "Programme" in said["groups"]
    assert "Every group is shown." in said["groups"]
    assert {"core", "elective"} <= {trace["name"] for trace in drawn["met-figure"]["data"]}
    assert drawn["real-figure"]["data"], "some singletons are offered only at the same time"
    assert "Student ST" in said["unmet"]


def test_late_changes_are_taken_up_with_little_else_changed(tiny_high_folder: Path, tmp_path: Path) -> None:
    known = run(Scenario(folder=tiny_high_folder, solver="highs", seconds=30.0), tmp_path / "known")
    assert known.result.best is not None
    at = known.problem.calendar.name(known.result.best.placements["BIO-1"].time)
    changes = [
        {"kind": "teacher_away", "teacher": "T02", "periods": [at]},
        {"kind": "section_dropped", "section": "ENG-2"},
        {"kind": "request_replaced", "student": "ST11", "course": "Art", "by": "English"},
    ]
    about: dict[str, Any] = {"run": str(known.folder), "changes": changes, "university": ""}
    out = tmp_path / "changed"
    executed = run_notebook(CHANGE, {**about, "out": str(out)}, tmp_path / "changed.ipynb")
    said = told(executed)
    assert said["first"].startswith(known.summary.first_line)
    assert said["university-lost"] == "No university is looked at, or it has no timetable."
    assert "Student ST11 asks for English" in said["changes"]
    assert "BIO-1" in said["sections"]
    assert "rules or its teacher do not let it stay" in said["sections"]
    assert "ENG-2 is not held any more" in said["students"]
    assert "Periods only" in said["affected"]
    assert "loses English" in said["lost"]
    assert "Before" in said["before"]
    assert "After" in said["before"]
    assert set(figures(executed)) == {"figure"}
    assert (out / "changes.csv").exists()
    record = json.loads((out / "result.json").read_text(encoding="utf-8"))
    assert record["repair"]["changes"]["section_dropped"] == 1

    fixed = {"most": 0, "locked": ["HIS-1"], "out": str(tmp_path / "fixed")}
    said = told(run_notebook(CHANGE, {**about, **fixed}, tmp_path / "fixed.ipynb"))
    assert "0 made room" in said["repair"]
    about["changes"] = [{"kind": "section_dropped", "section": "ENG-9"}]
    with pytest.raises(NotebookFailed, match="DataError"):
        run_notebook(CHANGE, {**about, "out": str(tmp_path / "none")}, tmp_path / "none.ipynb")
    assert not (tmp_path / "none").exists()


def test_without_a_timetable_nothing_is_repaired(tiny_high_folder: Path, tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text('[courses."World History"]\nperiods = ["R1"]\nper_period = 1\n', encoding="utf-8")
    asked = {
        "folder": str(tiny_high_folder),
        "rules": str(rules),
        "changes": [],
        "university": "",
        "out": str(tmp_path / "run"),
    }
    executed = run_notebook(CHANGE, asked, tmp_path / "changed.ipynb")
    said = told(executed)
    for name in ("repair", "figure", "sections", "students", "affected", "lost"):
        assert said[name] == "There is no timetable, so there is nothing to repair.", name
    assert (said["changes"], said["files"]) == ("Nothing.", "Nothing was written.")
