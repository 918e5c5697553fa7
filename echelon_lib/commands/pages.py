"""The pages that the dashboard offers: apps and notebooks, and nothing else of the checkout."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

APPS = "dashboards"
NOTEBOOKS = "notebooks"
YOURS = "yours"
"""The folders of a staged root, in the order in which the first page lists them."""

READABLE = "data/README.md"
"""What notebooks link to besides each other; it holds no data."""

_MARKS = re.compile(r"\*\*|__|`|\[([^\]]*)\]\([^)]*\)")


@dataclass(frozen=True, slots=True)
class Page:
    """A notebook that is shown as a page.

    Parameters
    ----------
    path
        Where it lies in the staged root, with forward slashes.
    title
        Its first heading.
    question
        What it answers, in a sentence: the first paragraph below the title.
    """

    path: str
    title: str
    question: str = ""

    @property
    def group(self) -> str:
        """The folder of the staged root that it lies in."""
        return self.path.split("/", maxsplit=1)[0]

    @classmethod
    def read(cls, notebook: Path, path: str) -> Page:
        """Return a notebook's title and question; the name of its file where it has none."""
        try:
            first = json.loads(notebook.read_text(encoding="utf-8"))["cells"][0]
            text = "".join(first["source"]) if first["cell_type"] == "markdown" else ""
        except (OSError, ValueError, KeyError, IndexError, TypeError):
            text = ""
        parts = [part.strip() for part in re.split(r"\n\s*\n", text.strip()) if part.strip()]
        title = parts.pop(0) if parts and parts[0].startswith("#") else ""
        title = _plain(title.partition("\n")[0].lstrip("# "))
        return cls(path, title or notebook.stem.replace("_", " "), _plain(parts[0]) if parts else "")


def stage(root: Path, checkout: Path, yours: Path | None = None) -> tuple[Page, ...]:
    """Copy into an empty folder what may be shown, and return the pages.

    A server that can read a checkout can be made to tell of runs and uploads in it; one whose root holds
    these copies cannot.

    Parameters
    ----------
    root
        The folder to be served.
    checkout
        Where ``dashboards`` and ``notebooks`` lie.
    yours
        A folder with further notebooks.

    Returns
    -------
    tuple of Page
        Apps first, then the notebooks by name.
    """
    pages = []
    sources: Mapping[str, Path | None] = {
        APPS: checkout / APPS,
        NOTEBOOKS: checkout / NOTEBOOKS,
        YOURS: yours,
    }
    for group, folder in sources.items():
        for notebook in _notebooks(folder):
            copy = root / group / notebook.name
            copy.parent.mkdir(exist_ok=True)
            shutil.copyfile(notebook, copy)
            pages.append(Page.read(copy, f"{group}/{notebook.name}"))
    if (checkout / READABLE).is_file():
        (root / READABLE).parent.mkdir()
        shutil.copyfile(checkout / READABLE, root / READABLE)
    return tuple(pages)


def listed(pages: Iterable[Page]) -> list[dict[str, Any]]:
    """Return the pages as the templates of the server want them: titled groups of plain dictionaries."""
    titles = {APPS: "Do the work", NOTEBOOKS: "Look into it", YOURS: "Your own notebooks"}
    groups: dict[str, list[dict[str, str]]] = {group: [] for group in titles}
    for page in pages:
        groups[page.group].append({"path": page.path, "title": page.title, "question": page.question})
    return [{"title": titles[group], "pages": found} for group, found in groups.items() if found]


def _notebooks(folder: Path | None) -> Iterator[Path]:
    if folder is not None and folder.is_dir():
        yield from sorted(path for path in folder.glob("*.ipynb") if path.is_file())


def _plain(text: str) -> str:
    """Return a text without the marks of Markdown, on one line."""
    return " ".join(_MARKS.sub(r"\1", text).split())
