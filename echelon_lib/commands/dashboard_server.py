"""Voila as the dashboard needs it: a root of copies, kernels in the workspace, logs without data."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import subprocess
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from types import FrameType
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from jinja2 import ChoiceLoader, FileSystemLoader
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop
from tornado.netutil import bind_sockets
from tornado.web import HTTPError, RequestHandler, authenticated
from traitlets.config import Config
from voila.app import Voila
from voila.request_info_handler import RequestInfoSocketHandler
from voila.shutdown_kernel_handler import VoilaShutdownKernelHandler
from voila.tornado.handler import TornadoVoilaHandler

from echelon_lib.commands.errors import DEBUG
from echelon_lib.commands.pages import APPS, Page, listed
from echelon_lib.domain.errors import DataError, Issue

POLICY = "; ".join(
    [
        "default-src 'self'",
        # The frontend compiles its schemas, widgets come as blobs, and templates hold short scripts.
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "worker-src 'self' blob:",
        "frame-src 'self' blob: data:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    ]
)
"""What a page may load: nothing from another host, whatever a file of a school says."""

# Voila trusts every notebook, and Jupyter counts in milliseconds what tornado takes for seconds.
_IDLE_TALK = ("Notebook %s is not trusted", "The websocket_ping_timeout")
_LOGS = ("asyncio", "tornado.access", "tornado.application", "tornado.general", "traitlets")

HEATED = 2
"""Kernels that wait, with the page rendered, for whoever opens an app next."""


FILL_DELAY = 5.0
"""Seconds after which another takes the place of one that was opened."""


class WorkspaceKernels(AsyncMappingKernelManager):
    """Kernels that start in the workspace, so that what a notebook writes is no part of what is served."""

    def cwd_for_path(self, path: str, **kwargs: Any) -> str:
        """Return the workspace, whichever notebook asks."""
        return str(self.parent.workspace)  # type: ignore[union-attr]

    async def start_kernel(self, **kwargs: Any) -> str:  # type: ignore[override]
        """Start a kernel; what it writes past its page is thrown away, for it may be of students."""
        if not os.environ.get(DEBUG):
            kwargs |= {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return str(await super().start_kernel(**kwargs))


class PageHandler(TornadoVoilaHandler):  # type: ignore[misc]
    """Opens pages, up to a limit: each is a process of some hundred megabytes."""

    @authenticated
    async def get(self, path: str | None = None) -> None:
        """Send a page, piece by piece."""
        if len(self.kernel_manager) >= self.settings["most_pages"] + self.settings["waiting_pages"]:
            raise HTTPError(503)
        dead = await self._drop_dead(path or "")
        await super().get(path)
        if dead:
            self.kernel_manager.fill_if_needed(notebook_name=path)

    async def _drop_dead(self, path: str) -> bool:
        """Hand nobody a waiting kernel that has died meanwhile, as when memory ran out; tell if one had."""
        manager = self.kernel_manager
        pool: list[asyncio.Task[dict[str, Any]]] = getattr(manager, "_pools", {}).get(path, [])
        before = len(pool)
        for waiting in [one for one in pool if one.done()]:
            id = "" if waiting.cancelled() or waiting.exception() else str(waiting.result()["kernel_id"])
            if id not in manager or not await manager.get_kernel(id).is_alive():
                pool.remove(waiting)
        return len(pool) < before


class Leaving(VoilaShutdownKernelHandler):  # type: ignore[misc]
    """Ends the kernel of a page that is being left."""

    def check_xsrf_cookie(self) -> None:
        """Ask for nothing: a page that is being left can send no more than its origin, which was checked."""


class Discreet(logging.Filter):
    """Keep the data of schools out of the log: of an exception only kind and place are told."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Cut a record down to what may be kept; drop what says nothing."""
        if str(record.msg).startswith(_IDLE_TALK):
            return False
        if not record.exc_info or os.environ.get(DEBUG):
            return True
        error = record.exc_info[1]
        trace = traceback.extract_tb(error.__traceback__) if error is not None else []
        place = f" in {Path(trace[-1].filename).name}, line {trace[-1].lineno}" if trace else ""
        record.msg = f"A page could not be finished: {type(error).__name__}{place}"
        record.args, record.exc_info, record.exc_text = (), None, None
        return True


