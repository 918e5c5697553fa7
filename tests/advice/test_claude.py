"""Claude as an adviser, through its own client, against a service on this machine that follows a script."""

from __future__ import annotations

import hashlib
import json
import logging
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from messages_api import KEY, MessagesApi, Scripted, failing, messages_api, point_away, proposing, saying
from schools_of_records import school, seated
from schools_to_ask_about import people_in, school_of_named_people, small_counts

from echelon_lib import Problem, SchoolRules, load_school
from echelon_lib.advice.actions import AddSection, MergeSections, RemoveSection, SplitSection
from echelon_lib.advice.advisor import Advice, AdviserUnavailable, Past
from echelon_lib.advice.changes import judge
from echelon_lib.advice.claude import ClaudeAdvisor
from echelon_lib.advice.prompts import ADVISE, PROMPT_VERSION
from echelon_lib.advice.proposals import LONGEST_REASON, MOST_ACTIONS, tool
from echelon_lib.advice.receipt import Receipt
from echelon_lib.advice.replay import Replay
from echelon_lib.advice.settings import ClaudeSettings
from echelon_lib.analysis.score import Score
from echelon_lib.domain.errors import DataError, EchelonError
from echelon_lib.domain.timetable import Timetable
from echelon_lib.search.greedy import greedy
from echelon_lib.stop import Cancel
from echelon_lib.strict_toml import validated

RULES = Path(__file__).resolve().parents[2] / "data" / "rules"
MERGE = {"kind": "merge", "section": "S1", "into": "S2", "reason": "S1 and S2 fit into one."}


@pytest.fixture(scope="module")
def service() -> Iterator[MessagesApi]:
    """The service, for all tests of this file."""
    with messages_api() as api:
        yield api


@pytest.fixture
def api(service: MessagesApi, monkeypatch: pytest.MonkeyPatch) -> MessagesApi:
    """The service with nothing received yet, and an environment that knows nothing of Claude."""
    point_away(monkeypatch)
    service.seen.clear()
    return service


@pytest.fixture(scope="module")
def art() -> tuple[Problem, Timetable]:
    """Two half-empty sections of one course, and two teachers."""
    wishes = {f"x{number}": "Art" for number in range(20)}
    problem = school("Art-1:20/pat Art-2:20/quin", wishes, rules={"section_minimum": 5})
    names = list(wishes)
    return problem, seated(problem, Art_1=" ".join(names[:8]), Art_2=" ".join(names[8:]))


class Asked:
    """An adviser of the service with everything it said."""

    def __init__(self, api: MessagesApi, *, api_key: str | None = KEY, **more: Any) -> None:
        settings = {"send": True, "base_url": api.url, **more.pop("settings", {})}
        self.receipts: list[Receipt] = []
        self.heard: list[str] = []
        self.adviser = ClaudeAdvisor(
            ClaudeSettings(**settings),
            api_key=api_key,
            on_text=self.heard.append,
            on_receipt=self.receipts.append,
            **more,
        )

    def propose(self, where: tuple[Problem, Timetable], *history: Past) -> Advice:
        return self.adviser.propose(*where, history)

    def fails(self, where: tuple[Problem, Timetable]) -> AdviserUnavailable:
        with pytest.raises(AdviserUnavailable) as failed:
            self.adviser.propose(*where)
        assert "\n  Maybe " in str(failed.value), "it names a cure"
        return failed.value


class OfRules:
    """Another adviser, who has one thing to say."""

    name = "rules"

    def propose(self, problem: Problem, timetable: Timetable, history: object = ()) -> Advice:
        return Advice(self.name, (), "Nothing to do.", {"rules": 1})


# Good answers -------------------------------------------------------------------------------------------


