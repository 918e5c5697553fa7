"""Facts about sections in Claude's words, as long as every figure in them is among the facts.

Claude is told no figure and no name: both have codes, which are put back into its answer. What it may not
be told at all, and what it may not say, leaves the plain facts as they are.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from echelon_lib.advice.advisor import AdviserUnavailable
from echelon_lib.advice.codebook import CODE, Codebook, Sort
from echelon_lib.advice.conversation import Line, Question
from echelon_lib.advice.private import Private, names_in, speaks_of_flags
from echelon_lib.advice.prompts import PROMPT_VERSION, REPHRASE, rephrase_request
from echelon_lib.advice.proposals import printable
from echelon_lib.domain.problem import Problem
from echelon_lib.schools import School, school_of

_SMALL = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen"),
    *("nineteen", "twenty"),
)
_WORDS = {word: str(value) for value, word in enumerate(_SMALL)}
_WORDS |= {"dozen": "12", "thirty": "30", "forty": "40", "fifty": "50", "sixty": "60", "seventy": "70"}
_WORDS |= {"eighty": "80", "ninety": "90", "hundred": "100", "half": "1/2", "twice": "2", "double": "2"}
_FIGURE = r"\d+(?:[.,]\d+)*"
_NUMBER = re.compile(
    rf"(?<![^\W_])(?:{_FIGURE}|{'|'.join(_WORDS)}|nobody|none|no(?= (?:student|request)))(?![^\W_])",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"(?<![^\W_])N[1-9][0-9]*(?![^\W_])")
# "One of them" counts nothing; "one student" does.
_ONE = re.compile(
    r"one (?:more |other |single )?(?:student|section|seat|request|teacher|period|course)", re.I
)
# A number may be somebody's identifier: counts take the plural.
_ONE_STUDENT = re.compile(
    r"(?<!\bN\d )(?<!\bN\d\d )(?<!\bN\d\d\d )\bstudent\b"
    r"|\bN\d+ (?:does|did|is|has|was|asks|takes|gets|loses|cannot)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Rephrased:
    """Facts in words.

    Parameters
    ----------
    text
        Claude's words, or the plain facts.
    by_claude
        Whether they are Claude's.
    note
        Why they are not, or which of them are not; empty otherwise.
    record
        Calls, tokens and so on; empty where nothing was asked.
    """

    text: str
    by_claude: bool = False
    note: str = ""
    record: Mapping[str, Any] = field(default_factory=dict)


def rephrased(facts: Sequence[str], problem: Problem, line: Line) -> Rephrased:
    """Return facts about sections in Claude's words, or as they are where that is not possible.

    Facts about a single student are never sent. Facts about flags of students stay as they are and stand
    after the others.

    Parameters
    ----------
    facts
        Sentences, such as those of ``why_here``.
    problem
        The school's problem, whose names are replaced by codes.
    line
        Who rephrases: ``Claude(settings)``.

    Raises
    ------
    EchelonError
        When the problem was not made of the files of a school.
    """
    plain = "\n".join(facts)
    school = school_of(problem)
    told = [fact for fact in facts if not speaks_of_flags(fact)]
    kept = [fact for fact in facts if speaks_of_flags(fact)]
    cipher = _Cipher(problem, school)
    coded = [cipher.coded(fact) for fact in told]
    if not told or not all(map(cipher.may_be_sent, coded)):
        return Rephrased(plain, note="These facts may not be sent to Claude, so they stand as they are.")
    try:
        answer = line.ask(Question(REPHRASE, rephrase_request(coded)))
    except AdviserUnavailable as error:
        record = {"prompt": PROMPT_VERSION, **error.record, "failed": error.kind}
        return Rephrased(plain, note=str(error).partition("\n")[0], record=record)
    record = {"prompt": PROMPT_VERSION, **answer.record}
    words = printable(answer.text).strip()
    if fault := cipher.fault(words, told):
        note = f"Claude's words {fault}, so the facts stand as they are."
        return Rephrased(plain, note=note, record={**record, "received": words})
    note = "The last facts may not be sent to Claude and stand as they are." if kept else ""
    return Rephrased("\n".join([cipher.named(words), *kept]), by_claude=True, note=note, record=record)


class _Cipher:
    """Codes for the names and tokens for the numbers of some facts."""

    def __init__(self, problem: Problem, school: School) -> None:
        self._private = Private(school.files)
        self._names = list(_names(problem, school))
        self._book = Codebook()
        self._book.avoid(names_in(school.files))
        self._numbers: dict[str, str] = {}
        self._sent: set[str] = set()

    def coded(self, fact: str) -> str:
        """Return a fact as it may be sent."""
        text = self._book.coded(fact, self._names)
        # A piece between codes may hold numbers; a code holds none.
        pieces, at = [], 0
        for code in CODE.finditer(text):
            pieces += [_NUMBER.sub(self._token, text[at : code.start()]), code[0]]
            at = code.end()
        coded = "".join([*pieces, _NUMBER.sub(self._token, text[at:])])
        self._sent |= self._book.codes_in(coded) | {one[0] for one in _TOKEN.finditer(coded)}
        return coded

    def may_be_sent(self, coded: str) -> bool:
        """Return whether nobody can be known by a coded fact, as far as it holds words that are no codes."""
        bare = _TOKEN.sub(" ", CODE.sub(" ", coded))
        strange = self._private.found_in(bare) or any(letter.isdecimal() for letter in bare)
        return not strange and not _ONE_STUDENT.search(coded)

    def _token(self, number: re.Match[str]) -> str:
        return self._numbers.setdefault(number[0], f"N{len(self._numbers) + 1}")

    def named(self, text: str) -> str:
        """Return a text with names and numbers again."""
        meant = {token: number for number, token in self._numbers.items()}
        return self._book.named(_TOKEN.sub(lambda token: meant[token[0]], text))

    def fault(self, words: str, facts: Sequence[str]) -> str:
        """Return what speaks against an answer, after *Claude's words*; empty where nothing does."""
        if not words:
            return "are empty"
        if len(words) > 1_000 + 5 * sum(map(len, facts)):
            return "are far longer than the facts"
        spoken = self._book.codes_in(words) | {one[0] for one in _TOKEN.finditer(words)}
        if not spoken <= self._sent:
            return "speak of what is not among the facts"
        bare = _TOKEN.sub(" ", CODE.sub(" ", words))
        # What is left of figures after the numbers, such as those in 24x and 3², is no number of the facts.
        if any(unicodedata.category(letter)[0] == "N" for letter in _NUMBER.sub(" ", bare)):
            return "hold a figure that is not among the facts"
        known = {value for number in self._numbers for value in _values(number)}
        counted = bare if _ONE.search(bare) else re.sub(r"\bone\b", " ", bare, flags=re.IGNORECASE)
        if not set(_values(counted)) <= known:
            return "hold a figure that is not among the facts"
        return ""


def _values(text: str) -> Iterator[str]:
    """Yield the numbers of a text, in figures or in words, each in one manner of writing."""
    for number in _NUMBER.finditer(text):
        word = number[0].casefold()
        if word in _WORDS:
            yield _WORDS[word]
        elif word in ("no", "none", "nobody"):
            yield "0"
        else:
            yield word.replace(",", "").strip().lstrip("0") or "0"


def _names(problem: Problem, school: School) -> Iterator[tuple[Sort, str]]:
    files = school.files
    yield from (("section", row.id) for row in files.sections)
    yield from (("teacher", row.id) for row in files.teachers)
    yield from (("course", course.id) for course in problem.courses)
    yield from (("period", row.name) for row in files.periods)
    yield from (("department", row.department) for row in files.sections)
    yield from (("department", row.department) for row in files.teachers)
