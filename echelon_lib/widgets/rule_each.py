"""Settings of single things, such as courses, of which one at a time is shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from html import escape
from typing import Any

import ipywidgets

from echelon_lib.widgets.markup import said, wide
from echelon_lib.widgets.rule_draft import Draft, Path, complete
from echelon_lib.widgets.rule_rows import Entry, Part, Row, parts_of

MakeRows = Callable[[Sequence[tuple[Entry, ...]]], list[Row]]


class EachView(ipywidgets.VBox):
    """Settings of single things, such as courses: a list of those that have any, and those of one of them.

    Parameters
    ----------
    part
        The part of the form, whose ``each`` is the model of one thing.
    draft
        What is entered.
    make_rows, move_rows
        Make the rows for some entries, and let them show those of another thing.
    changed
        Is called after something was added or removed.
    """

    def __init__(
        self,
        part: Part,
        draft: Draft,
        make_rows: MakeRows,
        move_rows: Callable[[Sequence[Row], Path], None],
        changed: Callable[[], None],
    ) -> None:
        self._part, self._draft = part, draft
        self._make_rows, self._move_rows, self._changed = make_rows, move_rows, changed
        self._default = complete(self._model())
        self._shown: str | None = None
        self._listing = False
        self._offered: tuple[str, ...] = ()
        words = {"description_width": "auto"}
        self.chosen = ipywidgets.Select(description="Rules are set for", rows=5, layout=wide(), style=words)
        self.chosen.observe(self._turned, "value")
        self.name = ipywidgets.Combobox(
            description=f"One of the {part.choices or 'names'}",
            placeholder="type or choose a name",
            layout=wide(),
            style=words,
        )
        self.add = ipywidgets.Button(description="Set rules for it", icon="plus")
        self.add.on_click(lambda button: self._added())
        self.remove = ipywidgets.Button(
            icon="trash", layout=ipywidgets.Layout(width="auto", align_self="flex-start")
        )
        self.remove.on_click(lambda button: self._removed())
        self._said = ipywidgets.HTML()
        self._title = ipywidgets.HTML()
        self._made: list[Row] = []
        self._rows = ipywidgets.VBox()
        adding = ipywidgets.HBox(
            [self.name, self.add], layout=ipywidgets.Layout(flex_flow="row wrap", align_items="center")
        )
        super().__init__([adding, self._said, self.chosen, self._rows, self.remove])
        self.refresh()

    def offer(self, names: Sequence[str]) -> None:
        """Take the names that may be chosen."""
        self._offered = tuple(names)
        self.refresh()

    def refresh(self) -> None:
        """Show what is entered now; of the thing that is shown, as far as it is still there."""
        entered = self._draft.at(self._part.path)
        self.name.options = [name for name in self._offered if name not in entered]
        options = [(self._summary(name), name) for name in entered]
        if list(self.chosen.options) != options:
            keep = self._shown if self._shown in entered else next(iter(entered), None)
            self._listing = True  # the list passes through its first line
            self.chosen.options = options
            self.chosen.value = keep
            self._listing = False
        self._said.value = "" if entered else said("None has any yet.")
        for widget in (self.chosen, self.remove):
            widget.layout.display = "" if entered else "none"
        self._show(self.chosen.value)

    def _summary(self, name: str) -> str:
        path = (*self._part.path, name)
        default = self._default
        fields = self._model.model_fields
        own = [fields[key].title or key for key in default if self._draft.at((*path, key)) != default[key]]
        absent = " (not in the files)" if self._offered and name not in self._offered else ""
        wrong = " – to mend" if self._draft.troubles(path) else ""
        return f"{name}{absent}: {', '.join(own).lower() or 'nothing set'}{wrong}"

    @property
    def _model(self) -> Any:
        return self._part.each

    def _show(self, name: str | None) -> None:
        if name == self._shown:
            return
        self._shown = name
        self._rows.layout.display = "none" if name is None else ""
        if name is None:
            return
        path = (*self._part.path, name)
        self.remove.description = f"Remove all that is set for {name}"
        self._title.value = f"<h4>{escape(name)}</h4>"
        if self._made:
            self._move_rows(self._made, path)
        else:
            self._made = [row for part in parts_of(self._model, path) for row in self._make_rows(part.rows)]
            self._rows.children = (self._title, *self._made)

    def _turned(self, change: Any) -> None:
        if not self._listing:
            self._show(self.chosen.value)

    def _added(self) -> None:
        name = self.name.value.strip()
        if not name:
            return
        path = (*self._part.path, name)
        if self._draft.at(path) is None:
            self._draft.put(path, deepcopy(self._default))
        self.name.value = ""
        self.refresh()
        self.chosen.value = name
        self._changed()

    def _removed(self) -> None:
        if self._shown is not None:
            self._draft.remove((*self._part.path, self._shown))
            self.refresh()
            self._changed()