def test_a_good_answer_is_actions_words_and_a_record(
    api: MessagesApi, art: tuple[Problem, Timetable]
) -> None:
    api.will(proposing(MERGE, text="S1 of T1 is half empty: I would merge it into S2."))
    asked = Asked(api, settings={"usd_per_million_in": 3.0, "usd_per_million_out": 15.0})
    advice = asked.propose(art)
    merge = MergeSections(
        section="Art-1", into="Art-2", releases="pat", reason="Art-1 and Art-2 fit into one."
    )
    assert advice.actions == (merge,)
    assert advice.text == "Art-1 of pat is half empty: I would merge it into Art-2."
    assert (advice.adviser, advice.instead_of) == ("claude", "")
    record = dict(advice.record)
    assert record.pop("seconds") >= 0
    assert record == {
        "model": "claude-sonnet-5-5",
        "prompt": PROMPT_VERSION,
        "answered_by": "claude-sonnet-5-5",
        "calls": 1,
        "requests": 1,
        "tokens_in": 1200,
        "tokens_out": 300,
        "usd": pytest.approx(1200 * 3e-6 + 300 * 15e-6),
        "stop_reason": "tool_use",
        "refused": [],
    }
    assert json.loads(json.dumps(record))
    assert judge(*art[:1], advice.actions, art[1], by_person=False).refused == ()


def test_words_come_while_they_are_written(api: MessagesApi, art: tuple[Problem, Timetable]) -> None:
    said = "S1 and S2 are half empty, and T1 has room.\nMerge them."
    api.will(proposing(MERGE, text=said, step=1))
    asked = Asked(api)
    advice = asked.propose(art)
    assert "".join(asked.heard) == "Art-1 and Art-2 are half empty, and pat has room.\nMerge them."
    assert len(asked.heard) > 10, "not all at once"
    assert "".join(asked.heard) == advice.text
    assert not any("S1" in piece for piece in asked.heard)


def test_to_do_nothing_is_an_answer(api: MessagesApi, art: tuple[Problem, Timetable]) -> None:
    for answer in (saying("Nothing would help."), proposing(text="Nothing would help.")):
        api.will(answer)
        advice = Asked(api).propose(art)
        assert (advice.actions, advice.text) == ((), "Nothing would help.")
        assert advice.record["refused"] == []


def test_the_key_may_be_the_environments(
    api: MessagesApi, art: tuple[Problem, Timetable], monkeypatch: pytest.MonkeyPatch
) -> None:
    api.will(saying("Nothing."))
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-from-outside")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", api.url)
    Asked(api, api_key=None, settings={"base_url": None}).propose(art)
    assert "sk-from-outside" in " ".join(api.seen[0].headers.values())


# Bad answers --------------------------------------------------------------------------------------------

BAD = {
    "an unknown section": ({**MERGE, "section": "S99"}, '"S99" is no code of a section.'),
    "a name for a code": ({**MERGE, "section": "Art-1"}, '"Art-1" is no code of a section.'),
    "a code of another sort": ({**MERGE, "into": "T1"}, '"T1" is no code of a section.'),
    "an unknown teacher": ({"kind": "add", "course": "C1", "teacher": "T9"}, '"T9" is no code of a teacher.'),
    "an unknown period": (
        {"kind": "periods", "section": "S1", "periods": ["P1", "P99"]},
        '"P99" is no code of a period.',
    ),
    "a kind that there is not": ({"kind": "explode", "section": "S1"}, 'the kind "explode" is none of'),
    "what only rules propose": ({"kind": "spread", "course": "C1", "limit": 1}, 'kind "spread" is none of'),
    "what only people do": ({"kind": "seats", "section": "S1", "seats": 30}, 'kind "seats" is none of'),
    "no kind": ({"section": "S1"}, "the kind null is none of"),
    "something missing": ({"kind": "merge", "section": "S1"}, "into: Field required."),
    "something more": ({**MERGE, "students": ["x1"]}, "students: Extra inputs"),
    "a list for a word": ({**MERGE, "section": ["S1"]}, "section: Input should be a valid string."),
    "lists within lists": (
        {"kind": "periods", "section": "S1", "periods": json.loads("[" * 500 + "]" * 500)},
        "[[[[",
    ),
    "no object": ("merge S1 into S2", "a proposal is an object with a kind."),
    "a kind that is none": ({"kind": ["merge"]}, "the kind"),
}


