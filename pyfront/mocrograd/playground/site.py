"""The playground's server: a session for each tab, and one thread that computes for all of them in turns."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as Late
from pathlib import Path
from typing import Any

from mocrograd.backend import get_num_threads
from mocrograd.playground import source
from mocrograd.playground.session import Session
from mocrograd.playground.settings import text
from mocrograd.train.page import style
from mocrograd.train.server import Channel, Refused, Server

MOST_TABS = 5
"""Browsers have six connections to a server, of which each tab holds one."""
_PATIENCE = 60.0
"""Seconds that a request waits for its turn."""
_RELOAD = 2.5
"""Seconds that a tab too many waits for another one to go."""
_LAST = 2.0
"""Seconds that tabs have for the last message."""
_PAGE = Path(__file__).parent / "page"
_KINDS = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
_REQUESTS = ("reset", "pace", "run", "step", "draw")


class Site(Server):
    """Serves the playground; `work` computes until `close`.

    Args:
        port: Where to listen, on 127.0.0.1; 0 for any free port.

    Raises:
        OSError: The port is in use.
    """

    policy = "default-src 'none'; img-src data:; style-src 'self' 'unsafe-inline'; script-src 'self'"

    def __init__(self, port: int = 0) -> None:
        files = {
            path.name: (_KINDS[path.suffix], path.read_bytes()) for path in _PAGE.iterdir() if path.suffix in _KINDS
        }
        files["style.css"] = (_KINDS[".css"], style().encode())
        self._changing = threading.Condition()
        self.sessions: dict[str, Session] = {}
        self._tasks: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = queue.SimpleQueue()
        super().__init__((_PAGE / "index.html").read_text(encoding="utf-8"), port, files)

    def work(self) -> None:
        """Do what tabs ask for, and let their networks learn in turns, until the site is closed."""
        while True:
            task = self._next_task()
            if task is None:
                return
            if task:
                future, call = task
                if future.set_running_or_notify_cancel():
                    _finish(future, call)
            now = time.perf_counter()
            for session in list(self.sessions.values()):
                if session.running and session.due <= now:
                    session.turn()

    def _next_task(self) -> tuple[Future[Any], Callable[[], Any]] | tuple[()] | None:
        """Wait for a task until a session has its turn; () where none came, None at the end."""
        due = [session.due for session in list(self.sessions.values()) if session.running]
        try:
            return self._tasks.get(timeout=max(min(due) - time.perf_counter(), 0) if due else None)
        except queue.Empty:
            return ()

    def close(self) -> None:
        """Tell all tabs that it is over, and stop."""
        self._tasks.put(None)
        sessions = list(self.sessions.values())
        for session in sessions:
            session.channel.send({"ended": True})
            session.channel.end()
        end = time.perf_counter() + _LAST
        for session in sessions:
            session.channel.wait_for_none(max(end - time.perf_counter(), 0))
        super().close()

    def opened(self) -> Channel:
        """Make a session for a tab, unless there are too many."""
        with self._changing:  # where a tab was reloaded, its old session ends in a moment
            if self._changing.wait_for(lambda: len(self.sessions) < MOST_TABS, _RELOAD):
                session = Session({"threads": get_num_threads()})
                self.sessions[session.name] = session
                return session.channel
        full = Channel()
        full.send({"full": f"{MOST_TABS} tabs of the playground are open already: close one and reload this page."})
        full.end()
        return full

    def closed(self, channel: Channel) -> None:
        """End the learning of a tab that has gone."""
        with self._changing:
            for name, session in list(self.sessions.items()):
                if session.channel is channel:
                    del self.sessions[name]
            self._changing.notify_all()

    def answer(self, name: str, request: dict[str, Any]) -> dict[str, Any]:
        """Answer a tab: the source of a kernel, or what its session does."""
        if name == "source":
            return source.answer(request)
        if name not in _REQUESTS:
            raise Refused("there is nothing of this name", 404)
        session = self.sessions.get(text(request, "session", "the session"))
        if session is None:
            raise Refused("this tab's session has ended: reload the page", 410)
        future: Future[dict[str, Any]] = Future()
        self._tasks.put((future, lambda: getattr(session, name)(request)))
        try:
            return future.result(_PATIENCE)
        except Late as late:
            future.cancel()
            raise Refused("other tabs take too long: close some", 503) from late


def _finish(future: Future[Any], call: Callable[[], Any]) -> None:
    """Give a future what a call returns or raises."""
    try:
        future.set_result(call())
    except Refused as fault:
        future.set_exception(fault)
    except (ArithmeticError, LookupError, MemoryError, RuntimeError, TypeError, ValueError) as fault:
        future.set_exception(Refused(f"this could not be done: {fault}", 500))
