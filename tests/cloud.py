"""An object store of our own on this machine, and another that refuses whatever it is asked."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

BUCKET = "unified-district"


@contextmanager
def moto_server() -> Iterator[str]:
    """Start moto's server and yield its address."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def point_to(patch: pytest.MonkeyPatch, endpoint: str) -> None:
    """Have boto3, here and in processes that are started, talk to an address with credentials of nobody."""
    for name, text in {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "nobody",
        "AWS_SECRET_ACCESS_KEY": "nothing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    }.items():
        patch.setenv(name, text)
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_S3"):
        patch.delenv(name, raising=False)


class Bucket:
    """A bucket and what a test wants to know of it."""

    def __init__(self, name: str = BUCKET) -> None:
        import boto3

        self.name = name
        self.client: Any = boto3.client("s3")
        self.client.create_bucket(Bucket=name)

    def put(self, key: str, content: bytes | str) -> str:
        """Write an object and return its address."""
        data = content.encode() if isinstance(content, str) else content
        self.client.put_object(Bucket=self.name, Key=key, Body=data)
        return f"s3://{self.name}/{key}"

    def put_folder(self, folder: Path, prefix: str) -> str:
        """Write the files of a folder and return their address."""
        for path in sorted(folder.iterdir()):
            self.put(f"{prefix}/{path.name}", path.read_bytes())
        return f"s3://{self.name}/{prefix}"

    def get(self, key: str) -> bytes:
        """Return the content of an object."""
        content: bytes = self.client.get_object(Bucket=self.name, Key=key)["Body"].read()
        return content

    def keys(self, prefix: str = "") -> list[str]:
        """Return the keys that begin so."""
        found = self.client.list_objects_v2(Bucket=self.name, Prefix=prefix)
        return [one["Key"] for one in found.get("Contents", [])]


@contextmanager
def refusing_server(status: int, code: str, *, writes: int = 0, keys: Sequence[str] = ()) -> Iterator[str]:
    """Start a server that refuses, and yield its address.

    It takes ``writes`` objects at first, and lists ``keys`` if there are any; all else is an error.
    """
    taken: list[str] = []

    class Refusal(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if len(taken) < writes:
                taken.append(self.path)
                self.answer(200, b"")
            else:
                self.do_GET()

        def do_GET(self) -> None:
            if keys and "list-type=2" in self.path:
                found = "".join(
                    f"<Contents><Key>{key}</Key><Size>1</Size><ETag>x</ETag></Contents>" for key in keys
                )
                self.answer(200, f"<ListBucketResult>{found}</ListBucketResult>".encode())
                return
            self.answer(status, f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode())

        def answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Refusal)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
