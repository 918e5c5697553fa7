"""What a measurement of advisers came to, as tables with intervals and as a page of Markdown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, stdev
from typing import Any

from echelon_lib.analysis.score import Score
from echelon_lib.checks.finding import counted
from echelon_lib.runs.bench_advice import NONE, Plan, Trial
from echelon_lib.runs.planted import HARMFUL

CONFIDENCE = 95
"""Percent."""
UNKNOWN = "–"
NOT_RUN = "not run"

_Figure = Callable[[Score], int]
_MEASURES: Mapping[str, _Figure] = {
    "Unmet": lambda score: score.unmet,
    "Surplus": lambda score: score.surplus,
    "Shortfall": lambda score: score.shortfall,
}

_OTHERS = {"rules": (NONE, "random"), "random": (NONE,), "claude": (NONE, "random", "rules")}
_CAME_TO = (
    "Means over the schools, their seeds averaged first. Before is the first solve, which all arms share. "
    "Unmet is the weight of the unmet requests, surplus counts sections beyond the fewest that hold the "
    "requests, shortfall the students who are missing in sections under 75 % of their seats."
)
_AGAINST = (
    "Paired differences of what both reached on the same school with the same seed: less than 0 is better, "
    f"and where the {CONFIDENCE} % t interval over schools holds 0 no difference is shown. Any change of "
    "sections makes the search look elsewhere, which may help by itself as long as there is much to gain: "
    "what the random adviser gains is that, and luck."
)
_PROPOSED = (
    "Silent: rounds without a proposal; rightly: those in which no section was under the target that a "
    "change could help. Valid: the share of the proposals that were legal at first answer; one that could "
    "not be read is not. Useful: the share of the applied proposals that belong to a round which was kept "
    "and after which the score was lower than after the same solve, from the same start, without them; "
    "single proposals are not told apart. Accepted: those of rounds that were kept, for which it is "
    "enough that the score is not worse. Tokens, dollars and seconds of asking are those for each "
    "accepted one."
)
_PLANTED = (
    "One wrong action before the first advice of each run, solved beside the run itself. Illegal ones are "
    "by turns about a section that is not there, the only section of a course, and a section for a "
    "teacher who may not have it. Harmful ones are legal: of the sections by whose loss students of the "
    "course are left without, that one is given up which leaves most requests unmet as the timetable "
    "stands, though a search may find places for them again. Harmed: it was kept, and its course has "
    "fewer students than before."
)


@dataclass(frozen=True, slots=True)
class Difference:
    """A mean difference with its interval; no interval for fewer than two schools."""

    mean: float
    low: float | None = None
    high: float | None = None

    @property
    def interval(self) -> str:
        """The interval in words."""
        if self.low is None or self.high is None:
            return UNKNOWN
        return f"{_number(self.low)} to {_number(self.high)}"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table with a title and the sentences that say what its columns mean."""

    title: str
    notes: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def measured(self) -> list[tuple[str, ...]]:
        """The rows of what was run."""
        return [row for row in self.rows if not any(cell.startswith(NOT_RUN) for cell in row)]


def difference(by_school: Mapping[int, Sequence[float]]) -> Difference:
    """Return the mean of paired differences with a t interval over schools.

    Parameters
    ----------
    by_school
        The differences of each school, one a seed. Seeds of one school are not independent, so they are
        averaged first.
    """
    from scipy.stats import t

    means = [fmean(values) for values in by_school.values()]
    if len(means) < 2:
        return Difference(fmean(means))
    quantile = float(t.ppf((1 + CONFIDENCE / 100) / 2, len(means) - 1))
    half = quantile * stdev(means) / sqrt(len(means))
    return Difference(fmean(means), fmean(means) - half, fmean(means) + half)


