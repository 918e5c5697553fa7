"""Facts in Claude's words: no name and no figure is sent, and none comes back that was not among them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from messages_api import KEY, MessagesApi, failing, messages_api, point_away, saying
from schools_of_records import school
from schools_to_ask_about import name_of, people_in, school_of_named_people

from echelon_lib import Problem, explain
from echelon_lib.advice.claude import Claude
from echelon_lib.advice.receipt import Receipt
from echelon_lib.advice.rephrase import Rephrased, rephrased
from echelon_lib.advice.settings import ClaudeSettings
from echelon_lib.search.greedy import greedy

FACTS = (
    "Art-1 is a section of Art, taught by pat.",
    "24 of 30 seats are taken, and 7 students would lose a request.",
    "In R2 its teacher has Band-1; four of its 24 students are busy then.",
)


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
def art() -> Problem:
    """Two courses and two teachers."""
    return school("Art-1:30/pat Band-1:30/pat Chess-1:30/quin", {f"x{n}": "Art Band" for n in range(24)})


def ask(api: MessagesApi, problem: Problem, *facts: str) -> Rephrased:
    return rephrased(facts, problem, Claude(ClaudeSettings(send=True, base_url=api.url), api_key=KEY))


def test_words_come_back_with_names_and_figures(api: MessagesApi, art: Problem) -> None:
    api.will(
        saying("S1 (C1, with T1) has N1 of N2 seats taken. N3 students would lose; S2 is in P1, N4 clash.")
    )
    told = ask(api, art, *FACTS)
    assert told.by_claude
    assert told.text == (
        "Art-1 (Art, with pat) has 24 of 30 seats taken. 7 students would lose; Band-1 is in R2, four clash."
    )
    assert told.note == ""
    assert (told.record["tokens_in"], told.record["stop_reason"]) == (1200, "end_turn")


def test_no_name_and_no_figure_is_sent(api: MessagesApi, art: Problem) -> None:
    api.will(saying("S1 is fine."))
    ask(api, art, *FACTS, "No students wait, and nobody, not one of them, has 1,250.5 of it.")
    facts = api.seen[0].json["messages"][0]["content"]
    assert facts == (
        "<facts>\n"
        "- S1 is a section of C1, taught by T1.\n"
        "- N1 of N2 seats are taken, and N3 students would lose a request.\n"
        "- In P1 its teacher has S2; N4 of its N1 students are busy then.\n"
        "- N5 students wait, and N6, not N7 of them, has N8 of it.\n"
        "</facts>"
    )


@pytest.mark.parametrize(
    "words",
    [
        "S1 has 24 of 30 seats taken, and 7 students would lose a request.",
        "S1 has twenty-four of its seats taken: four students, or 24, are busy.",
        "One of the sections is S1; it is four short.",
    ],
)
def test_figures_that_are_among_the_facts_may_be_said(api: MessagesApi, art: Problem, words: str) -> None:
    facts = (*FACTS, "Twenty students would be good.")
    api.will(saying(words))
    assert ask(api, art, *facts).by_claude


INVENTED = {
    "another figure": "S1 has 25 students.",
    "a figure in two": "S1 has 2 4 students.",
    "a share": "S1 is 80 % full.",
    "a number word": "S1 loses eight students.",
    "a large number word": "S1 has thirty seats or forty.",
    "one student": "S1 loses one student.",
    "none": "Nobody loses a request in S1.",
    "half": "S1 is half full.",
    "a figure of another script": "S1 has ٢٥ students.",
    "a fraction": "S1 is ¾ full.",
    "a superscript": "S1 has 24² students.",
    "a figure in a word": "S1 has 25x the students.",
    "another section": "S1 and S9 are full.",
    "another code": "S1 of T2 is full.",
    "a token that there is not": "S1 has N9 students.",
    "nothing": "   ",
    "a novel": "S1 is good. " * 400,
}


@pytest.mark.parametrize("words", INVENTED.values(), ids=INVENTED)
def test_what_is_not_among_the_facts_leaves_them_plain(api: MessagesApi, art: Problem, words: str) -> None:
    api.will(saying(words))
    told = ask(api, art, *FACTS)
    assert not told.by_claude
    assert told.text == "\n".join(FACTS)
    assert told.note.endswith("so the facts stand as they are.")
    assert told.record["received"] == words.strip()


@pytest.mark.parametrize(
    "fact",
    [
        "x3 does not get Art.",
        "17 does not get Art.",
        "The student does not get Art.",
        "Student 17 does not get Art.",
        "It is the only section for this student.",
    ],
)
def test_a_fact_about_one_student_is_never_sent(api: MessagesApi, art: Problem, fact: str) -> None:
    api.will(saying("S1 is fine."))
    told = ask(api, art, *FACTS, fact)
    assert (told.by_claude, told.text) == (False, "\n".join([*FACTS, fact]))
    assert "may not be sent" in told.note
    assert api.seen == []


def test_facts_about_flags_stay_and_stand_last(api: MessagesApi, art: Problem) -> None:
    api.will(saying("S1 is taught by T1."))
    told = ask(api, art, "7 of them are SPED students.", FACTS[0])
    assert told.text == "Art-1 is taught by pat.\n7 of them are SPED students."
    assert "stand as they are" in told.note
    assert "sped" not in api.seen[0].body.decode().casefold()
    assert not ask(api, art, "12 SPED students at most.").by_claude
    assert len(api.seen) == 1


def test_no_answer_leaves_the_facts_plain(api: MessagesApi, art: Problem) -> None:
    api.will(failing(401, "authentication_error"))
    told = ask(api, art, *FACTS)
    assert (told.by_claude, told.text) == (False, "\n".join(FACTS))
    assert told.note == "Claude does not accept the key (HTTP 401)."
    assert told.record["failed"] == "key"
    off = rephrased(FACTS, art, Claude(ClaudeSettings(base_url=api.url), api_key=KEY))
    assert (off.by_claude, off.note) == (False, "Nothing may be sent to Claude.")
    assert len(api.seen) == 1


def test_explanations_of_sections_name_nobody(
    api: MessagesApi, tmp_path_factory: pytest.TempPathFactory
) -> None:
    problem = school_of_named_people(tmp_path_factory.mktemp("named") / "school", seed=4)
    timetable = greedy(problem)
    api.will(saying("This is all."))
    sections = list(problem.sections)[::9]
    for section in sections:
        ask(api, problem, *explain(problem, timetable, section).facts)
    assert len(api.seen) > len(sections) // 2, "most explanations of a section may be told"
    for seen in api.seen:
        assert people_in(problem, seen.body.decode()) == set()
        facts = seen.json["messages"][0]["content"]
        assert name_of(5) not in facts
        bare = [word for word in facts.split() if word[:1].isdecimal()]
        assert bare == []


def test_receipts_are_kept_of_it_too(api: MessagesApi, art: Problem) -> None:
    api.will(saying("S1 is fine."))
    receipts: list[Receipt] = []
    settings = ClaudeSettings(send=True, base_url=api.url)
    rephrased(FACTS, art, Claude(settings, api_key=KEY, on_receipt=receipts.append))
    assert [one.body.encode() for one in receipts] == [one.body for one in api.seen]
