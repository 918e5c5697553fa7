"""The step of the university page that makes variants, and puts runs side by side, term by term."""

from __future__ import annotations

from html import escape
from typing import Any

import ipywidgets

from echelon_lib.analysis.who_gains import gains_table
from echelon_lib.plots.comparison import plot_measures
from echelon_lib.runs.job import Job
from echelon_lib.runs.record import Record, as_number
from echelon_lib.runs.side_by_side import terms_table, weights_differ
from echelon_lib.widgets.figure_view import FigureView
from echelon_lib.widgets.markup import heading, moment, prose, said, tabled
from echelon_lib.widgets.run_list import line_of
from echelon_lib.widgets.university_state import UniversityState
from echelon_lib.widgets.variants_making import VariantsMaking
from echelon_lib.widgets.variants_state import FEWEST_COMPARED, MOST_COMPARED

_MOST_LISTED = 40
_HINT = (
    f"Choose {FEWEST_COMPARED} to {MOST_COMPARED} runs of this university; the first that is chosen is what "
    "the others are compared with. Any run will do, also one that was made under Run."
)
_GAINS = (
    "People are counted, and nobody is named. Everybody’s week is compared with their own week in {first}: "
    "better off are those with fewer idle hours between sessions, or, of the faculty, with more hours at "
    "times that they prefer; worse off are those with more of the one or fewer of the other."
)


class VariantsPanel(ipywidgets.VBox):
    """Makes variants of the university that is chosen, lists its runs, and compares some of them.

    Parameters
    ----------
    state
        The state that it shows.
    """

    def __init__(self, state: UniversityState) -> None:
        self._state = state
        self._listed: tuple[str, ...] = ()
        self._showing = False
        self._list = ipywidgets.VBox()
        self._told = ipywidgets.HTML()
        self._table = ipywidgets.HTML()
        self._figure = FigureView(alt="Measures of quality of each variant")
        self._moved = ipywidgets.HTML()
        self._gains = ipywidgets.HTML()
        self._shown: list[tuple[str, Record]] = []
        self._compared = ipywidgets.VBox([self._table, self._figure, self._moved, self._gains])
        state.observe(self._show_list, ["jobs", "school", "schools"])
        state.observe(self._show, "compared")
        state.variants.observe(self._show_moved, "moved")
        state.variants.observe(self._show_gains, "gains")
        super().__init__(
            [
                VariantsMaking(state),
                heading("Variants side by side"),
                prose(_HINT),
                self._list,
                self._told,
                self._compared,
            ]
        )
        self._show_list()

    def _show_list(self, change: Any = None) -> None:
        jobs = self._state.comparable[:_MOST_LISTED]
        ids = tuple(job.id for job in jobs)
        if ids != self._listed:
            self._listed = ids
            self._list.children = [self._box(job) for job in jobs] or [
                prose("There is no run of it that has ended.")
            ]
            kept = [id for id in self._state.compared if id in ids]
            if kept != self._state.compared:
                self._state.compared = kept
        self._show()

    def _box(self, job: Job) -> ipywidgets.Checkbox:
        box = ipywidgets.Checkbox(
            description=line_of(job), indent=False, layout=ipywidgets.Layout(width="auto")
        )

        def turned(change: Any) -> None:
            if self._showing:
                return
            chosen = [id for id in self._state.compared if id != job.id]
            self._state.compared = [*chosen, job.id][:MOST_COMPARED] if change["new"] else chosen

        box.observe(turned, "value")
        return box

    def _show(self, change: Any = None) -> None:
        state = self._state
        self._showing = True
        for id, box in zip(self._listed, self._list.children, strict=False):
            box.value = id in state.compared
            box.disabled = len(state.compared) >= MOST_COMPARED and not box.value
        self._showing = False
        records = self._records()
        enough = len(records) >= FEWEST_COMPARED
        self._compared.layout.display = "" if enough else "none"
        more = FEWEST_COMPARED - len(records)
        self._told.value = "" if enough else said(f"Choose {more} more to compare." if records else "")
        if not enough or list(records.items()) == self._shown:
            return
        self._shown = list(records.items())
        self._table.value = tabled(terms_table(records)) + (
            said(
                "Their weights differ, so that their costs do not compare; what they measure does.", "warning"
            )
            if weights_differ(records)
            else ""
        )
        self._figure.show(plot_measures({name: _measures(record) for name, record in records.items()}))
        self._show_moved()
        self._show_gains()

    def _records(self) -> dict[str, Record]:
        """Return what the chosen runs say of themselves, by names that tell them apart."""
        found: dict[str, Record] = {}
        for job in (self._state.job(id) for id in self._state.compared):
            if job is not None and job.record is not None:
                name = job.name or "No name"
                if name in found:
                    name = f"{name}, {moment(job.started)[-5:]}"
                found[name if name not in found else f"{name} ({job.id[-8:]})"] = job.record
        return found

    def _show_moved(self, change: Any = None) -> None:
        """Say how many sessions differ between the first run and each of the others."""
        records = self._records()
        names = {record.folder.name: name for name, record in records.items()}
        first = next(iter(records), "")
        lines = [
            f"{names[id]}: {count:,} sessions are at another time or in another room than in {first}."
            for id, count in self._state.variants.moved.items()
            if id in names
        ]
        self._moved.value = said("How far apart they are", more="\n".join(lines)) if lines else ""

    def _show_gains(self, change: Any = None) -> None:
        """Count whose week is better and worse in each run than in the first; nobody is named."""
        gains, records = self._state.variants.gains, self._records()
        if gains is None or gains.empty:
            self._gains.value = ""
            return
        names = {record.folder.name: name for name, record in records.items()}
        told = gains_table(gains.assign(Variant=gains["Variant"].map(names)))
        first = next(iter(records), "")
        self._gains.value = (
            f"<h3>Who gains and who loses</h3><p>{escape(_GAINS.format(first=first))}</p>{tabled(told)}"
        )


def _measures(record: Record) -> dict[str, float | None]:
    summary = record.data.get("summary")
    given = summary.get("quality") if isinstance(summary, dict) else None
    return {name: as_number(value) for name, value in given.items()} if isinstance(given, dict) else {}