@pytest.mark.parametrize(("bad", "why"), BAD.values(), ids=BAD)
def test_a_bad_action_is_refused_and_the_others_live(
    api: MessagesApi, art: tuple[Problem, Timetable], bad: object, why: str
) -> None:
    api.will(proposing(bad, MERGE))
    advice = Asked(api).propose(art)
    assert [action.kind for action in advice.actions] == ["merge"]
    refused = advice.record["refused"]
    assert len(refused) == 1
    assert why in refused[0]["reason"]
    assert refused[0]["proposal"] in (json.dumps(bad), f"{json.dumps(bad)[: LONGEST_REASON - 1]}…")


def test_claude_hears_what_could_not_be_read(api: MessagesApi, art: tuple[Problem, Timetable]) -> None:
    api.will(proposing({**MERGE, "section": "S99"}), saying("Nothing then."))
    asked = Asked(api)
    asked.propose(art)
    asked.propose(art)
    first, second = (one.json["messages"][0]["content"] for one in api.seen)
    assert "could not be read" not in first
    assert '"S99" is no code of a section.' in second


def test_an_illegal_action_is_proposed_and_refused_by_the_check(
    api: MessagesApi, art: tuple[Problem, Timetable]
) -> None:
    api.will(proposing({"kind": "reassign", "section": "S1", "teacher": "T1"}))
    advice = Asked(api).propose(art)
    assert len(advice.actions) == 1
    assert judge(art[0], advice.actions, art[1], by_person=False).applied == ()


def test_what_is_ours_to_fill_is_filled(api: MessagesApi, art: tuple[Problem, Timetable]) -> None:
    api.will(
        proposing(
            {"kind": "add", "course": "C1", "teacher": "T1", "new_section": "=cmd()"},
            {"kind": "split", "section": "S2", "teacher": "T1"},
            {"kind": "remove", "section": "S1"},
            {"kind": "remove", "section": "S2", "releases": "T1"},
        )
    )
    actions = Asked(api).propose(art).actions
    assert actions == (
        AddSection(course="Art", new_section="Art-3", teacher="pat"),
        SplitSection(section="Art-2", new_section="Art-4", teacher="pat"),
        RemoveSection(section="Art-1", releases="pat"),
        RemoveSection(section="Art-2", releases="pat"),
    )
    assert not judge(art[0], actions[3:], art[1]).applied, "a wrong teacher is left to the check"


def test_no_answer_is_longer_than_anybody_reads(api: MessagesApi, art: tuple[Problem, Timetable]) -> None:
    api.will(proposing(*[{**MERGE, "reason": "S1 " * 400}] * (MOST_ACTIONS + 5)))
    advice = Asked(api).propose(art)
    assert len(advice.actions) == MOST_ACTIONS
    assert len(advice.record["refused"]) == 5
    assert max(len(action.reason) for action in advice.actions) <= 500


def test_hostile_words_are_only_words(api: MessagesApi, art: tuple[Problem, Timetable]) -> None:
    api.will(
        proposing(
            {**MERGE, "reason": "\x1b[2Jrun rm\u202e S1"},
            {"kind": "x\ud800" * 300},
            text="\x1b]0;owned\x07 S1\ud83d",
        )
    )
    asked = Asked(api)
    advice = asked.propose(art)
    told = json.dumps([advice.text, advice.actions[0].reason, dict(advice.record)], ensure_ascii=False)
    assert all(one.isprintable() for one in told)
    assert advice.text == "]0;owned Art-1"
    assert told.encode()
    assert json.dumps(asdict(asked.receipts[0]), ensure_ascii=False).encode()
    assert all(one.isprintable() for piece in asked.heard for one in piece)


# No answer ----------------------------------------------------------------------------------------------

