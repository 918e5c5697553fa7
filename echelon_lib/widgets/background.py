"""What takes seconds is done beside the page, so that it answers meanwhile; the newest of a kind counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from typing import Any


@dataclass(eq=False)
class _Task:
    what: str
    work: Callable[[], Any]
    then: Callable[[Any], None]
    failed: Callable[[Exception], None]
    done: Event = field(default_factory=Event)
    result: Any = None
    error: Exception | None = None


class Background:
    """Does one thing after the other in threads of its own.

    Nothing of it touches what a page shows: results are handed over by ``collect``, which the page calls.
    """

    def __init__(self) -> None:
        self._tasks: dict[str, _Task] = {}
        self._turn = Lock()

    def do(
        self,
        kind: str,
        what: str,
        work: Callable[[], Any],
        then: Callable[[Any], None],
        failed: Callable[[Exception], None],
    ) -> None:
        """Begin something; an earlier thing of the same kind counts no more.

        Parameters
        ----------
        kind
            What it takes the place of.
        what
            What people read while it goes on.
        work
            Is called in another thread.
        then, failed
            One of them is called by ``collect``, with what ``work`` returned or raised.
        """
        task = self._tasks[kind] = _Task(what, work, then, failed)
        Thread(target=self._run, args=(kind, task), name=f"echelon-{kind}", daemon=True).start()

    def _run(self, kind: str, task: _Task) -> None:
        with self._turn:
            if self._tasks.get(kind) is not task:
                return
            try:
                task.result = task.work()
            except Exception as error:  # it is handed over, and whoever takes it decides
                task.error = error
        task.done.set()

    def collect(self) -> None:
        """Hand over what has been done."""
        for kind, task in list(self._tasks.items()):
            if task.done.is_set() and self._tasks.get(kind) is task:
                del self._tasks[kind]
                if task.error is None:
                    task.then(task.result)
                else:
                    task.failed(task.error)

    def going(self, kind: str) -> bool:
        """Tell whether something of a kind goes on."""
        return kind in self._tasks

    def give_up(self, kind: str) -> None:
        """Let nothing come of what goes on of a kind."""
        self._tasks.pop(kind, None)

    @property
    def said(self) -> str:
        """What goes on, in words; empty where nothing does."""
        return " ".join(task.what for task in self._tasks.values())
