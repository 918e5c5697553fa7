"""Where a path of a notebook leads, wherever the notebook was started."""

from __future__ import annotations

from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
"""The folder that holds the library; in a checkout the samples lie there too."""


def found(path: str) -> str:
    """Return a path as it is named if it leads somewhere, else as it leads from the checkout.

    Papermill keeps the folder of its caller, JupyterLab, Voila and the tests start in the folder of the
    notebook; ``data/samples/valley_high`` means the sample school in each of them.

    Parameters
    ----------
    path
        A file or folder; blank for none.

    Returns
    -------
    str
        The path; unchanged where it is blank or leads nowhere, so that whoever reads it can say so in the
        user's own words.
    """
    if not path.strip():
        return path
    try:
        named = Path(path).expanduser()
        if named.exists():
            return str(named)
        inside = CHECKOUT / named
        return str(inside) if inside.exists() else path
    except (OSError, ValueError, RuntimeError):
        return path
