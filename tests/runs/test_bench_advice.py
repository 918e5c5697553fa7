"""A measurement of advisers compares like with like, says what it counts, and can be counted again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from echelon_lib.advice.actions import Action, RemoveSection
from echelon_lib.advice.advisor import Advice, AdviserUnavailable, Advisor, Past
from echelon_lib.advice.changes import judge
from echelon_lib.advice.settings import ClaudeSettings
from echelon_lib.analysis.score import Score, score
from echelon_lib.domain.errors import DataError
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.generate.school import generate_school, write_school
from echelon_lib.runs.advice_table import difference, document, markdown, sheets
from echelon_lib.runs.bench_advice import Plan, Planted, Solves, Trial, advisers, measure, recording
from echelon_lib.runs.planted import HARMFUL, ILLEGAL, enrolled, plant
from echelon_lib.schools import load_school
from echelon_lib.search.choose import solve
from echelon_lib.search.complete import completed
from echelon_lib.stop import Cancel
from tests.messages_api import KEY, MessagesApi, messages_api, point_away, proposing, saying

# The greedy solver gives the same timetable on every machine, however busy.
PLAN = Plan(schools=2, seeds=1, students=60, surplus=4, missing=0, seconds=60.0, solver="greedy")
BOTH = replace(PLAN, arms=("none", "rules"))


class Saying:
    """An adviser who says the same in every round."""

    name = "rules"

    def __init__(self, *actions: Action, unreadable: int = 0) -> None:
        self.actions, self.unreadable = actions, unreadable

    def propose(self, problem: Problem, timetable: Timetable, history: Sequence[Past] = ()) -> Advice:
        """Return what it always says."""
        record = {"refused": ["?"] * self.unreadable, "tokens_in": 30, "tokens_out": 7, "seconds": 0.5}
        return Advice(self.name, self.actions, record=record)


class Falling(Saying):
    """An adviser who can be asked once only."""

    def propose(self, problem: Problem, timetable: Timetable, history: Sequence[Past] = ()) -> Advice:
        """Return what it always says, the first time."""
        if history:
            raise AdviserUnavailable("Nobody is there.\n  Maybe later?", "network", {"tokens_in": 5})
        return super().propose(problem, timetable, history)


def run(plan: Plan, advisor: Advisor) -> tuple[Trial, Trial]:
    """Return the trials of the first school, without advice and with that of an adviser."""
    none, advised = measure(replace(plan, schools=1), lambda *_: advisor, Solves(plan))
    return none, advised


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> tuple[Problem, Timetable]:
    """The second school of the plan, and the timetable with which all arms begin."""
    folder = tmp_path_factory.mktemp("made") / "school"
    write_school(generate_school(students=60, seed=1, request_lists=60, surplus=4), folder)
    problem = load_school(folder)
    best = solve(problem, "greedy", seed=0).best
    assert best is not None
    return problem, best


@pytest.fixture(scope="module")
def harm(school: tuple[Problem, Timetable]) -> Action:
    """The giving up of a section that leaves more requests unmet, whatever is solved after it."""
    problem, timetable = school
    before = score(problem, timetable).unmet
    for section in reversed(list(problem.sections.values())):
        action = RemoveSection(section=section.id, releases=next(iter(problem.teachers_of(section)), ""))
        changes = judge(problem, [action], timetable, by_person=False)
        if changes.applied and all(
            later.evaluation is not None and later.evaluation.cost[0] > before
            for seed in (1_000, 2_000)
            for later in [solve(changes.problem, "greedy", seed=seed, start=changes.timetable)]
        ):
            return action
    pytest.fail("every section can be spared")


@pytest.fixture(scope="module")
def api() -> Iterator[MessagesApi]:
    """Something that answers as Claude would."""
    with messages_api() as service, pytest.MonkeyPatch.context() as patch:
        point_away(patch)
        patch.setenv("ANTHROPIC_API_KEY", KEY)
        yield service


@pytest.fixture(scope="module")
def settings(api: MessagesApi) -> ClaudeSettings:
    """Sending is allowed, to our own service and with prices."""
    return ClaudeSettings(send=True, base_url=api.url, usd_per_million_in=3.0, usd_per_million_out=15.0)


@pytest.fixture(scope="module")
def recorded(
    api: MessagesApi, settings: ClaudeSettings, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, list[Trial]]:
    """A measurement of every arm, with its recording."""
    folder = tmp_path_factory.mktemp("bench") / "kept"
    sections = [{"kind": "remove", "section": f"S{n}", "reason": "few"} for n in (*range(1, 9), 999)]
    api.will(proposing(*sections), saying("Nothing more."))
    recording(PLAN, folder, None)
    solves = Solves(PLAN, record=folder)
    return folder, list(measure(PLAN, advisers(settings, folder, None, Cancel()), solves))


# Like with like -----------------------------------------------------------------------------------------


def test_every_arm_begins_with_the_same_solve(recorded: tuple[Path, list[Trial]]) -> None:
    _, trials = recorded
    assert [(one.school, one.arm) for one in trials] == [
        (school, arm) for school in (0, 1) for arm in ("none", "rules", "random", "claude")
    ]
    for school in (0, 1):
        assert len({one.before for one in trials if one.school == school}) == 1
    assert trials[0].before != trials[4].before


def test_who_says_nothing_gets_as_many_solves_as_nobody() -> None:
    none, silent = run(BOTH, Saying())
    assert none.after is not None
    assert none.after < none.before
    assert silent.after == none.after
    assert (silent.asked, silent.said_nothing, silent.rightly, silent.proposals) == (1, 1, 0, 0)


def test_the_measurement_is_the_same_again(recorded: tuple[Path, list[Trial]]) -> None:
    _, trials = recorded
    plan = replace(BOTH, schools=1)
    again = measure(plan, advisers(ClaudeSettings(), None, None, Cancel()), Solves(plan))
    assert [replace(one, seconds=0.0) for one in again] == [replace(one, seconds=0.0) for one in trials[:2]]
    assert trials[1].proposals > 0


# What is counted ----------------------------------------------------------------------------------------


def test_illegal_and_unreadable_proposals_are_not_valid() -> None:
    none, advised = run(BOTH, Saying(RemoveSection(section="nowhere"), unreadable=2))
    assert (advised.proposals, advised.legal, advised.applied, advised.said_nothing) == (3, 0, 0, 0)
    assert advised.after == none.after
    assert (advised.tokens, advised.seconds) == (37, 0.5)


def test_harm_is_rolled_back_and_who_falls_silent_keeps_what_was_reached(harm: Action) -> None:
    plan = replace(PLAN, arms=("rules", "random"))
    says = {"rules": Saying(harm), "random": Falling(harm)}
    *_, none, worse, silent = measure(plan, lambda arm, *_: says[arm], Solves(plan))
    assert (worse.asked, worse.applied, worse.rolled_back) == (2, 2, 2)
    assert (worse.useful, worse.accepted) == (0, 0)
    assert worse.after == none.after
    assert (silent.asked, silent.not_run, silent.tokens) == (1, "", 42)
    assert silent.reason == "Nobody is there."
    assert silent.after == none.after


def test_who_cannot_be_asked_is_not_run_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    point_away(monkeypatch)
    plan = replace(PLAN, schools=1, arms=("claude",))
    for send, word in ((False, "not allowed"), (True, "key")):
        make = advisers(ClaudeSettings(send=send), None, None, Cancel())
        none, claude = measure(plan, make, Solves(plan))
        assert none.after is not None
        assert (claude.after, claude.not_run) == (None, word)
        assert claude.reason
        for sheet in sheets(plan, [none, claude]):
            known = ("claude", "none", "Unmet", "Surplus", "Shortfall", "0", str_of(claude.before))
            cells = [cell for row in sheet.rows if "claude" in row for cell in row if cell not in known]
            assert set(cells) == {f"not run: {word}"}
            assert len(sheet.measured) == sum("claude" not in row for row in sheet.rows)
        assert claude.reason in markdown(plan, [none, claude], "so")


def str_of(score: Score) -> str:
    return f"{score.unmet}, {score.surplus}, {score.shortfall}"


# Wrong advice -------------------------------------------------------------------------------------------


def test_wrong_advice_is_wrong(school: tuple[Problem, Timetable]) -> None:
    problem, timetable = school
    planted = [plant(problem, timetable, turn) for turn in (0, 1, 2, 4)]
    assert [one.kind for one in planted] == [ILLEGAL[0], HARMFUL, *ILLEGAL[1:]]
    for one in planted:
        changes = judge(problem, [one.action], timetable, by_person=False)
        assert bool(changes.applied) == (one.kind == HARMFUL)
    harm = planted[1]
    changes = judge(problem, [harm.action], timetable)
    assert changes.timetable is not None
    left = completed(changes.problem, changes.timetable)
    assert enrolled(changes.problem, left, harm.course) < enrolled(problem, timetable, harm.course)
    assert score(changes.problem, left).unmet > score(problem, timetable).unmet


def test_planted_wrong_advice_is_counted(recorded: tuple[Path, list[Trial]]) -> None:
    _, trials = recorded
    for one in trials:
        if one.arm != "none":
            assert one.planted is not None
            assert one.planted.kind == (HARMFUL if one.school else "unknown section")
            assert one.planted.applied == bool(one.school)
    table = next(one for one in sheets(PLAN, trials) if "Wrong" in one.title)
    rules = [dict(zip(table.columns, row, strict=True)) for row in table.rows if row[0] == "rules"]
    assert [(row["Kind"], row["Planted"], row["Passed the check"]) for row in rules] == [
        ("illegal", "1", "0"),
        (HARMFUL, "1", "1"),
    ]


def test_wrong_advice_that_is_kept_shows_in_the_table() -> None:
    kept = Planted(HARMFUL, applied=True, kept=True, harmed=True)
    trials = [trial(0, "none", 9), replace(trial(0, "rules", 9), planted=kept)]
    table = next(one for one in sheets(BOTH, trials) if "Wrong" in one.title)
    assert table.rows == (("rules", "illegal", *"0000"), ("rules", HARMFUL, *"1111"))


# Figures ------------------------------------------------------------------------------------------------


def trial(school: int, arm: str, unmet: int, seed: int = 0) -> Trial:
    return Trial(school, seed, arm, Score(10, 4, 30), Score(unmet, 4, 30))


def test_the_interval_is_that_of_the_hand() -> None:
    # Means of the schools are 1, 2 and 3: spread 1, and Student's t for two degrees of freedom is 4.3027.
    found = difference({0: [0, 2], 1: [2], 2: [2, 3, 4]})
    assert found.mean == pytest.approx(2)
    assert found.low == pytest.approx(2 - 4.3027 / 3**0.5, abs=1e-4)
    assert found.high == pytest.approx(2 + 4.3027 / 3**0.5, abs=1e-4)
    assert (difference({0: [4, 6]}).mean, difference({0: [4, 6]}).low) == (5, None)


def test_differences_are_paired() -> None:
    plan = replace(BOTH, schools=3)
    trials = [trial(n, arm, unmet) for n in range(3) for arm, unmet in (("none", 8), ("rules", 8 - n - 1))]
    means, table, *_ = sheets(plan, reversed(trials))
    assert means.rows[:2] == (("Unmet", "none", "3", "10.0", "8.0"), ("Unmet", "rules", "3", "10.0", "6.0"))
    assert table.columns[-1] == "95 % interval"
    assert table.rows[0] == ("Unmet", "rules", "none", "3", "-2.0", "-4.5 to 0.5")


def test_claude_is_compared_with_everybody() -> None:
    table = sheets(PLAN, [])[1]
    pairs = [row[1:3] for row in table.rows if row[0] == "Surplus"]
    ours = [("rules", "none"), ("rules", "random"), ("random", "none")]
    assert pairs == [*ours, ("claude", "none"), ("claude", "random"), ("claude", "rules")]


def test_what_has_no_partner_yet_is_left_out() -> None:
    trials = [trial(0, "none", 8), trial(0, "rules", 6), trial(1, "none", 0)]
    assert sheets(BOTH, trials)[1].rows[0] == ("Unmet", "rules", "none", "1", "-2.0", "–")


def test_shares_and_costs_are_of_what_was_proposed_and_accepted() -> None:
    found = replace(trial(0, "rules", 6), asked=2, said_nothing=1, rightly=1, proposals=8, legal=6, applied=5)
    found = replace(found, useful=2, accepted=4, rolled_back=1, tokens=800, usd=0.02, seconds=6.0)
    table = sheets(BOTH, [trial(0, "none", 8), found])[2]
    cells = "rules 2 1 1 8 75 % 5 40 % 4 1 200 0.0050 1.50".replace(" %", "_%").split()
    assert table.rows == (tuple(cell.replace("_", " ") for cell in cells),)


# Recordings ---------------------------------------------------------------------------------------------


def test_claude_is_measured_as_everybody(recorded: tuple[Path, list[Trial]]) -> None:
    folder, trials = recorded
    claude = trials[3]
    assert claude.arm == "claude"
    assert claude.not_run == ""
    assert f"*claude: {ClaudeSettings().model}, prompt " in markdown(PLAN, trials, "so")
    assert claude.proposals == 9
    assert 0 < claude.legal < 9
    assert claude.tokens == 1500 * claude.asked
    assert claude.usd == pytest.approx(0.0081 * claude.asked)
    receipts = sorted(folder.glob("school-00/seed-00/receipts/receipt-*.json"))
    assert len(receipts) == claude.asked
    assert all(KEY not in path.read_text(encoding="utf-8") for path in receipts)


def test_a_recording_gives_the_same_figures_without_asking_or_solving(
    recorded: tuple[Path, list[Trial]], api: MessagesApi, settings: ClaudeSettings
) -> None:
    folder, trials = recorded
    asked = len(api.seen)
    recording(PLAN, None, folder)
    make = advisers(settings.model_copy(update={"send": False}), None, folder, Cancel())
    again = list(measure(PLAN, make, Solves(PLAN, replay=folder)))
    assert [replace(one, seconds=0.0) for one in again] == [replace(one, seconds=0.0) for one in trials]
    assert len(api.seen) == asked


def test_a_recording_counts_what_it_holds(
    recorded: tuple[Path, list[Trial]], settings: ClaudeSettings, tmp_path: Path
) -> None:
    folder, trials = recorded
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    where = copy / "school-00" / "seed-00"
    shutil.rmtree(where / "receipts")
    for name in ("none-1", "none-2"):
        shutil.copytree(where / "first", where / name, dirs_exist_ok=True)
    found = measure(PLAN, advisers(settings, None, copy, Cancel()), Solves(PLAN, replay=copy))
    none, _, _, claude = (next(found) for _ in range(4))
    assert (claude.after, claude.not_run) == (None, "not recorded")
    assert none.after == none.before != trials[0].after
    shutil.rmtree(copy / "school-01" / "seed-00" / "none-1")
    with pytest.raises(DataError, match="the recording has no solve 'none-1'"):
        list(found)


def test_a_recording_of_another_plan_is_refused(recorded: tuple[Path, list[Trial]], tmp_path: Path) -> None:
    folder, _ = recorded
    with pytest.raises(DataError) as told:
        recording(replace(PLAN, students=61, solver="highs"), None, folder)
    assert [issue.path for issue in told.value.issues] == ["--students", "--solver"]
    with pytest.raises(DataError, match="is no recording"):
        recording(PLAN, None, tmp_path)
    with pytest.raises(DataError, match="exists already"):
        recording(PLAN, tmp_path, None)
    with pytest.raises(DataError, match="not recorded again"):
        recording(PLAN, tmp_path / "new", folder)


# Ends ---------------------------------------------------------------------------------------------------


def test_an_interrupt_keeps_what_is_finished() -> None:
    solves = Solves(BOTH)
    trials = measure(BOTH, lambda *_: Saying(), solves)
    found = [next(trials), next(trials)]
    solves.cancel.set()
    with pytest.raises(KeyboardInterrupt):
        next(trials)
    assert [one.school for one in found] == [0, 0]
    page = markdown(BOTH, found, "echelon bench advice")
    assert "**Not finished: 2 of 4 runs.**" in page
    assert "| 0 | 0 | rules |" in page
    assert document(BOTH, found)["finished"] is False
    json.dumps(document(BOTH, found), allow_nan=False)


def test_an_adviser_who_is_interrupted_has_no_row() -> None:
    solves = Solves(BOTH)

    class Stopped(Saying):
        def propose(self, problem: Problem, timetable: Timetable, history: Sequence[Past] = ()) -> Advice:
            solves.cancel.set()
            raise AdviserUnavailable("Asking was stopped.", "cut_off")

    trials = measure(BOTH, lambda *_: Stopped(), solves)
    assert next(trials).arm == "none"
    with pytest.raises(KeyboardInterrupt):
        next(trials)


def test_schools_that_cannot_be_made_and_strange_arms_are_refused() -> None:
    plan = replace(BOTH, missing=50)
    with pytest.raises(DataError, match="school 0: missing is 50"):
        next(measure(plan, lambda *_: Saying(), Solves(plan)))
    with pytest.raises(DataError, match="no adviser chance"):
        replace(PLAN, arms=("rules", "chance"))
    assert replace(PLAN, arms=("rules",)).arms == ("none", "rules")
    assert "--students 60" in PLAN.options
    assert "--arms none,rules,random,claude" in PLAN.options
