"""A real web server on this machine for tests, with answers as bad as those of the web.

with site() as served:
    served.pages["/a"] = answer(200, b"...", **{"Content-Type": "text/html"})
"""

from __future__ import annotations

import contextlib
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Site:
    """What is served: an answer for each path, 404 for others. `asked` are the requests so far, in their order.

    `posted` are the bodies of those that have one.
    """

    port: int
    pages: dict[str, Answer | list[Answer]] = field(default_factory=dict)
    asked: list[tuple[str, Message]] = field(default_factory=list)
    posted: list[bytes] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    def address(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def paths(self) -> list[str]:
        """The paths that were asked for, but for robots.txt."""
        return [path for path, _ in self.asked if path != "/robots.txt"]


@contextlib.contextmanager
def site(context: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> Iterator[Site]:
    """A site that is served until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # else each answer waits 40 ms for its second half

        def do_POST(self) -> None:
            served.posted.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.do_GET()

        def do_GET(self) -> None:
            served.asked.append((self.path, self.headers))
            found = served.pages.get(self.path, answer(404))
            if isinstance(found, list):  # one answer for each request, the last for all that follow
                found = found.pop(0) if len(found) > 1 else found[0]
            with contextlib.suppress(OSError):  # the client may have gone
                found(self)

        def log_message(self, format: str, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def server_bind(self) -> None:
            socketserver.TCPServer.server_bind(self)  # HTTPServer asks for the name of its address, which may take long
            self.server_name, self.server_port = host, self.server_address[1]

        def handle_error(self, request: object, client_address: object) -> None:
            pass

    server = Server((host, 0), Handler)
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    served = Site(server.server_port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield served
    finally:
        served.ended.set()
        server.shutdown()
        server.server_close()
        thread.join()


def answer(status: int, body: bytes = b"", **headers: str) -> Answer:
    """A status with a body; header names may have _ for -."""

    def give(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return give


def unless_known(etag: str, body: bytes, **headers: str) -> Answer:
    """304 to whoever has this version already, else the body with its validators."""

    def give(handler: BaseHTTPRequestHandler) -> None:
        known = handler.headers.get("If-None-Match") == etag
        (answer(304) if known else answer(200, body, ETag=etag, **headers))(handler)

    return give


def drop(after: bytes = b"") -> Answer:
    """Says so much and breaks the connection off."""

    def give(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(after)
        handler.wfile.flush()
        handler.connection.close()
        handler.close_connection = True

    return give


def slow(served: Site, seconds: float, pieces: int = 1, piece: bytes = b"") -> Answer:
    """Waits before each of so many pieces of a body; it ends with its site."""

    def give(handler: BaseHTTPRequestHandler) -> None:
        if piece:
            handler.send_response(200)
            handler.send_header("Content-Type", "text/html")
            handler.send_header("Content-Length", str(len(piece) * pieces))
            handler.end_headers()
        for _ in range(pieces):
            if served.ended.wait(seconds):
                return
            handler.wfile.write(piece)
            handler.wfile.flush()
        if not piece:
            answer(200)(handler)

    return give


def dripping(served: Site, seconds: float) -> Answer:
    """Headers without end, a line at a time."""

    def give(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while not served.ended.wait(seconds):
            handler.wfile.write(b"X-More: of them\r\n")

    return give


def streamed(size: int, piece: bytes = b" " * 65_536, head: bytes = b"", **headers: str) -> Answer:
    """A body of about so many bytes that is never held."""

    def give(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.wfile.write(head)
        for _ in range(size // len(piece)):
            handler.wfile.write(piece)
        handler.close_connection = True

    return give
