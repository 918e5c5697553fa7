"""A university runs through the doors of a run: solved, written, reopened, gone on from, handed out."""

from __future__ import annotations

import csv
import json
import shutil
import zipfile
from datetime import date
from pathlib import Path
from typing import get_args

import icalendar
import openpyxl
import pytest
from command_runner import documents, echelon

from echelon_lib.commands.screen import Screen
from echelon_lib.commands.solve import report_handouts
from echelon_lib.commands.stages import CHOICES
from echelon_lib.domain.errors import DataError
from echelon_lib.formats.run_reading import read_run
from echelon_lib.formats.workbook import workbook_of, write_workbook
from echelon_lib.generate.university.generator import generate_university
from echelon_lib.runs.handouts import missing_handouts
from echelon_lib.runs.outcome import Outcome
from echelon_lib.runs.progress import Progress
from echelon_lib.runs.reopen import reopen
from echelon_lib.runs.run import run
from echelon_lib.runs.scenario import Scenario
from echelon_lib.scoring.evaluate import evaluate
from echelon_lib.search.university.stages import Stages
from echelon_lib.university import load_university
from tests.conftest import SAMPLES

COLLEGE = SAMPLES / "small_college"
QUICK = Scenario(folder=COLLEGE, iterations=1, stages=Stages(quality="none"))


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    return run(Scenario(folder=COLLEGE, seconds=5.0), tmp_path_factory.mktemp("university") / "run")


def test_the_run_keeps_every_required_rule_and_says_how_good_it_is(outcome: Outcome) -> None:
    score = evaluate(load_university(COLLEGE), read_run(outcome.folder, outcome.problem))
    assert score.feasible
    assert score.cost == outcome.result.cost
    assert outcome.summary.first_line.startswith("698 of 698 sessions placed, ")
    record = json.loads((outcome.folder / "result.json").read_text(encoding="utf-8"))
    assert record["institution"] == "university"
    assert record["summary"]["meetings_placed"] == 698
    assert record["summary"]["quality"]["student_compactness"] > 6.2, "better than the planted timetable"
    assert not record["mismatches"]
    assert "greedy" in record
    assert record["greedy"] is None
    stages = [note.partition(":")[0] for note in record["notes"]]
    assert [name for name in stages if name.startswith(("banding", "construction"))], (
        "each stage says what it did"
    )


