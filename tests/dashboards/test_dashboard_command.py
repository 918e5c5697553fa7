"""``echelon dashboard``: who may come in, and how it ends."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import urllib.parse
import urllib.request
from pathlib import Path

import psutil
import pytest
from page_checks import faint_texts
from running_dashboard import ROOT, Dashboard, notebook, until
from typer.testing import CliRunner

from echelon_lib.commands.app import app
from echelon_lib.commands.pages import stage

STARTS_A_SOLVE = """
import json, os, subprocess, sys
code = "import signal; signal.pause()"
child = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.DEVNULL, start_new_session=True)
open("pids.json", "w").write(json.dumps([os.getpid(), child.pid]))
"""


def refused(*words: object) -> str:
    """Return what the command says when it will not start."""
    done = CliRunner().invoke(app, ["dashboard", "--no-browser", *map(str, words)])
    assert done.exit_code == 2, done.output
    return " ".join(done.output.split())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_its_kernels_but_no_solve(tmp_path: Path, number: int) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "starts.ipynb").write_text(notebook("# Starts", STARTS_A_SOLVE), encoding="utf-8")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    with Dashboard(tmp_path, "--notebooks", own, TMPDIR=str(temporary)) as running:
        assert running.get("/voila/render/yours/starts.ipynb")[0] == 200
        kernel, solve = json.loads((running.workspace / "pids.json").read_text())
        connections = [path.read_text() for path in temporary.glob("**/kernel-*.json")]
        assert connections, "what kernels are talked to by lies in the private folder"
        assert all("curve_publickey" in text for text in connections), "nobody else here listens in"
        kernels = running.kernels()
        assert kernel in {process.pid for process in kernels}
        try:
            assert running.end(number) == 0
            _, there = psutil.wait_procs(kernels, timeout=20)
            assert there == []
            assert psutil.pid_exists(solve), "what was started goes on"
        finally:
            if psutil.pid_exists(solve):
                psutil.Process(solve).kill()
        assert list(temporary.glob("echelon-dashboard-*")) == [], "nothing is left behind"
        assert "Traceback" not in running.log


def test_a_killed_server_takes_its_kernels_along(tmp_path: Path) -> None:
    with Dashboard(tmp_path) as running:
        kernels = until(running.kernels, "a kernel waits for the app")
        running.end(signal.SIGKILL)
        until(lambda: not psutil.wait_procs(kernels, timeout=1)[1], "the kernels have ended")


def test_more_pages_than_allowed_are_refused_in_words(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "small.ipynb").write_text(notebook("# Small", "1 + 1"), encoding="utf-8")
    page = "/voila/render/yours/small.ipynb"
    with Dashboard(tmp_path, "--notebooks", own, "--most-pages", 1) as running:
        until(lambda: len(running.kernels()) >= 2, "kernels wait for the app, and count for nobody")
        status, text = running.get(page)
        assert status == 200
        refusal = running.get(page)
        assert refusal[0] == 503
        assert "Too many pages are open." in refusal[1]
        kernel = text.partition('"kernelId": "')[2][:36]
        urllib.request.urlopen(f"{running.address}/voila/api/shutdown/{kernel}", data=b"", timeout=60).close()
        assert running.get(page)[0] == 200, "a page that was left makes room"


def test_a_token_is_asked_for(tmp_path: Path, browser: object) -> None:
    token = "a-token-that-is-long-enough"
    with Dashboard(tmp_path, ECHELON_TOKEN=token) as running:
        place = urllib.parse.urlsplit(running.address)
        assert place.query == f"token={token}"
        running.address = f"{place.scheme}://{place.netloc}"
        assert "Who may come in?" in running.get("/")[1]
        for path in ("/voila/render/notebooks/01_check_data.ipynb", "/voila/tree/"):
            assert "Who may come in?" in running.get(path)[1]
        assert running.get("/voila/api/contents/")[0] == 403
        assert running.get("/voila/files/yours/students.csv")[0] == 403
        assert "Check the data" in running.get(f"/?token={token}")[1]
        page = browser.new_page()
        page.goto(running.address)
        assert faint_texts(page) == []
        page.fill("input[type=password]", "wrong")
        page.keyboard.press("Enter")
        page.wait_for_selector("text=This is not the token.")
        page.fill("input[type=password]", token)
        page.keyboard.press("Enter")
        page.wait_for_selector("h1 >> text=Timetables of schools")
        page.close()
        assert token not in running.log.replace(f"?token={token}", "", 1), (
            "it is printed once and never logged"
        )


def test_other_machines_need_a_token() -> None:
    said = refused("--ip", "0.0.0.0", "--no-token")
    assert "others could read students' data without a token" in said
    assert "fewer than 8 characters" in refused("--ip", "0.0.0.0", "--token", "short")
    assert "do not go together" in refused("--token", "long enough", "--no-token")


def test_a_token_is_made_up_for_other_machines() -> None:
    from echelon_lib.commands.dashboard import token_for

    assert token_for("127.0.0.1", None) == ""
    assert token_for("localhost", None) == ""
    for ip in ("0.0.0.0", "", "::", "school.example", "192.168.1.5"):
        assert len(token_for(ip, None)) >= 20
    assert token_for("0.0.0.0", None) != token_for("0.0.0.0", None)


def test_a_port_that_is_taken_is_said(dashboard: Dashboard, tmp_path: Path) -> None:
    port = urllib.parse.urlsplit(dashboard.address).port
    done = subprocess.run(
        [sys.executable, "-m", "echelon_lib", "dashboard", "--no-browser", "--port", str(port)],
        env={"PATH": "", "PYTHONPATH": str(ROOT), "ECHELON_WORKSPACE": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 2
    assert f"cannot listen on 127.0.0.1, port {port}" in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


def test_a_folder_that_is_none_is_said(tmp_path: Path) -> None:
    assert "this is no folder" in refused("--notebooks", tmp_path / "nowhere")


def test_only_notebooks_are_staged(tmp_path: Path) -> None:
    own, root = tmp_path / "own", tmp_path / "root"
    for folder in (own / "inner", root):
        folder.mkdir(parents=True)
    (own / "good.ipynb").write_text(notebook("# A *title*\n\n**Is it** `good`?\n\nMore."), encoding="utf-8")
    (own / "broken.ipynb").write_text("{", encoding="utf-8")
    for name in ("students.csv", "inner/deeper.ipynb"):
        (own / name).write_text("{}", encoding="utf-8")
    pages = {page.path: page for page in stage(root, ROOT, own)}
    files = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}
    assert files == {*pages, "data/README.md"}
    assert {path for path in pages if path.startswith("yours/")} == {"yours/good.ipynb", "yours/broken.ipynb"}
    assert pages["yours/good.ipynb"].question == "Is it good?"
    assert pages["yours/broken.ipynb"].title == "broken"
    for path in pages:
        source = own / Path(path).name if path.startswith("yours/") else ROOT / path
        assert (root / path).read_bytes() == source.read_bytes(), "unchanged"
