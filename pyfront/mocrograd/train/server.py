"""The server of the live page: this machine alone, with a secret in the address, by server-sent events."""

from __future__ import annotations

import hmac
import json
import secrets
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_HOST = "127.0.0.1"
_KEEP_ALIVE = 5.0
"""Seconds without news after which a browser hears a comment; it tells whether the browser is still there."""
_POLL = 0.02
"""Seconds after which the server sees that it shall stop."""
_LAST = 2.0
"""Seconds that browsers have for the last message."""


class Server:
    """Shows a page to who has its address, and sends messages to it; its threads end with the process.

    Args:
        content: The page.
        port: Where to listen; 0 for any free port.

    Raises:
        OSError: The port is in use, or not allowed.
    """

    def __init__(self, content: str, port: int = 0) -> None:
        self.content = content.encode()
        self.token = secrets.token_urlsafe(24)
        self.viewers = 0
        self._message = b""
        self._number = 0
        self._ended = False
        self._changed = threading.Condition()
        try:
            self._http = _Listener((_HOST, port), _Handler)
        except (OSError, OverflowError) as fault:
            raise OSError(
                f"cannot show the live page on port {port}: {fault}; another one, or 0 for any free port, may do"
            ) from fault
        self._http.page = self
        threading.Thread(target=self._http.serve_forever, args=(_POLL,), name="live page", daemon=True).start()

    @property
    def address(self) -> str:
        """Where a browser finds the page."""
        return f"http://{_HOST}:{self._http.server_address[1]}/{self.token}/"

    def send(self, message: dict[str, Any]) -> None:
        """Send the newest state of the page; who comes later gets it too."""
        with self._changed:
            self._message = json.dumps(message).encode()
            self._number += 1
            self._changed.notify_all()

    def close(self) -> None:
        """Let browsers have the last message, and stop to listen."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self.viewers, _LAST)
        self._http.shutdown()
        self._http.server_close()

    def count(self, difference: int) -> None:
        """Count the browsers that watch."""
        with self._changed:
            self.viewers += difference
            self._changed.notify_all()

    def after(self, number: int) -> tuple[int, bytes, bool]:
        """Wait for news; return the number of the newest message, the message, and whether it is the last one.

        Args:
            number: Of the message that is known.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._number > number or self._ended, _KEEP_ALIVE)
            return self._number, self._message, self._ended


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
        page = self.server.page
        token, _, name = self.path.removeprefix("/").partition("/")
        if not hmac.compare_digest(token.encode(), page.token.encode()) or name not in ("", "events"):
            self._answer(404, "text/plain; charset=utf-8", b"not found\n")
        elif name == "":
            self._answer(200, "text/html; charset=utf-8", page.content)
        else:
            self._events(page)

    def _answer(self, status: int, kind: str, content: bytes) -> None:
        self.send_response(status)
        self._headers(kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _headers(self, kind: str) -> None:
        self.send_header("Content-Type", kind)
        self.send_header("Cache-Control", "no-store")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("X-Content-Type-Options", "nosniff")

    def _events(self, page: Server) -> None:
        """Send messages until there are no more, or the browser has gone."""
        self.close_connection = True
        self.send_response(200)
        self._headers("text/event-stream")
        self.end_headers()
        page.count(1)
        try:
            number, ended = 0, False
            while not ended:
                newest, message, ended = page.after(number)
                self.wfile.write(b"data: " + message + b"\n\n" if newest > number else b": waiting\n\n")
                self.wfile.flush()
                number = newest
        finally:
            page.count(-1)

    def log_message(self, format: str, *args: Any) -> None:
        """Write nothing to the terminal, where the training shows its progress."""
