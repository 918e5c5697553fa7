"""The first step of a page: whose files, whether they can be read, and what arithmetic says of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import ipywidgets
import traitlets

from echelon_lib.domain.errors import EchelonError, Issue
from echelon_lib.runs.workspace import LARGEST_UPLOAD, MOST_FILES, MOST_UPLOADED, School
from echelon_lib.widgets.confirmed import Confirmed
from echelon_lib.widgets.fold import Fold
from echelon_lib.widgets.markup import facts, heading, moment, problems, row, said, wide
from echelon_lib.widgets.page_state import PageState
from echelon_lib.widgets.upload import Upload


class FilesPanel(ipywidgets.VBox):
    """Chooses or takes in a school or university and shows what was read.

    Parameters
    ----------
    state
        The state that it shows.
    """

    label: ClassVar[str]
    question: ClassVar[str]
    about_files: ClassVar[str]
    example: ClassVar[str]
    default_name: ClassVar[str]

    def __init__(self, state: PageState) -> None:
        self.state = state
        self._school = ipywidgets.Dropdown(description=self.label, layout=wide())
        traitlets.dlink((state, "schools"), (self._school, "options"), _options)
        traitlets.link((state, "school"), (self._school, "value"))
        self._remove = Confirmed(
            "Remove these files", "Yes, remove them", self._removal, icon="trash", no="No, keep them"
        )
        self._near = ipywidgets.HTML()
        self._accept = ipywidgets.Checkbox(
            description="Yes, these columns are what they resemble", indent=False, layout=wide()
        )
        traitlets.link((state, "accept_headers"), (self._accept, "value"))
        self._read = ipywidgets.HTML()
        self._findings = ipywidgets.HTML()
        names = ["school", "schools", "issues", "near_headers", "findings", "problem", "checked"]
        state.observe(self._show, names)
        super().__init__(
            [
                heading(self.question),
                row(self._school, self._remove),
                Fold("Bring your own files", self.about_files, self._upload),
                *self.more(),
                self._near,
                self._accept,
                self._read,
                self._findings,
            ]
        )
        self._show()

    def more(self) -> Sequence[ipywidgets.Widget]:
        """Return other ways to come by files."""
        return ()

    def reading(self) -> str:
        """Return what was read, as markup."""
        return _read(self.state)

    def findings(self) -> str:
        """Return what arithmetic found, as markup."""
        return ""

    def _upload(self) -> Sequence[ipywidgets.Widget]:
        name = ipywidgets.Text(description="Name", placeholder=self.example, layout=wide())
        upload = Upload(most_bytes=LARGEST_UPLOAD, most_total=MOST_UPLOADED, most_files=MOST_FILES)

        def take(files: Mapping[str, bytes]) -> None:
            if not self.state.add_school(name.value.strip() or self.default_name, files):
                raise EchelonError("Nothing of it was taken; why stands at the top of this page.")

        upload.on_files(take)
        return [name, upload]

    def _removal(self) -> tuple[str, Callable[[], None]]:
        """Return what is lost with the files that are chosen, and what removes them."""
        state, school = self.state, self.state.chosen
        runs = sum(job.school_id == state.school for job in state.jobs)
        text = f"The files of “{school.name if school else ''}” will be gone for good."
        if runs:
            text += (
                " Its runs stay and can still be downloaded, but not looked through on this page any more."
            )
        return text, state.remove_school

    def _show(self, change: Any = None) -> None:
        state = self.state
        school = state.chosen
        if change is not None and change["name"] == "school":
            self._remove.back()
        self._remove.layout.display = "" if school is not None and not school.sample else "none"
        ask = bool(state.near_headers) or state.accept_headers
        self._accept.layout.display = "" if ask else "none"
        self._near.value = _near(state)
        self._read.value = self.reading()
        self._findings.value = self.findings()


def _options(schools: tuple[School, ...]) -> list[tuple[str, str]]:
    names = [one.name for one in schools if not one.sample]
    return [
        (
            f"{one.name} (sample)"
            if one.sample
            else f"{one.name} (brought {moment(one.added)})"
            if names.count(one.name) > 1
            else one.name,
            one.id,
        )
        for one in schools
    ]


def _near(state: PageState) -> str:
    if not state.near_headers:
        return ""
    text = "Some column titles nearly fit. Are these columns what they resemble?"
    return said(text, "warning") + problems(map(_without_options, state.near_headers))


def _read(state: PageState) -> str:
    others = [issue for issue in state.issues if issue not in state.near_headers]
    if others:
        count = "1 thing has" if len(others) == 1 else f"{len(others)} things have"
        text = f"These files cannot be used yet: {count} to be mended. Nothing was changed."
        return said(text, "error") + problems(others)
    if state.problem is None or state.files is None:
        return ""
    counts = [(what, f"{count:,}") for what, count in state.files.counts().items() if count]
    return said("The files can be read.", "good") + facts(counts)


def _without_options(issue: Issue) -> Issue:
    """Return an issue whose cure speaks of the file alone: what to press stands beside it."""
    return replace(
        issue, cure=(issue.cure or "").split(", or accept ")[0].rstrip(".") + "." if issue.cure else None
    )