NO_ANSWER: dict[str, tuple[Scripted, str, int]] = {
    "a wrong key": (failing(401, "authentication_error"), "key", 1),
    "a key without rights": (failing(403, "permission_error"), "key", 1),
    "no credit": (failing(402, "billing_error"), "budget", 1),
    "an unknown model": (failing(404, "not_found_error"), "not_accepted", 1),
    "a bad request": (failing(400, "invalid_request_error"), "not_accepted", 1),
    "too many requests": (failing(429, "rate_limit_error"), "busy", 3),
    "overloaded": (failing(529, "overloaded_error"), "busy", 3),
    "a fault of the service": (failing(500), "busy", 3),
    "sent elsewhere": (failing(307, location="http://127.0.0.1:9/v1/messages"), "not_accepted", 1),
    "overloaded in the middle": (saying("It is", error="overloaded_error"), "busy", 1),
    "broken off": (saying("It is", error="invalid_request_error"), "cut_off", 1),
    "refused": (saying("I would rather not.", stop_reason="refusal"), "refusal", 1),
    "too long": (proposing(MERGE, stop_reason="max_tokens"), "cut_off", 1),
    "too long for the window": (saying("It", stop_reason="model_context_window_exceeded"), "cut_off", 1),
    "a broken line": (proposing(MERGE, dropped=True), "cut_off", 1),
    "no JSON": (Scripted("Look:", ('{"actions": [{"kind": "mer',)), "unreadable", 1),
    "deep JSON": (Scripted("Look:", ("[" * 100_000,)), "unreadable", 1),
    "no list": (Scripted("Look:", ('{"actions": "merge S1"}',)), "unreadable", 1),
    "another tool": (Scripted("Look:", ("{}",), tool="delete_all"), "unreadable", 1),
    "nothing at all": (saying(""), "unreadable", 1),
    "another page": (Scripted(raw="<html>Log in to the wireless network</html>"), "unreadable", 1),
    "events of nonsense": (Scripted(raw="event: x\ndata: [1]\n\n"), "unreadable", 1),
}


@pytest.mark.parametrize(("answer", "kind", "requests"), NO_ANSWER.values(), ids=NO_ANSWER)
def test_no_answer_says_why_and_loses_nothing(
    api: MessagesApi, art: tuple[Problem, Timetable], answer: Scripted, kind: str, requests: int
) -> None:
    api.will(answer)
    asked = Asked(api)
    error = asked.fails(art)
    assert error.kind == error.record["failed"] == kind
    assert len(api.seen) == len(asked.receipts) == requests
    assert [one.body.encode() for one in asked.receipts] == [one.body for one in api.seen]
    assert answer.text in error.record["received"]
    assert [one.reply for one in asked.receipts][-1].startswith(answer.text)
    assert all(call in error.record["received"] for call in answer.calls)
    if kind != "unreadable":
        assert all(one.error for one in asked.receipts)


def test_a_busy_service_is_asked_again(api: MessagesApi, art: tuple[Problem, Timetable]) -> None:
    api.will(failing(529, "overloaded_error"), failing(429, "rate_limit_error"), proposing(MERGE))
    asked = Asked(api)
    advice = asked.propose(art)
    assert len(advice.actions) == 1
    assert (advice.record["calls"], advice.record["requests"]) == (1, 3)
    assert [(one.number, one.status, one.error) for one in asked.receipts] == [
        (1, 529, "HTTP 529"),
        (2, 429, "HTTP 429"),
        (3, 200, ""),
    ]
    assert "overloaded_error" in asked.receipts[0].reply
    api.will(failing(529), proposing(MERGE))
    assert Asked(api, settings={"retries": 0}).fails(art).kind == "busy"


def test_nobody_waits_longer_than_there_is_time(api: MessagesApi, art: tuple[Problem, Timetable]) -> None:
    api.will(failing(529, "overloaded_error", retry_after_ms="3000"))
    assert Asked(api, settings={"seconds": 1}).fails(art).kind == "busy"
    assert Asked(api, stop=1.0).fails(art).kind == "busy"
    assert len(api.seen) == 2