def sheets(plan: Plan, trials: Iterable[Trial]) -> tuple[Sheet, ...]:
    """Return the tables of the trials that are finished.

    Parameters
    ----------
    plan
        What is measured; every arm of it has a row.
    trials
        In any order.
    """
    listed = sorted(trials, key=lambda one: (one.school, one.seed, plan.arms.index(one.arm)))
    of = {arm: [one for one in listed if one.arm == arm] for arm in plan.arms}
    advised = [arm for arm in plan.arms if arm != NONE]
    return (
        Sheet(
            "What it came to",
            _CAME_TO,
            ("Measure", "Arm", "Runs", "Before", "After"),
            tuple(
                (name, arm, *_came_to(figure, of[arm]))
                for name, figure in _MEASURES.items()
                for arm in plan.arms
            ),
        ),
        Sheet(
            "One against the other",
            _AGAINST,
            ("Measure", "Arm", "Against", "Runs", "Difference", f"{CONFIDENCE} % interval"),
            tuple(
                (name, arm, other, *_against(figure, of[arm], of[other]))
                for name, figure in _MEASURES.items()
                for arm in advised
                for other in _OTHERS[arm]
                if other in plan.arms
            ),
        ),
        Sheet(
            "What was proposed",
            _PROPOSED,
            (
                *("Arm", "Rounds", "Silent", "Rightly", "Proposals", "Valid", "Applied", "Useful"),
                *("Accepted", "Rolled back", "Tokens", "USD", "Seconds"),
            ),
            tuple((arm, *_proposed(of[arm])) for arm in advised),
        ),
        Sheet(
            "Wrong advice planted",
            _PLANTED,
            ("Arm", "Kind", "Planted", "Passed the check", "Kept", "Harmed"),
            tuple(row for arm in advised for row in _planted(arm, of[arm])),
        ),
        Sheet(
            "Every run",
            "Before and after are unmet weight, surplus and shortfall.",
            (
                *("School", "Seed", "Arm", "Before", "After", "Proposals", "Legal", "Accepted"),
                *("Rolled back", "Planted"),
            ),
            tuple(map(_single, listed)),
        ),
    )


def markdown(plan: Plan, trials: Sequence[Trial], how: str) -> str:
    """Return the tables as a page of Markdown that says how it was made, and what is missing."""
    whole = plan.schools * plan.seeds * len(plan.arms)
    lines = ["# Advice", "", f"Made by `{how}`.", ""]
    if len(trials) < whole:
        lines += [f"**Not finished: {len(trials)} of {whole} runs.**", ""]
    lines += [
        f"{counted(plan.schools, 'generated school')} of {plan.students} students, with {plan.surplus} "
        f"sections added that nobody needs and {plan.missing} taken away that are needed, and "
        f"{counted(plan.seeds, 'seed')} of the solver for each. Every second school has 60 different request "
        "lists; in the others nearly every student has one of their own. After the common first solve every "
        f"arm has {counted(plan.rounds, 'solve')} of {plan.seconds:g} seconds, with advice as long as there "
        "is any and without it from then on.",
        "",
    ]
    lines += [line for text in told(trials) for line in (f"*{text}*", "")]
    for sheet in sheets(plan, trials):
        lines += [f"## {sheet.title}", "", sheet.notes, ""]
        lines += ["| " + " | ".join(sheet.columns) + " |", "|" + "---|" * len(sheet.columns)]
        lines += ["| " + " | ".join(row) + " |" for row in sheet.rows]
        lines += [""]
    return "\n".join(lines)


def told(trials: Iterable[Trial]) -> list[str]:
    """Return who answered, and why somebody could not be asked, a sentence each."""
    return sorted({f"{one.arm}: {text}" for one in trials for text in (one.model, one.reason) if text})


def document(plan: Plan, trials: Sequence[Trial]) -> dict[str, Any]:
    """Return the tables as plain JSON types."""
    return {
        "finished": len(trials) == plan.schools * plan.seeds * len(plan.arms),
        "tables": [
            {"title": one.title, "columns": list(one.columns), "rows": [list(row) for row in one.rows]}
            for one in sheets(plan, trials)
        ],
    }


