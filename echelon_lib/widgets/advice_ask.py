"""Who is asked for advice, and what would leave the house for it."""

from __future__ import annotations

import json
from html import escape
from typing import Any

import ipywidgets
import traitlets

from echelon_lib.advice.settings import ClaudeSettings
from echelon_lib.runs.asking import Asking
from echelon_lib.widgets.advice_state import UNREAD
from echelon_lib.widgets.download import Download
from echelon_lib.widgets.fold import Fold
from echelon_lib.widgets.markup import facts, heading, row, said, wide
from echelon_lib.widgets.state import MasterScheduleState

_WHO = {"rules": "The rules of this program", "claude": "Claude"}
_ABOUT = {
    "rules": "The rules count seats and requests on this computer. Nothing is sent anywhere.",
    "claude": "Claude is a service on the internet. It is told about sections, never about a student: what "
    "would be sent stands below, word for word.",
}
_TITLES = {"quoted": "are sent as they are", "codes": "are replaced by codes"}
_NEVER = "Never send anything from this workspace (holds for everybody who uses it)"


class AskBox(ipywidgets.VBox):
    """Chooses an adviser, shows what would be sent, asks, and shows the answer while it comes.

    Parameters
    ----------
    page
        The state that it shows.
    """

    def __init__(self, page: MasterScheduleState) -> None:
        self._page, self._state = page, page.advice
        who = ipywidgets.RadioButtons(
            options=[(text, name) for name, text in _WHO.items()], description="Whom to ask", layout=wide()
        )
        who.style = {"description_width": "initial"}
        traitlets.link((page, "adviser"), (who, "value"))
        self._about = ipywidgets.HTML()
        self._why_not = ipywidgets.HTML()
        self._rules = ipywidgets.Button(description="Ask the rules instead", icon="list-ul")
        self._rules.on_click(self._ask_rules)
        self._ask = ipywidgets.Button(description="Ask for advice", button_style="primary", icon="comments")
        self._ask.on_click(self._asked)
        self._stop = ipywidgets.Button(description="Stop asking", icon="stop")
        self._stop.on_click(lambda button: self._state.cancel())
        self._claude = ipywidgets.VBox(self._of_claude())
        self._status = ipywidgets.HTML()
        self._words = ipywidgets.HTML()
        page.observe(self._show, ["adviser", "titles", "outcome", "step"])
        self._state.observe(self._show, ["asking", "consented", "forbidden", "exact", "fault"])
        super().__init__(
            [
                heading("Ask for advice", 3),
                who,
                self._about,
                self._claude,
                self._why_not,
                row(self._ask, self._stop, self._rules),
                self._status,
                self._words,
            ]
        )
        self._show()

    def _of_claude(self) -> list[ipywidgets.Widget]:
        page, state, style = self._page, self._state, {"description_width": "initial"}
        titles = ipywidgets.Dropdown(
            options=[(text, name) for name, text in _TITLES.items()],
            description="Titles of courses",
            style=style,
            layout=wide(),
        )
        traitlets.link((page, "titles"), (titles, "value"))
        self._limits = ipywidgets.HTML()
        self._preview = ipywidgets.HTML()
        self._consent = ipywidgets.Checkbox(
            description="I have read it; send this", indent=False, layout=wide()
        )
        traitlets.link((state, "consented"), (self._consent, "value"))
        self._never = ipywidgets.Checkbox(
            description=_NEVER, indent=False, layout=ipywidgets.Layout(width="auto")
        )
        self._never.observe(lambda change: state.forbid(change["new"]), "value")

        def as_file() -> bytes:
            return state.exact.encode()

        self._save = Download(
            "Save this text",
            "to-claude.json",
            as_file,
            description="What would be sent, as a file, for whoever has to approve of it.",
        )
        self._text = Fold("What leaves this computer, word for word", "", lambda: [self._preview, self._save])
        self._text.button.value = True
        return [self._never, self._limits, titles, self._text, self._consent]

    def _asked(self, button: Any) -> None:
        if self._state.ask() and self._page.adviser == "claude":
            self._text.button.value = False  # so that the answer is not far below what was read

    def _ask_rules(self, button: Any) -> None:
        self._page.adviser = "rules"
        self._state.ask()

    def _show(self, change: Any = None) -> None:
        page, state = self._page, self._state
        if page.step != "advice":
            return
        claude, asking = page.adviser == "claude", state.asking
        going = asking is not None and asking.going
        why = state.hindrance(page.adviser)
        self._about.value = f"<p>{escape(_ABOUT[page.adviser])}</p>"
        self._claude.layout.display = "" if claude else "none"
        self._why_not.value = "" if going else _why_not(why)
        self._rules.layout.display = "" if why and why != UNREAD and not going else "none"
        usable = page.outcome is not None and page.outcome.result.best is not None
        self._ask.disabled = bool(why) or going or not usable
        self._ask.description = "Asking …" if going else "Ask for advice"
        self._stop.layout.display = "" if going else "none"
        self._never.value = state.forbidden
        self._save.disabled = not state.exact
        self._consent.disabled = going or not state.exact or (bool(why) and why != UNREAD)
        if claude and usable and (change is None or change["name"] in ("adviser", "step", "exact", "fault")):
            self._show_text()
        self._status.value = _status(asking)
        self._words.value = _words(asking)

    def _show_text(self) -> None:
        state = self._state
        if state.fault:
            self._preview.value, self._limits.value = said(state.fault, "error"), ""
        elif not state.exact:
            self._preview.value = said("The text is being made; one moment …")
        else:
            self._limits.value = facts(_limits(state.settings()))
            self._preview.value = _readable(state.exact)


