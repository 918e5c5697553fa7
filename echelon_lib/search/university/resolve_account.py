"""What a re-solve moved, whom it affects, and what has no place, with the reason."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from echelon_lib.domain.calendar import Time
from echelon_lib.domain.timetable import Placement, Timetable
from echelon_lib.scoring.evaluate import Evaluation
from echelon_lib.search.kernels.university_layout import TEACHER_WEIGHT
from echelon_lib.search.university.arrays import UniversityArrays
from echelon_lib.search.university.desk import Desk
from echelon_lib.search.university.parallel import ParallelOffer
from echelon_lib.solvers.result import StageRecord

Ints = NDArray[np.int64]

What = Literal["time", "room", "new"]
Cause = Literal["had to", "to make room"]
SHOWN = 12
"""Moves that are told one by one."""
UNPLACED = "unplaced meetings"
"""What the evaluator calls meetings without a place."""
FEW = 3
"""Hours and names that are listed in a reason."""


@dataclass(frozen=True, slots=True)
class MovedSession:
    """A meeting that is not where it was published.

    Parameters
    ----------
    meeting, section, course
        Which one.
    what
        Another hour, another room at the same hour, or a place for one that had none.
    before, after
        Where it was, and is.
    cause, why
        Whether it could not stay or made room for others, and why in a few words.
    sentence
        All this.
    """

    meeting: str
    section: str
    course: str
    what: What
    before: Placement | None
    after: Placement
    cause: Cause
    why: str
    sentence: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A meeting that has no place, and why; ``sentence`` names no student."""

    meeting: str
    section: str
    course: str
    sentence: str


@dataclass(frozen=True)
class Resolved:
    """A published timetable made good again.

    Parameters
    ----------
    timetable, evaluation
        The timetable and what the evaluator says of it.
    moved
        What is not where it was published: other hours first, then other rooms, then new meetings.
    left
        Meetings that have no place, with the reason.
    broken
        Other required rules that no hour and no room can keep, in sentences.
    cap
        Meetings that were allowed to get another hour; None for any number.
    seeds
        Attempts that were made.
    offers
        Students who could change to parallel sections, so that what has no place finds one.
    stages, told
        What each stage came to, and what it did in words.
    """

    timetable: Timetable
    evaluation: Evaluation
    moved: tuple[MovedSession, ...]
    left: tuple[LeftOut, ...]
    broken: tuple[str, ...]
    cap: int | None
    seeds: int
    offers: tuple[ParallelOffer, ...] = ()
    stages: tuple[StageRecord, ...] = ()
    told: tuple[str, ...] = ()

    @property
    def counts(self) -> dict[What, int]:
        """How many meetings have another hour, only another room, or are new."""
        found = Counter(one.what for one in self.moved)
        return {what: found[what] for what in ("time", "room", "new")}

    @property
    def over_cap(self) -> bool:
        """Whether more meetings have another hour than were allowed to."""
        return self.cap is not None and self.counts["time"] > self.cap

    @property
    def clean(self) -> bool:
        """Whether every required rule is kept, without more moves than allowed."""
        return self.evaluation.feasible and not self.over_cap

    @property
    def notes(self) -> tuple[str, ...]:
        """What happened in counts."""
        times, rooms, new = self.counts.values()
        words = [f"{_counted(times, 'session')} at another hour", f"{rooms:,} only in another room"]
        words += [f"{new:,} new"] if new else []
        found = [f"{', '.join(words)}.", *self._lacks]
        if self.over_cap:
            found.append(f"At most {self.cap:,} were to get another hour: the answer is not within that.")
        return tuple(found)

    @property
    def _lacks(self) -> tuple[str, ...]:
        """How much has no place or cannot be kept."""
        found = []
        if self.left:
            found.append(f"{_counted(len(self.left), 'session')} without a place.")
        if self.broken:
            found.append(f"{_counted(len(self.broken), 'required rule')} that no hour and no room can keep.")
        return tuple(found)

    @property
    def kept_out(self) -> tuple[str, ...]:
        """What has no place or cannot be kept, in sentences that name no student; then what is offered."""
        kept = (*(one.sentence for one in self.left), *self.broken)
        return (
            *(f"Cannot be kept: {sentence}" for sentence in kept),
            *(f"Offered: {offer.sentence}" for offer in self.offers),
        )

    @property
    def lacking(self) -> tuple[str, ...]:
        """The same in counts, and the first of the sentences."""
        more = len(self.kept_out) - SHOWN
        rest = (f"{_counted(more, 'more sentence')} of this kind.",) if more > 0 else ()
        return (*self._lacks, *self.kept_out[:SHOWN], *rest)

    @property
    def facts(self) -> tuple[str, ...]:
        """What happened in sentences; they name no student."""
        told = [one.sentence for one in self.moved if one.what != "room"]
        more = len(told) - SHOWN
        rest = (f"{_counted(more, 'more session')}.",) if more > 0 else ()
        return (*self.notes, *told[:SHOWN], *rest, *self.kept_out)

    def __str__(self) -> str:
        return "\n".join(self.facts)