class DashboardServer(Voila):  # type: ignore[misc]
    """The server of apps and notebooks.

    Parameters
    ----------
    root
        A folder that holds nothing but what may be shown.
    pages
        What lies in it.
    workspace
        Where kernels work.
    folder
        Where configuration and templates lie.
    ip, port
        Where it listens; port 0 takes a free one.
    token
        What a visitor must know; blank for nothing.
    most_pages
        Pages that may be open at once.
    on_ready
        Called with the address once it answers.
    """

    port: int
    base_url: str

    def __init__(
        self,
        *,
        root: Path,
        pages: Iterable[Page],
        workspace: Path,
        folder: Path,
        ip: str,
        port: int,
        token: str = "",
        most_pages: int = 40,
        on_ready: Callable[[str], None] | None = None,
        **more: Any,
    ) -> None:
        self.workspace = workspace
        self.pages = tuple(pages)
        self._on_ready = on_ready
        apps = [page.path for page in self.pages if page.group == APPS]
        super().__init__(
            root_dir=str(root),
            config_file_paths=[str(folder)],
            ip=ip,
            port=port,
            token=token or None,
            open_browser=False,
            log_level=logging.WARNING,
            tornado_settings={
                "headers": {"Content-Security-Policy": POLICY, "Referrer-Policy": "same-origin"},
                # Without a token only the name in the address keeps another site's page out.
                "allow_remote_access": bool(token),
                "log_function": self._log_request,
                "most_pages": most_pages,
                "waiting_pages": HEATED * len(apps),
            },
            **more,
        )
        pools = {path: {"pool_size": HEATED} for path in apps}
        self.update_config(
            Config(
                {
                    "VoilaConfiguration": {
                        "multi_kernel_manager_class": WorkspaceKernels,
                        "page_config_hook": self._describe,
                    },
                    "VoilaKernelManager": {
                        "kernel_pools_config": {"default": {"pool_size": 0}, **pools},
                        # The page that has just been opened comes first.
                        "fill_delay": FILL_DELAY,
                    },
                }
            )
        )
        for log in (self.log, *map(logging.getLogger, _LOGS)):
            log.addFilter(Discreet())

    def init_settings(self) -> dict[str, Any]:
        """Have all pages, also that of the token, come from the same templates."""
        settings: dict[str, Any] = super().init_settings()
        plain = settings["jinja2_env"]
        plain.loader = ChoiceLoader([FileSystemLoader(self.template_paths), plain.loader])
        return settings

    def init_handlers(self) -> list[Any]:
        """Leave out what tells of other people's requests to whoever asks; let pages end their kernels."""
        handlers = [tuple(handler) for handler in super().init_handlers()]
        ours = {VoilaShutdownKernelHandler: Leaving, TornadoVoilaHandler: PageHandler}
        return [
            (handler[0], ours.get(handler[1], handler[1]), *handler[2:])
            for handler in handlers
            if handler[1] is not RequestInfoSocketHandler
        ]

    def listen(self) -> None:
        """Answer until a signal comes; then end the kernels."""
        self.ioloop = IOLoop.current()
        for number in (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
            signal.signal(number, self._end)
        try:
            self._bind()
            if self._on_ready is not None:
                self.ioloop.add_callback(self._on_ready, self.address)
            self.ioloop.start()
        finally:
            self.stop()

    def _bind(self) -> None:
        try:
            sockets = bind_sockets(self.port, self.ip)
        except OSError as error:
            message = f"the dashboard cannot listen on {self.ip}, port {self.port}: {error.strerror or error}"
            cure = "it runs already, or another port is free: --port."
            raise DataError([Issue(message, "--port", cure=cure)]) from None
        self.port = sockets[0].getsockname()[1]
        HTTPServer(self.app).add_sockets(sockets)

    @property
    def address(self) -> str:
        """Where the first page is, with the token."""
        host = "localhost" if self.ip in {"", "0.0.0.0", "::"} else self.ip
        place = f"[{host}]" if ":" in host else host
        query = f"token={quote(self.token)}" if self.token else ""
        return urlunsplit(("http", f"{place}:{self.port}", self.base_url, query, ""))

    def _end(self, number: int, frame: FrameType | None) -> None:
        # A second signal ends at once; the kernels see that nobody is there and end as well.
        signal.signal(number, signal.SIG_DFL)
        self.ioloop.add_callback_from_signal(self.ioloop.stop)

    def _describe(self, page_config: dict[str, Any], *, notebook_path: str, **others: Any) -> dict[str, Any]:
        """Tell the templates which pages there are and which is shown."""
        shown = next((page for page in self.pages if page.path == notebook_path), None)
        page_config["echelonTitle"] = shown.title if shown else ""
        page_config["echelonApp"] = shown is not None and shown.group == APPS
        page_config["echelonPages"] = listed(self.pages)
        return page_config

    def _log_request(self, handler: RequestHandler) -> None:
        """Log refusals without the query, which may hold the token."""
        status = handler.get_status()
        if status >= 500:
            self.log.warning(
                "%s %s %s", status, handler.request.method, urlsplit(handler.request.uri or "").path
            )
