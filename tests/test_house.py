"""House rules that a look at the tree can check; each check is also shown something that breaks it.

Words that may stand nowhere are put together from pieces here, so that this file does not hold them either.
"""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).resolve().parents[1]
MEBIBYTE = 1 << 20
NOT_WALKED = {"runs", "build", "dist", "test-output"}
NAMES_WITHOUT_AN_IDEA = {"util", "utils", "common", "helper", "helpers", "misc"}
CODE_LINES = {"notebooks": 120, "dashboards": 25}


def files() -> list[Path]:
    """Return the files that are, or would be, committed."""
    asked = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if (ROOT / ".git").exists() and asked.returncode == 0:
        found = {ROOT / name for name in asked.stdout.split("\0") if name}
    else:
        found = set(walk(ROOT))
    return sorted(path for path in found if path.is_file())


def walk(folder: Path) -> Iterator[Path]:
    """Yield what lies under a folder that is no checkout, without environments, caches and runs."""
    for path in folder.iterdir():
        hidden = path.name.startswith(".") and path.name != ".ci"
        made = path.name.endswith(".egg-info") or (folder == ROOT and path.name in NOT_WALKED)
        if not path.is_dir():
            yield path
        elif not (hidden or made or path.name == "__pycache__"):
            yield from walk(path)


