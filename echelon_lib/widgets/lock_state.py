"""What is locked in the timetable that is shown, and solving again from there."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import traitlets
from traitlets import HasTraits

from echelon_lib.domain.errors import DataError
from echelon_lib.domain.locks import Lock
from echelon_lib.domain.timetable import Timetable
from echelon_lib.formats.incumbent import read_start
from echelon_lib.formats.locks_file import read_locks_file
from echelon_lib.runs.locking import NAMED, Picked, own_locks, text_of
from echelon_lib.runs.outcome import Outcome
from echelon_lib.schools import school_of

if TYPE_CHECKING:
    from echelon_lib.widgets.state import MasterScheduleState

GONE = "The school of this run, or its rules, are not there any more."


class LockState(HasTraits):
    """The locks of the run that is shown on a page.

    They are kept beside the run and not in it: a run stays as it was made, and the locks are the ones with
    which the next is made. Those in the files of the school are none of them.

    Parameters
    ----------
    page
        The state of the page.
    """

    locks = traitlets.Tuple()

    def __init__(self, page: MasterScheduleState) -> None:
        super().__init__()
        self._page = page
        page.observe(self._load, "outcome")
        self._load()

    def _load(self, change: Any = None) -> None:
        outcome = self._page.outcome
        if outcome is None:
            self.locks = ()
            return
        self.locks = own_locks(outcome.problem)
        marked = self._page.runs.marked(self._page.run)
        if marked is not None:
            with suppress(DataError):  # the files of the school have changed since
                self.locks = read_locks_file(marked, school_of(outcome.problem).files)

    # Locking ----------------------------------------------------------------------------------------------

    def names(self, kind: str) -> tuple[str, ...]:
        """Return what can be locked of a kind, such as ``teacher``."""
        outcome = self._page.outcome
        if outcome is None:
            return ()
        problem = outcome.problem
        known: dict[str, Iterable[str]] = {
            "section": problem.sections,
            "teacher": (one.id for one in problem.teachers if problem.sections_of.get(one.id)),
            "course": problem.course,
            "department": {one.department for one in problem.sections.values()} - {""},
            "student": problem.student,
        }
        return tuple(sorted(known[kind]))

    def lock(self, kind: str, name: str) -> bool:
        """Lock something where it is in the timetable that is shown; says what hinders it."""
        outcome = self._page.outcome
        if outcome is None or outcome.result.best is None:
            return False
        timetable = outcome.result.best
        done = False
        with self._page.saying():
            before = self.locks
            after = _picked(kind, name).added_to(before, outcome.problem, timetable)
            self._keep(after)
            done = True
            if after == before:
                self._page.news = f"Nothing of {kind} {name} is placed, or all of it was locked already."
        return done

    def unlock(self, kind: str, name: str) -> bool:
        """Unlock something, and with a teacher, course or department all its sections."""
        outcome = self._page.outcome
        if outcome is None:
            return False
        done = False
        with self._page.saying():
            self._keep(_picked(kind, name).taken_from(self.locks, outcome.problem))
            done = True
        return done

    def drop(self, keys: Iterable[tuple[str, str]]) -> None:
        """Unlock some of what is locked, by kind and identifier."""
        gone = set(keys)
        with self._page.saying():
            self._keep(lock for lock in self.locks if (lock.kind, lock.id) not in gone)

    def _keep(self, locks: Iterable[Lock]) -> None:
        outcome, kept = self._page.outcome, tuple(locks)
        if outcome is not None:
            self._page.runs.mark(self._page.run, text_of(outcome.problem, kept))
            self.locks = kept

    @property
    def sections(self) -> frozenset[str]:
        """The sections that are locked by themselves, by a page or by the files of the school."""
        outcome = self._page.outcome
        known = () if outcome is None else outcome.problem.locks
        own = () if outcome is None else own_locks(outcome.problem)
        given = (*self.locks, *(lock for lock in known if lock not in set(own)))
        return frozenset(lock.id for lock in given if lock.kind == "section")

    # Solving again ----------------------------------------------------------------------------------------

    @property
    def hindrance(self) -> str:
        """Why nothing can be solved from here; empty where it can."""
        job = self._page.job(self._page.run)
        outcome = self._page.outcome
        if job is None or outcome is None or outcome.result.best is None:
            return "There is no timetable to go on from."
        known = any(one.id == job.school_id for one in self._page.schools) or not job.school_id
        return "" if known and self._page.rules_of(job) is not None else GONE

    def solve_again(self) -> bool:
        """Start a run from the one that is shown, with its rules and what is locked now."""
        page = self._page
        page.message = self.hindrance
        job, outcome = page.job(page.run), page.outcome
        if page.message or job is None or outcome is None:
            return False
        school = next((one for one in page.schools if one.id == job.school_id), page.chosen)
        rules = page.rules_of(job)
        if school is None or rules is None:
            page.message = GONE
            return False
        headers = bool(job.scenario.get("accept_headers"))
        text = text_of(outcome.problem, self.locks)
        if not page.launch(school, rules, start=job.id, locks=text, accept_headers=headers):
            return False
        page.step = "run"
        return True

    def before(self, outcome: Outcome) -> Timetable | None:
        """Return the timetable from which a run went on; None where it began anew, or that one is gone."""
        start = outcome.scenario.start
        if start is None or not start.is_dir():
            return None
        with suppress(DataError, OSError):
            return read_start(start, outcome.problem)[0]
        return None


def _picked(kind: str, name: str) -> Picked:
    return Picked(**{f"{one}s": (name,) if one == kind else () for one in NAMED})
