"""What belongs to one browser tab: its choices, its network and the messages that it gets."""

from __future__ import annotations

import math
import secrets
import time
from typing import Any

import numpy as np

from mocrograd.backend import kernels
from mocrograd.playground import views
from mocrograd.playground.data import choose
from mocrograd.playground.drawing import strokes_of
from mocrograd.playground.learner import Learner
from mocrograd.playground.settings import SPEEDS, Network, Pace
from mocrograd.train.server import Channel, Refused

_TURN = 0.04
"""Seconds after which a turn ends, so that others have theirs."""
_PAUSE = 0.12
"""The least time between two states of the page."""


class Session:
    """One tab. All but the constructor runs in the thread that computes.

    Attributes:
        name: A secret by which the tab's requests are known.
        channel: Where its messages go.
        running: Whether it learns.
        due: When its next turn begins, in the seconds of `time.perf_counter`.
    """

    def __init__(self, greeting: dict[str, Any]) -> None:
        self.name = secrets.token_urlsafe(12)
        self.channel = Channel()
        self.running = False
        self.due = 0.0
        self._next_state = 0.0
        self._drawing: list[np.ndarray] = []
        self._learner: Learner | None = None
        self._pace: Pace | None = None
        self.channel.send({"session": self.name, **greeting})

    def reset(self, request: dict[str, Any]) -> dict[str, Any]:
        """Begin with a new network.

        Args:
            request: The choices of `Network`, `Pace` and the data.

        Raises:
            Refused: A choice is not allowed; the network stays what it was.
        """
        network, pace = Network.of(request), Pace.of(request)
        with kernels(pace.implementation):
            self._learner = Learner(choose(request), network, pace.rate)
        self._pace, self.running, self._drawing = pace, False, []
        return self._show()

    def pace(self, request: dict[str, Any]) -> dict[str, Any]:
        """Change what may change while the network learns."""
        learner, self._pace = self._started()[0], Pace.of(request)
        learner.set_rate(self._pace.rate)
        return {}

    def run(self, request: dict[str, Any]) -> dict[str, Any]:
        """Start to learn, or pause."""
        learner, _ = self._started()
        self.running = request.get("running") is True and not learner.fault
        self.due = 0.0
        return self._show()

    def step(self, request: dict[str, Any]) -> dict[str, Any]:
        """Do one step, and pause."""
        learner, pace = self._started()
        self.running = False
        with kernels(pace.implementation):
            learner.turn(1, math.inf, pace.implementation)
        return self._show()

    def draw(self, request: dict[str, Any]) -> dict[str, Any]:
        """Take a drawing, and say what it is taken for."""
        learner, pace = self._started()
        if learner.data.name != "digits":
            raise Refused("a drawing can be read where the data are the digits")
        self._drawing = strokes_of(request)
        with kernels(pace.implementation):
            return views.reading(learner, self._drawing)

    def turn(self) -> None:
        """Learn for a moment; what goes wrong ends the learning and is told."""
        learner, pace = self._started()
        steps, seconds = SPEEDS[pace.speed]
        start = time.perf_counter()
        self.due = start + seconds
        try:
            with kernels(pace.implementation):
                learner.turn(steps, _TURN, pace.implementation)
        except (RuntimeError, MemoryError) as fault:
            learner.fault = f"The step could not be done: {fault}"
        self.running = not learner.fault
        if not self.running or time.perf_counter() >= self._next_state:
            self._show()

    def _started(self) -> tuple[Learner, Pace]:
        if self._learner is None or self._pace is None:
            raise Refused("there is no network yet: reset makes one", 409)
        return self._learner, self._pace

    def _show(self) -> dict[str, Any]:
        """Send the state to the tab, and return that all went well."""
        learner, pace = self._started()
        start = time.perf_counter()
        with kernels(pace.implementation):
            message = views.state(learner)
            if self._drawing:
                message["reading"] = views.reading(learner, self._drawing)
        message |= {"running": self.running, "fault": learner.fault, "implementation": pace.kernels}
        self.channel.send(message)
        end = time.perf_counter()
        self._next_state = end + max(_PAUSE, end - start)
        return {}
