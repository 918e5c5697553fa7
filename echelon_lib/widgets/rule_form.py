"""The rules of a school as a form, made from ``SchoolRules``: words, bounds and defaults are the model's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path as File
from typing import Any

import ipywidgets
import traitlets

from echelon_lib.domain.errors import DataError
from echelon_lib.school_rules import SchoolRules
from echelon_lib.widgets.fold import Fold
from echelon_lib.widgets.markup import said
from echelon_lib.widgets.rule_draft import Draft, Path, different
from echelon_lib.widgets.rule_each import EachView
from echelon_lib.widgets.rule_fields import Field
from echelon_lib.widgets.rule_rows import Entry, Part, Row, parts_of

OFFERED = ("courses", "departments", "periods", "student_columns")
"""Traits with the names of the loaded school, as the model calls them under ``choices``."""


class RuleForm(ipywidgets.VBox):
    """Shows and changes the rules of a school.

    Parameters
    ----------
    model
        ``SchoolRules`` or a subclass of it.

    Attributes
    ----------
    value
        The rules that differ from the defaults, as JSON; setting it fills the form, and who uses the form
        sets it. It always holds rules that fit.
    issues
        What is wrong with what was entered, each an ``Issue`` as a dict; ``value`` stays as it was meanwhile.
    unfit
        How many entries of the form do not fit; a file that was not taken over counts for none.
    courses, departments, periods, student_columns
        Names of the loaded school, to choose from.
    """

    value = traitlets.Dict()
    issues = traitlets.List(traitlets.Dict())
    unfit = traitlets.Int()
    courses = traitlets.List(traitlets.Unicode())
    departments = traitlets.List(traitlets.Unicode())
    periods = traitlets.List(traitlets.Unicode())
    student_columns = traitlets.List(traitlets.Unicode())

    def __init__(self, model: type[SchoolRules] = SchoolRules, **traits: Any) -> None:
        self._model = model
        self._draft = Draft(model)
        self._rows: list[Row] = []
        self._views: dict[Path, EachView] = {}
        self._filling = False
        self._before: dict[str, Any] = {}
        self._status = ipywidgets.HTML()
        self._back = ipywidgets.Button(description="Back to the defaults", icon="undo")
        self._back.on_click(lambda button: self.reset())
        self._undo = ipywidgets.Button(description="No, take my rules again")
        self._undo.on_click(lambda button: self._fill(self._before))
        self._parts = parts_of(model)
        self._folds = [Fold(part.title, part.description, partial(self._made, part)) for part in self._parts]
        style = File(__file__).with_suffix(".css").read_text(encoding="utf-8")
        buttons = ipywidgets.HBox([self._back, self._undo], layout=ipywidgets.Layout(flex_flow="row wrap"))
        super().__init__([ipywidgets.HTML(f"<style>{style}</style>"), self._status, *self._folds, buttons])
        self.add_class("ech-rules")
        self.observe(self._other_value, "value")
        self.observe(self._other_names, list(OFFERED))
        for name, given in traits.items():
            setattr(self, name, given)
        self._say()

    @property
    def rules(self) -> SchoolRules:
        """The rules as they are set."""
        return self._model.from_mapping(self.value)

    @property
    def toml(self) -> str:
        """The rules as they are set, as the text of a rules file."""
        return self.rules.to_toml()

    def reset(self) -> None:
        """Go back to the defaults of every rule; one press brings back the rules that were."""
        before = self.value
        self._fill({})
        self._before = before
        self._say()

    def forget(self) -> None:
        """Show the rules that hold, and forget what was entered and does not fit."""
        self._fill(self.value)

    def load_toml(self, content: bytes, name: str = "rules") -> bool:
        """Take over the rules of a TOML file; otherwise ``issues`` says what is wrong and no rule changes.

        One press brings back the rules that were.

        Parameters
        ----------
        content
            The bytes of the file.
        name
            Its name, for the issues.
        """
        before = self.value
        try:
            self._fill(different(self._model.from_bytes(content, source=name)))
        except DataError as error:
            self.issues = [asdict(issue) for issue in error.issues]
            self._status.value = said("This file was not taken over.", "error", more=str(error))
            return False
        self._before = {} if before == self.value else before
        self._say()
        return True

    # From the value to the form ---------------------------------------------------------------------------

    @traitlets.validate("value")
    def _fitting(self, proposal: Any) -> dict[str, Any]:
        return self._draft.fitting(proposal["value"])

    def _other_value(self, change: Any) -> None:
        if not self._filling:
            self._fill(self.value)

    def _fill(self, value: dict[str, Any]) -> None:
        """Show rules, and forget what else was entered."""
        self._draft.fill(value)
        self._before = {}
        with self._quietly():
            for view in self._views.values():
                view.refresh()
            for field in self._fields:
                if self._draft.at(field.path[:-1]) is not None:  # else it is hidden: what it showed is gone
                    field.set_to(self._draft.at(field.path))
        self._judged()

    def _other_names(self, change: Any) -> None:
        with self._quietly():
            for field in self._fields:
                field.offer(self._names(field.words.get("choices")))
            for part in self._parts:
                if part.path in self._views:
                    self._views[part.path].offer(self._names(part.choices))

    def _names(self, choices: str | None) -> Sequence[str]:
        return tuple(getattr(self, choices)) if choices in OFFERED else ()

    # What is shown ----------------------------------------------------------------------------------------

    @property
    def _fields(self) -> Iterator[Field]:
        return (field for row in self._rows for field in row.fields)

    def _made(self, part: Part) -> Sequence[ipywidgets.Widget]:
        if part.each is None:
            return self._make_rows(part.rows)
        view = EachView(part, self._draft, self._make_rows, self._move_rows, self._judged)
        view.offer(self._names(part.choices))
        self._views[part.path] = view
        return [view]

    def _make_rows(self, rows: Sequence[tuple[Entry, ...]]) -> list[Row]:
        made = [Row(entries) for entries in rows]
        with self._quietly():
            for row in made:
                for field in row.fields:
                    field.offer(self._names(field.words.get("choices")))
                    field.set_to(self._draft.at(field.path))
                    field.observe(self._entered, "entry")
                    field.observe(self._typed, "unreadable")
        self._rows += made
        return made

    def _move_rows(self, rows: Sequence[Row], path: Path) -> None:
        """Let rows show the entries below another path of the same length."""
        with self._quietly():
            for field in (field for row in rows for field in row.fields):
                if field.unreadable:
                    self._draft.refuse(field.path, "")
                field.path = (*path, *field.path[len(path) :])
                field.set_to(self._draft.at(field.path))

    # From the form to the value ---------------------------------------------------------------------------

    def _entered(self, change: Any) -> None:
        if not self._filling:
            self._draft.put(change["owner"].path, change["new"])
            self._judged()

    def _typed(self, change: Any) -> None:
        if not self._filling:
            self._draft.refuse(change["owner"].path, change["new"])
            self._judged()

    def _judged(self) -> None:
        """Take over what the draft holds now, and say what does not fit."""
        if self._draft.value != self.value:
            self._before = {}
            with self._quietly():
                self.value = self._draft.value
        self.issues = [asdict(issue) for issue in self._draft.issues]
        self.unfit = len(self.issues)
        with self._quietly():
            for view in self._views.values():
                view.refresh()
        for row in self._rows:
            row.say(" ".join(text for field in row.fields for text in self._draft.troubles(field.path)))
        self._say()

    def _say(self) -> None:
        """Say how the rules stand, at the top and beside each title."""
        changed_in_all = 0
        for part, fold in zip(self._parts, self._folds, strict=True):
            paths = [entry.path for row in part.rows for entry in row] or [part.path]
            count = self._draft.differing(paths)
            wrong = sum(len(self._draft.troubles(path)) for path in paths)
            changed_in_all += count
            fold.say(", ".join([*_counted(count, "changed"), *_counted(wrong, "to mend")]))
        self._undo.layout.display = "" if self._before else "none"
        self._back.disabled = not (self.value or self.issues)
        many = len(self.issues)
        if many:
            text = "One entry does not fit." if many == 1 else f"{many} entries do not fit."
            self._status.value = said(f"{text} Until that is mended, the rules before it hold.", "error")
        elif changed_in_all:
            verb = "differs" if changed_in_all == 1 else "differ"
            self._status.value = said(f"{changed_in_all} of these {verb} from the defaults.")
        else:
            self._status.value = said("All of these have their defaults.")

    @contextmanager
    def _quietly(self) -> Iterator[None]:
        before, self._filling = self._filling, True
        try:
            yield
        finally:
            self._filling = before


def _counted(count: int, what: str) -> list[str]:
    return [f"{count} {what}"] if count else []
