"""The dashboard serves its pages and nothing else, to nobody else."""

from __future__ import annotations

import base64
import http.client
import os
import socket
import urllib.parse
from pathlib import Path

import pytest
from running_dashboard import ROOT, Dashboard

SECRET = "S4711-Ada-Lovelace"


@pytest.fixture(scope="module")
def secret(dashboard: Dashboard) -> Path:
    """A run folder in the workspace with a student's name, and a notebook beside it."""
    run = dashboard.workspace / "runs" / "20260101T000000Z-aaaa"
    run.mkdir(parents=True)
    for name in ("Students.csv", "result.json", "viewer.html", "executed.ipynb", "picture.png"):
        (run / name).write_text(f'{{"cells": [], "{SECRET}": 1}}', encoding="utf-8")
    return run


def raw(dashboard: Dashboard, path: str, **headers: str) -> tuple[int, str]:
    """Ask for an address as it is written, which clients otherwise tidy first."""
    host = urllib.parse.urlsplit(dashboard.address)
    connection = http.client.HTTPConnection(str(host.hostname), host.port, timeout=120)
    try:
        connection.putrequest("GET", path, skip_host="Host" in headers)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, answer.read().decode("utf-8", "replace")
    finally:
        connection.close()


DOORS = ["/voila/render/", "/voila/files/", "/voila/tree/", "/voila/api/contents/", "/voila/static/"]
DOORS += ["/voila/templates/", "/voila/templates/echelon/static/", "/voila/labextensions/"]
DOORS += ["/voila/api/themes/", "/files/", "/api/contents/", "/static/", "/"]


@pytest.mark.parametrize("door", DOORS)
def test_no_door_leads_out(dashboard: Dashboard, secret: Path, own_notebooks: Path, door: str) -> None:
    for target in (
        secret / "Students.csv",
        secret / "executed.ipynb",
        secret / "picture.png",
        ROOT / "Makefile",
    ):
        up = "../" * 12
        ways = {
            str(target),
            up + str(target)[1:],
            "notebooks/" + up + str(target)[1:],
            urllib.parse.quote(up, safe="").lower() + str(target)[1:],
            urllib.parse.quote(urllib.parse.quote(up, safe=""), safe="") + str(target)[1:],
            up.replace("/", "\\") + str(target)[1:],
            os.path.relpath(target, ROOT),
            f"static/{up}{str(target)[1:]}",
        }
        for way in ways:
            status, text = raw(dashboard, door + way.replace(" ", "%20"))
            assert SECRET not in text, f"{status} {door}{way}"
            assert ".DEFAULT_GOAL" not in text, f"{status} {door}{way}"
            assert "Traceback" not in text


@pytest.mark.parametrize(
    "path",
    [
        "/voila/files/notebooks/01_check_data.ipynb",
        "/voila/files/dashboards/master_schedule.ipynb",
        "/voila/files/yours/students.csv",
        "/voila/render/yours/students.csv",
        "/voila/files/data/samples/tiny_high/Student_Info.csv",
        "/voila/render/data/samples/tiny_high/Student_Info.csv",
        "/voila/query/00000000-0000-0000-0000-000000000000",
        "/api/kernels",
        "/api/contents",
        "/api/sessions",
        "/api/terminals",
        "/lab",
        "/metrics",
    ],
)
def test_what_is_no_page_is_not_there(dashboard: Dashboard, path: str) -> None:
    status, text = dashboard.get(path)
    assert status in {403, 404}
    assert "Ada Lovelace" not in text


def test_the_list_of_contents_holds_no_contents(dashboard: Dashboard) -> None:
    status, text = dashboard.get("/voila/api/contents/notebooks/01_check_data.ipynb")
    assert status in {200, 404}
    assert "read_school_files" not in text


@pytest.mark.parametrize("query", ["template=lab", "theme=dark", "template=../../x", "classic-tree=false"])
def test_a_query_changes_no_template(dashboard: Dashboard, query: str) -> None:
    status, text = dashboard.get(f"/?{query}")
    assert status == 200
    assert "echelon.css" in text
    assert "https://" not in text
    if query.startswith("template"):
        status, text = dashboard.get(f"/voila/render/yours/wide.ipynb?{query}")
        assert status == 200
        assert "echelon.css" in text
        assert "cdn" not in text.lower()


def test_only_names_of_this_machine_are_answered(dashboard: Dashboard) -> None:
    port = urllib.parse.urlsplit(dashboard.address).port
    for host in ("localhost", "127.0.0.1", "[::1]"):
        assert raw(dashboard, "/", Host=f"{host}:{port}")[0] == 200
    for path in ("/", "/voila/render/yours/wide.ipynb", "/voila/api/contents/"):
        assert raw(dashboard, path, Host=f"school.example:{port}")[0] == 403


def test_another_site_gets_no_channel_to_a_kernel(dashboard: Dashboard) -> None:
    text = dashboard.get("/voila/render/yours/stand_in.ipynb")[1]
    kernel = text.partition('"kernelId": "')[2][:36]
    own = urllib.parse.urlsplit(dashboard.address)
    for origin, welcome in ((dashboard.address, True), ("http://school.example", False)):
        with socket.create_connection((own.hostname, own.port), timeout=60) as line:
            key = base64.b64encode(os.urandom(16)).decode()
            words = [
                f"GET /api/kernels/{kernel}/channels?session_id=one HTTP/1.1",
                *(f"Host: {own.netloc}", f"Origin: {origin}", "Connection: Upgrade", "Upgrade: websocket"),
                *("Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {key}", "", ""),
            ]
            line.sendall("\r\n".join(words).encode())
            assert (b" 101 " in line.recv(200).splitlines()[0]) is welcome


def test_the_policy_keeps_other_hosts_out(dashboard: Dashboard) -> None:
    own = urllib.parse.urlsplit(dashboard.address)
    connection = http.client.HTTPConnection(str(own.hostname), own.port, timeout=60)
    connection.request("GET", "/")
    policy = connection.getresponse().headers["Content-Security-Policy"]
    connection.close()
    assert policy.startswith("default-src 'self';")
    assert "http:" not in policy
    assert "*" not in policy