def text_of(path: Path) -> str | None:
    """Return a file's text, or None when it holds none."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


def package_hosts() -> set[str]:
    """Return the hosts that packages come from: the known ones, and whatever this machine uses instead."""
    known = {
        *("pypi" + ".org", "python" + "hosted.org", "anaconda" + ".org", "anaconda" + ".com"),
        *("npm" + "js.org", "npm" + "js.com", "crates" + ".io", "deb." + "debian.org"),
    }
    named = [text for name, text in os.environ.items() if re.match(r"(PIP|UV)_.*(INDEX|LINKS)", name)]
    own = {urlsplit(address).hostname for text in named for address in text.split()}
    return known | {host for host in own if host and host != "localhost"}


def machine_paths() -> re.Pattern[str]:
    """Return a pattern of the places where people and machines keep their checkouts."""
    own = [str(place) for place in {ROOT, Path.home()} if len(place.parts) > 1]
    kept = [re.escape(place) for place in (*own, "/" + "root", "/" + "work")]
    people = [f"/{folder}/[a-z]" for folder in ("home", "Users")]
    return re.compile(rf"(?<![\w.\-~}}])(?:(?:{'|'.join(kept)})(?=/)|{'|'.join(people)})|[A-Z]:\\+Users")


def words_in(text: str) -> list[str]:
    """Return what a committed text may not hold: hosts of packages, paths of a machine, unfinished work."""
    unfinished = "|".join(["TO" + "DO", "FIX" + "ME", "Not" + "ImplementedError", r"mark\.x" + "fail"])
    hosts = "|".join(re.escape(host) for host in sorted(package_hosts()))
    found = [
        *re.findall(rf"\b(?:{unfinished})\b", text),
        *re.findall(rf"(?:{hosts})\b", text),
        *machine_paths().findall(text),
    ]
    return sorted(set(found))


def notebook_faults(text: str, limit: int) -> list[str]:
    """Return what is wrong with a notebook that may hold ``limit`` lines of code."""
    cells = json.loads(text)["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    found = []
    if not cells or cells[0]["cell_type"] != "markdown" or not "".join(cells[0]["source"]).startswith("# "):
        found.append("the first cell is no title")
    if any(cell.get("outputs") or cell.get("execution_count") for cell in code):
        found.append("outputs are kept")
    sources = ["".join(cell["source"]) for cell in code]
    lines = [line for source in sources for line in source.splitlines() if line.strip()]
    if len(lines) > limit:
        found.append(f"{len(lines)} lines of code are more than {limit}")
    for source in sources:
        # Magics and shell lines are no Python.
        tree = ast.parse(re.sub(r"^(\s*)[%!].*$", r"\1pass", source, flags=re.MULTILINE))
        if any(
            isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) for node in ast.walk(tree)
        ):
            found.append("a function or class is defined")
    tagged = [cell for cell in code if "parameters" in cell.get("metadata", {}).get("tags", [])]
    if len(tagged) != 1:
        found.append(f"{len(tagged)} cells are tagged parameters, not one")
    for cell in tagged:
        for statement in ast.parse("".join(cell["source"])).body:
            if not is_plain_assignment(statement):
                found.append(f"the parameter {ast.unparse(statement)} is no plain value")
    return found


def is_plain_assignment(statement: ast.stmt) -> bool:
    """Tell whether a statement gives a name a value that JSON can hold."""
    if not isinstance(statement, ast.Assign | ast.AnnAssign) or statement.value is None:
        return False
    try:
        json.dumps(ast.literal_eval(statement.value))
    except (ValueError, TypeError):
        return False
    return True


def test_no_text_holds_what_it_may_not() -> None:
    texts = {path.relative_to(ROOT).as_posix(): text_of(path) for path in files()}
    assert "pyproject.toml" in texts, "the tree was not found"
    faults = {name: words_in(text) for name, text in texts.items() if text}
    assert {name: words for name, words in faults.items() if words} == {}


def test_every_file_is_named_for_its_idea() -> None:
    named = [path for path in files() if path.suffix in {".py", ".ipynb"}]
    assert [path.name for path in named if path.stem.lower().lstrip("_") in NAMES_WITHOUT_AN_IDEA] == []


def test_names_of_test_files_are_unique() -> None:
    names = [path.name for path in files() if path.name.startswith("test_") and path.suffix == ".py"]
    assert sorted(names) == sorted(set(names))


def test_no_file_is_large() -> None:
    assert [path.name for path in files() if path.stat().st_size > MEBIBYTE] == []


def test_notebooks_are_thin_and_clean() -> None:
    faults = {}
    for path in files():
        place = path.relative_to(ROOT).parts[0]
        if path.suffix == ".ipynb" and place in CODE_LINES:
            faults[path.name] = notebook_faults(path.read_text(encoding="utf-8"), CODE_LINES[place])
    assert {name: found for name, found in faults.items() if found} == {}


@pytest.mark.parametrize(
    "text",
    [
        "raise Not" + "ImplementedError",
        "# TO" + "DO: later",
        "@pytest.mark.x" + "fail(reason='')",
        "--index-url https://pypi" + ".org/simple",
        "https://files.python" + "hosted.org/packages/",
        f"folder = '{ROOT}/data'",
        "see /ro" + "ot/notes.txt",
        "path = '/ho" + "me/ada/school'",
        "path = 'C:" + "\\Users\\ada'",
    ],
)
def test_forbidden_words_are_seen(text: str) -> None:
    assert words_in(text)


@pytest.mark.parametrize(
    "text",
    [
        "data/samples/valley_high",
        "../shared/data",
        "#!/usr/bin/env bash",
        "https://semver.org",
        "network/work/flow",
        "the homework of /room/12",
    ],
)
def test_harmless_words_pass(text: str) -> None:
    assert words_in(text) == []


def cell(source: str, *, kind: str = "code", **more: object) -> dict[str, object]:
    return {
        "cell_type": kind,
        "source": [source],
        "metadata": {},
        "outputs": [],
        "execution_count": None,
        **more,
    }


TITLE = cell("# A question?", kind="markdown")
PARAMETERS = cell("seconds = 60\nweights = {'seats': 1}", metadata={"tags": ["parameters"]})


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ([TITLE, PARAMETERS, cell("%matplotlib inline\nx = 1")], None),
        ([PARAMETERS], "no title"),
        ([TITLE], "tagged parameters"),
        ([TITLE, PARAMETERS, cell("x", outputs=[{"output_type": "stream"}])], "outputs"),
        ([TITLE, PARAMETERS, cell("x", execution_count=3)], "outputs"),
        ([TITLE, PARAMETERS, cell("if True:\n    def f(): ...")], "function or class"),
        ([TITLE, PARAMETERS, cell("class A: ...")], "function or class"),
        ([TITLE, PARAMETERS, cell("x = 1\n" * 120)], "lines of code"),
        ([TITLE, cell("stop = MaxRuntime(3)", metadata={"tags": ["parameters"]})], "no plain value"),
        ([TITLE, cell("grades = {9, 10}", metadata={"tags": ["parameters"]})], "no plain value"),
    ],
)
def test_faults_of_notebooks_are_seen(cells: list[dict[str, object]], words: str | None) -> None:
    found = notebook_faults(json.dumps({"cells": cells}), 120)
    assert (words in " ".join(found)) if words else found == []


def test_a_tree_without_git_is_walked(tmp_path: Path) -> None:
    for name in ("a/b.py", ".venv/c.py", ".ci/run", "d.egg-info/e"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert {path.relative_to(tmp_path).as_posix() for path in walk(tmp_path)} == {"a/b.py", ".ci/run"}