def _why_not(why: str) -> str:
    if why == UNREAD:
        return said("Read the text above and agree to it; then Claude can be asked.")
    first, _, cure = why.partition("\n")
    return said(first, "warning", more=cure)


def _limits(settings: ClaudeSettings) -> list[tuple[str, str]]:
    """Return which model is asked and what it may cost."""
    pairs = [
        ("Model", settings.model),
        ("Questions at most", f"{settings.calls:,}"),
        ("Tokens at most", f"{settings.tokens:,}"),
        ("Seconds at most", f"{settings.seconds:g}"),
    ]
    if settings.usd is not None:
        pairs.append(("Dollars at most", f"{settings.usd:g}"))
    return pairs


def _readable(exact: str) -> str:
    """Return the text that would be sent: its words as they are meant, then every character as it is sent."""
    words = "\n\n".join(_spoken(exact))
    boxes = [("What Claude would read", words)] if words else []
    boxes.append(("The same, character for character as it leaves this computer", exact))
    return "".join(
        f'<h4>{title}</h4><div class="ech-exact" tabindex="0" role="region" aria-label="{title}">'
        f"{escape(text)}</div>"
        for title, text in boxes
    )


def _spoken(exact: str) -> list[str]:
    """Return the instructions and messages of a request."""
    try:
        body = json.loads(exact)
        parts = [body.get("system", ""), *(message["content"] for message in body["messages"])]
    except (ValueError, LookupError, TypeError, AttributeError):
        return []
    texts = []
    for part in parts:
        for one in [part] if isinstance(part, str) else part:
            text = one if isinstance(one, str) else one.get("text", "")
            texts.append(text)
    return [text for text in texts if text]


def _status(asking: Asking | None) -> str:
    """Return how far the adviser is, for a screen reader as well."""
    if asking is None:
        return ""
    name = _WHO.get(asking.adviser, asking.adviser)
    if asking.state == "asking":
        text = said(f"{name}: asked. The answer is kept, also when this page is closed.")
    elif asking.state == "stopping":
        text = said("Stopping …")
    elif asking.state == "answered":
        text = ""
    else:
        first, _, cure = asking.message.partition("\n")
        text = said(first, "warning" if asking.state == "stopped" else "error", more=cure)
    return f'<div role="status" aria-live="polite">{text}</div>'


def _words(asking: Asking | None) -> str:
    """Return what the adviser writes, as far as it has come."""
    if asking is None or not asking.words or asking.state == "answered":
        return ""
    return (
        '<div class="ech-words" tabindex="0" role="log" aria-label="What the adviser writes">'
        f"{escape(asking.words)}</div>"
    )
