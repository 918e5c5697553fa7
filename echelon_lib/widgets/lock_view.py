"""Locking on a page: what is chosen stays, a list of what is locked, and what the next run made of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import ipywidgets

from echelon_lib.analysis.locks import kept_sentence, lock_table, words
from echelon_lib.analysis.moves import moved_sentence, section_moves, student_moves
from echelon_lib.domain.offerings import Section
from echelon_lib.formats.school_records import LOCKS
from echelon_lib.runs.locking import NAMED, grouped, own_locks
from echelon_lib.runs.outcome import Outcome
from echelon_lib.widgets.lock_state import LockState
from echelon_lib.widgets.markup import heading, prose, row, said, tabled, wide

MOST_ROWS = 500
MOST_NAMED = 4


class LockView(ipywidgets.VBox):
    """Picks what stays, lists what is locked, and solves again.

    Parameters
    ----------
    state
        The locks of the page.
    outcome
        The run that is shown.
    """

    def __init__(self, state: LockState, outcome: Outcome) -> None:
        self._state = state
        self.kind = ipywidgets.Dropdown(
            options=[(one.capitalize(), one) for one in NAMED], description="Lock a", layout=wide()
        )
        self.name = ipywidgets.Combobox(description="Named", placeholder="begin to write", layout=wide())
        self.lock = ipywidgets.Button(description="Lock", icon="lock")
        self.unlock = ipywidgets.Button(description="Unlock", icon="unlock")
        self.listed = ipywidgets.SelectMultiple(
            description="Locked", rows=8, layout=ipywidgets.Layout(width="auto")
        )
        self.drop = ipywidgets.Button(description="Unlock what is chosen", icon="unlock")
        self.drop_all = ipywidgets.Button(description="Unlock all", icon="unlock")
        self.again = ipywidgets.Button(
            description="Solve again with these locks", button_style="primary", icon="play"
        )
        for button in (self.drop, self.drop_all, self.again):
            button.layout.width = "auto"
        self.told = ipywidgets.HTML()
        self.kind.observe(self._offer, "value")
        self.lock.on_click(lambda _: self._do(state.lock))
        self.unlock.on_click(lambda _: self._do(state.unlock))
        self.drop.on_click(lambda _: state.drop(self.listed.value))
        self.drop_all.on_click(lambda _: state.drop([key for key, _ in grouped(state.locks)]))
        self.again.on_click(lambda _: state.solve_again())
        state.observe(self._show, "locks")
        super().__init__(
            [
                *_came_to(state, outcome),
                heading("What stays", 3),
                prose(
                    "What is good can be locked: a section stays in its period and with its teacher, a "
                    "student in all sections. With a teacher, a course or a department all of its sections "
                    "are locked. In the view Week a section that is chosen can be locked as well."
                ),
                row(self.kind, self.name),
                row(self.lock, self.unlock),
                self.told,
                self.listed,
                row(self.drop, self.drop_all),
                *_of_school(outcome),
                row(self.again),
                prose(
                    "It starts a run with the solver, the seconds and the seed of the step Run, from this "
                    "timetable and with its rules. This run stays as it is."
                ),
            ]
        )
        self._offer()
        self._show()

    def close(self) -> None:
        """Follow the locks no longer."""
        self._state.unobserve(self._show, "locks")
        super().close()

    def _do(self, deed: Callable[[str, str], bool]) -> None:
        name = self.name.value.strip()
        if not name:
            self.told.value = said(f"Name the {self.kind.value} first.", "warning")
        elif deed(self.kind.value, name):
            self.name.value = ""

    def _offer(self, change: Any = None) -> None:
        self.name.options = self._state.names(self.kind.value)

    def _show(self, change: Any = None) -> None:
        groups = list(grouped(self._state.locks))
        options = []
        for key, locks in groups:
            what, stays = words(locks[0])[0], [words(lock)[1] for lock in locks]
            more = [f"and {len(stays) - MOST_NAMED:,} more"] if len(stays) > MOST_NAMED else []
            options.append((f"{what}: {', '.join([*stays[:MOST_NAMED], *more])}", key))
        self.listed.options = options
        self.listed.layout.display = "" if options else "none"
        self.drop.disabled = self.drop_all.disabled = not options
        self.again.disabled = bool(self._state.hindrance)
        count = len(groups)
        things = "one thing" if count == 1 else f"{count:,} things"
        text = f"{len(self._state.locks):,} locked, on {things}." if count else "Nothing is locked."
        why = self._state.hindrance
        self.told.value = f'<div role="status">{said(text)}{said(why, "warning")}</div>'


class SectionLocks(ipywidgets.VBox):
    """Buttons that lock the section that is chosen, or all of its teacher or course.

    The buttons stay the same and change their words, so that the keyboard's focus stays where it is.

    Parameters
    ----------
    state
        The locks of the page.
    outcome
        The run that is shown.
    """

    def __init__(self, state: LockState, outcome: Outcome) -> None:
        self._state, self._outcome = state, outcome
        self._deeds: dict[str, Callable[[], bool]] = {}
        self._section = ""
        self.buttons = {kind: self._button(kind) for kind in ("section", "teacher", "course")}
        self.told = ipywidgets.HTML()
        state.observe(self._show, "locks")
        super().__init__([row(*self.buttons.values()), self.told])
        self._show()

    def close(self) -> None:
        """Follow the locks no longer."""
        self._state.unobserve(self._show, "locks")
        super().close()

    def about(self, section: str) -> None:
        """Offer to lock a section; nothing is offered where there is none."""
        self._section = section
        self._show()

    def _button(self, kind: str) -> ipywidgets.Button:
        button = ipywidgets.Button(layout=ipywidgets.Layout(width="auto", max_width="100%"))
        button.on_click(lambda _: self._deeds[kind]())
        return button

    def _show(self, change: Any = None) -> None:
        problem = self._outcome.problem
        known = problem.sections.get(self._section)
        things: dict[str, tuple[str, Iterable[Section]]] = {}
        if known is not None:
            course = problem.course_of[known.id]
            things = {"section": (known.id, [known]), "course": (course.id, course.sections)}
            for teacher in problem.teachers_of(known)[:1]:
                things["teacher"] = teacher, problem.sections_of[teacher]
        locked = {lock.id for lock in self._state.locks if lock.kind == "section"}
        for kind, button in self.buttons.items():
            button.layout.display = "" if kind in things else "none"
            name, sections = things.get(kind, ("", ()))
            undo = all(section.id in locked for section in sections)
            word, deed = ("Unlock", self._state.unlock) if undo else ("Lock", self._state.lock)
            button.icon = word.lower()
            button.description = f"{word} {name}" if kind == "section" else f"{word} all of {name}"
            self._deeds[kind] = partial(deed, kind, name)
        count = sum(1 for _ in grouped(self._state.locks))
        text = f"{self._section} is locked. {count:,} locked in all; the view Lock lists them."
        self.told.value = f'<div role="status">{said(text)}</div>' if self._section in locked else ""


def _of_school(outcome: Outcome) -> list[ipywidgets.Widget]:
    """Return the locks that stand in the files of the school."""
    own = set(own_locks(outcome.problem))
    locks = [lock for lock in outcome.problem.locks if lock.origin == "person" and lock not in own]
    if not locks or outcome.result.best is None:
        return []
    table = lock_table(outcome.problem, outcome.result.best, locks)[["Locked", "Stays", "Said in"]]
    return [
        prose(f"These stand in the school's own {LOCKS}, and are unlocked there:"),
        ipywidgets.HTML(tabled(table, most=MOST_ROWS)),
    ]


def _came_to(state: LockState, outcome: Outcome) -> list[ipywidgets.Widget]:
    """Return what became of the locks of this run, and what moved since the one it went on from."""
    problem, timetable = outcome.problem, outcome.result.best
    if timetable is None:
        return []
    parts: list[ipywidgets.Widget] = []
    kept = kept_sentence(problem, timetable)
    if kept:
        table = lock_table(problem, timetable)
        broken = table[table["Kept"] == "no"]
        parts.append(ipywidgets.HTML(said(kept, "error" if len(broken) else "good")))
        if len(broken):
            parts.append(ipywidgets.HTML(tabled(broken, most=MOST_ROWS)))
    before = state.before(outcome)
    if before is None:
        return parts
    sections, students = section_moves(problem, before, timetable), student_moves(problem, before, timetable)
    parts += [
        heading("What moved since the run before", 3),
        ipywidgets.HTML(said(moved_sentence(problem, before, timetable))),
    ]
    for table in (sections, students):
        if len(table):
            parts.append(ipywidgets.HTML(tabled(table, most=MOST_ROWS)))
    return parts
