"""The server of live pages: this machine alone, with a secret in the address, by server-sent events."""

from __future__ import annotations

import hmac
import json
import secrets
import select
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_HOST = "127.0.0.1"
_KEEP_ALIVE = 1.0
"""Seconds without news after which a browser hears a comment; it tells whether the browser is still there."""
_POLL = 0.02
"""Seconds after which the server sees that it shall stop."""
_LAST = 2.0
"""Seconds that browsers have for the last message."""
_MOST_BYTES = 4 << 20
"""The largest request."""
HTML, JSON, TEXT = "text/html; charset=utf-8", "application/json", "text/plain; charset=utf-8"


class Refused(ValueError):
    """A request that is not done, with a status of HTTP and a sentence that says why.

    Args:
        sentence: What the browser is told.
        status: The number of HTTP's that goes with it.
    """

    def __init__(self, sentence: str, status: int = 400) -> None:
        super().__init__(sentence)
        self.status = status


class Channel:
    """Messages to browsers that watch: each gets the newest one, and the last one; who is slow misses others."""

    def __init__(self) -> None:
        self.viewers = 0
        self.changed = threading.Condition()
        self._message = b""
        self._number = 0
        self._ended = False

    def send(self, message: dict[str, Any]) -> None:
        """Send the newest state of the page; who comes later gets it too."""
        with self.changed:
            self._message = json.dumps(message).encode()
            self._number += 1
            self.changed.notify_all()

    def end(self) -> None:
        """Let browsers have the last message, and nothing after it."""
        with self.changed:
            self._ended = True
            self.changed.notify_all()

    def wait_for_none(self, seconds: float) -> None:
        """Wait until nobody watches any more, for some seconds at most."""
        with self.changed:
            self.changed.wait_for(lambda: not self.viewers, seconds)

    def count(self, difference: int) -> None:
        """Count the browsers that watch."""
        with self.changed:
            self.viewers += difference
            self.changed.notify_all()

    def after(self, number: int) -> tuple[int, bytes, bool]:
        """Wait for news; return the number of the newest message, the message, and whether it is the last one.

        Args:
            number: Of the message that is known.
        """
        with self.changed:
            self.changed.wait_for(lambda: self._number > number or self._ended, _KEEP_ALIVE)
            return self._number, self._message, self._ended


