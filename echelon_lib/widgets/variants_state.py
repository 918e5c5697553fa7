"""What the university page knows of variants: those that are being made, and how those compared differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from traitlets import Dict, HasTraits, Instance

from echelon_lib.analysis.who_gains import who_gains
from echelon_lib.domain.errors import DataError, EchelonError
from echelon_lib.domain.problem import Problem
from echelon_lib.formats.run_folder import read_run
from echelon_lib.formats.run_reading import has_timetable
from echelon_lib.runs.compare import compare_runs
from echelon_lib.runs.job import Job
from echelon_lib.runs.jobs import most_running
from echelon_lib.runs.variants import MOST
from echelon_lib.search.cores import cores
from echelon_lib.university_rules import UniversityRules
from echelon_lib.widgets.background import Background
from echelon_lib.widgets.page_state import said_of
from echelon_lib.widgets.variant_prices import OWN, named, named_prices, with_prices

if TYPE_CHECKING:
    from echelon_lib.widgets.university_state import UniversityState

FEWEST_COMPARED, MOST_COMPARED = 2, 5
"""Runs that are put side by side."""
MADE_AT_ONCE = MOST
"""Variants that are made with one order, at most."""

_MOVED, _GAINS = "moved", "gains"


class VariantsState(HasTraits):
    """The step Variants without its looks; what was chosen in it stands in the state of the page.

    Parameters
    ----------
    page
        The state of the page: ``wanted``, ``made`` and ``compared`` are what this is about.
    background
        What does beside the page what takes seconds.
    """

    moved = Dict()
    gains = Instance(pd.DataFrame, allow_none=True)

    def __init__(self, page: UniversityState, background: Background) -> None:
        super().__init__()
        self._page, self._background = page, background
        self._to_count: tuple[Job, ...] = ()
        page.observe(self._other_compared, "compared")

    # Making several ---------------------------------------------------------------------------------------

    @property
    def offered(self) -> Mapping[str, str]:
        """What can be made at once, with the name of the run that it becomes."""
        known = named(self._page.weights_set)
        own = {} if self._page.variant in known else {OWN: self._page.variant}
        return {name: name for name in known} | own

    @property
    def asked(self) -> Mapping[str, UniversityRules]:
        """The rules of each variant that is wanted, by the name of its run."""
        rules = self._page.weights_set
        return {
            name: rules if key == OWN else with_prices(rules, named_prices(key, rules))
            for key, name in self.offered.items()
            if key in self._page.wanted
        }

    def want(self, key: str, wanted: bool) -> None:
        """Choose one of those that are offered, or do not."""
        others = [one for one in self._page.wanted if one != key]
        self._page.wanted = [*others, key] if wanted else others

    @property
    def hindrance(self) -> str:
        """Why those that are wanted cannot be made, in a sentence; empty where they can."""
        if self._page.hindrance:
            return self._page.hindrance
        count = len(self.asked)
        if count > MADE_AT_ONCE:
            return f"{count} variants are ticked. Tick no more than {MADE_AT_ONCE}."
        return "" if count else "Tick at least one variant."

    @property
    def making(self) -> tuple[Job, ...]:
        """The runs that were ordered together and have not all ended."""
        found = map(self._page.job, self._page.made)
        return tuple(job for job in found if job is not None)

    def make(self) -> bool:
        """Start a run for each variant that is wanted; those that find no room wait. Says what hinders it.

        Processors are shared alike, so that none is better only for having had more of them.
        """
        page, asked, hindrance = self._page, self.asked, self.hindrance
        if page.made or page.chosen is None or hindrance:
            page.message = hindrance
            return False
        made: list[str] = []
        with page.saying():
            each = max(1, cores() // min(most_running(), len(asked)))
            told: dict[str, Any] = {"seconds": page.seconds, "seed": page.seed, "cores": each}
            told |= {"accept_headers": page.accept_headers, "waits": True}
            told["handouts"] = ()  # the page makes calendars and a workbook of the one that is looked at
            for name, rules in asked.items():
                job = page.runs.start(page.chosen, rules, name=name, **told)
                made.append(job.id)
        page.made = made
        page.refresh_jobs()
        return len(made) == len(asked)

    def stop(self) -> None:
        """Stop all that are being made: each keeps the best timetable it has, and what waits never begins."""
        page = self._page
        with page.saying():
            for job in sorted(self.making, key=lambda job: job.state != "waiting"):
                if job.going:
                    page.runs.cancel(job.id)
        page.refresh_jobs()

    def _all_ended(self, made: Sequence[Job]) -> None:
        """Have those that were made together compared; a single one joins what is compared already."""
        page = self._page
        ended = [job.id for job in made if job.record is not None]
        if ended and not {job.id for job in page.comparable}.issuperset(ended):
            return  # another university is looked at: they are compared when theirs is chosen again
        page.made = []
        if len(ended) < FEWEST_COMPARED:
            ended = [*[id for id in page.compared if id not in ended], *ended][-MOST_COMPARED:]
        page.compared = ended[:MOST_COMPARED]
        failed = [f"{job.name}: {job.message}" for job in made if job.state in ("failed", "lost")]
        if failed:
            page.message = "\n".join(failed)
        elif ended:
            those = f"the first {MOST_COMPARED} of them" if len(ended) > MOST_COMPARED else "them"
            page.news = f"The variants have been made. The step Variants puts {those} side by side."

    # Comparing --------------------------------------------------------------------------------------------

    def _other_compared(self, change: Any) -> None:
        """Count beside the page what differs between the first of some runs and the others."""
        self.moved, self.gains = {}, None
        for kind in (_MOVED, _GAINS):
            self._background.give_up(kind)
        runs = [job for job in map(self._page.job, self._page.compared) if job is not None and job.record]
        self._to_count = tuple(runs) if len(runs) >= FEWEST_COMPARED else ()

    def _count(self) -> None:
        """Count what is due, once the files are there that the runs may be of."""
        jobs, page = self._to_count, self._page
        if not jobs or page.reading:
            return
        self._to_count = ()
        for kind, what, work in (
            (_MOVED, "Counting the sessions that differ …", partial(_moves, [job.folder for job in jobs])),
            (
                _GAINS,
                "Counting who gains and who loses …",
                partial(_gains, jobs, page.finding_problem(jobs[0])),
            ),
        ):
            self._background.do(kind, what, work, partial(setattr, self, kind), self._not_counted)

    def _not_counted(self, error: Exception) -> None:
        self._page.message = said_of(error)

    # What happens by itself -------------------------------------------------------------------------------

    def tick(self) -> None:
        """See whether all have ended, and count what is due."""
        if self._page.made and not any(job.going for job in self.making):
            self._all_ended(self.making)
        self._count()


def _moves(folders: Sequence[Path]) -> dict[str, int]:
    """Return how many sessions have another time or room than in the first run, by the other's folder.

    Runs without a timetable are left out.
    """
    first, *others = folders
    moved = {other.name: compare_runs(first, other).sections_moved for other in others}
    return {name: count for name, count in moved.items() if count is not None}


def _gains(jobs: Sequence[Job], find_problem: Callable[[], Problem]) -> pd.DataFrame:
    """Return who fares better and worse than in the first run, whose problem can be found."""
    if not has_timetable(jobs[0].folder):
        return pd.DataFrame()
    try:
        problem = find_problem()
        runs = {job.id: read_run(job.folder, problem) for job in jobs if has_timetable(job.folder)}
    except DataError:
        text = "Who gains and who loses cannot be counted: the files have changed since one of these runs."
        raise EchelonError(text) from None
    return who_gains(problem, runs)
