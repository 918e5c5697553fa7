"""The advice step without its looks: asking, stopping, deciding, solving again, and what may be sent."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import ipywidgets
import pytest
from messages_api import KEY, MessagesApi, Scripted, failing, messages_api, point_away, proposing, saying

from echelon_lib.generate.school import generate_school, write_school
from echelon_lib.runs.advisers import NEVER, SWITCH
from echelon_lib.runs.asking import Askings
from echelon_lib.runs.rounds import read_rounds
from echelon_lib.runs.workspace import Workspace
from echelon_lib.widgets.advice_panel import AdvicePanel
from echelon_lib.widgets.advice_state import UNREAD
from echelon_lib.widgets.run_panel import RunPanel
from echelon_lib.widgets.state import KEPT, MasterScheduleState


@pytest.fixture(scope="module")
def solved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a school that has sections to spare: it is solved, and the rules have answered."""
    folder = tmp_path_factory.mktemp("solved")
    write_school(generate_school(students=80, seed=3, surplus=6), folder / "school")
    page = MasterScheduleState(Workspace(folder / "workspace"))
    page.add_school("North High", {path.name: path.read_bytes() for path in (folder / "school").iterdir()})
    page.solver = "greedy"
    assert page.start(), page.message
    wait(page, lambda: not page.job(page.started).going)
    page.run, page.step = page.started, "advice"
    answered(page)
    assert page.advice.asking.state == "answered", page.advice.asking.message
    return folder / "workspace"


@pytest.fixture
def workspace(solved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """That workspace for one test alone, on a machine that knows nothing of Claude."""
    point_away(monkeypatch)
    monkeypatch.delenv(SWITCH, raising=False)
    return Workspace(shutil.copytree(solved, tmp_path / "workspace"))


@pytest.fixture
def page(workspace: Workspace) -> Iterator[MasterScheduleState]:
    """A page that shows the advice on that run; whoever is still asked is stopped in the end."""
    state = opened(workspace)
    yield state
    if state.advice.asking is not None and state.advice.asking.going:
        state.advice.cancel()
        wait(state, lambda: not state.advice.asking.going)


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch, workspace: Workspace) -> Iterator[MessagesApi]:
    """A Claude of our own, and the key to it."""
    with messages_api() as running:
        monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
        monkeypatch.setenv("ANTHROPIC_BASE_URL", running.url)
        yield running


def opened(workspace: Workspace) -> MasterScheduleState:
    state = MasterScheduleState(workspace)
    state.solver, state.seconds = "greedy", 5.0
    state.run, state.step = state.jobs[-1].id, "advice"
    state.tick()
    assert state.outcome is not None, state.message
    return state


def wait(page: MasterScheduleState, done: Callable[[], bool], seconds: float = 90.0) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, f"not in {seconds} s: {[job.message for job in page.jobs]}"
        time.sleep(0.05)
        page.tick()


def answered(page: MasterScheduleState) -> None:
    assert page.advice.ask(), page.message
    wait(page, lambda: not page.advice.asking.going)


def everything(folder: Path) -> str:
    return "\n".join(path.read_text(errors="replace") for path in folder.rglob("*") if path.is_file())


def everywhere(widget: ipywidgets.Widget) -> Iterator[ipywidgets.Widget]:
    yield widget
    for child in getattr(widget, "children", ()):
        yield from everywhere(child)


def test_it_says_what_there_is_to_gain(page: MasterScheduleState) -> None:
    gain, low = page.advice.gain(), page.outcome.tables["below target"]
    assert (gain.under, gain.structural) == (len(low), int(low["Structural"].sum()))
    assert gain.helpable == gain.under - gain.structural > 0
    reasons = page.outcome.tables["unmet"]["Reason"]
    assert gain.missing == sum(reason.startswith("no ") for reason in reasons)
    page.run = ""
    assert page.advice.gain() is None