class Server:
    """Shows files to who has its address, and sends messages to it; its threads end with the process.

    All browsers watch one channel. A subclass may give each its own (`opened`, `closed`) and answer requests
    (`answer`).

    Args:
        content: The page.
        port: Where to listen; 0 for any free port.
        files: The type and the content of other files, by name.

    Raises:
        OSError: The port is in use, or not allowed.
    """

    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
    """What the page may load, besides messages from this server."""

    def __init__(self, content: str, port: int = 0, files: dict[str, tuple[str, bytes]] | None = None) -> None:
        self.files = {"": (HTML, content.encode()), **(files or {})}
        self.token = secrets.token_urlsafe(24)
        self.channel = Channel()
        self._ticket = ""
        try:
            self._http = _Listener((_HOST, port), _Handler)
        except (OSError, OverflowError) as fault:
            raise OSError(
                f"cannot show the live page on port {port}: {fault}; another one, or 0 for any free port, may do"
            ) from fault
        self._http.page = self
        self.port: int = self._http.server_address[1]
        threading.Thread(target=self._http.serve_forever, args=(_POLL,), name="live page", daemon=True).start()

    @property
    def address(self) -> str:
        """Where a browser finds the page."""
        return f"http://{_HOST}:{self.port}/{self.token}/"

    def ticket(self) -> str:
        """Return an address that leads to the page once: others see the arguments of the program that opens it."""
        self._ticket = secrets.token_urlsafe(24)
        return f"http://{_HOST}:{self.port}/{self._ticket}"

    def takes(self, ticket: str) -> bool:
        """Tell whether a ticket is the one that leads to the page, which it does not do again."""
        found = bool(self._ticket) and hmac.compare_digest(ticket.encode(), self._ticket.encode())
        if found:
            self._ticket = ""
        return found

    @property
    def viewers(self) -> int:
        """How many browsers watch the channel of all."""
        return self.channel.viewers

    def send(self, message: dict[str, Any]) -> None:
        """Send the newest state of the page; who comes later gets it too."""
        self.channel.send(message)

    def close(self) -> None:
        """Let browsers have the last message, and stop to listen."""
        self.channel.end()
        self.channel.wait_for_none(_LAST)
        self._http.shutdown()
        self._http.server_close()

    def opened(self) -> Channel:
        """Return the channel of a browser that begins to watch."""
        return self.channel

    def closed(self, channel: Channel) -> None:
        """Note that a browser has gone."""

    def answer(self, name: str, request: dict[str, Any]) -> dict[str, Any]:
        """Do what a browser asks for.

        Args:
            name: The path behind the token.
            request: What came with it.

        Returns:
            What the browser is told.

        Raises:
            Refused: It is not done.
        """
        raise Refused("there is nothing of this name", 404)

    def allows(self, host: str | None, origin: str | None) -> bool:
        """Tell whether a request has this server's own address as Host, and as Origin where it has one.

        Another name in them means that a page from elsewhere asks, by a name that leads to this machine.

        Args:
            host: The header Host.
            origin: The header Origin.
        """
        hosts = [f"{name}:{self.port}" for name in (_HOST, "localhost")]
        return host in hosts and (origin is None or origin in [f"http://{name}" for name in hosts])


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    page: Server

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of browsers that went away."""


class _Handler(BaseHTTPRequestHandler):
    server: _Listener
    protocol_version = "HTTP/1.1"
    server_version = "mocrograd"
    sys_version = ""
    timeout = 60

    def do_GET(self) -> None:
        """Answer a browser that knows the token; others learn nothing."""
        name = self._name()
        if name is None:
            return
        if name == "events":
            self._events(self.server.page)
        elif name in self.server.page.files:
            self._answer(200, *self.server.page.files[name])
        else:
            self._answer(404, TEXT, b"not found\n")

    def do_POST(self) -> None:
        """Do what a browser asks for that knows the token, and tell it why where that cannot be done."""
        name = self._name()
        if name is None:
            return
        try:
            status, told = 200, self.server.page.answer(name, self._request())
        except Refused as fault:
            status, told = fault.status, {"error": str(fault)}
        self._answer(status, JSON, json.dumps(told).encode())

    def _name(self) -> str | None:
        """Return what stands behind the token; None where the request was refused."""
        page = self.server.page
        token, _, name = self.path.removeprefix("/").partition("/")
        if not page.allows(self.headers["Host"], self.headers["Origin"]):
            self.close_connection = True  # there may be more of the request, which nobody reads
            self._answer(403, TEXT, b"this page answers to its own address alone\n")
        elif page.takes(token):
            self._answer(303, TEXT, b"", page.address)
        elif not hmac.compare_digest(token.encode(), page.token.encode()):
            self.close_connection = True
            self._answer(404, TEXT, b"not found\n")
        else:
            return name
        return None

    def _request(self) -> dict[str, Any]:
        """Return what came with a request: an object of JSON of a limited size."""
        length = self.headers["Content-Length"] or ""
        self.close_connection = True  # unless all of it has been read
        if self.headers.get_content_type() != JSON:
            raise Refused(f"expected {JSON}, got {self.headers.get_content_type()}", 415)
        if not (length.isascii() and length.isdecimal()) or self.headers["Transfer-Encoding"] is not None:
            raise Refused("expected a request that tells its length", 411)
        if len(length) > 12 or int(length) > _MOST_BYTES:
            raise Refused(f"a request may have {_MOST_BYTES >> 20} MiB", 413)
        content = self.rfile.read(int(length))
        try:
            request = json.loads(content)
        except (ValueError, RecursionError) as fault:
            raise Refused("expected JSON") from fault
        if not isinstance(request, dict):
            raise Refused(f"expected an object, got {type(request).__name__}")
        self.close_connection = False
        return request

    def _answer(self, status: int, kind: str, content: bytes, location: str = "") -> None:
        self.send_response(status)
        self._headers(kind)
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Length", str(len(content)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)

    def _headers(self, kind: str) -> None:
        policy = f"{self.server.page.policy}; connect-src 'self'; base-uri 'none'; form-action 'none'"
        self.send_header("Content-Type", kind)
        self.send_header("Content-Security-Policy", f"{policy}; frame-ancestors 'none'")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("X-Content-Type-Options", "nosniff")

    def _events(self, page: Server) -> None:
        """Send messages until there are no more, or the browser has gone."""
        self.close_connection = True
        self.send_response(200)
        self._headers("text/event-stream")
        self.end_headers()
        channel = page.opened()
        channel.count(1)
        try:
            number, ended = 0, False
            while not ended and not self._has_gone():
                newest, message, ended = channel.after(number)
                self.wfile.write(b"data: " + message + b"\n\n" if newest > number else b": waiting\n\n")
                self.wfile.flush()
                number = newest
        finally:
            channel.count(-1)
            page.closed(channel)

    def _has_gone(self) -> bool:
        """Tell whether the browser has closed the connection; it sends nothing while it watches."""
        readable, _, _ = select.select([self.connection], [], [], 0)
        return bool(readable) and not self.connection.recv(1, socket.MSG_PEEK)

    def log_message(self, format: str, *args: Any) -> None:
        """Write nothing to the terminal, where the training shows its progress."""
