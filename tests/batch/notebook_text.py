"""Notebooks for jobs, as small as they can be."""

from __future__ import annotations

import json

PARAMETERS = """
folder = ""
rules = ""
start = ""
out = ""
kind = "milp"
time_limit = 20
seed = 0
"""

QUICK = """
from echelon_lib import Scenario, run
given = dict(folder=folder, rules=rules, kind=kind, seconds=time_limit, seed=seed)
outcome = run(Scenario(**given, **({"start": start} if start else {})), out)
"""


def notebook_text(*sources: str) -> str:
    """Return a notebook whose first cell holds its parameters."""
    cells = [
        {
            "cell_type": "code",
            "id": f"cell-{number}",
            "metadata": {"tags": ["parameters"]} if number == 0 else {},
            "source": source,
            "outputs": [],
            "execution_count": None,
        }
        for number, source in enumerate(sources)
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})
