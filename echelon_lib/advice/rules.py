"""The adviser without a computer's opinion: thresholds, and what can be shown to cost nobody a request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from echelon_lib.advice.actions import (
    Action,
    AddSection,
    ChangePeriods,
    MergeSections,
    ReassignTeacher,
    RemoveSection,
    SplitSection,
    SpreadSped,
    fresh_name,
)
from echelon_lib.advice.advisor import Advice, Past
from echelon_lib.advice.changes import Draft, respect_of
from echelon_lib.advice.rearrange import Rearrangement
from echelon_lib.advice.seating import CLOSE, OTHERS, OWN, Seating
from echelon_lib.analysis.requests import CLASH, reason_kind, unmet_requests
from echelon_lib.analysis.score import improvable
from echelon_lib.analysis.utilisation import TARGET, below, below_target, needs
from echelon_lib.domain.calendar import Time
from echelon_lib.domain.problem import Problem
from echelon_lib.domain.timetable import Timetable
from echelon_lib.school_rules import SPED

MOVES = 3
"""Effort beyond those of ``seating``: other sections may go to other periods, and students change places."""
_LOOKS = 1_500
"""Moves of sections that are looked at for one proposal, which takes a few seconds at most."""
_SPREADS = 3
"""Courses of a proposal in which SPED students are spread, at most."""
_LOOKS_EACH = (24, 48, 96, 192)
"""Moves that are looked at for one section, in one turn after the other."""


@dataclass(frozen=True)
class RuleAdvisor:
    """Proposes what can be shown, in a copy of the last timetable, to leave as many requests met.

    Parameters
    ----------
    target
        Percent of the seats that a section should reach.
    """

    target: int = TARGET

    @property
    def name(self) -> str:
        """The word by which it is chosen."""
        return "rules"

    def propose(self, problem: Problem, timetable: Timetable, history: Sequence[Past] = ()) -> Advice:
        """Return changes of sections, those that are most certain first.

        Sections are given up where a course has more than it needs and some are below the target; opened
        where enough students miss a seat and a teacher has room; given to teachers who are released. After a
        round that was rolled back it proposes half as much, and nothing again that was refused.
        """
        proposal = _Proposal(problem, timetable, self.target, history)
        proposal.give_up_sections()
        proposal.open_sections()
        proposal.free_periods()
        proposal.share_out()
        proposal.spread_sped()
        proposal.venture()
        changes = proposal.draft.changes()
        actions = changes.applied
        surplus = [
            sum(max(0, need.surplus) for need in needs(one).values()) for one in (problem, changes.problem)
        ]
        record = {
            "looks": _LOOKS - proposal.search.looks,
            "actions": dict(Counter(action.kind for action in actions)),
            "most": proposal.most,
        }
        text = _summary(actions, surplus) if actions else _nothing(problem, timetable, self.target)
        return Advice(self.name, actions, text, record, start=proposal.seating.timetable())


class _Proposal:
    """A list of actions that grows, with the timetable as it would be after them."""

    def __init__(self, problem: Problem, timetable: Timetable, target: int, history: Sequence[Past]) -> None:
        self.problem = problem
        self.timetable = timetable
        self.target = target
        self.draft = Draft(problem, timetable, by_person=False)
        self.school = self.draft.situation().school
        self.seating = Seating(problem, timetable)
        self.search = Rearrangement(self.seating, _LOOKS)
        self.need = needs(problem, target=target)
        self.rows = {row.id: row for row in self.school.files.sections}
        self.loads = Counter(row.teacher for row in self.rows.values() if row.teacher)
        self.released: Counter[str] = Counter()
        self.spare: dict[str, int] = {}
        self.looks_each = 0
        self.most, self.refused = _lessons(history)

    # The list -------------------------------------------------------------------------------------------

    @property
    def full(self) -> bool:
        """Whether the list is as long as it may be."""
        taken = sum(verdict.legal for verdict in self.draft.verdicts)
        return self.most is not None and taken >= self.most

    def add(self, action: Action) -> bool:
        """Put an action on the list if nothing speaks against it, and count whom it releases."""
        if self.full or _kind(action) in self.refused or not self.draft.verdict(action).legal:
            return False
        self.draft.add(action)
        if released := getattr(action, "releases", ""):
            self.loads[released] -= 1
            self.released[released] += 1
        if taker := getattr(action, "teacher", ""):
            self.loads[taker] += 1
            self.released[taker] -= 1
        return True

    # Fewer sections -------------------------------------------------------------------------------------

    def give_up_sections(self) -> None:
        """Give up sections of courses that have more than they need: first what asks least of anybody."""
        poor = {
            self.problem.course_of[s].id for s in improvable(self.problem, self.timetable, target=self.target)
        }
        self.spare = {course: max(0, self.need[course].surplus) for course in sorted(poor)}
        for effort in (CLOSE, OWN, OTHERS):
            self._give_up_some(self._staffing, effort)
        # Where fewest students are left over without any move, moves help soonest.
        for self.looks_each in _LOOKS_EACH:
            self._give_up_some(self._left_over, MOVES)

    def venture(self) -> None:
        """Give up more sections, to half of what is spare, where few are left for the next search to seat.

        They come last, and are left out first where a round was rolled back.
        """
        beyond = sum(max(0, need.surplus) for need in self.need.values())
        gone = sum(one.legal and respect_of(one.action) == "remove" for one in self.draft.verdicts)
        wanted = -(-beyond // 2) - gone
        for section in self._in_turn(self._left_over):
            if wanted <= 0:
                return
            count, left = self.seating.enrolled(section), self._left_over(section)[0]
            if left > count * _VENTURED // 100:
                continue
            mark = self.seating.mark()
            self.seating.give_up_waiting(section)
            found = f"{count - left} of the {_count(count, 'student')} of {section} find a seat in another"
            where = f"{found}; {_VENTURE} {left}"
            releases = self.rows[section].teacher or ""
            reason = self._spare(section, where)
            if self.add(RemoveSection(section=section, releases=releases, reason=reason)):
                self.spare[self.rows[section].course] -= 1
                wanted -= 1
            else:
                self.seating.undo(mark)

    def _give_up_some(self, rank: Callable[[str], tuple[int, ...]], effort: int) -> None:
        for section in self._in_turn(rank):
            if self._give_up(section, effort):
                self.spare[self.rows[section].course] -= 1

    def _in_turn(self, rank: Callable[[str], tuple[int, ...]]) -> Iterator[str]:
        """Yield sections that could be given up, those of low rank first, as long as they still could be."""
        candidates = [s for course in self.spare for s in self.seating.sections_of(course) if self._may_go(s)]
        for section in sorted(candidates, key=lambda one: (rank(one), one)):
            if self._may_go(section):
                yield section

    def _may_go(self, section: str) -> bool:
        row = self.rows[section]
        sections = self.seating.sections_of(row.course)
        return (
            not self.full
            and self.spare[row.course] > 0
            and ("remove", section) not in self.refused
            # Nobody is left without a section.
            and self.loads[row.teacher or ""] != 1
            and any(below(self.seating.enrolled(s), self.rows[s].seats, self.target) for s in sections)
        )

    def _staffing(self, section: str) -> tuple[int, ...]:
        """Rank a section by who teaches it, nobody or somebody who has many, then by its students."""
        teacher = self.rows[section].teacher
        return int(teacher is not None), -self.loads[teacher or ""], self.seating.enrolled(section)

    def _left_over(self, section: str) -> tuple[int, ...]:
        """Rank a section by how many of its students find no other seat, then by who teaches it."""
        mark, before = self.seating.mark(), len(self.seating.waiting)
        self.seating.give_up_waiting(section)
        left = len(self.seating.waiting) - before
        self.seating.undo(mark)
        return left, *self._staffing(section)

    def _give_up(self, section: str, effort: int) -> bool:
        """Give up a section in the copy and on the list, if nobody loses anything by it."""
        row, seating = self.rows[section], self.seating
        count, releases = seating.enrolled(section), row.teacher or ""
        mark = seating.mark()
        if effort == CLOSE and count:
            others = [other for other in seating.sections_of(row.course) if other != section]
            for into in sorted(others, key=lambda other: (-seating.enrolled(other), other)):
                if seating.merge(section, into):
                    reason = self._spare(section, f"{_all(count)} of {section} can come when {into} meets")
                    if self.add(MergeSections(section=section, into=into, releases=releases, reason=reason)):
                        return True
                    seating.undo(mark)
        how = self._seated(section, effort)
        if how is None:
            return False
        where = how.format(all=_all(count), section=section) if count else f"nobody sits in {section}"
        reason = self._spare(section, where)
        if self.add(RemoveSection(section=section, releases=releases, reason=reason)):
            return True
        seating.undo(mark)
        return False

    def _seated(self, section: str, effort: int) -> str | None:
        """Give up a section in the copy and return what that takes, in words; None where it cannot be."""
        if effort < MOVES:
            return _TAKES[effort] if self.seating.give_up(section, effort) else None
        moves = self.search.give_up(section, self.looks_each)
        if not moves:
            return None if moves is None else "as many requests are met when students change places"
        goes = "section goes to another period" if moves == 1 else "sections go to other periods"
        return f"as many requests are met when {moves} other {goes}"

    def _spare(self, section: str, where: str) -> str:
        """Return why a section can be spared, once the copy is without it."""
        course = self.rows[section].course
        left = len(self.seating.sections_of(course))
        asked = _count(self.need[course].requests, "request")
        if not left:
            return f"{course} has {asked}: it needs none of its sections, and {where}."
        return f"{course} has {asked}: {left} of its {left + 1} sections would hold them, and {where}."

    # More sections --------------------------------------------------------------------------------------

    def open_sections(self) -> None:
        """Open sections where enough students miss a seat, and somebody has room to teach them."""
        waiting = self._waiting(lambda reason: reason.endswith(" seat"))
        for section, row in self.rows.items():
            if (over := self.seating.enrolled(section) - row.seats) > 0:
                waiting.setdefault(row.course, []).extend(self.seating.students_in(section)[:over])
        least = max(1, self.school.rules.section_minimum or 1)
        for course in sorted(waiting, key=lambda one: (-len(waiting[one]), one)):
            left = waiting[course]
            while not self.full and min(len(left), self._short(course)) >= least:
                seated = self._open_one(course, left, least)
                if not seated:
                    break
                left = [student for student in left if student not in seated]

    def _short(self, course: str) -> int:
        """Return how many of those who ask for a course its sections do not hold."""
        situation = self.draft.situation()
        sections = self.seating.sections_of(course)
        short = self.need[course].requests - sum(situation.sections[one].seats for one in sections)
        if self.seating.limits(SPED):
            places = sum(self.seating.places(one, SPED) for one in sections)
            short = max(short, situation.asking_sped[course] - places)
        return short

    def _open_one(self, course: str, waiting: Sequence[str], least: int) -> set[str]:
        """Open a section of a course and return who is seated in it; nobody where it cannot be opened."""
        situation = self.draft.situation()
        if not situation.sections_of(course) or ("add", course) in self.refused:
            return set()
        name = fresh_name(situation, course)
        model = AddSection(course=course, new_section=name, teacher="").like(situation.school)
        asked = _count(len(waiting), "student")
        # Whoever gave up a section in this list comes first, then who has least.
        staff = sorted(situation.teachers, key=lambda one: (-self.released[one], self.loads[one], one))
        for teacher in staff:
            if situation.why_not_teach(teacher, course, model.periods):
                continue
            away = situation.away.get(teacher, frozenset())
            names = [one for one in model.periods or situation.course_periods(course) if one not in away]
            times = [self.problem.calendar.time(one) for one in names]
            tries = [
                (self._filled(name, model.id, teacher, time, waiting, keep=False), time) for time in times
            ]
            seated, time = max(tries, key=lambda one: len(one[0]))
            if len(seated) < least:
                continue
            reason = (
                f"{asked} miss a seat in {course}, and {len(seated)} of them could come to a section of "
                f"{teacher} in {self.problem.calendar.name(time)}."
            )
            if self.add(self._opening(course, name, teacher, reason)):
                self._filled(name, model.id, teacher, time, waiting, keep=True)
                return seated
        return set()

    def _opening(self, course: str, name: str, teacher: str, reason: str) -> Action:
        """Return the action that opens a section: a division of one that is overfull, if there is one."""
        over = {s: self.seating.enrolled(s) - self.rows[s].seats for s in self._known(course)}
        fullest = max(over, key=lambda one: over[one], default="")
        if fullest and over[fullest] > 0:
            return SplitSection(section=fullest, new_section=name, teacher=teacher, reason=reason)
        return AddSection(course=course, new_section=name, teacher=teacher, reason=reason)

    def _filled(
        self, name: str, like: str, teacher: str, time: Time, waiting: Sequence[str], *, keep: bool
    ) -> set[str]:
        """Return who of the waiting would find a seat in a new section, and perhaps seat them there."""
        if not self.seating.is_free(teacher, time):
            return set()
        mark = self.seating.mark()
        self.seating.open(name, like, teacher, time)
        seated = {student for student in waiting if self.seating.take_in(student, name, OWN)}
        if not keep:
            self.seating.undo(mark)
        return seated

    def _waiting(self, fits: Callable[[str], bool]) -> dict[str, list[str]]:
        """Return who misses each course for a kind of reason."""
        found: dict[str, list[str]] = {}
        for row in unmet_requests(self.problem, self.timetable).itertuples(index=False):
            student, course, reason = row
            if fits(reason_kind(str(reason))):
                found.setdefault(str(course), []).append(str(student))
        return found

    def _known(self, course: str) -> list[str]:
        """Return the sections of a course that were there before and are not given up."""
        return [section for section in self.seating.sections_of(course) if section in self.rows]

    # Periods and teachers -------------------------------------------------------------------------------

    def free_periods(self) -> None:
        """Let sections that the file ties to periods go where more of those who ask for them can come."""
        waiting = self._waiting(lambda reason: reason == CLASH)
        for course, students in sorted(waiting.items()):
            for section in self._known(course):
                if self.rows[section].periods and section not in self.seating.tied and not self.full:
                    self._free(section, students)

    def _free(self, section: str, waiting: Sequence[str]) -> None:
        situation, row, seating = self.draft.situation(), self.rows[section], self.seating
        if seating.period_of(section) is None:
            return
        away = situation.away.get(row.teacher or "", frozenset())
        best: tuple[int, str] = (0, "")
        for name in situation.course_periods(row.course):
            time = self.problem.calendar.time(name)
            if (
                name in row.periods
                or name in away
                or (row.teacher and not seating.is_free(row.teacher, time))
            ):
                continue
            mark = seating.mark()
            if seating.move(section, time, OWN):
                best = max(best, (sum(seating.take_in(one, section, OWN) for one in waiting), name))
            seating.undo(mark)
        gained, name = best
        if not gained:
            return
        more = f"{_count(gained, 'student')} more could come, and nobody of {section} would lose a course"
        reason = f"{section} of {row.course} is kept to {', '.join(row.periods)}: in {name} {more}."
        if self.add(ChangePeriods(section=section, periods=(*row.periods, name), reason=reason)):
            time = self.problem.calendar.time(name)
            seating.move(section, time, OWN)
            for student in waiting:
                seating.take_in(student, section, OWN)

    def share_out(self) -> None:
        """Give those who are released what nobody teaches, or what a colleague has too much of."""
        for teacher in sorted(self.released):
            for section in self._wanting():
                if self.released[teacher] > 0 and not self.full:
                    self._hand_over(section, teacher)

    def _wanting(self) -> list[str]:
        """Return the sections without a teacher, then those of teachers who have too many."""
        rules = self.school.rules
        most = rules.teacher_load if rules.enforcement("teacher_load").mode != "off" else None
        known = [section for course in self.need for section in self._known(course)]
        nobody = [section for section in known if self.rows[section].teacher is None]
        over = [s for s in known if most is not None and self.loads[self.rows[s].teacher or ""] > most]
        return [*nobody, *over]

    def _hand_over(self, section: str, teacher: str) -> None:
        row, time = self.rows[section], self.seating.period_of(section)
        own = self.draft.situation().teachers[teacher].department
        if row.teacher == teacher or (own and row.department != own):
            return
        if time is not None and not self.seating.is_free(teacher, time):
            return
        spare = f"{teacher}, who gives up a section by this list, is free then"
        if row.teacher is None:
            reason = f"Nobody teaches {section} of {row.course}, and {spare}."
        else:
            reason = f"{row.teacher} has {self.loads[row.teacher]} sections, and {spare}."
        action = ReassignTeacher(section=section, teacher=teacher, releases=row.teacher or "", reason=reason)
        if self.add(action):
            self.seating.reassign(section, teacher)
            self.rows[section] = replace(row, teacher=teacher)

    def spread_sped(self) -> None:
        """Spread the SPED students of courses in which an even share would keep to the target."""
        rules, seating = self.school.rules, self.seating
        target = rules.sped_target
        if target is None or rules.enforcement("sped_target").mode == "off" or not seating.limits(SPED):
            return
        asking = self.draft.situation().asking_sped
        bunched: list[tuple[int, str]] = []
        for course, need in self.need.items():
            sections = seating.sections_of(course)
            most = max((seating.enrolled(section, SPED) for section in sections), default=0)
            # A stricter limit must not be why a course needs more sections.
            if most > target and asking[course] <= target * min(need.fewest, len(sections)):
                bunched.append((most, course))
        spread = 0
        for most, course in sorted(bunched, key=lambda one: (-one[0], one[1])):
            if self.full or spread == _SPREADS:
                break
            mark = seating.mark()
            reason = (
                f"A section of {course} has {most} SPED students, and {asking[course]} ask for it: "
                f"{target} in each of its {len(seating.sections_of(course))} sections would do, and all keep "
                "their courses."
            )
            if not seating.limit(course, SPED, target):
                continue
            if self.add(SpreadSped(course=course, limit=target, reason=reason)):
                spread += 1
            else:
                seating.undo(mark)


_VENTURE = "the next search has to seat"
_VENTURED = 25
"""Percent of the students of a section, at most, for whom the next search has to find a seat."""
_FOUND = "there is a seat in another for {all} of {section}"
_TAKES = {
    CLOSE: _FOUND,
    OWN: f"{_FOUND}, for some by taking other courses at other periods",
    OTHERS: f"{_FOUND}, for some by taking that of a student who can change as well",
}


def _lessons(history: Sequence[Past]) -> tuple[int | None, set[tuple[str, str]]]:
    """Return how many changes may be proposed after what earlier rounds came to, and which may not."""
    most: int | None = None
    refused: set[tuple[str, str]] = set()
    for past in history:
        done = [verdict.action for verdict in past.verdicts if verdict.legal]
        refused |= {_kind(verdict.action) for verdict in past.verdicts if not verdict.legal}
        if past.kept:
            most = None
        elif done:
            ventured = sum(_VENTURE in action.reason for action in done)
            most = len(done) - ventured if 0 < ventured < len(done) else max(1, len(done) // 2)
            # A change that did harm all by itself is not worth another try.
            refused |= {_kind(action) for action in done if len(done) == 1}
    return most, refused


def _kind(action: Action) -> tuple[str, str]:
    """Return what an action comes to, whatever names it gives to new things."""
    if isinstance(action, AddSection):
        return "add", action.course
    return respect_of(action), action.subject


def _all(count: int) -> str:
    return "the one student" if count == 1 else f"all {count} students"


def _count(count: int, thing: str) -> str:
    return f"{count} {thing}{'' if count == 1 else 's'}"


def _summary(actions: Sequence[Action], surplus: Sequence[int]) -> str:
    """Return what a list of actions comes to, in words."""
    words = {
        "merge": "to give up", "remove": "to give up", "split": "to open", "add": "to open",
        "reassign": "to give to another teacher", "periods": "to free from its period",
    }  # fmt: skip
    counts = Counter(words[action.kind] for action in actions if action.kind in words)
    said = [f"{_count(count, 'section')} {what}" for what, count in counts.items()]
    courses = [action.subject for action in actions if isinstance(action, SpreadSped)]
    if courses:
        said.append(f"{_count(len(courses), 'course')} in which SPED students are spread")
    text = f"{'; '.join(said)}."
    if surplus[0] != surplus[1]:
        text += f" Sections beyond what the requests need: {surplus[1]} instead of {surplus[0]}."
    return text[0].upper() + text[1:]


def _nothing(problem: Problem, timetable: Timetable, target: int) -> str:
    """Return why nothing is proposed, in words."""
    table = below_target(problem, timetable, target=target)
    if not len(table):
        return f"Nothing to do: every section has {target} % of its seats or more."
    under, structural = len(table), table[table["Structural"]]
    why = " ".join(dict.fromkeys(structural["Why"]))
    if len(structural) == under:
        is_ = "section under {0} % is" if under == 1 else "sections under {0} % are"
        return f"Nothing to do: the {under} {is_.format(target)} structural. {why}"
    other = under - len(structural)
    text = (
        f"Nothing to propose: {_count(other, 'section')} under {target} % could be fuller, but no change of "
        "sections was found that is sure to cost nobody a request."
    )
    return f"{text} {len(structural)} more are structural. {why}" if len(structural) else text