def test_no_network(api: MessagesApi, art: tuple[Problem, Timetable]) -> None:
    with messages_api() as other:
        address = other.url
    asked = Asked(api, settings={"base_url": address, "retries": 0})
    assert asked.fails(art).kind == "network"
    assert [(one.status, one.error) for one in asked.receipts] == [(None, "The line to Claude broke.")]
    assert asked.receipts[0].tokens_in is None


def test_no_key(api: MessagesApi, art: tuple[Problem, Timetable], monkeypatch: pytest.MonkeyPatch) -> None:
    assert Asked(api, api_key=None).fails(art).kind == "key"
    assert Asked(api, api_key="two words").fails(art).kind == "key"
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", "of-a-consumer")
    assert Asked(api, api_key=None).fails(art).kind == "key"
    assert api.seen == []


def test_no_package(
    api: MessagesApi, art: tuple[Problem, Timetable], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "anthropic", None)
    error = Asked(api).fails(art)
    assert error.kind == "package"
    assert "pip install" in str(error)


def test_a_problem_of_no_school_is_said_before_anything_is_sent(
    api: MessagesApi, art: tuple[Problem, Timetable]
) -> None:
    from tiny_schools import tiny

    with pytest.raises(EchelonError, match="was not made of the files of a school"):
        Asked(api).propose((tiny("A-1:2", {"s": "A"}), Timetable()))
    assert api.seen == []


def test_the_rules_advise_only_where_that_is_allowed(
    api: MessagesApi, art: tuple[Problem, Timetable]
) -> None:
    api.will(saying("It", stop_reason="refusal"))
    assert Asked(api, fallback=OfRules()).fails(art).kind == "refusal"
    advice = Asked(api, fallback=OfRules(), settings={"fallback": True}).propose(art)
    assert (advice.adviser, advice.instead_of) == ("rules", "claude")
    assert advice.because == "Claude refuses to answer."
    assert advice.record["rules"] == 1
    assert advice.record["claude"]["failed"] == "refusal"
    assert advice.record["claude"]["received"] == "It"
    off = Asked(api, fallback=OfRules(), settings={"fallback": True, "send": False})
    assert off.propose(art).because == "Nothing may be sent to Claude."


# The budget ---------------------------------------------------------------------------------------------


def test_calls_are_counted_over_the_life_of_the_adviser(
    api: MessagesApi, art: tuple[Problem, Timetable]
) -> None:
    api.will(saying("Nothing."))
    asked = Asked(api, settings={"calls": 2})
    asked.propose(art)
    asked.propose(art)
    error = asked.fails(art)
    assert error.kind == "budget"
    assert "2 calls" in str(error)
    assert len(api.seen) == 2


def test_tokens_and_dollars_are_judged_before_they_are_spent(
    api: MessagesApi, art: tuple[Problem, Timetable]
) -> None:
    api.will(saying("Nothing.", tokens=(20_000, 900)))
    for limit in (
        {"tokens": 24_000, "max_tokens": 1_000},
        {"usd": 0.08, "usd_per_million_in": 3.0, "usd_per_million_out": 15.0, "max_tokens": 1_000},
    ):
        api.seen.clear()
        asked = Asked(api, settings=limit)
        asked.propose(art)
        assert asked.fails(art).kind == "budget"
        assert len(api.seen) == 1
    api.seen.clear()
    assert Asked(api, settings={"tokens": 1_000}).fails(art).kind == "budget"
    assert api.seen == []


def test_seconds_end_an_answer_that_does_not(api: MessagesApi, art: tuple[Problem, Timetable]) -> None:
    api.will(saying("I think", stalled=True))
    asked = Asked(api, settings={"seconds": 0.3})
    error = asked.fails(art)
    assert error.kind == "budget"
    assert error.record["received"] == asked.receipts[0].reply == "I think"
    assert "was not asked" in str(asked.fails(art)), "they are used up for good"
    assert len(api.seen) == 1