def test_one_round_with_the_rules(page: MasterScheduleState, workspace: Workspace) -> None:
    first, numbers = page.run, [one.number for one in page.advice.proposals]
    assert len(numbers) >= 2
    assert page.advice.accepted == page.advice.proposals, "all that is possible is accepted at first"
    before = page.advice.loads()
    page.advice.decide(1, accepted=False, reason="  the lab\nneeds both ")
    assert [one.number for one in page.advice.accepted] == numbers[1:]
    assert len(page.advice.loads()) < len(before)

    again = opened(workspace)
    assert again.advice.refused == {1: "the lab needs both"}, "a closed page loses no decision"
    assert again.advice.solve_again(), again.message
    wait(again, lambda: not again.job(again.started).going)
    assert again.run == again.started != first
    assert again.step == "advice"
    actions = tuple(one.action for one in again.runs.job(first) and page.advice.accepted)
    count = len(actions)
    (listed,) = [one for one in everywhere(RunPanel(again)) if isinstance(one, ipywidgets.Select)]
    lines = {id: line for line, id in listed.options}
    assert lines[again.run].endswith(f" · with {count} {'change' if count == 1 else 'changes'} of sections")
    assert "of sections" not in lines[first]
    assert again.outcome.actions == actions
    assert again.outcome.scenario.seed == again.seed
    came_to = again.advice.concluded
    assert again.advice.origin.folder.name == first
    assert (
        came_to.after.sections
        == len(again.outcome.problem.sections)
        == came_to.before.sections - len([one for one in actions if one.kind in ("merge", "remove")])
    )
    kept = read_rounds(page.advice.asking.folder).rounds[-1]
    assert kept.after == came_to.after
    assert (kept.proposals[0].decision, kept.proposals[0].by) == ("refused", "person")
    assert kept.proposals[0].reasons == ("the lab needs both",)

    again.advice.take_back()
    assert (again.run, again.step) == (first, "result")
    assert again.job(again.started).record is not None, "what was taken back is not lost"
    assert again.outcome.folder.name == first


def test_asking_the_rules_folds_nothing_that_claude_would_be_sent(page: MasterScheduleState) -> None:
    widgets = list(everywhere(AdvicePanel(page)))
    (ask,) = [one for one in widgets if getattr(one, "description", "") == "Ask for advice"]
    ask.click()
    wait(page, lambda: not page.advice.asking.going)
    (fold,) = [one for one in widgets if "leaves this computer" in getattr(one, "description", "")]
    assert fold.value


def test_all_or_none(page: MasterScheduleState) -> None:
    count = len(page.advice.accepted)
    page.advice.decide(2, accepted=False, reason="not now")
    page.advice.decide_all(accepted=False)
    assert page.advice.accepted == ()
    assert page.advice.refused[2] == "not now", "a reason that was given stays"
    assert not page.advice.solve_again()
    assert "no accepted change" in page.message
    page.advice.decide_all(accepted=True)
    assert (len(page.advice.accepted), page.advice.refused) == (count, {})


def test_a_closed_page_loses_no_answer(page: MasterScheduleState, workspace: Workspace) -> None:
    before = page.advice.asking.folder
    assert page.advice.ask()
    folder = page.advice.asking.folder
    assert folder != before, "an answer is never overwritten"
    other = opened(workspace)
    assert other.advice.asking.folder == folder
    assert other.advice.ask()
    assert other.advice.asking.folder == folder, "nobody is asked twice at once"
    wait(other, lambda: not other.advice.asking.going)
    assert other.advice.asking.state == "answered"


def test_claude_streams_and_is_stopped(page: MasterScheduleState, api: MessagesApi) -> None:
    page.adviser = "claude"
    shown = page.advice.preview()
    assert not page.advice.ask()
    assert page.message == UNREAD
    page.advice.consented = True
    api.will(Scripted("One section could go, I think.", stalled=True))
    assert page.advice.ask(), page.message
    wait(page, lambda: "could go" in page.advice.asking.words)
    assert page.advice.asking.state == "asking"
    assert api.seen[0].body.decode() == shown, "what was shown is what was sent"
    page.advice.cancel()
    wait(page, lambda: not page.advice.asking.going)
    assert page.advice.asking.state == "stopped"
    assert "Nothing was changed" in page.advice.asking.message
    receipts = list((page.advice.asking.folder / "receipts").glob("receipt-*.json"))
    assert len(receipts) == 1, "what was sent is kept"
    course = next(
        one
        for one in api.seen[0].outline["courses"]
        if one["sections_to_spare"]["at_most"] and len(one["sections"]) > 1
    )
    one, other = (section["code"] for section in course["sections"][:2])
    remove = {"kind": "remove", "section": one, "reason": "It is half empty."}
    again = {"kind": "merge", "section": one, "into": other, "reason": "So is the other."}
    api.will(proposing(remove, again))
    answered(page)
    assert [proposal.by for proposal in page.advice.proposals] == ["", "check"]
    page.advice.decide(2, accepted=False)
    assert "no open proposal" in page.message, "what is not possible is not for a person to decide"


def test_a_failure_is_said_with_its_cure(page: MasterScheduleState, api: MessagesApi) -> None:
    page.adviser = "claude"
    page.advice.consented = True
    api.will(failing(401, "authentication_error"))
    answered(page)
    assert page.advice.asking.state == "failed"
    assert "key" in page.advice.asking.message
    assert "Maybe" in page.advice.asking.message
    assert KEY not in everything(page.workspace.path)
    assert page.advice.hindrance("rules") == "", "the rules can be asked then"