def _came_to(figure: _Figure, trials: Sequence[Trial]) -> tuple[str, ...]:
    ran = [(one.school, figure(one.before), figure(one.after)) for one in trials if one.after is not None]
    if not ran:
        return (_missing(trials),) * 3
    before = difference(_by_school((school, one) for school, one, _ in ran))
    after = difference(_by_school((school, one) for school, _, one in ran))
    runs = str(len(ran)) if len(ran) == len(trials) else f"{len(ran)} of {len(trials)}"
    return runs, _number(before.mean), _number(after.mean)


def _against(figure: _Figure, trials: Sequence[Trial], others: Sequence[Trial]) -> tuple[str, ...]:
    base = {(one.school, one.seed): one.after for one in others}
    pairs = [
        (one.school, figure(one.after) - figure(other))
        for one in trials
        if one.after is not None and (other := base.get((one.school, one.seed))) is not None
    ]
    if not pairs:
        return (_missing([*trials, *others]),) * 3
    found = difference(_by_school(pairs))
    return str(len(pairs)), _number(found.mean), found.interval


def _by_school(values: Iterable[tuple[int, float]]) -> dict[int, list[float]]:
    found: dict[int, list[float]] = {}
    for school, value in values:
        found.setdefault(school, []).append(value)
    return found


def _proposed(trials: Sequence[Trial]) -> tuple[str, ...]:
    ran = [one for one in trials if one.after is not None]
    if not ran:
        return (_missing(trials),) * 12

    def total(name: str) -> int:
        return sum(getattr(one, name) for one in ran)

    accepted = total("accepted")
    return (
        str(total("asked")),
        str(total("said_nothing")),
        str(total("rightly")),
        str(total("proposals")),
        _share(total("legal"), total("proposals")),
        str(total("applied")),
        _share(total("useful"), total("applied")),
        str(accepted),
        str(total("rolled_back")),
        _each([one.tokens for one in ran], accepted, ",.0f"),
        _each([one.usd for one in ran], accepted, ".4f"),
        _each([one.seconds for one in ran], accepted, ".2f"),
    )


def _planted(arm: str, trials: Sequence[Trial]) -> list[tuple[str, ...]]:
    found = [one.planted for one in trials if one.planted is not None]
    if not any(one.after is not None for one in trials):
        return [(arm, *(_missing(trials),) * 5)]
    rows = []
    for kind in ("illegal", HARMFUL):
        own = [one for one in found if (one.kind == HARMFUL) == (kind == HARMFUL)]
        counts = [sum(getattr(one, name) for one in own) for name in ("applied", "kept", "harmed")]
        rows.append((arm, kind, str(len(own)), *map(str, counts)))
    return rows


def _single(one: Trial) -> tuple[str, ...]:
    named = (str(one.school), str(one.seed), one.arm, _three(one.before))
    if one.after is None:
        return (*named, *(_missing([one]),) * 6)
    if one.arm == NONE:
        return (*named, _three(one.after), *(UNKNOWN,) * 5)
    counts = (one.proposals, one.legal, one.accepted, one.rolled_back)
    return (*named, _three(one.after), *map(str, counts), _became(one))


def _became(one: Trial) -> str:
    planted = one.planted
    if planted is None:
        return UNKNOWN
    what = "refused" if not planted.applied else "kept" if planted.kept else "rolled back"
    return f"{planted.kind}: {what}"


def _missing(trials: Sequence[Trial]) -> str:
    """Return what stands where nothing was measured: why it did not run, if that is known."""
    reasons = sorted({one.not_run for one in trials if one.not_run})
    return f"{NOT_RUN}: {', '.join(reasons)}" if reasons else UNKNOWN


def _three(score: Score) -> str:
    return f"{score.unmet}, {score.surplus}, {score.shortfall}"


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %" if whole else UNKNOWN


def _each(values: Sequence[float | None], accepted: int, form: str) -> str:
    known = [value for value in values if value is not None]
    return format(sum(known) / accepted, form) if known and accepted else UNKNOWN


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.1f}"
