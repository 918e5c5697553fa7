"""The advisers that a run can ask, and what has to be settled before one outside the house is asked."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from echelon_lib.advice.advisor import Advisor
from echelon_lib.advice.settings import ClaudeSettings
from echelon_lib.formats.tables import write_text_atomic
from echelon_lib.runs.progress import utc_now
from echelon_lib.stop import Running

if TYPE_CHECKING:
    from echelon_lib.advice.receipt import Receipt

SWITCH = "ECHELON_CLAUDE"
"""Environment variable that an administrator sets to ``off`` so that nothing is ever sent."""
NEVER = "never_send_to_claude"
"""A file of this name forbids to send anything of the folder in which it lies, and of all below it."""
RECEIPTS = "receipts"
"""Folder below that of a run, with one file for everything that was sent."""
SHOWN = "receipts/shown.txt"
"""The exact text of the first request of a session, as it was shown before it was sent."""

OnText = Callable[[str], None]


def sending_is_off(*folders: Path | str) -> bool:
    """Return whether this machine, or any of some folders or one above it, forbids sending to Claude."""
    if os.environ.get(SWITCH, "").strip().casefold() in ("off", "0", "no", "false"):
        return True
    paths = [way for folder in folders for way in (Path(folder).absolute(), Path(folder).resolve())]
    return any((one / NEVER).exists() for path in paths for one in (path, *path.parents))


class Receipts:
    """Keeps what was sent to Claude in the folder of a run, each request as a file of its own.

    Parameters
    ----------
    folder
        The folder of the run.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._fresh: list[str] = []
        self._begun: dict[int, tuple[str, str]] = {}

    def begin(self, receipt: Receipt) -> None:
        """Write down what is about to be sent, so that it is known whatever happens then."""
        (self.folder / RECEIPTS).mkdir(mode=0o700, exist_ok=True)
        name = f"{RECEIPTS}/receipt-{len(self.names()) + 1:03d}.json"
        self._begun[receipt.number] = name, utc_now()
        self._write(replace(receipt, error="nothing was heard of an answer"))
        self._fresh.append(name)

    def keep(self, receipt: Receipt) -> None:
        """Complete the receipt of what was sent."""
        self._write(receipt)

    def _write(self, receipt: Receipt) -> None:
        name, sent = self._begun[receipt.number]
        text = json.dumps({"sent": sent, **asdict(receipt)}, indent=2, ensure_ascii=False)
        write_text_atomic(self.folder / name, text + "\n")

    def show(self, text: str) -> bool:
        """Keep the text that is about to be sent where a person can read it; always consents."""
        (self.folder / RECEIPTS).mkdir(mode=0o700, exist_ok=True)
        write_text_atomic(self.folder / SHOWN, text + "\n")
        return True

    def names(self) -> list[str]:
        """Return the files of all receipts, in order."""
        found = sorted((self.folder / RECEIPTS).glob("receipt-*.json"))
        return [f"{RECEIPTS}/{path.name}" for path in found]

    def fresh(self) -> tuple[str, ...]:
        """Return the files that were written since this was asked last."""
        names, self._fresh = tuple(self._fresh), []
        return names


def adviser(
    name: str,
    *,
    seed: int = 0,
    settings: ClaudeSettings | None = None,
    receipts: Receipts | None = None,
    approve: Callable[[str], bool] | None = None,
    on_text: OnText | None = None,
    stop: Running | None = None,
) -> Advisor:
    """Return an adviser by its name.

    Parameters
    ----------
    name
        ``rules``, ``random`` or ``claude``.
    seed
        Seed of the random one.
    settings
        Model, budget and switches of Claude. The key comes from ``ANTHROPIC_API_KEY``.
    receipts
        Where everything that is sent is kept.
    approve
        Called with the exact text before the first send; without it the text is only kept.
    on_text
        Hears what Claude writes while it writes.
    stop
        A running clock, which ends the asking as well.
    """
    # Each is loaded when it is asked.
    if name == "random":
        from echelon_lib.advice.random_choice import RandomAdvisor

        return RandomAdvisor(seed)
    from echelon_lib.advice.rules import RuleAdvisor

    if name == "rules":
        return RuleAdvisor()
    from echelon_lib.advice.claude import ClaudeAdvisor

    settings = settings or ClaudeSettings()
    if sending_is_off(*([] if receipts is None else [receipts.folder])):
        settings = settings.model_copy(update={"send": False})
    show = approve if approve is not None or receipts is None else receipts.show
    return ClaudeAdvisor(
        settings,
        approve=show,
        on_text=on_text,
        on_receipt=None if receipts is None else receipts.keep,
        on_sending=None if receipts is None else receipts.begin,
        fallback=RuleAdvisor(),
        stop=stop,
    )