def test_the_folder_has_a_row_for_each_session_and_nothing_of_a_school(outcome: Outcome) -> None:
    with (outcome.folder / "timetable.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 698
    assert all(row["Day"] and row["Start"] and row["End"] and row["Room"] and row["Faculty"] for row in rows)
    assert {row["Group"].split(";")[0].split(" ")[1] for row in rows} == {"Year"}
    written = {path.name for path in outcome.folder.iterdir()}
    assert not written & {
        "Master_Schedule.csv",
        "Student_Assignments.csv",
        "unmet_requests.csv",
        "viewer.html",
    }


def test_no_student_is_named_where_people_may_look(outcome: Outcome) -> None:
    students = {row.id for row in load_university(COLLEGE).groups}
    for name in ("timetable.csv", "result.json", "progress.json"):
        words = set((outcome.folder / name).read_text(encoding="utf-8").replace(",", " ").split())
        assert not words & students, name


def test_a_run_knows_what_it_read_when_its_files_are_gone_at_the_end(tmp_path: Path) -> None:
    folder = shutil.copytree(COLLEGE, tmp_path / "college")

    def gone(moment: Progress) -> None:
        if moment.phase == "writing" and folder.exists():
            folder.rename(tmp_path / "moved")

    run(Scenario(folder=folder, seconds=1.0), tmp_path / "run", on_progress=gone)
    record = json.loads((tmp_path / "run" / "result.json").read_text(encoding="utf-8"))
    assert record["institution"] == "university"


def test_a_run_is_reopened_as_it_was(outcome: Outcome) -> None:
    again = reopen(outcome.folder)
    assert again.result.best == outcome.result.best
    assert again.summary.quality == outcome.summary.quality
    assert not again.notes
    assert not again.result.mismatches


def test_another_run_goes_on_from_it_and_ends_no_worse(outcome: Outcome, tmp_path: Path) -> None:
    scenario = Scenario(folder=COLLEGE, seconds=1.0, start=outcome.folder, seed=1)
    after = run(scenario, tmp_path / "next")
    assert after.result.cost is not None
    assert outcome.result.cost is not None
    assert after.result.cost <= outcome.result.cost


def test_a_variant_has_other_prices(outcome: Outcome, tmp_path: Path) -> None:
    focused = run(Scenario(folder=COLLEGE, seconds=1.0, variant="Faculty-focused"), tmp_path / "focused")
    assert focused.result.evaluation is not None
    prices = {term.name: term for term in focused.result.evaluation.terms.values()}
    assert prices["faculty preference"].cost == 180 * prices["faculty preference"].amount
    with pytest.raises(DataError, match="there is no variant 'Faculty'"):
        run(Scenario(folder=COLLEGE, variant="Faculty"), tmp_path / "none")
    with pytest.raises(DataError, match="a school has no variants"):
        run(Scenario(folder=SAMPLES / "tiny_high", variant="Balanced"), tmp_path / "none")


def test_a_search_keeps_to_the_processors_that_it_may_use(tmp_path: Path) -> None:
    done = run(Scenario(folder=COLLEGE, seconds=0.5, cores=3), tmp_path / "three")
    assert " rounds of 3 parts " in done.result.notes[-1]
    with pytest.raises(DataError, match="this has no meaning for a school"):
        run(Scenario(folder=SAMPLES / "tiny_high", cores=1), tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_departments_can_be_timetabled_by_cpsat_first(tmp_path: Path) -> None:
    generate_university(2, seed=0).write(tmp_path / "university")
    by_cpsat = Scenario(folder=tmp_path / "university", stages={"feasibility": "cpsat"}, seconds=10.0)  # type: ignore[arg-type]
    done = run(by_cpsat, tmp_path / "run")
    assert done.result.evaluation is not None
    assert done.result.evaluation.feasible
    assert done.result.notes[0].startswith("CP-SAT, department after department: CP-SAT timetabled 2 ")
    with pytest.raises(DataError, match="this has no meaning for a school"):
        run(by_cpsat.model_copy(update={"folder": SAMPLES / "tiny_high"}), tmp_path / "school")


def test_the_run_tells_each_stage_with_its_seconds(outcome: Outcome, tmp_path: Path) -> None:
    record = json.loads((outcome.folder / "result.json").read_text(encoding="utf-8"))
    assert [one["stage"] for one in record["stages"]][-2:] == ["repair", "quality"]
    assert record["stages"][-1]["cost"] == record["cost"][0]
    assert record["stages"][-1]["seconds"] > 1, "most of the time goes to quality"
    assert reopen(outcome.folder).result.stages == outcome.result.stages
    words = [
        str(cell)
        for sheet in openpyxl.load_workbook(write_workbook(outcome.folder, tmp_path / "run.xlsx")).worksheets[
            :1
        ]
        for row in sheet.iter_rows(values_only=True)
        for cell in row
    ]
    assert "annealing on week masks" in words


def test_stages_are_chosen_by_words(tmp_path: Path) -> None:
    solved = ("solve", COLLEGE, "--iterations", 1, "--stage", "quality=none", "--stage", "grouping=none")
    done = echelon(*solved, "--out", tmp_path / "run")
    assert done.exit_code == 0, done.stderr
    shown = [line.split() for line in done.stdout.splitlines()]
    assert [line[0] for line in shown if line and line[0] in Stages.model_fields] == [
        *("feasibility", "feasibility", "repair"),
    ]
    record = json.loads((tmp_path / "run" / "result.json").read_text(encoding="utf-8"))
    assert record["parameters"]["stages"]["quality"] == "none"
    for word, message in (
        ("quality=best", "Maybe one of annealing, "),
        ("qualiti=none", "Maybe 'quality' was meant?"),
        ("quality", "'quality' chooses nothing"),
    ):
        refused = echelon("solve", COLLEGE, "--stage", word)
        assert refused.exit_code == 2
        assert "--stage" in refused.stderr
        assert message in refused.stderr
    assert echelon("solve", COLLEGE, "--stage", "quality=none", "--stage", "quality=none").exit_code == 2


def test_the_help_lists_every_choice() -> None:
    for stage, field in Stages.model_fields.items():
        words = [one for one in get_args(field.annotation) if isinstance(one, str)]
        assert f"{stage}: {', '.join(words)}" in CHOICES


@pytest.mark.parametrize(
    "more", [{"kind": "greedy"}, {"advice": "rules"}, {"solver": "highs"}, {"locks": "locks.csv"}]
)
def test_what_only_schools_have_is_refused(more: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(DataError, match="has no meaning for a university") as refused:
        run(Scenario(folder=COLLEGE, **more), tmp_path / "refused")
    assert [issue.column for issue in refused.value.issues] == list(more)
    assert not (tmp_path / "refused").exists()


def test_a_policy_that_cannot_be_read_is_refused_before_the_run_begins(tmp_path: Path) -> None:
    words = ("--stage", "repair=learned", "--stage", f"policy={tmp_path / 'nope'}")
    done = echelon("solve", COLLEGE, "--iterations", 1, *words, "--out", tmp_path / "run")
    assert done.exit_code == 2
    assert "the file of the learned repair cannot be read" in done.stderr
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    "words",
    [
        ("cards", "--students"),
        ("why", "--section", "MAT102-A"),
        ("lock", "--section", "MAT102-A"),
        ("advise",),
    ],
    ids=lambda words: words[0],
)
def test_what_is_for_schools_refuses_a_university(words: tuple[str, ...], outcome: Outcome) -> None:
    command, *options = words
    done = echelon(command, outcome.folder, *options)
    assert done.exit_code == 2
    assert "'run' is a run of a university, and this is for runs of a school" in done.stderr
    assert "'echelon calendars' writes the weeks" in " ".join(done.stderr.split())


def test_what_cannot_work_is_a_result_with_its_reason(tmp_path: Path) -> None:
    folder = shutil.copytree(COLLEGE, tmp_path / "closed")
    rooms = folder / "Rooms.csv"
    kept = [line for line in rooms.read_text(encoding="utf-8").splitlines() if "Chemistry" not in line]
    rooms.write_text("\n".join([*kept, ""]), encoding="utf-8")
    done = run(Scenario(folder=folder, seconds=1.0), tmp_path / "run")
    assert done.result.status.value == "INFEASIBLE"
    assert done.summary.first_line.startswith("No timetable can keep all required rules: ")


def test_runs_are_put_side_by_side(outcome: Outcome) -> None:
    code, said = documents("compare", COLLEGE / "planted", outcome.folder)
    assert code == 0
    measures = {one["name"]: one for one in said["measures"]}
    assert measures["Sessions placed"]["second"] == 698
    assert measures["Compactness for students, of 10"]["second"] == pytest.approx(
        outcome.summary.quality.student_compactness, abs=0.01
    )
    assert not any(name.startswith("Requests") for name in measures)
    planted = read_run(COLLEGE / "planted", outcome.problem)
    moved = sum(planted.placements[id] != place for id, place in outcome.result.best.placements.items())
    assert said["sections_moved"] == moved > 0


def test_calendars_repeat_each_session_weekly(outcome: Outcome, tmp_path: Path) -> None:
    code, said = documents(
        "calendars", outcome.folder, "--rooms", "--first-day", "2026-09-07", "--out", tmp_path / "ics"
    )
    assert code == 0
    used = {placement.room for placement in outcome.result.best.placements.values()}
    assert said["files"] == 36 >= len(used)
    events = []
    for path in sorted((tmp_path / "ics").iterdir()):
        calendar = icalendar.Calendar.from_ical(path.read_bytes())
        events += calendar.walk("VEVENT")
    assert len(events) == 698
    first = min(event["DTSTART"].dt for event in events)
    assert first.date() == date(2026, 9, 7)
    assert {event["RRULE"]["COUNT"][0] for event in events} == {15}
    assert all(event["DTEND"].dt > event["DTSTART"].dt for event in events)
    refused = echelon("calendars", outcome.folder, "--id", "F00")
    assert refused.exit_code == 2
    assert "nobody and no room is called 'F00'" in refused.stderr
    assert echelon("calendars", outcome.folder).exit_code == 2
    refused = echelon("calendars", outcome.folder, "--id", "F001", "--out", tmp_path / "ics")
    assert refused.exit_code == 2
    assert "The folder is not empty, and nothing is overwritten." in refused.stderr
    assert len(list((tmp_path / "ics").iterdir())) == 36


def test_the_workbook_has_the_timetable_and_the_measures(outcome: Outcome, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(write_workbook(outcome.folder, tmp_path / "run.xlsx"))
    assert {"Timetable", "Prices paid"} <= set(book.sheetnames)
    assert book["Timetable"].max_row >= 699
    front = [str(row[0]) for row in book[book.sheetnames[0]].iter_rows(values_only=True) if row[0]]
    assert "Sessions placed" in front
    assert "Student compactness" in front


def test_the_folder_has_calendars_and_a_workbook(outcome: Outcome) -> None:
    used = {place.room for place in outcome.result.best.placements.values()}
    for kind, word in (("faculty", "teacher"), ("rooms", "room")):
        with zipfile.ZipFile(outcome.folder / "calendars" / f"{kind}.zip") as archive:
            events = {
                name: len(icalendar.Calendar.from_ical(archive.read(name)).walk("VEVENT"))
                for name in archive.namelist()
            }
        assert sum(events.values()) == 698
        if kind == "rooms":
            assert {f"room-{room}.ics" for room in used} <= events.keys()
        assert all(name.startswith(f"{word}-") for name in events)
    assert not (outcome.folder / "calendars" / "students.zip").exists()
    held = openpyxl.load_workbook(outcome.folder / "workbook.xlsx")
    assert held["Timetable"].max_row == 1 + 698
    again = workbook_of(outcome.folder)
    assert (outcome.folder / "workbook.xlsx").read_bytes() == again, "like the one made afterwards"


def test_what_is_handed_out_can_be_chosen(tmp_path: Path) -> None:
    solved = ("solve", COLLEGE, "--iterations", 1, "--stage", "quality=none")
    term = ("--handouts", "students", "--first-day", "2026-09-07", "--weeks", 12)
    done = echelon(*solved, *term, "--out", tmp_path / "run")
    assert done.exit_code == 0, done.stderr
    assert "teaching begins on 2026-09-07" in done.stdout
    assert not (tmp_path / "run" / "workbook.xlsx").exists()
    assert [path.name for path in (tmp_path / "run" / "calendars").iterdir()] == ["students.zip"]
    with zipfile.ZipFile(tmp_path / "run" / "calendars" / "students.zip") as archive:
        events = icalendar.Calendar.from_ical(archive.read(archive.namelist()[0])).walk("VEVENT")
    assert events
    assert {event["RRULE"]["COUNT"][0] for event in events} == {12}
    assert all(0 <= (event["DTSTART"].dt.date() - date(2026, 9, 7)).days < 7 for event in events)
    without = echelon(*solved, "--handouts", "none", "--out", tmp_path / "none")
    assert f"echelon calendars {tmp_path / 'none'} --faculty --rooms" in without.stdout
    assert not (tmp_path / "none" / "calendars").exists()


def test_what_cannot_be_handed_out_is_said_before_anything_runs(tmp_path: Path) -> None:
    for words, message in (
        (("--handouts", "faculty,room"), "'rooms'"),
        (("--handouts", ""), "names nothing"),
        (("--first-day", "7.9.2026"), "--first-day"),
        (("--weeks", 0), "--weeks"),
    ):
        refused = echelon("solve", COLLEGE, *words, "--out", tmp_path / "run")
        assert refused.exit_code == 2
        assert message in refused.stderr
    asked = ("--handouts", "rooms,workbook", "--first-day", "2026-09-07", "--weeks", 9)
    refused = echelon("solve", SAMPLES / "tiny_high", *asked, "--out", tmp_path / "run")
    assert refused.exit_code == 2
    for option in ("--handouts", "--first-day", "--weeks"):
        assert option in refused.stderr
    assert not (tmp_path / "run").exists()


def test_a_school_hands_out_a_workbook_where_it_is_asked_for(tmp_path: Path) -> None:
    solved = run(
        Scenario(folder=SAMPLES / "tiny_high", seconds=5.0, handouts=("workbook",)), tmp_path / "run"
    )
    book = openpyxl.load_workbook(solved.folder / "workbook.xlsx")
    assert "Master schedule" in book.sheetnames
    names = {row[0].value: row[1].value for row in book["Summary"].iter_rows(max_col=2)}
    assert names["Run folder"] == "run"


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
def test_what_cannot_be_handed_out_takes_nothing_from_the_run(
    error: type[BaseException],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fails(*_: object, **__: object) -> bytes:
        raise error

    monkeypatch.setattr("echelon_lib.runs.handouts.workbook_of", fails)
    done = run(QUICK, tmp_path / "run")
    assert not (done.folder / "workbook.xlsx").exists()
    assert (done.folder / "calendars" / "rooms.zip").exists()
    assert missing_handouts(done) == ["workbook.xlsx"]
    assert reopen(done.folder).result.best is not None
    report_handouts(Screen(), done)
    assert "Not written: workbook.xlsx; 'echelon calendars" in " ".join(capsys.readouterr().out.split())


def test_large_universities_hand_out_where_they_are_asked_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("echelon_lib.runs.handouts.MOST_SESSIONS", 697)
    assert not (run(QUICK, tmp_path / "large").folder / "calendars").exists()
    asked = QUICK.model_copy(update={"first_day": date(2026, 9, 9)})
    outcome = run(asked, tmp_path / "asked")
    assert missing_handouts(outcome) == []
    assert (outcome.folder / "calendars").exists()
    monkeypatch.setattr("echelon_lib.runs.handouts.MOST_SESSIONS", 698)
    usual = run(QUICK, tmp_path / "usual")
    assert (usual.folder / "calendars").exists()
    record = json.loads((usual.folder / "result.json").read_text(encoding="utf-8"))
    assert date.fromisoformat(record["parameters"]["first_day"]).weekday() == 0, "the next Monday, recorded"


def test_a_repair_hands_out_from_the_same_first_day(tmp_path: Path) -> None:
    asked = QUICK.model_copy(update={"first_day": date(2026, 9, 9), "handouts": ("rooms",)})
    first = run(asked, tmp_path / "first")
    change = tmp_path / "change.json"
    change.write_text('[{"kind": "room_closes", "room": "B01-110"}]', encoding="utf-8")
    done = echelon("repair", first.folder, "--changes", change, "--seconds", 1, "--out", tmp_path / "second")
    assert done.exit_code == 0, done.stderr
    assert "teaching begins on 2026-09-09" in done.stdout
    assert [path.name for path in (tmp_path / "second" / "calendars").iterdir()] == ["rooms.zip"]
