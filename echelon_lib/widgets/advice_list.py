"""What an adviser proposes, as a list in which a person accepts and refuses."""

from __future__ import annotations

from html import escape
from typing import Any

import ipywidgets

from echelon_lib.runs.rounds import Proposal, Round
from echelon_lib.widgets.advice_state import LONGEST_REASON
from echelon_lib.widgets.markup import lines, row, said, tabled, wide
from echelon_lib.widgets.seconds_field import seconds_field
from echelon_lib.widgets.state import MasterScheduleState

_NOBODY_SAID = "a person refused it"


class ProposalList(ipywidgets.VBox):
    """The newest answer about the run that is shown, proposal by proposal.

    Parameters
    ----------
    page
        The state that it shows.
    """

    def __init__(self, page: MasterScheduleState) -> None:
        self._page, self._state = page, page.advice
        self._rows: dict[int, _Row] = {}
        self._of = ""
        self._said = ipywidgets.HTML()
        self._all = ipywidgets.Button(description="Accept all", icon="check")
        self._all.on_click(lambda button: self._state.decide_all(accepted=True))
        self._none = ipywidgets.Button(description="Accept none", icon="times")
        self._none.on_click(lambda button: self._state.decide_all(accepted=False))
        self._deeds = row(self._all, self._none)
        self._list = ipywidgets.VBox()
        self._loads = ipywidgets.HTML()
        self._again = ipywidgets.Button(button_style="primary", icon="play")
        self._again.on_click(lambda button: self._state.solve_again())
        self._foot = ipywidgets.VBox([self._loads, row(self._again, seconds_field(page))])
        page.observe(self._show, ["step", "jobs", "outcome"])
        self._state.observe(self._show, ["asking"])
        super().__init__([self._said, self._deeds, self._list, self._foot])
        self._show()

    def _show(self, change: Any = None) -> None:
        page, state = self._page, self._state
        made = state.round
        self.layout.display = "none" if made is None or page.outcome is None else ""
        if page.step != "advice" or made is None or state.asking is None or page.outcome is None:
            return
        of = str(state.asking.folder)
        another = of != self._of
        if another:
            self._of = of
            self._rows = {one.number: _Row(page, one) for one in made.proposals}
            self._list.children = tuple(self._rows.values())
            self._said.value = _answer(made)
        for one in made.proposals:
            self._rows[one.number].show(one)
        any_open = any(one.by != "check" for one in made.proposals)
        self._deeds.layout.display = "" if any_open else "none"
        self._foot.layout.display = "" if any_open else "none"
        if any_open and (another or (change is not None and change["name"] == "asking")):
            self._loads.value = _loads(self._page)
        count = len(state.accepted)
        job = page.job(page.started)
        going = job is not None and job.going
        self._again.description = f"Solve again with {count} {'change' if count == 1 else 'changes'}"
        self._again.disabled = not count or going


class _Row(ipywidgets.VBox):
    """One proposal."""

    def __init__(self, page: MasterScheduleState, one: Proposal) -> None:
        self._state, self._number, self._settling = page.advice, one.number, False
        self._accept = ipywidgets.Checkbox(
            description=f"{one.number}. {_what(one)}",
            indent=False,
            layout=ipywidgets.Layout(width="auto"),
        )
        self._accept.observe(self._decided, "value")
        self._about = ipywidgets.HTML()
        self._reason = ipywidgets.Text(
            description=f"Why not number {one.number}?",
            placeholder="if you like, for the record; name no student",
            continuous_update=False,
            style={"description_width": "initial"},
            layout=wide(),
        )
        self._reason.observe(self._decided, "value")
        super().__init__([self._accept, self._about, self._reason])
        self.add_class("ech-proposal")
        self.show(one)

    def show(self, one: Proposal) -> None:
        """Show what became of the proposal."""
        possible = one.by != "check"
        accepted = one.decision != "refused"
        self._settling = True
        self._accept.value = accepted
        said_why = " ".join(one.reasons)
        self._reason.value = "" if accepted or not possible or said_why == _NOBODY_SAID else said_why
        self._settling = False
        self._accept.layout.display = "" if possible else "none"
        self._reason.layout.display = "" if possible and not accepted else "none"
        self._about.value = _about(one)

    def _decided(self, change: Any) -> None:
        if not self._settling:
            reason = self._reason.value[:LONGEST_REASON]
            self._state.decide(self._number, accepted=bool(self._accept.value), reason=reason)


def _what(one: Proposal) -> str:
    return one.sentence or f"{one.action.kind} {one.action.subject}"


def _about(one: Proposal) -> str:
    """Return why it is proposed and whether it is possible."""
    why = f"<p><b>Why:</b> {escape(one.action.reason)}</p>" if one.action.reason else ""
    if one.by == "check":
        title = f"<p><b>{one.number}. {escape(_what(one))}</b></p>"
        return title + why + said("Not possible:", "error", more="\n".join(one.reasons))
    verdict = "Refused." if one.decision == "refused" else "Possible. It will be applied."
    sign = "✕" if one.decision == "refused" else "✓"
    return f'{why}<p><span aria-hidden="true">{sign}</span> {verdict}</p>'


def _answer(made: Round) -> str:
    """Return what the adviser says on the whole."""
    who = {"rules": "the rules", "claude": "Claude", "random": "chance"}.get(made.adviser, made.adviser)
    count = len(made.proposals)
    title = f"What {who} propose{'' if made.adviser == 'rules' else 's'}"
    other = (
        said(f"Claude could not be asked, so the rules were: {made.because}", "warning")
        if made.instead_of
        else ""
    )
    none = said("No change of sections is proposed.", "good") if not count else ""
    words = f'<div class="ech-words">{lines(made.text)}</div>' if made.text else ""
    return f"<h3>{escape(title)}</h3>{other}{words}{none}"


def _loads(page: MasterScheduleState) -> str:
    table = page.advice.loads().rename(columns={"Before": "Sections now", "After": "Sections then"})
    otherwise = "No teacher gets more or fewer sections by what is accepted."
    return f"<h4>What this means for teachers</h4>{tabled(table, otherwise=otherwise)}"
