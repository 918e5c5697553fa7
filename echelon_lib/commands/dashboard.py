"""``echelon dashboard``: the pages for administrators, in the browser."""

from __future__ import annotations

import ipaddress
import os
import secrets
import tempfile
import threading
import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from echelon_lib.commands.errors import DONE, guarded
from echelon_lib.commands.screen import Screen
from echelon_lib.domain.errors import DataError, Issue

TOKEN = "ECHELON_TOKEN"


@guarded
def dashboard(
    port: Annotated[
        int, typer.Option(help="Port to listen on; 0 takes a free one.", min=0, max=65535)
    ] = 8866,
    ip: Annotated[
        str, typer.Option(help="Address to listen on; others than this machine's need a token.")
    ] = ("127.0.0.1"),
    workspace: Annotated[
        Path | None,
        typer.Option(
            help="Folder of schools and runs; else $ECHELON_WORKSPACE, else your own.", show_default=False
        ),
    ] = None,
    notebooks: Annotated[
        Path | None, typer.Option(help="Folder with further notebooks to offer.", show_default=False)
    ] = None,
    most_pages: Annotated[int, typer.Option(help="Pages that may be open at once.", min=1)] = 40,
    browser: Annotated[bool, typer.Option(help="Open the first page in a browser.")] = True,
    token: Annotated[
        str | None,
        typer.Option(
            envvar=TOKEN,
            help="What visitors must know; made up when left out and other machines can connect.",
            show_default=False,
        ),
    ] = None,
    no_token: Annotated[bool, typer.Option("--no-token", help="Ask nobody for a token.")] = False,
) -> int:
    """Serve the dashboard and the notebooks as pages until Ctrl-C.

    Anybody who can open the pages can see the schools of the workspace. On 127.0.0.1 that is whoever works on
    this machine; on any other address a token is asked for, which nobody can read on the way only if a proxy
    in front of it speaks https.
    """
    known = token_for(ip, token, no_token=no_token)
    from echelon_lib.commands.dashboard_server import DashboardServer
    from echelon_lib.commands.pages import APPS, stage
    from echelon_lib.runs.paths import CHECKOUT
    from echelon_lib.runs.workspace import WORKSPACE, Workspace

    if not (CHECKOUT / APPS).is_dir():
        cure = "run this in the checkout of Echelon."
        raise DataError([Issue(f"{APPS} is not here", APPS, cure=cure)])
    if notebooks is not None and not notebooks.is_dir():
        raise DataError([Issue("this is no folder", "--notebooks", value=str(notebooks))])
    place = (Workspace(workspace) if workspace is not None else Workspace.default()).path
    os.environ[WORKSPACE] = str(place)
    os.environ.pop(TOKEN, None)
    os.environ["JUPYTER_PATH"] = os.pathsep.join(
        [str(CHECKOUT / APPS), *filter(None, [os.environ.get("JUPYTER_PATH")])]
    )
    screen = Screen()

    def ready(address: str) -> None:
        screen.say(f"The dashboard is at {address}", bold=True)
        screen.say(f"Schools and runs are kept in {place}")
        screen.say("Ctrl-C ends it; runs that were started go on.")
        if browser:
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()

    with tempfile.TemporaryDirectory(prefix="echelon-dashboard-") as made:
        root, connections = Path(made, "pages"), Path(made, "kernels")
        root.mkdir()
        connections.mkdir()
        server = DashboardServer.instance(
            root=root,
            pages=stage(root, CHECKOUT, notebooks),
            workspace=place,
            folder=CHECKOUT / APPS,
            ip=ip,
            port=port,
            token=known,
            most_pages=most_pages,
            connection_dir_root=str(connections),
            on_ready=ready,
        )
        server.initialize([])
        server.start()
    return DONE


def token_for(ip: str, token: str | None, *, no_token: bool = False) -> str:
    """Return the token that visitors of an address must know; blank where none is needed.

    Raises
    ------
    DataError
        When other machines could connect and no token is wanted, or one that is easily guessed.
    """
    if no_token and token is not None:
        raise DataError([Issue("--token and --no-token do not go together", "--no-token")])
    if _is_this_machine(ip) and token is None:
        return ""
    if no_token:
        cure = "leave out --no-token, or listen on 127.0.0.1."
        raise DataError([Issue("others could read students' data without a token", "--no-token", cure=cure)])
    if token is not None and len(token.strip()) < 8:
        cure = "leave it out: then one is made up."
        raise DataError([Issue("the token has fewer than 8 characters", "--token", cure=cure)])
    return secrets.token_urlsafe(24) if token is None else token.strip()


def _is_this_machine(ip: str) -> bool:
    """Tell whether only this machine can connect to an address."""
    if ip == "localhost":
        return True
    try:
        return ipaddress.ip_address(ip).is_loopback
    except ValueError:
        return False