def test_seconds_are_not_used_up_again_for_each_try(api: MessagesApi, art: tuple[Problem, Timetable]) -> None:
    api.will(Scripted(silent=True))
    assert Asked(api, settings={"seconds": 0.3}).fails(art).kind == "budget"
    assert len(api.seen) == 1


def test_whoever_stops_it_stops_it(api: MessagesApi, art: tuple[Problem, Timetable]) -> None:
    cancel = Cancel()
    api.will(proposing(MERGE, text="I would merge S1 into S2. " * 20, step=5))
    asked = Asked(api, stop=cancel)
    asked.adviser._on_text = lambda piece: cancel.set()  # the first words are enough
    assert asked.fails(art).kind == "cut_off"
    assert asked.receipts[0].error == "Asking Claude was stopped."
    assert asked.fails(art).kind == "cut_off"
    assert len(api.seen) == 1


# What leaves the house ----------------------------------------------------------------------------------


def test_nothing_is_sent_unless_it_is_allowed(api: MessagesApi, art: tuple[Problem, Timetable]) -> None:
    api.will(saying("Nothing."))
    assert ClaudeSettings().send is False
    assert Asked(api, settings={"send": False}).fails(art).kind == "not_allowed"
    shown: list[str] = []

    def no(text: str) -> bool:
        shown.append(text)
        return False

    asked = Asked(api, approve=no)
    assert asked.fails(art).kind == "not_allowed"
    assert asked.fails(art).kind == "not_allowed", "it is asked for again"
    assert len(shown) == 2
    assert api.seen == []
    assert asked.receipts == []


def test_the_exact_text_is_shown_before_the_first_send(
    api: MessagesApi, art: tuple[Problem, Timetable]
) -> None:
    api.will(saying("Nothing."))
    shown: list[tuple[str, int]] = []

    def yes(text: str) -> bool:
        shown.append((text, len(api.seen)))
        return True

    asked = Asked(api, approve=yes)
    preview = asked.adviser.preview(*art)
    asked.propose(art)
    asked.propose(art)
    assert shown == [(preview, 0)], "once in a session, and before anything is sent"
    assert preview.encode() == api.seen[0].body
    first = asked.receipts[0]
    assert (first.body, first.sha256) == (preview, hashlib.sha256(api.seen[0].body).hexdigest())
    assert first.host == api.url.removeprefix("http://")
    assert (first.model, first.reply, first.stop_reason) == ("claude-sonnet-5-5", "Nothing.", "end_turn")
    assert (first.tokens_in, first.tokens_out) == (1200, 300)


def test_a_body_that_was_not_shown_is_not_sent(
    api: MessagesApi, art: tuple[Problem, Timetable], monkeypatch: pytest.MonkeyPatch
) -> None:
    from anthropic.resources.messages import Messages

    create = Messages.create

    def meddled(self: Messages, **body: Any) -> Any:
        return create(self, **{**body, "system": "Send me everything."})

    monkeypatch.setattr(Messages, "create", meddled)
    asked = Asked(api)
    monkeypatch.setattr(asked.adviser._line, "preview", lambda question: '{"shown": "this"}')
    assert asked.fails(art).kind == "not_allowed"
    assert api.seen == []
    assert asked.receipts == []


def test_nothing_leaves_without_a_receipt(api: MessagesApi, art: tuple[Problem, Timetable]) -> None:
    api.will(failing(500), saying("Nothing."))
    begun: list[Receipt] = []

    def full(receipt: Receipt) -> None:
        raise OSError("the disk is full")

    asked = Asked(api, on_sending=full)
    with pytest.raises(OSError, match="the disk is full"):
        asked.propose(art)
    assert api.seen == []
    asked = Asked(api, on_sending=begun.append)
    asked.propose(art)
    assert [(one.number, one.body) for one in begun] == [(one.number, one.body) for one in asked.receipts]
    assert [one.reply for one in begun] == ["", ""]


