"""The second step of the page: what is required, what is priced, and what cannot be had together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import ipywidgets
import traitlets

from echelon_lib.domain.errors import EchelonError
from echelon_lib.formats.school_records import STUDENTS
from echelon_lib.preflight import Finding
from echelon_lib.rule_advice import kinds_changed, priced_instead
from echelon_lib.school_rules import SchoolRules
from echelon_lib.strict_toml import LARGEST_FILE
from echelon_lib.widgets.download import Download
from echelon_lib.widgets.markup import heading, prose, row, said
from echelon_lib.widgets.rule_form import RuleForm
from echelon_lib.widgets.state import MasterScheduleState
from echelon_lib.widgets.upload import Upload


class RulesPanel(ipywidgets.VBox):
    """Sets the rules and says at once whether they can be kept together.

    Parameters
    ----------
    state
        The state that it shows.
    """

    def __init__(self, state: MasterScheduleState) -> None:
        self._state = state
        self._verdict = ipywidgets.HTML()
        self._cures = ipywidgets.VBox()
        form = RuleForm()
        traitlets.dlink((state, "files"), (form, "courses"), _courses)
        traitlets.dlink((state, "files"), (form, "departments"), _departments)
        traitlets.dlink((state, "files"), (form, "periods"), _periods)
        traitlets.dlink((state, "files"), (form, "student_columns"), _student_columns)
        traitlets.link((state, "rules"), (form, "value"))
        traitlets.dlink((form, "unfit"), (state, "unfit"))
        state.observe(lambda change: form.forget(), "school")

        def take(files: Mapping[str, bytes]) -> None:
            for name, content in files.items():
                if not form.load_toml(content, name):
                    raise EchelonError("No rule was changed; what is wrong stands above the rules.")

        def as_file() -> bytes:
            return form.toml.encode()

        upload = Upload(
            "A rules file", accept=(".toml",), most_bytes=LARGEST_FILE, most_total=LARGEST_FILE, most_files=1
        )
        upload.on_files(take)
        download = Download(
            "Rules file",
            "rules.toml",
            as_file,
            description="These rules as a file, for the next school year or for the command line.",
        )
        state.observe(self._show, ["findings", "issues", "checked", "problem"])
        super().__init__(
            [
                heading("Which rules?"),
                prose(
                    "A required rule is never broken. A priced one may be broken where that is worth more "
                    "elsewhere: the higher its price, the rarer. What is off is not looked at."
                ),
                self._verdict,
                self._cures,
                form,
                heading("Rules as a file", 3),
                download,
                upload,
            ]
        )
        self._show()

    def _show(self, change: Any = None) -> None:
        state = self._state
        if not state.checked:
            self._verdict.value = said("Checking the rules …")
            return
        obstacles = state.obstacles
        if state.problem is None:
            text = "\n".join(str(issue) for issue in state.issues[:20])
            self._verdict.value = said(text or "Choose a school first.", "error" if text else "plain")
        elif obstacles:
            text = "No timetable can keep all of these rules:"
            self._verdict.value = said(text, "error", more="\n".join(map(str, obstacles)))
        else:
            text = "Arithmetic finds nothing in these rules that cannot be kept."
            self._verdict.value = said(text, "good")
        self._cures.children = list(self._offers(obstacles))

    def _offers(self, obstacles: tuple[Finding, ...]) -> Iterator[ipywidgets.Widget]:
        """Yield a button with its consequence for each way to price what is in the way."""
        before = self._state.school_rules
        seen: list[SchoolRules] = []
        for finding in obstacles:
            after = priced_instead(before, finding)
            if after is None or after in seen:
                continue
            seen.append(after)
            yield row(self._cure(finding), prose(" ".join(kinds_changed(before, after, when="then"))))

    def _cure(self, finding: Finding) -> ipywidgets.Button:
        button = ipywidgets.Button(description="Price it instead", icon="tag")
        button.on_click(lambda pressed: self._state.price_instead(finding))
        return button


def _courses(files: Any) -> list[str]:
    return [] if files is None else sorted({section.course for section in files.sections})


def _departments(files: Any) -> list[str]:
    return [] if files is None else sorted({row.department for row in files.sections if row.department})


def _periods(files: Any) -> list[str]:
    return [] if files is None else [period.name for period in files.periods]


def _student_columns(files: Any) -> list[str]:
    return [] if files is None else list(files.carried.get(STUDENTS, ()))
