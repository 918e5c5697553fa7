"""A Messages API of our own on this machine: it speaks as the real one does, and says what a script says."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

KEY = "sk-test-0123456789-nobody"


def point_away(patch: pytest.MonkeyPatch) -> None:
    """Take away whatever the environment says of Claude, so that no test can meet the real one."""
    for name in (
        *("API_KEY", "AUTH_TOKEN", "BASE_URL", "PROFILE", "CUSTOM_HEADERS", "IDENTITY_TOKEN"),
        *("IDENTITY_TOKEN_FILE", "FEDERATION_RULE_ID", "ORGANIZATION_ID", "LOG"),
    ):
        patch.delenv(f"ANTHROPIC_{name}", raising=False)
    patch.setenv("ANTHROPIC_CONFIG_DIR", "/nonexistent")


@dataclass(frozen=True)
class Scripted:
    """One answer of the script.

    Parameters
    ----------
    text, calls
        What it says, and the inputs of the tool that it calls, as texts that should be JSON.
    tool
        The tool that it calls.
    stop_reason
        Why it ends; by default what fits.
    status, fault, headers
        An answer that is a fault, its error as the API names it, and headers beside it.
    dropped
        Whether the line breaks when everything but the end was said.
    stalled, silent
        Whether it stops in the middle and says nothing more, as long as anybody listens; or never begins.
    error
        An error event in the middle of the stream.
    raw
        The whole body of an answer that is none.
    step
        Characters of each delta; small ones come in many chunks.
    tokens
        Tokens in and out, as the service counts them.
    """

    text: str = ""
    calls: tuple[str, ...] = ()
    tool: str = "propose_changes"
    stop_reason: str = ""
    status: int = 200
    fault: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    dropped: bool = False
    stalled: bool = False
    silent: bool = False
    error: str = ""
    raw: str | None = None
    step: int = 40
    tokens: tuple[int, int] = (1200, 300)

    @property
    def why(self) -> str:
        """The reason for which it ends."""
        return self.stop_reason or ("tool_use" if self.calls else "end_turn")


def saying(text: str, **more: Any) -> Scripted:
    """An answer in words."""
    return Scripted(text, **more)


def proposing(*actions: object, text: str = "Two sections could be one.", **more: Any) -> Scripted:
    """An answer in words that then calls the tool."""
    return Scripted(text, (json.dumps({"actions": actions}),), **more)


def failing(status: int, fault: str = "api_error", **headers: str) -> Scripted:
    """An answer that is a fault; after a moment it may be asked again."""
    told = {"retry-after-ms": "1", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return Scripted(status=status, fault=fault, headers=tuple(told.items()))


@dataclass
class Seen:
    """A request as it was received."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        """The body."""
        found: dict[str, Any] = json.loads(self.body)
        return found

    @property
    def outline(self) -> dict[str, Any]:
        """The outline of the school in it."""
        text = self.json["messages"][0]["content"]
        found: dict[str, Any] = json.loads(text.split("<outline>\n")[1].split("\n</outline>")[0])
        return found


@dataclass
class MessagesApi:
    """The service: what it will answer, in order, the last answer again and again; and what it received."""

    url: str
    script: list[Scripted] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    gone: threading.Event = field(default_factory=threading.Event)

    def will(self, *answers: Scripted) -> None:
        """Give the script anew."""
        self.script[:] = answers

    def next(self) -> Scripted:
        """Return the answer that is next."""
        return self.script.pop(0) if len(self.script) > 1 else self.script[0]


@contextmanager
def messages_api() -> Iterator[MessagesApi]:
    """Start the service on this machine and stop it at the end."""
    api = MessagesApi("")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            api.seen.append(Seen(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            answer = api.next()
            if answer.silent:
                api.gone.wait()
                self.close_connection = True
            elif self.path != "/v1/messages":
                self.whole(404, _fault("not_found_error"))
            elif answer.status != 200:
                self.whole(answer.status, _fault(answer.fault), answer.headers)
            elif answer.raw is not None:
                self.whole(200, answer.raw.encode(), (("Content-Type", "text/html"),))
            elif json.loads(body).get("stream"):
                self.stream(answer, json.loads(body)["model"])
            else:
                self.whole(200, json.dumps(_message(answer, json.loads(body)["model"])).encode())

        def whole(self, status: int, body: bytes, headers: Sequence[tuple[str, str]] = ()) -> None:
            told = {"Content-Type": "application/json", "Content-Length": str(len(body)), **dict(headers)}
            self.send_response(status)
            for name, value in told.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def stream(self, answer: Scripted, model: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            try:
                for event in _events(answer, model):
                    self.chunk(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode())
                if answer.stalled:
                    api.gone.wait()
                if not answer.dropped:
                    self.chunk(b"")
            except OSError:
                pass  # nobody listens any more
            self.close_connection = True

        def chunk(self, data: bytes) -> None:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
            self.wfile.flush()

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    api.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield api
    finally:
        api.gone.set()
        server.shutdown()
        server.server_close()
        thread.join()


def _message(answer: Scripted, model: str) -> dict[str, Any]:
    content: list[dict[str, Any]] = [{"type": "text", "text": answer.text}] if answer.text else []
    content += [
        {"type": "tool_use", "id": f"toolu_{at}", "name": answer.tool, "input": json.loads(call)}
        for at, call in enumerate(answer.calls)
    ]
    usage = {"input_tokens": answer.tokens[0], "output_tokens": answer.tokens[1]}
    head = {"id": "msg_1", "type": "message", "role": "assistant", "model": model}
    return {**head, "content": content, "stop_reason": answer.why, "stop_sequence": None, "usage": usage}


def _events(answer: Scripted, model: str) -> Iterator[dict[str, Any]]:
    started = {"input_tokens": answer.tokens[0], "output_tokens": 1}
    message = {**_message(Scripted(), model), "content": [], "stop_reason": None, "usage": started}
    yield {"type": "message_start", "message": message}
    yield {"type": "ping"}
    blocks = [({"type": "text", "text": ""}, "text_delta", "text", answer.text)] if answer.text else []
    for at, call in enumerate(answer.calls):
        block = {"type": "tool_use", "id": f"toolu_{at}", "name": answer.tool, "input": {}}
        blocks.append((block, "input_json_delta", "partial_json", call))
    for index, (block, kind, key, whole) in enumerate(blocks):
        yield {"type": "content_block_start", "index": index, "content_block": block}
        for at in range(0, len(whole), answer.step):
            delta = {"type": kind, key: whole[at : at + answer.step]}
            yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    if answer.error:
        yield {"type": "error", "error": {"type": answer.error, "message": "no"}}
    if answer.dropped or answer.stalled or answer.error:
        return
    usage = {"output_tokens": answer.tokens[1]}
    stop = {"stop_reason": answer.why, "stop_sequence": None}
    yield {"type": "message_delta", "delta": stop, "usage": usage}
    yield {"type": "message_stop"}


def _fault(kind: str) -> bytes:
    return json.dumps({"type": "error", "error": {"type": kind, "message": f"a {kind} by script"}}).encode()
