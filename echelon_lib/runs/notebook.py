"""Notebooks as jobs: executed by Papermill as they are, with parameters that they really have."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from echelon_lib.domain.errors import DataError, EchelonError, Issue, suggest

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class NotebookFailed(EchelonError):
    """A cell of a notebook raised; the executed notebook shows where."""


def run_notebook(path: str | Path, parameters: Mapping[str, Any], output: str | Path) -> Path:
    """Execute a notebook with parameters and save it with its outputs.

    The notebook runs in its own folder, so that its relative paths mean what they mean in JupyterLab.

    Parameters
    ----------
    path
        The notebook.
    parameters
        Values by name; each name must be assigned in the cell that is tagged ``parameters``.
    output
        The executed notebook; it is written after each cell, also when a cell raises.

    Returns
    -------
    Path
        The executed notebook.

    Raises
    ------
    DataError
        When the notebook cannot be read or a parameter is unknown; Papermill itself would only warn.
    NotebookFailed
        When a cell raises.
    """
    path, output = Path(path), Path(output)
    known = _parameters(path)
    issues = [
        Issue(f"the notebook has no parameter {name!r}", path.name, value=name, cure=_nearest(name, known))
        for name in parameters
        if name not in known
    ]
    if issues:
        raise DataError(issues)
    import papermill
    from papermill.exceptions import PapermillExecutionError

    try:
        papermill.execute_notebook(
            str(path.resolve()),
            str(output.resolve()),
            parameters=dict(parameters),
            progress_bar=False,
            cwd=str(path.resolve().parent),
            extra_arguments=["--IPKernelApp.log_level=ERROR"],
        )
    except PapermillExecutionError as error:
        reason = _COLOURS.sub("", f"{error.ename}: {error.evalue}")
        raise NotebookFailed(f"{path.name} failed in cell {error.exec_count}: {reason}") from None
    return output


def _parameters(path: Path) -> tuple[str, ...]:
    from papermill.inspection import inspect_notebook

    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        tagged = any("parameters" in cell["metadata"].get("tags", ()) for cell in cells)
        return tuple(inspect_notebook(str(path))) if tagged else ()
    except OSError as error:
        text = f"the notebook cannot be read: {error.strerror}"
        raise DataError([Issue(text, str(path), cure="another path was meant?")]) from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise DataError([Issue("this is no notebook", str(path), cure="another file was meant?")]) from None


def _nearest(name: str, known: tuple[str, ...]) -> str:
    if not known:
        return "no cell of it is tagged 'parameters'?"
    return suggest(name, known) or f"one of {', '.join(known)} was meant?"