@dataclass(frozen=True)
class Told:
    """What is needed to tell of an answer.

    Parameters
    ----------
    arrays, desk
        The university, and the answer.
    published
        The timetable that people know.
    home
        Published start of each meeting.
    why
        Why a meeting could not simply stay.
    """

    arrays: UniversityArrays
    desk: Desk
    published: Timetable
    home: Ints
    why: dict[int, str]

    def account(
        self, left: list[int], timetable: Timetable, evaluation: Evaluation, *, cap: int | None, seeds: int
    ) -> Resolved:
        """Return what moved and what is left."""
        moved = [one for i, id in enumerate(self.arrays.meetings) if (one := self._moved(i, id, timetable))]
        order = {"time": 0, "room": 1, "new": 2}
        moved.sort(key=lambda one: order[one.what])
        out = tuple(LeftOut(self.arrays.meetings[i], *self._of(i), self._reason(i)) for i in left)
        broken = tuple(
            one.sentence
            for one in evaluation.violations()
            if one.enforcement.required and one.rule != UNPLACED
        )
        return Resolved(timetable, evaluation, tuple(moved), out, broken, cap, seeds)

    def _of(self, i: int) -> tuple[str, str]:
        section = self.arrays.problem.section_of[self.arrays.meetings[i]].id
        return section, self.arrays.problem.course_of[section].id

    def _moved(self, i: int, id: str, timetable: Timetable) -> MovedSession | None:
        before, after = self.published.placements.get(id), timetable.placements.get(id)
        if before == after or after is None:
            return None
        section, course = self._of(i)
        what: What = "time" if before is not None else "new"
        if before is not None and before.time == after.time:
            what = "room"
        why = self.why.get(i, "others find a place by it")
        cause: Cause = "had to" if i in self.why else "to make room"
        if before is None:
            sentence = f"{id} ({course}) is put {self._place(after)}: {why}."
        elif what == "room":
            sentence = (
                f"{id} ({course}) goes from {before.room} to {after.room}, {self._name(after.time)}: {why}."
            )
        else:
            sentence = f"{id} ({course}) moves from {self._place(before)} to {self._place(after)}: {why}."
        return MovedSession(id, section, course, what, before, after, cause, why, sentence)

    def _name(self, time: Time) -> str:
        return self.arrays.problem.calendar.name(time)

    def _place(self, placement: Placement) -> str:
        return f"{self._name(placement.time)}{f' in {placement.room}' if placement.room else ''}"

    # Reasons -----------------------------------------------------------------------------------------------

    def _reason(self, i: int) -> str:
        """Say why a meeting has no place, in a sentence that names no student."""
        problem, desk = self.arrays.problem, self.desk
        id = self.arrays.meetings[i]
        section, course = self._of(i)
        meeting, people = problem.meetings[id], int(self.arrays.university.people[i])
        what = f"{id} ({course}, {people} people)"
        if not meeting.times:
            return f"{what} has no room: none has all that it needs."
        if not len(desk.rooms(i)):
            largest = max((problem.room[room].capacity for room in meeting.rooms), default=0)
            was = self.published.placements.get(id)
            if was is not None and (*meeting.times, *meeting.rooms) == (was.time, was.room):
                return f"{what} is to stay as it was, in {was.room}, which has {largest} seats."
            return f"{what} has no room: the largest that suits it has {largest} seats."
        where = ""
        if len(meeting.times) == 1:
            where = f" and may only be {self._name(meeting.times[0])}"
        starts = desk.starts(i)
        if not starts:
            who = " and ".join(problem.teachers_of(problem.sections[section])) or "a rule"
            return f"{what} has no hour{where}: {who} is away, or a rule forbids it, whenever it could begin."
        free = [at for at in starts if not len(desk.busy(i, at))]
        rooms = len(desk.rooms(i))
        if free:
            hours = self._listed([self._at(i, at) for at in free])
            suit = (
                "the one room that suits it is"
                if rooms == 1
                else f"none of the {rooms} rooms that suit it is"
            )
            taken = "taken" if rooms == 1 else "free"
            return f"{what} has no room{where}: its people are free {hours}, and {suit} {taken} then."
        return f"{what} has no hour{where} at which all its people are free; {self._least(i, starts)}."

    def _least(self, i: int, starts: list[int]) -> str:
        """Say at which hour fewest people have something else, and who teaches then."""
        teaches = self.arrays.university.is_teacher
        busy = {at: self.desk.busy(i, at) for at in starts}

        def harm(at: int) -> tuple[int, bool, int]:
            amount = int(np.where(teaches[busy[at]], TEACHER_WEIGHT, 1).sum())
            return amount, at != self.home[i], at

        best = min(starts, key=harm)
        sizes = [self.arrays.problem.attendee[self.arrays.attendees[g]].size for g in busy[best]]
        staff = [self.arrays.attendees[g] for g in busy[best] if teaches[g]]
        students = sum(size for g, size in zip(busy[best], sizes, strict=True) if not teaches[g])
        words = [f"{' and '.join(staff)} teaches something else"] if staff else []
        words += [f"{students:,} of its people have something else"] if students else []
        return f"least is in the way {self._at(i, best)}, when {' and '.join(words)}"

    def time(self, i: int, start: int) -> Time:
        """Return the time of a meeting that begins at a slot of the week."""
        a = self.arrays.university
        return Time(start % a.slots, int(a.length[i]), 1 << start // a.slots)

    def _at(self, i: int, start: int) -> str:
        return self._name(self.time(i, start))

    @staticmethod
    def _listed(names: list[str]) -> str:
        more = len(names) - FEW
        return ", ".join(names[:FEW]) + (f" and at {more} more hours" if more > 0 else "")


def _counted(number: int, word: str) -> str:
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"
