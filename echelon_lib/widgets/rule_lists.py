"""Fields of a form for several names: those of a school that are chosen, and rows of names."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import ipywidgets

from echelon_lib.widgets.rule_fields import Field, close, labelled, options_of

FEW_CHOICES = 16
"""Names that are shown as check boxes, at most; more are chosen one by one."""


class NamesField(Field):
    """Some names of the school: boxes to tick where there are few, otherwise chosen one by one."""

    def build(self) -> None:
        """Make what there is before the names are known."""
        self._offered: tuple[str, ...] = ()
        self._boxes: dict[str, ipywidgets.Checkbox] = {}
        self._controls: list[ipywidgets.Widget] = []
        self._more = labelled(
            ipywidgets.Combobox,
            self.info,
            width="360px",
            continuous_update=False,
            placeholder="type or choose a name",
        )
        self._add = ipywidgets.Button(description="Add", tooltip=f"Add to {self.info.title}")
        self._add.on_click(lambda button: self._added())

    def offer(self, choices: Sequence[str]) -> None:
        """Take the names that may be chosen."""
        if tuple(choices) != self._offered:
            self._offered = tuple(choices)
            self._shown()

    def show(self) -> None:
        """Show the names: those offered, then those that nothing offers but that were given."""
        chosen = list(self.entry or ())
        if 0 < len(self._offered) <= FEW_CHOICES:
            names = list(dict.fromkeys((*self._offered, *chosen)))
            if names != list(self._boxes):
                self._boxes = {name: self._box(name) for name in names}
                title = ipywidgets.HTML(f'<span class="ech-names">{escape(self.info.title or "")}</span>')
                self._replace([title, *self._boxes.values()])
            for name, box in self._boxes.items():
                box.value = name in chosen
            return
        self._boxes = {}
        self._more.options = [name for name in self._offered if name not in chosen]
        self._replace([self._more, self._add, *(self._remove(name) for name in dict.fromkeys(chosen))])

    def _replace(self, controls: list[ipywidgets.Widget]) -> None:
        """Show other controls; those that were made for single names go."""
        before, self._controls = self._controls, controls
        self.children = tuple(controls)
        for control in before:
            if control not in (self._more, self._add):
                close(control)

    def read(self) -> list[str] | None:
        """Return the names that are ticked; those that stay keep their order."""
        before = list(self.entry or ())
        ticked = [name for name, box in self._boxes.items() if box.value]
        return self._chosen([*(n for n in before if n in ticked), *(n for n in ticked if n not in before)])

    def _chosen(self, names: list[str]) -> list[str] | None:
        return None if not names and type(None) in options_of(self.info) else names

    def _box(self, name: str) -> ipywidgets.Checkbox:
        known = name in self._offered
        box = ipywidgets.Checkbox(
            description=name if known else f"{name} (not in the files)",
            indent=False,
            tooltip=f"{self.info.title}: {name}",
            layout=ipywidgets.Layout(width="auto", margin="0 18px 0 0"),
        )
        self.listen(box)
        return box

    def _remove(self, name: str) -> ipywidgets.Button:
        known = not self._offered or name in self._offered
        button = ipywidgets.Button(
            description=f"✕ {name}" if known else f"✕ {name} (not in the files)",
            tooltip=f"Remove {name} from {self.info.title}",
            layout=ipywidgets.Layout(width="auto"),
        )
        button.on_click(lambda pressed: self._take(self._chosen([one for one in self.entry if one != name])))
        return button

    def _added(self) -> None:
        name = self._more.value.strip()
        if name and name not in (self.entry or ()):
            self._take([*(self.entry or ()), name])
        self._more.value = ""

    def _take(self, entry: list[str] | None) -> None:
        self.unreadable = ""
        self.entry = entry


class DaysField(Field):
    """Names in rows, one row a line: ``R: R1, R2``."""

    def build(self) -> None:
        """Make the text."""
        self._text = labelled(ipywidgets.Textarea, self.info, width="420px", continuous_update=False, rows=4)
        self.children = (self._text,)
        self.listen(self._text)

    def show(self) -> None:
        """Show a line for each row; what a line cannot say is only shown."""
        text = "\n".join(f"{day}: {', '.join(names)}" for day, names in (self.entry or {}).items())
        self._text.value = text
        try:
            self._text.disabled = bool(self.entry) and rows_of(text) != self.entry
        except ValueError:
            self._text.disabled = True

    def offer(self, choices: Sequence[str]) -> None:
        """Show the names that are meant."""
        self._text.placeholder = f"such as  Day: {', '.join(choices)}" if choices else ""

    def read(self) -> dict[str, list[str]] | None:
        """Return the rows; raises ValueError where a line is none."""
        return rows_of(self._text.value) or None


def rows_of(text: str) -> dict[str, list[str]]:
    """Return the rows of lines such as ``R: R1, R2``; raises ValueError where a line is none."""
    rows: dict[str, list[str]] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        day, colon, names = (part.strip() for part in line.partition(":"))
        if not day and not names and not colon:
            continue
        periods = [name.strip() for name in names.split(",") if name.strip()]
        if not (day and colon and periods):
            raise ValueError(f"line {number} is no day: write it as R: R1, R2")
        if day in rows:
            raise ValueError(f"line {number} names the day {day} again")
        rows[day] = periods
    return rows