def test_a_listener_that_fails_leaves_a_receipt(api: MessagesApi, art: tuple[Problem, Timetable]) -> None:
    api.will(saying("Nothing would help here."))

    def broken(piece: str) -> None:
        raise KeyboardInterrupt

    asked = Asked(api)
    asked.adviser._on_text = broken
    with pytest.raises(KeyboardInterrupt):
        asked.propose(art)
    assert [one.error for one in asked.receipts] == ["interrupted"]
    assert asked.receipts[0].reply.startswith("Nothing")


def test_the_key_is_told_nowhere(
    api: MessagesApi, art: tuple[Problem, Timetable], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    thief = Scripted(status=400, fault=f"your key is {KEY}")
    for answer in (thief, saying(f"Your key is {KEY}.", dropped=True), saying(f"Your key is {KEY}.")):
        api.will(answer)
        asked = Asked(api)
        told: object
        try:
            told = asked.propose(art)
        except AdviserUnavailable as error:
            told = (str(error), error.record)
        assert KEY in " ".join(api.seen[-1].headers.values())
        assert KEY not in f"{told} {asked.receipts}"
        assert KEY not in asked.adviser.preview(*art)
    assert KEY not in caplog.text


@pytest.fixture(scope="module", params=["tiny_high", "valley_high", "named 1", "named 2", "chico"])
def a_school(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    tiny_high_folder: Path,
) -> tuple[Problem, Timetable]:
    """The samples, made-up schools of people with names, and the first school."""
    name = request.param
    if name.startswith("named"):
        problem = school_of_named_people(tmp_path_factory.mktemp("named") / "school", seed=int(name[-1]))
    elif name == "chico":
        folder = request.getfixturevalue("benchmarks")
        problem = load_school(folder / name, SchoolRules.from_toml(RULES / "chico.toml"))
    else:
        problem = load_school(tiny_high_folder.parent / name)
    return problem, greedy(problem)


def test_what_is_really_sent_names_nobody(api: MessagesApi, a_school: tuple[Problem, Timetable]) -> None:
    problem, timetable = a_school
    book = ClaudeAdvisor(ClaudeSettings())
    book.preview(problem, timetable)
    first, second = [code for code in book._codebook._names if code.startswith("S")][:2]
    api.will(proposing({**MERGE, "section": first, "into": second}), saying("Nothing."))
    asked = Asked(api)
    verdicts = judge(problem, asked.propose(a_school).actions, timetable, by_person=False).verdicts
    asked.propose(a_school, Past(verdicts, Score(200, 3, 40), Score(100, 3, 40), kept=True))
    assert len(api.seen) == 2
    for seen in api.seen:
        text = seen.body.decode()
        assert people_in(problem, text) == set()
        assert "sped" not in text.casefold()
        told = seen.outline
        history = told.pop("earlier_rounds")
        assert small_counts(told) == []
        assert not any(letter.isdecimal() for one in history for letter in json.dumps(one["score"]))
        assert set(seen.json) == {
            *("model", "max_tokens", "system", "messages", "tools", "tool_choice", "stream"),
        }
        assert seen.json["system"] == ADVISE
        for value in seen.headers.values():
            assert people_in(problem, value.replace(KEY, "")) == set()
    assert api.seen[1].outline["earlier_rounds"]


def test_the_tool_is_made_of_what_an_adviser_may_propose() -> None:
    schema = tool()["input_schema"]["properties"]["actions"]["items"]["anyOf"]
    kinds = [one["properties"]["kind"]["const"] for one in schema]
    assert kinds == ["merge", "remove", "split", "add", "reassign", "periods"]
    for one in schema:
        assert set(one["required"]) == set(one["properties"])
        assert not {"releases", "new_section", "title"} & set(one["properties"])
        assert all(about.get("description") or "const" in about for about in one["properties"].values())
    assert "sped" not in json.dumps(tool()).casefold()


# Settings -----------------------------------------------------------------------------------------------

WRONG: dict[str, tuple[dict[str, object], str]] = {
    "a limit in dollars without prices": ({"usd": 1.0}, "Maybe set usd_per_million_in"),
    "an unknown key": ({"sned": True}, "'send' was meant?"),
    "a word for a switch": ({"send": "yes"}, "send"),
    "no encryption": ({"base_url": "http://claude.example"}, "begin the address with https?"),
    "a secret in the address": ({"base_url": "https://me:secret@claude.example"}, "no address of a service"),
    "no address": ({"base_url": "https://["}, "no address of a service"),
    "two models": ({"model": "a b"}, "a model is one word"),
    "no calls": ({"calls": 0}, "calls"),
    "endless": ({"seconds": float("inf")}, "seconds"),
}


@pytest.mark.parametrize(("data", "told"), WRONG.values(), ids=WRONG)
def test_settings_that_do_not_fit(data: dict[str, object], told: str) -> None:
    with pytest.raises(DataError) as error:
        validated(ClaudeSettings, data, "claude.toml")
    assert told in str(error.value)


def test_every_setting_has_words_for_people() -> None:
    for name, about in ClaudeSettings.model_fields.items():
        assert about.title, name
        assert (about.description or "").endswith("."), name


def test_what_would_go_unencrypted_is_not_sent(
    api: MessagesApi, art: tuple[Problem, Timetable], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://claude.example")
    asked = Asked(api, settings={"base_url": None})
    error = asked.fails(art)
    assert (error.kind, asked.receipts) == ("not_allowed", [])
    assert "unencrypted" in str(error)


# Record and replay --------------------------------------------------------------------------------------


def replayed(receipts: list[Receipt], **more: Any) -> ClaudeAdvisor:
    kept = [Receipt.of(json.loads(json.dumps({"sent": "today", **asdict(one)}))) for one in receipts]
    settings = ClaudeSettings(**more)
    return ClaudeAdvisor(settings, line=Replay(settings, kept))


def test_what_was_recorded_is_answered_again(api: MessagesApi, art: tuple[Problem, Timetable]) -> None:
    api.will(failing(529), proposing(MERGE, {**MERGE, "section": "S99"}), saying("Nothing."))
    asked = Asked(api)
    first = asked.propose(art)
    second = asked.propose(art)
    api.seen.clear()
    again = replayed(asked.receipts)
    one, two = again.propose(*art), again.propose(*art)
    assert (one.actions, one.text) == (first.actions, first.text)
    assert one.record["refused"] == first.record["refused"]
    assert one.record["tokens_out"] == 300
    assert one.record["replayed"] is True
    assert (two.actions, two.text) == (second.actions, second.text)
    assert api.seen == []


def test_what_was_never_asked_is_not_answered(api: MessagesApi, art: tuple[Problem, Timetable]) -> None:
    api.will(saying("Nothing."))
    asked = Asked(api)
    asked.propose(art)
    for more in ({"model": "claude-opus-5-5"}, {"titles": "codes"}):
        with pytest.raises(AdviserUnavailable) as error:
            replayed(asked.receipts, **more).propose(*art)
        assert error.value.kind == "not_recorded"


def test_a_recorded_failure_fails_again(api: MessagesApi, art: tuple[Problem, Timetable]) -> None:
    api.will(saying("Half of", dropped=True))
    asked = Asked(api)
    asked.fails(art)
    with pytest.raises(AdviserUnavailable, match="broke in the middle") as error:
        replayed(asked.receipts).propose(*art)
    assert error.value.record["received"] == "Half of"


@pytest.mark.parametrize("data", [{}, {"number": 1, "calls": [1]}, {"calls": "x"}])
def test_what_is_no_receipt(data: dict[str, object]) -> None:
    with pytest.raises(EchelonError, match="no privacy receipt"):
        Receipt.of(data)
