"""Notebooks as jobs: executed by Papermill as they are, with parameters that they really have."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from echelon_lib.domain.errors import DataError, EchelonError, Issue, suggest

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class NotebookFailed(EchelonError):
    """A cell of a notebook raised, or its kernel died; the executed notebook shows where.

    Parameters
    ----------
    message
        What happened; it may hold what the cell said, and so a student.
    place
        Which notebook and cell, without what the cell said.
    kind
        Name of the error's class.
    """

    def __init__(self, message: str, place: str, kind: str) -> None:
        super().__init__(message)
        self.place = place
        self.kind = kind

    @property
    def bad_data(self) -> bool:
        """Whether the notebook said that parameters or data cannot be used."""
        return self.kind == DataError.__name__


def check_parameters(path: str | Path, parameters: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of a notebook's parameters.

    Raises
    ------
    DataError
        When the notebook cannot be read, or one of ``parameters`` is none of its; Papermill itself would
        only warn.
    """
    path = Path(path)
    known = _parameters(path)
    issues = [
        Issue(f"the notebook has no parameter {name!r}", path.name, value=name, cure=_nearest(name, known))
        for name in parameters
        if name not in known
    ]
    if issues:
        raise DataError(issues)
    return known


def run_notebook(
    path: str | Path,
    parameters: Mapping[str, Any],
    output: str | Path,
    *,
    on_kernel: Callable[[int], None] | None = None,
) -> Path:
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
    on_kernel
        Is told the process of the kernel as soon as it runs.

    Returns
    -------
    Path
        The executed notebook.

    Raises
    ------
    DataError
        When the notebook cannot be read or a parameter is unknown.
    NotebookFailed
        When a cell raises or the kernel dies.
    """
    path, output = Path(path), Path(output)
    check_parameters(path, parameters)
    import papermill
    from nbclient.exceptions import DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    try:
        papermill.execute_notebook(
            str(path.resolve()),
            str(output.resolve()),
            parameters=dict(parameters),
            progress_bar=False,
            cwd=str(path.resolve().parent),
            extra_arguments=["--IPKernelApp.log_level=ERROR"],
            **({} if on_kernel is None else {"kernel_manager_class": _telling(on_kernel)}),
        )
    except PapermillExecutionError as error:
        place = f"{path.name} failed in cell {error.exec_count}"
        reason = _COLOURS.sub("", f"{error.ename}: {error.evalue}")
        raise NotebookFailed(f"{place}: {reason}", place, str(error.ename)) from None
    except (DeadKernelError, RuntimeError) as error:
        place = f"the kernel of {path.name} died or never answered"
        cure = "the memory was not enough, or somebody ended it."
        raise NotebookFailed(f"{place}\n  Maybe {cure}", place, type(error).__name__) from None
    return output


def _telling(on_kernel: Callable[[int], None]) -> type:
    """Return a manager of kernels that tells the process of the kernel it starts."""
    from jupyter_client.manager import AsyncKernelManager

    class Telling(AsyncKernelManager):
        async def _async_launch_kernel(self, kernel_cmd: list[str], **more: Any) -> None:
            await super()._async_launch_kernel(kernel_cmd, **more)
            pid = getattr(self.provisioner, "pid", None)
            if isinstance(pid, int):
                on_kernel(pid)

    return Telling


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
