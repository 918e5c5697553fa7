"""Fields of a form for settings: one control for each kind of value that a model can hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import ipywidgets
import traitlets
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from echelon_lib.rule_kinds import USUAL_PRICE
from echelon_lib.widgets.rule_draft import Path

_NOTHING = ""  # a list of words cannot hold None: it means that no word is chosen
_WRAP = {"flex_flow": "row wrap", "align_items": "center"}


class Field(ipywidgets.HBox):
    """One entry of a form.

    Parameters
    ----------
    info
        The field of the model: its words, default and type decide how it looks.

    Attributes
    ----------
    path
        Where the entry stands; it may come to show another entry of the same kind.
    entry
        The value as JSON; setting it shows it, and who uses the controls sets it.
    unreadable
        What is wrong with what was typed, where it cannot be taken for any value; the entry stays then.
    """

    entry = traitlets.Any()
    unreadable = traitlets.Unicode()

    def __init__(self, info: FieldInfo) -> None:
        self.info = info
        self.path: Path = ()
        self.words = words_of(info)
        self._showing = False
        super().__init__(layout=ipywidgets.Layout(**_WRAP))
        self.build()
        self.observe(self._shown, "entry")

    def build(self) -> None:
        """Make the controls."""
        raise TypeError(f"{type(self).__name__} has no controls")

    def show(self) -> None:
        """Let the controls say what ``entry`` is."""

    def read(self) -> Any:
        """Return what the controls say as an entry; raises ValueError where it cannot be one."""
        raise ValueError(f"{type(self).__name__} says nothing")

    def forget(self) -> None:
        """Forget the number that comes back when a box or a word is chosen again."""

    def offer(self, choices: Sequence[str]) -> None:
        """Take the names that may be chosen; for most fields there are none."""

    def set_to(self, entry: Any) -> None:
        """Show an entry, whatever was typed before."""
        self.unreadable = ""
        with self._quietly():
            self.forget()
        if self.entry == entry and type(self.entry) is type(entry):
            self._shown()
        else:
            self.entry = entry

    def listen(self, *controls: ipywidgets.Widget) -> None:
        """Follow what is done to some controls."""
        for control in controls:
            control.observe(self.used, "value")

    def used(self, change: Any = None) -> None:
        """Take over what the controls say."""
        if self._showing:
            return
        try:
            entry = self.read()
        except ValueError as error:
            self.unreadable = str(error)
            return
        self.unreadable = ""
        self.entry = entry

    def _shown(self, change: Any = None) -> None:
        with self._quietly():
            self.show()

    @contextmanager
    def _quietly(self) -> Iterator[None]:
        before, self._showing = self._showing, True
        try:
            yield
        finally:
            self._showing = before


class TextField(Field):
    """A line of text."""

    def build(self) -> None:
        """Make the line."""
        self._text = labelled(ipywidgets.Text, self.info, width="380px", continuous_update=False)
        self.children = (self._text,)
        self.listen(self._text)

    def show(self) -> None:
        """Show the text."""
        self._text.value = self.entry or ""

    def read(self) -> str:
        """Return the text."""
        return str(self._text.value)


class NumberField(Field):
    """A whole number, with a box to tick where there may be none."""

    def build(self) -> None:
        """Make the number and the box."""
        self._number = labelled(ipywidgets.IntText, self.info, width="220px", continuous_update=False)
        self.forget()
        self._none = None
        controls = [self._number]
        if type(None) in options_of(self.info):
            text = self.words.get("without", "none")
            self._none = ipywidgets.Checkbox(
                description=text,
                indent=False,
                tooltip=f"{self.info.title}: {text}",
                layout=ipywidgets.Layout(width="auto"),
            )
            controls.append(self._none)
        self.children = controls
        self.listen(*controls)

    def forget(self) -> None:
        """Go back to the default, or to the least number where there is none."""
        self._number.value = self.info.default if isinstance(self.info.default, int) else _least(self.info)

    def show(self) -> None:
        """Show the number, or that there is none."""
        if self.entry is not None:
            self._number.value = self.entry
        if self._none is not None:
            self._none.value = self._number.disabled = self.entry is None

    def read(self) -> int | None:
        """Return the number, or None where there is none."""
        return None if self._none is not None and self._none.value else int(self._number.value)


class FlagField(Field):
    """Yes or no."""

    def build(self) -> None:
        """Make the box to tick."""
        self._box = ipywidgets.Checkbox(
            description=self.info.title,
            indent=False,
            tooltip=self.info.description,
            layout=ipywidgets.Layout(width="auto"),
        )
        self.children = (self._box,)
        self.listen(self._box)

    def show(self) -> None:
        """Show whether it is ticked."""
        self._box.value = bool(self.entry)

    def read(self) -> bool:
        """Return whether it is ticked."""
        return bool(self._box.value)


class KindField(Field):
    """One of some words, or a number that has a name, such as a price."""

    def build(self) -> None:
        """Make the list of words and the number."""
        literals, model = _words_and_model(self.info)
        self._key = next(iter(model.model_fields))
        named = model.model_fields[self._key]
        choices: list[tuple[str, Any]] = [(word.capitalize(), word) for word in literals]
        choices.insert(1, (model.__name__, self._key))
        if type(None) in options_of(self.info):
            choices.insert(0, ("As for the school", _NOTHING))
        self._kind = ipywidgets.Dropdown(
            description="How strict",
            options=choices,
            tooltip=self.info.description,
            style={"description_width": "auto"},
            layout=ipywidgets.Layout(width="230px"),
        )
        unit = f" a {self.words['unit']}" if "unit" in self.words else ""
        self._price = ipywidgets.IntText(
            description=f"{named.title}{unit}",
            continuous_update=False,
            tooltip=named.description,
            style={"description_width": "auto"},
            layout=ipywidgets.Layout(width="240px"),
        )
        self.forget()
        self.children = (self._kind, self._price)
        self.listen(self._kind, self._price)

    def forget(self) -> None:
        """Go back to the number of the default, or to the one that is offered where it has none."""
        offered = words_of(self.info).get("offered", USUAL_PRICE)
        self._price.value = getattr(self.info.default, self._key, offered)

    def show(self) -> None:
        """Show the word, or the number."""
        has_price = isinstance(self.entry, dict)
        self._kind.value = self._key if has_price else self.entry or _NOTHING
        if has_price:
            self._price.value = self.entry[self._key]
        self._price.disabled = not has_price
        self._price.layout.visibility = "visible" if has_price else "hidden"

    def read(self) -> Any:
        """Return the word, or the number under its name."""
        word = self._kind.value
        return {self._key: int(self._price.value)} if word == self._key else word or None


def words_of(info: FieldInfo) -> dict[str, Any]:
    """Return what a model says of a field beyond title and description."""
    return dict(info.json_schema_extra) if isinstance(info.json_schema_extra, dict) else {}


def options_of(info: FieldInfo) -> list[Any]:
    """Return the types that a value may be of, without what is annotated to them."""
    annotation = info.annotation
    union = get_origin(annotation) in {Union, UnionType}
    found = get_args(annotation) if union else (annotation,)
    return [get_args(one)[0] if get_origin(one) is Annotated else one for one in found]


def _words_and_model(info: FieldInfo) -> tuple[tuple[str, ...], type[BaseModel]]:
    options = options_of(info)
    words = next(get_args(one) for one in options if get_origin(one) is Literal)
    return words, next(one for one in options if is_model(one))


def is_model(value: object) -> bool:
    """Tell whether a type is a model."""
    return isinstance(value, type) and issubclass(value, BaseModel)


def _least(info: FieldInfo) -> int:
    """Return the least number that is allowed, as far as the model says."""
    annotated = [extra for part in get_args(info.annotation) for extra in get_args(part)[1:]]
    marks = [*info.metadata, *(mark for extra in annotated for mark in getattr(extra, "metadata", ()))]
    return next((int(mark.ge) for mark in marks if hasattr(mark, "ge")), 0)


def labelled(kind: type[ipywidgets.Widget], info: FieldInfo, *, width: str, **more: Any) -> Any:
    """Return a control of some kind with the words of a field."""
    return kind(
        description=info.title,
        tooltip=info.description,
        style={"description_width": "auto"},
        layout=ipywidgets.Layout(width=width, max_width="100%"),
        **more,
    )


def close(widget: ipywidgets.Widget) -> None:
    """Close a widget with all that is in it, so that a page that is open for long does not grow."""
    for child in getattr(widget, "children", ()):
        close(child)
    for part in ("layout", "style"):
        if hasattr(widget, part):
            getattr(widget, part).close()
    widget.close()
