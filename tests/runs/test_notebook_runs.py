"""Notebooks as jobs: parameters are checked, failures are failures."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from echelon_lib.domain.errors import DataError
from echelon_lib.runs.notebook import NotebookFailed, run_notebook


def notebook(path: Path, *sources: str, tagged: bool = True) -> Path:
    cells = [
        {
            "cell_type": "code",
            "id": f"cell-{number}",
            "metadata": {"tags": ["parameters"]} if tagged and number == 0 else {},
            "source": source,
            "outputs": [],
            "execution_count": None,
        }
        for number, source in enumerate(sources)
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    content = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def test_parameters_reach_the_notebook(tmp_path: Path) -> None:
    here = tmp_path / "notebooks"
    here.mkdir()
    path = notebook(here / "a.ipynb", "seconds = 1\nout = ''", "open(out, 'w').write(str(seconds))\nseconds")
    executed = run_notebook(path, {"seconds": 7, "out": "said.txt"}, tmp_path / "done.ipynb")
    assert (here / "said.txt").read_text() == "7", "the notebook runs in its own folder"
    assert executed == tmp_path / "done.ipynb"
    assert json.loads(executed.read_text())["cells"][-1]["outputs"]
    assert "outputs" not in str(json.loads(path.read_text())["cells"][0]["outputs"])


def test_a_cell_that_raises_fails_the_run(tmp_path: Path) -> None:
    path = notebook(tmp_path / "a.ipynb", "x = 1", "raise ValueError('no seats')")
    with pytest.raises(NotebookFailed, match=r"a\.ipynb failed in cell .*ValueError: no seats"):
        run_notebook(path, {}, tmp_path / "done.ipynb")
    assert (tmp_path / "done.ipynb").exists()


def test_an_unknown_parameter_is_refused(tmp_path: Path) -> None:
    path = notebook(tmp_path / "a.ipynb", "seconds = 1\nseed = 0")
    with pytest.raises(DataError) as error:
        run_notebook(path, {"secnds": 1, "colour": 2, "seed": 3}, tmp_path / "done.ipynb")
    assert [issue.value for issue in error.value.issues] == ["secnds", "colour"]
    assert error.value.issues[0].cure == "'seconds' was meant?"
    assert not (tmp_path / "done.ipynb").exists()


def test_a_notebook_without_parameters_takes_none(tmp_path: Path) -> None:
    path = notebook(tmp_path / "a.ipynb", "seconds = 1", tagged=False)
    with pytest.raises(DataError, match="tagged 'parameters'"):
        run_notebook(path, {"seconds": 1}, tmp_path / "done.ipynb")


@pytest.mark.parametrize("content", ["", "{}", '{"cells": 3}', "[]", '{"cells": [1]}', "[" * 100_000])
def test_what_is_no_notebook_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.ipynb").write_text(content)
    with pytest.raises(DataError, match="this is no notebook"):
        run_notebook(tmp_path / "a.ipynb", {}, tmp_path / "done.ipynb")
    with pytest.raises(DataError, match="cannot be read"):
        run_notebook(tmp_path / "b.ipynb", {}, tmp_path / "done.ipynb")