def test_a_damaged_answer_is_said(page: MasterScheduleState) -> None:
    (page.advice.asking.folder / "advice.json").write_text("{", encoding="utf-8")
    page.tick()
    assert page.advice.asking.state == "failed"
    assert "damaged" in page.advice.asking.message


def test_without_a_key_the_rules_are_left(page: MasterScheduleState) -> None:
    page.adviser = "claude"
    assert "no key" in page.advice.hindrance("claude")
    assert "Maybe" in page.advice.hindrance("claude")
    assert not page.advice.ask()
    assert "no key" in page.message
    assert page.advice.asking.adviser == "rules", "nobody was asked"
    assert page.advice.hindrance("rules") == ""


def test_the_switch_of_the_workspace_holds_for_everybody(
    page: MasterScheduleState, workspace: Workspace, api: MessagesApi
) -> None:
    api.will(saying("Nothing."))
    page.advice.consented = True
    page.advice.forbid(True)
    other = opened(Workspace(workspace.path))
    assert other.advice.forbidden
    other.advice.consented = True
    assert "ever sent from this workspace" in other.advice.hindrance("claude")
    asking = Askings(other.runs)
    job, settings = other.job(other.run), other.advice.settings()
    assert settings.send
    folder = asking.start(job, "claude", settings).folder
    wait(other, lambda: other.advice.asking.folder == folder and not other.advice.asking.going)
    assert other.advice.asking.state == "failed", "not even a process that was told to send"
    assert "switched off" in other.advice.asking.message
    assert api.seen == []
    page.advice.forbid(False)
    assert not (workspace.path / NEVER).exists()
    assert page.advice.hindrance("claude") == UNREAD, "who forbade it has to read and agree anew"


def test_the_administrator_has_the_last_word(
    page: MasterScheduleState, api: MessagesApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.advice.consented = True
    assert page.advice.hindrance("claude") == ""
    monkeypatch.setenv(SWITCH, "off")
    page.advice.forbid(False)
    assert "switched Claude off" in page.advice.hindrance("claude")
    page.adviser = "claude"
    assert not page.advice.ask()
    page.improve, page.step = "claude", "run"
    assert not page.start()
    assert "switched Claude off" in page.message


def test_consent_is_for_what_was_read(page: MasterScheduleState, api: MessagesApi) -> None:
    page.adviser = "claude"
    wait(page, lambda: page.advice.exact)
    quoted = page.advice.exact
    page.advice.consented = True
    page.titles = "codes"
    assert not page.advice.consented
    page.tick()
    assert page.advice.exact == "", "no text is shown that would not be sent"
    wait(page, lambda: page.advice.exact)
    titles = re.compile(r'quoted_title\\":\\"(.+?)\\"')
    assert titles.findall(quoted)
    assert not titles.findall(page.advice.exact)
    page.advice.consented = True
    assert "consented" not in KEPT
    again = MasterScheduleState(page.workspace, **page.as_dict())
    assert again.titles == "codes"
    assert not again.advice.consented, "it is given anew in each session"


def test_a_model_that_does_not_fit_is_said(page: MasterScheduleState, api: MessagesApi) -> None:
    (page.workspace.path / "claude.toml").write_text('model = "two words"\n', encoding="utf-8")
    assert "claude.toml" in page.advice.hindrance("claude")
    (page.workspace.path / "claude.toml").write_text('model = "claude-opus-5-5"\nsend = true\n')
    assert page.advice.hindrance("claude") == UNREAD, "a file consents to nothing"
    assert page.advice.settings().model == "claude-opus-5-5"


def test_a_run_asks_the_rules_by_itself(page: MasterScheduleState) -> None:
    page.step, page.improve = "run", "rules"
    assert page.start(), page.message
    wait(page, lambda: not page.job(page.started).going)
    assert page.step == "result"
    assert page.outcome.advice.adviser == "rules"
    assert page.outcome.scenario.max_iterations == 3
    assert page.outcome.advice.rounds
    page.step = "advice"
    assert page.advice.asking is None
    assert page.advice.origin is None, "its rounds tell what was done"
    told = [str(getattr(one, "value", "")) for one in everywhere(AdvicePanel(page))]
    assert sum("What the adviser did in this run" in text for text in told) == 1
    assert any("Round 1" in text and "rules" in text for text in told)


def test_a_run_asks_claude_only_after_somebody_has_read(page: MasterScheduleState, api: MessagesApi) -> None:
    page.step, page.improve = "run", "claude"
    assert not page.start()
    assert page.message == UNREAD
    assert not page.following
    page.advice.consented = True
    assert page.start(), page.message
    told = page.job(page.started).scenario
    page.cancel()
    wait(page, lambda: not page.job(page.started).going)
    assert (told["advice"], told["claude"]["send"]) == ("claude", True)
