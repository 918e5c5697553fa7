"""Lists of actions: checked one after the other, applied all or none, taken back one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from echelon_lib.advice.actions import Action
from echelon_lib.advice.situation import Reason, Situation
from echelon_lib.checks.finding import Finding
from echelon_lib.domain.errors import EchelonError
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.locks import restored
from echelon_lib.preflight import obstacles
from echelon_lib.schools import School

UNSAID = "it breaks a rule about its students."
"""What is said of a reason that may not leave the house."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is said of one action of a list, judged after those before it that are legal.

    Parameters
    ----------
    action
        The action.
    sentence
        What it does, in a sentence; empty for one whose section or course does not exist.
    reasons
        What speaks against it; empty where it is legal.
    """

    action: Action
    sentence: str
    reasons: tuple[Reason, ...]

    @property
    def legal(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.reasons


@dataclass(frozen=True)
class Changes:
    """A problem after the legal actions of a list.

    Parameters
    ----------
    problem
        The problem with the changes.
    timetable
        What is left of the timetable that was given: the start of the next solve. It may lack placements and
        clash; None without one.
    verdicts
        What is said of each action, in the order of the list.
    """

    problem: Problem
    timetable: Timetable | None
    verdicts: tuple[Verdict, ...]

    @property
    def applied(self) -> tuple[Action, ...]:
        """The actions that were applied, in order."""
        return tuple(verdict.action for verdict in self.verdicts if verdict.legal)

    @property
    def refused(self) -> tuple[Verdict, ...]:
        """The actions that were not, with what speaks against them."""
        return tuple(verdict for verdict in self.verdicts if not verdict.legal)


class ActionsRefused(EchelonError):
    """A list of actions of which at least one is not legal; none was applied.

    ``refused`` has every reason. The message may end in a log, so it says nothing about students with a flag.
    """

    def __init__(self, refused: Sequence[Verdict]) -> None:
        self.refused = tuple(refused)
        lines = [f"{len(refused)} of the actions cannot be applied, so none was:"]
        for verdict in refused:
            named = f"{verdict.action.kind} {verdict.action.subject!r}"
            words = (one.text if one.public else UNSAID for one in verdict.reasons)
            lines.append(f"  {named}: {' '.join(words)}")
        super().__init__("\n".join([*lines, "  Maybe leave these out?"]))


class Draft:
    """A list of actions in the making: each is judged with the legal ones before it applied.

    Parameters
    ----------
    problem
        The problem of a school.
    timetable
        The timetable of the problem, for what depends on enrolments.
    by_person
        Whether a person makes the list: some actions are not for an adviser to propose.

    Raises
    ------
    EchelonError
        When the problem was not made of the files of a school.

    Notes
    -----
    What speaks against an action depends on its courses and teachers alone, so the problem is made anew only
    before an action that shares one with an earlier one. Only arithmetic looks at everything at once; it is
    asked at the end, and once more after each action if the list makes anything impossible.
    """

    def __init__(
        self, problem: Problem, timetable: Timetable | None = None, *, by_person: bool = True
    ) -> None:
        self.verdicts: list[Verdict] = []
        self._given = (problem, timetable, by_person)
        self._proofs: tuple[Finding, ...] | None = None
        self._situation = Situation(problem, timetable)
        self._school: School = self._situation.school
        self._timetable = timetable
        self._changed: set[tuple[str, str]] = set()
        self._touched: dict[tuple[str, str], int] = {}

    def situation(self, action: Action | None = None) -> Situation:
        """Return the school with the legal actions applied, or at least those that matter to another one."""
        if self._changed and (action is None or self._changed & _concerns(action, self._situation)):
            # Locks that were set since the files were read are in none of them.
            changed = self._restored(self._school)
            self._situation = Situation(changed, self._timetable)
            self._changed = set()
        return self._situation

    def _restored(self, school: School) -> Problem:
        """Return the problem of a changed school with the locks of the one that was given."""
        return restored(school.problem(), self._given[0], enforcement=school.rules.enforcement("locks"))

    def verdict(self, action: Action) -> Verdict:
        """Return what is said of an action that would come next."""
        situation = self.situation(action)
        reasons = [*_twice(action, self._touched)] or [*action.faults(situation)]
        by_person = self._given[2]
        if action.person_only and not by_person:
            reasons.append(Reason("this is for a person to decide, and no adviser may propose it."))
        if not reasons and self._proofs is not None:
            after: School = action.changed(self._school)
            broken = _new_obstacles(self._restored(after), self._proofs)
            reasons = [Reason(text, public=False) for text in broken]
        sentence = "" if _strange(action, situation) else action.sentence(situation)
        return Verdict(action, sentence, tuple(reasons))

    def add(self, action: Action) -> Verdict:
        """Put an action at the end of the list, apply it if it is legal, and return what is said of it."""
        verdict = self.verdict(action)
        self.verdicts.append(verdict)
        if verdict.legal:
            self._changed |= _concerns(action, self._situation)
            if self._timetable is not None:
                self._timetable = action.carry(self._situation, self._timetable)
            self._school = action.changed(self._school)
            self._touched |= dict.fromkeys(_touches(action), len(self.verdicts))
        return verdict

    def changes(self) -> Changes:
        """Return what the list comes to, without actions by which something becomes impossible."""
        found = Changes(self.situation().problem, self._timetable, tuple(self.verdicts))
        if self._proofs is not None or not found.applied:
            return found
        problem, timetable, by_person = self._given
        proofs = obstacles(problem)
        if not _new_obstacles(found.problem, proofs):
            return found
        again = Draft(problem, timetable, by_person=by_person)
        again._proofs = proofs
        for verdict in self.verdicts:
            again.add(verdict.action)
        return again.changes()


def judge(
    problem: Problem,
    actions: Sequence[Action],
    timetable: Timetable | None = None,
    *,
    by_person: bool = True,
) -> Changes:
    """Apply the legal actions of a list, one after the other, and say why the others are not.

    Parameters
    ----------
    problem
        The problem of a school.
    actions
        Actions in order; each is judged with the legal ones before it applied.
    timetable
        The timetable of the problem, for what depends on enrolments.
    by_person
        Whether a person made the list: some actions are not for an adviser to propose.

    Raises
    ------
    EchelonError
        When the problem was not made of the files of a school.
    """
    draft = Draft(problem, timetable, by_person=by_person)
    for action in actions:
        draft.add(action)
    return draft.changes()


def apply(problem: Problem, actions: Sequence[Action], timetable: Timetable | None = None) -> Problem:
    """Apply a list of actions, all of them or none.

    Parameters
    ----------
    problem
        The problem of a school; it stays as it is, so that taking all back is to go on with it.
    actions
        Actions in order, such as ``advice.actions``.
    timetable
        The timetable of the problem, for what depends on enrolments.

    Returns
    -------
    Problem
        As it would be read from the files with the changes in them.

    Raises
    ------
    ActionsRefused
        When any of them is not legal, or two do not go together; with every reason.
    EchelonError
        When the problem was not made of the files of a school.
    """
    changes = judge(problem, actions, timetable)
    if changes.refused:
        raise ActionsRefused(changes.refused)
    return changes.problem


def undo(
    problem: Problem, actions: Sequence[Action], action: Action, timetable: Timetable | None = None
) -> tuple[Action, ...]:
    """Return the list of actions without one of them, if the others stand without it.

    Parameters
    ----------
    problem, timetable
        The problem, and its timetable, as they were before any of the actions.
    actions
        The actions that were applied, in order.
    action
        The one to take back.

    Raises
    ------
    ActionsRefused
        When a later action needs it; that one has to be taken back first.
    ValueError
        When the action is none of the list.
    """
    left = list(actions)
    left.remove(action)
    apply(problem, left, timetable)
    return tuple(left)


def respect_of(action: Action) -> str:
    """Return in which respect an action changes its subject: its kind, a merge being a removal."""
    return "remove" if action.kind == "merge" else action.kind


def touched(action: Action) -> frozenset[str]:
    """Return the names of what an action changes or makes: two that share one are for different lists."""
    return frozenset(name for _, name in _touches(action))


def _strange(action: Action, situation: Situation) -> bool:
    """Return whether an action speaks of what is not there, so that no sentence can be made of it."""
    named = {name for key in ("section", "into") if (name := getattr(action, key, None)) is not None}
    if not named <= situation.sections.keys():
        return True
    return isinstance(getattr(action, "course", None), str) and not situation.offers(action.course)  # type: ignore[union-attr]


def _concerns(action: Action, situation: Situation) -> set[tuple[str, str]]:
    """Return the sections, courses and teachers on which it depends whether an action is legal."""
    named = {key: getattr(action, key, "") for key in ("section", "into", "new_section", "course")}
    found = {("section", named[key]) for key in ("section", "into", "new_section")} | {
        ("course", named["course"])
    }
    found |= {("teacher", getattr(action, key, "")) for key in ("teacher", "releases")}
    for row in (situation.sections.get(named[key]) for key in ("section", "into")):
        if row is not None:
            found |= {("course", row.course), ("teacher", row.teacher or "")}
    return {(kind, name) for kind, name in found if name}


def _touches(action: Action) -> tuple[tuple[str, str], ...]:
    """Return what an action changes and in which respect: a second action may not change it again."""
    made = (("add", action.new_section),) if action.kind == "split" else ()
    return ((respect_of(action), action.subject), *made)


def _twice(action: Action, touched: dict[tuple[str, str], int]) -> Sequence[Reason]:
    """Return how an action goes against an earlier one of the list."""
    mine = respect_of(action)
    for (respect, subject), earlier in touched.items():
        if subject != action.subject:
            continue
        if respect == "remove":
            return [Reason(f"action {earlier} of this list gives up {subject}.")]
        if respect == mine:
            return [Reason(f"action {earlier} of this list changes {subject} in the same way already.")]
        if mine == "remove":
            return [Reason(f"action {earlier} of this list changes {subject}, which this one gives up.")]
    return []


def _new_obstacles(problem: Problem, proofs: Sequence[Finding]) -> tuple[str, ...]:
    """Return what is impossible now, beyond what was so before."""
    found = obstacles(problem)
    return tuple(one.message for one in found if not any(_no_worse(one, proof) for proof in proofs))


def _no_worse(one: Finding, proof: Finding) -> bool:
    """Return whether an obstacle is a part of an earlier one: nobody else is concerned, and nothing grew."""
    same = (one.rule, one.place) == (proof.rule, proof.place) and set(one.who) <= set(proof.who)
    amounts = ("surplus", "amount", "needed")
    return same and all(one.numbers.get(name, 0) <= proof.numbers.get(name, 0) for name in amounts)
